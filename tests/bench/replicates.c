/* 1,000 replicates of an index of 40 metrics under 5 missions, for tests/bench/replicates.py:
 *
 *   replicates dump AREAS COUNT FOLDER      the figures, what each replicate draws, its ranks
 *   replicates time AREAS COUNT THREADS     seconds for the ranks of all replicates, for each line
 *                                           that is read
 *   replicates rate                         multiplications and additions a second
 */
#include "core/alternatives.h"
#include "core/clones.h"
#include "core/plain.h"
#include "core/uncertainty.h"
#include "core/weighted.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { METRICS = 40, MISSIONS = 5, SEED = 7, AREAS_MAX = 1000000 };

static const char *const head =
    "index: t\ntitle: T\nbands: 5\nlevels:\n"
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0.5, normalise: none}\n"
    "  - {id: mission, name: P, aggregate: arithmetic, coverage: 0.5, normalise: none}\n"
    "  - {id: metric, name: M, normalise: min-max, range: [1, 100]}\n"
    "uncertainty:\n  factors:\n"
    "    - {vary: normalise, level: metric, among: [{normalise: min-max, range: [1, 100]},\n"
    "       {normalise: z-score, mean-and-sd: [100, 5]},\n"
    "       {normalise: percentile-rank, range: [1, 100]}]}\n"
    "    - {vary: aggregate, level: mission, among: [arithmetic, geometric]}\n"
    "    - {vary: aggregate, level: index, among: [arithmetic, geometric]}\n"
    "    - {vary: weight-noise, level: metric, noise: 0.25}\n"
    "tree:\n  id: all\n  name: All\n  children:\n";

static double seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool say(const char *what) {
    (void)fprintf(stderr, "replicates: %s\n", what);
    return false;
}

/* --- the index -------------------------------------------------------------------------------- */

struct subject {
    struct plain *plain;
    struct figures *figures;
    size_t root;
};

static char *definition_text(size_t *length) {
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    (void)fputs(head, out);
    for (int m = 0; m < METRICS; m++) {
        if (m % (METRICS / MISSIONS) == 0)
            (void)fprintf(out, "    - id: mission-%d\n      name: N\n      children:\n",
                          m / (METRICS / MISSIONS));
        (void)fprintf(out, "        - {id: m%d, name: N, direction: %s-is-need}\n", m,
                      m % 3 ? "higher" : "lower");
    }
    return fclose(out) == 0 ? text : NULL;
}

/* Skewed figures that go together, as those of places do. */
static char *figures_text(size_t areas, size_t *length) {
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    uint64_t state = 88172645463325252u;
    if (!out)
        return NULL;
    (void)fputs("code", out);
    for (int m = 0; m < METRICS; m++)
        (void)fprintf(out, ",m%d", m);
    for (size_t a = 0; a < areas; a++) {
        double common = 0.0, sum = 0.0;
        (void)fprintf(out, "\nP%zu", a);
        for (int m = -1; m < METRICS; m++) {
            sum = 0.0;
            for (int i = 0; i < 4; i++) {
                state ^= state << 13, state ^= state >> 7, state ^= state << 17;
                sum += (double)(state >> 11) * 0x1p-53 - 0.5;
            }
            common = m < 0 ? sum : common;
            if (m >= 0)
                (void)fprintf(out, ",%.6f", exp(sum + (m % 3 ? 0.5 : -0.5) * common) * 100.0);
        }
    }
    (void)fputs("\n", out);
    return fclose(out) == 0 ? text : NULL;
}

static bool open_subject(size_t areas, struct subject *out) {
    struct fault fault = {0};
    struct table_file definition = {.name = "d.yaml"}, figures = {.name = "d.csv"};
    char *yaml = definition_text(&definition.length);
    char *csv = figures_text(areas, &figures.length);
    definition.bytes = yaml;
    figures.bytes = csv;
    out->plain = yaml && csv ? plain_read(definition, figures, &fault) : NULL;
    free(yaml);
    free(csv);
    out->figures = out->plain
                       ? figures_new(out->plain->pack,
                                     (const struct release *const *)out->plain->releases, &fault)
                       : NULL;
    return out->figures || say(fault.text);
}

static void close_subject(struct subject *subject) {
    figures_destroy(&subject->figures);
    plain_destroy(&subject->plain);
}

/* --- the ranks of a share of the replicates --------------------------------------------------- */

struct share {
    const struct subject *subject;
    uint64_t first, count;
    uint32_t *ranks; /* of all replicates, by replicate */
    pthread_t thread;
    bool done;
};

