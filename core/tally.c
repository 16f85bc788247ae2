/* Counting ranks. Bins wait as they come, and go in among the counts, which are kept as they are
 * written, when many have come: counts that are not there take no room. */
#include "core/tally_parts.h"

#include <stdlib.h>
#include <string.h>

/* Bins that may wait, over all nodes, and at each of how many items: of few at first, since a few
 * hundred replicates are all that most ask for. */
enum { WAITING = 1 << 23, WAITING_ITEMS = 16, WAITING_ITEMS_FIRST = 256, WAITING_ITEMS_MAX = 4096 };

/* Places whose bins lie together, item by item: a line of the processor's cache. */
enum { BLOCK = 16 };

struct tally {
    struct tally_shape shape;
    struct tally_bins bins;
    uint32_t *waiting;                 /* by block, by item, by area within: bin + 1, 0: no rank */
    size_t n_waiting, room, most_room; /* items */
    struct tally_buffer counts;        /* by area, of all that waits no more */
    uint32_t *ranked;                  /* by area, likewise: items in which it has a rank */
    uint32_t *in_band;                 /* [area * bands + band - 1] */
    uint64_t *beyond;                  /* by area: ranks less the least rank of each one's bin */
    struct tally_ends *ends;           /* by area, in bins wider than 1 */
};

uint32_t tally_bin_width(size_t n_areas, size_t n_nodes, uint64_t items) {
    size_t most = TALLY_CELLS_MAX / (n_areas ? n_areas : 1) / (n_nodes ? n_nodes : 1);
    if (items <= most || n_areas <= most)
        return 1;
    return (uint32_t)(most ? (n_areas + most - 1) / most : n_areas);
}

/* Makes room for so many items, none of which waits now. It is written before it is read. */
static bool make_room(struct tally *tally, size_t items, struct fault *fault) {
    size_t room = items < tally->most_room ? items : tally->most_room;
    if (room == tally->room)
        return true;
    free(tally->waiting); /* before there is more */
    tally->waiting =
        malloc((tally->shape.n_areas / BLOCK + 1) * room * BLOCK * sizeof *tally->waiting);
    tally->room = tally->waiting ? room : 0;
    return tally->waiting || fault_memory(fault);
}

static bool open_tally(struct tally *tally, size_t n_nodes, struct fault *fault) {
    size_t n = tally->shape.n_areas, room = WAITING / n / n_nodes;
    room = room < WAITING_ITEMS ? WAITING_ITEMS : room;
    tally->most_room = room < WAITING_ITEMS_MAX ? room : WAITING_ITEMS_MAX;
    if (!make_room(tally, WAITING_ITEMS_FIRST, fault))
        return false;
    tally->ranked = calloc(n, sizeof *tally->ranked);
    tally->in_band = calloc(n, tally->shape.bands * sizeof *tally->in_band);
    tally->beyond = calloc(n, sizeof *tally->beyond);
    tally->ends = calloc(n, sizeof *tally->ends);
    if (!tally->ranked || !tally->in_band || !tally->beyond || !tally->ends)
        return fault_memory(fault);
    if (!tally_reserve(&tally->counts, n, fault))
        return false;
    return tally_bins_open(&tally->bins, tally_n_bins(n, tally->shape.bin_width), fault);
}

struct tally *tally_new(size_t n_areas, unsigned bands, uint32_t bin_width, size_t n_nodes,
                        struct fault *fault) {
    if (n_areas == 0 || n_areas > TALLY_CELLS_MAX || bands == 0 || bands > UINT8_MAX ||
        bin_width == 0 || n_nodes == 0) {
        fault_set(fault, FAULT_INPUT, "no ranks of %zu places in bins of %u can be counted",
                  n_areas, bin_width);
        return NULL;
    }
    struct tally *tally = calloc(1, sizeof *tally);
    if (!tally) {
        fault_memory(fault);
        return NULL;
    }
    tally->shape = (struct tally_shape){n_areas, bands, bin_width, 0};
    if (!open_tally(tally, n_nodes, fault))
        tally_destroy(&tally);
    return tally;
}

void tally_destroy(struct tally **tally) {
    if (!*tally)
        return;
    free((*tally)->waiting);
    free((*tally)->ranked);
    free((*tally)->in_band);
    free((*tally)->beyond);
    free((*tally)->ends);
    tally_bins_close(&(*tally)->bins);
    free((*tally)->counts.bytes);
    free(*tally);
    *tally = NULL;
}

