/* The small pack of the core tests, read once for a fuzz target. */
#ifndef TESTS_FUZZ_SMALL_H
#define TESTS_FUZZ_SMALL_H

#include "tests/core/small_pack.h"
#include "tests/fuzz/fuzz.h"

static inline const struct pack *fuzz_pack(void) {
    static struct pack *pack;
    struct fault fault = {0};
    if (!pack)
        pack = small_pack_of(SMALL_DEFINITION, SMALL_AREAS, &fault);
    fuzz_check(pack != NULL);
    return pack;
}

/* The problems of a file that was refused: at least one, and each with a reason. */
static inline void fuzz_problems(const struct problems *problems) {
    fuzz_check(problems->total > 0 && problems->n_kinds > 0);
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT, counted = 0;
    for (size_t i = 0; i < kept; i++)
        fuzz_check(*problems->kept[i].reason != '\0');
    for (size_t i = 0; i < problems->n_kinds; i++)
        counted += problems->kinds[i].count;
    fuzz_check(counted == problems->total);
}

#endif
