/* Everything about one area in an edition, as one JSON document. Each part has the rows of the
 * table of the same name. */
#include "services/views/api_parts.h"

#include "services/bus/buffer.h"
#include "services/bus/instant.h"
#include "services/views/json.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct {
    const char *name;
    const struct resource *resource;
    bool all_nodes;
} parts[] = {
    {"area", &areas_resource, true},
    {"ranks", &ranks_resource, true},
    {"uncertainty", &uncertainty_resource, true},
    {"metrics", &figures_resource, true},
    {"changes", &changes_resource, true},
    {"spend", &spend_resource, false},
    {"history", &history_resource, false},
};

/* A part that the index does not have (no spend, no uncertainty) is null. */
static bool write_part(struct viewer *viewer, const struct view *view, size_t area, size_t part,
                       FILE *out, struct fault *fault) {
    const struct selection wanted = {
        .area = area, .node = parts[part].all_nodes ? ALL_NODES : 0, .rows = ALL_ROWS};
    struct fault none = {0};
    struct sheet *sheet = parts[part].resource->make(viewer, view, &wanted, &none);
    (void)fputs(",\n", out);
    json_key(out, parts[part].name, 1);
    bool fine = sheet || none.kind == FAULT_INPUT;
    if (sheet)
        fine = sheet_write_items(sheet, out) || fault_memory(fault);
    else if (fine)
        (void)fputs("null", out);
    else
        *fault = none;
    sheet_destroy(&sheet);
    return fine;
}

static bool write_profile(struct viewer *viewer, const struct view *view, size_t area, FILE *out,
                          struct fault *fault) {
    const struct area *place = &view->pack->geography->areas[area];
    const struct definition *definition = view->pack->definition;
    char instant[INSTANT_TEXT];
    struct api_source source;
    api_sources(definition, &source);
    (void)fputs("{\"title\":", out);
    json_write_text(out, definition->title);
    (void)fprintf(out, ",\"edition\":%" PRIu64 ",\"scored\":", view->number);
    json_write_text(out, instant_write(view->time_ms, instant));
    (void)fputs(",\"area_code\":", out);
    json_write_text(out, place->code);
    (void)fputs(",\"area_name\":", out);
    json_write_text(out, place->name);
    (void)fputs(",\"source\":", out);
    json_write_text(out, source.source);
    (void)fputs(",\"licence\":", out);
    json_write_text(out, source.licence);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!write_part(viewer, view, area, i, out, fault))
            return false;
    }
    (void)fputs("}\n", out);
    return true;
}

const struct resource profile_resource = {
    .id = "profile",
    .pattern = "/api/v1/editions/{edition}/areas/{code}",
    .summary = "Everything about one area",
    .description = "What the tables of an edition say of one area, as one document: each member is "
                   "a list of the rows of the table of that name, or null where the index has no "
                   "such table.",
    .of_edition = true,
    .type = "application/json",
};

void api_profile(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    struct buffer buffer;
    if (!api_knows(&profile_resource, request, answer))
        return;
    const struct view *view = api_view(&profile_resource, viewer, request, answer);
    size_t area = view ? api_area_of_path(view, request, 1, answer) : SIZE_MAX;
    FILE *out = area != SIZE_MAX ? buffer_open(&buffer) : NULL;
    if (!out)
        return;
    bool fine = write_profile(viewer, view, area, out, &fault);
    bool kept = buffer_close(&buffer, out);
    if (!fine && kept)
        free(buffer.bytes);
    if (!fine && fault.kind != FAULT_MEMORY)
        answer_fault(answer, request, &fault);
    if (!fine || !kept)
        return;
    answer->type = profile_resource.type;
    answer->body = buffer.bytes;
    answer->length = buffer.length;
}
