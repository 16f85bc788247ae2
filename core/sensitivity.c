/* Which choice makes the difference: variance-based sensitivity indices. */
#include "core/arena.h"
#include "core/random.h"
#include "core/stats.h"
#include "core/uncertainty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_BOOTSTRAP = 2 }; /* after those of A and B */

/* The outputs of the design: y[row * (factors + 2)] is of A, the next of B, then of A with factor i
 * from B. Rows with a failed replicate are not kept. */
struct design {
    size_t factors, rows;
    double *y;
    uint64_t seed;
};

/* Of whole numbers, so that the sum is exact. */
double mean_rank_shift(const uint32_t *before, const uint32_t *after, size_t n_areas) {
    uint64_t sum = 0;
    size_t n = 0;
    for (size_t a = 0; a < n_areas; a++) {
        if (!before[a] || !after[a])
            continue;
        sum += before[a] > after[a] ? before[a] - after[a] : after[a] - before[a];
        n++;
    }
    return n ? (double)sum / (double)n : 0.0;
}

static void keep_whole_rows(struct design *d, uint32_t rows, struct sensitivity *out) {
    size_t width = d->factors + 2;
    for (size_t k = 0; k < rows; k++) {
        bool whole = true;
        for (size_t c = 0; c < width; c++)
            whole = whole && !isnan(d->y[k * width + c]);
        if (whole)
            memmove(d->y + d->rows++ * width, d->y + k * width, width * sizeof *d->y);
        else
            out->failed++;
    }
}

/* Indices of every factor over chosen rows: out[f] first order, out[factors + f] total. False: the
 * output does not vary. */
static bool estimate(const struct design *d, const uint32_t *chosen, double *mean_out,
                     double *variance_out, double *out) {
    size_t width = d->factors + 2, n = d->rows;
    double mean = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double *y = d->y + chosen[i] * width;
        mean += (y[0] + y[1]) / (2.0 * (double)n);
    }
    for (size_t i = 0; i < n; i++) {
        const double *y = d->y + chosen[i] * width;
        squares += (y[0] - mean) * (y[0] - mean) + (y[1] - mean) * (y[1] - mean);
    }
    double variance = squares / (2.0 * (double)n - 1.0);
    *mean_out = mean;
    *variance_out = variance;
    if (!(variance > 0.0))
        return false;
    for (size_t f = 0; f < d->factors; f++) {
        double first = 0.0, total = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double *y = d->y + chosen[i] * width;
            first += (y[1] - mean) * (y[2 + f] - y[0]);
            total += (y[0] - y[2 + f]) * (y[0] - y[2 + f]);
        }
        out[f] = first / (double)n / variance;
        out[d->factors + f] = total / (double)n / (2.0 * variance);
    }
    return true;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Resamples whole rows; draws[j * bootstrap + b] is index j of resample b. */
static size_t resample(const struct design *d, uint32_t bootstrap, uint32_t *chosen, double *draws,
                       double *one) {
    size_t kept = 0;
    for (uint32_t b = 0; b < bootstrap; b++) {
        double mean, variance;
        for (size_t i = 0; i < d->rows; i++) {
            double u = random_uniform(d->seed, STREAM_BOOTSTRAP << 16, b, (uint32_t)i);
            chosen[i] = (uint32_t)(u * (double)d->rows);
        }
        if (!estimate(d, chosen, &mean, &variance, one))
            continue;
        for (size_t j = 0; j < 2 * d->factors; j++)
            draws[j * bootstrap + kept] = one[j];
        kept++;
    }
    return kept;
}

static void fill_interval(double value, double *draws, size_t n, struct sensitivity_index *out) {
    *out = (struct sensitivity_index){value, value, value};
    if (n == 0)
        return;
    qsort(draws, n, sizeof *draws, by_size);
    out->low = stats_quantile(draws, n, 0.025);
    out->high = stats_quantile(draws, n, 0.975);
}

static bool finish(const struct design *d, uint32_t bootstrap, struct sensitivity *out,
                   struct fault *fault) {
    size_t indices = 2 * d->factors;
    uint32_t *chosen = calloc(d->rows + 1, sizeof *chosen);
    double *draws = calloc((size_t)bootstrap * indices + 1, sizeof *draws);
    double *point = calloc(2 * indices, sizeof *point);
    bool room = chosen && draws && point;
    if (room && d->rows >= 2) {
        for (size_t i = 0; i < d->rows; i++)
            chosen[i] = (uint32_t)i;
        out->defined = estimate(d, chosen, &out->mean, &out->variance, point);
    }
    if (room && out->defined) {
        size_t kept = resample(d, bootstrap, chosen, draws, point + indices);
        for (size_t f = 0; f < d->factors; f++) {
            fill_interval(point[f], draws + f * bootstrap, kept, &out->first[f]);
            fill_interval(point[d->factors + f], draws + (d->factors + f) * bootstrap, kept,
                          &out->total[f]);
        }
    }
    free(chosen);
    free(draws);
    free(point);
    return room || fault_memory(fault);
}

static struct sensitivity *sensitivity_new(size_t factors, uint32_t rows, struct fault *fault) {
    struct arena *arena = arena_new();
    struct sensitivity *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (out) {
        out->arena = arena;
        out->n_factors = factors;
        out->rows = rows;
        out->first = arena_alloc(arena, factors, sizeof *out->first);
        out->total = arena_alloc(arena, factors, sizeof *out->total);
        if (out->first && out->total)
            return out;
    }
    arena_destroy(&arena);
    fault_memory(fault);
    return NULL;
}

void sensitivity_destroy(struct sensitivity **sensitivity) {
    if (!*sensitivity)
        return;
    struct arena *arena = (*sensitivity)->arena;
    arena_destroy(&arena);
    *sensitivity = NULL;
}

struct sensitivity *sensitivity_of(double *outcomes, uint32_t rows, size_t factors, uint64_t seed,
                                   uint32_t bootstrap, struct fault *fault) {
    struct sensitivity *out = sensitivity_new(factors, rows, fault);
    struct design d = {.factors = factors, .y = outcomes, .seed = seed};
    if (!out)
        return NULL;
    keep_whole_rows(&d, rows, out);
    if (!finish(&d, bootstrap, out, fault))
        sensitivity_destroy(&out);
    return out;
}
