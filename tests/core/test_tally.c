#include "tests/suite.h"

#include "core/stats.h"
#include "core/tally.h"

#include <math.h>
#include <string.h>

/* Items of places whose ranks lie about their number, some without; by bin width. */
enum { PLACES = 40, BANDS = 5, ITEMS = 300 };

static uint32_t ranks[ITEMS][PLACES];
static uint8_t bands[ITEMS][PLACES];

static void begin(void) {
    uint64_t random = 7;
    for (size_t k = 0; k < ITEMS; k++) {
        for (size_t a = 0; a < PLACES; a++) {
            uint64_t rank = (a * 3 / 4 + suite_random(&random) % 11) % PLACES + 1;
            bool none = a == 5 || (a % 7 == 3 && suite_random(&random) % 3 == 0);
            ranks[k][a] = none ? 0 : (uint32_t)rank;
            bands[k][a] = none ? 0 : (uint8_t)((rank - 1) * BANDS / PLACES + 1);
        }
    }
}

static struct tally_span span_of(uint32_t width, size_t first, size_t count) {
    struct fault fault = {0};
    struct tally *tally = tally_new(PLACES, BANDS, width, 1, &fault);
    ck_assert_msg(tally != NULL, "%s", fault.text);
    for (size_t k = first; k < first + count; k++)
        ck_assert(tally_add(tally, ranks[k], bands[k], &fault));
    struct tally_span span = {0};
    span.bytes = tally_bytes(tally, &span.length, &fault);
    ck_assert(span.bytes != NULL);
    tally_destroy(&tally);
    return span;
}

static void drop(struct tally_span *span) {
    free((void *)span->bytes);
    *span = (struct tally_span){0};
}

static struct tally_span merged(const struct tally_span *spans, size_t n) {
    struct fault fault = {0};
    struct tally_span out = {0};
    out.bytes = tally_merge(spans, n, &out.length, &fault);
    ck_assert_msg(out.bytes != NULL, "%s", fault.text);
    return out;
}

static void same(const struct tally_span *found, const struct tally_span *expected) {
    ck_assert_uint_eq(found->length, expected->length);
    ck_assert_mem_eq(found->bytes, expected->bytes, expected->length);
}

/* --- what it counts --------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The place's numbers by sorting its ranks. */
static void check_place(size_t a, uint32_t width, const struct tally_place *found,
                        const uint32_t *in_band) {
    double all[ITEMS], sum = 0.0, error = (width - 1) / 2.0;
    uint32_t expected[BANDS] = {0};
    size_t n = 0;
    for (size_t k = 0; k < ITEMS; k++) {
        if (!ranks[k][a])
            continue;
        sum += ranks[k][a];
        all[n++] = ranks[k][a];
        expected[bands[k][a] - 1]++;
    }
    ck_assert_uint_eq(found->n, n);
    ck_assert_mem_eq(in_band, expected, sizeof expected);
    if (n == 0)
        return;
    qsort(all, n, sizeof *all, by_size);
    ck_assert_double_eq(found->mean, sum / (double)n);
    ck_assert_double_le(fabs(found->low - stats_quantile(all, n, 0.05)), error + 1e-9);
    ck_assert_double_le(fabs(found->median - stats_quantile(all, n, 0.5)), error + 1e-9);
    ck_assert_double_le(fabs(found->high - stats_quantile(all, n, 0.95)), error + 1e-9);
}

START_TEST(it_says_what_sorting_all_ranks_says) {
    struct fault fault = {0};
    for (uint32_t width = 1; width <= PLACES + 1; width += width < 8 ? 1 : 11) {
        struct tally_span span = span_of(width, 0, ITEMS);
        struct tally_shape shape;
        ck_assert(tally_check(&span, &shape, &fault));
        ck_assert(shape.n_areas == PLACES && shape.bands == BANDS && shape.bin_width == width &&
                  shape.items == ITEMS);
        struct tally_place places[PLACES];
        uint32_t in_band[PLACES * BANDS];
        ck_assert(tally_summarise(&span, 0.9, places, in_band, &fault));
        for (size_t a = 0; a < PLACES; a++)
            check_place(a, width, &places[a], &in_band[a * BANDS]);
        drop(&span);
    }
}
END_TEST

