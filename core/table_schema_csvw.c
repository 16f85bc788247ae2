#include "core/table_schema_parts.h"

#include <stdio.h>
#include <string.h>

/* Properties that a column inherits: its own, or its schema's, its table's, the group's. */
enum { LEVELS = 4 };

struct inherited {
    json_t *from[LEVELS]; /* the nearest first; NULL: none */
};

static json_t *inherit(const struct inherited *inherited, const char *key) {
    for (size_t i = 0; i < LEVELS; i++) {
        json_t *value = json_object_get(inherited->from[i], key);
        if (value)
            return value;
    }
    return NULL;
}

/* --- columns ---------------------------------------------------------------------------------- */

static enum schema_type type_named(const char *base, struct schema_field *out) {
    static const char *const numbers[] = {"number", "decimal", "double", "float"};
    static const char *const wholes[] = {
        "integer",        "int",          "long",         "short",         "byte",
        "unsignedInt",    "unsignedLong", "unsignedByte", "unsignedShort", "nonNegativeInteger",
        "positiveInteger"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i], base) == 0)
            return SCHEMA_NUMBER;
    }
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        if (strcmp(wholes[i], base) != 0)
            continue;
        out->has_low = i > 4; /* the unsigned ones */
        out->low = strcmp(base, "positiveInteger") == 0 ? 1 : 0;
        return SCHEMA_INTEGER;
    }
    return SCHEMA_ANY;
}

/* "#,##0.0" names its own characters; an object does it in words. */
static void read_format(json_t *format, struct schema_field *out) {
    const char *pattern = json_string_value(format);
    if (json_is_object(format)) {
        out->decimal = schema_character(json_object_get(format, "decimalChar"));
        out->group = schema_character(json_object_get(format, "groupChar"));
        pattern = out->group ? NULL : json_string_value(json_object_get(format, "pattern"));
    }
    if (pattern && strchr(pattern, ',') && out->decimal != ',')
        out->group = ',';
}

static bool read_datatype(const struct schema_reading *in, json_t *datatype, const char *where,
                          struct schema_field *out, struct fault *fault) {
    static const struct {
        const char *key;
        bool high, itself_excluded;
    } bounds[] = {{"minimum", false, false},     {"minInclusive", false, false},
                  {"minExclusive", false, true}, {"maximum", true, false},
                  {"maxInclusive", true, false}, {"maxExclusive", true, true}};
    json_t *base = json_is_object(datatype) ? json_object_get(datatype, "base") : datatype;
    if (json_is_string(base))
        out->type = type_named(json_string_value(base), out);
    json_t *format = json_object_get(datatype, "format");
    if (out->type != SCHEMA_ANY || json_is_object(format))
        read_format(format,
                    out); /* an object is only of numbers, even where the base is not said */
    if (!json_is_object(datatype) || out->type == SCHEMA_ANY)
        return true;
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        json_t *value = json_object_get(datatype, bounds[i].key);
        if (!value)
            continue;
        if (!schema_bound(in, value, where, bounds[i].high ? &out->has_high : &out->has_low,
                          bounds[i].high ? &out->high : &out->low, fault))
            return false;
        *(bounds[i].high ? &out->below : &out->above) = bounds[i].itself_excluded;
    }
    return true;
}

/* A title, a list of them, or either for each language. */
static bool read_titles(const struct schema_reading *in, json_t *titles, struct schema_field *out,
                        struct fault *fault) {
    const char *language;
    json_t *value;
    if (json_is_string(titles))
        return schema_heading(in, out, json_string_value(titles), fault);
    for (size_t i = 0; i < json_array_size(titles); i++) {
        value = json_array_get(titles, i);
        if (json_is_string(value) && !schema_heading(in, out, json_string_value(value), fault))
            return false;
    }
    json_object_foreach(titles, language, value) {
        if (!json_is_object(value) && !read_titles(in, value, out, fault))
            return false;
    }
    return true;
}

/* Whether a code is put into the address of an area: ".../id/statistical-geography/{area}". */
static bool makes_area(json_t *address, const char *column) {
    char variable[PATTERN_ROOM];
    const char *text = json_string_value(address);
    (void)snprintf(variable, sizeof variable, "statistical-geography/{%s}", column);
    if (text && strstr(text, variable))
        return true;
    (void)snprintf(variable, sizeof variable, "statistical-geography/{+%s}", column);
    return text && strstr(text, variable);
}

