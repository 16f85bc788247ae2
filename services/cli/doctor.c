/* Is the installation well? What there is to know at three in the morning, each with what to do. */
#include "services/cli/doctor.h"

#include "core/utf8.h"
#include "services/bus/version.h"
#include "services/cli/colour.h"
#include "services/cli/door.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const words[] = {"ok", "warning", "problem"};

void doctor_note(struct doctor *doctor, enum finding finding, const char *check, const char *advice,
                 const char *format, ...) {
    if (doctor->n_results == doctor->room) {
        size_t room = doctor->room ? doctor->room * 2 : 32;
        struct result *results = realloc(doctor->results, room * sizeof *results);
        if (!results) {
            doctor->no_memory = true;
            return;
        }
        doctor->results = results;
        doctor->room = room;
    }
    struct result *result = &doctor->results[doctor->n_results++];
    *result = (struct result){.finding = finding, .check = check, .advice = advice};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(result->found, sizeof result->found, format, args);
    va_end(args);
    utf8_make_plain(result->found);
}

static void print_text(const struct doctor *doctor) {
    static const enum colour colours[] = {COLOUR_GOOD, COLOUR_WARNING, COLOUR_ERROR};
    size_t counts[3] = {0};
    for (size_t i = 0; i < doctor->n_results; i++) {
        const struct result *result = &doctor->results[i];
        counts[result->finding]++;
        printf("%s%-7s%s  %-14s  %s\n", colour(stdout, colours[result->finding]),
               words[result->finding], colour(stdout, COLOUR_NONE), result->check, result->found);
        if (result->advice)
            printf("%25s> %s\n", "", result->advice);
    }
    printf("\n%zu checks: %zu ok, %zu warning%s, %zu problem%s\n", doctor->n_results,
           counts[FINDING_OK], counts[FINDING_WARNING], counts[FINDING_WARNING] == 1 ? "" : "s",
           counts[FINDING_PROBLEM], counts[FINDING_PROBLEM] == 1 ? "" : "s");
}

static int print(const struct doctor *doctor) {
    static const char *const keys[] = {"check", "result", "found", "advice"};
    if (doctor->line->format == FORMAT_TEXT) {
        print_text(doctor);
        return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
    }
    struct table *table = table_new(4, keys, keys);
    for (size_t i = 0; table && i < doctor->n_results; i++) {
        const struct result *result = &doctor->results[i];
        table_text(table, result->check);
        table_text(table, words[result->finding]);
        table_text(table, result->found);
        table_text(table, result->advice);
    }
    return command_print(doctor->line, &table);
}

int doctor_command(const struct command_line *line) {
    struct stat info;
    struct doctor doctor = {.line = line, .places = &line->places};
    doctor.here = stat(line->places.state, &info) == 0;
    doctor.supervisor = door_supervisor(&line->places);
    doctor_note(&doctor, FINDING_OK, "program", NULL, "mindex %s", MINDEX_VERSION);
    doctor_files(&doctor);
    doctor_keys(&doctor);
    doctor_system(&doctor);
    doctor_units(&doctor);
    doctor_service(&doctor);
    doctor_http(&doctor);
    int status = doctor.no_memory ? command_failed(EXIT_FAILED, "out of memory") : print(&doctor);
    for (size_t i = 0; i < doctor.n_results; i++) {
        if (doctor.results[i].finding == FINDING_PROBLEM)
            status = EXIT_FAILED;
    }
    free(doctor.results);
    return status;
}
