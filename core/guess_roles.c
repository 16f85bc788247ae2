#include "core/guess_parts.h"

#include "core/period.h"
#include "core/plain_text.h"

#include <ctype.h>
#include <string.h>

/* Words that headings of a role have, the most telling first. */
static const char *const role_hints[ROLES][10] = {
    [ROLE_NAME] = {"areanm", "area name", "la name", "*name", "*nm", "area", "local authority",
                   "description", "geography"},
    [ROLE_PERIOD] = {"period", "time period", "time_period", "year", "financial year",
                     "academic year", "quarter", "date", "*period*", "*year*"},
    [ROLE_VALUE] = {"value", "observation", "obs_value", "rate", "percentage", "*(%)*",
                    "*proportion*", "*rate*", "*per *", "median*"},
    [ROLE_LOWER] = {"lci*", "lower*", "*lower*"},
    [ROLE_UPPER] = {"uci*", "upper*", "*upper*"},
    [ROLE_STATUS] = {"status", "*status*", "marker", "*marker*", "flag", "symbol"},
};

static bool taken(const struct guess *guess, int column) {
    for (int role = 0; role < ROLES; role++) {
        if (guess->roles[role] == column)
            return true;
    }
    return false;
}

static size_t filled(const struct guess_column *column) {
    return column->numbers + column->marks + column->prose;
}

/* Whether what stands in a column can have the role. */
static bool can_be(const struct guess_column *column, enum column_role role) {
    size_t all = filled(column);
    switch (role) {
    case ROLE_NAME:
        return column->prose > all / 2 && column->codes == 0;
    case ROLE_PERIOD:
        return all > 0 && column->periods == all && column->empty == 0;
    case ROLE_VALUE:
        return column->numbers > 0 && column->prose * 50 <= all && column->years < all;
    case ROLE_STATUS:
        return column->numbers * 10 <= all;
    default:
        return column->prose == 0;
    }
}

static int distance(const struct guess *guess, size_t column) {
    int from = (int)column - guess->roles[ROLE_CODE];
    return from < 0 ? -from : from;
}

/* How many letters a heading has in common with the one of the codes, from its beginning. */
static size_t in_common(const struct guess *guess, size_t column) {
    const char *one = guess->columns[column].heading;
    const char *other = guess->columns[guess->roles[ROLE_CODE]].heading;
    size_t n = 0;
    while (one[n] && tolower((unsigned char)one[n]) == tolower((unsigned char)other[n]))
        n++;
    return n;
}

static bool nearer(const struct guess *guess, size_t column, size_t than) {
    size_t one = in_common(guess, column), other = in_common(guess, than);
    return one != other ? one > other : distance(guess, column) < distance(guess, than);
}

/* The column that fits the role and has the most telling heading, for a name the one that is
 * called most like the codes, or stands next to them; -1: none has. */
static int by_hint(const struct guess *guess, enum column_role role) {
    char heading[PATTERN_ROOM];
    int best = -1;
    for (size_t hint = 0; hint < 10 && role_hints[role][hint]; hint++) {
        for (size_t i = 0; i < guess->n_columns; i++) {
            const struct guess_column *column = &guess->columns[i];
            plain_heading(column->heading, strlen(column->heading), heading, sizeof heading);
            if (!*heading || column->twice || !plain_matches(role_hints[role][hint], heading) ||
                taken(guess, (int)i) || !can_be(column, role))
                continue;
            if (role != ROLE_NAME)
                return (int)i;
            if (best < 0 || nearer(guess, i, (size_t)best))
                best = (int)i;
        }
    }
    return best;
}

/* The first column with a heading that fits the role, whatever the heading says. */
static int by_content(const struct guess *guess, enum column_role role) {
    for (size_t i = 0; i < guess->n_columns; i++) {
        const struct guess_column *column = &guess->columns[i];
        if (*column->heading && !column->twice && !taken(guess, (int)i) && can_be(column, role))
            return (int)i;
    }
    return -1;
}

static bool headings_are_periods(const struct guess *guess) {
    size_t periods = 0;
    for (size_t i = 0; i < guess->n_columns; i++) {
        const struct guess_column *column = &guess->columns[i];
        int32_t key;
        periods +=
            column->numbers > 0 && period_key(column->heading, strlen(column->heading), &key);
    }
    return periods > 0;
}

const int *guess_level_codes(const char *level, size_t *count) {
    static const struct {
        const char *level;
        size_t n;
        int numbers[4];
    } levels[] = {{"lad", 4, {6, 7, 8, 9}},
                  {"utla", 4, {6, 8, 9, 10}},
                  {"csp", 1, {22}},
                  {"pfa", 1, {23}},
                  {"region", 1, {12}}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(levels[i].level, level) != 0)
            continue;
        *count = levels[i].n;
        return levels[i].numbers;
    }
    *count = 0;
    return NULL;
}

/* What the codes are of, by the first letters of most of them. */
static const char *level_of(struct guess *guess) {
    static const struct {
        const char *level;
        int numbers[5]; /* after the E */
    } levels[] = {
        {"lad", {6, 7, 8, 9}}, {"csp", {22}}, {"pfa", {23}}, {"utla", {10}}, {"region", {12}}};
    const char *best = "lad";
    size_t most = 0;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        size_t count = 0;
        for (size_t k = 0; k < 5 && levels[i].numbers[k]; k++)
            count += guess->prefixes['E' - 'A'][levels[i].numbers[k]];
        if (count <= most)
            continue;
        most = count;
        best = levels[i].level;
    }
    guess->level_told = most > 0;
    /* Counties and unitary authorities, without districts, are upper tiers. */
    const size_t *of = guess->prefixes['E' - 'A'];
    return strcmp(best, "lad") == 0 && of[10] > 0 && of[7] == 0 ? "utla" : best;
}

/* By heading, or, if it need not have a telling one, by what stands in it. */
static void decide(struct guess *guess, enum column_role role, const char *content) {
    int column = by_hint(guess, role);
    guess->why[role] = "by its heading";
    if (column < 0 && content) {
        column = by_content(guess, role);
        guess->why[role] = content;
    }
    guess->roles[role] = column;
}

void guess_roles(struct guess *guess) {
    int code = guess->roles[ROLE_CODE];
    for (int role = 0; role < ROLES; role++)
        guess->roles[role] = -1;
    guess->roles[ROLE_CODE] = code;
    guess->level = level_of(guess);
    decide(guess, ROLE_NAME, NULL);
    guess->wide = headings_are_periods(guess);
    if (guess->wide)
        return;
    decide(guess, ROLE_PERIOD, "each of its cells is a period");
    decide(guess, ROLE_LOWER, NULL);
    decide(guess, ROLE_UPPER, NULL);
    decide(guess, ROLE_STATUS, NULL);
    decide(guess, ROLE_VALUE, "the first column of numbers");
}
