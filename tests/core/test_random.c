#include "tests/suite.h"

#include "core/random.h"

/* The known answers that come with the authors' own library (Random123, kat_vectors). */
START_TEST(blocks_are_those_of_philox) {
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        random_block(cases[i].counter, cases[i].key, out);
        ck_assert_mem_eq(out, cases[i].expected, sizeof out);
    }
}
END_TEST

START_TEST(numbers_are_uniform_and_each_has_its_place) {
    double sum = 0, squares = 0;
    enum { N = 100000 };
    for (uint64_t k = 0; k < N; k++) {
        double u = random_uniform(7, 1, k, 2);
        ck_assert(u >= 0 && u < 1);
        ck_assert(u == random_uniform(7, 1, k, 2));
        sum += u;
        squares += u * u;
    }
    /* Four standard errors about 1/2 and 1/3. */
    ck_assert_double_eq_tol(sum / N, 0.5, 4 * 0.2887 / 316.2);
    ck_assert_double_eq_tol(squares / N, 1 / 3.0, 4 * 0.2981 / 316.2);
    ck_assert(random_uniform(7, 1, 0, 2) != random_uniform(8, 1, 0, 2));
    ck_assert(random_uniform(7, 1, 0, 2) != random_uniform(7, 2, 0, 2));
    ck_assert(random_uniform(7, 1, 0, 2) != random_uniform(7, 1, 0, 3));
    ck_assert(random_uniform(7, 1, 0, 2) != random_uniform(7, 1, (uint64_t)1 << 32, 2));
}
END_TEST

START_TEST(several_at_once_are_those_one_by_one) {
    for (uint64_t k = 0; k < 2000; k++) {
        uint64_t seed = k * UINT64_C(0x9E3779B97F4A7C15), draw = k % 7 ? k : ~k;
        uint32_t stream = (uint32_t)(k % 5) << 16 | (uint32_t)(k % 3);
        uint32_t first = k % 11 ? (uint32_t)k : UINT32_MAX - 3;
        double many[RANDOM_AT_ONCE];
        random_uniforms(seed, stream, draw, first, many);
        for (uint32_t i = 0; i < RANDOM_AT_ONCE; i++)
            ck_assert(many[i] == random_uniform(seed, stream, draw, first + i));
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("random");
    TCase *t = tcase_create("random");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, blocks_are_those_of_philox);
    tcase_add_test(t, several_at_once_are_those_one_by_one);
    tcase_add_test(t, numbers_are_uniform_and_each_has_its_place);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
