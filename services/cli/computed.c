#include "services/cli/computed.h"

int computed_open(struct computed *computed, const struct origin *origin) {
    struct fault fault = {0};
    *computed = (struct computed){.pack = origin->pack};
    computed->figures = figures_new(origin->pack, origin->releases, &fault);
    if (computed->figures)
        computed->scorer = scorer_new(origin->pack, computed->figures, &fault);
    if (computed->scorer && scorer_run(computed->scorer, &origin->pack->definition->method, &fault))
        computed->edition = edition_of_scorer(origin->pack, computed->scorer,
                                              computed->figures->n_periods - 1, &fault);
    return computed->edition ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

void computed_close(struct computed *computed) {
    edition_destroy(&computed->edition);
    scorer_destroy(&computed->scorer);
    figures_destroy(&computed->figures);
}

int computed_run(const struct command_line *line,
                 int (*show)(const struct computed *computed, const struct command_line *line)) {
    struct origin origin;
    struct computed computed = {0};
    int status = origin_open(&origin, line);
    if (status == EXIT_OK)
        status = computed_open(&computed, &origin);
    if (status == EXIT_OK)
        status = show(&computed, line);
    computed_close(&computed);
    origin_close(&origin);
    return status;
}

struct command_line without_first(const struct command_line *line) {
    struct command_line rest = *line;
    rest.arguments++;
    rest.n_arguments--;
    return rest;
}

size_t children_of(const struct computed *computed, size_t node, const struct column **columns,
                   size_t *nodes) {
    const struct node *all = computed->pack->definition->nodes;
    size_t n = 0;
    for (size_t c = node + 1; c < all[node].end; c = all[c].end) {
        if (scorer_weight(computed->scorer, c) <= 0.0)
            continue;
        columns[n] = scorer_scores(computed->scorer, c);
        nodes[n++] = c;
    }
    return n;
}
