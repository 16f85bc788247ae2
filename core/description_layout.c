#include "core/description_parts.h"

#include "core/period.h"
#include "core/plain_text.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

const char *const role_words[ROLES] = {"code",  "name",  "period", "value",
                                       "lower", "upper", "status"};

enum { PATTERNS_MAX = 200, FILTERS_MAX = 20 };

/* --- lists of words --------------------------------------------------------------------------- */

/* As headings are compared, or as it is written. */
static bool add_pattern(const struct describing *in, int at, const char *what, bool heading,
                        const char **out, struct fault *fault) {
    char plain[PATTERN_ROOM];
    const char *text;
    if (!document_text(in->document, at, what, in->arena, &text, fault))
        return false;
    if (strlen(text) >= sizeof plain) {
        return document_fault(in->document, at, fault, "'%s': longer than %d bytes", what,
                              PATTERN_ROOM - 1);
    }
    *out = text;
    if (!heading)
        return true;
    plain_heading(text, strlen(text), plain, sizeof plain);
    *out = arena_copy(in->arena, plain, strlen(plain));
    return *out || fault_memory(fault);
}

/* One word, or a list of them. */
static bool read_patterns(const struct describing *in, int at, const char *what, bool heading,
                          struct patterns *out, struct fault *fault) {
    size_t n = 1;
    bool list = !document_is_word(in->document, at);
    if (!at)
        return true;
    if (list && !document_list(in->document, at, what, &n, fault))
        return false;
    if (n == 0 || n > PATTERNS_MAX) {
        return document_fault(in->document, at, fault, "'%s': expected 1 to %d entries, found %zu",
                              what, PATTERNS_MAX, n);
    }
    const char **texts = arena_alloc(in->arena, n, sizeof *texts);
    if (!texts)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = list ? document_entry(in->document, at, i) : at;
        if (!add_pattern(in, entry, what, heading, &texts[i], fault))
            return false;
    }
    out->list = texts;
    out->n = n;
    return true;
}

/* --- columns and filters ---------------------------------------------------------------------- */

static bool read_columns(const struct describing *in, int at, struct layout *out,
                         struct fault *fault) {
    struct document_key keys[ROLES];
    for (int role = 0; role < ROLES; role++)
        keys[role] = (struct document_key){role_words[role], false, 0};
    if (!document_keys(in->document, at, "'columns'", keys, ROLES, fault))
        return false;
    for (int role = 0; role < ROLES; role++) {
        if (!read_patterns(in, keys[role].value, role_words[role], true, &out->columns[role],
                           fault))
            return false;
    }
    if (out->columns[ROLE_CODE].n == 0 && out->columns[ROLE_NAME].n == 0)
        return document_fault(in->document, at, fault, "'columns' needs 'code' or 'name'");
    return true;
}

static bool read_filters(const struct describing *in, int at, bool except, struct filter *filters,
                         struct layout *out, struct fault *fault) {
    size_t n;
    const char *const what = except ? "except" : "where";
    if (!at)
        return true;
    if (!document_entries(in->document, at, what, &n, fault))
        return false;
    for (size_t i = 0; i < n; i++) {
        int key, value;
        document_pair(in->document, at, i, &key, &value);
        if (out->n_filters == FILTERS_MAX)
            return document_fault(in->document, at, fault, "more than %d filters", FILTERS_MAX);
        struct filter *filter = &filters[out->n_filters++];
        filter->except = except;
        if (!read_patterns(in, key, what, true, &filter->column, fault) ||
            !read_patterns(in, value, filter->column.list[0], true, &filter->values, fault))
            return false;
    }
    return true;
}

/* --- periods ---------------------------------------------------------------------------------- */

/* An expression with the one group that is the period. */
static bool read_expression(const struct describing *in, int at, const char *what, const char **out,
                            struct fault *fault) {
    regex_t compiled;
    char reason[120];
    if (!document_text(in->document, at, what, in->arena, out, fault))
        return false;
    int error = regcomp(&compiled, *out, REG_EXTENDED);
    if (error == REG_ESPACE)
        return fault_memory(fault);
    if (error) {
        (void)regerror(error, &compiled, reason, sizeof reason);
        return document_fault(in->document, at, fault, "'%s': no regular expression: %s", what,
                              reason);
    }
    size_t groups = compiled.re_nsub;
    regfree(&compiled);
    return groups >= 1 || document_fault(in->document, at, fault,
                                         "'%s': expected an expression with the period in round "
                                         "brackets, found '%.100s'",
                                         what, *out);
}

