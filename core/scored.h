/* An index that stays scored: other releases cost what they change, and nothing where they change
 * nothing. */
#ifndef CORE_SCORED_H
#define CORE_SCORED_H

#include "core/edition.h"

struct scored;

/* The pack stays the caller's and must outlive it. Nothing is scored yet. */
struct scored *scored_new(const struct pack *pack, struct fault *fault);
void scored_destroy(struct scored **scored);
const struct pack *scored_pack(const struct scored *scored);

/* The edition of these releases (`releases[dataset]`, NULL: none yet), byte for byte that of
 * edition_score. keys[dataset] is a text that says which content the release has, such as its hash
 * (NULL where there is no release): figures of a dataset whose key is that of the call before are
 * not taken again, metrics whose figures are the same are not scored again, and so on up the tree.
 * The edition is the caller's; it shares what is the same with the one before. NULL: a fault, after
 * which all begins from scratch. */
struct edition *scored_edition(struct scored *scored, const struct release *const *releases,
                               const char *const *keys, struct fault *fault);

#endif
