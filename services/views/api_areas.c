/* The areas of the index, and how one of them fared. */
#include "services/views/api_parts.h"

#include "core/search.h"
#include "core/status.h"
#include "services/bus/buffer.h"

#include <stdlib.h>
#include <string.h>

/* --- areas ------------------------------------------------------------------------------------ */

static const struct sheet_column area_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    {"population", "Population", "Residents, by the area table of the index.", "people",
     SHEET_NUMBER, SHEET_PLAIN},
    {"longitude", "Longitude", "Of a point about the middle of the area (WGS 84).", "degrees",
     SHEET_NUMBER, SHEET_PLAIN},
    {"latitude", "Latitude", "Of that point (WGS 84).", "degrees", SHEET_NUMBER, SHEET_PLAIN},
    {"other_names", "Other names", "By which it is found: aliases and former names, by semicolons.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"other_codes", "Other codes",
     "Codes of other vintages under which figures of the area are published, by semicolons.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"match", "Match",
     "With q: how what was typed fits: code, name, prefix, words, near; else empty.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"found", "Found", "With q: the code or name that fits.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"relation", "Relation",
     "With q: what the found place is to the area where it is not the area itself.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
};

/* Other names and codes; `names` and `codes` are streams, or NULL. */
static void write_others(const struct geography *geography, size_t area, FILE *names, FILE *codes) {
    const char *code = geography->areas[area].code, *name = geography->areas[area].name;
    bool any_code = false, any_name = false;
    for (size_t c = 0; c < geography->n_codes; c++) {
        const struct known_code *known = &geography->codes[c];
        if (geography->area_of_code[c] != area)
            continue;
        if (strcmp(known->code, code) != 0) {
            (void)fprintf(codes, "%s%s", any_code ? "; " : "", known->code);
            any_code = true;
        }
        if (strcmp(known->name, name) != 0) {
            (void)fprintf(names, "%s%s", any_name ? "; " : "", known->name);
            any_name = true;
        }
    }
    for (size_t a = 0; a < geography->n_aliases; a++) {
        if (geography->area_of_code[geography->aliases[a].code] != area)
            continue;
        (void)fprintf(names, "%s%s", any_name ? "; " : "", geography->aliases[a].name);
        any_name = true;
    }
}

static bool add_others(struct sheet *sheet, const struct view *view, size_t area) {
    struct buffer buffers[2] = {{0}, {0}};
    FILE *names = buffer_open(&buffers[0]);
    FILE *codes = names ? buffer_open(&buffers[1]) : NULL;
    if (codes)
        write_others(view->pack->geography, area, names, codes);
    bool fine = names && buffer_close(&buffers[0], names);
    fine = codes && buffer_close(&buffers[1], codes) && fine;
    if (fine) {
        api_text_cell(sheet, buffers[0].bytes);
        api_text_cell(sheet, buffers[1].bytes);
    }
    free(buffers[0].bytes);
    free(buffers[1].bytes);
    return fine;
}

/* `search`: with the columns about it, of which a hit (NULL: none) tells. */
static bool add_area(struct sheet *sheet, const struct view *view, size_t area, bool search,
                     const struct search_hit *hit) {
    static const char *const matches[] = {[SEARCH_CODE] = "code",
                                          [SEARCH_NAME] = "name",
                                          [SEARCH_PREFIX] = "prefix",
                                          [SEARCH_WORDS] = "words",
                                          [SEARCH_NEAR] = "near"};
    const struct area *place = &view->pack->geography->areas[area];
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, area);
    if (place->population > 0)
        sheet_number(sheet, place->population);
    else
        sheet_missing(sheet);
    sheet_number(sheet, place->longitude);
    sheet_number(sheet, place->latitude);
    if (!add_others(sheet, view, area))
        return false;
    if (!search)
        return true;
    api_text_cell(sheet, hit ? matches[hit->match] : NULL);
    api_text_cell(sheet, hit ? hit->found : NULL);
    api_text_cell(sheet, hit ? search_relation_words(hit->relation) : NULL);
    return true;
}

/* The areas that may be meant, the likeliest first. */
static bool add_found(struct sheet *sheet, const struct view *view, const struct selection *wanted,
                      struct fault *fault) {
    const struct geography *geography = view->pack->geography;
    struct search *search = search_new(geography, fault);
    struct search_hit *hits = calloc(geography->n_areas + 1, sizeof *hits);
    size_t n = search && hits ? search_places(search, wanted->query, hits) : 0;
    bool fine = search && (hits || fault_memory(fault));
    for (size_t i = 0; fine && i < n; i++) {
        if (api_wants(wanted, view, hits[i].area))
            fine = add_area(sheet, view, hits[i].area, true, &hits[i]) || fault_memory(fault);
    }
    free(hits);
    search_destroy(&search);
    return fine;
}

static bool add_areas(struct sheet *sheet, const struct view *view, const struct selection *wanted,
                      struct fault *fault) {
    for (size_t i = 0; i < view->pack->geography->n_areas; i++) {
        if (api_wants(wanted, view, i) && !add_area(sheet, view, i, true, NULL))
            return fault_memory(fault);
    }
    return true;
}

static struct sheet *make_areas(struct viewer *viewer, const struct view *view,
                                const struct selection *wanted, struct fault *fault) {
    (void)viewer;
    struct sheet *sheet = api_sheet(&areas_resource, view, NULL, fault);
    bool fine = sheet && (wanted->query ? add_found(sheet, view, wanted, fault)
                                        : add_areas(sheet, view, wanted, fault));
    if (!fine)
        sheet_destroy(&sheet);
    return sheet;
}

