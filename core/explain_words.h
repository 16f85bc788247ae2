/* An explanation in words that anybody understands. */
#ifndef CORE_EXPLAIN_WORDS_H
#define CORE_EXPLAIN_WORDS_H

#include "core/explain.h"

/* One place in an explanation, with both editions about it. */
struct explain_case {
    const struct explanation *explanation;
    const struct pack *older, *newer;
    const struct edition *before, *after;
    size_t at;   /* among the areas that were asked for */
    size_t area; /* in the newer pack */
};

/* The causes of a place's change at a node, the largest amount first (ties in the explanation's
 * order); those of 0 are left out. `out` has room for all; returns how many. */
size_t explain_largest(const struct explain_case *c, size_t node, size_t *out);

/* The place's figure of a cause's metric before and after; false where the cause is not of one
 * metric, or either is missing. */
bool explain_figures(const struct explain_case *c, const struct explain_cause *cause,
                     double *before, double *after, const char **unit);

enum { EXPLAIN_WORDS = 1200 };

/* "The score of Burnley for Economic growth rose by 0.48 to 35.66 (more need), from rank 194 to 189
 * of 307: +0.91 from ..." into `text`. */
void explain_sentence(const struct explain_case *c, size_t node, char text[EXPLAIN_WORDS]);

#endif