static bool read_column(const struct schema_reading *in, const struct inherited *inherited,
                        const char *where, struct schema_field *out, struct fault *fault) {
    json_t *column = inherited->from[0];
    json_t *titles = json_object_get(column, "titles");
    if (!schema_text(in, json_object_get(column, "name"), &out->name, fault) ||
        !read_titles(in, titles, out, fault))
        return false;
    if (out->headings.n == 0 && out->name && !schema_heading(in, out, out->name, fault))
        return false;
    if (out->headings.n == 0)
        return schema_fault(in, where, fault, "a column needs 'name' or 'titles'");
    if (!out->name)
        out->name = out->headings.list[0];
    out->area = makes_area(inherit(inherited, "valueUrl"), out->name) ||
                makes_area(inherit(inherited, "aboutUrl"), out->name);
    out->required = json_is_true(inherit(inherited, "required"));
    return schema_text(in, json_object_get(column, "propertyUrl"), &out->property, fault) &&
           schema_text(in, json_object_get(column, "schema:unitText"), &out->unit, fault) &&
           schema_role(in, column, where, &out->role, fault) &&
           read_datatype(in, inherit(inherited, "datatype"), where, out, fault) &&
           schema_words(in, inherit(inherited, "null"), where, &out->missing, &out->n_missing,
                        fault);
}

static bool read_columns(const struct schema_reading *in, json_t *columns,
                         struct inherited *inherited, const char *where, struct table_schema *out,
                         struct fault *fault) {
    char place[SCHEMA_WHERE + 40];
    size_t n = json_array_size(columns);
    if (n == 0 || n > SCHEMA_FIELDS_MAX) {
        return schema_fault(in, where, fault, "expected 'columns', a list of 1 to %d",
                            SCHEMA_FIELDS_MAX);
    }
    struct schema_field *list = arena_alloc(in->arena, n, sizeof *list);
    if (!list)
        return fault_memory(fault);
    out->fields = list;
    for (size_t i = 0; i < n; i++) {
        json_t *column = json_array_get(columns, i);
        if (json_is_true(json_object_get(column, "virtual")))
            continue; /* it is in no file */
        inherited->from[0] = column;
        (void)snprintf(place, sizeof place, "%s.columns[%zu]", where, i);
        if (!read_column(in, inherited, place, &list[out->n_fields], fault))
            return false;
        out->n_fields++;
    }
    return true;
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool read_table(const struct schema_reading *in, json_t *table, json_t *group,
                       const char *where, struct table_schema *out, struct fault *fault) {
    char place[SCHEMA_WHERE];
    struct inherited inherited = {{NULL, NULL, table, group}};
    json_t *schema = NULL, *dialect = NULL;
    (void)snprintf(place, sizeof place, "%s%stableSchema", where, *where ? "." : "");
    if (!schema_linked(in, inherit(&inherited, "tableSchema"), place, &schema, fault) ||
        !schema_linked(in, inherit(&inherited, "dialect"), where, &dialect, fault)) {
        json_decref(schema);
        return false;
    }
    inherited.from[1] = schema;
    bool good = (!dialect || schema_dialect(in, dialect, where, out, fault)) &&
                read_columns(in, json_object_get(schema, "columns"), &inherited, place, out, fault);
    json_decref(schema);
    json_decref(dialect);
    return good;
}

/* The metadata that is called after the table is meant for it whatever address it gives, because a
 * file that was downloaded often has another name. */
static bool is_called_after(const struct schema_reading *in) {
    char name[SCHEMA_PATH];
    return table_schema_name(in->table, 0, name, sizeof name) && strcmp(name, in->name) == 0;
}

bool schema_csvw(const struct schema_reading *in, json_t *root, struct table_schema *out,
                 bool *fits, struct fault *fault) {
    char where[40] = "";
    json_t *tables = json_object_get(root, "tables"), *best = NULL;
    int nearest = 0;
    size_t n = json_is_array(tables) ? json_array_size(tables) : 1;
    for (size_t i = 0; i < n; i++) {
        json_t *table = json_is_array(tables) ? json_array_get(tables, i) : root;
        const char *address = json_string_value(json_object_get(table, "url"));
        int fit = address ? schema_names_table(in, address) : 0;
        if (n == 1 && fit == 0 && (!address || is_called_after(in)))
            fit = 1;
        if (fit <= nearest)
            continue;
        nearest = fit;
        best = table;
        if (json_is_array(tables))
            (void)snprintf(where, sizeof where, "tables[%zu]", i);
    }
    *fits = best != NULL;
    return !best || read_table(in, best, best == root ? NULL : root, where, out, fault);
}
