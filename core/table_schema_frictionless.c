#include "core/table_schema_parts.h"

#include <stdio.h>
#include <string.h>

/* --- fields ----------------------------------------------------------------------------------- */

static enum schema_type type_of(json_t *field) {
    const char *type = json_string_value(json_object_get(field, "type"));
    if (type && strcmp(type, "number") == 0)
        return SCHEMA_NUMBER;
    return type && strcmp(type, "integer") == 0 ? SCHEMA_INTEGER : SCHEMA_ANY;
}

static bool read_constraints(const struct schema_reading *in, json_t *from, const char *where,
                             struct schema_field *out, struct fault *fault) {
    if (!schema_words(in, json_object_get(from, "enum"), where, &out->allowed, &out->n_allowed,
                      fault))
        return false;
    out->required = json_is_true(json_object_get(from, "required"));
    if (out->type == SCHEMA_ANY)
        return true; /* the bounds of a date are not numbers */
    json_t *low = json_object_get(from, "minimum"), *high = json_object_get(from, "maximum");
    json_t *above = json_object_get(from, "exclusiveMinimum");
    json_t *below = json_object_get(from, "exclusiveMaximum");
    out->above = !low && above;
    out->below = !high && below;
    return schema_bound(in, low ? low : above, where, &out->has_low, &out->low, fault) &&
           schema_bound(in, high ? high : below, where, &out->has_high, &out->high, fault);
}

static bool read_field(const struct schema_reading *in, json_t *field, json_t *missing,
                       const char *where, struct schema_field *out, struct fault *fault) {
    json_t *own = json_object_get(field, "missingValues");
    if (!schema_text(in, json_object_get(field, "name"), &out->name, fault))
        return false;
    if (!out->name)
        return schema_fault(in, where, fault, "expected a 'name'");
    const char *title = json_string_value(json_object_get(field, "title"));
    out->type = type_of(field);
    out->decimal = schema_character(json_object_get(field, "decimalChar"));
    out->group = schema_character(json_object_get(field, "groupChar"));
    return schema_text(in, json_object_get(field, "rdfType"), &out->property, fault) &&
           schema_text(in, json_object_get(field, "unit"), &out->unit, fault) &&
           schema_role(in, field, where, &out->role, fault) &&
           schema_heading(in, out, out->name, fault) &&
           (!title || schema_heading(in, out, title, fault)) &&
           schema_words(in, own ? own : missing, where, &out->missing, &out->n_missing, fault) &&
           read_constraints(in, json_object_get(field, "constraints"), where, out, fault);
}

static bool read_schema(const struct schema_reading *in, json_t *schema, const char *where,
                        struct table_schema *out, struct fault *fault) {
    char place[SCHEMA_WHERE + 40];
    json_t *fields = json_object_get(schema, "fields");
    json_t *match = json_object_get(schema, "fieldsMatch");
    size_t n = json_array_size(fields);
    if (json_is_array(match))
        match = json_array_get(match, 0);
    const char *rule = json_string_value(match);
    out->may_lack = rule && (strcmp(rule, "superset") == 0 || strcmp(rule, "partial") == 0);
    if (n == 0 || n > SCHEMA_FIELDS_MAX) {
        return schema_fault(in, where, fault, "expected 'fields', a list of 1 to %d",
                            SCHEMA_FIELDS_MAX);
    }
    struct schema_field *list = arena_alloc(in->arena, n, sizeof *list);
    if (!list)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(place, sizeof place, "%s%sfields[%zu]", where, *where ? "." : "", i);
        if (!read_field(in, json_array_get(fields, i), json_object_get(schema, "missingValues"),
                        place, &list[i], fault))
            return false;
    }
    out->fields = list;
    out->n_fields = n;
    return true;
}

/* --- resources -------------------------------------------------------------------------------- */

/* A path, or a list of them. */
static int resource_names_table(const struct schema_reading *in, json_t *resource) {
    json_t *path = json_object_get(resource, "path");
    int best = 0;
    if (json_is_string(path))
        return schema_names_table(in, json_string_value(path));
    for (size_t i = 0; i < json_array_size(path); i++) {
        const char *one = json_string_value(json_array_get(path, i));
        int fit = one ? schema_names_table(in, one) : 0;
        best = fit > best ? fit : best;
    }
    return best;
}

static bool read_dialect(const struct schema_reading *in, json_t *resource, const char *where,
                         struct table_schema *out, struct fault *fault) {
    json_t *dialect;
    if (!schema_linked(in, json_object_get(resource, "dialect"), where, &dialect, fault))
        return false;
    bool good = schema_text(in, json_object_get(dialect, "sheetName"), &out->sheet, fault) &&
                schema_encoding(in, json_object_get(resource, "encoding"), where, out, fault) &&
                (!dialect || schema_dialect(in, dialect, where, out, fault));
    json_decref(dialect);
    return good;
}

static bool read_resource(const struct schema_reading *in, json_t *resource, const char *where,
                          struct table_schema *out, struct fault *fault) {
    char place[SCHEMA_WHERE];
    json_t *schema;
    (void)snprintf(place, sizeof place, "%s%sschema", where, *where ? "." : "");
    if (!read_dialect(in, resource, where, out, fault) ||
        !schema_linked(in, json_object_get(resource, "schema"), place, &schema, fault))
        return false;
    bool good = read_schema(in, schema, place, out, fault);
    json_decref(schema);
    return good;
}

bool schema_frictionless(const struct schema_reading *in, json_t *root, struct table_schema *out,
                         bool *fits, struct fault *fault) {
    char where[40];
    json_t *resources = json_object_get(root, "resources"), *best = NULL;
    int nearest = 0;
    *fits = true;
    if (json_object_get(root, "fields"))
        return read_schema(in, root, "", out, fault);
    if (!json_is_array(resources)) {
        if (json_object_get(root, "schema"))
            return read_resource(in, root, "", out, fault);
        return schema_fault(in, "", fault,
                            "no schema that is known: expected a data package with 'resources', a "
                            "Table Schema with 'fields', or CSVW metadata with 'tableSchema' or "
                            "'tables'");
    }
    for (size_t i = 0; i < json_array_size(resources); i++) {
        json_t *resource = json_array_get(resources, i);
        int fit = resource_names_table(in, resource);
        /* A resource that says nothing of its columns is no description. */
        if (fit <= nearest || !json_object_get(resource, "schema"))
            continue;
        nearest = fit;
        best = resource;
        (void)snprintf(where, sizeof where, "resources[%zu]", i);
    }
    *fits = best != NULL;
    return !best || read_resource(in, best, where, out, fault);
}
