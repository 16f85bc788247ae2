#include "core/outliers.h"

#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t gather(const struct column *column, double *x) {
    size_t n = 0;
    for (size_t i = 0; i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE)
            x[n++] = column->value[i];
    }
    return n;
}

static void put_back(const double *x, struct column *column) {
    size_t n = 0;
    for (size_t i = 0; i < column->count; i++) {
        if (column->status[i] == STATUS_VALUE)
            column->value[i] = x[n++];
    }
}

struct shape {
    bool defined;
    double skewness, kurtosis;
};

static struct shape shape_of(const double *x, size_t n) {
    struct shape shape = {0};
    shape.defined = stats_shape(x, n, &shape.skewness, &shape.kurtosis);
    return shape;
}

/* A column without a shape has no outliers. */
static bool passes(const struct treatment *treatment, const struct shape *shape) {
    return !shape->defined || fabs(shape->skewness) < treatment->skewness ||
           shape->kurtosis < treatment->kurtosis;
}

static double least(const double *x, size_t n) {
    double out = x[0];
    for (size_t i = 1; i < n; i++)
        out = x[i] < out ? x[i] : out;
    return out;
}

static double greatest(const double *x, size_t n) {
    double out = x[0];
    for (size_t i = 1; i < n; i++)
        out = x[i] > out ? x[i] : out;
    return out;
}

/* --- winsorising ------------------------------------------------------------------------------ */

/* The figures at one end become equal to the next; returns how many they are. None where that would
 * leave no difference between any two figures. */
static uint32_t move_end(double *x, size_t n, bool high) {
    double top = greatest(x, n), bottom = least(x, n);
    double end = high ? top : bottom, other = high ? bottom : top, next = other;
    for (size_t i = 0; i < n; i++) {
        if (x[i] != end && (high ? x[i] > next : x[i] < next))
            next = x[i];
    }
    uint32_t moved = 0;
    for (size_t i = 0; next != other && i < n; i++) {
        if (x[i] == end) {
            x[i] = next;
            moved++;
        }
    }
    return moved;
}

/* Those moved before are tied with the end by then, and are counted again with it. */
static struct shape winsorise(const struct treatment *treatment, double *x, size_t n,
                              struct shape shape, struct outliers *out) {
    while (!passes(treatment, &shape) && out->moved_high + out->moved_low < treatment->winsorise) {
        bool high = shape.skewness >= 0.0;
        uint32_t moved = move_end(x, n, high);
        if (moved == 0)
            break;
        *(high ? &out->moved_high : &out->moved_low) = moved;
        shape = shape_of(x, n);
    }
    return shape;
}

/* --- transforms ------------------------------------------------------------------------------- */

/* Of 1 + x; u is its logarithm, which is exact for small x too. */
static double box_cox(double u, double lambda) {
    return fabs(lambda) < 1e-12 ? u : expm1(lambda * u) / lambda;
}

/* The derivative of box_cox by lambda: u^2 times (t e^t - e^t + 1) / t^2 = the sum of
 * t^k / (k! (k + 2)), with t = lambda u. */
static double box_cox_slope(double u, double lambda) {
    double t = lambda * u;
    if (fabs(t) >= 1.0)
        return u * u * (t * exp(t) - expm1(t)) / (t * t);
    double sum = 0.0, term = 1.0;
    for (int k = 0; k < 20; term *= t / ++k)
        sum += term / (k + 2);
    return u * u * sum;
}

/* The derivative by lambda of the logarithm of the likelihood, -n / 2 ln(variance of what figures
 * become) + (lambda - 1) sum(u), divided by n. */
static double likelihood_slope(const double *x, size_t n, double min, double lambda) {
    double mean = 0.0, slope = 0.0, logs = 0.0, squares = 0.0, products = 0.0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        double u = log1p(x[i] - min);
        mean += box_cox(u, lambda) / count;
        slope += box_cox_slope(u, lambda) / count;
        logs += u / count;
    }
    for (size_t i = 0; i < n; i++) {
        double u = log1p(x[i] - min), d = box_cox(u, lambda) - mean;
        squares += d * d;
        products += d * (box_cox_slope(u, lambda) - slope);
    }
    return logs - products / squares;
}

/* The variance is a sum of squares of e^(lambda (u + v) / 2) sinh(lambda (u - v) / 2) / lambda.
 * Their logarithms are convex in lambda, and so is that of the sum: the likelihood has one top,
 * where its slope is 0. A slope that is not a number is that of figures so far apart that only a
 * smaller power brings them together. */
