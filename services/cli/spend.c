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
    struct table *table = table_new(8, keys, headings);
    for (size_t i = 0; table && i < comparison->n_rows; i++) {
        if (line->top && table_rows(table) == line->top)
            break;
        const struct spend_row *row = &comparison->rows[i];
        if (!line->all && row->quadrant != HIGH_NEED_LOW_SPEND)
            continue;
        add_row(table, &pack->geography->areas[i], row, line->format == FORMAT_TEXT);
    }
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
