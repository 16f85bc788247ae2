#include "core/geography.h"

#include "core/arena.h"
#include "core/geography_parts.h"
#include "core/number.h"
#include "core/table.h"
#include "core/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS_MAX = 64, STEPS_MAX = 1000, JOINED_MAX = 8, CODE_MAX = 63 };

/* Codes and names are shown on terminals and become topics. */
static bool holds_controls(const struct csv_field *field) {
    const unsigned char *at = (const unsigned char *)field->text, *end = at + field->length;
    while (at < end) {
        size_t length = utf8_sequence(at, end);
        if (length == 0 || utf8_controls(at, length))
            return true;
        at += length;
    }
    return false;
}

static bool copy_field(const struct geography_reading *in, const struct csv_field *field,
                       const char **out, struct fault *fault) {
    if (field->length == 0)
        return table_fault(in->table, field, "text", fault);
    if (holds_controls(field))
        return table_fault(in->table, field, "text without control characters", fault);
    *out = arena_copy(in->out->arena, field->text, field->length);
    return *out || fault_memory(fault);
}

/* --- codes ------------------------------------------------------------------------------------ */

struct code_row {
    struct known_code code;
    uint64_t line;
};

struct code_reading {
    const struct geography_reading *in;
    struct code_row *rows;
    size_t n;
};

static bool take_code(void *context, const struct csv_record *record, struct fault *fault) {
    enum { CODE, NAME, LEVEL, POPULATION };
    struct code_reading *reading = context;
    const struct geography_reading *in = reading->in;
    const struct csv_field *fields = record->fields;
    struct code_row *row = &reading->rows[reading->n];
    row->line = record->line;
    if (!copy_field(in, &fields[CODE], &row->code.code, fault) ||
        !copy_field(in, &fields[NAME], &row->code.name, fault) ||
        !copy_field(in, &fields[LEVEL], &row->code.level, fault)) {
        return false;
    }
    const struct csv_field *people = record->count > POPULATION ? &fields[POPULATION] : NULL;
    if (people && people->length &&
        (!number_read(people->text, people->length, &row->code.population) ||
         !(row->code.population > 0))) {
        return table_fault(in->table, people, "a population above 0, or nothing", fault);
    }
    reading->n++;
    return true;
}

