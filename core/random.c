#include "core/random.h"

#include "core/clones.h"

enum { ROUNDS = 10 };

void random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]}, k[2] = {key[0], key[1]};
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t)c[0] * 0xD2511F53u, b = (uint64_t)c[2] * 0xCD9E8D57u;
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b,
                            (uint32_t)(a >> 32) ^ c[3] ^ k[1], (uint32_t)a};
        for (int i = 0; i < 4; i++)
            c[i] = next[i];
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; i++)
        out[i] = c[i];
}

double random_uniform(uint64_t seed, uint32_t stream, uint64_t draw, uint32_t dimension) {
    const uint32_t counter[4] = {(uint32_t)draw, (uint32_t)(draw >> 32), stream, dimension};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];
    random_block(counter, key, out);
    uint64_t bits = ((uint64_t)out[0] << 32 | out[1]) >> 11;
    return (double)bits * 0x1.0p-53;
}

/* random_block with key (seed) of counters that differ in their last number. Numbers of 32 bits in
 * 64, whose product is all there. */
CLONES
void random_uniforms(uint64_t seed, uint32_t stream, uint64_t draw, uint32_t first,
                     double out[RANDOM_AT_ONCE]) {
    const uint64_t low = UINT32_MAX;
    uint64_t c0[RANDOM_AT_ONCE], c1[RANDOM_AT_ONCE], c2[RANDOM_AT_ONCE], c3[RANDOM_AT_ONCE];
    uint64_t k0 = seed & low, k1 = seed >> 32;
    for (uint64_t i = 0; i < RANDOM_AT_ONCE; i++) {
        c0[i] = draw & low;
        c1[i] = draw >> 32;
        c2[i] = stream;
        c3[i] = (first + i) & low;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < RANDOM_AT_ONCE; i++) {
            uint64_t a = c0[i] * 0xD2511F53u, b = c2[i] * 0xCD9E8D57u;
            c0[i] = (b >> 32) ^ c1[i] ^ k0;
            c1[i] = b & low;
            c2[i] = (a >> 32) ^ c3[i] ^ k1;
            c3[i] = a & low;
        }
        k0 = (k0 + 0x9E3779B9u) & low;
        k1 = (k1 + 0xBB67AE85u) & low;
    }
    for (int i = 0; i < RANDOM_AT_ONCE; i++) /* by halves of 32 and 21 bits, each exact */
        out[i] = (double)(uint32_t)c0[i] * 0x1.0p-32 + (double)(uint32_t)(c1[i] >> 11) * 0x1.0p-53;
}
