/* Which ranks an edition changed, and why. */
#include "services/views/api_parts.h"

#include "core/explain_words.h"
#include "core/status.h"
#include "services/bus/reasons.h"

#include <stdlib.h>
#include <string.h>

/* Each doubles the states of the index that are scored; 'mindex explain' goes as deep. */
enum { UNIONS = 8 };

/* --- changes ---------------------------------------------------------------------------------- */

static const struct sheet_column change_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    NODE_COLUMNS,
    {"mission", "Mission", "Id of the mission that the node belongs to.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"old_rank", "Rank before", "In the edition before; 1 is the most need.", NULL, SHEET_COUNT,
     SHEET_PLAIN},
    {"new_rank", "Rank now", "In this edition.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"places_up", "Places up", "How many places nearer to 1, the most need.", NULL, SHEET_SIGNED,
     SHEET_PLAIN},
    {"old_score", "Score before", "In the edition before.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"new_score", "Score now", "In this edition.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"status", "Status", "Why there is no rank now; empty where there is one.", NULL, SHEET_TEXT,
     SHEET_STATUS},
    {"old_band", "Band before", "In words.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"new_band", "Band now", "In words.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"cause", "Cause", "What made the edition: release, definition or withdrawal.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"nature", "Nature", "data, revision, method or withdrawal.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"dataset", "Dataset", "Of the release that made it.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"label", "Label", "Of that release.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"rank_low", "Rank from", "The better end of the interval that the new rank lies in.", NULL,
     SHEET_NUMBER, SHEET_PLAIN},
    {"rank_high", "Rank to", "The other end of that interval.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"beyond_interval", "Beyond the interval",
     "Whether the old rank lies outside of it: a move that other choices of method would show, "
     "too.",
     NULL, SHEET_TRUTH, SHEET_PLAIN},
    {"causes", "Causes",
     "The three largest: kind (as in explanations), node and amount of the change of score, by "
     "semicolons.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"why", "Why", "The same in a sentence or two.", NULL, SHEET_TEXT, SHEET_PLAIN},
};

static void add_rank(struct sheet *sheet, uint32_t rank) {
    if (rank)
        sheet_count(sheet, rank);
    else
        sheet_missing(sheet);
}

static void add_score(struct sheet *sheet, uint8_t status, double score) {
    if (status == STATUS_VALUE)
        sheet_number(sheet, score);
    else
        sheet_missing(sheet);
}

static void add_limit(struct sheet *sheet, bool has, double limit) {
    if (has)
        sheet_number(sheet, limit);
    else
        sheet_missing(sheet);
}

/* "own gigabit-broadband -0.82; others gigabit-broadband 0.22" */
static void add_causes(struct sheet *sheet, const RankChanged *reason) {
    char text[1000] = "";
    size_t used = 0;
    for (size_t i = 0; reason && i < reason->n_causes && used < sizeof text; i++) {
        const Cause *cause = reason->causes[i];
        int n = snprintf(text + used, sizeof text - used, "%s%s %s%s%.4g", used ? "; " : "",
                         cause->kind, cause->node ? cause->node : "", cause->node ? " " : "",
                         cause->amount);
        used += n > 0 ? (size_t)n : 0;
    }
    api_text_cell(sheet, text);
}

static void add_reason(struct sheet *sheet, const RankChanged *reason) {
    add_limit(sheet, reason && reason->has_rank_low, reason ? reason->rank_low : 0);
    add_limit(sheet, reason && reason->has_rank_high, reason ? reason->rank_high : 0);
    if (reason && reason->has_beyond_interval)
        sheet_truth(sheet, reason->beyond_interval);
    else
        sheet_missing(sheet);
    add_causes(sheet, reason);
    api_text_cell(sheet, reason ? reason->why : NULL);
}

