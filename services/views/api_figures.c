/* The figures that were scored: of every metric, for every area. */
#include "services/views/api_parts.h"

#include "core/geography.h"
#include "core/method.h"
#include "core/period.h"
#include "core/status.h"

#include <string.h>

static const struct sheet_column figure_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    NODE_COLUMNS,
    {"mission", "Mission", "Id of the mission that the metric belongs to.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"unit", "Unit", "Of the value.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"direction", "Direction", "higher-is-need or lower-is-need.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"period", "Period", "Of the value, as the publisher writes it.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"period_interval", "Period as interval",
     "The same as ISO 8601 has it, 2023-04-01/P1Y, where it can be known.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"value", "Value", "As it was scored, in the unit.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"status", "Status",
     "Why there is no value, in the shorthand of the Government Statistical Service; empty where "
     "there is one.",
     NULL, SHEET_TEXT, SHEET_STATUS},
    {"rule", "Rule",
     "How the figure reached the area: direct, recoded, successor, cascaded, averaged, summed, "
     "shared.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"imputed", "Imputed", "What filled in a figure that was missing; empty: it was published.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"winsorised", "Winsorised", "Whether the figure was moved nearer to the others.", NULL,
     SHEET_TRUTH, SHEET_PLAIN},
    {"proxy", "Proxy", "Whether the metric stands in for what is not measured.", NULL, SHEET_TRUTH,
     SHEET_PLAIN},
    {"published_for", "Published for", "Level of area that the figures are published for.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"score", "Score", "A higher score is more need.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"score_status", "Score's status", "Why there is no score; empty where there is one.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
    {"rank", "Rank", "1 is the most need.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"dataset", "Dataset", "Id of the series that the figure is from.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"publisher", "Publisher", "Of the dataset.", NULL, SHEET_TEXT, SHEET_PLAIN},
};

static void add_figure(struct sheet *sheet, const struct view *view, size_t k, size_t area,
                       const char *interval) {
    const struct definition *definition = view->pack->definition;
    const struct node *node = &definition->nodes[k];
    const struct dataset *dataset = &definition->datasets[node->dataset];
    const struct node_scores *scores = &view->edition->nodes[k];
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, area);
    api_node_cells(sheet, view, k);
    sheet_text(sheet, definition->nodes[definition_mission(definition, k)].id);
    api_text_cell(sheet, node->unit);
    sheet_text(sheet, node->direction == HIGHER_IS_NEED ? "higher-is-need" : "lower-is-need");
    api_text_cell(sheet, scores->period);
    api_text_cell(sheet, interval);
    api_column_cells(sheet, &scores->raw, area);
    api_text_cell(sheet, rule_name(scores->raw.rule[area]));
    api_text_cell(sheet, scores->imputed[area] ? impute_names[scores->imputed[area]] : NULL);
    sheet_truth(sheet, scores->winsorised[area] != 0);
    sheet_truth(sheet, node->proxy);
    api_text_cell(sheet, dataset->level);
    api_column_cells(sheet, &scores->score, area);
    api_rank_cell(sheet, scores->rank[area] ? scores->shown_rank[area] : 0);
    sheet_text(sheet, dataset->id);
    api_text_cell(sheet, dataset->publisher);
}

/* Of a node that is no metric: those below it. */
static bool is_wanted(const struct definition *definition, const struct selection *wanted,
                      size_t k) {
    size_t node = wanted->node;
    return node_is_metric(&definition->nodes[k]) &&
           (node == ALL_NODES || (k >= node && k < definition->nodes[node].end));
}

static struct sheet *make_figures(struct viewer *viewer, const struct view *view,
                                  const struct selection *wanted, struct fault *fault) {
    (void)viewer;
    const struct definition *definition = view->pack->definition;
    const char *node = wanted->node == ALL_NODES ? NULL : definition->nodes[wanted->node].id;
    struct sheet *sheet = api_sheet(&figures_resource, view, node, fault);
    if (sheet)
        sheet_keep(sheet, wanted->rows);
    for (size_t k = 0; sheet && k < definition->n_nodes; k++) {
        char interval[PERIOD_INTERVAL] = "";
        if (!is_wanted(definition, wanted, k))
            continue;
        if (view->edition->nodes[k].period)
            (void)period_interval(view->edition->nodes[k].period, interval);
        for (size_t i = 0; i < view->edition->n_areas; i++) {
            if (api_wants(wanted, view, i))
                add_figure(sheet, view, k, i, interval);
        }
    }
    return sheet;
}

const struct resource figures_resource = {
    .id = "figures",
    .pattern = "/api/v1/editions/{edition}/metrics",
    .summary = "Figures of the metrics",
    .description = "The figure of each area for each metric, with its status, how it reached the "
                   "area, and its score and rank. With a node that is no metric: those below it.",
    .takes = TAKES_NODE | TAKES_AREA | TAKES_REGION | TAKES_TYPE | TAKES_PAGE,
    .make = make_figures,
    .columns = figure_columns,
    .n_columns = sizeof figure_columns / sizeof *figure_columns,
    .of_edition = true,
    .all_nodes = true,
};

void api_figures(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&figures_resource, viewer, request, answer);
}
