/* The ingestion role: it reads what is handed in, and hands in what is dropped into the inbox. */
#ifndef INGESTION_INGESTION_H
#define INGESTION_INGESTION_H

#include "services/bus/config.h"

/* Works until SIGINT or SIGTERM. Returns an exit status. */
int ingestion_run(const struct places *places, const struct config *config, int signals);

#endif
