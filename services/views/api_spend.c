/* Public spend beside need: one table for the interface, the page and what is exported. */
#include "services/views/api_parts.h"
#include "services/views/spend_choice.h"

#include <stdlib.h>

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
    {"need_share", "Share of need", "Of the need of all areas compared, by the ratio.", "per cent",
     SHEET_NUMBER, SHEET_PLAIN},
    {"spend_share", "Share of spend", "Of the spend of all areas compared.", "per cent",
     SHEET_NUMBER, SHEET_PLAIN},
    {"gap", "Gap", "How much more spend than if all of it went by need; below 0: less.", "per cent",
     SHEET_NUMBER, SHEET_PLAIN},
    {"target", "Target", "below, on-target (within 5 per cent) or above its share of need.", NULL,
     SHEET_TEXT, SHEET_PLAIN},
};

static void add_numbers(struct sheet *sheet, const double *figures, const bool *has, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (has[i])
            sheet_number(sheet, figures[i]);
        else
            sheet_missing(sheet);
    }
}

static void add_row(struct sheet *sheet, const struct view *view, const struct spend_choice *choice,
                    size_t area) {
    const struct spend_row *row = &choice->comparison->rows[area];
    const struct share none = {0}, *share = choice->share ? &choice->share->areas[area] : &none;
    double people = view->pack->geography->areas[area].population;
    bool shared = share->place != SHARE_NONE;
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, area);
    add_numbers(sheet, (double[]){people, row->need, row->per_head, row->total},
                (bool[]){people > 0, row->has_need, row->has_spend, row->has_spend}, 4);
    sheet_truth(sheet, row->compared);
    api_text_cell(sheet, row->reason);
    api_text_cell(sheet, quadrant_id(row->quadrant));
    add_numbers(sheet, (double[]){100 * share->need, 100 * share->spend, share->gap},
                (bool[]){shared, shared, shared}, 3);
    api_text_cell(sheet, share_place_id(share->place));
}

static struct sheet *sheet_of(const struct spend_choice *choice, const struct view *view,
                              const struct selection *wanted, struct fault *fault) {
    const char *node = view->pack->definition->nodes[choice->rules.node].id;
    struct sheet *sheet = api_sheet(&spend_resource, view, node, fault);
    for (size_t i = 0; sheet && i < choice->comparison->n_rows; i++) {
        if (api_wants(wanted, view, i))
            add_row(sheet, view, choice, i);
    }
    return sheet;
}

void spend_choice_sheet(const struct spend_choice *choice, const struct view *view,
                        const struct request *request, struct answer *answer) {
    const struct selection all = {.area = SIZE_MAX, .rows = ALL_ROWS};
    struct fault fault = {0};
    struct sheet *sheet = sheet_of(choice, view, &all, &fault);
    sheet_answer(&sheet, request, answer);
}

/* By the definition's own choice. */
static struct sheet *make_spend(struct viewer *viewer, const struct view *view,
                                const struct selection *wanted, struct fault *fault) {
    const struct request nothing = {.path = "", .query = "", .accept = "", .base = ""};
    struct answer none = {0};
    struct spend_choice choice;
    struct sheet *sheet = NULL;
    (void)viewer;
    if (!view->comparison) {
        fault_set(fault, FAULT_INPUT, "edition %llu has no comparison with spend",
                  (unsigned long long)view->number);
        return NULL;
    }
    if (spend_choice_read(&nothing, view, &choice, &none)) {
        sheet = sheet_of(&choice, view, wanted, fault);
        spend_choice_end(&choice);
    } else {
        fault_memory(fault);
    }
    free(none.body);
    return sheet;
}

const struct resource spend_resource = {
    .id = "spend",
    .pattern = "/api/v1/editions/{edition}/spend",
    .summary = "Need and spend",
    .description = "Need and public spend of each area, which of both is above its threshold, and "
                   "its share of all spend beside its share of all need, as the definition "
                   "compares them unless told otherwise. 404 where the edition has no comparison, "
                   "503 where it is still "
                   "to come.",
    .takes = TAKES_AREA | TAKES_REGION | TAKES_TYPE | TAKES_PAGE | TAKES_SPEND,
    .make = make_spend,
    .columns = spend_columns,
    .n_columns = sizeof spend_columns / sizeof *spend_columns,
    .of_edition = true,
};

void api_spend(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct spend_choice choice;
    struct selection wanted;
    struct fault fault = {0};
    bool pending = false;
    if (!api_knows(&spend_resource, request, answer))
        return;
    const struct view *view = api_view(&spend_resource, viewer, request, answer);
    if (!view || !api_select(&spend_resource, view, request, &wanted, answer) ||
        (!spend_compared(viewer, view, request, answer, &pending) && pending) ||
        !spend_choice_read(request, view, &choice, answer))
        return;
    struct sheet *sheet = sheet_of(&choice, view, &wanted, &fault);
    sheet_answer(&sheet, request, answer);
    spend_choice_end(&choice);
}
