/* Scores are taken as shares of the one that counts most, so that no power is too large. Where the
 * mean of the powers is near 1, as it is for a power near 0, what it lacks of 1 is added up. */
#include "core/generalised.h"

#include "core/clones.h"
#include "core/powers.h"
#include "core/status.h"

/* --- one score, one mean ---------------------------------------------------------------------- */

/* Of those of a power above 0 the largest counts most, else the least; every score is more than
 * none. */
static inline double nothing(double power) {
    return power > 0.0 ? -1.0 : (double)INFINITY;
}

static inline double more(double power, double most, double score) {
    return power_choose((power > 0.0) == (score > most), score, most);
}

static inline int has_no_power(double power, double score) {
    return (int)!(score >= 0.0) | ((score == 0.0) & (power < 0.0));
}

/* The logarithm of the power of a score's share. */
static inline double exponent_of(double power, double most, double score) {
    double share = score / most;
    return power_choose(share == 0.0, (double)-INFINITY, power * power_log(share));
}

static inline double mean_of(double power, double most, double sum, double lack, double all) {
    double log = power_choose(sum < 0.5 * all, power_log(sum / all), power_log1p(lack / all));
    return power_choose(most == 0.0, 0.0, most * power_exp(log / power));
}

bool generalised_mean(double power, const double *score, const double *weight, size_t count,
                      double *out) {
    double most = nothing(power), sum = 0.0, lack = 0.0, all = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (has_no_power(power, score[i]))
            return false;
        most = more(power, most, score[i]);
        all += weight[i];
    }
    for (size_t i = 0; i < count; i++) {
        double exponent = exponent_of(power, most, score[i]);
        sum += weight[i] * power_exp(exponent);
        lack += weight[i] * power_expm1(exponent);
    }
    *out = mean_of(power, most, sum, lack, all);
    return true;
}

/* --- many rows -------------------------------------------------------------------------------- */

/* A loop of a number of rows that is known is made of vectors. */
enum { AT_ONCE = 32 };

struct sums {
    double most[AT_ONCE], sum[AT_ONCE], lack[AT_ONCE], all[AT_ONCE];
    double none[AT_ONCE]; /* 0, or NaN where a score has no power */
};

/* The scores of one child; where it has none, weight is 0 and the score any that counts nothing. */
struct terms {
    double score[AT_ONCE], weight[AT_ONCE], there[AT_ONCE];
};

static void take_terms(const struct generalised_child *child, size_t first, size_t n,
                       struct terms *terms) {
    for (size_t i = 0; i < AT_ONCE; i++) {
        size_t row = first + (i < n ? i : 0);
        bool there = !child->status || child->status[row] == STATUS_VALUE;
        terms->score[i] = there ? child->value[row] : 0.0;
        terms->there[i] = there ? 1.0 : 0.0;
        terms->weight[i] = there ? child->weight : 0.0;
    }
}

CLONES
static void begin(struct sums *sums, double power) {
    for (size_t i = 0; i < AT_ONCE; i++) {
        sums->most[i] = nothing(power);
        sums->sum[i] = sums->lack[i] = sums->all[i] = sums->none[i] = 0.0;
    }
}

CLONES
static void look(struct sums *sums, double power, const struct terms *terms) {
    for (size_t i = 0; i < AT_ONCE; i++) {
        double score = terms->score[i], there = terms->there[i];
        double most = more(power, sums->most[i], score);
        sums->most[i] = power_choose(there > 0.0, most, sums->most[i]);
        int none = (there > 0.0) & has_no_power(power, score);
        sums->none[i] = power_choose(none, (double)NAN, sums->none[i]);
        sums->all[i] += terms->weight[i];
    }
}

CLONES
static void add(struct sums *sums, double power, const struct terms *terms) {
    for (size_t i = 0; i < AT_ONCE; i++) {
        double exponent = exponent_of(power, sums->most[i], terms->score[i]);
        double there = terms->there[i], weight = terms->weight[i];
        sums->sum[i] += power_choose(there > 0.0, weight * power_exp(exponent), 0.0);
        sums->lack[i] += power_choose(there > 0.0, weight * power_expm1(exponent), 0.0);
    }
}

CLONES
static void end(const struct sums *sums, double power, double *out) {
    for (size_t i = 0; i < AT_ONCE; i++)
        out[i] = mean_of(power, sums->most[i], sums->sum[i], sums->lack[i], sums->all[i]) +
                 sums->none[i];
}

void generalised_means(double power, const struct generalised_child *children, size_t count,
                       size_t n, double *out) {
    struct sums sums;
    struct terms terms;
    double means[AT_ONCE];
    for (size_t first = 0; first < n; first += AT_ONCE) {
        size_t left = n - first < AT_ONCE ? n - first : AT_ONCE;
        begin(&sums, power);
        for (size_t c = 0; c < count; c++) {
            take_terms(&children[c], first, left, &terms);
            look(&sums, power, &terms);
        }
        for (size_t c = 0; c < count; c++) {
            take_terms(&children[c], first, left, &terms);
            add(&sums, power, &terms);
        }
        end(&sums, power, means);
        memcpy(out + first, means, left * sizeof *means);
    }
}
