/* Public spend beside need. */
#include "services/views/api_parts.h"

static const struct sheet_column spend_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    {"population", "Population", "Residents, by the area table of the index.", "people",
     SHEET_NUMBER, SHEET_PLAIN},
    {"need", "Need", "Score at the node that is compared; a higher one is more need.", NULL,
     SHEET_NUMBER, SHEET_PLAIN},
    {"spend_per_head", "Spend per head",
     "Of the region that the area lies in, which is spread over its areas by population.", "GBP",
     SHEET_NUMBER, SHEET_PLAIN},
    {"spend_total", "Spend", "Per head, times the population.", "GBP million", SHEET_NUMBER,
     SHEET_PLAIN},
    {"compared", "Compared", "Whether the area is in the comparison.", NULL, SHEET_TRUTH,
     SHEET_PLAIN},
    {"status", "Status", "Why it is not; empty where it is.", NULL, SHEET_TEXT, SHEET_STATUS},
    {"quadrant", "Quadrant",
     "high-need-low-spend and so on: above or below the thresholds of the comparison.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
};

static void add_row(struct sheet *sheet, const struct view *view, size_t area) {
    const struct spend_row *row = &view->comparison->rows[area];
    const double figures[] = {view->pack->geography->areas[area].population, row->need,
                              row->per_head, row->total};
    const bool has[] = {figures[0] > 0, row->has_need, row->has_spend, row->has_spend};
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, area);
    for (size_t i = 0; i < 4; i++) {
        if (has[i])
            sheet_number(sheet, figures[i]);
        else
            sheet_missing(sheet);
    }
    sheet_truth(sheet, row->compared);
    api_text_cell(sheet, row->reason);
    api_text_cell(sheet, quadrant_id(row->quadrant));
}

static struct sheet *make_spend(struct viewer *viewer, const struct view *view,
                                const struct selection *wanted, struct fault *fault) {
    (void)viewer;
    if (!view->comparison) {
        bool never = view->pack->definition->spend.dataset == NO_DATASET;
        fault_set(fault, FAULT_INPUT, "edition %llu has no comparison with spend%s",
                  (unsigned long long)view->number,
                  never ? ": its definition asks for none" : " yet");
        return NULL;
    }
    struct sheet *sheet = api_sheet(&spend_resource, view, NULL, fault);
    for (size_t i = 0; sheet && i < view->comparison->n_rows; i++) {
        if (api_wants(wanted, view, i))
            add_row(sheet, view, i);
    }
    return sheet;
}

const struct resource spend_resource = {
    .id = "spend",
    .pattern = "/api/v1/editions/{edition}/spend",
    .summary = "Need and spend",
    .description = "Need and public spend of each area, and which of both is above its threshold. "
                   "404 where the edition has no comparison.",
    .takes = TAKES_AREA | TAKES_REGION | TAKES_TYPE | TAKES_PAGE,
    .make = make_spend,
    .columns = spend_columns,
    .n_columns = sizeof spend_columns / sizeof *spend_columns,
    .of_edition = true,
};

void api_spend(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&spend_resource, viewer, request, answer);
}
