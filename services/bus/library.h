/* What a process has read of the content-addressed store: packs, releases, editions, comparisons,
 * decoded once and kept while they are in use. */
#ifndef BUS_LIBRARY_H
#define BUS_LIBRARY_H

#include "core/arena.h"
#include "core/edition.h"
#include "core/fault.h"
#include "core/scored.h"
#include "core/spend.h"
#include "services/bus/messages.h"

#include <stdint.h>

struct library;

/* Fetches the bytes of a blob: *bytes (freed by the library with free) and *length. */
typedef bool library_fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                           struct fault *fault);

struct library *library_new(library_fetch *fetch, void *context);
void library_destroy(struct library **library);

/* Starts a new turn. What a turn has been given stays valid until the next one starts; between
 * turns all but the LIBRARY_KEPT most recently used of each kind are forgotten. */
enum { LIBRARY_KEPT = 256 };
void library_turn(struct library *library);

/* Each belongs to the library. NULL: it cannot be fetched, or is not what it should be. */
const struct pack *library_pack(struct library *library, const char *hash, struct fault *fault);
const struct release *library_release(struct library *library, const char *hash,
                                      struct fault *fault);
const struct edition *library_edition(struct library *library, const char *pack, const char *hash,
                                      struct fault *fault);
/* The observations that an edition was scored from, by dataset; n of them. */
struct edition_inputs {
    size_t n;
    char **datasets, **observations; /* ids, hashes */
    struct arena *arena;
};
/* Those inputs as releases by dataset of `pack` (NULL: none; what it does not use is left out); the
 * array lies in the arena. NULL: a fault. */
const struct release **library_releases(struct library *library, struct arena *arena,
                                        const struct pack *pack, char *const *datasets,
                                        char *const *observations, size_t n, struct fault *fault);
/* The same inputs as a message has them. */
const struct release **library_releases_of(struct library *library, struct arena *arena,
                                           const struct pack *pack, Input *const *inputs, size_t n,
                                           struct fault *fault);
const struct edition_inputs *library_inputs(struct library *library, const char *scores,
                                            struct fault *fault);
const struct comparison *library_comparison(struct library *library, const char *pack,
                                            const char *hash, struct fault *fault);

/* A study (services/bus/study.h) with what this process does on it: figures and memory for scoring
 * that are made once, and serve one task after the other. The last two are kept. */
struct opened_study {
    struct study *study;
    struct study_run *run;
};
const struct opened_study *library_study(struct library *library, const char *hash,
                                         struct fault *fault);
/* A StudyPiece, for this turn alone. */
StudyPiece *library_piece(struct library *library, const char *hash, struct fault *fault);

/* An index by a pack, to be scored again and again: it keeps what was scored last (core/scored.h).
 * The last two are kept. */
struct scored *library_scored(struct library *library, const char *pack, struct fault *fault);

/* A pack stays while somebody keeps it, whatever turn it is. */
void library_keep(struct library *library, const struct pack *pack);
void library_let_go(struct library *library, const struct pack *pack);

/* The bytes of a blob, which the caller frees and the library does not keep. */
bool library_bytes(struct library *library, const char *hash, uint8_t **bytes, size_t *length,
                   struct fault *fault);

/* An edition that was just made and stored under this hash, and its inputs, are there without being
 * fetched and read again. Takes the edition over. */
void library_keep_edition(struct library *library, const char *pack, const char *hash,
                          struct edition **edition, const EditionScores *scores);

#endif
