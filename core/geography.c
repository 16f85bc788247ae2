#include "core/geography.h"

#include "core/arena.h"
#include "core/number.h"
#include "core/table.h"

#include <stdlib.h>
#include <string.h>

enum { LEVELS_MAX = 64, STEPS_MAX = 1000 };

/* An area of the table, whether it is in the index or not. */
struct place {
    const char *code;
    size_t area; /* its index, SIZE_MAX when the definition excludes it */
    uint64_t line;
};

struct code_row {
    struct known_code code;
    uint64_t line;
};

/* A row of the geography table, for an area of the index. */
struct source_row {
    size_t level, area;
    struct source source;
    uint64_t line;
};

struct reading {
    const struct definition *definition;
    struct geography *out;
    struct area *areas;
    struct place *places;
    struct code_row *codes;
    struct source_row *rows;
    const char **levels;
    size_t n_places, n_rows;
    const char *table; /* the one at hand */
};

/* --- areas and codes
 * ------------------------------------------------------------------------------ */

static bool copy_field(const struct reading *in, const struct csv_field *field, const char **out,
                       struct fault *fault) {
    if (field->length == 0)
        return table_fault(in->table, field, "text", fault);
    *out = arena_copy(in->out->arena, field->text, field->length);
    return *out || fault_memory(fault);
}

/* --- areas ------------------------------------------------------------------------------------ */

static bool is_excluded(const struct definition *definition, const char *code) {
    for (size_t i = 0; i < definition->n_excluded; i++) {
        if (strcmp(definition->excluded[i], code) == 0)
            return true;
    }
    return false;
}

static bool take_area(void *context, const struct csv_record *record, struct fault *fault) {
    struct reading *in = context;
    enum { CODE, NAME, REGION_CODE, REGION, TYPE, POPULATION, LONGITUDE, LATITUDE };
    const struct csv_field *fields = record->fields;
    struct area area = {0};
    const char **texts[] = {&area.code, &area.name, &area.region_code, &area.region, &area.type};
    for (size_t i = CODE; i <= TYPE; i++) {
        if (!copy_field(in, &fields[i], texts[i], fault))
            return false;
    }
    const struct csv_field *field = &fields[POPULATION];
    if (!number_read(field->text, field->length, &area.population) || !(area.population > 0)) {
        return table_fault(in->table, field, "a population above 0", fault);
    }
    field = &fields[LONGITUDE];
    if (!number_read(field->text, field->length, &area.longitude) || area.longitude < -180 ||
        area.longitude > 180) {
        return table_fault(in->table, field, "degrees from -180 to 180", fault);
    }
    field = &fields[LATITUDE];
    if (!number_read(field->text, field->length, &area.latitude) || area.latitude < -90 ||
        area.latitude > 90) {
        return table_fault(in->table, field, "degrees from -90 to 90", fault);
    }
    bool excluded = is_excluded(in->definition, area.code);
    in->places[in->n_places++] =
        (struct place){area.code, excluded ? SIZE_MAX : in->out->n_areas, record->line};
    if (!excluded)
        in->areas[in->out->n_areas++] = area;
    return true;
}

