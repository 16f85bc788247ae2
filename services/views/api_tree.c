/* The tree of the index: missions, and every node with where its figures come from. */
#include "services/views/api_parts.h"

#include "core/aggregate.h"
#include "core/normalise.h"
#include "core/period.h"
#include "core/status.h"

#include <string.h>

/* --- missions --------------------------------------------------------------------------------- */

static const struct sheet_column mission_columns[] = {
    EDITION_COLUMN,
    {"node", "Mission", "Id of the mission.", NULL, SHEET_TEXT, SHEET_KEY},
    {"node_name", "Mission's name", "Name of the mission.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"description", "Description", "What it is about, by the definition.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"weight", "Weight", "Among the missions, relative.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"metrics", "Metrics", "How many metrics are below it.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"ranked", "Ranked", "How many areas have a rank.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"areas", "Areas", "How many areas there are.", NULL, SHEET_COUNT, SHEET_PLAIN},
};

static struct sheet *make_missions(struct viewer *viewer, const struct view *view,
                                   const struct selection *wanted, struct fault *fault) {
    (void)viewer;
    (void)wanted;
    const struct definition *definition = view->pack->definition;
    struct sheet *sheet = api_sheet(&missions_resource, view, NULL, fault);
    for (size_t k = 1; sheet && k < definition->n_nodes; k = definition->nodes[k].end) {
        const struct node *node = &definition->nodes[k];
        size_t metrics = 0;
        for (size_t m = k; m < node->end; m++)
            metrics += node_is_metric(&definition->nodes[m]);
        sheet_count(sheet, view->number);
        sheet_text(sheet, node->id);
        sheet_text(sheet, node->name);
        api_text_cell(sheet, node->description);
        sheet_number(sheet, node->weight);
        sheet_count(sheet, metrics);
        sheet_count(sheet, edition_ranked(view->edition, k));
        sheet_count(sheet, view->edition->n_areas);
    }
    return sheet;
}

const struct resource missions_resource = {
    .id = "missions",
    .pattern = "/api/v1/missions",
    .summary = "Missions",
    .description = "The nodes just below the whole index.",
    .takes = TAKES_EDITION | TAKES_PAGE,
    .make = make_missions,
    .columns = mission_columns,
    .n_columns = sizeof mission_columns / sizeof *mission_columns,
    .of_edition = true,
};

void api_missions(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&missions_resource, viewer, request, answer);
}

/* --- every node ------------------------------------------------------------------------------- */

