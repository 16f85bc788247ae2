#include "services/bus/refusal.h"

static void write_one(FILE *out, const char *file, uint64_t line, uint64_t column,
                      const char *reason) {
    (void)fprintf(out, "%s", file);
    if (line)
        (void)fprintf(out, ":%llu", (unsigned long long)line);
    if (column)
        (void)fprintf(out, ":%llu", (unsigned long long)column);
    (void)fprintf(out, ": %s\n", reason);
}

static void write_rest(FILE *out, uint64_t total, uint64_t shown) {
    if (total > shown) {
        (void)fprintf(out, "... and %llu more\n", (unsigned long long)(total - shown));
    }
}

void refusal_write(FILE *out, const Refusal *refusal) {
    for (size_t i = 0; i < refusal->n_problems; i++) {
        const Problem *problem = refusal->problems[i];
        write_one(out, problem->file, problem->has_line ? problem->line : 0,
                  problem->has_column ? problem->column : 0, problem->reason);
    }
    write_rest(out, refusal->total, refusal->n_problems);
}

void problems_write(FILE *out, const struct problems *problems) {
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT;
    for (size_t i = 0; i < kept; i++) {
        const struct problem *problem = &problems->kept[i];
        write_one(out, problem->file, problem->line, problem->column, problem->reason);
    }
    write_rest(out, problems->total, kept);
}
