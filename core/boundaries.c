#include "core/boundaries.h"

#include "core/arena.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const char *name, *code; /* code: of the feature at hand, for faults */
    struct arena *arena;
    size_t points;
    struct fault *fault;
};

static bool wrong(const struct reading *r, const char *what) {
    return fault_set(r->fault, FAULT_INPUT, "%s: area %s: %s", r->name, r->code, what);
}

static bool read_point(struct reading *r, const json_t *json, struct point *out) {
    const json_t *longitude = json_array_get(json, 0), *latitude = json_array_get(json, 1);
    if (!json_is_number(longitude) || !json_is_number(latitude)) {
        return wrong(r, "expected [longitude, latitude]");
    }
    *out = (struct point){json_number_value(longitude), json_number_value(latitude)};
    bool on_earth = out->longitude >= -180 && out->longitude <= 180 && out->latitude >= -90 &&
                    out->latitude <= 90;
    return on_earth || wrong(r, "a position that is not in degrees (WGS 84)");
}

static bool read_ring(struct reading *r, const json_t *json, struct ring *out) {
    size_t n = json_array_size(json);
    if (n < 4)
        return wrong(r, "a ring of fewer than four points");
    r->points += n;
    if (r->points > BOUNDARY_POINTS_MAX)
        return wrong(r, "more points than a map can use");
    struct point *points = arena_alloc(r->arena, n, sizeof *points);
    if (!points)
        return fault_memory(r->fault);
    for (size_t i = 0; i < n; i++) {
        if (!read_point(r, json_array_get(json, i), &points[i]))
            return false;
    }
    *out = (struct ring){points, n};
    return true;
}

/* The polygons of a geometry: all of its coordinates, or each in a list of such. */
struct polygons {
    const json_t *coordinates;
    bool many;
};

static size_t count_polygons(const struct polygons *polygons) {
    return polygons->many ? json_array_size(polygons->coordinates) : 1;
}

static const json_t *polygon_at(const struct polygons *polygons, size_t i) {
    return polygons->many ? json_array_get(polygons->coordinates, i) : polygons->coordinates;
}

static bool read_polygons(struct reading *r, const struct polygons *polygons, struct shape *out) {
    size_t room = 0, n = count_polygons(polygons);
    for (size_t i = 0; i < n; i++)
        room += json_array_size(polygon_at(polygons, i));
    if (room == 0)
        return wrong(r, "no rings, expected coordinates of a polygon");
    struct ring *rings = arena_alloc(r->arena, room, sizeof *rings);
    if (!rings)
        return fault_memory(r->fault);
    for (size_t i = 0; i < n; i++) {
        const json_t *polygon = polygon_at(polygons, i);
        for (size_t k = 0; k < json_array_size(polygon); k++) {
            if (!read_ring(r, json_array_get(polygon, k), &rings[out->n_rings++]))
                return false;
        }
    }
    out->rings = rings;
    return true;
}

static bool read_feature(struct reading *r, const json_t *feature, struct shape *out) {
    const char *code =
        json_string_value(json_object_get(json_object_get(feature, "properties"), "code"));
    const json_t *geometry = json_object_get(feature, "geometry");
    const char *type = json_string_value(json_object_get(geometry, "type"));
    r->code = code ? code : "(without a property 'code')";
    if (!code || !type)
        return wrong(r, "expected a geometry, and a property 'code'");
    out->code = arena_copy(r->arena, code, strlen(code));
    if (!out->code)
        return fault_memory(r->fault);
    struct polygons polygons = {json_object_get(geometry, "coordinates"),
                                strcmp(type, "MultiPolygon") == 0};
    if (!polygons.many && strcmp(type, "Polygon") != 0)
        return wrong(r, "expected a Polygon or MultiPolygon");
    return read_polygons(r, &polygons, out);
}

static bool read_features(struct reading *r, const json_t *root, struct boundaries *out) {
    const json_t *features = json_object_get(root, "features");
    size_t n = json_array_size(features);
    if (n == 0 || n > BOUNDARY_SHAPES_MAX) {
        return fault_set(r->fault, FAULT_INPUT,
                         "%s: expected a GeoJSON FeatureCollection with features", r->name);
    }
    struct shape *shapes = arena_alloc(r->arena, n, sizeof *shapes);
    if (!shapes)
        return fault_memory(r->fault);
    for (size_t i = 0; i < n; i++) {
        if (!read_feature(r, json_array_get(features, i), &shapes[i]))
            return false;
    }
    const char *credit = json_string_value(json_object_get(root, "credit"));
    out->credit = credit ? arena_copy(r->arena, credit, strlen(credit)) : "";
    if (!out->credit)
        return fault_memory(r->fault);
    boundaries_set(out, shapes, n);
    return true;
}

struct boundaries *boundaries_read(const char *name, const char *bytes, size_t length,
                                   struct fault *fault) {
    struct reading r = {.name = name, .fault = fault, .arena = arena_new()};
    struct boundaries *out = r.arena ? arena_alloc(r.arena, 1, sizeof *out) : NULL;
    json_error_t error;
    errno = 0;
    json_t *root = out ? json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error) : NULL;
    bool read = false;
    /* Where memory ran out, jansson may say that the text is not JSON, or leave out a letter. */
    if (!out || errno == ENOMEM) {
        fault_memory(fault);
    } else if (!root) {
        fault_set(fault, FAULT_INPUT, "%s:%d:%d: %s", name, error.line, error.column, error.text);
    } else {
        out->arena = r.arena;
        read = read_features(&r, root, out);
    }
    json_decref(root);
    if (read)
        return out;
    arena_destroy(&r.arena);
    return NULL;
}

static int by_code(const void *a, const void *b) {
    const struct shape *left = a, *right = b;
    return strcmp(left->code, right->code);
}

void boundaries_set(struct boundaries *boundaries, struct shape *shapes, size_t n) {
    qsort(shapes, n, sizeof *shapes, by_code);
    boundaries->shapes = shapes;
    boundaries->n_shapes = n;
}

void boundaries_destroy(struct boundaries **boundaries) {
    if (!*boundaries)
        return;
    struct arena *arena = (*boundaries)->arena;
    *boundaries = NULL;
    arena_destroy(&arena); /* the object itself lies in it */
}

const struct shape *boundaries_find(const struct boundaries *boundaries, const char *code) {
    const struct shape key = {.code = code};
    return bsearch(&key, boundaries->shapes, boundaries->n_shapes, sizeof key, by_code);
}