static void add_change(struct sheet *sheet, const struct view *view, const struct change *c) {
    const struct definition *definition = view->pack->definition;
    const RankChanged *reason = reasons_find(
        view->reasons, view->pack->geography->areas[c->area].code, definition->nodes[c->node].id);
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, c->area);
    api_node_cells(sheet, view, c->node);
    sheet_text(sheet, definition->nodes[definition_mission(definition, c->node)].id);
    add_rank(sheet, c->old_rank);
    add_rank(sheet, c->new_rank);
    if (c->old_rank && c->new_rank)
        sheet_signed(sheet, (int64_t)c->old_rank - (int64_t)c->new_rank);
    else
        sheet_missing(sheet);
    add_score(sheet, c->old_status, c->old_score);
    add_score(sheet, c->new_status, c->new_score);
    api_text_cell(sheet, status_mark(c->new_status));
    api_text_cell(sheet, band_name(definition, c->old_band));
    api_text_cell(sheet, band_name(definition, c->new_band));
    sheet_text(sheet, view->cause);
    api_text_cell(sheet, reason ? reason->nature : NULL);
    api_text_cell(sheet, view->dataset);
    api_text_cell(sheet, view->label);
    add_reason(sheet, reason);
}

static struct sheet *make_changes(struct viewer *viewer, const struct view *view,
                                  const struct selection *wanted, struct fault *fault) {
    (void)viewer;
    const struct definition *definition = view->pack->definition;
    const char *node = wanted->node == ALL_NODES ? NULL : definition->nodes[wanted->node].id;
    struct sheet *sheet = api_sheet(&changes_resource, view, node, fault);
    if (sheet)
        sheet_keep(sheet, wanted->rows);
    for (size_t i = 0; sheet && view->changes && i < view->changes->count; i++) {
        const struct change *change = &view->changes->changes[i];
        bool fits = wanted->node == ALL_NODES || wanted->node == change->node;
        bool in_band =
            !wanted->band || change->old_band == wanted->band || change->new_band == wanted->band;
        if (fits && in_band && api_wants(wanted, view, change->area))
            add_change(sheet, view, change);
    }
    return sheet;
}

const struct resource changes_resource = {
    .id = "changes",
    .pattern = "/api/v1/editions/{edition}/changes",
    .summary = "Rank changes",
    .description = "Every rank that differs from the edition before, at every node, with its cause "
                   "and the reason in a sentence. With a band: of areas that are or were in it. "
                   "The first edition has none.",
    .takes = TAKES_NODE | TAKES_AREA | TAKES_REGION | TAKES_TYPE | TAKES_BAND | TAKES_PAGE,
    .make = make_changes,
    .columns = change_columns,
    .n_columns = sizeof change_columns / sizeof *change_columns,
    .of_edition = true,
    .all_nodes = true,
};

void api_changes(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&changes_resource, viewer, request, answer);
}

/* --- explanations ----------------------------------------------------------------------------- */

static const struct sheet_column cause_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    NODE_COLUMNS,
    {"old_score", "Score before", "In the edition before.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"new_score", "Score now", "In this edition.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"order", "Order", "1 is the largest cause of the change at the node.", NULL, SHEET_COUNT,
     SHEET_KEY},
    {"cause", "Cause",
     "own: the area's figures changed; filled: how a figure was come by changed; others: other "
     "areas' figures changed; definition: the definition or its tables did; together: what cannot "
     "be told apart.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"metric", "Metric", "Id of the metric, or of the node with many, that changed.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"amount", "Amount", "Of the change of score. The amounts of all causes add up to it.", NULL,
     SHEET_NUMBER, SHEET_PLAIN},
    {"old_figure", "Figure before", "Of the area, in the unit.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"new_figure", "Figure now", "Of the area, in the unit.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"unit", "Unit", "Of the figures.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"sentence", "In words", "The whole change at the node, in a sentence or two.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
};