/* Lets the bins that wait go in among the counts. */
static bool settle(struct tally *tally, struct fault *fault) {
    struct tally_buffer counts = {0};
    struct tally_cursor cursor = {tally->counts.bytes, tally->counts.bytes + tally->counts.length};
    size_t n = tally->shape.n_areas;
    if (!tally->n_waiting)
        return true;
    bool good = tally_reserve(&counts, tally->counts.length + n, fault);
    for (size_t a = 0; good && a < n; a++) {
        (void)tally_bins_take(&tally->bins, &cursor, tally->ranked[a]); /* our own are good */
        const uint32_t *waiting = tally->waiting + a / BLOCK * tally->room * BLOCK + a % BLOCK;
        for (size_t i = 0; i < tally->n_waiting; i++) {
            if (!waiting[i * BLOCK])
                continue;
            tally_bins_add(&tally->bins, waiting[i * BLOCK] - 1, 1);
            tally->ranked[a]++;
        }
        good = tally_bins_put(&tally->bins, &counts, fault);
        tally_bins_clear(&tally->bins);
    }
    free(tally->counts.bytes);
    tally->counts = counts;
    tally->n_waiting = 0;
    return good;
}

/* Of one place; false: it cannot have it. */
static bool add_rank(struct tally *tally, size_t a, uint32_t rank, uint8_t band,
                     uint32_t *waiting) {
    const struct tally_shape *shape = &tally->shape;
    *waiting = 0;
    if (!rank)
        return true;
    if (rank > shape->n_areas || !band || band > shape->bands)
        return false;
    uint32_t from = rank - 1, bin = from;
    if (shape->bin_width > 1) {
        bin = from / shape->bin_width;
        tally->beyond[a] += from - bin * shape->bin_width;
        tally_ends_widen(&tally->ends[a], (struct tally_ends){rank, rank});
    }
    *waiting = bin + 1;
    tally->in_band[a * shape->bands + band - 1]++;
    return true;
}

bool tally_add(struct tally *tally, const uint32_t *rank, const uint8_t *band,
               struct fault *fault) {
    const struct tally_shape *shape = &tally->shape;
    if (shape->items == UINT32_MAX)
        return fault_set(fault, FAULT_INPUT, "ranks of more than %u items", UINT32_MAX);
    if (tally->n_waiting == tally->room &&
        !(settle(tally, fault) && make_room(tally, 2 * tally->room, fault)))
        return false;
    for (size_t first = 0; first < shape->n_areas; first += BLOCK) {
        uint32_t *waiting = tally->waiting + first * tally->room + tally->n_waiting * BLOCK;
        size_t end = first + BLOCK < shape->n_areas ? first + BLOCK : shape->n_areas;
        for (size_t a = first; a < end; a++) {
            if (!add_rank(tally, a, rank[a], band[a], &waiting[a - first]))
                return fault_set(fault, FAULT_INPUT, "rank %u in band %u of %u, of %zu places",
                                 rank[a], band[a], shape->bands, shape->n_areas);
        }
    }
    tally->n_waiting++;
    tally->shape.items++;
    return true;
}

/* One place's numbers; `cursor` is among the counts. */
static bool put_place(struct tally *tally, size_t a, struct tally_cursor *cursor,
                      struct tally_buffer *out, struct fault *fault) {
    size_t bands = tally->shape.bands;
    if (!tally_reserve(out, (bands + TALLY_MORE) * TALLY_NUMBER, fault))
        return false;
    tally_put(out, tally->shape.items - tally->ranked[a]);
    if (!tally->ranked[a])
        return true;
    for (size_t b = 0; b + 1 < bands; b++)
        tally_put(out, tally->in_band[a * bands + b]);
    tally_put_more(out, &tally->shape, tally->beyond[a], tally->ends[a]);
    const uint8_t *from = cursor->at;
    (void)tally_bins_take(&tally->bins, cursor, tally->ranked[a]);
    tally_bins_clear(&tally->bins);
    size_t length = (size_t)(cursor->at - from);
    if (!tally_reserve(out, length, fault))
        return false;
    memcpy(out->bytes + out->length, from, length);
    out->length += length;
    return true;
}

uint8_t *tally_bytes(struct tally *tally, size_t *length, struct fault *fault) {
    struct tally_buffer out = {0};
    bool good = settle(tally, fault) && tally_put_shape(&out, &tally->shape, fault);
    struct tally_cursor cursor = {tally->counts.bytes, tally->counts.bytes + tally->counts.length};
    for (size_t a = 0; good && a < tally->shape.n_areas; a++)
        good = put_place(tally, a, &cursor, &out, fault);
    *length = out.length;
    if (good)
        return out.bytes;
    free(out.bytes);
    return NULL;
}