/* The place's least and largest rank are known in bins of any width. */
START_TEST(ends_are_exact) {
    struct fault fault = {0};
    for (uint32_t width = 1; width <= PLACES + 1; width += 6) {
        struct tally_span parts[] = {span_of(width, 0, 5), span_of(width, 5, ITEMS - 5)};
        struct tally_span span = merged(parts, 2);
        struct tally_place places[PLACES];
        uint32_t in_band[PLACES * BANDS];
        ck_assert(tally_summarise(&span, 1.0, places, in_band, &fault));
        for (size_t a = 0; a < PLACES; a++) {
            uint32_t least = UINT32_MAX, most = 0;
            for (size_t k = 0; k < ITEMS; k++) {
                least = ranks[k][a] && ranks[k][a] < least ? ranks[k][a] : least;
                most = ranks[k][a] > most ? ranks[k][a] : most;
            }
            if (!most)
                continue;
            ck_assert_double_eq(places[a].low, least);
            ck_assert_double_eq(places[a].high, most);
        }
        drop(&span);
        drop(&parts[0]);
        drop(&parts[1]);
    }
}
END_TEST

/* More items than wait at once: 4,096 of few places, 16 of many. */
START_TEST(what_waits_goes_in_among_the_counts) {
    enum { MANY = 10000, PLACES_MANY = 40000 };
    struct fault fault = {0};
    struct tally *few = tally_new(2, 2, 1, 1, &fault);
    for (size_t k = 0; k < MANY; k++)
        ck_assert(tally_add(few, (const uint32_t[]){1, 2}, (const uint8_t[]){1, 2}, &fault));
    uint32_t *rank = calloc(PLACES_MANY, sizeof *rank);
    uint8_t *band = calloc(PLACES_MANY, 1);
    uint32_t width = tally_bin_width(PLACES_MANY, 1, 1000000);
    ck_assert_uint_eq(width, 40);
    struct tally *many = tally_new(PLACES_MANY, 2, width, 20, &fault);
    for (uint32_t k = 0; k < 50; k++) {
        for (uint32_t a = 0; a < PLACES_MANY; a++) {
            rank[a] = (a + 17 * k) % PLACES_MANY + 1;
            band[a] = rank[a] * 2 > PLACES_MANY ? 2 : 1;
        }
        ck_assert(tally_add(many, rank, band, &fault));
    }
    struct tally_place *places = calloc(PLACES_MANY, sizeof *places);
    uint32_t *in_band = calloc(PLACES_MANY, 2 * sizeof *in_band);
    struct tally_span span = {0};
    span.bytes = tally_bytes(few, &span.length, &fault);
    ck_assert(tally_summarise(&span, 0.9, places, in_band, &fault));
    ck_assert(places[1].n == MANY && places[1].mean == 2.0 && places[1].low == 2.0);
    drop(&span);
    span.bytes = tally_bytes(many, &span.length, &fault);
    ck_assert(tally_summarise(&span, 0.9, places, in_band, &fault));
    ck_assert_double_eq(places[1000].mean, 1001 + 17 * 24.5);
    ck_assert_double_le(fabs(places[1000].median - (1001 + 17 * 24.5)), (width - 1) / 2.0);
    drop(&span);
    free(rank);
    free(band);
    free(places);
    free(in_band);
    tally_destroy(&few);
    tally_destroy(&many);
}
END_TEST

/* --- order does not matter -------------------------------------------------------------------- */

