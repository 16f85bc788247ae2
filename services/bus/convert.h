/* Between core's objects and the messages that carry and store them.
 *
 * `*_message` builds a message in an arena: it lives as long as the arena and what it was made
 * from. `*_of_message` checks everything that it reads (lengths, indexes, counts) and copies it. */
#ifndef BUS_CONVERT_H
#define BUS_CONVERT_H

#include "core/arena.h"
#include "core/changes.h"
#include "core/difference.h"
#include "core/edition.h"
#include "core/spend.h"
#include "core/warnings.h"
#include "services/bus/messages.h"

struct pack *pack_of_message(const Pack *message, struct fault *fault);

Observations *observations_message(struct arena *arena, const char *dataset,
                                   const struct release *release);
struct release *release_of_message(const Observations *message, struct fault *fault);

Difference *difference_message(struct arena *arena, const char *dataset, bool shared,
                               const struct difference *difference);
/* Whether its kinds, statuses and numbers are possible. */
bool difference_fits(const Difference *message);

/* `inputs` has n_inputs entries; NULL out of memory. */
EditionScores *edition_message(struct arena *arena, const struct pack *pack, const char *pack_hash,
                               const struct edition *edition, Input **inputs, size_t n_inputs);
struct edition *edition_of_message(const EditionScores *message, const struct pack *pack,
                                   struct fault *fault);

Comparison *comparison_message(struct arena *arena, const struct pack *pack,
                               const struct comparison *comparison);
struct comparison *comparison_of_message(const Comparison *message, const struct pack *pack,
                                         struct fault *fault);

/* Whether an insight's places, and what it tells, are possible. What is told of one change has so
 * many fields at most. */
enum { TOLD_FIELDS_MAX = 20 };
bool insight_fits(const Insight *message, const struct pack *pack);

/* `accepts`: of the dataset. NULL: memory ran out. */
Warnings *warnings_message(struct arena *arena, const struct warnings *warnings, unsigned accepts);

Refusal *refusal_message(struct arena *arena, const struct problems *problems);

#endif