const struct resource areas_resource = {
    .id = "areas",
    .pattern = "/api/v1/areas",
    .summary = "Areas",
    .description = "The areas of the index. With q those that may be meant by what somebody types, "
                   "the likeliest first: none is no error.",
    .takes = TAKES_EDITION | TAKES_QUERY | TAKES_REGION | TAKES_TYPE | TAKES_PAGE,
    .make = make_areas,
    .columns = area_columns,
    .n_columns = sizeof area_columns / sizeof *area_columns,
    .of_edition = true,
};

void api_areas(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&areas_resource, viewer, request, answer);
}

/* --- for a package ---------------------------------------------------------------------------- */

static struct sheet *make_plain_areas(struct viewer *viewer, const struct view *view,
                                      const struct selection *wanted, struct fault *fault) {
    (void)viewer;
    (void)wanted;
    struct sheet *sheet = api_sheet(&package_areas_resource, view, NULL, fault);
    for (size_t i = 0; sheet && i < view->pack->geography->n_areas; i++) {
        if (add_area(sheet, view, i, false, NULL))
            continue;
        fault_memory(fault);
        sheet_destroy(&sheet);
    }
    return sheet;
}

enum { ABOUT_SEARCH = 3 }; /* the last columns */

const struct resource package_areas_resource = {
    .id = "areas",
    .pattern = "",
    .summary = "Areas",
    .description = "The areas of the index.",
    .make = make_plain_areas,
    .columns = area_columns,
    .n_columns = sizeof area_columns / sizeof *area_columns - ABOUT_SEARCH,
    .of_edition = true,
};

/* --- one area --------------------------------------------------------------------------------- */

const struct resource area_resource = {
    .id = "area",
    .pattern = "/api/v1/areas/{code}",
    .summary = "One area",
    .description = "The row of /api/v1/areas for one area, by its code or name, of any vintage.",
    .takes = TAKES_EDITION | TAKES_PAGE,
    .make = make_areas,
    .columns = area_columns,
    .n_columns = sizeof area_columns / sizeof *area_columns,
    .of_edition = true,
};

/* A table of the area that the path names. */
static void answer_for_area(const struct resource *resource, struct viewer *viewer,
                            const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    struct selection wanted;
    if (!api_knows(resource, request, answer))
        return;
    const struct view *view = api_view(resource, viewer, request, answer);
    if (!view || !api_select(resource, view, request, &wanted, answer))
        return;
    wanted.area = api_area_of_path(view, request, 0, answer);
    if (wanted.area == SIZE_MAX)
        return;
    struct sheet *sheet = resource->make(viewer, view, &wanted, &fault);
    if (sheet)
        sheet_answer(&sheet, request, answer);
    else if (fault.kind != FAULT_MEMORY)
        answer_fault(answer, request, &fault);
}

void api_area(struct viewer *viewer, const struct request *request, struct answer *answer) {
    answer_for_area(&area_resource, viewer, request, answer);
}

/* --- its history ------------------------------------------------------------------------------ */

static const struct sheet_column history_columns[] = {
    {"edition", "Edition", "Number of the edition.", NULL, SHEET_COUNT, SHEET_KEY},
    {"scored", "Scored", "When it was scored.", NULL, SHEET_INSTANT, SHEET_PLAIN},
    AREA_COLUMNS,
    NODE_COLUMNS,
    {"rank", "Rank", "1 is the most need.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"of", "Of", "How many areas had a rank.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"score", "Score", "A higher score is more need.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"status", "Status", "Why there is no score; empty where there is one.", NULL, SHEET_TEXT,
     SHEET_STATUS},
    {"band", "Band", "Band of need, in words.", NULL, SHEET_TEXT, SHEET_PLAIN},
};

static void add_past(struct sheet *sheet, const struct past_edition *past, const char *code) {
    const struct view *view = past->view;
    const struct definition *definition = view->pack->definition;
    size_t area = geography_area(view->pack->geography, code);
    for (size_t k = 0; area != SIZE_MAX && k < definition->n_nodes; k++) {
        const struct node_scores *scores = &view->edition->nodes[k];
        if (k != 0 && definition->nodes[k].parent != 0)
            continue;
        sheet_count(sheet, past->number);
        sheet_instant(sheet, past->time_ms);
        api_area_cells(sheet, view, area);
        api_node_cells(sheet, view, k);
        api_rank_cell(sheet, scores->rank[area] ? scores->shown_rank[area] : 0);
        sheet_count(sheet, edition_ranked(view->edition, k));
        api_column_cells(sheet, &scores->score, area);
        api_text_cell(sheet, band_name(definition, scores->band[area]));
    }
}

static struct sheet *make_history(struct viewer *viewer, const struct view *view,
                                  const struct selection *wanted, struct fault *fault) {
    const char *code = view->pack->geography->areas[wanted->area].code;
    const struct history *history = viewer_history(viewer, view, fault);
    struct sheet *sheet = history ? api_sheet(&history_resource, view, NULL, fault) : NULL;
    for (size_t i = 0; sheet && i < history->n; i++)
        add_past(sheet, &history->past[i], code);
    return sheet;
}

const struct resource history_resource = {
    .id = "history",
    .pattern = "/api/v1/areas/{code}/history",
    .summary = "History of an area",
    .description = "Rank, score and band of one area for the whole index and each mission, over "
                   "the newest 40 editions, the oldest first. Editions in which the area did not "
                   "stand have no row.",
    .takes = TAKES_EDITION | TAKES_PAGE,
    .make = make_history,
    .columns = history_columns,
    .n_columns = sizeof history_columns / sizeof *history_columns,
    .of_edition = true,
};

void api_history(struct viewer *viewer, const struct request *request, struct answer *answer) {
    answer_for_area(&history_resource, viewer, request, answer);
}