static double best_lambda(const double *x, size_t n, double min) {
    double low = -5.0, high = 5.0;
    for (int i = 0; i < 60; i++) {
        double middle = low / 2.0 + high / 2.0;
        if (likelihood_slope(x, n, min, middle) > 0.0)
            low = middle;
        else
            high = middle;
    }
    return low / 2.0 + high / 2.0;
}

static bool transform(const struct treatment *treatment, double *x, size_t n, double *lambda,
                      struct fault *fault) {
    double min = least(x, n), max = greatest(x, n), a = 0.01 * (max - min);
    if (treatment->transform == TRANSFORM_LOG && !(min > 0.0)) {
        return fault_set(
            fault, FAULT_INPUT,
            "transform: log needs figures above 0, and the least (turned, so that more "
            "is more need) is %g; log-shifted takes any",
            min);
    }
    if (min == max && treatment->transform != TRANSFORM_LOG)
        return true; /* nothing to tell apart */
    *lambda = treatment->lambda;
    if (treatment->transform == TRANSFORM_BOX_COX && !treatment->has_lambda)
        *lambda = best_lambda(x, n, min);
    for (size_t i = 0; i < n; i++) {
        switch (treatment->transform) {
        case TRANSFORM_LOG:
            x[i] = log(x[i]);
            break;
        case TRANSFORM_LOG_SHIFTED:
            x[i] = log(x[i] - min + a);
            break;
        case TRANSFORM_LOG_FROM_ONE:
            x[i] = log1p(x[i] - min);
            break;
        case TRANSFORM_LOG_MIRRORED:
            x[i] = 0.0 - log(max - x[i] + a);
            break;
        case TRANSFORM_BOX_COX:
            x[i] = box_cox(log1p(x[i] - min), *lambda);
            break;
        default:
            break;
        }
        if (!isfinite(x[i]))
            return fault_set(fault, FAULT_INPUT, "figures from %g to %g have no %s transform", min,
                             max, transform_names[treatment->transform]);
    }
    return true;
}

/* --- the decision ----------------------------------------------------------------------------- */

static void record_after(const struct treatment *treatment, const struct shape *shape,
                         struct outliers *out) {
    out->skewness_after = shape->skewness;
    out->kurtosis_after = shape->kurtosis;
    out->passes = passes(treatment, shape);
}

static bool transform_column(const struct treatment *treatment, struct column *column, double *x,
                             const struct shape *before, struct outliers *out,
                             struct fault *fault) {
    size_t n = gather(column, x);
    if (!transform(treatment, x, n, &out->lambda, fault))
        return false;
    struct shape after = shape_of(x, n);
    /* Two values only have the same skewness after any transform, but for rounding. */
    bool helps = treatment->always || passes(treatment, &after) ||
                 fabs(after.skewness) < fabs(before->skewness) * (1.0 - 1e-9);
    *(helps ? &out->transform : &out->rejected) = treatment->transform;
    record_after(treatment, helps ? &after : before, out);
    if (helps)
        put_back(x, column);
    return true;
}

bool outliers_treat(const struct treatment *treatment, struct column *column, struct room *room,
                    struct outliers *out, struct fault *fault) {
    *out = (struct outliers){.looked = treatment->on, .passes = true};
    size_t n = gather(column, room->x);
    struct shape before = shape_of(room->x, n);
    out->shaped = before.defined;
    out->skewness_before = before.skewness;
    out->kurtosis_before = before.kurtosis;
    record_after(treatment, &before, out);
    if (!treatment->on || n == 0)
        return true;
    if (treatment->always)
        return transform_column(treatment, column, room->x, &before, out, fault);
    if (out->passes)
        return true;
    struct shape after = winsorise(treatment, room->x, n, before, out);
    record_after(treatment, &after, out);
    if (out->passes || treatment->transform == TRANSFORM_NONE) {
        put_back(room->x, column);
        return true;
    }
    out->moved_high = out->moved_low = 0;
    return transform_column(treatment, column, room->x, &before, out, fault);
}

void outliers_words(const struct outliers *outliers, char *text, size_t size) {
    char moved[60] = "";
    if (outliers->moved_high || outliers->moved_low) {
        (void)snprintf(moved, sizeof moved, "winsorised %u high, %u low", outliers->moved_high,
                       outliers->moved_low);
    }
    if (outliers->transform == TRANSFORM_BOX_COX)
        (void)snprintf(text, size, "box-cox, lambda %.6g", outliers->lambda);
    else if (outliers->transform)
        (void)snprintf(text, size, "%s", transform_names[outliers->transform]);
    else if (outliers->rejected)
        (void)snprintf(text, size, "%s did not help: left as it was",
                       transform_names[outliers->rejected]);
    else
        (void)snprintf(text, size, "%s", moved);
}
