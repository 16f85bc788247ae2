/* Every test program is one suite: it runs its cases and ends with check's closing line. */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

static inline int suite_main(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The next of a fixed series, the same in every run: G. Marsaglia, "Xorshift RNGs", Journal of
 * Statistical Software 8 (2003). Any state but 0 begins one. */
static inline uint64_t suite_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