static const struct sheet_column metric_columns[] = {
    EDITION_COLUMN,
    NODE_COLUMNS,
    {"parent", "Parent", "Id of the node above; empty for the whole index.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"mission", "Mission", "Id of the mission that it belongs to.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"description", "Description", "What it is, by the definition.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"weight", "Weight", "Among its siblings, relative.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"method", "Method",
     "Of a metric, how its figures become scores; of another node, how the scores below it are "
     "put together.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"normalise", "Normalised by", "How its scores are brought to a scale.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"areas_scored", "Areas scored", "How many areas have a score.", NULL, SHEET_COUNT,
     SHEET_PLAIN},
    {"coverage", "Coverage", "Share of the areas that have a figure, or a score.", NULL,
     SHEET_NUMBER, SHEET_PLAIN},
    {"unit", "Unit", "Of the metric's figures.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"direction", "Direction", "higher-is-need or lower-is-need; metrics only.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"proxy", "Proxy", "Whether the metric stands in for what is not measured.", NULL, SHEET_TRUTH,
     SHEET_PLAIN},
    {"dataset", "Dataset", "Id of the series that feeds the metric.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"dataset_title", "Dataset's title", "As its publisher calls it.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"publisher", "Publisher", "Of the dataset.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"licence", "Licence", "Of the dataset.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"url", "Address", "Where the publisher has it.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"published_for", "Published for", "Level of area that the figures are published for.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"period", "Period", "Of the figures in use, as the publisher writes it.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"period_interval", "Period as interval",
     "The same as ISO 8601 has it, 2023-04-01/P1Y, where it can be known.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"release", "Release", "Number of the release in use.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"label", "Label", "Of that release.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"released", "Taken in", "When that release was taken in.", NULL, SHEET_INSTANT, SHEET_PLAIN},
};

enum { OF_DATASET = 14 }; /* the last columns: a metric's alone */

static const ReleaseInfo *release_of(const Releases *releases, const char *dataset) {
    for (size_t i = 0; i < releases->n_releases; i++) {
        if (strcmp(releases->releases[i]->dataset, dataset) == 0)
            return releases->releases[i];
    }
    return NULL;
}

static void skip(struct sheet *sheet, size_t cells) {
    while (cells--)
        sheet_missing(sheet);
}

static void add_dataset(struct sheet *sheet, const struct view *view, size_t k,
                        const Releases *releases) {
    const struct definition *definition = view->pack->definition;
    const struct node *node = &definition->nodes[k];
    const struct dataset *dataset = &definition->datasets[node->dataset];
    const ReleaseInfo *release = release_of(releases, dataset->id);
    api_text_cell(sheet, node->unit);
    sheet_text(sheet, node->direction == HIGHER_IS_NEED ? "higher-is-need" : "lower-is-need");
    sheet_truth(sheet, node->proxy);
    sheet_text(sheet, dataset->id);
    api_text_cell(sheet, dataset->title);
    api_text_cell(sheet, dataset->publisher);
    api_text_cell(sheet, dataset->licence);
    api_text_cell(sheet, dataset->url);
    api_text_cell(sheet, dataset->level);
    const char *period = view->edition->nodes[k].period;
    char interval[PERIOD_INTERVAL] = "";
    if (period)
        (void)period_interval(period, interval);
    api_text_cell(sheet, period);
    api_text_cell(sheet, interval);
    if (release) {
        sheet_count(sheet, release->release);
        sheet_text(sheet, release->label);
        sheet_instant(sheet, release->time_ms);
    } else {
        skip(sheet, 3);
    }
}

static void add_node(struct sheet *sheet, const struct view *view, size_t k,
                     const Releases *releases) {
    const struct definition *definition = view->pack->definition;
    const struct node *node = &definition->nodes[k];
    const struct node_method *method = &definition->method.nodes[k];
    const struct node_scores *scores = &view->edition->nodes[k];
    const struct column *column = node_is_metric(node) ? &scores->raw : &scores->score;
    size_t n = view->edition->n_areas, scored = 0, covered = 0;
    for (size_t i = 0; i < n; i++) {
        scored += scores->score.status[i] == STATUS_VALUE;
        covered += column->status[i] == STATUS_VALUE;
    }
    sheet_count(sheet, view->number);
    api_node_cells(sheet, view, k);
    api_text_cell(sheet, k ? definition->nodes[node->parent].id : NULL);
    sheet_text(sheet, definition->nodes[definition_mission(definition, k)].id);
    api_text_cell(sheet, node->description);
    sheet_number(sheet, node->weight);
    sheet_text(sheet, node_is_metric(node) ? normalise_name(method->scale.method)
                                           : aggregate_name(method->combination.method));
    sheet_text(sheet, normalise_name(method->scale.method));
    sheet_count(sheet, scored);
    sheet_number(sheet, n ? (double)covered / (double)n : 0);
    if (node_is_metric(node))
        add_dataset(sheet, view, k, releases);
    else
        skip(sheet, OF_DATASET);
}

static struct sheet *make_metrics(struct viewer *viewer, const struct view *view,
                                  const struct selection *wanted, struct fault *fault) {
    (void)wanted;
    const Releases *releases = viewer_releases(viewer, view, fault);
    struct sheet *sheet = releases ? api_sheet(&metrics_resource, view, NULL, fault) : NULL;
    for (size_t k = 0; sheet && k < view->pack->definition->n_nodes; k++)
        add_node(sheet, view, k, releases);
    return sheet;
}

const struct resource metrics_resource = {
    .id = "metrics",
    .pattern = "/api/v1/metrics",
    .summary = "Nodes and metrics",
    .description = "The tree of the index in preorder, from the whole to the metrics: weights, "
                   "methods and coverage, and of each metric the dataset, its publisher, licence, "
                   "period and release in use.",
    .takes = TAKES_EDITION | TAKES_PAGE,
    .make = make_metrics,
    .columns = metric_columns,
    .n_columns = sizeof metric_columns / sizeof *metric_columns,
    .of_edition = true,
};

void api_metrics(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&metrics_resource, viewer, request, answer);
}
