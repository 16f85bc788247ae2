#include "services/bus/sha256.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>
#include <string.h>

enum { BLOCK = 64, LENGTH_BYTES = 8 };

/* FIPS 180-4, 4.2.2 and 5.3.3. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t first_state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* The state as the instructions want it: a, b, e, f and c, d, g, h, each from the top down. */
struct state {
    __m128i abef, cdgh;
};

__attribute__((target("sha,sse4.1"))) static struct state begin(void) {
    const __m128i *first = (const __m128i *)first_state;
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(first), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(first + 1), 0x1b);
    return (struct state){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

__attribute__((target("sha,sse4.1"))) static void take_blocks(struct state *state,
                                                              const uint8_t *at, size_t blocks) {
    const __m128i turned = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i *constants = (const __m128i *)round_constants;
    __m128i abef = state->abef, cdgh = state->cdgh, w[4];
    for (; blocks > 0; blocks--, at += BLOCK) {
        __m128i abef_before = abef, cdgh_before = cdgh;
        for (unsigned i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(at + 16 * i)), turned);
#pragma GCC unroll 16
        for (unsigned i = 0; i < 16; i++) { /* four rounds, and the words of four to come */
            __m128i *now = &w[i % 4], last = w[(i + 3) % 4];
            __m128i sum = _mm_add_epi32(*now, _mm_loadu_si128(constants + i));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
            __m128i part = _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[(i + 1) % 4]),
                                         _mm_alignr_epi8(last, w[(i + 2) % 4], 4));
            *now = _mm_sha256msg2_epu32(part, last);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    *state = (struct state){abef, cdgh};
}

__attribute__((target("sha,sse4.1"))) static void end(const struct state *state,
                                                      uint8_t digest[32]) {
    const __m128i turned = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i feba = _mm_shuffle_epi32(state->abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(state->cdgh, 0xb1);
    __m128i abcd = _mm_blend_epi16(feba, dchg, 0xf0), efgh = _mm_alignr_epi8(dchg, feba, 8);
    _mm_storeu_si128((void *)digest, _mm_shuffle_epi8(abcd, turned));
    _mm_storeu_si128((void *)(digest + 16), _mm_shuffle_epi8(efgh, turned));
}

/* What is left of the bytes, a bit that is set, and how many bits there were. */
static size_t pad(const uint8_t *rest, size_t left, size_t length, uint8_t out[2 * BLOCK]) {
    size_t padded = left + 1 + LENGTH_BYTES <= BLOCK ? BLOCK : 2 * BLOCK;
    memset(out, 0, padded);
    if (left)
        memcpy(out, rest, left);
    out[left] = 0x80;
    uint64_t bits = (uint64_t)length * 8;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        out[padded - 1 - i] = (uint8_t)(bits >> (8 * i));
    return padded / BLOCK;
}

/* Asked once: under a hypervisor the question itself takes as long as a kilobyte. */
static bool has_instructions(void) {
    static atomic_int known; /* 0: not yet; 1: it has not; 2: it has */
    if (!known) {
        unsigned a, b, c, d;
        bool sse = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) && (c & bit_SSSE3);
        bool sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
        known = 1 + (sse && sha);
    }
    return known == 2;
}

bool sha256_by_processor(const void *bytes, size_t length, uint8_t digest[32]) {
    if (!has_instructions())
        return false;
    uint8_t last[2 * BLOCK];
    size_t blocks = length / BLOCK, left = length % BLOCK;
    const uint8_t *at = bytes, *rest = blocks ? at + blocks * BLOCK : at;
    struct state state = begin();
    take_blocks(&state, at, blocks);
    take_blocks(&state, last, pad(rest, left, length, last));
    end(&state, digest);
    return true;
}

#else

bool sha256_by_processor(const void *bytes, size_t length, uint8_t digest[32]) {
    (void)bytes, (void)length, (void)digest;
    return false;
}

#endif
