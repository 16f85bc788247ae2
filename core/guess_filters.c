#include "core/guess_parts.h"

#include "core/plain_text.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct guess_sample *)a)->key, ((const struct guess_sample *)b)->key);
}

/* A filter is a column of few words that has no other part. */
static bool can_filter(const struct guess *guess, size_t i) {
    const struct guess_column *column = &guess->columns[i];
    for (int role = 0; role < ROLES; role++) {
        if (guess->roles[role] == (int)i)
            return false;
    }
    return !column->many && column->n_values > 1 && *column->heading && !column->twice &&
           column->numbers <= column->prose;
}

/* How many rows a column tells apart from the one before, for the same area and period. */
static size_t tells_apart(const struct guess_sample *samples, size_t n, size_t column) {
    size_t count = 0;
    for (size_t i = 1; i < n; i++) {
        count += samples[i].value[column] != samples[i - 1].value[column] &&
                 strcmp(samples[i].key, samples[i - 1].key) == 0;
    }
    return count;
}

static bool is_there(const struct guess_sample *samples, size_t n, size_t column, size_t value) {
    for (size_t i = 0; i < n; i++) {
        if (samples[i].value[column] == value)
            return true;
    }
    return false;
}

/* Of the values that are left in a column the one that stands for everybody, or the first. */
static size_t preferred(const struct guess_column *column, const struct guess_sample *samples,
                        size_t n, size_t at) {
    static const char *const all[] = {"all*", "total*", "persons", "people", "both*"};
    char plain[GUESS_TEXT];
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        for (size_t i = 0; i < column->n_values; i++) {
            plain_heading(column->values[i], strlen(column->values[i]), plain, sizeof plain);
            if (plain_matches(all[k], plain) && is_there(samples, n, at, i))
                return i;
        }
    }
    for (size_t i = 0; i < column->n_values; i++) {
        if (is_there(samples, n, at, i))
            return i;
    }
    return 0;
}

static size_t keep_rows(struct guess_sample *samples, size_t n, struct guess_filter filter) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (samples[i].value[filter.column] == filter.value)
            samples[kept++] = samples[i];
    }
    return kept;
}

/* The column that tells most rows apart; SIZE_MAX: none does. */
static size_t best_filter(const struct guess *guess, const struct guess_sample *samples, size_t n) {
    size_t best = SIZE_MAX, most = 0;
    for (size_t i = 0; i < guess->n_columns; i++) {
        size_t count = can_filter(guess, i) ? tells_apart(samples, n, i) : 0;
        if (count <= most)
            continue;
        most = count;
        best = i;
    }
    return best;
}

/* Leaves the rows of the level's own codes. */
static size_t of_level(const struct guess *guess, struct guess_sample *samples, size_t n) {
    size_t n_codes, kept = 0;
    const int *codes = guess_level_codes(guess->level, &n_codes);
    for (size_t i = 0; i < n; i++) {
        const char *code = samples[i].key;
        bool own = false;
        for (size_t k = 0; k < n_codes && guess_is_code(code) && *code == 'E'; k++)
            own |= codes[k] == (code[1] - '0') * 10 + code[2] - '0';
        if (own)
            samples[kept++] = samples[i];
    }
    return kept;
}

void guess_filters(struct guess *guess, struct guess_sample *samples, size_t n) {
    int period = guess->roles[ROLE_PERIOD];
    n = of_level(guess, samples, n);
    for (size_t i = 0; i < n && period >= 0; i++) {
        size_t used = strlen(samples[i].key);
        (void)snprintf(samples[i].key + used, sizeof samples[i].key - used, " %u",
                       samples[i].value[period]);
    }
    qsort(samples, n, sizeof *samples, by_key);
    /* One after the other, because a column often says the same as another in other words. */
    while (guess->n_filters < GUESS_FILTERS) {
        size_t column = best_filter(guess, samples, n);
        if (column == SIZE_MAX)
            break;
        const struct guess_filter filter = {column,
                                            preferred(&guess->columns[column], samples, n, column)};
        guess->filters[guess->n_filters++] = filter;
        n = keep_rows(samples, n, filter);
    }
    bool many_periods = period >= 0 && guess->columns[period].many;
    for (size_t i = 1; i < n && !many_periods; i++)
        guess->repeats |= strcmp(samples[i].key, samples[i - 1].key) == 0;
}
