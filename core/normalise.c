#include "core/normalise.h"

#include "core/clones.h"
#include "core/stats.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

/* The numbers of a column, side by side: where there are no gaps, in the column itself. */
struct numbers {
    double *x;
    size_t n;
    struct room *room;
    double min, max;
    const struct scale *scale;
};

static void gather(const struct column *column, struct numbers *out) {
    out->n = column->count;
    out->x = column->value;
    if (status_all_values(column->status, column->count))
        return;
    out->n = 0;
    out->x = out->room->x;
    for (size_t i = 0; i < column->count; i++) {
        out->x[out->n] = column->value[i]; /* taken back by the next where it is none */
        out->n += column->status[i] == STATUS_VALUE;
    }
}

static void put_back(const struct numbers *numbers, struct column *column) {
    size_t k = 0;
    for (size_t i = 0; numbers->x != column->value && i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE)
            column->value[i] = numbers->x[k++];
    }
}

/* --- shares of the way from low to high ------------------------------------------------------- */

CLONES
static void measure(double *x, size_t n, double from, double span) {
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - from) / span;
}

CLONES
static void spread(double *x, size_t n, double low, double range) {
    for (size_t i = 0; i < n; i++)
        x[i] = low + x[i] * range;
}

/* x becomes the share (x - from) / (to - from). */
static bool between(struct numbers *numbers, double from, double to, struct fault *fault) {
    double span = to - from;
    if (!isfinite(span) || !isfinite(numbers->max - numbers->min)) {
        return fault_set(fault, FAULT_INPUT, "figures from %g to %g are too far apart for %s",
                         numbers->min, numbers->max, normalise_name(numbers->scale->method));
    }
    measure(numbers->x, numbers->n, from, span);
    return true;
}

static void cap(struct numbers *numbers, bool at_low, bool at_high) {
    double least = at_low ? 0.0 : -INFINITY, most = at_high ? 1.0 : INFINITY;
    for (size_t i = 0; i < numbers->n; i++) {
        double x = numbers->x[i] < least ? least : numbers->x[i];
        numbers->x[i] = x > most ? most : x;
    }
}

/* Distance to something that lies above the least figure: 1 - (to - x) / (to - min). */
static bool distance(struct numbers *numbers, const char *what, double to, struct fault *fault) {
    if (!(to > numbers->min)) {
        return fault_set(fault, FAULT_INPUT,
                         "the %s %g is not above the least figure %g (figures are turned, so that "
                         "more is more need)",
                         what, to, numbers->min);
    }
    if (!between(numbers, numbers->min, to, fault))
        return false;
    cap(numbers, false, numbers->scale->capped);
    return true;
}

static bool of_maximum(struct numbers *numbers, struct fault *fault) {
    if (!(numbers->max > 0.0)) {
        return fault_set(fault, FAULT_INPUT,
                         "fraction-of-maximum needs a figure above 0 (figures are turned, so that "
                         "more is more need), the largest is %g",
                         numbers->max);
    }
    for (size_t i = 0; i < numbers->n; i++)
        numbers->x[i] /= numbers->max;
    return true;
}

static void ranks(struct numbers *numbers) {
    stats_ranks(numbers->x, numbers->n, numbers->scale->ties, numbers->room, numbers->x);
}

static bool percentile_ranks(struct numbers *numbers) {
    ranks(numbers);
    for (size_t i = 0; i < numbers->n; i++)
        numbers->x[i] = (numbers->x[i] - 1.0) / (double)(numbers->n - 1);
    return true;
}

static bool exponential(struct numbers *numbers) {
    ranks(numbers);
    for (size_t i = 0; i < numbers->n; i++) {
        double r = numbers->x[i] / (double)numbers->n;
        numbers->x[i] = -0.23 * log(1.0 - r * (1.0 - exp(-100.0 / 23.0)));
    }
    return true;
}

static bool shares(struct numbers *numbers, double reference, struct fault *fault) {
    const struct scale *scale = numbers->scale;
    switch (scale->method) {
    case NORMALISE_PERCENTILE_RANK:
        return percentile_ranks(numbers);
    case NORMALISE_SCALED:
        return between(numbers, scale->post_low, scale->post_high, fault);
    case NORMALISE_GOALPOSTS:
        if (!between(numbers, scale->post_low, scale->post_high, fault))
            return false;
        cap(numbers, true, true);
        return true;
    case NORMALISE_TARGET:
        return distance(numbers, "target", scale->target, fault);
    case NORMALISE_REFERENCE:
        return distance(numbers, "reference area's figure", reference, fault);
    case NORMALISE_MAXIMUM:
        return of_maximum(numbers, fault);
    case NORMALISE_EXPONENTIAL:
        return exponential(numbers);
    default: /* min-max, and the distance to the leader, which is the same */
        return between(numbers, numbers->min, numbers->max, fault);
    }
}

