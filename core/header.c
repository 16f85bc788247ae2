#include "core/header.h"

#include "core/number.h"
#include "core/period.h"
#include "core/plain_text.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

struct line {
    const struct cell *cells; /* copies */
    size_t count;
    uint64_t number;
    struct arena *arena; /* holds them */
};

struct search {
    const struct layout *layout;
    struct arena *arena;               /* of the row at hand: most rows are no header */
    struct line last[HEADER_ROWS_MAX]; /* the newest at the end */
    size_t n_last;
    bool has_expression;
    regex_t expression;
    struct misfit *misfit;
};

/* --- lines ------------------------------------------------------------------------------------ */

static bool copy_line(const struct row *row, struct line *out) {
    *out = (struct line){.count = row->count, .number = row->number, .arena = arena_new()};
    struct cell *cells = out->arena ? arena_alloc(out->arena, row->count, sizeof *cells) : NULL;
    if (!cells)
        return false;
    for (size_t i = 0; i < row->count; i++) {
        size_t length = row->cells[i].length < HEADING_ROOM ? row->cells[i].length : HEADING_ROOM;
        cells[i] = row->cells[i];
        cells[i].text = arena_copy(out->arena, row->cells[i].text, length);
        cells[i].length = length;
        if (!cells[i].text)
            return false;
    }
    out->cells = cells;
    return true;
}

static void drop_lines(struct search *search, size_t count) {
    for (size_t i = 0; i < count; i++)
        arena_destroy(&search->last[i].arena);
    search->n_last -= count;
    for (size_t i = 0; i < search->n_last; i++)
        search->last[i] = search->last[i + count];
}

static bool keep_line(struct search *search, const struct row *row) {
    if (search->n_last == search->layout->header_rows)
        drop_lines(search, 1);
    return copy_line(row, &search->last[search->n_last++]);
}

/* --- headings --------------------------------------------------------------------------------- */

static const struct cell *cell_at(const struct line *line, uint32_t column) {
    size_t low = 0, high = line->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (line->cells[middle].column < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < line->count && line->cells[low].column == column ? &line->cells[low] : NULL;
}

static bool is_blank(const struct cell *cell) {
    char plain[HEADING_ROOM + 1];
    if (!cell)
        return true;
    (void)plain_text(cell->text, cell->length, plain, sizeof plain);
    return plain[0] == '\0';
}

static void append(char *text, size_t room, const struct cell *cell) {
    size_t used = strlen(text);
    if (used + 1 < room && used)
        text[used++] = ' ';
    text[used] = '\0';
    plain_label(cell->text, cell->length, text + used, room - used);
}

/* The heading of one column, and what is carried on to the columns right of it. */
static bool make_heading(struct search *search, uint32_t column, const struct cell **carried,
                         struct heading *out) {
    char own[HEADING_ROOM] = "", whole[HEADING_ROOM] = "", small[HEADING_ROOM];
    for (size_t i = 0; i < search->n_last; i++) {
        const struct cell *cell = cell_at(&search->last[i], column);
        bool blank = is_blank(cell);
        if (!blank) {
            append(own, sizeof own, cell);
            carried[i] = cell;
            for (size_t below = i + 1; below < search->n_last; below++)
                carried[below] = NULL; /* it heads another group */
        }
        const struct cell *above = i + 1 < search->n_last ? carried[i] : NULL;
        if (!blank || above)
            append(whole, sizeof whole, blank ? above : cell);
    }
    out->column = column;
    plain_heading(own, strlen(own), small, sizeof small);
    out->own = arena_copy(search->arena, small, strlen(small));
    out->label = arena_copy(search->arena, whole, strlen(whole));
    plain_heading(whole, strlen(whole), small, sizeof small);
    out->whole = arena_copy(search->arena, small, strlen(small));
    return out->own && out->label && out->whole;
}

static bool make_headings(struct search *search, struct headings *out) {
    const struct line *bottom = &search->last[search->n_last - 1];
    const struct cell *carried[HEADER_ROWS_MAX] = {NULL};
    uint32_t widest = 0;
    for (size_t i = 0; i < search->n_last; i++) {
        const struct line *line = &search->last[i];
        if (line->count && line->cells[line->count - 1].column > widest)
            widest = line->cells[line->count - 1].column;
    }
    struct heading *list = arena_alloc(search->arena, widest, sizeof *list);
    if (!list)
        return false;
    *out = (struct headings){.list = list, .row = bottom->number, .fields = bottom->count};
    for (uint32_t column = 1; column <= widest; column++) {
        if (!make_heading(search, column, carried, &list[out->n]))
            return false;
        out->n += list[out->n].whole[0] != '\0';
    }
    return true;
}

/* --- matching --------------------------------------------------------------------------------- */

static bool matches(const struct patterns *patterns, const char *text) {
    for (size_t i = 0; i < patterns->n; i++) {
        if (plain_matches(patterns->list[i], text))
            return true;
    }
    return false;
}

/* The column that the patterns name; 0: none; *count says how many there are. A heading of several
 * rows is found by its own text or, if that finds none, by the whole. */
static uint32_t find_column(const struct headings *headings, const struct patterns *patterns,
                            size_t *count) {
    uint32_t found = 0;
    *count = 0;
    for (int whole = 0; whole < 2 && *count == 0; whole++) {
        for (size_t i = headings->n; i-- > 0;) {
            const struct heading *heading = &headings->list[i];
            if (!matches(patterns, whole ? heading->whole : heading->own))
                continue;
            found = heading->column;
            (*count)++;
        }
    }
    return found;
}

static void list_headings(const struct headings *headings, char *out, size_t room) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < headings->n && used + 60 < room; i++) {
        int n =
            snprintf(out + used, room - used, "%s'%.40s'", i ? ", " : "", headings->list[i].label);
        used += n > 0 ? (size_t)n : 0;
    }
}

