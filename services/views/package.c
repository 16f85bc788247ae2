#include "services/views/package.h"

#include "services/bus/buffer.h"
#include "services/bus/hash.h"
#include "services/bus/instant.h"
#include "services/views/api_parts.h"
#include "services/views/json.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A table of the package, and where its codes and nodes are told of. */
static const struct {
    const char *name;
    const struct resource *resource;
} tables[] = {
    {"areas", &package_areas_resource},
    {"nodes", &metrics_resource},
    {"ranks", &ranks_resource},
    {"metrics", &figures_resource},
    {"changes", &changes_resource},
    {"spend", &spend_resource},
    {"uncertainty", &uncertainty_resource},
    {"releases", &package_releases_resource},
};

enum { TABLES = sizeof tables / sizeof *tables };

struct written {
    bool there;
    size_t bytes;
    char hash[HASH_TEXT];
};

/* --- the tables ------------------------------------------------------------------------------- */

static bool write_sheet(struct sheet *sheet, const char *name, struct written *written,
                        package_put *put, void *context, struct fault *fault) {
    struct buffer buffer;
    char file[80];
    FILE *out = buffer_open(&buffer);
    if (!out)
        return fault_memory(fault);
    bool fine = sheet_write_all_csv(sheet, out);
    if (!buffer_close(&buffer, out) || !fine) {
        free(buffer.bytes);
        return fault_memory(fault);
    }
    (void)snprintf(file, sizeof file, "%s.csv", name);
    written->there = true;
    written->bytes = buffer.length;
    hash_of(buffer.bytes, buffer.length, written->hash);
    fine = put(context, file, buffer.bytes, buffer.length, fault);
    free(buffer.bytes);
    return fine;
}

static bool write_tables(struct viewer *viewer, const struct view *view,
                         struct written written[TABLES], package_put *put, void *context,
                         struct fault *fault) {
    const struct selection all = {.node = ALL_NODES, .area = SIZE_MAX, .rows = ALL_ROWS};
    for (size_t i = 0; i < TABLES; i++) {
        struct fault none = {0};
        struct sheet *sheet = tables[i].resource->make(viewer, view, &all, &none);
        if (!sheet && none.kind == FAULT_INPUT)
            continue;
        if (!sheet) {
            *fault = none;
            return false;
        }
        bool fine = write_sheet(sheet, tables[i].name, &written[i], put, context, fault);
        sheet_destroy(&sheet);
        if (!fine)
            return false;
    }
    return true;
}

/* --- datapackage.json ------------------------------------------------------------------------- */

static void member(FILE *out, const char *key, const char *text, bool first) {
    json_key(out, key, first);
    json_write_text(out, text);
}

static bool is_key(const struct sheet_column *column) {
    return column->role == SHEET_KEY || column->role == SHEET_AREA;
}

static void write_field(FILE *out, const struct sheet_column *column) {
    static const char *const types[SHEET_TYPES] = {
        [SHEET_TEXT] = "string",   [SHEET_COUNT] = "integer", [SHEET_SIGNED] = "integer",
        [SHEET_NUMBER] = "number", [SHEET_TRUTH] = "boolean", [SHEET_INSTANT] = "datetime",
    };
    (void)fputc('{', out);
    member(out, "name", column->key, true);
    member(out, "title", column->title, false);
    member(out, "description", column->description, false);
    member(out, "type", types[column->type], false);
    if (column->type == SHEET_INSTANT)
        member(out, "format", "any", false);
    if (column->unit)
        member(out, "unit", column->unit, false);
    if (is_key(column))
        (void)fputs(",\"constraints\":{\"required\":true}", out);
    (void)fputc('}', out);
}

static void write_key(FILE *out, const struct resource *resource) {
    bool any = false;
    for (size_t c = 0; c < resource->n_columns; c++) {
        if (!is_key(&resource->columns[c]))
            continue;
        (void)fputs(any ? "," : ",\"primaryKey\":[", out);
        json_write_text(out, resource->columns[c].key);
        any = true;
    }
    if (any)
        (void)fputc(']', out);
}

/* An area's code stands in `areas`, a node's id in `nodes`. */
static void write_references(FILE *out, const char *name, const struct resource *resource) {
    static const char *const to[][2] = {{"area_code", "areas"}, {"node", "nodes"}};
    bool any = false;
    for (size_t c = 0; c < resource->n_columns; c++) {
        for (size_t i = 0; i < 2; i++) {
            const char *key = resource->columns[c].key;
            if (strcmp(key, to[i][0]) != 0 || strcmp(name, to[i][1]) == 0)
                continue;
            (void)fprintf(out,
                          "%s{\"fields\":[\"%s\"],\"reference\":{\"resource\":\"%s\",\"fields\":"
                          "[\"%s\"]}}",
                          any ? "," : ",\"foreignKeys\":[", key, to[i][1], key);
            any = true;
        }
    }
    if (any)
        (void)fputc(']', out);
}

