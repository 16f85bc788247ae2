/* A refusal in words, the same on the terminal and beside the file. */
#ifndef BUS_REFUSAL_H
#define BUS_REFUSAL_H

#include "core/problems.h"
#include "services/bus/messages.h"

#include <stdio.h>

/* A line a problem, "file [sheet]:line:column: reason"; where that is not all of them, how many
 * more there are and how many of each kind; of warnings, how many of each kind, and how the file
 * (`path`, or NULL) is handed in all the same. */
void refusal_write(FILE *out, const Refusal *refusal, const char *path);

/* "2 jump, 1 missing-area" */
void warning_counts_write(FILE *out, WarningCount *const *counts, size_t n);

/* The same for problems that were found before anything was sent. */
void problems_write(FILE *out, const struct problems *problems);

#endif
