/* The comparison of need with spend as a table. */
#include "services/views/sheet.h"
#include "services/views/spend_choice.h"

static const struct sheet_column columns[] = {
    {"area_code", "Code", "GSS code of the place", NULL, SHEET_TEXT, SHEET_AREA},
    {"area_name", "Place", "Name of the place", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"region", "Region", "Region of the place", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"type", "Type", "Type of authority", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"need", "Need", "Score at the node that is compared; higher is more need", "score",
     SHEET_NUMBER, SHEET_PLAIN},
    {"spend_per_head", "Spend a head", "Spend of the region for each of its people", "GBP",
     SHEET_NUMBER, SHEET_PLAIN},
    {"spend_total", "Spend in total", "Spend a head times the place's people", "GBP million",
     SHEET_NUMBER, SHEET_PLAIN},
    {"compared", "Compared", "Whether the place is compared", NULL, SHEET_TRUTH, SHEET_PLAIN},
    {"reason", "Reason", "Why the place is not compared", NULL, SHEET_TEXT, SHEET_STATUS},
    {"quadrant", "Quadrant", "High or low need, and high or low spend", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"need_share", "Share of need", "Share of the need of all places compared", "per cent",
     SHEET_NUMBER, SHEET_PLAIN},
    {"spend_share", "Share of spend", "Share of the spend of all places compared", "per cent",
     SHEET_NUMBER, SHEET_PLAIN},
    {"gap", "Gap", "How much more spend than if it all went by need", "per cent", SHEET_NUMBER,
     SHEET_PLAIN},
    {"target", "Target", "Below, on (within 5 per cent) or above its share of need", NULL,
     SHEET_TEXT, SHEET_PLAIN},
};

static void number(struct sheet *sheet, bool has, double value) {
    if (has)
        sheet_number(sheet, value);
    else
        sheet_missing(sheet);
}

static void add(struct sheet *sheet, const struct spend_choice *choice, const struct area *area,
                size_t i) {
    const struct spend_row *row = &choice->comparison->rows[i];
    const struct share none = {0}, *share = choice->share ? &choice->share->areas[i] : &none;
    sheet_text(sheet, area->code);
    sheet_text(sheet, area->name);
    sheet_text(sheet, area->region);
    sheet_text(sheet, area->type);
    number(sheet, row->has_need, row->need);
    number(sheet, row->has_spend, row->per_head);
    number(sheet, row->has_spend, row->total);
    sheet_truth(sheet, row->compared);
    sheet_text(sheet, row->compared ? NULL : row->reason);
    sheet_text(sheet, row->compared ? quadrant_id(row->quadrant) : NULL);
    number(sheet, share->place != SHARE_NONE, 100 * share->need);
    number(sheet, share->place != SHARE_NONE, 100 * share->spend);
    number(sheet, share->place != SHARE_NONE, share->gap);
    sheet_text(sheet, share->place != SHARE_NONE ? share_place_id(share->place) : NULL);
}

void spend_choice_sheet(const struct spend_choice *choice, const struct view *view,
                        const struct request *request, struct answer *answer) {
    char name[80], title[300];
    (void)snprintf(name, sizeof name, "need-and-spend-edition-%llu",
                   (unsigned long long)view->number);
    (void)snprintf(title, sizeof title, "%.100s: need against %.120s, %.40s",
                   view->pack->definition->nodes[choice->rules.node].name, choice->rules.name,
                   choice->comparison->period);
    const struct dataset *dataset = &view->pack->definition->datasets[choice->rules.dataset];
    struct sheet *sheet =
        sheet_new(name, title, dataset->publisher, columns, sizeof columns / sizeof *columns);
    if (!sheet)
        return;
    const struct sheet_about about = {.edition = view->number,
                                      .time_ms = view->time_ms,
                                      .licence = dataset->licence,
                                      .node = view->pack->definition->nodes[choice->rules.node].id,
                                      .pack = view->pack,
                                      .shapes = view->boundaries};
    sheet_describe(sheet, &about);
    for (size_t i = 0; i < choice->comparison->n_rows; i++)
        add(sheet, choice, &view->pack->geography->areas[i], i);
    sheet_answer(&sheet, request, answer);
}
