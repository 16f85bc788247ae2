#include "core/succession.h"

#include "core/arena.h"
#include "core/geography.h"
#include "core/number.h"
#include "core/period.h"
#include "core/table.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_DIGITS = 10, YEAR_DIGITS = 4 };

static const char *const kind_names[SUCCESSION_KINDS] = {
    [SUCCESSION_RECODE] = "recode",
    [SUCCESSION_MERGE] = "merge",
    [SUCCESSION_SPLIT] = "split",
    [SUCCESSION_TRANSFER] = "transfer",
};

bool day_read(const char *text, size_t length, int32_t *out) {
    unsigned long year;
    if (length == YEAR_DIGITS && number_whole(text, length, 1000, 9999, &year)) {
        *out = (int32_t)year * 10000 + 1231;
        return true;
    }
    return length == DAY_DIGITS && text[4] == '-' && text[7] == '-' &&
           period_key(text, length, out);
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    const struct geography *geography;
    struct table_file table;
    struct succession_row *rows;
    size_t n;
};

static bool take_change(void *context, const struct csv_record *record, struct fault *fault) {
    enum { DATE, OLD, NEW, WEIGHT, KIND };
    struct reading *in = context;
    const struct csv_field *fields = record->fields;
    struct succession_row *row = &in->rows[in->n];
    const char *table = in->table.name;
    *row = (struct succession_row){.line = record->line, .kind = SUCCESSION_KINDS};
    if (!day_read(fields[DATE].text, fields[DATE].length, &row->day))
        return table_fault(table, &fields[DATE], "a day such as 2023-04-01, or a year", fault);
    row->from = geography_code(in->geography, fields[OLD].text);
    row->to = geography_code(in->geography, fields[NEW].text);
    if (row->from == SIZE_MAX)
        return table_fault(table, &fields[OLD], "a code of the code table", fault);
    if (row->to == SIZE_MAX || row->to == row->from)
        return table_fault(table, &fields[NEW], "another code of the code table", fault);
    const struct csv_field *weight = &fields[WEIGHT];
    if (weight->length &&
        (!number_read(weight->text, weight->length, &row->people) || !(row->people > 0)))
        return table_fault(table, weight, "people, a number above 0, or nothing", fault);
    for (int kind = 0; kind < SUCCESSION_KINDS; kind++) {
        if (strcmp(kind_names[kind], fields[KIND].text) == 0)
            row->kind = (enum succession_kind)kind;
    }
    if (row->kind == SUCCESSION_KINDS)
        return table_fault(table, &fields[KIND], "recode, merge, split or transfer", fault);
    in->n++;
    return true;
}