static bool read_fixed(const struct describing *in, int at, const char **out, struct fault *fault) {
    int32_t key;
    if (!document_text(in->document, at, "fixed", in->arena, out, fault))
        return false;
    return period_key(*out, strlen(*out), &key) ||
           document_fault(in->document, at, fault,
                          "'fixed': expected a period such as 2024 or 2023-24, found '%.100s'",
                          *out);
}

static bool read_period(const struct describing *in, int at, struct layout *out,
                        struct fault *fault) {
    enum { FIXED, TITLE, HEADINGS, N_KEYS };
    struct document_key keys[N_KEYS] = {[FIXED] = {"fixed", false, 0},
                                        [TITLE] = {"title", false, 0},
                                        [HEADINGS] = {"headings", false, 0}};
    static const char *const words[] = {"headings"};
    size_t word;
    if (document_is_word(in->document, at)) {
        out->period_from = PERIOD_FROM_HEADINGS;
        return document_choice(in->document, at, "period", words, 1, &word, fault);
    }
    if (!document_keys(in->document, at, "'period'", keys, N_KEYS, fault))
        return false;
    if ((keys[FIXED].value != 0) + (keys[TITLE].value != 0) + (keys[HEADINGS].value != 0) != 1) {
        return document_fault(in->document, at, fault,
                              "'period': expected one of fixed, title and headings");
    }
    if (keys[FIXED].value) {
        out->period_from = PERIOD_FIXED;
        return read_fixed(in, keys[FIXED].value, &out->period_text, fault);
    }
    if (keys[TITLE].value) {
        out->period_from = PERIOD_FROM_TITLE;
        return read_expression(in, keys[TITLE].value, "title", &out->period_text, fault);
    }
    out->period_from = PERIOD_FROM_HEADINGS;
    return read_expression(in, keys[HEADINGS].value, "headings", &out->period_text, fault);
}

/* --- marks and numbers ------------------------------------------------------------------------ */

static bool read_marks(const struct describing *in, int at, struct marks *out,
                       struct fault *fault) {
    size_t n;
    if (!at)
        return true;
    if (!document_entries(in->document, at, "marks", &n, fault))
        return false;
    struct mark *marks = arena_alloc(in->arena, n, sizeof *marks);
    if (!marks)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int key, value;
        size_t meaning;
        document_pair(in->document, at, i, &key, &value);
        marks[i].text = document_word(in->document, key); /* may be empty: the empty cell */
        if (!marks[i].text)
            return document_fault(in->document, key, fault, "a mark that is not a word");
        marks[i].text = arena_copy(in->arena, marks[i].text, strlen(marks[i].text));
        if (!marks[i].text)
            return fault_memory(fault);
        if (!document_choice(in->document, value, marks[i].text, meaning_words, MEANINGS, &meaning,
                             fault))
            return false;
        if ((meaning == MEANS_NEGATIVE) && strcmp(marks[i].text, "()") != 0) {
            return document_fault(in->document, value, fault,
                                  "'negative' is for \"()\", round brackets around a number");
        }
        bool of_number =
            meaning == MEANS_NEGATIVE || meaning == MEANS_UNRELIABLE || meaning == MEANS_NOTE;
        if (strcmp(marks[i].text, "()") == 0 && !of_number) {
            return document_fault(in->document, value, fault,
                                  "'()' are round brackets around a number: expected negative, "
                                  "unreliable or note, found '%s'",
                                  meaning_words[meaning]);
        }
        marks[i].meaning = (enum meaning)meaning;
    }
    out->own = marks;
    out->n_own = n;
    return true;
}

