/* Tallies as bytes: checked, put together, read. */
#include "core/tally_parts.h"

#include <stdlib.h>
#include <string.h>

/* --- numbers ---------------------------------------------------------------------------------- */

bool tally_reserve(struct tally_buffer *buffer, size_t more, struct fault *fault) {
    if (buffer->room - buffer->length >= more && buffer->bytes)
        return true;
    if (more > SIZE_MAX / 4 || buffer->room > SIZE_MAX / 4)
        return fault_memory(fault);
    size_t room = buffer->length + more + buffer->room / 2 + 256;
    uint8_t *bytes = realloc(buffer->bytes, room);
    if (!bytes)
        return fault_memory(fault);
    buffer->bytes = bytes;
    buffer->room = room;
    return true;
}

void tally_put(struct tally_buffer *buffer, uint64_t number) {
    for (; number >= 128; number >>= 7)
        buffer->bytes[buffer->length++] = (uint8_t)(number | 128);
    buffer->bytes[buffer->length++] = (uint8_t)number;
}

bool tally_put_shape(struct tally_buffer *buffer, const struct tally_shape *shape,
                     struct fault *fault) {
    const uint64_t numbers[] = {TALLY_VERSION, shape->n_areas, shape->bands, shape->bin_width,
                                shape->items};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    if (!tally_reserve(buffer, (size_t)NUMBERS * TALLY_NUMBER, fault))
        return false;
    for (size_t i = 0; i < NUMBERS; i++)
        tally_put(buffer, numbers[i]);
    return true;
}

/* Only the shortest way to write a number is one, so that equal tallies are equal bytes. */
static bool take(struct tally_cursor *cursor, uint64_t *number) {
    *number = 0;
    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;
        if (shift == 63 && byte > 1)
            return false;
        *number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return byte != 0 || shift == 0;
    }
    return false;
}

/* --- bins ------------------------------------------------------------------------------------- */

size_t tally_n_bins(size_t n_areas, uint32_t bin_width) {
    return (n_areas - 1) / bin_width + 1;
}

bool tally_bins_open(struct tally_bins *bins, size_t n, struct fault *fault) {
    *bins = (struct tally_bins){.n = n, .low = SIZE_MAX};
    bins->count = calloc(n, sizeof *bins->count);
    bins->set = calloc(n / 64 + 1, sizeof *bins->set);
    if (bins->count && bins->set)
        return true;
    tally_bins_close(bins);
    return fault_memory(fault);
}

void tally_bins_close(struct tally_bins *bins) {
    free(bins->count);
    free(bins->set);
    *bins = (struct tally_bins){0};
}

void tally_bins_clear(struct tally_bins *bins) {
    for (size_t bin = 0; bins->used; bins->used--) {
        bin = tally_bins_next(bins, bins->low * 64 > bin ? bins->low * 64 : bin);
        bins->count[bin++] = 0;
    }
    if (bins->low <= bins->high)
        memset(bins->set + bins->low, 0, (bins->high - bins->low + 1) * sizeof *bins->set);
    bins->low = SIZE_MAX;
    bins->high = 0;
}

bool tally_bins_take(struct tally_bins *bins, struct tally_cursor *cursor, uint32_t n) {
    size_t next = 0;
    for (uint32_t seen = 0; seen < n;) {
        uint64_t code, count = 0;
        if (!take(cursor, &code) || code >> 1 >= bins->n - next ||
            ((code & 1) && (!take(cursor, &count) || count > UINT32_MAX - 2)))
            return false;
        count = code & 1 ? count + 2 : 1;
        if (count > n - seen)
            return false;
        next += (size_t)(code >> 1);
        tally_bins_add(bins, next++, (uint32_t)count);
        seen += (uint32_t)count;
    }
    return true;
}

