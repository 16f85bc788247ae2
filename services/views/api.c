#include "services/views/api_parts.h"

#include "core/names.h"
#include "core/nearest.h"
#include "core/status.h"
#include "services/bus/filter.h"
#include "services/views/api_parameters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- parameters ------------------------------------------------------------------------------- */

static bool is_known(const struct resource *resource, const char *name) {
    for (size_t i = 0; i < api_n_parameters; i++) {
        if ((resource->takes & api_parameters[i].bit) && strcmp(api_parameters[i].name, name) == 0)
            return true;
    }
    return (resource->takes & TAKES_FILTER) && filter_has_name(name);
}

enum { KNOWN_TEXT = 500 };

static void offer(struct nearest *near, char known[KNOWN_TEXT], const char *name) {
    size_t used = strlen(known);
    nearest_offer(near, name);
    (void)snprintf(known + used, KNOWN_TEXT - used, "%s%s", used ? ", " : "", name);
}

static void refuse_unknown(const struct resource *resource, const struct request *request,
                           const char *name, struct answer *answer) {
    struct nearest near = {.word = name};
    char known[KNOWN_TEXT] = "";
    for (size_t i = 0; i < api_n_parameters; i++) {
        if (resource->takes & api_parameters[i].bit)
            offer(&near, known, api_parameters[i].name);
    }
    for (size_t i = 0; (resource->takes & TAKES_FILTER) && i < FILTER_NAMES; i++)
        offer(&near, known, filter_names[i]);
    if (near.best)
        answer_problem(answer, request, 400,
                       "there is no parameter '%.100s' here; did you mean '%s'?", name, near.best);
    else
        answer_problem(answer, request, 400, "there is no parameter '%.100s' here; expected %s",
                       name, *known ? known : "none at all");
}

bool api_knows(const struct resource *resource, const struct request *request,
               struct answer *answer) {
    size_t ending = resource->make ? 0 : sheet_ending(request->path);
    if (ending && strcmp(request->path + strlen(request->path) - ending, ".json") != 0) {
        answer_problem(answer, request, 406, "%s is no table: it is JSON alone", resource->pattern);
        return false;
    }
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (is_known(resource, request->parameters[i].name))
            continue;
        refuse_unknown(resource, request, request->parameters[i].name, answer);
        return false;
    }
    for (size_t i = 0; i < api_n_parameters; i++) {
        if (!(resource->needs & api_parameters[i].bit) ||
            request_get(request, api_parameters[i].name))
            continue;
        answer_problem(answer, request, 400, "the parameter '%s' is missing: %s",
                       api_parameters[i].name, api_parameters[i].description);
        return false;
    }
    return true;
}

static bool select_node(const struct resource *resource, const struct view *view,
                        const struct request *request, struct selection *out,
                        struct answer *answer) {
    const char *id = request_get(request, "node");
    const struct definition *definition = view->pack->definition;
    out->node = resource->all_nodes ? ALL_NODES : 0;
    if (!id)
        return true;
    out->node = strcmp(id, "all") == 0 ? ALL_NODES : definition_node(definition, id);
    if (out->node != NO_NODE)
        return true;
    struct nearest near = {.word = id};
    for (size_t k = 0; k < definition->n_nodes; k++)
        nearest_offer(&near, definition->nodes[k].id);
    if (near.best)
        answer_problem(answer, request, 400, "the index has no node '%.100s'; did you mean '%s'?",
                       id, near.best);
    else
        answer_problem(answer, request, 400,
                       "the index has no node '%.100s'; expected 'all' or one that "
                       "/api/v1/metrics lists",
                       id);
    return false;
}

static bool select_region(const struct view *view, const struct request *request,
                          struct selection *out, struct answer *answer) {
    const char *name = request_get(request, "region");
    const struct geography *geography = view->pack->geography;
    struct nearest near = {.word = name};
    for (size_t i = 0; name && i < geography->n_areas; i++) {
        const struct area *area = &geography->areas[i];
        if (strcasecmp(area->region, name) == 0 || strcasecmp(area->region_code, name) == 0) {
            out->region_code = area->region_code;
            return true;
        }
        nearest_offer(&near, area->region);
        nearest_offer(&near, area->region_code);
    }
    if (!name)
        return true;
    answer_problem(answer, request, 400, "no place lies in a region '%.100s'; %s%s%s", name,
                   near.best ? "did you mean '" : "expected a code or name that /api/v1/areas has",
                   near.best ? near.best : "", near.best ? "'?" : "");
    return false;
}