static int by_code(const void *left, const void *right) {
    const struct code_row *a = left, *b = right;
    int order = strcmp(a->code.code, b->code.code);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool keep_codes(struct code_reading *reading, struct known_code *codes,
                       struct fault *fault) {
    struct geography *out = reading->in->out;
    qsort(reading->rows, reading->n, sizeof *reading->rows, by_code);
    for (size_t i = 0; i < reading->n; i++) {
        codes[i] = reading->rows[i].code;
        if (i > 0 && strcmp(codes[i - 1].code, codes[i].code) == 0) {
            return table_row_fault(reading->in->table, reading->rows[i].line,
                                   "a second row for the code", codes[i].code, fault);
        }
    }
    out->codes = codes;
    out->n_codes = reading->n;
    return true;
}

static bool read_codes(struct geography_reading *in, struct table_file table, struct fault *fault) {
    static const char *const columns[] = {"code", "name", "level", "population"};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    struct code_reading reading = {.in = in, .rows = calloc(room, sizeof *reading.rows)};
    struct known_code *codes = arena_alloc(in->out->arena, room, sizeof *codes);
    in->table = table.name;
    bool good = reading.rows && codes ? true : fault_memory(fault);
    good = good && table_read_up_to(table, columns, 3, 4, take_code, &reading, fault) &&
           keep_codes(&reading, codes, fault);
    free(reading.rows);
    return good;
}

/* --- aliases ---------------------------------------------------------------------------------- */

struct alias_reading {
    const struct geography_reading *in;
    struct alias *rows;
    size_t n;
};

static bool take_alias(void *context, const struct csv_record *record, struct fault *fault) {
    enum { NAME, CODE };
    struct alias_reading *reading = context;
    struct alias *row = &reading->rows[reading->n];
    const struct csv_field *name = &record->fields[NAME];
    if (name->length == 0)
        return table_fault(reading->in->table, name, "text", fault);
    /* As publishers write it, be it spoilt: it is compared and never shown. */
    row->name = arena_copy(reading->in->out->arena, name->text, name->length);
    if (!row->name)
        return fault_memory(fault);
    row->code = geography_code(reading->in->out, record->fields[CODE].text);
    if (row->code == SIZE_MAX) {
        return table_fault(reading->in->table, &record->fields[CODE], "a code of the code table",
                           fault);
    }
    reading->n++;
    return true;
}

static bool read_aliases(struct geography_reading *in, struct table_file table,
                         struct fault *fault) {
    static const char *const columns[] = {"name", "code"};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    struct alias_reading reading = {in, arena_alloc(in->out->arena, room, sizeof *reading.rows), 0};
    in->table = table.name;
    if (!reading.rows)
        return fault_memory(fault);
    if (!table_read(table, columns, 2, take_alias, &reading, fault))
        return false;
    in->out->aliases = reading.rows;
    in->out->n_aliases = reading.n;
    return true;
}

/* --- areas ------------------------------------------------------------------------------------ */

static bool is_excluded(const struct definition *definition, const char *code) {
    for (size_t i = 0; i < definition->n_excluded; i++) {
        if (strcmp(definition->excluded[i], code) == 0)
            return true;
    }
    return false;
}

static bool read_degrees(const struct geography_reading *in, const struct csv_field *field,
                         double most, const char *expected, double *out, struct fault *fault) {
    return (number_read(field->text, field->length, out) && *out >= -most && *out <= most) ||
           table_fault(in->table, field, expected, fault);
}

static bool read_area(const struct geography_reading *in, const struct csv_field *fields,
                      struct area *area, struct fault *fault) {
    enum { CODE, NAME, REGION_CODE, REGION, TYPE, POPULATION, LONGITUDE, LATITUDE };
    const char **texts[] = {&area->code, &area->name, &area->region_code, &area->region,
                            &area->type};
    for (size_t i = CODE; i <= TYPE; i++) {
        if (!copy_field(in, &fields[i], texts[i], fault))
            return false;
    }
    const struct csv_field *people = &fields[POPULATION];
    if (!number_read(people->text, people->length, &area->population) || !(area->population > 0)) {
        return table_fault(in->table, people, "a population above 0", fault);
    }
    return read_degrees(in, &fields[LONGITUDE], 180, "degrees from -180 to 180", &area->longitude,
                        fault) &&
           read_degrees(in, &fields[LATITUDE], 90, "degrees from -90 to 90", &area->latitude,
                        fault);
}

static bool take_area(void *context, const struct csv_record *record, struct fault *fault) {
    struct geography_reading *in = context;
    struct area area = {0};
    if (!read_area(in, record->fields, &area, fault))
        return false;
    size_t code = geography_code(in->out, area.code);
    if (code == SIZE_MAX)
        return table_fault(in->table, &record->fields[0], "a code of the code table", fault);
    if (in->people[code] > 0) {
        return table_row_fault(in->table, record->line, "a second row for the area", area.code,
                               fault);
    }
    in->people[code] = area.population;
    if (!succession_in_force(&in->out->succession, code, in->definition->vintage_day))
        return true;
    bool excluded = is_excluded(in->definition, area.code);
    in->area_of_code[code] = excluded ? SIZE_MAX : in->out->n_areas;
    in->places[in->n_places++] = (struct place){code, in->area_of_code[code]};
    if (!excluded)
        in->areas[in->out->n_areas++] = area;
    return true;
}

/* Every code of the changes that stands in the vintage must be an area: else places are missing. */
static bool check_vintage(const struct geography_reading *in, const char *changes,
                          struct fault *fault) {
    const struct succession *all = &in->out->succession;
    int32_t day = in->definition->vintage_day;
    for (size_t i = 0; i < all->n; i++) {
        const struct succession_row *row = &all->rows[i];
        size_t code = row->day <= day ? row->to : row->from;
        if (in->people[code] > 0 || !succession_in_force(all, code, day))
            continue;
        return fault_set(fault, FAULT_INPUT,
                         "%s: no area '%.100s', which stands in the vintage %s (%s:%llu)",
                         in->table, in->out->codes[code].code, in->definition->vintage, changes,
                         (unsigned long long)row->line);
    }
    return true;
}

static bool check_areas(const struct geography_reading *in, struct fault *fault) {
    for (size_t i = 0; i < in->definition->n_excluded; i++) {
        const char *code = in->definition->excluded[i];
        size_t at = geography_code(in->out, code);
        if (at != SIZE_MAX && in->people[at] > 0)
            continue;
        return fault_set(fault, FAULT_INPUT, "%s: no area '%.100s', which the definition excludes",
                         in->table, code);
    }
    return in->out->n_areas > 0 ||
           fault_set(fault, FAULT_INPUT, "%s: the definition excludes every area", in->table);
}

static bool read_areas(struct geography_reading *in, struct table_file table, const char *changes,
                       struct fault *fault) {
    static const char *const columns[] = {"code", "name",       "region_code", "region",
                                          "type", "population", "longitude",   "latitude"};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    in->places = calloc(room, sizeof *in->places);
    in->people = calloc(in->out->n_codes + 1, sizeof *in->people);
    in->areas = arena_alloc(in->out->arena, room, sizeof *in->areas);
    in->area_of_code = arena_alloc(in->out->arena, in->out->n_codes, sizeof *in->area_of_code);
    if (!in->places || !in->people || !in->areas || !in->area_of_code)
        return fault_memory(fault);
    for (size_t code = 0; code < in->out->n_codes; code++)
        in->area_of_code[code] = SIZE_MAX;
    in->out->areas = in->areas;
    in->out->area_of_code = in->area_of_code;
    in->table = table.name;
    return table_read(table, columns, sizeof columns / sizeof *columns, take_area, in, fault) &&
           check_areas(in, fault) && check_vintage(in, changes, fault);
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool read_level(struct geography_reading *in, const struct csv_field *field, size_t *out,
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

static bool take_row(void *context, const struct csv_record *record, struct fault *fault) {
    enum { AREA, LEVEL, STEP, CODE, WEIGHT };
    struct geography_reading *in = context;
    const struct csv_field *fields = record->fields;
    struct geography_row *row = &in->rows[in->n_rows];
    row->line = record->line;
    row->code = geography_code(in->out, fields[AREA].text);
    if (row->code == SIZE_MAX)
        return table_fault(in->table, &fields[AREA], "a code of the code table", fault);
    unsigned long step;
    if (!number_whole(fields[STEP].text, fields[STEP].length, 1, STEPS_MAX, &step))
        return table_fault(in->table, &fields[STEP], "a step from 1 to 1000", fault);
    row->step = (uint32_t)step;
    row->source = geography_code(in->out, fields[CODE].text);
    if (row->source == SIZE_MAX)
        return table_fault(in->table, &fields[CODE], "a code of the code table", fault);
    const struct csv_field *weight = &fields[WEIGHT];
    if (weight->length &&
        (!number_read(weight->text, weight->length, &row->weight) || !(row->weight > 0)))
        return table_fault(in->table, weight, "a weight above 0, or nothing", fault);
    if (!read_level(in, &fields[LEVEL], &row->level, fault))
        return false;
    in->n_rows++;
    return true;
}

static int compare(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int by_row(const void *left, const void *right) {
    const struct geography_row *a = left, *b = right;
    int order = compare(a->level, b->level);
    if (!order)
        order = compare(a->code, b->code);
    if (!order)
        order = compare(a->step, b->step);
    if (!order)
        order = compare(a->line, b->line);
    return order;
}

/* Steps run 1, 2, 3 ..., and a step has no code twice. */
static bool check_row(const struct geography_reading *in, size_t i, struct fault *fault) {
    const struct geography_row *row = &in->rows[i];
    bool begins = i == 0 || row[-1].level != row->level || row[-1].code != row->code;
    const char *code = in->out->codes[row->code].code;
    uint32_t last = begins ? 0 : row[-1].step;
    if (row->step > last + 1) {
        return table_row_fault(in->table, row->line, "a step is left out before this one of", code,
                               fault);
    }
    for (size_t k = i; !begins && k-- > 0 && in->rows[k].level == row->level &&
                       in->rows[k].code == row->code && in->rows[k].step == row->step;) {
        if (in->rows[k].source == row->source)
            return table_row_fault(in->table, row->line, "a code twice in one step of", code,
                                   fault);
    }
    return true;
}

static bool read_rows(struct geography_reading *in, struct table_file table, struct fault *fault) {
    /* Packs that were stored before weights alone told how figures reach an area name a rule too;
     * it is not needed. */
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
    if (!table_read_up_to(table, columns, 5, 6, take_row, in, fault))
        return false;
    qsort(in->rows, in->n_rows, sizeof *in->rows, by_row);
    for (size_t i = 0; i < in->n_rows; i++) {
        if (!check_row(in, i, fault))
            return false;
    }
    return geography_derive(in, fault);
}

/* --- the geography ---------------------------------------------------------------------------- */

struct geography *geography_read(const struct definition *definition,
                                 const struct geography_tables *tables, struct fault *fault) {
    struct arena *arena = arena_new();
    struct geography *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        fault_memory(fault);
        arena_destroy(&arena);
        return NULL;
    }
    out->arena = arena;
    out->vintage_day = definition->vintage_day;
    struct geography_reading in = {.definition = definition, .out = out};
    if (!read_codes(&in, tables->codes, fault) ||
        (tables->changes.bytes &&
         !succession_read(out, tables->changes, &out->succession, fault)) ||
        (tables->aliases.bytes && !read_aliases(&in, tables->aliases, fault)) ||
        !read_areas(&in, tables->areas, tables->changes.name, fault) ||
        !read_rows(&in, tables->geography, fault)) {
        geography_destroy(&out);
    }
    free(in.places);
    free(in.people);
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
    static const char *const names[RULE_COUNT] = {
        [RULE_NONE] = "",
        [RULE_DIRECT] = "direct",
        [RULE_RECODED] = "recoded",
        [RULE_SUCCESSOR] = "successor",
        [RULE_CASCADED] = "cascaded",
        [RULE_AVERAGED] = "averaged",
        [RULE_SUMMED] = "summed",
        [RULE_SHARED] = "shared",
    };
    return names[rule];
}

static size_t find_code(const struct geography *geography, const char *code) {
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

size_t geography_area(const struct geography *geography, const char *code) {
    size_t found = find_code(geography, code);
    return found == SIZE_MAX ? SIZE_MAX : geography->area_of_code[found];
}

size_t geography_area_near(const struct geography *geography, const char *code, size_t likely) {
    if (likely < geography->n_areas && strcmp(geography->areas[likely].code, code) == 0)
        return likely;
    return geography_area(geography, code);
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* "E06000053, E06000052" becomes "E06000052+E06000053". False: it is nothing of the kind. */
static bool join_codes(const char *text, char out[JOINED_MAX * (CODE_MAX + 1)]) {
    char codes[JOINED_MAX][CODE_MAX + 1];
    size_t n = 0, used = 0;
    for (const char *at = text; *at; n++) {
        size_t length = 0;
        if (n == JOINED_MAX)
            return false;
        while (isalnum((unsigned char)at[length]))
            length++;
        if (length == 0 || length > CODE_MAX)
            return false;
        memcpy(codes[n], at, length);
        codes[n][length] = '\0';
        at += length;
        at += strspn(at, " ,;/+&");
    }
    qsort(codes, n, sizeof *codes, by_text);
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(codes[i]);
        if (i)
            out[used++] = '+';
        memcpy(out + used, codes[i], length + 1);
        used += length;
    }
    return n > 1;
}

size_t geography_code(const struct geography *geography, const char *code) {
    size_t found = find_code(geography, code);
    char joined[JOINED_MAX * (CODE_MAX + 1)];
    if (found != SIZE_MAX || !strpbrk(code, ",;/+&") || !join_codes(code, joined))
        return found;
    for (size_t i = 0; i < geography->n_aliases; i++) {
        if (strcmp(geography->aliases[i].name, joined) == 0)
            return geography->aliases[i].code;
    }
    return find_code(geography, joined);
}

size_t geography_code_near(const struct geography *geography, const char *code, size_t likely) {
    if (likely < geography->n_codes && strcmp(geography->codes[likely].code, code) == 0)
        return likely;
    return geography_code(geography, code);
}

size_t geography_level(const struct geography *geography, const char *level) {
    for (size_t i = 0; i < geography->n_levels; i++) {
        if (strcmp(geography->levels[i], level) == 0)
            return i;
    }
    return SIZE_MAX;
}