bool tally_bins_put(const struct tally_bins *bins, struct tally_buffer *out, struct fault *fault) {
    if (!tally_reserve(out, bins->used * TALLY_BIN, fault))
        return false;
    size_t next = 0;
    for (size_t i = 0; i < bins->used; i++) {
        size_t bin = tally_bins_next(bins, i ? next : bins->low * 64);
        uint32_t count = bins->count[bin];
        tally_put(out, (uint64_t)(bin - next) << 1 | (count > 1));
        if (count > 1)
            tally_put(out, count - 2);
        next = bin + 1;
    }
    return true;
}

/* --- a tally ---------------------------------------------------------------------------------- */

struct place {
    uint32_t n;
    uint64_t beyond;
    struct tally_ends ends;
    uint32_t *in_band; /* added to */
};

static bool torn(struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "these bytes are no counts of ranks, or not all of them");
}

/* Each area takes a byte at least, so that what is made for them is bounded by the bytes. */
static bool take_shape(struct tally_cursor *cursor, struct tally_shape *shape,
                       struct fault *fault) {
    uint64_t version, areas, bands, width, items;
    if (!take(cursor, &version) || version != TALLY_VERSION || !take(cursor, &areas) ||
        !take(cursor, &bands) || !take(cursor, &width) || !take(cursor, &items) || areas == 0 ||
        areas > UINT32_MAX || areas > (size_t)(cursor->end - cursor->at) || bands == 0 ||
        bands > UINT8_MAX || width == 0 || width > UINT32_MAX || items > UINT32_MAX)
        return torn(fault);
    *shape = (struct tally_shape){(size_t)areas, (unsigned)bands, (uint32_t)width, (uint32_t)items};
    return true;
}

void tally_put_more(struct tally_buffer *buffer, const struct tally_shape *shape, uint64_t beyond,
                    struct tally_ends ends) {
    tally_put(buffer, beyond);
    if (shape->bin_width > 1) {
        tally_put(buffer, ends.best - 1);
        tally_put(buffer, ends.worst - ends.best);
    }
}

static bool take_more(struct tally_cursor *cursor, const struct tally_shape *shape,
                      struct place *place) {
    uint64_t best, range;
    if (!take(cursor, &place->beyond) ||
        place->beyond > (uint64_t)place->n * (shape->bin_width - 1))
        return false;
    place->ends = (struct tally_ends){0};
    if (shape->bin_width == 1)
        return true;
    if (!take(cursor, &best) || best >= shape->n_areas || !take(cursor, &range) ||
        range >= shape->n_areas - best)
        return false;
    place->ends = (struct tally_ends){(uint32_t)best + 1, (uint32_t)(best + range) + 1};
    return true;
}

static bool take_place(struct tally_cursor *cursor, const struct tally_shape *shape,
                       struct tally_bins *bins, struct place *place) {
    uint64_t missing, left, number;
    if (!take(cursor, &missing) || missing > shape->items)
        return false;
    place->n = (uint32_t)(shape->items - missing);
    place->beyond = 0;
    if (!place->n)
        return true;
    left = place->n;
    for (unsigned b = 0; b + 1 < shape->bands; b++) {
        if (!take(cursor, &number) || number > left)
            return false;
        place->in_band[b] += (uint32_t)number;
        left -= number;
    }
    place->in_band[shape->bands - 1] += (uint32_t)left;
    return take_more(cursor, shape, place) && tally_bins_take(bins, cursor, place->n);
}

bool tally_shape(const struct tally_span *span, struct tally_shape *shape, struct fault *fault) {
    struct tally_cursor cursor = {span->bytes, span->bytes + span->length};
    return take_shape(&cursor, shape, fault);
}

/* Whether the least and the largest rank lie in the first and the last of the place's bins. */
static bool ends_fit(const struct tally_shape *shape, const struct tally_bins *bins,
                     const struct place *place) {
    if (!place->n || shape->bin_width == 1)
        return true;
    size_t first = tally_bins_next(bins, bins->low * 64);
    size_t last = bins->high * 64 + 63 - (size_t)__builtin_clzll(bins->set[bins->high]);
    return first == (place->ends.best - 1) / shape->bin_width &&
           last == (place->ends.worst - 1) / shape->bin_width;
}

