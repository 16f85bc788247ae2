#include "services/views/league.h"

#include "core/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const league_sort_words[LEAGUE_SORTS] = {"rank", "name",  "region",
                                                     "type", "score", "change"};

bool league_falls(enum league_sort sort) {
    return sort == LEAGUE_SCORE || sort == LEAGUE_CHANGE;
}

int64_t league_rise(const struct league_row *row) {
    return row->moved && row->before && row->rank ? (int64_t)row->before - row->rank : 0;
}

/* --- sorting ---------------------------------------------------------------------------------- */

/* What a row is sorted by, worked out once. */
struct sorted {
    bool has;         /* those that have nothing to be sorted by are last */
    double number;    /* or: */
    const char *text; /* NULL: by the number */
    struct league_row row;
    bool falling;
};

static struct sorted sorted_by(const struct view *view, const struct league_wanted *wanted,
                               const struct league_row *row) {
    const struct area *area = &view->pack->geography->areas[row->area];
    const struct column *score = &view->edition->nodes[wanted->node].score;
    struct sorted out = {.has = true, .row = *row, .falling = wanted->falling};
    uint32_t rank = row->rank;
    switch (wanted->sort) {
    case LEAGUE_NAME:
        out.text = area->name;
        return out;
    case LEAGUE_REGION:
        out.text = area->region;
        return out;
    case LEAGUE_TYPE:
        out.text = area->type;
        return out;
    case LEAGUE_SCORE:
        out.has = score->status[row->area] == STATUS_VALUE;
        out.number = out.has ? score->value[row->area] : 0;
        return out;
    case LEAGUE_CHANGE:
        out.has = row->rank && !row->is_new && !(row->moved && !row->before);
        out.number = (double)league_rise(row);
        return out;
    case LEAGUE_NODE:
        rank = view->edition->nodes[wanted->sort_node].rank[row->area];
        break;
    case LEAGUE_RANK:
        break;
    }
    out.has = rank != 0;
    out.number = rank;
    return out;
}

static int by_value(const struct sorted *a, const struct sorted *b) {
    if (a->text)
        return strcmp(a->text, b->text);
    return (a->number > b->number) - (a->number < b->number);
}

/* Then by rank, then in the order of the pack: the same in every run. */
static int compare(const void *left, const void *right) {
    const struct sorted *a = left, *b = right;
    if (a->has != b->has)
        return a->has ? -1 : 1;
    int order = by_value(a, b);
    if (order)
        return a->falling ? -order : order;
    uint32_t rank = a->row.rank ? a->row.rank : UINT32_MAX;
    uint32_t other = b->row.rank ? b->row.rank : UINT32_MAX;
    if (rank != other)
        return rank < other ? -1 : 1;
    return a->row.area < b->row.area ? -1 : 1;
}

/* Rows are in the order of the rank at first: each one's rank among them is one more than how many
 * stand before it with a better one. */
static void rank_within(struct sorted *rows, size_t n) {
    for (size_t i = 0; i < n && rows[i].row.rank; i++) {
        bool equal = i && rows[i].row.rank == rows[i - 1].row.rank;
        rows[i].row.within = equal ? rows[i - 1].row.within : (uint32_t)i + 1;
    }
}

/* A place, or a node, that was not in the edition before is no change, and had no rank there. */
static void find_before(const struct view *view, size_t node, struct league_row *rows,
                        size_t n_areas) {
    for (size_t i = 0; view->changes && i < view->changes->count; i++) {
        const struct change *change = &view->changes->changes[i];
        if (change->node != node || change->area >= n_areas)
            continue;
        rows[change->area].moved = true;
        rows[change->area].before = change->old_rank;
    }
    for (size_t i = 0; view->before && i < n_areas; i++)
        rows[i].is_new = rows[i].rank && !rows[i].moved && !(view_rank_before(view, node, i) > 0);
}

static size_t choose(const struct view *view, const struct league_wanted *wanted,
                     const struct league_row *all, struct sorted *out) {
    const struct league_wanted by_rank = {.node = wanted->node, .sort = LEAGUE_RANK};
    size_t n = 0;
    for (size_t i = 0; i < view->edition->n_areas; i++) {
        if (choice_takes(&wanted->places, view, wanted->node, i))
            out[n++] = sorted_by(view, &by_rank, &all[i]);
    }
    qsort(out, n, sizeof *out, compare);
    rank_within(out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = sorted_by(view, wanted, &out[i].row);
    qsort(out, n, sizeof *out, compare);
    return n;
}

struct league *league_of(const struct view *view, const struct league_wanted *wanted) {
    size_t n_areas = view->edition->n_areas;
    struct league *out = calloc(1, sizeof *out + n_areas * sizeof *out->rows);
    struct league_row *all = calloc(n_areas + 1, sizeof *all);
    struct sorted *chosen = calloc(n_areas + 1, sizeof *chosen);
    if (out && all && chosen) {
        for (size_t i = 0; i < n_areas; i++)
            all[i] =
                (struct league_row){.area = i, .rank = view->edition->nodes[wanted->node].rank[i]};
        find_before(view, wanted->node, all, n_areas);
        out->of = choose(view, wanted, all, chosen);
        out->n = wanted->limit && wanted->limit < out->of ? wanted->limit : out->of;
        for (size_t i = 0; i < out->n; i++)
            out->rows[i] = chosen[i].row;
    } else {
        free(out);
        out = NULL;
    }
    free(all);
    free(chosen);
    return out;
}

/* --- what a request wants --------------------------------------------------------------------- */

static bool read_sort(const struct request *request, const struct view *view,
                      struct league_wanted *out, struct answer *answer) {
    const char *word = choice_given(request, "sort");
    out->sort = LEAGUE_RANK;
    for (size_t i = 0; word && i < LEAGUE_SORTS; i++) {
        if (strcmp(word, league_sort_words[i]) == 0) {
            out->sort = (enum league_sort)i;
            return true;
        }
    }
    if (!word)
        return true;
    out->sort = LEAGUE_NODE;
    return choice_node(request, "sort", view, 0, &out->sort_node, answer);
}

bool league_read(const struct request *request, const struct view *view, struct league_wanted *out,
                 struct answer *answer) {
    static const char *const orders[] = {"asc", "desc"};
    uint64_t limit = 0;
    size_t order;
    *out = (struct league_wanted){0};
    if (!choice_node(request, "node", view, 0, &out->node, answer) ||
        !choice_places(request, view, &out->places, answer) ||
        !read_sort(request, view, out, answer) ||
        !choice_word(request, "order", orders, 2, &order, answer) ||
        (choice_given(request, "limit") &&
         !request_number(request, "limit", 0, 1, INT32_MAX, &limit, answer)))
        return false;
    out->limit = (size_t)limit;
    out->falling = choice_given(request, "order") ? order == 1 : league_falls(out->sort);
    return true;
}
