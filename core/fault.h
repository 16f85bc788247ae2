/* An error as a value: what kind, and a sentence that names what was found and where.
 *
 * Convention of this code base: a function that can fail takes a `struct fault *` as its last
 * argument, and returns false or NULL when it failed and has filled it in. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <stdbool.h>

enum fault_kind {
    FAULT_NONE = 0,
    FAULT_INPUT,  /* something that came from outside is wrong; the caller can mend it */
    FAULT_SYSTEM, /* the operating system or a library said no */
    FAULT_MEMORY,
};

struct fault {
    enum fault_kind kind;
    bool gone; /* of FAULT_INPUT: what is asked for was there, and was given up for good */
    char text[1000];
};

/* Fills `fault` and returns false, so that `return fault_set(...)` ends a failing function. */
bool fault_set(struct fault *fault, enum fault_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for memory that ran out. */
bool fault_memory(struct fault *fault);

/* Puts "where: " before the text. Returns false. */
bool fault_within(struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A static analyser that looks at one file at a time would not know that they return false. */
#ifdef __clang_analyzer__
#define fault_set(...)      ((void)fault_set(__VA_ARGS__), false)
#define fault_memory(fault) ((void)fault_memory(fault), false)
#define fault_within(...)   ((void)fault_within(__VA_ARGS__), false)
#endif

#endif
