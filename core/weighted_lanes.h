/* The loops of core/weighted.c for vectors of LANES numbers, which is included for each kind of
 * processor: a type that is wider than the processor's vectors would be kept in memory. 8 sums and
 * what goes into them stay in registers, of which there are 16 or more. */

/* In memory, as it lies. */
typedef double NAME(lanes) __attribute__((vector_size(8 * LANES)));
typedef double NAME(memory) __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

#define LOAD(from)   ((NAME(lanes)) * (const NAME(memory) *)(from))
#define STORE(to, a) (*(NAME(memory) *)(to) = (a))

#define FOUR_ITEMS(name, operation)                                                                \
    TARGET static void NAME(name)(const double *const *x, const double *weights, size_t count,     \
                                  size_t rows, double *const *sums) {                              \
        for (size_t r = 0; r < rows; r += (size_t)2 * LANES) {                                     \
            NAME(lanes) a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};                                    \
            NAME(lanes) b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};                                    \
            for (size_t c = 0; c < count; c++) {                                                   \
                const double *w = weights + c * WEIGHTED_ITEMS;                                    \
                const NAME(lanes) a = LOAD(x[c] + r), b = LOAD(x[c] + r + LANES);                  \
                a0 += w[0] operation a;                                                            \
                b0 += w[0] operation b;                                                            \
                a1 += w[1] operation a;                                                            \
                b1 += w[1] operation b;                                                            \
                a2 += w[2] operation a;                                                            \
                b2 += w[2] operation b;                                                            \
                a3 += w[3] operation a;                                                            \
                b3 += w[3] operation b;                                                            \
            }                                                                                      \
            STORE(sums[0] + r, a0);                                                                \
            STORE(sums[0] + r + LANES, b0);                                                        \
            STORE(sums[1] + r, a1);                                                                \
            STORE(sums[1] + r + LANES, b1);                                                        \
            STORE(sums[2] + r, a2);                                                                \
            STORE(sums[2] + r + LANES, b2);                                                        \
            STORE(sums[3] + r, a3);                                                                \
            STORE(sums[3] + r + LANES, b3);                                                        \
        }                                                                                          \
    }

#define ONE_ITEM(name, operation)                                                                  \
    TARGET static void NAME(name)(const double *const *x, const double *weights, size_t count,     \
                                  size_t rows, double *sum) {                                      \
        for (size_t r = 0; r < rows; r += (size_t)4 * LANES) {                                     \
            NAME(lanes) a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};                                    \
            for (size_t c = 0; c < count; c++) {                                                   \
                const double w = weights[c], *from = x[c] + r;                                     \
                a0 += w operation LOAD(from);                                                      \
                a1 += w operation LOAD(from + LANES);                                              \
                a2 += w operation LOAD(from + (size_t)2 * LANES);                                  \
                a3 += w operation LOAD(from + (size_t)3 * LANES);                                  \
            }                                                                                      \
            STORE(sum + r, a0);                                                                    \
            STORE(sum + r + LANES, a1);                                                            \
            STORE(sum + r + (size_t)2 * LANES, a2);                                                \
            STORE(sum + r + (size_t)3 * LANES, a3);                                                \
        }                                                                                          \
    }

FOUR_ITEMS(sums, *)
FOUR_ITEMS(quotients, /)
ONE_ITEM(sum, *)
ONE_ITEM(quotient, /)

static const struct loops NAME(loops) = {NAME(sums), NAME(quotients), NAME(sum), NAME(quotient)};

#undef LOAD
#undef STORE
#undef FOUR_ITEMS
#undef ONE_ITEM
#undef NAME
#undef LANES
#undef TARGET