bool tally_check(const struct tally_span *span, struct tally_shape *shape, struct fault *fault) {
    struct tally_cursor cursor = {span->bytes, span->bytes + span->length};
    struct tally_bins bins;
    if (!take_shape(&cursor, shape, fault) ||
        !tally_bins_open(&bins, tally_n_bins(shape->n_areas, shape->bin_width), fault))
        return false;
    bool good = true;
    for (size_t a = 0; good && a < shape->n_areas; a++) {
        uint32_t in_band[UINT8_MAX] = {0};
        struct place place = {.in_band = in_band};
        good = take_place(&cursor, shape, &bins, &place) && ends_fit(shape, &bins, &place);
        tally_bins_clear(&bins);
    }
    tally_bins_close(&bins);
    return (good && cursor.at == cursor.end) || torn(fault);
}

/* --- putting together ------------------------------------------------------------------------- */

struct merging {
    struct tally_cursor *cursors;
    struct tally_shape *shapes, whole;
    size_t n;
    struct tally_bins bins;
    struct tally_buffer out;
};

static bool open_merging(struct merging *m, const struct tally_span *spans, struct fault *fault) {
    m->cursors = calloc(m->n, sizeof *m->cursors);
    m->shapes = calloc(m->n, sizeof *m->shapes);
    if (!m->cursors || !m->shapes)
        return fault_memory(fault);
    for (size_t i = 0; i < m->n; i++) {
        m->cursors[i] = (struct tally_cursor){spans[i].bytes, spans[i].bytes + spans[i].length};
        if (!take_shape(&m->cursors[i], &m->shapes[i], fault))
            return false;
        const struct tally_shape *one = &m->shapes[i], *first = &m->shapes[0];
        if (one->n_areas != first->n_areas || one->bands != first->bands ||
            one->bin_width != first->bin_width)
            return fault_set(fault, FAULT_INPUT, "counts of ranks of different shapes");
        if (i == 0)
            m->whole = *first;
        else if (one->items > UINT32_MAX - m->whole.items)
            return fault_set(fault, FAULT_INPUT, "ranks of more than %u items", UINT32_MAX);
        else
            m->whole.items += one->items;
    }
    return tally_bins_open(&m->bins, tally_n_bins(m->whole.n_areas, m->whole.bin_width), fault);
}

static bool merge_place(struct merging *m, struct fault *fault) {
    uint32_t in_band[UINT8_MAX] = {0};
    struct place all = {.in_band = in_band};
    for (size_t i = 0; i < m->n; i++) {
        struct place one = {.in_band = in_band};
        if (!take_place(&m->cursors[i], &m->shapes[i], &m->bins, &one))
            return torn(fault);
        all.n += one.n;
        all.beyond += one.beyond;
        tally_ends_widen(&all.ends, one.ends);
    }
    if (!tally_reserve(&m->out, ((size_t)m->whole.bands + TALLY_MORE) * TALLY_NUMBER, fault))
        return false;
    tally_put(&m->out, m->whole.items - all.n);
    for (unsigned b = 0; all.n && b + 1 < m->whole.bands; b++)
        tally_put(&m->out, in_band[b]);
    if (all.n)
        tally_put_more(&m->out, &m->whole, all.beyond, all.ends);
    bool good = tally_bins_put(&m->bins, &m->out, fault);
    tally_bins_clear(&m->bins);
    return good;
}

static bool merge(struct merging *m, struct fault *fault) {
    if (!tally_put_shape(&m->out, &m->whole, fault))
        return false;
    for (size_t a = 0; a < m->whole.n_areas; a++) {
        if (!merge_place(m, fault))
            return false;
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->cursors[i].at != m->cursors[i].end)
            return torn(fault);
    }
    return true;
}

