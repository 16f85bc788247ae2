#include "services/views/tables.h"

#include "core/csv.h"
#include "core/status.h"
#include "services/bus/reasons.h"

#include <string.h>

static void text(FILE *out, const char *value) {
    csv_write(out, value ? value : "");
    (void)fputc(',', out);
}

static void number(FILE *out, bool there, double value) {
    if (there)
        csv_write_number(out, value);
    (void)fputc(',', out);
}

static void count(FILE *out, uint64_t value) {
    if (value)
        (void)fprintf(out, "%llu", (unsigned long long)value);
    (void)fputc(',', out);
}

static void last(FILE *out, const char *value) {
    csv_write(out, value ? value : "");
    (void)fputc('\n', out);
}

static void area_cells(FILE *out, const struct area *area) {
    text(out, area->code);
    text(out, area->name);
    text(out, area->region);
    text(out, area->type);
}

void tables_ranks(FILE *out, const struct view *what) {
    const struct definition *definition = what->pack->definition;
    (void)fputs("area_code,area_name,region,type,node,node_name,level,score,status,rank,of,band\n",
                out);
    for (size_t k = 0; k < definition->n_nodes; k++) {
        const struct node *node = &definition->nodes[k];
        const struct node_scores *scores = &what->edition->nodes[k];
        size_t ranked = edition_ranked(what->edition, k);
        for (size_t i = 0; i < what->edition->n_areas; i++) {
            enum status status = scores->score.status[i];
            area_cells(out, &what->pack->geography->areas[i]);
            text(out, node->id);
            text(out, node->name);
            text(out, definition->levels[node->level].id);
            number(out, status == STATUS_VALUE, scores->score.value[i]);
            text(out, status_mark(status));
            number(out, scores->rank[i] != 0, scores->shown_rank[i]);
            count(out, ranked);
            last(out, band_name(definition, scores->band[i]));
        }
    }
}

static void reason_cells(FILE *out, const RankChanged *reason, const char *nature) {
    number(out, reason && reason->has_rank_low, reason ? reason->rank_low : 0.0);
    number(out, reason && reason->has_rank_high, reason ? reason->rank_high : 0.0);
    bool told = reason && reason->has_beyond_interval;
    text(out, !told ? "" : reason->beyond_interval ? "yes" : "no");
    text(out, nature);
    last(out, reason ? reason->why : "");
}

void tables_rank_changes(FILE *out, const struct view *what) {
    const struct definition *definition = what->pack->definition;
    (void)fputs("area_code,area_name,region,type,node,node_name,level,old_rank,new_rank,places_up,"
                "old_score,new_score,old_band,new_band,cause,dataset,label,rank_low,rank_high,"
                "beyond_interval,nature,why\n",
                out);
    for (size_t i = 0; what->changes && i < what->changes->count; i++) {
        const struct change *change = &what->changes->changes[i];
        const struct node *node = &definition->nodes[change->node];
        area_cells(out, &what->pack->geography->areas[change->area]);
        text(out, node->id);
        text(out, node->name);
        text(out, definition->levels[node->level].id);
        count(out, change->old_rank);
        count(out, change->new_rank);
        if (change->old_rank && change->new_rank) {
            (void)fprintf(out, "%lld", (long long)change->old_rank - (long long)change->new_rank);
        }
        (void)fputc(',', out);
        number(out, change->old_status == STATUS_VALUE, change->old_score);
        number(out, change->new_status == STATUS_VALUE, change->new_score);
        text(out, band_name(definition, change->old_band));
        text(out, band_name(definition, change->new_band));
        text(out, what->cause);
        text(out, what->dataset);
        text(out, what->label);
        reason_cells(
            out,
            reasons_find(what->reasons, what->pack->geography->areas[change->area].code, node->id),
            what->nature);
    }
}