static void write_resource(FILE *out, size_t which, const struct written *written) {
    const struct resource *resource = tables[which].resource;
    (void)fputc('{', out);
    member(out, "name", tables[which].name, true);
    (void)fprintf(out, ",\"path\":\"%s.csv\"", tables[which].name);
    member(out, "profile", "tabular-data-resource", false);
    member(out, "title", resource->summary, false);
    member(out, "description", resource->description, false);
    (void)fputs(",\"format\":\"csv\",\"mediatype\":\"text/csv\",\"encoding\":\"utf-8\"", out);
    (void)fprintf(out, ",\"bytes\":%zu,\"hash\":\"sha256:%s\",\n\"schema\":{\"fields\":[\n",
                  written->bytes, written->hash);
    for (size_t c = 0; c < resource->n_columns; c++) {
        (void)fputs(c ? ",\n" : "", out);
        write_field(out, &resource->columns[c]);
    }
    (void)fputs("],\n\"missingValues\":[\"\"]", out);
    write_key(out, resource);
    write_references(out, tables[which].name, resource);
    (void)fputs("}}", out);
}

/* The same publisher's table may feed several datasets. */
static bool is_told(const struct definition *definition, size_t which) {
    const struct dataset *of = &definition->datasets[which];
    for (size_t i = 0; i < which; i++) {
        if (strcmp(definition->datasets[i].publisher, of->publisher) == 0 &&
            strcmp(definition->datasets[i].title, of->title) == 0)
            return true;
    }
    return false;
}

static void write_sources(FILE *out, const struct definition *definition) {
    bool any = false;
    (void)fputs(",\n\"sources\":[", out);
    for (size_t i = 0; i < definition->n_datasets; i++) {
        const struct dataset *dataset = &definition->datasets[i];
        char title[600];
        if (is_told(definition, i))
            continue;
        (void)snprintf(title, sizeof title, "%s: %s", dataset->publisher, dataset->title);
        (void)fputs(any ? ",\n{" : "\n{", out);
        member(out, "title", title, true);
        if (dataset->url && *dataset->url)
            member(out, "path", dataset->url, false);
        (void)fputc('}', out);
        any = true;
    }
    (void)fputc(']', out);
}

/* A licence has a name that programs know, or at least one that is made of its title. */
static void write_licence(FILE *out, const char *title) {
    char name[80];
    size_t n = 0;
    if (strcmp(title, "Open Government Licence v3.0") == 0) {
        (void)fputs("{\"name\":\"OGL-UK-3.0\",\"path\":\"https://www.nationalarchives.gov.uk/doc/"
                    "open-government-licence/version/3/\"",
                    out);
    } else {
        for (; title[n] && n + 1 < sizeof name; n++)
            name[n] = isalnum((unsigned char)title[n]) ? title[n] : '-';
        name[n] = '\0';
        (void)fputc('{', out);
        member(out, "name", n ? name : "other", true);
    }
    member(out, "title", title, false);
    (void)fputc('}', out);
}

static void write_licences(FILE *out, const struct definition *definition) {
    (void)fputs(",\n\"licenses\":[", out);
    for (size_t i = 0; i < definition->n_datasets; i++) {
        const char *licence = definition->datasets[i].licence;
        bool told = false;
        for (size_t k = 0; k < i && !told; k++)
            told = strcmp(definition->datasets[k].licence, licence) == 0;
        if (told)
            continue;
        (void)fputs(i ? ",\n" : "\n", out);
        write_licence(out, licence);
    }
    (void)fputc(']', out);
}

static void write_descriptor(FILE *out, const struct view *view,
                             const struct written written[TABLES]) {
    const struct definition *definition = view->pack->definition;
    char instant[INSTANT_TEXT];
    bool any = false;
    (void)fputs("{\"profile\":\"tabular-data-package\",\"name\":\"", out);
    for (const char *at = definition->id; *at; at++)
        (void)fputc(isalnum((unsigned char)*at) ? tolower((unsigned char)*at) : '-', out);
    (void)fprintf(out, "-edition-%" PRIu64 "\"", view->number);
    member(out, "title", definition->title, false);
    (void)fprintf(out, ",\"version\":\"%" PRIu64 "\"", view->number);
    member(out, "created", instant_write(view->time_ms, instant), false);
    member(out, "description",
           "One edition of the index. A missing figure is an empty cell, and a status beside it "
           "says why; it is never 0. A rank of 1, and a higher score, are more need. A text that a "
           "spreadsheet would take for a formula has an apostrophe before it.",
           false);
    write_sources(out, definition);
    write_licences(out, definition);
    (void)fputs(",\n\"resources\":[", out);
    for (size_t i = 0; i < TABLES; i++) {
        if (!written[i].there)
            continue;
        (void)fputs(any ? ",\n" : "\n", out);
        write_resource(out, i, &written[i]);
        any = true;
    }
    (void)fputs("]}\n", out);
}

bool package_write(struct viewer *viewer, const struct view *view, package_put *put, void *context,
                   struct fault *fault) {
    struct written written[TABLES] = {{0}};
    struct buffer buffer;
    if (!write_tables(viewer, view, written, put, context, fault))
        return false;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return fault_memory(fault);
    write_descriptor(out, view, written);
    if (!buffer_close(&buffer, out))
        return fault_memory(fault);
    bool fine = put(context, "datapackage.json", buffer.bytes, buffer.length, fault);
    free(buffer.bytes);
    return fine;
}