/* --- methods without a range ------------------------------------------------------------------ */

static bool z_score(struct numbers *numbers, struct fault *fault) {
    double mean = stats_mean(numbers->x, numbers->n), sd = stats_sd(numbers->x, numbers->n);
    if (!isfinite(sd) || !(sd > 0.0) || !isfinite(numbers->max - numbers->min)) {
        return fault_set(fault, FAULT_INPUT,
                         "figures with mean %g and standard deviation %g have no z-scores", mean,
                         sd);
    }
    for (size_t i = 0; i < numbers->n; i++) {
        numbers->x[i] = numbers->scale->low + (numbers->x[i] - mean) / sd * numbers->scale->high;
    }
    return true;
}

static bool plain_ranks(struct numbers *numbers) {
    ranks(numbers);
    for (size_t i = 0; numbers->scale->method == NORMALISE_BORDA && i < numbers->n; i++)
        numbers->x[i] -= 1.0;
    return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

bool normalise_begins_at_low(enum normalise method) {
    return method == NORMALISE_MIN_MAX || method == NORMALISE_PERCENTILE_RANK ||
           method == NORMALISE_LEADER || method == NORMALISE_TARGET ||
           method == NORMALISE_REFERENCE || method == NORMALISE_BORDA; /* whose low is 0 */
}

/* Methods that look at nothing but how the figures lie to each other. */
static bool needs_spread(enum normalise method) {
    return method == NORMALISE_MIN_MAX || method == NORMALISE_PERCENTILE_RANK ||
           method == NORMALISE_LEADER || method == NORMALISE_Z_SCORE;
}

static bool transform(struct numbers *numbers, double reference, struct fault *fault) {
    const struct scale *scale = numbers->scale;
    stats_bounds(numbers->x, numbers->n, &numbers->min, &numbers->max);
    if (numbers->min == numbers->max && needs_spread(scale->method)) {
        double middle = scale->method == NORMALISE_Z_SCORE
                            ? scale->low
                            : scale->low + (scale->high - scale->low) / 2.0;
        for (size_t i = 0; i < numbers->n; i++)
            numbers->x[i] = middle;
        return true;
    }
    if (scale->method == NORMALISE_Z_SCORE)
        return z_score(numbers, fault);
    if (scale->method == NORMALISE_RANK || scale->method == NORMALISE_BORDA)
        return plain_ranks(numbers);
    if (!shares(numbers, reference, fault))
        return false;
    spread(numbers->x, numbers->n, scale->low, scale->high - scale->low);
    return true;
}

bool normalise(const struct scale *scale, size_t reference, struct column *column,
               struct room *room, struct fault *fault) {
    if (scale->method == NORMALISE_NONE)
        return true;
    struct numbers numbers = {.scale = scale, .room = room};
    gather(column, &numbers);
    if (numbers.n == 0)
        return true; /* a metric that is left out needs no reference either */
    double figure = 0.0;
    if (scale->method == NORMALISE_REFERENCE) {
        if (reference >= column->count || column->status[reference] != STATUS_VALUE) {
            return fault_set(fault, FAULT_INPUT, "the reference area %s has no figure",
                             scale->reference);
        }
        figure = column->value[reference];
    }
    if (!transform(&numbers, figure, fault))
        return false;
    put_back(&numbers, column);
    return true;
}

struct scale normalise_turned(const struct scale *scale) {
    struct scale out = *scale;
    out.target = -scale->target;
    out.post_low = -scale->post_high;
    out.post_high = -scale->post_low;
    return out;
}

static const char *const names[NORMALISE_COUNT] = {
    [NORMALISE_NONE] = "none",
    [NORMALISE_MIN_MAX] = "min-max",
    [NORMALISE_Z_SCORE] = "z-score",
    [NORMALISE_PERCENTILE_RANK] = "percentile-rank",
    [NORMALISE_RANK] = "rank",
    [NORMALISE_BORDA] = "borda",
    [NORMALISE_SCALED] = "scaled",
    [NORMALISE_GOALPOSTS] = "goalposts",
    [NORMALISE_TARGET] = "distance-to-target",
    [NORMALISE_LEADER] = "distance-to-leader",
    [NORMALISE_REFERENCE] = "distance-to-reference",
    [NORMALISE_MAXIMUM] = "fraction-of-maximum",
    [NORMALISE_EXPONENTIAL] = "exponential",
};

bool normalise_of_name(const char *name, enum normalise *out) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out = (enum normalise)i;
        return true;
    }
    return false;
}

const char *normalise_name(enum normalise method) {
    return names[method];
}