/* A single character; "tab" for the separator. */
static bool read_character(const struct describing *in, int at, const char *what,
                           const char *allowed, char *out, struct fault *fault) {
    const char *text;
    if (!at)
        return true;
    if (!document_text(in->document, at, what, in->arena, &text, fault))
        return false;
    *out = strcmp(text, "tab") == 0 ? '\t' : text[0];
    if ((strlen(text) == 1 || *out == '\t') && strchr(allowed, *out))
        return true;
    return document_fault(in->document, at, fault, "'%s': expected one of %s, found '%.20s'", what,
                          strchr(allowed, '\t') ? "\",\", \";\" and tab" : "\".\", \",\" and \" \"",
                          text);
}

static bool read_rate(const struct describing *in, int per, int times, struct layout *out,
                      struct fault *fault) {
    static const char *const words[] = {"population"};
    size_t word;
    if (!per) {
        return !times ||
               document_fault(in->document, times, fault, "'times' belongs to 'per: population'");
    }
    out->per_population = 1;
    if (!document_choice(in->document, per, "per", words, 1, &word, fault) ||
        (times && !document_number(in->document, times, "times", &out->per_population, fault)))
        return false;
    return out->per_population > 0 ||
           document_fault(in->document, times, fault, "'times': expected a number above 0");
}

static bool read_scale(const struct describing *in, int at, double *out, struct fault *fault) {
    *out = 1;
    if (!at)
        return true;
    if (!document_number(in->document, at, "scale", out, fault))
        return false;
    return *out != 0 ||
           document_fault(in->document, at, fault, "'scale': expected a number that is not 0");
}

static bool read_header_rows(const struct describing *in, int at, size_t *out,
                             struct fault *fault) {
    double rows = 1;
    if (at && !document_number(in->document, at, "header-rows", &rows, fault))
        return false;
    if (!(rows >= 1 && rows <= HEADER_ROWS_MAX) || rows != (double)(size_t)rows) {
        return document_fault(in->document, at, fault,
                              "'header-rows': expected a whole number from 1 to %d, found %g",
                              HEADER_ROWS_MAX, rows);
    }
    *out = (size_t)rows;
    return true;
}

/* --- the layout ------------------------------------------------------------------------------- */

enum {
    NAME,
    FILES,
    ENCODING,
    SEPARATOR,
    DECIMAL,
    GROUP,
    SHEET,
    HEADER_ROWS,
    COLUMNS,
    WHERE,
    EXCEPT,
    PERIOD,
    ONLY,
    WITHOUT_CODE,
    CODES_OUTSIDE,
    SAME_TWICE,
    OTHER_STATUS,
    NAME_SUFFIXES,
    SCALE,
    PER,
    TIMES,
    MARKS,
    N_KEYS
};

/* A key with two words, of which the first is the rule where the key is not there. */
static bool read_either(const struct describing *in, const struct document_key *key,
                        const char *strict, const char *lenient, bool *out, struct fault *fault) {
    const char *const words[] = {strict, lenient};
    size_t word = 0;
    if (key->value && !document_choice(in->document, key->value, key->name, words, 2, &word, fault))
        return false;
    *out = word == 1;
    return true;
}

static bool read_rules(const struct describing *in, const struct document_key *keys,
                       struct layout *out, struct fault *fault) {
    return read_either(in, &keys[WITHOUT_CODE], "refuse", "skip", &out->skip_without_code, fault) &&
           read_either(in, &keys[CODES_OUTSIDE], "refuse", "skip", &out->skip_outside, fault) &&
           read_either(in, &keys[SAME_TWICE], "refuse", "once", &out->same_twice, fault) &&
           read_either(in, &keys[OTHER_STATUS], "refuse", "note", &out->prose_in_status, fault) &&
           read_patterns(in, keys[ONLY].value, "only", false, &out->only, fault) &&
           read_patterns(in, keys[NAME_SUFFIXES].value, "name-suffixes", true, &out->suffixes,
                         fault) &&
           read_scale(in, keys[SCALE].value, &out->scale, fault) &&
           read_rate(in, keys[PER].value, keys[TIMES].value, out, fault) &&
           read_marks(in, keys[MARKS].value, &out->marks, fault);
}

