#include "core/powers.h"

#include "core/clones.h"

/* So many at once are computed side by side; a loop of a number that is known is unrolled into
 * vectors without -O3. */
enum { AT_ONCE = 16 };

CLONES static void logs(const double *x, double *out) {
    double all[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++)
        all[i] = power_log(x[i]);
    memcpy(out, all, sizeof all);
}

CLONES static void exps(const double *x, double *out) {
    double all[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++)
        all[i] = power_exp(x[i]);
    memcpy(out, all, sizeof all);
}

void powers_log(const double *x, double *out, size_t n) {
    size_t i = 0;
    for (; i + AT_ONCE <= n; i += AT_ONCE)
        logs(x + i, out + i);
    for (; i < n; i++)
        out[i] = power_log(x[i]);
}

void powers_exp(const double *x, double *out, size_t n) {
    size_t i = 0;
    for (; i + AT_ONCE <= n; i += AT_ONCE)
        exps(x + i, out + i);
    for (; i < n; i++)
        out[i] = power_exp(x[i]);
}
