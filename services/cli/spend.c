/* Need against public spend. */
#include "services/cli/session.h"

#include <stdlib.h>

static void add_row(struct table *table, const struct area *area, const struct spend_row *row,
                    bool as_text) {
    table_text(table, area->code);
    table_text(table, area->name);
    table_text(table, area->region);
    table_text(table, area->type);
    if (row->has_need)
        table_number(table, row->need, 1);
    else
        table_missing(table);
    if (row->has_spend)
        table_number(table, row->per_head, 0);
    else
        table_missing(table);
    if (row->has_spend)
        table_number(table, row->total, 1);
    else
        table_missing(table);
    const char *quadrant = as_text ? quadrant_words(row->quadrant) : quadrant_id(row->quadrant);
    table_text(table, row->compared ? quadrant : row->reason);
}

/* An area by its need: the most first, those without one last, in the order of the pack. */
struct by_need {
    const struct spend_row *row;
    size_t area;
};

static int compare_need(const void *left, const void *right) {
    const struct by_need *a = left, *b = right;
    if (a->row->has_need != b->row->has_need)
        return a->row->has_need ? -1 : 1;
    if (a->row->has_need && a->row->need != b->row->need)
        return a->row->need > b->row->need ? -1 : 1;
    return (a->area > b->area) - (a->area < b->area);
}

static struct table *rows_table(const struct command_line *line, const struct pack *pack,
                                const struct comparison *comparison) {
    static const char *const keys[] = {"area_code",
                                       "area_name",
                                       "region",
                                       "type",
                                       "need",
                                       "spend_per_head_gbp",
                                       "spend_total_gbp_million",
                                       "quadrant"};
    static const char *const headings[] = {"code", "place",      "region",      NULL,
                                           "need", "GBP a head", "GBP million", "quadrant"};
    struct by_need *order = calloc(comparison->n_rows + 1, sizeof *order);
    struct table *table = order ? table_new(8, keys, headings) : NULL;
    for (size_t i = 0; order && i < comparison->n_rows; i++)
        order[i] = (struct by_need){&comparison->rows[i], i};
    if (order)
        qsort(order, comparison->n_rows, sizeof *order, compare_need);
    for (size_t i = 0; table && i < comparison->n_rows; i++) {
        if (line->top && table_rows(table) == line->top)
            break;
        if (!line->all && order[i].row->quadrant != HIGH_NEED_LOW_SPEND)
            continue;
        add_row(table, &pack->geography->areas[order[i].area], order[i].row,
                line->format == FORMAT_TEXT);
    }
    free(order);
    return table;
}

static void say_correlation(const char *name, bool has, const struct correlation *r) {
    if (has)
        printf("  %s %.2f (95 %% interval %.2f to %.2f)\n", name, r->value, r->low, r->high);
    else
        printf("  %s: not defined for these figures\n", name);
}

static void say(const struct session *session, const struct comparison *comparison) {
    const struct spend_rules *rules = &session->pack->definition->spend;
    const char *unit = rules->measure == SPEND_TOTAL ? "million in total" : "a head";
    uint32_t low = 0;
    for (size_t i = 0; i < comparison->n_regions; i++) {
        low += comparison->regions[i].high_need_low_spend;
    }
    printf("%s need against %s, %s; edition %llu.\n",
           session->pack->definition->nodes[rules->node].name, rules->name, comparison->period,
           (unsigned long long)session->info->number);
    printf("%u of %u places compared are of high need (above %.1f) and low spend (up to GBP %.1f "
           "%s).\n\n",
           low, comparison->compared, comparison->need_threshold, comparison->spend_threshold,
           unit);
    for (size_t i = 0; i < comparison->n_regions; i++) {
        const struct spend_region *region = &comparison->regions[i];
        printf("  %-26s %3u of %3u\n", region->name, region->high_need_low_spend, region->compared);
    }
    printf("\nCorrelation of need and spend:\n");
    say_correlation("Pearson ", comparison->has_pearson, &comparison->pearson);
    say_correlation("Spearman", comparison->has_spearman, &comparison->spearman);
    printf("\n");
}

int spend_command(const struct command_line *line) {
    struct session session;
    struct fault fault = {0};
    int status = session_open(&session, line);
    if (status == EXIT_OK)
        status = session_edition(&session, line->edition);
    if (status == EXIT_OK && !session.info->comparison) {
        status = command_failed(EXIT_NOT_FOUND,
                                "edition %llu has no spend comparison: none is defined, no spend "
                                "release is in, or it is not made yet",
                                (unsigned long long)session.info->number);
    }
    if (status == EXIT_OK) {
        const struct comparison *comparison = library_comparison(
            session.library, session.info->pack, session.info->comparison, &fault);
        if (!comparison) {
            status = command_failed(EXIT_FAILED, "%s", fault.text);
        } else {
            if (line->format == FORMAT_TEXT)
                say(&session, comparison);
            struct table *table = rows_table(line, session.pack, comparison);
            status = command_print(line, &table);
        }
    }
    session_close(&session);
    return status;
}
