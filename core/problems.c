#include "core/problems.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef problems_add_at
#undef problems_add

static void count_kind(struct problems *problems, const char *kind, size_t count) {
    size_t k = 0;
    while (k < problems->n_kinds && strcmp(problems->kinds[k].name, kind) != 0)
        k++;
    if (k == PROBLEM_KINDS_MAX) {
        k--;
        (void)snprintf(problems->kinds[k].name, sizeof problems->kinds[k].name, "other");
    } else if (k == problems->n_kinds) {
        (void)snprintf(problems->kinds[k].name, sizeof problems->kinds[k].name, "%s", kind);
        problems->n_kinds++;
    }
    problems->kinds[k].count += count;
}

__attribute__((format(printf, 4, 0))) static void add(struct problems *problems,
                                                      struct problem_place place, const char *kind,
                                                      const char *format, va_list args) {
    count_kind(problems, kind, 1);
    if (problems->total++ >= PROBLEMS_KEPT)
        return;
    struct problem *problem = &problems->kept[problems->total - 1];
    (void)snprintf(problem->file, sizeof problem->file, "%s", place.file);
    (void)snprintf(problem->sheet, sizeof problem->sheet, "%s", place.sheet ? place.sheet : "");
    problem->line = place.line;
    problem->column = place.column;
    (void)vsnprintf(problem->reason, sizeof problem->reason, format, args);
    /* It quotes a file that anybody may have written, and is read on a terminal. */
    utf8_make_plain(problem->file);
    utf8_make_plain(problem->sheet);
    utf8_make_plain(problem->reason);
}

bool problems_add_at(struct problems *problems, struct problem_place place, const char *kind,
                     const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(problems, place, kind, format, args);
    va_end(args);
    return false;
}

bool problems_add(struct problems *problems, const char *file, uint64_t line, uint64_t column,
                  const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(problems, (struct problem_place){file, NULL, line, column}, "other", format, args);
    va_end(args);
    return false;
}

bool problems_add_memory(struct problems *problems, const char *file) {
    problems->no_memory = true;
    return problems_add_at(problems, (struct problem_place){.file = file}, "out of memory",
                           "out of memory; nothing is wrong with the file");
}

void problems_take(struct problems *problems, const struct problems *from) {
    size_t kept = from->total < PROBLEMS_KEPT ? from->total : PROBLEMS_KEPT;
    for (size_t i = 0; i < kept && problems->total + i < PROBLEMS_KEPT; i++)
        problems->kept[problems->total + i] = from->kept[i];
    problems->total += from->total;
    problems->no_memory |= from->no_memory;
    for (size_t k = 0; k < from->n_kinds; k++)
        count_kind(problems, from->kinds[k].name, from->kinds[k].count);
}
