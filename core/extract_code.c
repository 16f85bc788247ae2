#include "core/extract_parts.h"

#include "core/plain_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { CODE_ROOM = 64, NAME_ROOM = 200 };

/* Whether a text is meant as a code, known or not: one word of capitals and digits ("TLC",
 * "E06000001"), or a letter with digits behind it, whatever follows. Prose is not. */
static bool looks_like_code(const char *text) {
    size_t length = strlen(text);
    size_t word = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    if (isalpha((unsigned char)text[0]) && isdigit((unsigned char)text[1]) &&
        isdigit((unsigned char)text[2]))
        return true;
    return length >= 2 && length <= 12 && word == length && isalpha((unsigned char)text[0]);
}

static bool counts(const struct patterns *only, const char *code) {
    for (size_t i = 0; i < only->n; i++) {
        if (strncmp(code, only->list[i], strlen(only->list[i])) == 0)
            return true;
    }
    return only->n == 0;
}

static enum extract_code no_code(struct extraction *in, uint64_t row, uint32_t column,
                                 const char *found) {
    if (in->report->layout->skip_without_code) {
        in->report->without_code++;
        return EXTRACT_CODE_SKIP;
    }
    extract_problem(in, row, column, "no area code",
                    "'%.80s', expected an area code; rows without one, such as footnotes, can be "
                    "passed over: without-code: skip",
                    found);
    return EXTRACT_CODE_BAD;
}

static enum extract_code by_code(struct extraction *in, const struct row *row, uint32_t *out) {
    const struct layout *layout = in->report->layout;
    uint32_t column = in->report->header.columns[ROLE_CODE];
    const struct cell cell = extract_cell(row, column);
    char text[CODE_ROOM];
    bool whole = plain_text(cell.text, cell.length, text, sizeof text);
    if (!whole || !looks_like_code(text))
        return no_code(in, row->number, column, text);
    if (!counts(&layout->only, text)) {
        in->report->not_only++;
        return EXTRACT_CODE_SKIP;
    }
    size_t code = geography_code(in->geography, text);
    if (code != SIZE_MAX) {
        *out = (uint32_t)code;
        return EXTRACT_CODE;
    }
    if (layout->skip_outside) {
        in->report->outside++;
        return EXTRACT_CODE_SKIP;
    }
    const char *near = release_near_code(in->geography, text);
    extract_problem(in, row->number, column, "unknown area code",
                    "'%.60s' is no area code that the pack knows%s%s%s", text,
                    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return EXTRACT_CODE_BAD;
}

/* --- names without codes ---------------------------------------------------------------------- */

/* Takes off what the description says may stand behind a name. */
static void without_suffix(const struct layout *layout, char *name) {
    for (size_t i = 0; i < layout->suffixes.n; i++) {
        size_t length = strlen(name), suffix = strlen(layout->suffixes.list[i]);
        if (length <= suffix + 1 ||
            strcasecmp(name + length - suffix, layout->suffixes.list[i]) != 0 ||
            name[length - suffix - 1] != ' ')
            continue;
        name[length - suffix - 1] = '\0';
        return;
    }
}

/* The code of a name: that of the dataset's level, else the only one of any level. */
static size_t find_name(struct extraction *in, const char *name, struct fault *fault) {
    struct fault any = {0};
    size_t found = names_code(in->names, name, in->level, fault);
    return found != SIZE_MAX ? found : names_code(in->names, name, NULL, &any);
}

/* A line of prose below the table has text where the names are, and nothing else. */
static bool has_no_figure(const struct extraction *in, const struct row *row) {
    const struct header *header = &in->report->header;
    for (size_t i = 0; i < header->n_periods; i++) {
        if (extract_cell(row, header->periods[i].column).length)
            return false;
    }
    return extract_cell(row, header->columns[ROLE_VALUE]).length == 0;
}

static enum extract_code by_name(struct extraction *in, const struct row *row, uint32_t *out) {
    uint32_t column = in->report->header.columns[ROLE_NAME];
    const struct cell cell = extract_cell(row, column);
    char name[NAME_ROOM];
    struct fault fault = {0};
    plain_label(cell.text, cell.length, name, sizeof name);
    if (!*name)
        return no_code(in, row->number, column, name);
    without_suffix(in->report->layout, name);
    if (!in->names)
        in->names = names_new(in->geography, &fault);
    if (!in->names) {
        problems_add_memory(in->problems, in->file);
        return EXTRACT_CODE_BAD;
    }
    size_t found = find_name(in, name, &fault);
    if (found != SIZE_MAX) {
        *out = (uint32_t)found;
        return EXTRACT_CODE;
    }
    if (names_known(in->names, name)) {
        extract_problem(in, row->number, column, "ambiguous name", "%s", fault.text);
        return EXTRACT_CODE_BAD;
    }
    if (in->report->layout->skip_outside) {
        in->report->outside++;
        return EXTRACT_CODE_SKIP;
    }
    if (in->report->layout->skip_without_code && has_no_figure(in, row))
        return no_code(in, row->number, column, name);
    extract_problem(in, row->number, column, "unknown name", "%s", fault.text);
    return EXTRACT_CODE_BAD;
}

enum extract_code extract_code(struct extraction *in, const struct row *row, uint32_t *out) {
    return in->report->header.columns[ROLE_CODE] ? by_code(in, row, out) : by_name(in, row, out);
}