static bool read_form(const struct describing *in, const struct document_key *keys,
                      struct layout *out, struct fault *fault) {
    static const char *const encodings[] = {"utf-8", "windows-1252"};
    size_t encoding = BOOK_UTF8;
    if (keys[ENCODING].value && !document_choice(in->document, keys[ENCODING].value, "encoding",
                                                 encodings, 2, &encoding, fault))
        return false;
    out->encoding = (enum book_encoding)encoding;
    return read_patterns(in, keys[FILES].value, "files", true, &out->files, fault) &&
           read_patterns(in, keys[SHEET].value, "sheet", true, &out->sheets, fault) &&
           read_character(in, keys[SEPARATOR].value, "separator", ",;\t", &out->separator, fault) &&
           read_character(in, keys[DECIMAL].value, "decimal", ".,", &out->marks.decimal, fault) &&
           read_character(in, keys[GROUP].value, "group", ".,' ", &out->marks.group, fault) &&
           read_header_rows(in, keys[HEADER_ROWS].value, &out->header_rows, fault);
}

/* Where the period and the values come from must be said once, and only once. */
static bool check_layout(const struct describing *in, int at, const struct document_key *keys,
                         const struct layout *layout, struct fault *fault) {
    bool period = layout->columns[ROLE_PERIOD].n > 0, value = layout->columns[ROLE_VALUE].n > 0;
    if (period == (keys[PERIOD].value != 0)) {
        return document_fault(in->document, at, fault,
                              "the period is %s: expected a column 'period', or the key 'period' "
                              "with fixed, title or headings",
                              period ? "said twice" : "not said");
    }
    if (layout->period_from == PERIOD_FROM_HEADINGS) {
        for (int role = ROLE_VALUE; role < ROLES; role++) {
            if (layout->columns[role].n == 0)
                continue;
            return document_fault(in->document, keys[COLUMNS].value, fault,
                                  "a column '%s' where the columns are periods", role_words[role]);
        }
        return true;
    }
    return value || document_fault(in->document, keys[COLUMNS].value, fault,
                                   "'columns' needs 'value', unless the columns are periods");
}

bool description_read_layout(const struct describing *in, int at, size_t number, struct layout *out,
                             struct fault *fault) {
    struct document_key keys[N_KEYS] = {
        [NAME] = {"name", false, 0},
        [FILES] = {"files", false, 0},
        [ENCODING] = {"encoding", false, 0},
        [SEPARATOR] = {"separator", false, 0},
        [DECIMAL] = {"decimal", false, 0},
        [GROUP] = {"group", false, 0},
        [SHEET] = {"sheet", false, 0},
        [HEADER_ROWS] = {"header-rows", false, 0},
        [COLUMNS] = {"columns", true, 0},
        [WHERE] = {"where", false, 0},
        [EXCEPT] = {"except", false, 0},
        [PERIOD] = {"period", false, 0},
        [ONLY] = {"only", false, 0},
        [WITHOUT_CODE] = {"without-code", false, 0},
        [CODES_OUTSIDE] = {"codes-outside", false, 0},
        [SAME_TWICE] = {"same-twice", false, 0},
        [OTHER_STATUS] = {"other-status", false, 0},
        [NAME_SUFFIXES] = {"name-suffixes", false, 0},
        [SCALE] = {"scale", false, 0},
        [PER] = {"per", false, 0},
        [TIMES] = {"times", false, 0},
        [MARKS] = {"marks", false, 0},
    };
    char fallback[32];
    struct filter *filters = arena_alloc(in->arena, FILTERS_MAX, sizeof *filters);
    (void)snprintf(fallback, sizeof fallback, "%zu", number);
    out->name = arena_copy(in->arena, fallback, strlen(fallback));
    if (!filters || !out->name)
        return fault_memory(fault);
    out->filters = filters;
    return document_keys(in->document, at, "a layout", keys, N_KEYS, fault) &&
           (!keys[NAME].value ||
            document_text(in->document, keys[NAME].value, "name", in->arena, &out->name, fault)) &&
           read_form(in, keys, out, fault) && read_columns(in, keys[COLUMNS].value, out, fault) &&
           read_filters(in, keys[WHERE].value, false, filters, out, fault) &&
           read_filters(in, keys[EXCEPT].value, true, filters, out, fault) &&
           (!keys[PERIOD].value || read_period(in, keys[PERIOD].value, out, fault)) &&
           read_rules(in, keys, out, fault) && check_layout(in, at, keys, out, fault);
}
