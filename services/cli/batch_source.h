/* What a study is made from: an edition of the service, or files, and the blobs that it names. */
#ifndef CLI_BATCH_SOURCE_H
#define CLI_BATCH_SOURCE_H

#include "services/bus/hash.h"
#include "services/cli/origin.h"

struct blob;

struct batch_source {
    const struct pack *pack;
    char pack_hash[HASH_TEXT];
    Input **inputs; /* of the edition or the files, by dataset */
    size_t n_inputs;
    uint64_t edition;       /* 0: it is offline */
    struct session session; /* where it is not */
    struct arena *arena;    /* for what is made of it */
    /* what holds them */
    struct origin origin;
    struct blob *blobs; /* the last that was kept */
};

/* By the command line: --definition FILE with one table of figures, --pack FOLDER with any
 * releases, or the service's edition. Says what is wrong on standard error and returns an exit
 * status. Close it whatever it returns. */
int batch_source_open(struct batch_source *source, const struct command_line *line);
void batch_source_close(struct batch_source *source);

/* The releases that an edition was scored from, likewise. */
int batch_source_inputs(struct batch_source *source, uint64_t edition, Input ***inputs, size_t *n);

/* Brings what the study names from the service, so that batch_source_fetch has it. An exit status.
 */
int batch_source_bring(struct batch_source *source, const Study *study);

/* For library_new, with the source as its context. Any number of threads may call it. */
bool batch_source_fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                        struct fault *fault);

#endif
