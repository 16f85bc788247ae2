/* Random numbers that are a function of where they stand: number (stream, draw, dimension) of a
 * seed is the same whoever computes it, and in whichever order.
 *
 * Philox4x32-10 of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, Parallel random numbers:
 * as easy as 1, 2, 3 (2011). */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stdint.h>

/* One block: 128 bits from a counter and a key. */
void random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Uniform over [0, 1), 53 bits. */
double random_uniform(uint64_t seed, uint32_t stream, uint64_t draw, uint32_t dimension);

/* The same of dimensions first ... first + RANDOM_AT_ONCE - 1, computed side by side. */
enum { RANDOM_AT_ONCE = 8 };
void random_uniforms(uint64_t seed, uint32_t stream, uint64_t draw, uint32_t first,
                     double out[RANDOM_AT_ONCE]);

#endif
