/* The inbox: a file that is dropped in is handed in, and then moved to `accepted`, or to `rejected`
 * with the reasons beside it. A folder in the inbox names the dataset of the files in it.
 *
 * A file is taken when who writes it closes it, or moves it in. Names that begin with a dot, and
 * those that end in .part or .tmp, are left alone, so that a program can write under such a name
 * and rename when it is done. Files that end in .json describe others (core/table_schema.h): put
 * there before the file, they are handed in with it, and stay for the next. */
#ifndef INGESTION_INBOX_H
#define INGESTION_INBOX_H

#include "services/bus/config.h"
#include "services/bus/worker.h"

#include <czmq.h>

struct inbox;

/* Makes the folders and watches the first. NULL: the fault says why not. `places` and `config`
 * must outlive it. */
struct inbox *inbox_new(const struct places *places, const struct config *config,
                        struct fault *fault);
void inbox_destroy(struct inbox **inbox);

/* What lies there: a beat_teller (services/bus/beat.h) whose `around` is the inbox. Of several
 * processes the one that watches the inbox tells. */
bool inbox_tell(void *inbox, struct arena *arena, Heartbeat *out);

/* Runs the inbox as a CZMQ actor; `args` is the struct inbox, which stays the caller's. */
void inbox_main(zsock_t *pipe, void *args);

#endif
