/* A command line, its words between line breaks. */
#include "services/cli/options.h"

#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>

int command_failed(int status, const char *format, ...) {
    char text[2000];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const struct command command = {
        "fuzz",
        "FILE...",
        "Fuzzes.",
        " state hub events replay pack definition dataset description label node area region table"
        " with edition from to after count top topic scoring boundaries replicates seed digits all"
        " accept-warnings publish-at dry-run reason no-wait csv json supervised ",
        "",
        NULL,
        true};
    char *arguments[66] = {"fuzz"};
    int count = 1;
    char *text = malloc(length + 1);
    fuzz_check(text != NULL);
    memcpy(text, bytes, length);
    text[length] = '\0';
    for (char *rest = text, *word; count < 65 && (word = strsep(&rest, "\n"));)
        arguments[count++] = word;
    struct command_line line = {0};
    int status = -1;
    bool parsed = options_parse(&command, count, arguments, &line, &status);
    fuzz_check(parsed || status == EXIT_USAGE || status == EXIT_OK);
    if (parsed)
        fuzz_check(line.n_arguments >= 1 && line.digits <= 17 && line.n_topics <= TOPICS_MAX);
    free(text);
    return 0;
}
