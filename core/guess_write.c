#include "core/guess_parts.h"

#include "core/period.h"
#include "core/plain_text.h"

#include <math.h>
#include <regex.h>
#include <string.h>
#include <strings.h>

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
        const struct guess_column *column = &guess->columns[guess->roles[role]];
        name_column(out, column);
        if (role == ROLE_CODE)
            (void)fprintf(out, " # %zu cells are codes\n", column->codes);
        else
            (void)fprintf(out, " # %s\n", guess->why[role]);
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
        (void)fputs(any ? ", " : "    # other columns of numbers, any of which may be the value: ",
                    out);
        quoted(out, column->heading);
        any = true;
    }
    (void)fputs(any ? "\n" : "", out);
}

/* --- filters ---------------------------------------------------------------------------------- */

static void write_filter(const struct guess_column *column, size_t value, FILE *out) {
    (void)fputs("      # or ", out);
    bool first = true;
    for (size_t i = 0; i < column->n_values; i++) {
        if (i == value)
            continue;
        (void)fputs(first ? "" : ", ", out);
        quoted(out, column->values[i]);
        first = false;
    }
    (void)fputs("\n      ", out);
    quoted(out, column->heading);
    (void)fputs(": [", out);
    quoted(out, column->values[value]);
    (void)fputs("]\n", out);
}

