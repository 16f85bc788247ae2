#include "core/problems.h"

#include <stdarg.h>
#include <stdio.h>

bool problems_add(struct problems *problems, const char *file, uint64_t line, uint64_t column,
                  const char *format, ...) {
    if (problems->total++ >= PROBLEMS_KEPT)
        return false;
    struct problem *problem = &problems->kept[problems->total - 1];
    (void)snprintf(problem->file, sizeof problem->file, "%s", file);
    problem->line = line;
    problem->column = column;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(problem->reason, sizeof problem->reason, format, args);
    va_end(args);
    return false;
}