uint8_t *tally_merge(const struct tally_span *spans, size_t n, size_t *length,
                     struct fault *fault) {
    struct merging m = {.n = n};
    bool good = open_merging(&m, spans, fault) && merge(&m, fault);
    free(m.cursors);
    free(m.shapes);
    tally_bins_close(&m.bins);
    *length = m.out.length;
    if (good)
        return m.out.bytes;
    free(m.out.bytes);
    return NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The rank that a bin stands for: the middle. */
static double rank_of(const struct tally_shape *shape, size_t bin) {
    uint64_t least = (uint64_t)bin * shape->bin_width + 1, most = least + shape->bin_width - 1;
    most = most < shape->n_areas ? most : shape->n_areas;
    return (double)(least + most) / 2.0;
}

/* That of the rank at place `at` (from 0) when all of them are sorted, which is in the bin. */
static double rank_at(const struct tally_shape *shape, const struct place *place, size_t bin,
                      uint64_t at) {
    double rank = rank_of(shape, bin);
    if (shape->bin_width == 1)
        return rank;
    if (at == 0 || rank < place->ends.best)
        rank = place->ends.best;
    return at && (at + 1 == place->n || rank > place->ends.worst) ? place->ends.worst : rank;
}

/* Between the ranks at the places (from 0) about (n - 1) p when all are sorted. */
static double quantile(const struct tally_bins *bins, const struct tally_shape *shape,
                       const struct place *place, double p) {
    double at = (double)(place->n - 1) * p;
    uint64_t below = (uint64_t)at, seen = 0;
    size_t bin = tally_bins_next(bins, bins->low * 64);
    while ((seen += bins->count[bin]) <= below)
        bin = tally_bins_next(bins, bin + 1);
    double low = rank_at(shape, place, bin, below), high = low;
    if (below + 1 < place->n) {
        bin = seen == below + 1 ? tally_bins_next(bins, bin + 1) : bin;
        high = rank_at(shape, place, bin, below + 1);
    }
    return low + (at - (double)below) * (high - low);
}

static void summarise(const struct tally_bins *bins, const struct tally_shape *shape,
                      const struct place *place, double interval, struct tally_place *out) {
    uint64_t sum = place->beyond;
    *out = (struct tally_place){.n = place->n};
    if (!place->n)
        return;
    size_t bin = bins->low * 64;
    for (size_t i = 0; i < bins->used; i++, bin++) {
        bin = tally_bins_next(bins, bin);
        sum += bins->count[bin] * ((uint64_t)bin * shape->bin_width + 1);
    }
    out->mean = (double)sum / (double)place->n;
    out->low = quantile(bins, shape, place, (1.0 - interval) / 2.0);
    out->median = quantile(bins, shape, place, 0.5);
    out->high = quantile(bins, shape, place, (1.0 + interval) / 2.0);
}

bool tally_summarise(const struct tally_span *span, double interval, struct tally_place *places,
                     uint32_t *band_counts, struct fault *fault) {
    struct tally_cursor cursor = {span->bytes, span->bytes + span->length};
    struct tally_shape shape;
    struct tally_bins bins;
    if (!take_shape(&cursor, &shape, fault) ||
        !tally_bins_open(&bins, tally_n_bins(shape.n_areas, shape.bin_width), fault))
        return false;
    memset(band_counts, 0, shape.n_areas * shape.bands * sizeof *band_counts);
    bool good = true;
    for (size_t a = 0; good && a < shape.n_areas; a++) {
        struct place place = {.in_band = band_counts + a * shape.bands};
        good = take_place(&cursor, &shape, &bins, &place);
        if (good)
            summarise(&bins, &shape, &place, interval, &places[a]);
        tally_bins_clear(&bins);
    }
    tally_bins_close(&bins);
    return (good && cursor.at == cursor.end) || torn(fault);
}
