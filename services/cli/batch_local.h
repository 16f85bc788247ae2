/* A study computed here, on as many threads as wanted. */
#ifndef CLI_BATCH_LOCAL_H
#define CLI_BATCH_LOCAL_H

#include "services/cli/batch_source.h"

/* Threads when the command line does not say: one for each processor. */
enum { BATCH_THREADS_MAX = 256 };

/* Says on standard error how far it is (`quiet`: not at all). Ctrl-C ends it. *result lies in the
 * arena, in bytes as it would be stored, of *length. An exit status. */
int batch_local(struct batch_source *source, const Study *study, uint64_t threads, bool quiet,
                struct arena *arena, uint8_t **result, size_t *length);

#endif
