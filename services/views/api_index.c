/* What the API has: a list of its resources for people, and the document that describes them for
 * programs (OpenAPI 3.1), both made from the resources themselves. */
#include "services/views/api_parameters.h"
#include "services/views/api_parts.h"

#include "services/bus/buffer.h"
#include "services/bus/filter.h"
#include "services/bus/version.h"
#include "services/views/json.h"

#include <string.h>

static const struct resource index_resource = {
    .id = "index",
    .pattern = "/api/v1",
    .summary = "Resources",
    .description = "The resources of this interface.",
    .type = "application/json",
};

static const struct resource openapi_resource = {
    .id = "openapi",
    .pattern = "/api/v1/openapi.json",
    .summary = "This document",
    .description = "What describes this interface, by OpenAPI 3.1.",
    .type = "application/json",
};

static const struct resource *const resources[] = {
    &index_resource,   &openapi_resource,          &areas_resource,
    &area_resource,    &history_resource,          &missions_resource,
    &metrics_resource, &releases_resource,         &editions_resource,
    &edition_resource, &profile_resource,          &ranks_resource,
    &figures_resource, &changes_resource,          &explanations_resource,
    &spend_resource,   &edition_releases_resource, &uncertainty_resource,
    &events_resource,  &stream_resource,
};
enum { RESOURCES = sizeof resources / sizeof *resources };

/* --- the document ----------------------------------------------------------------------------- */

static const char *const table_formats[][2] = {
    {".csv", "text/csv"},
    {".csv-metadata.json", "application/csvm+json"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".jsonstat.json", "application/json"},
    {".geojson", "application/geo+json"},
};

static void member(FILE *out, const char *key, const char *text, bool first) {
    json_key(out, key, first);
    json_write_text(out, text);
}

static void write_parameter(FILE *out, const char *name, const char *where, const char *type,
                            const char *description, bool required, bool *any) {
    (void)fputs(*any ? ",\n{" : "\n{", out);
    member(out, "name", name, true);
    member(out, "in", where, false);
    member(out, "description", description, false);
    (void)fprintf(out, ",\"required\":%s,\"schema\":{\"type\":\"%s\"}}",
                  required ? "true" : "false", type);
    *any = true;
}

static void write_parameters(FILE *out, const struct resource *resource) {
    bool any = false;
    (void)fputs(",\"parameters\":[", out);
    if (strstr(resource->pattern, "{edition}"))
        write_parameter(out, "edition", "path", "string",
                        "Number of an edition, or \"latest\": the newest.", true, &any);
    if (strstr(resource->pattern, "{code}"))
        write_parameter(out, "code", "path", "string",
                        "An area, by its code or name, of any vintage.", true, &any);
    for (size_t i = 0; i < api_n_parameters; i++) {
        const struct api_parameter *p = &api_parameters[i];
        if (resource->takes & p->bit)
            write_parameter(out, p->name, "query", p->type, p->description,
                            (resource->needs & p->bit) != 0, &any);
    }
    for (size_t i = 0; (resource->takes & TAKES_FILTER) && i < FILTER_NAMES; i++)
        write_parameter(out, filter_names[i], "query", "string",
                        "Only events that this fits; may stand several times.", false, &any);
    (void)fputc(']', out);
}

static void write_property(FILE *out, const struct sheet_column *column) {
    static const char *const types[SHEET_TYPES] = {
        [SHEET_TEXT] = "string",   [SHEET_COUNT] = "integer", [SHEET_SIGNED] = "integer",
        [SHEET_NUMBER] = "number", [SHEET_TRUTH] = "boolean", [SHEET_INSTANT] = "string",
    };
    bool key = column->role == SHEET_KEY || column->role == SHEET_AREA;
    (void)fputs("{\"type\":", out);
    if (key)
        (void)fprintf(out, "\"%s\"", types[column->type]);
    else
        (void)fprintf(out, "[\"%s\",\"null\"]", types[column->type]);
    if (column->type == SHEET_INSTANT)
        (void)fputs(",\"format\":\"date-time\"", out);
    member(out, "title", column->title, false);
    member(out, "description", column->description, false);
    if (column->unit)
        member(out, "x-unit", column->unit, false);
    (void)fputc('}', out);
}

/* The schema of a row. */
static void write_row_schema(FILE *out, const struct resource *resource) {
    (void)fputs("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", out);
    for (size_t c = 0; c < resource->n_columns; c++) {
        (void)fputs(c ? ",\n" : "\n", out);
        json_write_text(out, resource->columns[c].key);
        (void)fputc(':', out);
        write_property(out, &resource->columns[c]);
    }
    (void)fputs("},\"required\":[", out);
    for (size_t c = 0; c < resource->n_columns; c++) {
        (void)fputs(c ? "," : "", out);
        json_write_text(out, resource->columns[c].key);
    }
    (void)fputs("]}", out);
}