static void change(void *context, uint64_t k, struct method *method) {
    const struct share *share = context;
    uncertainty_change(share->subject->plain->pack->definition, SEED, k, method);
}

static bool take(void *context, uint64_t k, size_t i, const uint32_t *rank, const uint8_t *band,
                 struct fault *fault) {
    const struct share *share = context;
    size_t n = share->subject->figures->n_areas;
    memcpy(share->ranks + k * n, rank, n * sizeof *rank);
    (void)i, (void)band, (void)fault;
    return true;
}

static void *run_share(void *given) {
    struct share *share = given;
    const struct alternatives_use use = {.change = change, .ranks = take, .context = share};
    struct fault fault = {0};
    struct alternatives *alternatives = alternatives_new(
        share->subject->plain->pack, share->subject->figures, &share->subject->root, 1, &fault);
    share->done =
        alternatives && alternatives_run(alternatives, share->first, share->count, &use, &fault);
    if (!share->done)
        (void)say(fault.text);
    alternatives_destroy(&alternatives);
    return NULL;
}

/* From the figures to the ranks of all replicates: what is made once is in it, too. */
static bool run(const struct subject *subject, uint64_t count, unsigned threads, uint32_t *ranks) {
    struct share shares[2] = {{0}};
    bool good = true;
    for (unsigned t = 0; t < threads; t++) {
        uint64_t first = count * t / threads;
        shares[t] = (struct share){.subject = subject,
                                   .first = first,
                                   .count = count * (t + 1) / threads - first,
                                   .ranks = ranks};
        if (t > 0 && pthread_create(&shares[t].thread, NULL, run_share, &shares[t]) != 0)
            return say("no thread");
    }
    (void)run_share(&shares[0]);
    for (unsigned t = 0; t < threads; t++) {
        if (t > 0)
            (void)pthread_join(shares[t].thread, NULL);
        good = good && shares[t].done;
    }
    return good;
}

static bool time_runs(const struct subject *subject, uint64_t count, unsigned threads,
                      uint32_t *ranks) {
    for (int byte; (byte = getchar()) != EOF;) {
        if (byte != '\n')
            continue;
        double began = seconds();
        if (!run(subject, count, threads, ranks))
            return false;
        printf("%.9f\n", seconds() - began);
        (void)fflush(stdout);
    }
    return true;
}

/* --- for the rival ---------------------------------------------------------------------------- */

static bool write_file(const char *folder, const char *name, const void *bytes, size_t length) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    bool good = out && fwrite(bytes, 1, length, out) == length;
    return (!out || fclose(out) == 0) && good ? true : say(path);
}

static size_t metric_node(size_t metric) {
    size_t each = METRICS / MISSIONS;
    return 1 + metric + metric / each + 1;
}

/* By replicate: which normalisation, which means, and the weights of the metrics. */
static bool dump_draws(const struct subject *subject, size_t count, const char *folder) {
    const struct definition *d = subject->plain->pack->definition;
    struct method method = d->method;
    method.nodes = calloc(d->n_nodes, sizeof *method.nodes);
    double *draws = calloc(count, (METRICS + 3) * sizeof *draws);
    bool good = method.nodes && draws;
    for (size_t k = 0; good && k < count; k++) {
        double *draw = draws + k * (METRICS + 3);
        memcpy(method.nodes, d->method.nodes, d->n_nodes * sizeof *method.nodes);
        uncertainty_change(d, SEED, k, &method);
        draw[0] = (double)method.nodes[2].scale.method;
        draw[1] = (double)method.nodes[1].combination.method;
        draw[2] = (double)method.nodes[0].combination.method;
        for (size_t m = 0; m < METRICS; m++)
            draw[3 + m] = method.nodes[metric_node(m)].weight;
    }
    good = good && write_file(folder, "draws", draws, count * (METRICS + 3) * sizeof *draws);
    free(method.nodes);
    free(draws);
    return good;
}

static bool dump(const struct subject *subject, size_t count, uint32_t *ranks, const char *folder) {
    size_t areas = subject->figures->n_areas;
    double *figures = calloc(areas, METRICS * sizeof *figures);
    bool good = figures && run(subject, count, 1, ranks);
    for (size_t m = 0; good && m < METRICS; m++) {
        for (size_t a = 0; a < areas; a++)
            figures[a * METRICS + m] = subject->figures->metrics[metric_node(m)].column.value[a];
    }
    good = good && write_file(folder, "figures", figures, areas * METRICS * sizeof *figures) &&
           write_file(folder, "ranks", ranks, areas * count * sizeof *ranks) &&
           dump_draws(subject, count, folder);
    free(figures);
    return good;
}

/* --- multiplications and additions ------------------------------------------------------------ */