static void write_filters(const struct guess *guess, FILE *out) {
    if (guess->n_filters)
        (void)fputs("    where: # without it areas have several rows for a period\n", out);
    for (size_t i = 0; i < guess->n_filters; i++)
        write_filter(&guess->columns[guess->filters[i].column], guess->filters[i].value, out);
    if (guess->repeats)
        (void)fputs(
            "    # AREAS HAVE SEVERAL ROWS FOR A PERIOD: say with 'where' which are meant\n", out);
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
static bool finds(const char *pattern, const char *text, bool *no_memory) {
    regex_t compiled;
    regmatch_t groups[2];
    int32_t key;
    *no_memory |= regcomp(&compiled, pattern, REG_EXTENDED) != 0;
    if (*no_memory)
        return false;
    int result = regexec(&compiled, text, 2, groups, 0);
    regfree(&compiled);
    *no_memory |= result == REG_ESPACE;
    return result == 0 &&
           period_key(text + groups[1].rm_so, (size_t)(groups[1].rm_eo - groups[1].rm_so), &key);
}

static bool write_title_period(const struct guess *guess, FILE *out, bool *no_memory) {
    for (size_t p = 0; p < sizeof period_patterns / sizeof *period_patterns; p++) {
        for (size_t i = 0; i < guess->n_titles; i++) {
            if (!finds(period_patterns[p], guess->titles[i], no_memory))
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

static void write_period(const struct guess *guess, const char *file, FILE *out, bool *no_memory) {
    if (guess->roles[ROLE_PERIOD] >= 0)
        return;
    if (guess->wide) {
        (void)fputs("    period: headings\n", out);
        return;
    }
    if (write_title_period(guess, out, no_memory))
        return;
    unsigned year = year_in(file);
    (void)fprintf(out, "    period: {fixed: %u} # %s\n", year ? year : 2000,
                  year ? "from the file's name" : "NOT FOUND in the file: say which it is");
}

/* --- the rest --------------------------------------------------------------------------------- */

static void write_left_out(size_t left[26][100], size_t others, FILE *out) {
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
}

static void write_codes(const struct guess *guess, FILE *out) {
    size_t left[26][100], n;
    const int *numbers = guess_level_codes(guess->level, &n);
    bool first = true;
    memcpy(left, guess->prefixes, sizeof left);
    (void)fputs("    only: [", out);
    for (size_t i = 0; i < n; i++) {
        size_t *count = &left['E' - 'A'][numbers[i]];
        if (*count)
            (void)fprintf(out, "%sE%02d", first ? "" : ", ", numbers[i]);
        first &= *count == 0;
        *count = 0;
    }
    (void)fputs(first ? "E]" : "]", out);
    write_left_out(left, guess->other_codes, out);
    if (guess->without_code)
        (void)fprintf(out, "    without-code: skip # %zu rows, such as notes\n",
                      guess->without_code);
}

/* --- figures ---------------------------------------------------------------------------------- */

/* The only value of a column "unit", or the sign that the value's heading has in brackets: "Share
 * (%)". False: neither. */
static bool find_unit(const struct guess *guess, char *out, size_t room) {
    const char *unit = NULL;
    for (size_t i = 0; i < guess->n_columns; i++) {
        const struct guess_column *column = &guess->columns[i];
        if (strcasecmp(column->heading, "unit") == 0 && column->n_values == 1)
            unit = column->values[0];
    }
    int value = guess->roles[ROLE_VALUE];
    const char *open = value < 0 ? NULL : strrchr(guess->columns[value].heading, '(');
    size_t length = open ? strcspn(open + 1, ")") : 0;
    if (unit)
        (void)snprintf(out, room, "%s", unit);
    else if (length)
        (void)snprintf(out, room, "%.*s", (int)length, open + 1);
    return unit || (length && (strchr(out, '%') || strstr(out, "\xC2\xA3")));
}

static void write_unit(const struct guess *guess, FILE *out) {
    char unit[GUESS_TEXT];
    if (!find_unit(guess, unit, sizeof unit)) {
        (void)fputs("# unit: what the figures count\n", out);
        return;
    }
    (void)fputs("unit: ", out);
    quoted(out, unit);
    (void)fputs("\n", out);
}

/* A number up, or down, to its first digit: a bound with room for what comes next. */
static double rounded(double value, bool up) {
    double size = fabs(value), step = 1;
    if (!(size > 0) || size > 1e15)
        return value;
    while (step * 10 <= size)
        step *= 10;
    while (step > size)
        step /= 10;
    double away = ceil(size / step) * step, near = floor(size / step) * step;
    return value > 0 ? (up ? away : near) : (up ? -near : -away);
}

static void write_expected(const struct guess *guess, FILE *out) {
    const struct guess_figures *figures = &guess->figures;
    if (figures->areas) {
        size_t margin = figures->areas / 20 + 1;
        (void)fprintf(out, "areas: [%zu, %zu] # it has %zu%s%s\n",
                      figures->areas > margin ? figures->areas - margin : 1,
                      figures->areas + margin, figures->areas, figures->newest ? " in " : "",
                      figures->newest ? figures->newest : "");
    }
    if (figures->numbers == 0)
        return;
    /* Twice as far as what is there, but no figure below 0 or share above 100 if there is none. */
    char unit[GUESS_TEXT];
    bool share = find_unit(guess, unit, sizeof unit) && strcmp(unit, "%") == 0;
    double low = figures->low < 0 ? rounded(2 * figures->low, false) : 0;
    double high = figures->high > 0 ? rounded(2 * figures->high, true) : 0;
    if (share && figures->high <= 100 && high > 100)
        high = 100;
    (void)fprintf(out, "range: [%.6g, %.6g] # it has %.10g to %.10g\n", low, high, figures->low,
                  figures->high);
}

static void write_marks(const struct guess *guess, FILE *out) {
    const struct guess_figures *figures = &guess->figures;
    bool beside = false;
    for (size_t i = 0; i < figures->n_marks; i++) {
        (void)fputs(i ? ", " : "    # marks seen: ", out);
        quoted(out, figures->marks[i].text);
        (void)fprintf(out, " %s", status_words(figures->marks[i].status));
        beside |= figures->marks[i].beside;
    }
    (void)fputs(figures->n_marks ? "\n" : "", out);
    if (!beside)
        return;
    (void)fputs("    marks: # beside numbers, too, so that it is no reason for a missing one\n",
                out);
    for (size_t i = 0; i < figures->n_marks; i++) {
        if (!figures->marks[i].beside)
            continue;
        (void)fputs("      ", out);
        quoted(out, figures->marks[i].text);
        (void)fputs(": note\n", out);
    }
}

static void write_form(const struct guess *guess, FILE *out) {
    if (guess->encoding == BOOK_WINDOWS_1252)
        (void)fputs("    encoding: windows-1252 # it is not UTF-8\n", out);
    if (guess->marks.decimal)
        (void)fputs("    decimal: \",\" # with a point nothing is a number\n", out);
    if (*guess->sheet_name) {
        (void)fputs("    sheet: ", out);
        quoted(out, guess->sheet_name);
        if (*guess->other_sheets)
            (void)fprintf(out, " # the first with most codes; as many are in: %s\n",
                          guess->other_sheets);
        else
            (void)fputs(" # the one with most codes\n", out);
    }
    if (guess->header_rows > 1) {
        (void)fprintf(out, "    header-rows: %zu # one row alone does not tell the columns apart\n",
                      guess->header_rows);
    }
}

bool guess_write(const struct guess *guess, const char *file, FILE *out) {
    const char *slash = strrchr(file, '/');
    bool no_memory = false;
    (void)fputs("# Drafted from ", out);
    quoted(out, slash ? slash + 1 : file);
    (void)fprintf(out,
                  ": look at every line before it is used.\n"
                  "# Its header is in row %llu; %zu rows below it were looked at.\n"
                  "level: %s # %s\n",
                  (unsigned long long)guess->header_row, guess->rows, guess->level,
                  guess->level_told ? "by the first letters of most codes"
                                    : "NOT TOLD by the codes: say what they are of");
    write_unit(guess, out);
    write_expected(guess, out);
    (void)fputs("layouts:\n  - name: draft\n", out);
    write_form(guess, out);
    write_columns(guess, out);
    write_other_values(guess, out);
    write_filters(guess, out);
    write_period(guess, file, out, &no_memory);
    write_codes(guess, out);
    write_marks(guess, out);
    if (guess->figures.prose)
        (void)fputs("    other-status: note # it has sentences, too\n", out);
    return !no_memory && ferror(out) == 0;
}