static void add_cause(struct sheet *sheet, const struct view *view, const struct explain_case *c,
                      size_t node, size_t cause, size_t order, const char *words) {
    const struct explanation *e = c->explanation;
    const struct explain_cause *why = &e->causes[cause];
    double before = 0, after = 0;
    const char *unit = NULL;
    bool figures = explain_figures(c, why, &before, &after, &unit);
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, c->area);
    api_node_cells(sheet, view, node);
    sheet_number(sheet, e->before[node]);
    sheet_number(sheet, e->after[node]);
    sheet_count(sheet, order);
    sheet_text(sheet, cause_name(why->cause));
    api_text_cell(sheet, why->node);
    sheet_number(sheet, explanation_amount(e, c->at, node, cause));
    add_limit(sheet, figures, before);
    add_limit(sheet, figures, after);
    api_text_cell(sheet, figures ? unit : NULL);
    sheet_text(sheet, words);
}

static void add_node(struct sheet *sheet, const struct view *view, const struct explain_case *c,
                     size_t node, size_t *order) {
    char words[EXPLAIN_WORDS];
    size_t n = explain_largest(c, node, order);
    explain_sentence(c, node, words);
    for (size_t i = 0; i < n; i++)
        add_cause(sheet, view, c, node, order[i], i + 1, words);
}

static bool add_all(struct sheet *sheet, const struct view *view, const struct explain_case *c,
                    const struct selection *wanted, struct fault *fault) {
    const struct explanation *e = c->explanation;
    size_t *order = calloc(e->n_causes, sizeof *order);
    if (!order)
        return fault_memory(fault);
    for (size_t k = 0; k < e->n_nodes; k++) {
        bool fits = wanted->node == ALL_NODES || wanted->node == k;
        if (fits && e->known[k] && e->before[k] != e->after[k])
            add_node(sheet, view, c, k, order);
    }
    free(order);
    return true;
}

/* The edition before, as the library has it in this turn. */
static bool explain_area(struct viewer *viewer, const struct view *view,
                         const struct selection *wanted, struct sheet *sheet, struct fault *fault) {
    const struct release *const *releases = viewer_inputs(viewer, view, fault);
    const struct view *before = releases ? viewer_edition_before(viewer, view, fault) : NULL;
    const struct release *const *older = before ? viewer_inputs(viewer, before, fault) : NULL;
    if (!older)
        return false;
    const struct explain_side from = {before->pack, older}, to = {view->pack, releases};
    struct explanation *e = explain(&from, &to, &wanted->area, 1, UNIONS, fault);
    if (!e)
        return false;
    const struct explain_case c = {e, before->pack, view->pack, before->edition, view->edition,
                                   0, wanted->area};
    bool fine = add_all(sheet, view, &c, wanted, fault);
    explanation_destroy(&e);
    return fine;
}

static struct sheet *make_explanations(struct viewer *viewer, const struct view *view,
                                       const struct selection *wanted, struct fault *fault) {
    const struct definition *definition = view->pack->definition;
    const char *node = wanted->node == ALL_NODES ? NULL : definition->nodes[wanted->node].id;
    struct sheet *sheet = api_sheet(&explanations_resource, view, node, fault);
    if (sheet && view->number > 1 && !explain_area(viewer, view, wanted, sheet, fault))
        sheet_destroy(&sheet);
    return sheet;
}

const struct resource explanations_resource = {
    .id = "explanations",
    .pattern = "/api/v1/editions/{edition}/explanations",
    .summary = "Why one area's scores changed",
    .description = "The change of one area's score at a node since the edition before, split "
                   "exactly over its causes. Nodes whose score did not change have no row; the "
                   "first edition has none.",
    .takes = TAKES_NODE | TAKES_AREA | TAKES_PAGE,
    .needs = TAKES_AREA,
    .make = make_explanations,
    .columns = cause_columns,
    .n_columns = sizeof cause_columns / sizeof *cause_columns,
    .of_edition = true,
    .all_nodes = true,
};

void api_explanations(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&explanations_resource, viewer, request, answer);
}
