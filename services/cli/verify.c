/* A database checked from end to end. */
#include "services/hub/verify.h"

#include "services/cli/command.h"

#include <jansson.h>
#include <unistd.h>

static void say_progress(void *context, const char *check, uint64_t done, uint64_t total) {
    (void)context;
    (void)fprintf(stderr, "\r%s: %llu of %llu\033[K", check, (unsigned long long)done,
                  (unsigned long long)total);
}

static struct table *checks_table(const struct verified *verified) {
    static const char *const keys[] = {"check", "checked", "unit", "problems"};
    static const char *const headings[] = {"check", "checked", "", "problems"};
    struct table *table = table_new(4, keys, headings);
    for (size_t i = 0; table && i < verified->n_checks; i++) {
        table_text(table, verified->checks[i].name);
        table_count(table, verified->checks[i].checked);
        table_text(table, verified->checks[i].unit);
        table_count(table, verified->checks[i].problems);
    }
    return table;
}

static json_t *check_json(const struct verify_check *check) {
    json_t *out = json_pack("{s:s, s:I, s:s, s:I, s:[]}", "check", check->name, "checked",
                            (json_int_t)check->checked, "unit", check->unit, "problems",
                            (json_int_t)check->problems, "named");
    for (size_t i = 0; out && i < check->problems && i < VERIFY_KEPT; i++)
        (void)json_array_append_new(json_object_get(out, "named"), json_string(check->kept[i]));
    return out;
}

static int print_json(const char *path, const struct verified *verified) {
    json_t *out = json_pack("{s:s, s:b, s:I, s:I, s:I, s:[]}", "database", path, "sound",
                            verified->problems == 0, "problems", (json_int_t)verified->problems,
                            "newest_edition", (json_int_t)verified->newest_edition, "newest_event",
                            (json_int_t)verified->newest_event, "checks");
    for (size_t i = 0; out && i < verified->n_checks; i++)
        (void)json_array_append_new(json_object_get(out, "checks"),
                                    check_json(&verified->checks[i]));
    bool printed = out && json_dumpf(out, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
    json_decref(out);
    return printed ? EXIT_OK : command_failed(EXIT_FAILED, "the checks cannot be written");
}

static void say_problems(const struct verified *verified) {
    for (size_t i = 0; i < verified->n_checks; i++) {
        const struct verify_check *check = &verified->checks[i];
        for (size_t k = 0; k < check->problems && k < VERIFY_KEPT; k++)
            (void)command_failed(0, "%s: %s", check->name, check->kept[k]);
        if (check->problems > VERIFY_KEPT)
            (void)command_failed(0, "%s: and %llu more", check->name,
                                 (unsigned long long)(check->problems - VERIFY_KEPT));
    }
}

static struct verified *verify(const char *path, enum verify_depth depth, struct fault *fault) {
    bool terminal = isatty(STDERR_FILENO) == 1;
    const struct verify_how how = {.depth = depth, .progress = terminal ? say_progress : NULL};
    struct verified *verified = verify_database(path, &how, fault);
    if (terminal)
        (void)fputs("\r\033[K", stderr);
    return verified;
}

int verify_command(const struct command_line *line) {
    struct fault fault = {0};
    const char *path = line->n_arguments ? line->arguments[0] : line->places.database;
    if (line->n_arguments > 1)
        return command_failed(EXIT_USAGE, "one database at a time");
    struct verified *verified = verify(path, line->all ? VERIFY_ALL : VERIFY_SAMPLE, &fault);
    if (!verified)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    int status;
    if (line->format == FORMAT_JSON) {
        status = print_json(path, verified);
    } else {
        struct table *table = checks_table(verified);
        status = command_print(line, &table);
        say_problems(verified);
    }
    if (status == EXIT_OK && verified->problems)
        status = command_failed(EXIT_FAILED, "%s: %llu problems", path,
                                (unsigned long long)verified->problems);
    verified_destroy(&verified);
    return status;
}
