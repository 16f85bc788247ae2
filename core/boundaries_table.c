/* Boundaries as a table of the pack has them. */
#include "core/arena.h"
#include "core/boundaries.h"
#include "core/number.h"
#include "core/table.h"

#include <stdlib.h>
#include <string.h>

/* A ring with the area that it is of. */
struct row {
    const char *code;
    unsigned long number;
    uint64_t line;
    struct ring ring;
};

struct reading {
    struct table_file table;
    struct arena *arena;
    struct row *rows;
    size_t n_rows, points;
};

static bool read_degrees(const char **text, const char *end, double limit, double *out) {
    const char *blank = memchr(*text, ' ', (size_t)(end - *text));
    const char *stop = blank ? blank : end;
    bool read = number_read(*text, (size_t)(stop - *text), out) && *out >= -limit && *out <= limit;
    *text = blank ? blank + 1 : end;
    return read;
}

static bool read_points(struct reading *in, const struct csv_field *field, struct ring *out,
                        struct fault *fault) {
    const char *text = field->text, *end = text + field->length;
    size_t numbers = 1;
    for (const char *at = text; at < end; at++)
        numbers += *at == ' ';
    if (numbers < 6 || numbers % 2)
        return table_fault(in->table.name, field,
                           "three points or more, each a longitude and a latitude", fault);
    in->points += numbers / 2;
    if (in->points > BOUNDARY_POINTS_MAX)
        return table_fault(in->table.name, field, "fewer points", fault);
    struct point *points = arena_alloc(in->arena, numbers / 2, sizeof *points);
    if (!points)
        return fault_memory(fault);
    for (size_t i = 0; i < numbers / 2; i++) {
        if (!read_degrees(&text, end, 180, &points[i].longitude) ||
            !read_degrees(&text, end, 90, &points[i].latitude))
            return table_fault(in->table.name, field,
                               "longitudes and latitudes in degrees, a blank between them", fault);
    }
    *out = (struct ring){points, numbers / 2};
    return true;
}

static bool take_ring(void *context, const struct csv_record *record, struct fault *fault) {
    enum { CODE, RING, POINTS };
    struct reading *in = context;
    const struct csv_field *fields = record->fields;
    struct row *row = &in->rows[in->n_rows++];
    row->line = record->line;
    if (fields[CODE].length == 0)
        return table_fault(in->table.name, &fields[CODE], "a code", fault);
    row->code = arena_copy(in->arena, fields[CODE].text, fields[CODE].length);
    if (!row->code)
        return fault_memory(fault);
    if (!number_whole(fields[RING].text, fields[RING].length, 1, BOUNDARY_SHAPES_MAX, &row->number))
        return table_fault(in->table.name, &fields[RING], "the number of a ring", fault);
    return read_points(in, &fields[POINTS], &row->ring, fault);
}

static int by_ring(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    int order = strcmp(a->code, b->code);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* The rings of an area stand one after another in the sorted rows. */
static bool group(struct reading *in, struct boundaries *out, struct fault *fault) {
    struct ring *rings = arena_alloc(in->arena, in->n_rows, sizeof *rings);
    struct shape *shapes = arena_alloc(in->arena, in->n_rows, sizeof *shapes);
    size_t n = 0;
    if (!rings || !shapes)
        return fault_memory(fault);
    qsort(in->rows, in->n_rows, sizeof *in->rows, by_ring);
    for (size_t i = 0; i < in->n_rows; i++) {
        const struct row *row = &in->rows[i];
        rings[i] = row->ring;
        if (i && by_ring(row, row - 1) == 0)
            return table_row_fault(in->table.name, row->line, "a ring twice for the area",
                                   row->code, fault);
        if (i == 0 || strcmp(row->code, row[-1].code) != 0)
            shapes[n++] = (struct shape){.code = row->code, .rings = &rings[i]};
        shapes[n - 1].n_rings++;
    }
    boundaries_set(out, shapes, n);
    return true;
}

static bool read_table(struct reading *in, struct boundaries *out, struct fault *fault) {
    static const char *const columns[] = {"area_code", "ring", "points"};
    size_t lines;
    if (!table_lines(in->table, &lines, fault))
        return false;
    in->rows = arena_alloc(in->arena, lines, sizeof *in->rows);
    if (!in->rows)
        return fault_memory(fault);
    return table_read(in->table, columns, 3, take_ring, in, fault) && group(in, out, fault);
}

struct boundaries *boundaries_of_table(struct table_file table, const char *credit,
                                       struct fault *fault) {
    struct reading in = {.table = table, .arena = arena_new()};
    struct boundaries *out = in.arena ? arena_alloc(in.arena, 1, sizeof *out) : NULL;
    const char *copy = out ? arena_copy(in.arena, credit, strlen(credit)) : NULL;
    if (!copy)
        fault_memory(fault);
    if (copy && read_table(&in, out, fault)) {
        out->credit = copy;
        out->arena = in.arena;
        return out;
    }
    arena_destroy(&in.arena);
    return NULL;
}