static int by_place(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    int order = strcmp(a->code, b->code);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static const struct place *find_place(const struct reading *in, const char *code) {
    const struct place key = {.code = code};
    for (size_t low = 0, high = in->n_places; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key.code, in->places[middle].code);
        if (order == 0)
            return &in->places[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static bool check_places(struct reading *in, struct fault *fault) {
    qsort(in->places, in->n_places, sizeof *in->places, by_place);
    for (size_t i = 1; i < in->n_places; i++) {
        if (strcmp(in->places[i - 1].code, in->places[i].code) != 0)
            continue;
        return table_row_fault(in->table, in->places[i].line, "a second row for the area",
                               in->places[i].code, fault);
    }
    for (size_t i = 0; i < in->definition->n_excluded; i++) {
        const char *code = in->definition->excluded[i];
        if (find_place(in, code))
            continue;
        return fault_set(fault, FAULT_INPUT, "%s: no area '%.100s', which the definition excludes",
                         in->table, code);
    }
    return in->out->n_areas > 0 ||
           fault_set(fault, FAULT_INPUT, "%s: the definition excludes every area", in->table);
}

static bool read_areas(struct reading *in, struct table table, struct fault *fault) {
    static const char *const columns[] = {"code", "name",       "region_code", "region",
                                          "type", "population", "longitude",   "latitude"};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    in->places = calloc(room, sizeof *in->places);
    in->areas = arena_alloc(in->out->arena, room, sizeof *in->areas);
    if (!in->places || !in->areas)
        return fault_memory(fault);
    in->out->areas = in->areas;
    in->table = table.name;
    return table_read(table, columns, sizeof columns / sizeof *columns, take_area, in, fault) &&
           check_places(in, fault);
}

static bool take_code(void *context, const struct csv_record *record, struct fault *fault) {
    struct reading *in = context;
    struct code_row *row = &in->codes[in->out->n_codes];
    row->line = record->line;
    if (!copy_field(in, &record->fields[0], &row->code.code, fault) ||
        !copy_field(in, &record->fields[1], &row->code.name, fault) ||
        !copy_field(in, &record->fields[2], &row->code.level, fault)) {
        return false;
    }
    in->out->n_codes++;
    return true;
}

static int by_code(const void *left, const void *right) {
    const struct code_row *a = left, *b = right;
    int order = strcmp(a->code.code, b->code.code);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool read_codes(struct reading *in, struct table table, struct fault *fault) {
    static const char *const columns[] = {"code", "name", "level"};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    in->codes = calloc(room, sizeof *in->codes);
    struct known_code *codes = arena_alloc(in->out->arena, room, sizeof *codes);
    if (!in->codes || !codes)
        return fault_memory(fault);
    in->table = table.name;
    if (!table_read(table, columns, 3, take_code, in, fault))
        return false;
    qsort(in->codes, in->out->n_codes, sizeof *in->codes, by_code);
    for (size_t i = 0; i < in->out->n_codes; i++) {
        codes[i] = in->codes[i].code;
        if (i > 0 && strcmp(codes[i - 1].code, codes[i].code) == 0) {
            return table_row_fault(in->table, in->codes[i].line, "a second row for the code",
                                   codes[i].code, fault);
        }
    }
    in->out->codes = codes;
    return true;
}

/* --- sources ---------------------------------------------------------------------------------- */

static const char *const rule_names[RULE_COUNT] = {
    [RULE_NONE] = "",
    [RULE_DIRECT] = "direct",
    [RULE_RECODED] = "recoded",
    [RULE_SUCCESSOR] = "successor",
    [RULE_CASCADED] = "cascaded",
    [RULE_AVERAGED] = "averaged",
};

static bool read_rule(const struct reading *in, const struct csv_field *field, enum rule *out,
                      struct fault *fault) {
    for (int rule = RULE_DIRECT; rule < RULE_COUNT; rule++) {
        if (strcmp(rule_names[rule], field->text) != 0)
            continue;
        *out = (enum rule)rule;
        return true;
    }
    return table_fault(in->table, field, "direct, recoded, successor, cascaded or averaged", fault);
}

static bool read_level(struct reading *in, const struct csv_field *field, size_t *out,
                       struct fault *fault) {
    *out = geography_level(in->out, field->text);
    if (*out != SIZE_MAX)
        return true;
    if (in->out->n_levels == LEVELS_MAX) {
        return table_fault(in->table, field, "no more than 64 different levels", fault);
    }
    if (!copy_field(in, field, &in->levels[in->out->n_levels], fault))
        return false;
    *out = in->out->n_levels++;
    return true;
}

static bool take_source(void *context, const struct csv_record *record, struct fault *fault) {
    enum { AREA, LEVEL, STEP, CODE, WEIGHT, RULE };
    struct reading *in = context;
    const struct csv_field *fields = record->fields;
    struct source_row *row = &in->rows[in->n_rows];
    row->line = record->line;
    const struct place *place = find_place(in, fields[AREA].text);
    if (!place) {
        return table_fault(in->table, &fields[AREA], "an area of the area table", fault);
    }
    unsigned long step;
    if (!number_whole(fields[STEP].text, fields[STEP].length, 1, STEPS_MAX, &step)) {
        return table_fault(in->table, &fields[STEP], "a step from 1 to 1000", fault);
    }
    row->source.step = (uint32_t)step;
    row->source.code = geography_code(in->out, fields[CODE].text);
    if (row->source.code == SIZE_MAX) {
        return table_fault(in->table, &fields[CODE], "a code of the code table", fault);
    }
    const struct csv_field *weight = &fields[WEIGHT];
    if (!number_read(weight->text, weight->length, &row->source.weight) ||
        !(row->source.weight > 0)) {
        return table_fault(in->table, weight, "a weight above 0", fault);
    }
    if (!read_rule(in, &fields[RULE], &row->source.rule, fault) ||
        !read_level(in, &fields[LEVEL], &row->level, fault)) {
        return false;
    }
    row->area = place->area;
    if (row->area != SIZE_MAX)
        in->n_rows++;
    return true;
}

static int compare(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int by_source(const void *left, const void *right) {
    const struct source_row *a = left, *b = right;
    int order = compare(a->level, b->level);
    if (!order)
        order = compare(a->area, b->area);
    if (!order)
        order = compare(a->source.step, b->source.step);
    if (!order)
        order = compare(a->line, b->line);
    return order;
}

/* Steps run 1, 2, 3 ..., a step has one rule, and no code twice. */
static bool check_step(const struct reading *in, size_t i, struct fault *fault) {
    const struct source_row *row = &in->rows[i];
    const struct source_row *before = i > 0 ? row - 1 : NULL;
    if (before && (before->level != row->level || before->area != row->area))
        before = NULL;
    uint32_t last = before ? before->source.step : 0;
    const char *area = in->areas[row->area].code;
    if (row->source.step > last + 1) {
        return table_row_fault(in->table, row->line, "a step is left out before this one of", area,
                               fault);
    }
    if (row->source.step != last)
        return true;
    if (before->source.rule != row->source.rule) {
        return table_row_fault(in->table, row->line, "a second rule in one step of", area, fault);
    }
    for (size_t k = i; k-- > 0;) {
        const struct source_row *other = &in->rows[k];
        if (other->level != row->level || other->area != row->area ||
            other->source.step != row->source.step) {
            break;
        }
        if (other->source.code == row->source.code) {
            return table_row_fault(in->table, row->line, "a code twice in one step of", area,
                                   fault);
        }
    }
    return true;
}

static bool index_sources(struct reading *in, struct fault *fault) {
    struct geography *out = in->out;
    size_t groups = out->n_levels * out->n_areas;
    struct source *sources = arena_alloc(out->arena, in->n_rows, sizeof *sources);
    size_t *first = arena_alloc(out->arena, groups + 1, sizeof *first);
    if (!sources || !first)
        return fault_memory(fault);
    for (size_t i = 0; i < in->n_rows; i++) {
        if (!check_step(in, i, fault))
            return false;
        sources[i] = in->rows[i].source;
        first[in->rows[i].level * out->n_areas + in->rows[i].area + 1]++;
    }
    for (size_t group = 0; group < groups; group++)
        first[group + 1] += first[group];
    out->sources = sources;
    out->first = first;
    return true;
}

static bool read_sources(struct reading *in, struct table table, struct fault *fault) {
    static const char *const columns[] = {"area_code",   "level",  "step",
                                          "source_code", "weight", "rule"};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    in->rows = calloc(room, sizeof *in->rows);
    in->levels = arena_alloc(in->out->arena, LEVELS_MAX, sizeof *in->levels);
    if (!in->rows || !in->levels)
        return fault_memory(fault);
    in->out->levels = in->levels;
    in->table = table.name;
    if (!table_read(table, columns, sizeof columns / sizeof *columns, take_source, in, fault)) {
        return false;
    }
    qsort(in->rows, in->n_rows, sizeof *in->rows, by_source);
    return index_sources(in, fault);
}

/* --- the geography ---------------------------------------------------------------------------- */

struct geography *geography_read(const struct definition *definition, struct table areas,
                                 struct table geography, struct table codes, struct fault *fault) {
    struct arena *arena = arena_new();
    struct geography *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        fault_memory(fault);
        arena_destroy(&arena);
        return NULL;
    }
    out->arena = arena;
    struct reading in = {.definition = definition, .out = out};
    if (!read_areas(&in, areas, fault) || !read_codes(&in, codes, fault) ||
        !read_sources(&in, geography, fault)) {
        geography_destroy(&out);
    }
    free(in.places);
    free(in.codes);
    free(in.rows);
    return out;
}

void geography_destroy(struct geography **geography) {
    if (!*geography)
        return;
    /* The geography lies in its own arena. */
    struct arena *arena = (*geography)->arena;
    arena_destroy(&arena);
    *geography = NULL;
}

const char *rule_name(enum rule rule) {
    return rule_names[rule];
}

size_t geography_area(const struct geography *geography, const char *code) {
    for (size_t i = 0; i < geography->n_areas; i++) {
        if (strcmp(geography->areas[i].code, code) == 0)
            return i;
    }
    return SIZE_MAX;
}

size_t geography_area_from(const struct geography *geography, const char *code, size_t from) {
    size_t n = geography->n_areas;
    for (size_t i = 0; i < n; i++) {
        size_t at = (from + i) % n;
        if (strcmp(geography->areas[at].code, code) == 0)
            return at;
    }
    return SIZE_MAX;
}

size_t geography_code(const struct geography *geography, const char *code) {
    for (size_t low = 0, high = geography->n_codes; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(code, geography->codes[middle].code);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return SIZE_MAX;
}

size_t geography_level(const struct geography *geography, const char *level) {
    for (size_t i = 0; i < geography->n_levels; i++) {
        if (strcmp(geography->levels[i], level) == 0)
            return i;
    }
    return SIZE_MAX;
}
