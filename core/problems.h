/* Everything that is wrong with a file: the first PROBLEMS_KEPT in full, how many there are, and
 * how many of each kind. */
#ifndef CORE_PROBLEMS_H
#define CORE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBLEMS_KEPT = 20, PROBLEM_KINDS_MAX = 32 };

struct problem {
    char file[256];
    char sheet[256]; /* "": the file has none, or as a whole; with the file's path in an archive */
    uint64_t line;   /* from 1; 0: the file as a whole */
    uint64_t column; /* from 1; 0: the line as a whole */
    char reason[500];
};

struct problem_kind {
    char name[64]; /* "unknown area code" */
    size_t count;
};

/* The counts of the kinds add up to the total. */
struct problems {
    size_t total;
    bool no_memory; /* one of them is that memory ran out */
    struct problem kept[PROBLEMS_KEPT];
    size_t n_kinds;
    struct problem_kind kinds[PROBLEM_KINDS_MAX];
};

struct problem_place {
    const char *file, *sheet; /* sheet NULL: none */
    uint64_t line, column;
};

/* Counts a problem and keeps it if there is room. `kind` is the same few words for all problems of
 * a kind; where there are too many kinds the last one takes the rest. Returns false. */
bool problems_add_at(struct problems *problems, struct problem_place place, const char *kind,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for what happens once in a file, or without a sheet: the kind is "other". */
bool problems_add(struct problems *problems, const char *file, uint64_t line, uint64_t column,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Memory ran out, which says nothing of the file. Returns false. */
bool problems_add_memory(struct problems *problems, const char *file);

/* Adds all that `from` has. */
void problems_take(struct problems *problems, const struct problems *from);

/* As in core/fault.h. */
#ifdef __clang_analyzer__
#define problems_add_at(...) ((void)problems_add_at(__VA_ARGS__), false)
#define problems_add(...)    ((void)problems_add(__VA_ARGS__), false)
#endif

#endif