static void metric_row(FILE *out, const struct view *what, size_t k, size_t area) {
    const struct definition *definition = what->pack->definition;
    const struct node *node = &definition->nodes[k];
    const struct node_scores *scores = &what->edition->nodes[k];
    area_cells(out, &what->pack->geography->areas[area]);
    text(out, node->id);
    text(out, node->name);
    text(out, definition->nodes[definition_mission(definition, k)].id);
    text(out, node->unit);
    text(out, node->direction == HIGHER_IS_NEED ? "higher-is-need" : "lower-is-need");
    text(out, scores->period);
    number(out, scores->raw.status[area] == STATUS_VALUE, scores->raw.value[area]);
    text(out, status_mark(scores->raw.status[area]));
    text(out, rule_name(scores->raw.rule[area]));
    text(out, definition->datasets[node->dataset].level);
    text(out, node->proxy ? "proxy" : "");
    number(out, scores->score.status[area] == STATUS_VALUE, scores->score.value[area]);
    number(out, scores->rank[area] != 0, scores->shown_rank[area]);
    text(out, scores->imputed[area] ? impute_names[scores->imputed[area]] : "");
    text(out, scores->winsorised[area] ? "winsorised" : "");
    last(out, definition->datasets[node->dataset].publisher);
}

void tables_metrics(FILE *out, const struct view *what) {
    (void)fputs("area_code,area_name,region,type,metric,metric_name,mission,unit,direction,period,"
                "value,status,rule,published_for,proxy,score,rank,imputed,winsorised,publisher\n",
                out);
    for (size_t k = 0; k < what->pack->definition->n_nodes; k++) {
        if (!node_is_metric(&what->pack->definition->nodes[k]))
            continue;
        for (size_t i = 0; i < what->edition->n_areas; i++)
            metric_row(out, what, k, i);
    }
}

void tables_spend(FILE *out, const struct view *what) {
    (void)fputs("area_code,area_name,region,type,population,compared,reason,need,"
                "spend_per_head_gbp,spend_total_gbp_million,quadrant\n",
                out);
    for (size_t i = 0; i < what->comparison->n_rows; i++) {
        const struct spend_row *row = &what->comparison->rows[i];
        const struct area *area = &what->pack->geography->areas[i];
        area_cells(out, area);
        number(out, true, area->population);
        text(out, row->compared ? "yes" : "no");
        text(out, row->reason);
        number(out, row->has_need, row->need);
        number(out, row->has_spend, row->per_head);
        number(out, row->has_spend, row->total);
        last(out, quadrant_id(row->quadrant));
    }
}

void tables_spend_regions(FILE *out, const struct view *what) {
    (void)fputs("region,compared,high_need_low_spend\n", out);
    for (size_t i = 0; i < what->comparison->n_regions; i++) {
        const struct spend_region *region = &what->comparison->regions[i];
        csv_write(out, region->name);
        (void)fprintf(out, ",%u,%u\n", region->compared, region->high_need_low_spend);
    }
}

void tables_readme(FILE *out, const struct view *what) {
    const struct definition *definition = what->pack->definition;
    (void)fprintf(out, "%s, edition %llu\n\n", definition->title, (unsigned long long)what->number);
    if (what->dataset) {
        (void)fprintf(out, "Made by the release '%s' of %s.\n\n", what->label, what->dataset);
    } else {
        (void)fputs("Made by a change of the definition.\n\n", out);
    }
    (void)fputs(
        "ranks.csv            score, rank and band of every area at every node; rank 1 is most "
        "need\n"
        "rank-changes.csv     every rank that differs from the edition before, and why\n"
        "metrics.csv          the figures that were scored, with status, rule and period\n"
        "map-NODE.svg         a hexagon for each area, by band of need\n"
        "map-NODE-boundaries.svg  the same on real boundaries, where there are any\n"
        "spend.csv            need beside public spend, and the quadrant of each area\n"
        "spend-regions.csv    how many areas of each region are of high need and low spend\n"
        "need-against-spend.svg   the same as a chart\n\n"
        "In the tables a missing figure is an empty cell, and its status says why. The rule says "
        "how\n"
        "a figure reached the area: direct, recoded (another code of the same place), successor "
        "(the\n"
        "larger area that replaced it), cascaded (a larger area that covers it and others),\n"
        "averaged or summed (several that make it up: the mean of rates by people, the sum of "
        "counts)\n"
        "or shared (by people, from counts of larger or crossing areas).\n\nSources\n",
        out);
    for (size_t i = 0; i < definition->n_datasets; i++) {
        const struct dataset *dataset = &definition->datasets[i];
        bool named = false; /* one table of a publisher may feed several datasets */
        for (size_t k = 0; k < i && !named; k++) {
            named = strcmp(definition->datasets[k].publisher, dataset->publisher) == 0 &&
                    strcmp(definition->datasets[k].title, dataset->title) == 0;
        }
        if (named)
            continue;
        (void)fprintf(out, "- %s: %s. %s.\n", dataset->publisher, dataset->title, dataset->licence);
    }
}
