/* One new column in an invented index that is scored already, beside scoring all of it:
 *
 *   incremental AREAS METRICS MISSIONS FIGURES COLUMNS RANKS
 *
 * FIGURES has the metrics' figures, COLUMNS two columns that the last metric has by turns. For
 * each "one" on the standard input the metric gets the other column, and what it reaches is scored,
 * ranked, banded and compared with the edition before; for each "all" the same is done from
 * scratch. Prints nanoseconds of scoring, of the edition and of the comparison, the number of
 * changes, and the memory in use (KiB). At the end the ranks of the last edition go to RANKS. */
#include "tests/bench/invented_index.h"

#include "core/arena.h"
#include "core/changes.h"
#include "core/edition.h"

#include <sys/resource.h>

struct bench {
    struct pack *pack;
    struct figures *figures;
    struct scorer *scorer;
    struct edition *edition;
    double *columns[2];
    size_t n, metric; /* the last node */
    bool second;
};

struct times {
    double begun, scored, ranked, compared;
};

static struct edition *edition_of(const struct bench *b, struct scorer *scorer,
                                  const struct edition *before) {
    struct fault fault = {0};
    struct edition *edition = edition_after(b->pack, scorer, 0, before, &fault);
    require(edition != NULL, fault.text);
    return edition;
}

/* Both ways begin with the new figures in memory. */
static void take_column(struct bench *b) {
    struct column *column = &b->figures->metrics[b->metric].column;
    b->second = !b->second;
    memcpy(column->value, b->columns[b->second], b->n * sizeof *column->value);
}

static struct edition *score_one(struct bench *b, struct times *times) {
    struct fault fault = {0};
    require(scorer_take(b->scorer, b->metric, &b->figures->metrics[b->metric], &fault) &&
                scorer_run(b->scorer, &b->pack->definition->method, &fault),
            fault.text);
    times->scored = seconds_now();
    return edition_of(b, b->scorer, b->edition);
}

static struct edition *score_all(struct bench *b, struct times *times) {
    struct fault fault = {0};
    struct scorer *scorer = scorer_new(b->pack, b->figures, &fault);
    require(scorer && scorer_run(scorer, &b->pack->definition->method, &fault), fault.text);
    times->scored = seconds_now();
    struct edition *edition = edition_of(b, scorer, NULL);
    scorer_destroy(&scorer);
    return edition;
}

static void run(struct bench *b, bool one) {
    struct fault fault = {0};
    struct rusage usage;
    take_column(b);
    struct times times = {.begun = seconds_now()};
    struct edition *edition = one ? score_one(b, &times) : score_all(b, &times);
    times.ranked = seconds_now();
    struct changes *changes = changes_between(b->pack, b->edition, b->pack, edition, &fault);
    times.compared = seconds_now();
    require(changes && getrusage(RUSAGE_SELF, &usage) == 0, fault.text);
    printf("%.0f %.0f %.0f %zu %ld\n", (times.scored - times.begun) * 1e9,
           (times.ranked - times.scored) * 1e9, (times.compared - times.ranked) * 1e9,
           changes->count, usage.ru_maxrss);
    (void)fflush(stdout);
    changes_destroy(&changes);
    edition_destroy(&b->edition);
    b->edition = edition;
    if (!one) { /* what stays scored has seen it, too */
        require(scorer_take(b->scorer, b->metric, &b->figures->metrics[b->metric], &fault) &&
                    scorer_run(b->scorer, &b->pack->definition->method, &fault),
                fault.text);
        edition_destroy(&b->edition);
        b->edition = edition_of(b, b->scorer, NULL);
    }
}

static void read_columns(struct bench *b, const char *path) {
    FILE *file = fopen(path, "rb");
    require(file != NULL, "no columns");
    for (size_t i = 0; i < 2; i++) {
        b->columns[i] = malloc(b->n * sizeof(double));
        require(b->columns[i] && fread(b->columns[i], sizeof(double), b->n, file) == b->n,
                "too short");
    }
    (void)fclose(file);
}

static void write_ranks(const struct bench *b, const char *path) {
    FILE *out = fopen(path, "wb");
    require(out != NULL, "cannot write the ranks");
    for (size_t k = 0; k < b->edition->n_nodes; k++)
        require(fwrite(b->edition->nodes[k].rank, sizeof(uint32_t), b->n, out) == b->n,
                "cannot write the ranks");
    require(fclose(out) == 0, "cannot write the ranks");
}

int main(int count, char **words) {
    require(count == 7, "usage: incremental AREAS METRICS MISSIONS FIGURES COLUMNS RANKS");
    struct fault fault = {0};
    struct bench b = {.n = strtoul(words[1], NULL, 10)};
    b.pack = invented_pack(b.n, strtoul(words[2], NULL, 10), strtoul(words[3], NULL, 10));
    b.metric = b.pack->definition->n_nodes - 1;
    b.figures = invented_figures(b.pack, words[4]);
    read_columns(&b, words[5]);
    b.scorer = scorer_new(b.pack, b.figures, &fault);
    require(b.scorer && scorer_run(b.scorer, &b.pack->definition->method, &fault), fault.text);
    b.edition = edition_of(&b, b.scorer, NULL);
    char line[16];
    while (fgets(line, sizeof line, stdin))
        run(&b, strcmp(line, "one\n") == 0);
    write_ranks(&b, words[6]);
    edition_destroy(&b.edition);
    scorer_destroy(&b.scorer);
    figures_destroy(&b.figures);
    pack_destroy(&b.pack);
    free(b.columns[0]);
    free(b.columns[1]);
    return 0;
}
