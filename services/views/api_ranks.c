/* Ranks, and how sure they are. */
#include "services/views/api_parts.h"

#include "core/status.h"

/* --- ranks ------------------------------------------------------------------------------------ */

static const struct sheet_column rank_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    NODE_COLUMNS,
    {"rank", "Rank", "1 is the most need. Areas of the same score share a rank.", NULL,
     SHEET_NUMBER, SHEET_PLAIN},
    {"of", "Of", "How many areas have a rank at the node.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"score", "Score", "A higher score is more need.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"status", "Status", "Why there is no score and no rank; empty where there are.", NULL,
     SHEET_TEXT, SHEET_STATUS},
    {"band", "Band", "Band of need, in words.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"band_number", "Band's number", "The same as a number: 1 is the most need.", NULL, SHEET_COUNT,
     SHEET_PLAIN},
    {"rank_low", "Rank from",
     "The better end of the interval that holds the rank under other choices of method, by the "
     "definition's 'uncertainty'; empty where it has none, and at metrics unless one is asked for.",
     NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"rank_high", "Rank to", "The other end of that interval.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"previous_rank", "Rank before", "Rank in the edition before.", NULL, SHEET_NUMBER,
     SHEET_PLAIN},
    {"places_up", "Places up",
     "How many places nearer to 1, the most need, than in the edition before; below 0: farther "
     "from it.",
     NULL, SHEET_NUMBER, SHEET_PLAIN},
};

static void add_interval(struct sheet *sheet, const struct spread *spread, size_t area) {
    bool known = spread && spread->areas[area].n;
    if (known) {
        sheet_number(sheet, spread->areas[area].low);
        sheet_number(sheet, spread->areas[area].high);
    } else {
        sheet_missing(sheet);
        sheet_missing(sheet);
    }
}

static void add_rank(struct sheet *sheet, const struct view *view, size_t node, size_t area,
                     const struct spread *spread) {
    const struct node_scores *scores = &view->edition->nodes[node];
    double rank = scores->shown_rank[area];
    double before = view_rank_before(view, node, area);
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, area);
    api_node_cells(sheet, view, node);
    api_rank_cell(sheet, scores->rank[area] ? rank : 0);
    sheet_count(sheet, edition_ranked(view->edition, node));
    api_column_cells(sheet, &scores->score, area);
    api_text_cell(sheet, band_name(view->pack->definition, scores->band[area]));
    if (scores->band[area])
        sheet_count(sheet, scores->band[area]);
    else
        sheet_missing(sheet);
    add_interval(sheet, spread, area);
    api_rank_cell(sheet, before);
    if (scores->rank[area] && before > 0)
        sheet_number(sheet, before - rank);
    else
        sheet_missing(sheet);
}

/* Without intervals, where nobody can have them, ranks are ranks still. */
static bool interval_at(struct viewer *viewer, const struct view *view,
                        const struct selection *wanted, size_t node, const struct spread **out,
                        struct fault *fault) {
    struct fault none = {0};
    *out = NULL;
    if (wanted->node == ALL_NODES && node_is_metric(&view->pack->definition->nodes[node]))
        return true;
    *out = viewer_spread(viewer, view, node, &none);
    if (*out || none.kind == FAULT_INPUT)
        return true;
    *fault = none;
    return false;
}

static struct sheet *make_ranks(struct viewer *viewer, const struct view *view,
                                const struct selection *wanted, struct fault *fault) {
    const struct definition *definition = view->pack->definition;
    const char *node = wanted->node == ALL_NODES ? NULL : definition->nodes[wanted->node].id;
    struct sheet *sheet = api_sheet(&ranks_resource, view, node, fault);
    if (sheet)
        sheet_keep(sheet, wanted->rows);
    for (size_t k = 0; sheet && k < definition->n_nodes; k++) {
        const struct spread *spread;
        if (wanted->node != ALL_NODES && wanted->node != k)
            continue;
        if (!interval_at(viewer, view, wanted, k, &spread, fault))
            sheet_destroy(&sheet);
        for (size_t i = 0; sheet && i < view->edition->n_areas; i++) {
            if (api_wants(wanted, view, i) &&
                (!wanted->band || view->edition->nodes[k].band[i] == wanted->band))
                add_rank(sheet, view, k, i, spread);
        }
    }
    return sheet;
}

