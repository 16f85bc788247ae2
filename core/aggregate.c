#include "core/aggregate.h"

#include "core/generalised.h"
#include "core/powers.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

/* Of the weights' sum: half of the weight must be recognised however sums are rounded. */
static const double rounding = 1e-12;

static double total(const double *weight, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += weight[i];
    return sum;
}

static bool arithmetic(const double *score, const double *weight, size_t count, double *out) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += weight[i] * score[i];
    *out = sum / total(weight, count);
    return true;
}

static bool geometric(const double *score, const double *weight, size_t count, double *out) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!(score[i] > 0.0))
            return false;
        sum += weight[i] * power_log(score[i]);
    }
    *out = power_exp(sum / total(weight, count));
    return true;
}

static bool harmonic(const double *score, const double *weight, size_t count, double *out) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!(score[i] > 0.0))
            return false;
        sum += weight[i] / score[i];
    }
    *out = total(weight, count) / sum;
    return true;
}

/* Few children: an insertion sort needs no room of its own. */
static void sort_by_score(double *score, double *weight, size_t count) {
    for (size_t i = 1; i < count; i++) {
        double s = score[i], w = weight[i];
        size_t k = i;
        for (; k > 0 && score[k - 1] > s; k--) {
            score[k] = score[k - 1];
            weight[k] = weight[k - 1];
        }
        score[k] = s;
        weight[k] = w;
    }
}

static bool median(double *score, double *weight, size_t count, double *out) {
    sort_by_score(score, weight, count);
    double all = total(weight, count), half = all / 2.0, reached = 0.0;
    size_t i = 0;
    while (i + 1 < count && (reached += weight[i]) < half - rounding * all)
        i++;
    bool between = i + 1 < count && fabs(reached - half) <= rounding * all;
    *out = between ? score[i] / 2.0 + score[i + 1] / 2.0 : score[i];
    return true;
}

bool aggregate(const struct combination *combination, double *score, double *weight, size_t count,
               double *out) {
    switch (combination->method) {
    case AGGREGATE_GEOMETRIC:
        return geometric(score, weight, count, out);
    case AGGREGATE_HARMONIC:
        return harmonic(score, weight, count, out);
    case AGGREGATE_GENERALISED:
        return generalised_mean(combination->power, score, weight, count, out);
    case AGGREGATE_MEDIAN:
        return median(score, weight, count, out);
    default:
        return arithmetic(score, weight, count, out);
    }
}

/* --- comparing places ------------------------------------------------------------------------- */

struct duel {
    double above, equal, below; /* weight */
};

static struct duel compare(const struct column *const *children, const double *weights,
                           size_t count, size_t i, size_t k) {
    struct duel duel = {0};
    for (size_t c = 0; c < count; c++) {
        const struct column *child = children[c];
        if (child->status[i] != STATUS_VALUE || child->status[k] != STATUS_VALUE)
            continue;
        if (child->value[i] > child->value[k])
            duel.above += weights[c];
        else if (child->value[i] < child->value[k])
            duel.below += weights[c];
        else
            duel.equal += weights[c];
    }
    return duel;
}

static double share_above(const struct duel *duel) {
    double all = duel->above + duel->equal + duel->below;
    return all > 0.0 ? (duel->above + duel->equal / 2.0) / all : 0.5;
}

double aggregate_outranks(const struct column *const *children, const double *weights, size_t count,
                          size_t i, size_t k) {
    struct duel duel = compare(children, weights, count, i, k);
    return share_above(&duel);
}

/* 1, -1, or 0 where both have half of the weight, however its sums are rounded. */
static double winner(const struct duel *duel) {
    double lead = duel->above - duel->below, all = duel->above + duel->equal + duel->below;
    return fabs(lead) <= rounding * all ? 0.0 : lead > 0.0 ? 1.0 : -1.0;
}

void aggregate_places(enum aggregate method, const struct column *const *children,
                      const double *weights, size_t count, size_t first, struct column *out) {
    for (size_t i = 0; i < out->count; i++) {
        if (out->status[i] != STATUS_VALUE)
            continue;
        double sum = 0.0;
        for (size_t k = 0; k < out->count; k++) {
            if (k == i || out->status[k] != STATUS_VALUE)
                continue;
            struct duel duel = compare(children, weights, count, first + i, first + k);
            sum += method == AGGREGATE_COPELAND ? winner(&duel) : share_above(&duel);
        }
        out->value[i] = sum;
    }
}

bool aggregate_compares_places(enum aggregate method) {
    return method == AGGREGATE_COPELAND || method == AGGREGATE_OUTRANKING;
}

/* --- names ------------------------------------------------------------------------------------ */

static const char *const names[AGGREGATE_COUNT] = {
    [AGGREGATE_ARITHMETIC] = "arithmetic", [AGGREGATE_GEOMETRIC] = "geometric",
    [AGGREGATE_HARMONIC] = "harmonic",     [AGGREGATE_GENERALISED] = "generalised",
    [AGGREGATE_MEDIAN] = "median",         [AGGREGATE_COPELAND] = "copeland",
    [AGGREGATE_OUTRANKING] = "outranking",
};

bool aggregate_of_name(const char *name, enum aggregate *out) {
    for (size_t i = 0; i < AGGREGATE_COUNT; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out = (enum aggregate)i;
        return true;
    }
    return false;
}

const char *aggregate_name(enum aggregate method) {
    return names[method];
}
