/* The text format of Prometheus (version 0.0.4), line by line. */
#ifndef PUBLISHING_METRICS_PAGE_H
#define PUBLISHING_METRICS_PAGE_H

#include "services/bus/messages.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct metrics_page {
    FILE *text;
    bool failed; /* glibc's streams in memory forget it when memory ran out for a part */
};

void metrics_say(struct metrics_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The two lines before a family's samples. */
void metrics_family(struct metrics_page *page, const char *name, const char *type,
                    const char *help);
/* A family of one sample without labels. */
void metrics_one(struct metrics_page *page, const char *name, const char *type, const char *help,
                 uint64_t value);
/* The same for a gauge in seconds, of milliseconds. */
void metrics_seconds(struct metrics_page *page, const char *name, const char *help, uint64_t ms);
/* One sample, with labels. */
void metrics_labelled(struct metrics_page *page, const char *name, uint64_t value,
                      const char *const *labels);
void metrics_labelled_seconds(struct metrics_page *page, const char *name, uint64_t ms,
                              const char *const *labels);
/* ... as name, value, name, value. */
#define METRICS_LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* All that the hub said of itself and of its service (metrics_hub.c). */
void metrics_of_hub(struct metrics_page *page, const StatusReport *status);

#endif
