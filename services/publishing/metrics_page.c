#include "services/publishing/metrics_page.h"

#include <stdarg.h>

void metrics_say(struct metrics_page *page, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (vfprintf(page->text, format, arguments) < 0)
        page->failed = true;
    va_end(arguments);
}

void metrics_family(struct metrics_page *page, const char *name, const char *type,
                    const char *help) {
    metrics_say(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_one(struct metrics_page *page, const char *name, const char *type, const char *help,
                 uint64_t value) {
    metrics_family(page, name, type, help);
    metrics_say(page, "%s %llu\n", name, (unsigned long long)value);
}

static void write_seconds(struct metrics_page *page, uint64_t ms) {
    metrics_say(page, " %llu.%03u\n", (unsigned long long)(ms / 1000), (unsigned)(ms % 1000));
}

void metrics_seconds(struct metrics_page *page, const char *name, const char *help, uint64_t ms) {
    metrics_family(page, name, "gauge", help);
    metrics_say(page, "%s", name);
    write_seconds(page, ms);
}

/* The value of a label between its quotes. */
static void write_value(struct metrics_page *page, const char *text) {
    for (; *text; text++) {
        bool special = *text == '\\' || *text == '"' || *text == '\n';
        metrics_say(page, "%s%c", special ? "\\" : "", *text == '\n' ? 'n' : *text);
    }
}

static void write_labels(struct metrics_page *page, const char *name, const char *const *labels) {
    const char *open = "{";
    metrics_say(page, "%s", name);
    for (; labels[0]; labels += 2) {
        metrics_say(page, "%s%s=\"", open, labels[0]);
        write_value(page, labels[1]);
        metrics_say(page, "\"");
        open = ",";
    }
    metrics_say(page, "}");
}

void metrics_labelled(struct metrics_page *page, const char *name, uint64_t value,
                      const char *const *labels) {
    write_labels(page, name, labels);
    metrics_say(page, " %llu\n", (unsigned long long)value);
}

void metrics_labelled_seconds(struct metrics_page *page, const char *name, uint64_t ms,
                              const char *const *labels) {
    write_labels(page, name, labels);
    write_seconds(page, ms);
}