static bool select_type(const struct view *view, const struct request *request,
                        struct selection *out, struct answer *answer) {
    const char *type = request_get(request, "type");
    const struct geography *geography = view->pack->geography;
    struct nearest near = {.word = type};
    for (size_t i = 0; type && i < geography->n_areas; i++) {
        if (strcasecmp(geography->areas[i].type, type) == 0) {
            out->type = geography->areas[i].type;
            return true;
        }
        nearest_offer(&near, geography->areas[i].type);
    }
    if (!type)
        return true;
    answer_problem(answer, request, 400, "no place is of the type '%.100s'; %s%s%s", type,
                   near.best ? "did you mean '" : "expected one that /api/v1/areas has",
                   near.best ? near.best : "", near.best ? "'?" : "");
    return false;
}

static bool select_band(const struct view *view, const struct request *request,
                        struct selection *out, struct answer *answer) {
    const char *name = request_get(request, "band");
    const struct definition *definition = view->pack->definition;
    char number[16], names[300] = "";
    size_t used = 0;
    for (unsigned band = 1; name && band <= definition->bands; band++) {
        (void)snprintf(number, sizeof number, "%u", band);
        if (strcasecmp(name, band_name(definition, band)) == 0 || strcmp(name, number) == 0) {
            out->band = band;
            return true;
        }
        int n = used < sizeof names ? snprintf(names + used, sizeof names - used, "%s'%s'",
                                               used ? ", " : "", band_name(definition, band))
                                    : 0;
        used += n > 0 ? (size_t)n : 0;
    }
    if (!name)
        return true;
    answer_problem(answer, request, 400, "there is no band '%.100s'; expected one of %s", name,
                   names);
    return false;
}

/* The area that the text names; SIZE_MAX: the answer is a problem of that status. */
static size_t find_area(const struct view *view, const struct request *request, const char *text,
                        unsigned status, struct answer *answer) {
    struct fault fault = {0};
    size_t area = geography_area(view->pack->geography, text);
    if (area != SIZE_MAX)
        return area;
    struct names *names = names_new(view->pack->geography, &fault);
    area = names ? names_area(names, text, &fault) : SIZE_MAX;
    names_destroy(&names);
    if (area == SIZE_MAX && fault.kind == FAULT_INPUT)
        answer_problem(answer, request, status, "%s", fault.text);
    else if (area == SIZE_MAX)
        answer_fault(answer, request, &fault);
    return area;
}

size_t api_area_of_path(const struct view *view, const struct request *request, size_t which,
                        struct answer *answer) {
    return find_area(view, request, request->captured[which], 404, answer);
}

bool api_select(const struct resource *resource, const struct view *view,
                const struct request *request, struct selection *out, struct answer *answer) {
    const char *area = request_get(request, "area");
    *out = (struct selection){.node = resource->all_nodes ? ALL_NODES : 0,
                              .area = SIZE_MAX,
                              .rows = sheet_window(request),
                              .query = request_get(request, "q")};
    if (area && (resource->takes & TAKES_AREA)) {
        out->area = find_area(view, request, area, 400, answer);
        if (out->area == SIZE_MAX)
            return false;
    }
    return select_node(resource, view, request, out, answer) &&
           select_region(view, request, out, answer) && select_type(view, request, out, answer) &&
           select_band(view, request, out, answer);
}

bool api_wants(const struct selection *wanted, const struct view *view, size_t area) {
    const struct area *place = &view->pack->geography->areas[area];
    return (wanted->area == SIZE_MAX || wanted->area == area) &&
           (!wanted->region_code || strcmp(wanted->region_code, place->region_code) == 0) &&
           (!wanted->type || strcmp(wanted->type, place->type) == 0);
}

/* --- answering -------------------------------------------------------------------------------- */

/* Whether everything that is told of an edition is there: the comparison with spend comes after the
 * scores. */
static bool is_whole(const struct view *view) {
    return view->comparison || !view_of_spend(view);
}

const struct view *api_view(const struct resource *resource, struct viewer *viewer,
                            const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    bool in_path = strstr(resource->pattern, "{edition}") != NULL;
    const char *asked = in_path ? request->captured[0] : request_get(request, "edition");
    uint64_t number = 0;
    if (asked && strcmp(asked, "latest") != 0) {
        size_t digits = strspn(asked, "0123456789");
        errno = 0;
        number = asked[digits] == '\0' ? strtoull(asked, NULL, 10) : 0;
        if (number == 0 || errno) {
            answer_problem(answer, request, in_path ? 404 : 400,
                           "the edition is '%.100s'; expected a number from 1 on, or 'latest'",
                           asked);
            return NULL;
        }
    }
    const struct view *view = viewer_edition(viewer, number, &fault);
    if (!view) {
        answer_fault(answer, request, &fault);
        return NULL;
    }
    bool settled = number && is_whole(view) && !resource->changes_with_time;
    answer->freshness = settled ? FRESH_IN_THE_LOG : FRESH_UNTIL_EVENT;
    answer->edition = view->number;
    return view;
}