static void write_table_schema(FILE *out, const struct resource *resource) {
    static const char about[] =
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"title\",\"edition\","
        "\"scored\",\"node\",\"source\",\"licence\",\"total\",\"limit\",\"offset\",\"next\","
        "\"prev\",\"items\"],\"properties\":{\"title\":{\"type\":\"string\"},\"edition\":{\"type\":"
        "[\"integer\",\"null\"]},\"scored\":{\"type\":[\"string\",\"null\"]},\"node\":{\"type\":"
        "[\"string\",\"null\"]},\"source\":{\"type\":[\"string\",\"null\"]},\"licence\":{\"type\":"
        "[\"string\",\"null\"]},\"total\":{\"type\":\"integer\"},\"limit\":{\"type\":\"integer\"},"
        "\"offset\":{\"type\":\"integer\"},\"next\":{\"type\":[\"string\",\"null\"]},\"prev\":"
        "{\"type\":[\"string\",\"null\"]},\"items\":{\"type\":\"array\",\"items\":";
    (void)fputs(about, out);
    write_row_schema(out, resource);
    (void)fputs("}}}", out);
}

static void write_responses(FILE *out, const struct resource *resource) {
    (void)fputs(",\"responses\":{\"200\":{\"description\":", out);
    json_write_text(out, resource->summary);
    (void)fprintf(out, ",\"content\":{\"%s\":{\"schema\":",
                  resource->type ? resource->type : "application/json");
    if (resource == &stream_resource)
        (void)fputs("{\"type\":\"string\"}", out);
    else if (resource->make)
        write_table_schema(out, resource);
    else
        (void)fputs("{\"type\":\"object\"}", out);
    (void)fputs("}", out);
    for (size_t i = 0; resource->make && i < sizeof table_formats / sizeof *table_formats; i++) {
        if (strcmp(table_formats[i][1], "application/json") != 0)
            (void)fprintf(out, ",\"%s\":{}", table_formats[i][1]);
    }
    (void)fputs("}},\"default\":{\"$ref\":\"#/components/responses/problem\"}}", out);
}

static void write_path(FILE *out, const struct resource *resource) {
    json_write_text(out, resource->pattern);
    (void)fputs(":{\"get\":{", out);
    char id[80];
    (void)snprintf(id, sizeof id, "%s%s", resource->id,
                   resource == &edition_releases_resource ? "-of-edition" : "");
    member(out, "operationId", id, true);
    member(out, "summary", resource->summary, false);
    member(out, "description", resource->description, false);
    write_parameters(out, resource);
    write_responses(out, resource);
    (void)fputs("}}", out);
}

static void write_document(FILE *out) {
    (void)fputs("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"mindex\",\"version\":", out);
    json_write_text(out, MINDEX_VERSION);
    (void)fputs(
        ",\"description\":\"An index of need: editions, ranks, figures, changes and the reasons "
        "for "
        "them. GET and HEAD alone. Every table is JSON, or what the ending of its path says: .csv, "
        ".csv-metadata.json (CSV on the Web), .xlsx, .jsonstat.json (figures by area and node), "
        ".geojson (rows of areas); or what Accept asks for. JSON has 1000 rows unless limit is "
        "told, other formats all; Link and 'next' say where more are. A missing figure is null or "
        "an empty cell, and a status says why; it is never 0. A rank of 1, and a higher score, are "
        "more need. In CSV a text that begins with = + - @ or a control has an apostrophe before "
        "it, so that no spreadsheet takes it for a formula; in a workbook it is a text as it is. "
        "What is told of an edition by its number never changes within one log, but for its "
        "releases; it may be kept for an hour, for a log restored from an older copy gives a "
        "number "
        "again. Ask again with the ETag after it.\"},\n\"paths\":{",
        out);
    for (size_t i = 0; i < RESOURCES; i++) {
        (void)fputs(i ? ",\n" : "\n", out);
        write_path(out, resources[i]);
    }
    (void)fputs(
        "},\n\"components\":{\"responses\":{\"problem\":{\"description\":\"What was found, and "
        "what "
        "was expected (RFC 9457)\",\"content\":{\"application/problem+json\":{\"schema\":{\"type\":"
        "\"object\",\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\"],"
        "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":"
        "{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\"}"
        "}}}}}}}}\n",
        out);
}

static void write_index(FILE *out) {
    (void)fputs("{\"title\":\"mindex\",\"version\":", out);
    json_write_text(out, MINDEX_VERSION);
    (void)fputs(",\"resources\":[", out);
    for (size_t i = 0; i < RESOURCES; i++) {
        (void)fputs(i ? ",\n{" : "\n{", out);
        member(out, "path", resources[i]->pattern, true);
        member(out, "title", resources[i]->summary, false);
        member(out, "description", resources[i]->description, false);
        (void)fputc('}', out);
    }
    (void)fputs("\n]}\n", out);
}

static void answer_with(const struct resource *resource, void (*write)(FILE *out),
                        const struct request *request, struct answer *answer) {
    struct buffer buffer;
    FILE *out = api_knows(resource, request, answer) ? buffer_open(&buffer) : NULL;
    if (!out)
        return;
    write(out);
    if (!buffer_close(&buffer, out))
        return;
    answer->type = resource->type;
    answer->body = buffer.bytes;
    answer->length = buffer.length;
}

void api_index(struct viewer *viewer, const struct request *request, struct answer *answer) {
    (void)viewer;
    answer_with(&index_resource, write_index, request, answer);
}

void api_openapi(struct viewer *viewer, const struct request *request, struct answer *answer) {
    (void)viewer;
    answer_with(&openapi_resource, write_document, request, answer);
}
