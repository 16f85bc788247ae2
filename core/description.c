#include "core/description.h"

#include "core/description_parts.h"

#include <string.h>

enum { LAYOUTS_MAX = 50, AREAS_MAX = 100000 };

bool description_read_span(const struct describing *in, int at, const char *what, double out[2],
                           struct fault *fault) {
    size_t n;
    if (!document_list(in->document, at, what, &n, fault))
        return false;
    if (n != 2)
        return document_fault(in->document, at, fault, "'%s': expected two numbers, found %zu",
                              what, n);
    for (size_t i = 0; i < 2; i++) {
        if (!document_number(in->document, document_entry(in->document, at, i), what, &out[i],
                             fault))
            return false;
    }
    return out[0] <= out[1] ||
           document_fault(in->document, at, fault,
                          "'%s': expected the smaller number first, found %g and %g", what, out[0],
                          out[1]);
}

static bool read_areas(const struct describing *in, int at, struct description *out,
                       struct fault *fault) {
    double span[2];
    if (!at)
        return true;
    if (!description_read_span(in, at, "areas", span, fault))
        return false;
    if (!(span[0] >= 1) || span[1] > AREAS_MAX || span[0] != (double)(size_t)span[0] ||
        span[1] != (double)(size_t)span[1]) {
        return document_fault(in->document, at, fault,
                              "'areas': expected two whole numbers from 1 to %d", AREAS_MAX);
    }
    out->areas_min = (size_t)span[0];
    out->areas_max = (size_t)span[1];
    return true;
}

static bool read_range(const struct describing *in, int at, struct description *out,
                       struct fault *fault) {
    double span[2];
    if (!at)
        return true;
    if (!description_read_span(in, at, "range", span, fault))
        return false;
    out->has_range = true;
    out->low = span[0];
    out->high = span[1];
    return true;
}

static bool read_layouts(const struct describing *in, int at, struct description *out,
                         struct fault *fault) {
    size_t n;
    if (!document_list(in->document, at, "layouts", &n, fault))
        return false;
    if (n == 0 || n > LAYOUTS_MAX) {
        return document_fault(in->document, at, fault, "'layouts': expected 1 to %d, found %zu",
                              LAYOUTS_MAX, n);
    }
    struct layout *layouts = arena_alloc(in->arena, n, sizeof *layouts);
    if (!layouts)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(in->document, at, i);
        if (!description_read_layout(in, entry, i + 1, &layouts[i], fault))
            return false;
    }
    out->layouts = layouts;
    out->n_layouts = n;
    return true;
}

static bool read_file(const struct describing *in, struct description *out, struct fault *fault) {
    enum { UNIT, LEVEL, VINTAGE, AREAS, RANGE, LAYOUTS, N_KEYS };
    struct document_key keys[N_KEYS] = {
        [UNIT] = {"unit", false, 0},       [LEVEL] = {"level", false, 0},
        [VINTAGE] = {"vintage", false, 0}, [AREAS] = {"areas", false, 0},
        [RANGE] = {"range", false, 0},     [LAYOUTS] = {"layouts", true, 0},
    };
    const struct document *document = in->document;
    out->unit = "";
    return document_keys(document, document_root(document), "a dataset description", keys, N_KEYS,
                         fault) &&
           (!keys[UNIT].value ||
            document_text(document, keys[UNIT].value, "unit", in->arena, &out->unit, fault)) &&
           (!keys[LEVEL].value ||
            document_id(document, keys[LEVEL].value, "level", in->arena, &out->level, fault)) &&
           (!keys[VINTAGE].value || document_text(document, keys[VINTAGE].value, "vintage",
                                                  in->arena, &out->vintage, fault)) &&
           read_areas(in, keys[AREAS].value, out, fault) &&
           read_range(in, keys[RANGE].value, out, fault) &&
           read_layouts(in, keys[LAYOUTS].value, out, fault);
}

struct description *description_read(const char *name, const char *bytes, size_t length,
                                     struct fault *fault) {
    struct document *document = document_new(name, bytes, length, fault);
    if (!document)
        return NULL;
    struct arena *arena = arena_new();
    struct description *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (out) {
        const struct describing in = {.document = document, .arena = arena};
        out->arena = arena;
        out->name = arena_copy(arena, name, strlen(name));
        if (!out->name ? !fault_memory(fault) : !read_file(&in, out, fault))
            description_destroy(&out);
    } else {
        fault_memory(fault);
        arena_destroy(&arena);
    }
    document_destroy(&document);
    return out;
}

void description_destroy(struct description **description) {
    if (!*description)
        return;
    struct arena *arena = (*description)->arena; /* the description lies in it */
    arena_destroy(&arena);
    *description = NULL;
}