struct missing {
    size_t count, asked;
    char names[160];
};

static void miss(struct missing *missing, const char *name, size_t found) {
    size_t used = strlen(missing->names);
    (void)snprintf(missing->names + used, sizeof missing->names - used, "%s%s'%.50s'",
                   used ? ", " : "", found > 1 ? "several called " : "", name);
    missing->count++;
}

/* A row with fewer columns missing is nearer; of rows that are as near the first counts, and where
 * all are missing the one with most headings, for titles have few. */
static void remember(struct search *search, const struct headings *headings,
                     const struct missing *missing) {
    char found[200];
    struct misfit *misfit = search->misfit;
    bool nearer = missing->count < misfit->missing ||
                  (missing->count == misfit->missing && missing->count == missing->asked &&
                   headings->n > misfit->headings);
    if (!nearer)
        return;
    misfit->missing = missing->count;
    misfit->headings = headings->n;
    list_headings(headings, found, sizeof found);
    (void)snprintf(search->misfit->reason, sizeof search->misfit->reason,
                   "row %llu has no column %s; it has %s", (unsigned long long)headings->row,
                   missing->names, found);
}

/* "#3": the third column, whatever stands above it. */
static bool by_place(const struct patterns *patterns, uint32_t *out) {
    unsigned long place;
    const char *text = patterns->list[0];
    if (*text != '#' || !number_whole(text + 1, strlen(text + 1), 1, BOOK_COLUMNS_MAX, &place))
        return false;
    *out = (uint32_t)place;
    return true;
}

static void one_column(const struct headings *headings, const struct patterns *patterns,
                       uint32_t *out, struct missing *missing) {
    size_t count;
    if (patterns->n == 0 || by_place(patterns, out))
        return;
    missing->asked++;
    *out = find_column(headings, patterns, &count);
    if (count != 1)
        miss(missing, patterns->list[0], count);
}

/* The period in a text by the layout's expression, or the text itself where there is none. */
static bool find_period(struct search *search, const char *text, const char **out) {
    regmatch_t groups[2];
    int32_t key;
    size_t from = 0, to = strlen(text);
    if (search->has_expression) {
        int found = regexec(&search->expression, text, 2, groups, 0);
        if (found == REG_ESPACE)
            return false;
        if (found != 0 || groups[1].rm_so < 0)
            return true;
        from = (size_t)groups[1].rm_so;
        to = (size_t)groups[1].rm_eo;
    }
    if (!period_key(text + from, to - from, &key))
        return true;
    while (from < to && text[from] == ' ')
        from++;
    while (to > from && text[to - 1] == ' ')
        to--;
    *out = arena_copy(search->arena, text + from, period_length(text + from, to - from));
    return *out != NULL;
}

