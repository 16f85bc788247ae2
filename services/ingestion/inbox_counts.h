/* What lies in the inbox and in the folder of rejected files. */
#ifndef INGESTION_INBOX_COUNTS_H
#define INGESTION_INBOX_COUNTS_H

#include "services/bus/endpoint.h"

#include <stdint.h>

enum { INBOX_DEPTH = 2 /* the inbox, and a folder for each dataset */ };

struct inbox_counts {
    uint32_t waiting, rejected; /* files */
    uint64_t oldest_ms;         /* when the oldest that waits was written; 0: none waits */
};

/* A folder that cannot be read has none. No more than some thousands are counted. */
void inbox_count(const struct places *places, struct inbox_counts *counts);

/* Whether a file of this name is none that is handed in: it is being written, or describes others.
 * What describes others stays where it is: the next edition may need it, too. */
bool inbox_leaves_alone(const char *name);

#endif
