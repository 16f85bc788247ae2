#include "core/guess_parts.h"

#include "core/period.h"
#include "core/plain_text.h"

#include <regex.h>
#include <string.h>

/* Text in double quotes, as YAML and JSON have it. */
static void quoted(FILE *out, const char *text) {
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    (void)fputc('"', out);
}

/* A heading as a description names it; "#3" where there is none, or more than one is called so. */
static void name_column(FILE *out, const struct guess_column *column) {
    char place[16];
    (void)snprintf(place, sizeof place, "#%u", column->column);
    quoted(out, *column->heading && !column->twice ? column->heading : place);
}

static void write_columns(const struct guess *guess, FILE *out) {
    (void)fputs("    columns:\n", out);
    for (int role = 0; role < ROLES; role++) {
        if (guess->roles[role] < 0)
            continue;
        (void)fprintf(out, "      %s: ", role_words[role]);
        name_column(out, &guess->columns[guess->roles[role]]);
        (void)fputs("\n", out);
    }
}

/* Other columns of numbers, one of which may be the one that is wanted. */
static void write_other_values(const struct guess *guess, FILE *out) {
    bool any = false;
    for (size_t i = 0; i < guess->n_columns; i++) {
        const struct guess_column *column = &guess->columns[i];
        bool role = false;
        for (int r = 0; r < ROLES; r++)
            role |= guess->roles[r] == (int)i;
        if (role || guess->wide || column->numbers == 0 || column->prose > 0 || !*column->heading)
            continue;
        (void)fputs(any ? ", " : "    # other columns of numbers: ", out);
        quoted(out, column->heading);
        any = true;
    }
    (void)fputs(any ? "\n" : "", out);
}

/* --- filters ---------------------------------------------------------------------------------- */

/* Of the values of a column the one that stands for everybody, or the first. */
static const char *preferred(const struct guess_column *column) {
    static const char *const all[] = {"all*", "total*", "persons", "people", "both*"};
    char plain[GUESS_TEXT];
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        for (size_t i = 0; i < column->n_values; i++) {
            plain_heading(column->values[i], strlen(column->values[i]), plain, sizeof plain);
            if (plain_matches(all[k], plain))
                return column->values[i];
        }
    }
    return column->values[0];
}

static bool is_filter(const struct guess *guess, size_t i) {
    const struct guess_column *column = &guess->columns[i];
    for (int role = 0; role < ROLES; role++) {
        if (guess->roles[role] == (int)i)
            return false;
    }
    return column->varies && !column->many && column->n_values > 1 && *column->heading &&
           !column->twice && column->numbers <= column->prose;
}

static void write_filters(const struct guess *guess, FILE *out) {
    bool any = false;
    for (size_t i = 0; i < guess->n_columns; i++) {
        const struct guess_column *column = &guess->columns[i];
        if (!is_filter(guess, i))
            continue;
        if (!any)
            (void)fputs("    where:\n", out);
        any = true;
        (void)fputs("      # or ", out);
        const char *chosen = preferred(column);
        bool first = true;
        for (size_t k = 0; k < column->n_values; k++) {
            if (column->values[k] == chosen)
                continue;
            (void)fputs(first ? "" : ", ", out);
            quoted(out, column->values[k]);
            first = false;
        }
        (void)fputs("\n      ", out);
        quoted(out, column->heading);
        (void)fputs(": [", out);
        quoted(out, chosen);
        (void)fputs("]\n", out);
    }
}

/* --- the period ------------------------------------------------------------------------------- */

static const char *const period_patterns[] = {
    "([Yy]ear end(ing|ed) [A-Z][a-z]+ [0-9]{4})",
    "([A-Z][a-z]+( [0-9]{4})? to [A-Z][a-z]+ [0-9]{4})",
    "([0-9]{4} Q[1-4]|Q[1-4] [0-9]{4})",
    "([0-9]{4}[-/][0-9]{2}([0-9]{2})?)",
    "([A-Z][a-z]+ [0-9]{4})",
    "([0-9]{4})",
};

/* Whether the pattern finds a period in the text. */
static bool finds(const char *pattern, const char *text) {
    regex_t compiled;
    regmatch_t groups[2];
    int32_t key;
    if (regcomp(&compiled, pattern, REG_EXTENDED) != 0)
        return false;
    bool found =
        regexec(&compiled, text, 2, groups, 0) == 0 && groups[1].rm_so >= 0 &&
        period_key(text + groups[1].rm_so, (size_t)(groups[1].rm_eo - groups[1].rm_so), &key);
    regfree(&compiled);
    return found;
}