const struct resource ranks_resource = {
    .id = "ranks",
    .pattern = "/api/v1/editions/{edition}/ranks",
    .summary = "Ranks",
    .description = "Score, rank and band of each area at a node, with the interval that the rank "
                   "lies in and the rank in the edition before.",
    .takes = TAKES_NODE | TAKES_AREA | TAKES_REGION | TAKES_TYPE | TAKES_BAND | TAKES_PAGE,
    .make = make_ranks,
    .columns = rank_columns,
    .n_columns = sizeof rank_columns / sizeof *rank_columns,
    .of_edition = true,
};

void api_ranks(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&ranks_resource, viewer, request, answer);
}

/* --- how sure they are ------------------------------------------------------------------------ */

static const struct sheet_column spread_columns[] = {
    EDITION_COLUMN,
    AREA_COLUMNS,
    NODE_COLUMNS,
    {"rank", "Rank", "By the definition; 1 is the most need.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"status", "Status", "Why there is no rank; empty where there is one.", NULL, SHEET_TEXT,
     SHEET_STATUS},
    {"replicates", "Replicates", "Variants of the method under which the area has a rank.", NULL,
     SHEET_COUNT, SHEET_PLAIN},
    {"interval", "Interval", "Share of them that lies between low and high.", NULL, SHEET_NUMBER,
     SHEET_FACT},
    {"rank_low", "Rank from", "The better end of the interval.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"rank_median", "Median rank", "Over the variants.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"rank_mean", "Mean rank", "Over the variants.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"rank_high", "Rank to", "The other end of the interval.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"band", "Band", "Band of need by the definition, in words.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"band_share", "Share in the band", "Share of the variants under which the area is in it.",
     NULL, SHEET_NUMBER, SHEET_PLAIN},
};

static void add_spread(struct sheet *sheet, const struct view *view, size_t node, size_t area,
                       const struct spread *spread) {
    const struct rank_spread *of = &spread->areas[area];
    const struct node_scores *scores = &view->edition->nodes[node];
    unsigned band = scores->band[area];
    sheet_count(sheet, view->number);
    api_area_cells(sheet, view, area);
    api_node_cells(sheet, view, node);
    if (of->nominal)
        sheet_count(sheet, of->nominal);
    else
        sheet_missing(sheet);
    api_text_cell(sheet, status_mark(scores->score.status[area]));
    sheet_count(sheet, of->n);
    sheet_number(sheet, view->pack->definition->uncertainty.interval);
    const double ranks[] = {of->low, of->median, of->mean, of->high};
    for (size_t i = 0; i < 4; i++)
        api_rank_cell(sheet, of->n ? ranks[i] : 0);
    api_text_cell(sheet, band_name(view->pack->definition, band));
    if (of->n && band)
        sheet_number(sheet, spread->band_counts[area * spread->bands + band - 1] / (double)of->n);
    else
        sheet_missing(sheet);
}

static struct sheet *make_spread(struct viewer *viewer, const struct view *view,
                                 const struct selection *wanted, struct fault *fault) {
    const struct definition *definition = view->pack->definition;
    const char *node = wanted->node == ALL_NODES ? NULL : definition->nodes[wanted->node].id;
    struct sheet *sheet = api_sheet(&uncertainty_resource, view, node, fault);
    if (sheet)
        sheet_keep(sheet, wanted->rows);
    for (size_t k = 0; sheet && k < definition->n_nodes; k++) {
        bool metric = node_is_metric(&definition->nodes[k]);
        if (wanted->node == ALL_NODES ? metric : wanted->node != k)
            continue;
        const struct spread *spread = viewer_spread(viewer, view, k, fault);
        if (!spread)
            sheet_destroy(&sheet);
        for (size_t i = 0; sheet && i < view->edition->n_areas; i++) {
            if (api_wants(wanted, view, i))
                add_spread(sheet, view, k, i, spread);
        }
    }
    return sheet;
}

const struct resource uncertainty_resource = {
    .id = "uncertainty",
    .pattern = "/api/v1/editions/{edition}/uncertainty",
    .summary = "Rank intervals",
    .description = "How far each area's rank moves where the choices of the definition's "
                   "'uncertainty' are made otherwise; with node=all at every node above the "
                   "metrics. 404 where the definition has none.",
    .takes = TAKES_NODE | TAKES_AREA | TAKES_REGION | TAKES_TYPE | TAKES_PAGE,
    .make = make_spread,
    .columns = spread_columns,
    .n_columns = sizeof spread_columns / sizeof *spread_columns,
    .of_edition = true,
};

void api_uncertainty(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&uncertainty_resource, viewer, request, answer);
}