static void answer_sheet(const struct resource *resource, struct viewer *viewer,
                         const struct view *view, const struct selection *wanted,
                         const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    struct sheet *sheet = resource->make(viewer, view, wanted, &fault);
    if (sheet)
        sheet_answer(&sheet, request, answer);
    else if (fault.kind != FAULT_MEMORY)
        answer_fault(answer, request, &fault);
}

void api_answer(const struct resource *resource, struct viewer *viewer,
                const struct request *request, struct answer *answer) {
    struct selection wanted = {.area = SIZE_MAX, .rows = ALL_ROWS};
    const struct view *view = NULL;
    if (!api_knows(resource, request, answer))
        return;
    if (resource->of_edition) {
        view = api_view(resource, viewer, request, answer);
        if (!view || !api_select(resource, view, request, &wanted, answer))
            return;
    }
    answer_sheet(resource, viewer, view, &wanted, request, answer);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* What does not fit is told of as "and others". */
static void add_part(char *text, size_t size, const char *part) {
    static const char others[] = "; and others";
    size_t used = strlen(text);
    bool full = used >= sizeof others - 1 && strcmp(text + used - (sizeof others - 1), others) == 0;
    if (full || !*part)
        return;
    if (used + strlen(part) + 2 + sizeof others > size)
        (void)snprintf(text + used, size - used, "%s", others);
    else
        (void)snprintf(text + used, size - used, "%s%s", used ? "; " : "", part);
}

void api_sources(const struct definition *definition, struct api_source *out) {
    *out = (struct api_source){{0}, {0}};
    for (size_t i = 0; i < definition->n_datasets; i++) {
        const struct dataset *dataset = &definition->datasets[i];
        bool publisher = false, licence = false; /* told of */
        for (size_t k = 0; k < i; k++) {
            publisher |= strcmp(definition->datasets[k].publisher, dataset->publisher) == 0;
            licence |= strcmp(definition->datasets[k].licence, dataset->licence) == 0;
        }
        if (!publisher)
            add_part(out->source, sizeof out->source, dataset->publisher);
        if (!licence)
            add_part(out->licence, sizeof out->licence, dataset->licence);
    }
}

struct sheet *api_sheet(const struct resource *resource, const struct view *view, const char *node,
                        struct fault *fault) {
    struct api_source source = {{0}, {0}};
    char name[120], title[300];
    const char *index = view ? view->pack->definition->title : NULL;
    if (view)
        api_sources(view->pack->definition, &source);
    if (view)
        (void)snprintf(name, sizeof name, "%s%s%.60s-edition-%llu", resource->id, node ? "-" : "",
                       node ? node : "", (unsigned long long)view->number);
    else
        (void)snprintf(name, sizeof name, "%s", resource->id);
    (void)snprintf(title, sizeof title, "%s%s%.200s", resource->summary, index ? " — " : "",
                   index ? index : "");
    struct sheet *sheet =
        sheet_new(name, title, source.source, resource->columns, resource->n_columns);
    if (!sheet) {
        fault_memory(fault);
        return NULL;
    }
    if (view)
        sheet_describe(sheet, &(struct sheet_about){.edition = view->number,
                                                    .time_ms = view->time_ms,
                                                    .node = node,
                                                    .licence = source.licence,
                                                    .pack = view->pack,
                                                    .shapes = view->boundaries});
    return sheet;
}

void api_text_cell(struct sheet *sheet, const char *text) {
    sheet_text(sheet, text && *text ? text : NULL);
}

void api_area_cells(struct sheet *sheet, const struct view *view, size_t area) {
    const struct area *place = &view->pack->geography->areas[area];
    sheet_text(sheet, place->code);
    sheet_text(sheet, place->name);
    sheet_text(sheet, place->region_code);
    sheet_text(sheet, place->region);
    sheet_text(sheet, place->type);
}

void api_node_cells(struct sheet *sheet, const struct view *view, size_t node) {
    const struct definition *definition = view->pack->definition;
    sheet_text(sheet, definition->nodes[node].id);
    sheet_text(sheet, definition->nodes[node].name);
    sheet_text(sheet, definition->levels[definition->nodes[node].level].id);
}

void api_rank_cell(struct sheet *sheet, double rank) {
    if (rank > 0)
        sheet_number(sheet, rank);
    else
        sheet_missing(sheet);
}

/* A value and its status. */
void api_column_cells(struct sheet *sheet, const struct column *column, size_t at) {
    enum status status = column->status[at];
    if (status == STATUS_VALUE)
        sheet_number(sheet, column->value[at]);
    else
        sheet_missing(sheet);
    api_text_cell(sheet, status_mark(status));
}
