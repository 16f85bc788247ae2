/* What `mindex dataset` shows of one reading of a file. */
#ifndef CLI_DATASET_H
#define CLI_DATASET_H

#include "core/extract.h"
#include "core/pack.h"

#include <stdio.h>

struct trial {
    const char *file;
    const char *dataset; /* its id; NULL: none, the description was given */
    const char *level;
    const struct description *description;
    bool tidy; /* read without one (core/release.h) */
    enum extract_result result;
    struct extract_report report;
    struct release *release; /* only where it was read */
    struct problems problems;
};

/* In words. */
void trial_print(FILE *out, const struct trial *trial, const struct geography *geography);

/* All of them as JSON, an array. False: out of memory, or `out` has an error. */
bool trials_print_json(FILE *out, const struct trial *trials, size_t n,
                       const struct geography *geography);

#endif
