/* A sheet whose rows are of areas as GeoJSON (RFC 7946): a feature for each row, with the area's
 * outline where there is one, and else the point that stands for it. */
#include "services/views/sheet_parts.h"

#include "services/views/json.h"

/* Twice the area that the ring goes around, above 0 where it goes counterclockwise. */
static double turning(const struct ring *ring) {
    double sum = 0;
    for (size_t i = 0, k = ring->n - 1; i < ring->n; k = i++)
        sum += ring->points[k].longitude * ring->points[i].latitude -
               ring->points[i].longitude * ring->points[k].latitude;
    return sum;
}

static bool is_within(struct point at, const struct ring *ring) {
    bool within = false;
    for (size_t i = 0, k = ring->n - 1; i < ring->n; k = i++) {
        struct point a = ring->points[i], b = ring->points[k];
        if ((a.latitude > at.latitude) != (b.latitude > at.latitude) &&
            at.longitude < (b.longitude - a.longitude) * (at.latitude - a.latitude) /
                                   (b.latitude - a.latitude) +
                               a.longitude)
            within = !within;
    }
    return within;
}

/* How many other rings the ring lies in: it is a hole where the number is odd. */
static size_t depth_of(const struct shape *shape, size_t ring) {
    size_t depth = 0;
    for (size_t r = 0; r < shape->n_rings; r++)
        depth += r != ring && is_within(shape->rings[ring].points[0], &shape->rings[r]);
    return depth;
}

/* Closed, and turning as the format wants it: an outer ring counterclockwise, a hole clockwise. */
static void write_ring(const struct ring *ring, bool hole, FILE *out) {
    bool reverse = (turning(ring) < 0) != hole;
    (void)fputc('[', out);
    for (size_t i = 0; i <= ring->n; i++) {
        size_t at = i % ring->n;
        struct point point = ring->points[reverse ? ring->n - 1 - at : at];
        (void)fputs(i ? ",[" : "[", out);
        json_write_number(out, point.longitude);
        (void)fputc(',', out);
        json_write_number(out, point.latitude);
        (void)fputc(']', out);
    }
    (void)fputc(']', out);
}

static void write_polygon(const struct shape *shape, size_t outer, FILE *out) {
    size_t depth = depth_of(shape, outer);
    (void)fputc('[', out);
    write_ring(&shape->rings[outer], false, out);
    for (size_t r = 0; r < shape->n_rings; r++) {
        if (r == outer || depth_of(shape, r) != depth + 1 ||
            !is_within(shape->rings[r].points[0], &shape->rings[outer]))
            continue;
        (void)fputc(',', out);
        write_ring(&shape->rings[r], true, out);
    }
    (void)fputc(']', out);
}

static void write_shape(const struct shape *shape, FILE *out) {
    bool any = false;
    (void)fputs("{\"type\":\"MultiPolygon\",\"coordinates\":[", out);
    for (size_t r = 0; r < shape->n_rings; r++) {
        if (shape->rings[r].n < 3 || depth_of(shape, r) % 2)
            continue;
        if (any)
            (void)fputc(',', out);
        write_polygon(shape, r, out);
        any = true;
    }
    (void)fputs("]}", out);
}

static void write_geometry(const struct sheet *sheet, const char *code, FILE *out) {
    const struct geography *geography = sheet->about.pack->geography;
    const struct shape *shape =
        sheet->about.shapes ? boundaries_find(sheet->about.shapes, code) : NULL;
    size_t area = geography_area(geography, code);
    if (shape) {
        write_shape(shape, out);
    } else if (area != SIZE_MAX) {
        (void)fputs("{\"type\":\"Point\",\"coordinates\":[", out);
        json_write_number(out, geography->areas[area].longitude);
        (void)fputc(',', out);
        json_write_number(out, geography->areas[area].latitude);
        (void)fputs("]}", out);
    } else {
        (void)fputs("null", out);
    }
}

bool sheet_write_geojson(const struct sheet *sheet, const struct sheet_page *page, FILE *out,
                         struct fault *fault) {
    size_t column = sheet_column_of(sheet, SHEET_AREA);
    if (column == SIZE_MAX || !sheet->about.pack)
        return fault_set(fault, FAULT_INPUT,
                         "'%s' has no areas, so that it cannot be GeoJSON; expected .json, .csv, "
                         ".csv-metadata.json or .xlsx",
                         sheet->name);
    (void)fputs("{\"type\":\"FeatureCollection\",", out);
    sheet_write_about(sheet, out);
    json_key(out, "credit", 0);
    json_write_text(out, sheet->about.shapes ? sheet->about.shapes->credit : NULL);
    (void)fputs(",\"features\":[\n", out);
    for (size_t row = page->first; row < page->end; row++) {
        const struct sheet_cell *cell = sheet_at(sheet, row, column);
        const char *code = cell->kind == CELL_TEXT ? sheet_cell_text(sheet, cell) : "";
        (void)fputs("{\"type\":\"Feature\",\"properties\":", out);
        sheet_write_row(sheet, row, out);
        (void)fputs(",\"geometry\":", out);
        write_geometry(sheet, code, out);
        (void)fputs(row + 1 < page->end ? "},\n" : "}\n", out);
    }
    (void)fputs("]}\n", out);
    return true;
}
