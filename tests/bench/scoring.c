/* Normalises, aggregates and ranks an invented index again and again:
 *
 *   scoring AREAS METRICS MISSIONS FIGURES RANKS
 *
 * For each line on its standard input it scores all of it anew by core/scorer and ranks the nodes
 * above the metrics ("above") or all ("all"), and prints the nanoseconds that scoring and ranking
 * took. At the end it writes the ranks of the last run, node by node, to RANKS. */
#include "tests/bench/invented_index.h"

#include "core/rank.h"
#include "core/scorer.h"

struct bench {
    struct pack *pack;
    struct figures *figures;
    struct scorer *scorer;
    uint32_t *ranks; /* by node */
};

static void score_anew(struct bench *b) {
    const struct definition *definition = b->pack->definition;
    struct fault fault = {0};
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (node_is_metric(&definition->nodes[k]))
            scorer_changed(b->scorer, k);
    }
    require(scorer_rerun(b->scorer, &fault), fault.text);
}

static void rank(struct bench *b, bool all) {
    const struct definition *definition = b->pack->definition;
    size_t n = b->figures->n_areas;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (all || !node_is_metric(&definition->nodes[k]))
            rank_scores(scorer_scores(b->scorer, k), TIES_MIN, scorer_room(b->scorer),
                        b->ranks + k * n);
    }
}

static void run(struct bench *b, bool all) {
    double begun = seconds_now();
    score_anew(b);
    double scored = seconds_now();
    rank(b, all);
    printf("%.0f %.0f\n", (scored - begun) * 1e9, (seconds_now() - scored) * 1e9);
    (void)fflush(stdout);
}

int main(int count, char **words) {
    require(count == 6, "usage: scoring AREAS METRICS MISSIONS FIGURES RANKS");
    struct fault fault = {0};
    struct bench b = {.pack =
                          invented_pack(strtoul(words[1], NULL, 10), strtoul(words[2], NULL, 10),
                                        strtoul(words[3], NULL, 10))};
    b.figures = invented_figures(b.pack, words[4]);
    b.scorer = scorer_new(b.pack, b.figures, &fault);
    size_t cells = b.pack->definition->n_nodes * b.figures->n_areas;
    b.ranks = calloc(cells, sizeof *b.ranks);
    require(b.scorer && b.ranks && scorer_run(b.scorer, &b.pack->definition->method, &fault),
            fault.text);
    char line[16];
    while (fgets(line, sizeof line, stdin))
        run(&b, strcmp(line, "all\n") == 0);
    FILE *out = fopen(words[5], "wb");
    require(out && fwrite(b.ranks, sizeof *b.ranks, cells, out) == cells && fclose(out) == 0,
            "cannot write the ranks");
    free(b.ranks);
    scorer_destroy(&b.scorer);
    figures_destroy(&b.figures);
    pack_destroy(&b.pack);
    return 0;
}
