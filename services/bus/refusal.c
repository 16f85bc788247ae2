#include "services/bus/refusal.h"

static void write_one(FILE *out, struct problem_place place, const char *reason) {
    (void)fprintf(out, "%s", place.file);
    if (place.sheet && *place.sheet)
        (void)fprintf(out, " [%s]", place.sheet);
    if (place.line)
        (void)fprintf(out, ":%llu", (unsigned long long)place.line);
    if (place.column)
        (void)fprintf(out, ":%llu", (unsigned long long)place.column);
    (void)fprintf(out, ": %s\n", reason);
}

static void write_kind(FILE *out, const char *name, uint64_t count, bool first) {
    (void)fprintf(out, "%s%llu %s", first ? "in all: " : ", ", (unsigned long long)count, name);
}

void refusal_write(FILE *out, const Refusal *refusal) {
    for (size_t i = 0; i < refusal->n_problems; i++) {
        const Problem *problem = refusal->problems[i];
        const struct problem_place place = {problem->file, problem->sheet,
                                            problem->has_line ? problem->line : 0,
                                            problem->has_column ? problem->column : 0};
        write_one(out, place, problem->reason);
    }
    if (refusal->total <= refusal->n_problems)
        return;
    (void)fprintf(out, "... and %llu more\n",
                  (unsigned long long)(refusal->total - refusal->n_problems));
    for (size_t i = 0; i < refusal->n_kinds; i++)
        write_kind(out, refusal->kinds[i]->name, refusal->kinds[i]->count, i == 0);
    (void)fputs(refusal->n_kinds ? "\n" : "", out);
}

void problems_write(FILE *out, const struct problems *problems) {
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT;
    for (size_t i = 0; i < kept; i++) {
        const struct problem *problem = &problems->kept[i];
        const struct problem_place place = {problem->file, problem->sheet, problem->line,
                                            problem->column};
        write_one(out, place, problem->reason);
    }
    if (problems->total <= kept)
        return;
    (void)fprintf(out, "... and %llu more\n", (unsigned long long)(problems->total - kept));
    for (size_t i = 0; i < problems->n_kinds; i++)
        write_kind(out, problems->kinds[i].name, problems->kinds[i].count, i == 0);
    (void)fputs("\n", out);
}