static int compare(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int by_day(const void *left, const void *right) {
    const struct succession_row *a = left, *b = right;
    int order = (a->day > b->day) - (a->day < b->day);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static int by_old(const void *left, const void *right) {
    const struct succession_row *a = *(const struct succession_row *const *)left;
    const struct succession_row *b = *(const struct succession_row *const *)right;
    int order = compare(a->from, b->from);
    return order ? order : by_day(a, b);
}

static int by_new(const void *left, const void *right) {
    const struct succession_row *a = *(const struct succession_row *const *)left;
    const struct succession_row *b = *(const struct succession_row *const *)right;
    int order = compare(a->to, b->to);
    return order ? order : by_day(a, b);
}

/* Sorts the rows that are followed into `order`; returns how many. */
static size_t followed(const struct reading *in, const struct succession_row **order,
                       int (*compare_rows)(const void *, const void *)) {
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (in->rows[i].kind != SUCCESSION_TRANSFER)
            order[n++] = &in->rows[i];
    }
    qsort(order, n, sizeof *order, compare_rows);
    return n;
}

/* A code ends once, and goes to several only by a split; a recode has one code on either side. */
static bool check_changes(const struct reading *in, const struct succession_row **order,
                          struct fault *fault) {
    const struct known_code *codes = in->geography->codes;
    size_t n = followed(in, order, by_old);
    for (size_t i = 1; i < n; i++) {
        const struct succession_row *a = order[i - 1], *b = order[i];
        bool split = a->kind == SUCCESSION_SPLIT && b->kind == SUCCESSION_SPLIT && a->day == b->day;
        if (a->from == b->from && (!split || a->to == b->to))
            return table_row_fault(in->table.name, b->line, "a second end of the code",
                                   codes[b->from].code, fault);
    }
    n = followed(in, order, by_new);
    for (size_t i = 1; i < n; i++) {
        const struct succession_row *a = order[i - 1], *b = order[i];
        bool recode = a->kind == SUCCESSION_RECODE || b->kind == SUCCESSION_RECODE;
        if (a->to == b->to && (recode || a->day != b->day))
            return table_row_fault(in->table.name, b->line, "a second beginning of the code",
                                   codes[b->to].code, fault);
    }
    return true;
}

bool succession_read(const struct geography *geography, struct table_file table,
                     struct succession *out, struct fault *fault) {
    static const char *const columns[] = {"date", "old_code", "new_code", "weight", "kind"};
    struct reading in = {.geography = geography, .table = table};
    size_t room;
    if (!table_lines(table, &room, fault))
        return false;
    in.rows = arena_alloc(geography->arena, room, sizeof *in.rows);
    const struct succession_row **order = calloc(room, sizeof *order);
    bool good = in.rows && order ? true : fault_memory(fault);
    good = good && table_read(table, columns, 5, take_change, &in, fault);
    if (good) {
        qsort(in.rows, in.n, sizeof *in.rows, by_day);
        good = check_changes(&in, order, fault);
    }
    free(order);
    *out = (struct succession){in.rows, in.n};
    return good;
}

/* --- asking ----------------------------------------------------------------------------------- */

bool succession_in_force(const struct succession *succession, size_t code, int32_t day) {
    for (size_t i = 0; i < succession->n; i++) {
        const struct succession_row *row = &succession->rows[i];
        if (row->kind == SUCCESSION_TRANSFER)
            continue;
        if ((row->from == code && row->day <= day) || (row->to == code && row->day > day))
            return false;
    }
    return true;
}

int32_t succession_since(const struct succession *succession, size_t code) {
    for (size_t i = 0; i < succession->n; i++) {
        if (succession->rows[i].to == code && succession->rows[i].kind != SUCCESSION_TRANSFER)
            return succession->rows[i].day;
    }
    return 0;
}

/* The next code of the same place by a recode, later or earlier; SIZE_MAX: none. */
static size_t recoded(const struct succession *succession, size_t code, bool later) {
    for (size_t i = 0; i < succession->n; i++) {
        const struct succession_row *row = &succession->rows[i];
        if (row->kind == SUCCESSION_RECODE && (later ? row->from : row->to) == code)
            return later ? row->to : row->from;
    }
    return SIZE_MAX;
}

size_t succession_standing(const struct succession *succession, size_t code, int32_t day) {
    size_t first = code, next;
    while ((next = recoded(succession, first, false)) != SIZE_MAX)
        first = next;
    size_t last = first;
    for (size_t at = first; at != SIZE_MAX; at = recoded(succession, at, true)) {
        if (succession_in_force(succession, at, day))
            return at;
        last = at;
    }
    return last;
}

size_t succession_until(const struct succession *succession, int32_t day) {
    size_t n = 0;
    while (n < succession->n && succession->rows[n].day <= day)
        n++;
    return n;
}

/* A code that two parts went to, or came from, is one part. */
static bool add_part(struct parts *parts, size_t code, double people, struct fault *fault) {
    for (size_t i = 0; i < parts->n; i++) {
        struct part *part = &parts->part[i];
        if (part->code != code)
            continue;
        part->people = part->people > 0 && people > 0 ? part->people + people : 0;
        return true;
    }
    if (parts->n == PARTS_MAX)
        return fault_set(fault, FAULT_INPUT, "an area of more than %d parts by the changes",
                         PARTS_MAX);
    parts->part[parts->n++] = (struct part){code, people};
    return true;
}

/* What the part is on the other side of the rows [first, end), which are of one day. */
static bool cross(const struct succession_row *first, const struct succession_row *end,
                  bool earlier, const struct part *part, struct parts *out, bool *touched,
                  struct fault *fault) {
    bool any = false;
    for (const struct succession_row *row = first; row < end; row++) {
        if (row->kind == SUCCESSION_TRANSFER || (earlier ? row->to : row->from) != part->code)
            continue;
        /* Forward, a recode or a merge takes all of the part; a split what its row says. */
        bool whole = row->kind == SUCCESSION_RECODE || (!earlier && row->kind == SUCCESSION_MERGE);
        any = true;
        if (!add_part(out, earlier ? row->from : row->to, whole ? part->people : row->people,
                      fault))
            return false;
    }
    *touched = *touched || any;
    return any || add_part(out, part->code, part->people, fault);
}

static bool cross_day(const struct succession_row *first, const struct succession_row *end,
                      bool earlier, struct parts *parts, bool *touched, struct fault *fault) {
    struct parts after = {.n = 0};
    *touched = false;
    for (size_t i = 0; i < parts->n; i++) {
        if (!cross(first, end, earlier, &parts->part[i], &after, touched, fault))
            return false;
    }
    if (*touched)
        *parts = after;
    return true;
}

bool succession_earlier(const struct succession *succession, size_t *at, struct parts *parts,
                        struct fault *fault) {
    for (bool touched = false; !touched;) {
        size_t end = *at, first = end;
        if (end == 0)
            return false;
        while (first > 0 && succession->rows[first - 1].day == succession->rows[end - 1].day)
            first--;
        *at = first;
        if (!cross_day(succession->rows + first, succession->rows + end, true, parts, &touched,
                       fault))
            return false;
    }
    return true;
}

bool succession_later(const struct succession *succession, size_t *at, struct parts *parts,
                      struct fault *fault) {
    for (bool touched = false; !touched;) {
        size_t first = *at, end = first;
        if (first == succession->n)
            return false;
        while (end < succession->n && succession->rows[end].day == succession->rows[first].day)
            end++;
        *at = end;
        if (!cross_day(succession->rows + first, succession->rows + end, false, parts, &touched,
                       fault))
            return false;
    }
    return true;
}