static bool find_period_columns(struct search *search, struct header *out,
                                struct missing *missing) {
    const struct headings *headings = &out->headings;
    out->periods = arena_alloc(search->arena, headings->n, sizeof *out->periods);
    if (!out->periods)
        return false;
    missing->asked++;
    for (size_t i = 0; i < headings->n; i++) {
        struct period_column *to = &out->periods[out->n_periods];
        to->period = NULL;
        if (!find_period(search, headings->list[i].label, &to->period))
            return false;
        if (!to->period)
            continue;
        to->column = headings->list[i].column;
        to->label = headings->list[i].label;
        out->n_periods++;
    }
    if (out->n_periods == 0)
        miss(missing, "a period", 0);
    return true;
}

/* Whether the last lines are the header. False: out of memory. */
static bool try_lines(struct search *search, struct header *out, bool *fits) {
    const struct layout *layout = search->layout;
    struct missing missing = {0};
    const char *title = out->title_period;
    *out = (struct header){.title_period = title};
    out->filters = arena_alloc(search->arena, layout->n_filters, sizeof *out->filters);
    if (!out->filters || !make_headings(search, &out->headings))
        return false;
    for (int role = 0; role < ROLES; role++)
        one_column(&out->headings, &layout->columns[role], &out->columns[role], &missing);
    for (size_t i = 0; i < layout->n_filters; i++)
        one_column(&out->headings, &layout->filters[i].column, &out->filters[i], &missing);
    if (missing.count == 0 && layout->period_from == PERIOD_FROM_HEADINGS &&
        !find_period_columns(search, out, &missing))
        return false;
    *fits = missing.count == 0;
    if (!*fits)
        remember(search, &out->headings, &missing);
    return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool look_for_title(struct search *search, const struct row *row, struct header *out) {
    char plain[2 * HEADING_ROOM];
    if (search->layout->period_from != PERIOD_FROM_TITLE)
        return true;
    for (size_t i = 0; i < row->count && !out->title_period; i++) {
        (void)plain_text(row->cells[i].text, row->cells[i].length, plain, sizeof plain);
        if (!find_period(search, plain, &out->title_period))
            return false;
    }
    return true;
}

static bool title_fits(struct search *search, const struct header *out) {
    if (search->layout->period_from != PERIOD_FROM_TITLE || out->title_period)
        return true;
    search->misfit->missing = 1;
    (void)snprintf(search->misfit->reason, sizeof search->misfit->reason,
                   "no cell above the header in row %llu has a period by '%.200s'",
                   (unsigned long long)out->headings.row, search->layout->period_text);
    return false;
}

/* Takes one row. False: out of memory. */
static bool take_row(struct search *search, const struct row *row, struct arena *found,
                     struct header *out, bool *fits) {
    const char *title = out->title_period;
    search->arena = arena_new();
    bool good = search->arena && keep_line(search, row) && look_for_title(search, row, out) &&
                (search->n_last < search->layout->header_rows || try_lines(search, out, fits));
    bool kept = good && (*fits || out->title_period != title);
    if (kept)
        arena_take(found, &search->arena);
    arena_destroy(&search->arena);
    return good;
}

static enum header_result search_rows(const struct glance *glance, struct search *search,
                                      struct arena *arena, struct header *out,
                                      struct fault *fault) {
    for (size_t i = 0; i < glance->n; i++) {
        bool fits = false;
        if (!take_row(search, &glance->rows[i], arena, out, &fits)) {
            fault_memory(fault);
            return HEADER_BAD;
        }
        if (fits)
            return title_fits(search, out) ? HEADER_FOUND : HEADER_NONE;
    }
    if (glance->bad)
        *fault = glance->fault;
    return glance->bad ? HEADER_BAD : HEADER_NONE;
}

enum header_result header_find(const struct glance *glance, const struct layout *layout,
                               struct arena *arena, struct header *out, struct misfit *misfit,
                               struct fault *fault) {
    struct search search = {.layout = layout, .misfit = misfit};
    *out = (struct header){0};
    *misfit = (struct misfit){.missing = SIZE_MAX};
    search.has_expression = layout->period_text && layout->period_from != PERIOD_FIXED;
    /* It was tried when the description was read, so only memory can be amiss. */
    if (search.has_expression &&
        regcomp(&search.expression, layout->period_text, REG_EXTENDED) != 0) {
        fault_memory(fault);
        return HEADER_BAD;
    }
    enum header_result result = search_rows(glance, &search, arena, out, fault);
    drop_lines(&search, search.n_last);
    if (search.has_expression)
        regfree(&search.expression);
    if (result == HEADER_NONE && misfit->missing == SIZE_MAX)
        (void)snprintf(misfit->reason, sizeof misfit->reason, "there is no row");
    return result;
}