static bool write_title_period(const struct guess *guess, FILE *out) {
    for (size_t p = 0; p < sizeof period_patterns / sizeof *period_patterns; p++) {
        for (size_t i = 0; i < guess->n_titles; i++) {
            if (!finds(period_patterns[p], guess->titles[i]))
                continue;
            (void)fputs("    # found in ", out);
            quoted(out, guess->titles[i]);
            (void)fprintf(out, "\n    period: {title: '%s'}\n", period_patterns[p]);
            return true;
        }
    }
    return false;
}

/* Four digits in the file's name that can be a year. */
static unsigned year_in(const char *file) {
    for (; *file; file++) {
        unsigned year = 0;
        size_t digits = strspn(file, "0123456789");
        for (size_t i = 0; digits == 4 && i < 4; i++)
            year = year * 10 + (unsigned)(file[i] - '0');
        if (year >= 1900 && year <= 2100)
            return year;
        file += digits ? digits - 1 : 0;
    }
    return 0;
}

static void write_period(const struct guess *guess, const char *file, FILE *out) {
    if (guess->roles[ROLE_PERIOD] >= 0)
        return;
    if (guess->wide) {
        (void)fputs("    period: headings\n", out);
        return;
    }
    if (write_title_period(guess, out))
        return;
    unsigned year = year_in(file);
    (void)fprintf(out, "    period: {fixed: %u} # %s\n", year ? year : 2000,
                  year ? "from the file's name" : "NOT FOUND in the file: say which it is");
}

/* --- the rest --------------------------------------------------------------------------------- */

static void write_codes(const struct guess *guess, FILE *out) {
    static const int lad[] = {6, 7, 8, 9}, utla[] = {6, 8, 9, 10}, csp[] = {22}, pfa[] = {23},
                     region[] = {12};
    static const struct {
        const char *level;
        const int *numbers;
        size_t n;
    } levels[] = {{"lad", lad, 4},
                  {"utla", utla, 4},
                  {"csp", csp, 1},
                  {"pfa", pfa, 1},
                  {"region", region, 1}};
    size_t left[26][100], others = guess->other_codes;
    memcpy(left, guess->prefixes, sizeof left);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(levels[i].level, guess->level) != 0)
            continue;
        (void)fputs("    only: [", out);
        bool first = true;
        for (size_t k = 0; k < levels[i].n; k++) {
            size_t *count = &left['E' - 'A'][levels[i].numbers[k]];
            if (*count)
                (void)fprintf(out, "%sE%02d", first ? "" : ", ", levels[i].numbers[k]);
            first &= *count == 0;
            *count = 0;
        }
        (void)fputs(first ? "E]" : "]", out);
    }
    bool said = false;
    for (int letter = 0; letter < 26; letter++) {
        for (int number = 0; number < 100; number++) {
            if (!left[letter][number])
                continue;
            (void)fprintf(out, "%s%c%02d", said ? ", " : " # left out: ", 'A' + letter, number);
            said = true;
        }
    }
    if (others)
        (void)fprintf(out, "%s%zu codes of other kinds", said ? ", " : " # left out: ", others);
    (void)fputs("\n", out);
    if (guess->without_code)
        (void)fputs("    without-code: skip\n", out);
}

static void write_form(const struct guess *guess, FILE *out) {
    if (guess->encoding == BOOK_WINDOWS_1252)
        (void)fputs("    encoding: windows-1252\n", out);
    if (*guess->sheet_name) {
        (void)fputs("    sheet: ", out);
        quoted(out, guess->sheet_name);
        if (*guess->other_sheets)
            (void)fprintf(out, " # as many codes in: %s", guess->other_sheets);
        (void)fputs("\n", out);
    }
}

bool guess_write(const struct guess *guess, const char *file, FILE *out) {
    const char *slash = strrchr(file, '/');
    int status = guess->roles[ROLE_STATUS];
    (void)fputs("# Drafted from ", out);
    quoted(out, slash ? slash + 1 : file);
    (void)fprintf(out,
                  ": look at every line before it is used.\n"
                  "# Its header is in row %llu; %zu rows below it were looked at.\n"
                  "# unit: what the figures count\n"
                  "level: %s\n"
                  "layouts:\n"
                  "  - name: draft\n",
                  (unsigned long long)guess->header_row, guess->rows, guess->level);
    write_form(guess, out);
    write_columns(guess, out);
    write_other_values(guess, out);
    write_filters(guess, out);
    write_period(guess, file, out);
    write_codes(guess, out);
    if (status >= 0 && guess->columns[status].prose > 0)
        (void)fputs("    other-status: note\n", out);
    return ferror(out) == 0;
}
