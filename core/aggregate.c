#include "core/aggregate.h"

#include <math.h>
#include <string.h>

static double arithmetic(const double *score, const double *weight, size_t count) {
    double sum = 0.0, total = 0.0;
    for (size_t i = 0; i < count; i++) {
        sum += weight[i] * score[i];
        total += weight[i];
    }
    return sum / total;
}

static bool geometric(const double *score, const double *weight, size_t count, double *out) {
    double sum = 0.0, total = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!(score[i] > 0.0))
            return false;
        sum += weight[i] * log(score[i]);
        total += weight[i];
    }
    *out = exp(sum / total);
    return true;
}

bool aggregate(enum aggregate method, const double *score, const double *weight, size_t count,
               double *out) {
    if (method == AGGREGATE_GEOMETRIC)
        return geometric(score, weight, count, out);
    *out = arithmetic(score, weight, count);
    return true;
}

static const char *const names[] = {
    [AGGREGATE_ARITHMETIC] = "arithmetic",
    [AGGREGATE_GEOMETRIC] = "geometric",
};

bool aggregate_of_name(const char *name, enum aggregate *out) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
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
