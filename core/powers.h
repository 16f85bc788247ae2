/* Logarithms and exponentials, one or many at once, that have the same bits on every machine. Those
 * of the C library are of other bits where the processor fuses multiply and add.
 *
 * The methods are those of fdlibm (Sun Microsystems, 1993), without branches; power_log and
 * power_exp are within one unit in the last place, power_log1p and power_expm1 within two. */
#ifndef CORE_POWERS_H
#define CORE_POWERS_H

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t power_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double power_of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* yes ? a : b, without a branch, which would keep a loop from being done side by side. */
static inline double power_choose(int yes, double a, double b) {
    uint64_t mask = 0 - (uint64_t)yes;
    return power_of_bits((power_bits(a) & mask) | (power_bits(b) & ~mask));
}

static const double power_ln2_high = 6.93147180369123816490e-01, /* 33 bits; the rest: */
    power_ln2_low = 1.90821492927058770002e-10;

/* ln x; NaN where x is not above 0 (for 0, too). */
static inline double power_log(double x) {
    /* x = 2^k (1 + f), with 1 + f between sqrt(1/2) and sqrt(2); a subnormal is made larger. */
    const uint64_t one = UINT64_C(0x3ff) << 52, root = UINT64_C(0x3fe6a09e) << 32;
    const int tiny = x < DBL_MIN;
    const double small = power_choose(tiny, 54.0, 0.0);
    const uint64_t bits = power_bits(x * power_choose(tiny, 0x1p54, 1.0)) + (one - root);
    const double k =
        power_of_bits((bits >> 52) | UINT64_C(0x433) << 52) - (0x1p52 + 1023.0) - small;
    const double f = power_of_bits((bits & ((UINT64_C(1) << 52) - 1)) + root) - 1.0;
    /* ln(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R(s^2)), with s = f / (2 + f). */
    const double half = 0.5 * f * f, s = f / (2.0 + f), z = s * s, w = z * z;
    const double even = w * (3.999999999940941908e-01 +
                             w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double odd = z * (6.666666666666735130e-01 +
                            w * (2.857142874366239149e-01 +
                                 w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const double log =
        s * (half + (odd + even)) + k * power_ln2_low - half + f + k * power_ln2_high;
    return power_choose(x > 0.0, power_choose(x <= DBL_MAX, log, x), (double)NAN);
}

/* ln(1 + x); NaN where x is not above -1. */
static inline double power_log1p(double x) {
    /* What 1 + x is rounded by is small, and made good by the slope of the logarithm there. */
    const double y = 1.0 + x, lost = (x - (y - 1.0)) / y;
    return power_log(y) + power_choose(y <= DBL_MAX, lost, 0.0);
}

/* 2^k for power_exp: in two steps, neither of which is beyond the numbers. */
struct power_scale {
    double half, rest;
};

/* x = k ln 2 + r, with r between -ln 2 / 2 and ln 2 / 2; beyond 800 there is only 0 and inf.
 * Returns exp(r) - 1. */
static inline double power_reduce(double x, struct power_scale *scale) {
    const double within = power_choose(x > 800.0, 800.0, power_choose(x < -800.0, -800.0, x));
    const double shifted = within * 1.44269504088896338700e+00 + 0x1.8p52, k = shifted - 0x1.8p52;
    const double high = within - k * power_ln2_high, low = k * power_ln2_low, r = high - low;
    const double t = r * r;
    const double c =
        r - t * (1.66666666666666019037e-01 +
                 t * (-2.77777777770155933842e-03 +
                      t * (6.61375632143793436117e-05 +
                           t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    const uint64_t whole = power_bits(shifted) - (UINT64_C(0x4338) << 48);
    const uint64_t half = ((whole + 2048) >> 1) - 1024, rest = whole - half;
    scale->half = power_of_bits((half + 1023) << 52);
    scale->rest = power_of_bits((rest + 1023) << 52);
    return high - (low - r * c / (2.0 - c));
}

static inline double power_exp(double x) {
    struct power_scale scale;
    const double y = 1.0 + power_reduce(x, &scale);
    return y * scale.half * scale.rest;
}

/* exp(x) - 1 */
static inline double power_expm1(double x) {
    /* 2^k exp(r) - 1 = 2^k (exp(r) - 1) + (2^k - 1); beyond 40 the 1 is lost in any case. */
    struct power_scale scale;
    const double less = power_reduce(x, &scale);
    const double near = less * scale.half * scale.rest + (scale.half * scale.rest - 1.0);
    return power_choose(x > 40.0, (1.0 + less) * scale.half * scale.rest, near);
}

/* The same of n numbers. `out` may be `x`, and shares no other memory with it. */
void powers_log(const double *x, double *out, size_t n);
void powers_exp(const double *x, double *out, size_t n);

#endif
