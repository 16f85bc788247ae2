/* Scoring without a service: a pack and release files, or a definition and a table, in; scores out.
 */
#include "services/cli/computed.h"
#include "services/cli/tables.h"

/* Every period of a panel, one after the other. */
static struct table *panel_scores(const struct computed *computed, size_t node) {
    const struct panel *panel = &computed->pack->definition->panel;
    struct fault fault = {0};
    struct table *table = panel_table();
    for (size_t p = 0; table && p < panel->n_periods; p++) {
        struct edition *edition = edition_of_scorer(computed->pack, computed->scorer, p, &fault);
        if (edition)
            panel_table_add(table, computed->pack, edition, node, panel->periods[p]);
        else
            table_destroy(&table);
        edition_destroy(&edition);
    }
    return table;
}

/* A metric that nothing has come for lowers nobody's score: who forgot its file should know. */
static void note_without_figures(const struct computed *computed) {
    const struct definition *definition = computed->pack->definition;
    size_t metrics = 0, without = 0;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        metrics += node_is_metric(&definition->nodes[k]);
        without += node_is_metric(&definition->nodes[k]) && !computed->figures->metrics[k].period;
    }
    if (!without)
        return;
    (void)fprintf(stderr, "mindex: no figures for %zu of %zu metrics:", without, metrics);
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (node_is_metric(&definition->nodes[k]) && !computed->figures->metrics[k].period)
            (void)fprintf(stderr, " %s", definition->nodes[k].id);
    }
    (void)fputs(". A pack has them as data/DATASET/LABEL.csv\n", stderr);
}

static int show(const struct computed *computed, const struct command_line *line) {
    size_t node = node_or_suggest(computed->pack->definition, line->node);
    if (node == NO_NODE || !region_or_suggest(computed->pack->geography, line->region))
        return EXIT_NOT_FOUND;
    size_t shown = line->all && !line->node ? NO_NODE : node;
    struct table *table =
        computed->figures->n_periods > 1 ? panel_scores(computed, shown)
        : line->all ? all_scores_table(computed->pack, computed->edition, shown)
                    : ranks_table(computed->pack, computed->edition, node, line->region, line->top);
    note_without_figures(computed);
    return command_print(line, &table);
}

int score_command(const struct command_line *line) {
    if (!origin_is_offline(line)) {
        return command_failed(EXIT_USAGE, "one of --pack FOLDER (a definition and its tables) and "
                                          "--definition FILE (without tables) is needed");
    }
    return computed_run(line, show);
}
