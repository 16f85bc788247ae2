/* What every fuzz target has. libFuzzer calls LLVMFuzzerTestOneInput; tests/fuzz/driver.c does so
 * in `make test`. A target ends by a signal where a promise of a header is broken. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "core/fault.h"
#include "core/geography.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static inline void fuzz_check(bool holds) {
    if (!holds)
        abort();
}

/* What was not taken was refused for a reason. */
static inline void fuzz_refused(const struct fault *fault) {
    fuzz_check(fault->kind == FAULT_INPUT && *fault->text &&
               strnlen(fault->text, sizeof fault->text) < sizeof fault->text);
}

/* --- several files in one input: a line "=== NAME" begins each -------------------------------- */

enum { FUZZ_FILES_MAX = 12, FUZZ_NAME_ROOM = 200 };

struct fuzz_files {
    struct table_file list[FUZZ_FILES_MAX];
    char names[FUZZ_FILES_MAX][FUZZ_NAME_ROOM];
    size_t n;
};

static inline void fuzz_split(struct fuzz_files *files, const uint8_t *bytes, size_t length) {
    static const char mark[] = "=== ";
    enum { MARK = sizeof mark - 1 };
    const char *at = (const char *)bytes, *end = at + length;
    files->n = 0;
    while (files->n < FUZZ_FILES_MAX && end - at > MARK && memcmp(at, mark, MARK) == 0) {
        at += MARK;
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line || line - at >= FUZZ_NAME_ROOM || memchr(at, 0, (size_t)(line - at)))
            return;
        char *name = files->names[files->n];
        memcpy(name, at, (size_t)(line - at));
        name[line - at] = '\0';
        const char *inside = line + 1;
        const char *next = memmem(inside, (size_t)(end - inside), "\n=== ", MARK + 1);
        next = next ? next + 1 : end;
        files->list[files->n++] = (struct table_file){name, inside, (size_t)(next - inside)};
        at = next;
    }
}

/* The file of that name; without bytes where there is none. */
static inline struct table_file fuzz_file(const struct fuzz_files *files, const char *name) {
    for (size_t i = 0; i < files->n; i++) {
        if (strcmp(files->names[i], name) == 0)
            return files->list[i];
    }
    return (struct table_file){name, NULL, 0};
}

#endif
