#include "core/weighted.h"

struct loops {
    void (*sums)(const double *const *, const double *, size_t, size_t, double *const *);
    void (*quotients)(const double *const *, const double *, size_t, size_t, double *const *);
    void (*sum)(const double *const *, const double *, size_t, size_t, double *);
    void (*quotient)(const double *const *, const double *, size_t, size_t, double *);
};

#define NAME(name) name##_2
#define LANES      2
#define TARGET
#include "core/weighted_lanes.h"

#ifdef __x86_64__
#define NAME(name) name##_4
#define LANES      4
#define TARGET     __attribute__((target("avx2")))
#include "core/weighted_lanes.h"

#define NAME(name) name##_8
#define LANES      8
#define TARGET     __attribute__((target("avx512f")))
#include "core/weighted_lanes.h"
#endif

/* The bits are the same by each. */
static const struct loops *loops(void) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return &loops_8;
    if (__builtin_cpu_supports("avx2"))
        return &loops_4;
#endif
    return &loops_2;
}

void weighted_sums(const double *const *x, const double *weights, size_t count, size_t rows,
                   size_t items, double *const *sums) {
    for (size_t j = 0; j < items; j += 4)
        loops()->sums(x, weights + j, count, rows, sums + j);
}

void weighted_quotients(const double *const *x, const double *weights, size_t count, size_t rows,
                        size_t items, double *const *sums) {
    for (size_t j = 0; j < items; j += 4)
        loops()->quotients(x, weights + j, count, rows, sums + j);
}

void weighted_sum(const double *const *x, const double *weights, size_t count, size_t rows,
                  double *sum) {
    loops()->sum(x, weights, count, rows, sum);
}

void weighted_quotient(const double *const *x, const double *weights, size_t count, size_t rows,
                       double *sum) {
    loops()->quotient(x, weights, count, rows, sum);
}
