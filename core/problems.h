/* Everything that is wrong with a file: the first PROBLEMS_KEPT in full, and how many there are. */
#ifndef CORE_PROBLEMS_H
#define CORE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBLEMS_KEPT = 20 };

struct problem {
    char file[256];
    uint64_t line;   /* from 1; 0: the file as a whole */
    uint64_t column; /* from 1; 0: the line as a whole */
    char reason[500];
};

struct problems {
    size_t total;
    struct problem kept[PROBLEMS_KEPT];
};

/* Counts a problem and keeps it if there is room. Returns false. */
bool problems_add(struct problems *problems, const char *file, uint64_t line, uint64_t column,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