START_TEST(any_partition_in_any_order_gives_the_same_bytes) {
    uint64_t random = 3;
    for (int turn = 0; turn < 60; turn++) {
        uint32_t width = 1 + (uint32_t)(suite_random(&random) % 6);
        struct tally_span whole = span_of(width, 0, ITEMS), parts[ITEMS + 1];
        size_t n = 0;
        for (size_t first = 0; first < ITEMS;) {
            size_t count = suite_random(&random) % (turn % 2 ? 90 : 9);
            count = count < ITEMS - first ? count : ITEMS - first;
            if (n == ITEMS - 1)
                count = ITEMS - first;
            parts[n++] = span_of(width, first, count);
            first += count;
        }
        while (n > 1) { /* two to four of them become one */
            struct tally_span some[4];
            size_t k = 0;
            for (size_t want = 2 + suite_random(&random) % 3; k < want && n; k++) {
                size_t at = suite_random(&random) % n;
                some[k] = parts[at];
                parts[at] = parts[--n];
            }
            parts[n++] = merged(some, k);
            while (k)
                drop(&some[--k]);
        }
        same(&parts[0], &whole);
        drop(&parts[0]);
        drop(&whole);
    }
}
END_TEST

START_TEST(ranks_kept_are_bounded) {
    static const struct {
        size_t areas, nodes;
        uint64_t items;
        uint32_t width;
    } known[] = {{307, 1, 1000000, 1},
                 {307, 400, 1000000, 1},
                 {6324, 1, 1000000, 1},
                 {6325, 1, 1000000, 2},
                 {33755, 1, 1185, 1},
                 {33755, 1, 1186, 29},
                 {188880, 1, 211, 1},
                 {188880, 1, 1000000, 896},
                 {188880, 1000, 212, 188880},
                 {188880, 1000, 2, 188880},
                 {1, 1, 2, 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_uint_eq(tally_bin_width(known[i].areas, known[i].nodes, known[i].items),
                          known[i].width);
    for (size_t n = 1; n < 300000; n += 1 + n / 3) {
        for (size_t nodes = 1; nodes < 100; nodes += 7) {
            for (uint64_t items = 1; items < 2000000; items *= 3) {
                uint64_t bins = (n - 1) / tally_bin_width(n, nodes, items) + 1;
                ck_assert_uint_le((bins < items ? bins : items) * n * nodes, TALLY_CELLS_MAX);
            }
        }
    }
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

START_TEST(ranks_that_cannot_be_are_refused) {
    static const struct {
        uint32_t rank;
        uint8_t band;
    } bad[] = {{4, 1}, {1, 0}, {1, 3}, {UINT32_MAX, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault fault = {0};
        struct tally *tally = tally_new(3, 2, 1, 1, &fault);
        uint32_t rank[] = {1, bad[i].rank, 3};
        uint8_t band[] = {1, bad[i].band, 2};
        ck_assert(!tally_add(tally, rank, band, &fault));
        ck_assert(fault.kind == FAULT_INPUT);
        tally_destroy(&tally);
    }
    struct fault fault = {0};
    ck_assert_ptr_null(tally_new(0, 5, 1, 1, &fault));
    ck_assert_ptr_null(tally_new(10, 0, 1, 1, &fault));
    ck_assert_ptr_null(tally_new(10, 256, 1, 1, &fault));
    ck_assert_ptr_null(tally_new(10, 5, 0, 1, &fault));
    ck_assert_ptr_null(tally_new(10, 5, 1, 0, &fault));
    ck_assert_ptr_null(tally_new((size_t)1 << 40, 5, 1, 1, &fault));
}
END_TEST

START_TEST(counts_of_other_shapes_are_not_put_together) {
    struct fault fault = {0};
    struct tally_span spans[] = {span_of(1, 0, 10), span_of(2, 10, 10)};
    size_t length;
    ck_assert_ptr_null(tally_merge(spans, 2, &length, &fault));
    ck_assert_str_eq(fault.text, "counts of ranks of different shapes");
    drop(&spans[0]);
    drop(&spans[1]);
}
END_TEST

START_TEST(torn_bytes_are_refused) {
    struct fault fault = {0};
    struct tally_shape shape;
    struct tally_span span = span_of(3, 0, 40);
    for (size_t length = 0; length < span.length; length++) {
        uint8_t *part = malloc(length + 1); /* so that a step too far is seen */
        memcpy(part, span.bytes, length);
        ck_assert(!tally_check(&(struct tally_span){part, length}, &shape, &fault));
        ck_assert(fault.kind == FAULT_INPUT);
        free(part);
    }
    uint8_t *more = malloc(span.length + 1);
    memcpy(more, span.bytes, span.length);
    more[span.length] = 0;
    ck_assert(!tally_check(&(struct tally_span){more, span.length + 1}, &shape, &fault));
    free(more);
    drop(&span);
}
END_TEST

/* A bit turned is refused, or makes another tally that is whole. */
START_TEST(bytes_with_an_error_are_refused_or_whole) {
    struct fault fault = {0};
    struct tally_shape shape;
    struct tally_span span = span_of(2, 0, 12);
    uint8_t *bytes = malloc(span.length);
    size_t refused = 0;
    for (size_t bit = 0; bit < span.length * 8; bit++) {
        memcpy(bytes, span.bytes, span.length);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct tally_span other = {bytes, span.length};
        if (!tally_check(&other, &shape, &fault)) {
            refused++;
            continue;
        }
        struct tally_span again = merged(&other, 1);
        same(&again, &other);
        drop(&again);
    }
    ck_assert_uint_gt(refused, 0);
    free(bytes);
    drop(&span);
}
END_TEST

START_TEST(numbers_that_are_too_large_are_refused) {
    static const uint8_t areas[] = {1, 0xff, 0xff, 0xff, 0xff, 0xf, 5, 1, 1, 0, 0, 0};
    static const uint8_t longer_than_need[] = {1, 0x81, 0, 1, 1, 0, 0};
    static const uint8_t beyond_64[] = {1,    1,    1,    1,    0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0};
    struct fault fault = {0};
    struct tally_shape shape;
    ck_assert(!tally_check(&(struct tally_span){areas, sizeof areas}, &shape, &fault));
    ck_assert(!tally_check(&(struct tally_span){longer_than_need, sizeof longer_than_need}, &shape,
                           &fault));
    ck_assert(!tally_check(&(struct tally_span){beyond_64, sizeof beyond_64}, &shape, &fault));
    /* Twice 4,294,967,295 items. */
    static const uint8_t full[] = {1,    1,   1,    1,    0xff, 0xff, 0xff,
                                   0xff, 0xf, 0xff, 0xff, 0xff, 0xff, 0xf};
    struct tally_span two[] = {{full, sizeof full}, {full, sizeof full}};
    size_t length;
    ck_assert(tally_check(&two[0], &shape, &fault));
    ck_assert_ptr_null(tally_merge(two, 2, &length, &fault));
    ck_assert(fault.kind == FAULT_INPUT);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("tally");
    TCase *t = tcase_create("tally");
    tcase_add_checked_fixture(t, begin, NULL);
    tcase_add_test(t, it_says_what_sorting_all_ranks_says);
    tcase_add_test(t, ends_are_exact);
    tcase_add_test(t, what_waits_goes_in_among_the_counts);
    tcase_add_test(t, any_partition_in_any_order_gives_the_same_bytes);
    tcase_add_test(t, ranks_kept_are_bounded);
    tcase_add_test(t, ranks_that_cannot_be_are_refused);
    tcase_add_test(t, counts_of_other_shapes_are_not_put_together);
    tcase_add_test(t, torn_bytes_are_refused);
    tcase_add_test(t, bytes_with_an_error_are_refused_or_whole);
    tcase_add_test(t, numbers_that_are_too_large_are_refused);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
