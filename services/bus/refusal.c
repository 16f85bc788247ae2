#include "services/bus/refusal.h"

#include <string.h>

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

void warning_counts_write(FILE *out, WarningCount *const *counts, size_t n) {
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "%s%llu %s", i ? ", " : "", (unsigned long long)counts[i]->count,
                      counts[i]->kind);
}

/* As a shell takes it for one word: in quotes where there is anything but what is plain. */
static void write_word(FILE *out, const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/~";
    if (text[strspn(text, plain)] == '\0') {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", out);
        else
            (void)fputc(*text, out);
    }
    (void)fputc('\'', out);
}

static void write_advice(FILE *out, const Refusal *refusal, const char *path) {
    (void)fprintf(out, "%llu warning%s: ", (unsigned long long)refusal->total,
                  refusal->total == 1 ? "" : "s");
    warning_counts_write(out, refusal->warning_counts, refusal->n_warning_counts);
    (void)fputs("\nIf the figures are right all the same: mindex ingest --accept-warnings ", out);
    write_word(out, path ? path : "FILE");
    (void)fputc('\n', out);
}

void refusal_write(FILE *out, const Refusal *refusal, const char *path) {
    for (size_t i = 0; i < refusal->n_problems; i++) {
        const Problem *problem = refusal->problems[i];
        const struct problem_place place = {problem->file, problem->sheet,
                                            problem->has_line ? problem->line : 0,
                                            problem->has_column ? problem->column : 0};
        write_one(out, place, problem->reason);
    }
    if (refusal->total > refusal->n_problems) {
        (void)fprintf(out, "... and %llu more\n",
                      (unsigned long long)(refusal->total - refusal->n_problems));
        for (size_t i = 0; i < refusal->n_kinds; i++)
            write_kind(out, refusal->kinds[i]->name, refusal->kinds[i]->count, i == 0);
        (void)fputs(refusal->n_kinds ? "\n" : "", out);
    }
    if (refusal->has_warnings && refusal->warnings)
        write_advice(out, refusal, path);
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