/* As many as the processor has: independent ones on numbers in registers. */
typedef double lanes __attribute__((vector_size(64)));

#define EACH(do)                                                                                   \
    do                                                                                             \
    (0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11) do(12) do(13) do(      \
        14) do(15)
#define BEGIN(i) lanes a##i = first + (double)i;
#define STEP(i)  a##i = a##i * by + add;
#define LAST(i)  sum += a##i;

#define OWN_RATE(name, attribute)                                                                  \
    attribute static double name(size_t steps, double from) {                                      \
        const lanes first = {from, 1, 2, 3, 4, 5, 6, 7}, by = 0.5 + 0.0 * first, add = by;         \
        lanes sum = {0};                                                                           \
        EACH(BEGIN)                                                                                \
        for (size_t i = 0; i < steps; i++) {                                                       \
            EACH(STEP)                                                                             \
        }                                                                                          \
        EACH(LAST)                                                                                 \
        return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];              \
    }

OWN_RATE(separate, CLONES)
#ifdef __x86_64__
OWN_RATE(fused, __attribute__((target("avx512f"), optimize("fp-contract=fast"))))
#endif

static double own_rate(double (*loop)(size_t, double), volatile double *sink) {
    enum { STEPS = 400000 };
    double best = 0.0;
    for (int round = 0; round < 20; round++) {
        double began = seconds();
        *sink = loop(STEPS, *sink);
        double rate = 16.0 * 8.0 * STEPS / (seconds() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

/* The kernel as it runs: the metrics of one mission after the other, for several items. */
static double kernel_rate(double *numbers, size_t rows) {
    enum { COLUMNS = METRICS / MISSIONS, PART = 256 };
    const double *x[COLUMNS];
    double weights[COLUMNS * WEIGHTED_ITEMS], *sums[WEIGHTED_ITEMS], best = 0.0;
    for (size_t i = 0; i < COLUMNS * WEIGHTED_ITEMS; i++)
        weights[i] = 1.0 + (double)i / 100.0;
    for (size_t j = 0; j < WEIGHTED_ITEMS; j++)
        sums[j] = numbers + METRICS * rows + j * PART;
    for (int round = 0; round < 40; round++) {
        double began = seconds();
        for (size_t from = 0; from + PART <= rows; from += PART) {
            for (size_t mission = 0; mission < MISSIONS; mission++) {
                for (size_t c = 0; c < COLUMNS; c++)
                    x[c] = numbers + (mission * COLUMNS + c) * rows + from;
                weighted_sums(x, weights, COLUMNS, PART, WEIGHTED_ITEMS, sums);
            }
        }
        double done = (double)(rows / PART * PART) * METRICS * WEIGHTED_ITEMS;
        double rate = done / (seconds() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

static bool rates(void) {
    enum { FEW = 512, MANY = 33792 }; /* 307 and 33,755 areas, in whole parts */
    const size_t count = (size_t)METRICS * MANY + WEIGHTED_ITEMS * 256;
    volatile double sink = 0.0;
    double *numbers = aligned_alloc(64, count * sizeof *numbers);
    if (!numbers)
        return say("no memory");
    for (size_t i = 0; i < count; i++)
        numbers[i] = (double)(i % 1000);
    printf("kernel-307 %.9g\n", kernel_rate(numbers, FEW));
    printf("kernel-33755 %.9g\n", kernel_rate(numbers, MANY));
    printf("separate %.9g\n", own_rate(separate, &sink));
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        printf("fused %.9g\n", own_rate(fused, &sink));
#endif
    free(numbers);
    return true;
}

/* --- the command line ------------------------------------------------------------------------- */

static bool measure(int argc, char **argv) {
    size_t areas = strtoul(argv[2], NULL, 10), count = strtoul(argv[3], NULL, 10);
    struct subject subject = {0};
    if (areas < 2 || areas > AREAS_MAX || count < 1 || count > AREAS_MAX)
        return say("areas and count are 2 to 1000000");
    uint32_t *ranks = calloc(areas, count * sizeof *ranks);
    bool good = ranks && open_subject(areas, &subject);
    if (good && argc == 5 && strcmp(argv[1], "time") == 0)
        good = time_runs(&subject, count, *argv[4] == '2' ? 2 : 1, ranks);
    else if (good && argc == 5 && strcmp(argv[1], "dump") == 0)
        good = dump(&subject, count, ranks, argv[4]);
    else
        good = good && say("dump, time or rate");
    close_subject(&subject);
    free(ranks);
    return good;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "rate") == 0)
        return rates() ? 0 : 1;
    return argc >= 4 && measure(argc, argv) ? 0 : 1;
}
