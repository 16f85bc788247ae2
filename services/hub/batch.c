#include "services/hub/batch.h"

#include <stdlib.h>
#include <string.h>

/* --- lifetime --------------------------------------------------------------------------------- */

struct batch *batch_new(const struct job_row *row) {
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    batch->row = *row;
    batch->row.state = batch->row.result = batch->row.reason = NULL;
    batch->row.study = strdup(row->study);
    batch->row.kind = strdup(row->kind);
    batch->cut = FIRST_CUT;
    if (!batch->row.study || !batch->row.kind)
        batch_destroy(&batch);
    return batch;
}

void batch_destroy(struct batch **batch) {
    if (!*batch)
        return;
    free((*batch)->row.study);
    free((*batch)->row.kind);
    free((*batch)->pieces);
    free(*batch);
    *batch = NULL;
}

/* --- pieces ----------------------------------------------------------------------------------- */

static uint64_t end_of(const struct piece *piece) {
    return piece->row.first + piece->row.count;
}

/* The first piece that begins at `first` or later. */
static size_t find(const struct batch *batch, uint64_t first) {
    size_t low = 0, high = batch->n_pieces;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (batch->pieces[middle].row.first < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t batch_within(const struct batch *batch, uint64_t first, uint64_t count, size_t *at) {
    *at = find(batch, first);
    return find(batch, first + count) - *at;
}

bool batch_reserve(struct batch *batch, size_t more) {
    size_t wanted = batch->n_pieces + more;
    if (wanted <= batch->room)
        return true;
    size_t room = batch->room ? 2 * batch->room : 64;
    room = room < wanted ? wanted : room;
    struct piece *pieces = realloc(batch->pieces, room * sizeof *pieces);
    if (!pieces)
        return false;
    batch->pieces = pieces;
    batch->room = room;
    return true;
}

void batch_put(struct batch *batch, const struct piece_row *row) {
    size_t at, gone = batch_within(batch, row->first, row->count, &at);
    for (size_t i = at; i < at + gone; i++)
        batch->done -= batch->pieces[i].row.count;
    memmove(batch->pieces + at + 1, batch->pieces + at + gone,
            (batch->n_pieces - at - gone) * sizeof *batch->pieces);
    batch->n_pieces += 1 - gone;
    batch->pieces[at] = (struct piece){.row = *row};
    batch->done += row->count;
    batch->settled = false;
}

bool batch_whole(const struct batch *batch) {
    return batch->done == batch->row.items;
}

/* --- cutting ---------------------------------------------------------------------------------- */

bool batch_cut(struct batch *batch, size_t workers, uint64_t *first, uint64_t *count) {
    size_t at = find(batch, batch->next);
    /* What lay in the store at the start is stepped over. */
    if (at && end_of(&batch->pieces[at - 1]) > batch->next)
        batch->next = end_of(&batch->pieces[at - 1]);
    for (; at < batch->n_pieces && batch->pieces[at].row.first == batch->next; at++)
        batch->next = end_of(&batch->pieces[at]);
    uint64_t limit = at < batch->n_pieces ? batch->pieces[at].row.first : batch->row.items;
    if (batch->next == batch->row.items)
        return false;
    /* Towards the end cuts become smaller, so that nobody waits long for the last one. */
    uint64_t share = (batch->row.items - batch->next) / (2 * (workers ? workers : 1)) + 1;
    uint64_t least = batch->cut / 4 + 1;
    uint64_t size = share < least ? least : share;
    size = size < batch->cut ? size : batch->cut;
    *first = batch->next;
    *count = size < limit - batch->next ? size : limit - batch->next;
    batch->next += *count;
    return true;
}

static double smaller(double a, double b) {
    return a < b ? a : b;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

/* How long a task is to take whose piece has so many bytes, one of so many workers. */
static double task_ns(uint64_t bytes, size_t workers) {
    const double ns_per_ms = 1e6, ns_per_s = 1e9;
    double n = workers ? (double)workers : 1;
    double rate = smaller(PIECE_BYTES_PER_S, HUB_BYTES_PER_S / n);
    double least = larger(CUT_MS * ns_per_ms, n / HUB_TASKS_PER_S * ns_per_s);
    return smaller(larger(least, (double)bytes / rate * ns_per_s), CUT_MS_MAX * ns_per_ms);
}

void batch_measure(struct batch *batch, uint64_t count, uint64_t busy_ns, uint64_t bytes,
                   size_t workers, uint64_t longest_ns) {
    double items = (double)count, item_ns = (double)(busy_ns ? busy_ns : 1) / items;
    /* A worker's first tasks prepare what later ones find done: what is shorter counts more. */
    batch->item_ns = batch->item_ns == 0        ? item_ns
                     : item_ns < batch->item_ns ? (batch->item_ns + item_ns) / 2
                                                : batch->item_ns + (item_ns - batch->item_ns) / 8;
    if (count < batch->cut / 2)
        return; /* a rest: its piece is no measure of a whole one */
    double ns = smaller(task_ns(bytes, workers), (double)longest_ns);
    double cut = smaller(ns / batch->item_ns, (double)batch->row.items);
    cut = smaller(cut, larger((double)batch->cut, 4 * items));
    if (bytes)
        cut = smaller(cut, (double)CUT_BYTES / (double)bytes * items);
    batch->cut = cut < 1 ? 1 : (uint64_t)cut;
}

/* By the mean, not by item_ns, which keeps to the shortest. */
double batch_ns_left(const struct batch *batch) {
    uint64_t left = batch->row.items - batch->done;
    return batch->done ? (double)batch->row.busy_ns / (double)batch->done * (double)left : 0;
}

bool batch_left(const struct batch *batch, uint64_t *ms) {
    const double ns_per_ms = 1e6;
    if (batch->done == 0 || batch->in_hand == 0)
        return false;
    *ms = (uint64_t)(batch_ns_left(batch) / ns_per_ms / batch->in_hand) + 1;
    return true;
}

/* --- merging ---------------------------------------------------------------------------------- */

/* How many pieces from `at` on lie side by side, are of one level, and wait for nothing. */
static size_t run_at(const struct batch *batch, size_t at) {
    const struct piece *pieces = batch->pieces;
    size_t end = at;
    while (end < batch->n_pieces && !pieces[end].merging &&
           pieces[end].row.level == pieces[at].row.level &&
           (end == at || pieces[end].row.first == end_of(&pieces[end - 1])))
        end++;
    return end - at;
}

/* How many of a run can be merged at once. */
static size_t mergeable(const struct batch *batch, size_t at, size_t run) {
    uint64_t bytes = 0;
    size_t n = 0;
    while (n < run && n < MERGE_PIECES && bytes + batch->pieces[at + n].row.bytes <= MERGE_BYTES)
        bytes += batch->pieces[at + n++].row.bytes;
    bool full = n == MERGE_PIECES || (n < run && n > 1);
    return full ? n : 0;
}

/* A run between higher ones will never be longer: it is taken for as high as the lower of them, so
 * that it goes with them and does not stay in their way. True: it was. */
static bool raise_run(struct batch *batch, size_t at, size_t run) {
    struct piece *pieces = batch->pieces;
    size_t end = at + run;
    uint32_t level = pieces[at].row.level, left = UINT32_MAX, right = UINT32_MAX;
    if (at)
        left = end_of(&pieces[at - 1]) == pieces[at].row.first ? pieces[at - 1].row.level : 0;
    else if (pieces[at].row.first)
        left = 0;
    if (end < batch->n_pieces)
        right = end_of(&pieces[end - 1]) == pieces[end].row.first ? pieces[end].row.level : 0;
    else if (end_of(&pieces[end - 1]) < batch->row.items)
        right = 0;
    uint32_t to = left < right ? left : right;
    if (to <= level || to == UINT32_MAX)
        return false;
    for (size_t i = at; i < end; i++)
        pieces[i].row.level = to;
    return true;
}

bool batch_merge(struct batch *batch, uint64_t *first, uint64_t *count) {
    for (size_t at = 0; !batch->settled && at < batch->n_pieces;) {
        size_t run = run_at(batch, at), n = mergeable(batch, at, run);
        if (n) {
            struct piece *pieces = batch->pieces + at;
            *first = pieces[0].row.first;
            *count = end_of(&pieces[n - 1]) - *first;
            for (size_t i = 0; i < n; i++) {
                pieces[i].merging = true;
                pieces[i].row.level++;
            }
            return true;
        }
        if (run && run < MERGE_PIECES && raise_run(batch, at, run))
            at = 0;
        else
            at += run && run < MERGE_PIECES ? run : 1;
    }
    batch->settled = true;
    return false;
}

uint32_t batch_level(const struct batch *batch, uint64_t first, uint64_t count) {
    size_t at, n = batch_within(batch, first, count, &at);
    return n ? batch->pieces[at].row.level : 0;
}

void batch_unmerge(struct batch *batch, uint64_t first, uint64_t count) {
    size_t at, n = batch_within(batch, first, count, &at);
    for (size_t i = at; i < at + n; i++)
        batch->pieces[i].merging = false;
}
