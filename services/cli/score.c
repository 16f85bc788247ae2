/* Scoring without a service: a pack and release files, or a definition and a table, in; scores out.
 */
#include "services/cli/origin.h"
#include "services/cli/tables.h"

static int print_scores(const struct origin *origin, const struct edition *edition,
                        const struct command_line *line) {
    size_t node = node_or_suggest(origin->pack->definition, line->node);
    if (node == NO_NODE)
        return EXIT_NOT_FOUND;
    struct table *table = line->all
                              ? all_scores_table(origin->pack, edition, line->node ? node : NO_NODE)
                              : ranks_table(origin->pack, edition, node, line->region, line->top);
    return command_print(line, &table);
}

/* Every period of a panel, one after the other. */
static int print_panel(const struct origin *origin, const struct figures *figures,
                       struct scorer *scorer, const struct command_line *line) {
    const struct panel *panel = &origin->pack->definition->panel;
    struct fault fault = {0};
    size_t node = node_or_suggest(origin->pack->definition, line->node);
    if (node == NO_NODE)
        return EXIT_NOT_FOUND;
    struct table *table = panel_table();
    for (size_t p = 0; table && p < panel->n_periods; p++) {
        struct edition *edition = edition_of_scorer(origin->pack, figures, scorer, p, &fault);
        if (!edition) {
            table_destroy(&table);
            return command_failed(EXIT_FAILED, "%s", fault.text);
        }
        panel_table_add(table, origin->pack, edition, line->all && !line->node ? NO_NODE : node,
                        panel->periods[p]);
        edition_destroy(&edition);
    }
    return command_print(line, &table);
}

static int score(const struct origin *origin, const struct command_line *line) {
    struct fault fault = {0};
    int status = EXIT_FAILED;
    struct edition *edition = NULL;
    struct figures *figures = figures_new(origin->pack, origin->releases, &fault);
    struct scorer *scorer = figures ? scorer_new(origin->pack, figures, &fault) : NULL;
    bool scored = scorer && scorer_run(scorer, &origin->pack->definition->method, &fault);
    if (scored && figures->n_periods == 1)
        edition = edition_of_scorer(origin->pack, figures, scorer, 0, &fault);
    if (edition)
        status = print_scores(origin, edition, line);
    else if (scored && figures->n_periods > 1)
        status = print_panel(origin, figures, scorer, line);
    else
        status = command_failed(EXIT_FAILED, "%s", fault.text);
    edition_destroy(&edition);
    scorer_destroy(&scorer);
    figures_destroy(&figures);
    return status;
}

int score_command(const struct command_line *line) {
    if (!origin_is_offline(line)) {
        return command_failed(EXIT_USAGE, "one of --pack FOLDER (a definition and its tables) and "
                                          "--definition FILE (without tables) is needed");
    }
    struct origin origin;
    int status = origin_open(&origin, line);
    if (status == EXIT_OK)
        status = score(&origin, line);
    origin_close(&origin);
    return status;
}
