/* A batch job in memory: every item is cut once, the cuts adapt, the pieces stay few. */
#include "services/hub/batch.h"
#include "tests/suite.h"

#include <string.h>

static struct batch *batch;

static void make(uint64_t items) {
    struct job_row row = {.id = 1, .study = "study", .kind = "uncertainty", .items = items};
    batch = batch_new(&row);
    ck_assert_ptr_nonnull(batch);
}

static void end(void) {
    batch_destroy(&batch);
}

static void put(uint64_t first, uint64_t count, uint32_t level, uint64_t bytes) {
    struct piece_row row = {.first = first, .count = count, .level = level, .bytes = bytes};
    ck_assert(batch_reserve(batch, 1));
    batch_put(batch, &row);
}

/* Pieces must lie beside each other, within the job, and add up. */
static void check_pieces(void) {
    uint64_t at = 0, done = 0;
    for (size_t i = 0; i < batch->n_pieces; i++) {
        ck_assert_uint_ge(batch->pieces[i].row.first, at);
        at = batch->pieces[i].row.first + batch->pieces[i].row.count;
        done += batch->pieces[i].row.count;
    }
    ck_assert_uint_le(at, batch->row.items);
    ck_assert_uint_eq(done, batch->done);
}

/* --- cutting ---------------------------------------------------------------------------------- */

START_TEST(every_item_is_cut_once) {
    uint64_t first, count, next = 0;
    make(1000003);
    batch->cut = 977;
    while (batch_cut(batch, 3, &first, &count)) {
        ck_assert_uint_eq(first, next);
        ck_assert_uint_ge(count, 1);
        ck_assert_uint_le(count, 977);
        next += count;
    }
    ck_assert_uint_eq(next, 1000003);
    ck_assert(!batch_cut(batch, 3, &first, &count));
    ck_assert(!batch_whole(batch));
}
END_TEST

START_TEST(the_first_cuts_are_small_and_one_item_is_a_job) {
    uint64_t first, count;
    make(1000000);
    ck_assert(batch_cut(batch, 64, &first, &count));
    ck_assert_uint_eq(count, FIRST_CUT);
    end();
    make(1);
    ck_assert(batch_cut(batch, 64, &first, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert(!batch_cut(batch, 64, &first, &count));
    put(0, 1, 0, 10);
    ck_assert(batch_whole(batch));
}
END_TEST

/* What lay in the store at the start: the gaps are cut, and nothing else. */
START_TEST(only_what_is_in_no_piece_is_cut) {
    uint64_t first, count, cut = 0;
    make(1000);
    put(0, 10, 0, 1);
    put(10, 5, 0, 1);
    put(100, 50, 0, 1);
    put(990, 10, 1, 1);
    batch->cut = 40;
    while (batch_cut(batch, 1, &first, &count)) {
        cut += count;
        ck_assert_uint_ge(first, 15);
        ck_assert(first + count <= 100 || (first >= 150 && first + count <= 990));
        put(first, count, 0, 1);
    }
    ck_assert_uint_eq(cut, 1000 - 75);
    ck_assert(batch_whole(batch));
    check_pieces();
}
END_TEST

START_TEST(towards_the_end_cuts_are_shared_out) {
    uint64_t first, count;
    make(1000);
    batch->cut = 400;
    ck_assert(batch_cut(batch, 4, &first, &count));
    ck_assert_uint_eq(count, 126); /* a share of what is left, twice as many as workers */
    batch->next = 999;
    ck_assert(batch_cut(batch, 4, &first, &count));
    ck_assert_uint_eq(count, 1);
}
END_TEST

/* --- how large -------------------------------------------------------------------------------- */

enum { MS = 1000000 };

/* Tasks of the cut that is asked for, until it stays. */
static void adapt(uint64_t item_ns, uint64_t bytes_an_item, uint64_t bytes_at_most,
                  uint64_t longest_ns) {
    for (int i = 0; i < 60; i++) {
        uint64_t bytes = batch->cut * bytes_an_item;
        batch_measure(batch, batch->cut, batch->cut * item_ns,
                      bytes < bytes_at_most ? bytes : bytes_at_most, 1, longest_ns);
    }
}

START_TEST(small_pieces_make_tasks_of_100_ms) {
    static const uint64_t item_ns[] = {40000, 3 * MS, 1 * MS, 90 * MS, 500 * MS};
    static const uint64_t cut[] = {2500, 33, 100, 1, 1};
    make(UINT64_C(1) << 40);
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        adapt(item_ns[i], 1, 1000, UINT64_C(15000) * MS);
        ck_assert_msg(batch->cut >= cut[i] * 9 / 10 && batch->cut <= cut[i] * 11 / 10 + 1,
                      "%llu items of %llu ns", (unsigned long long)batch->cut,
                      (unsigned long long)item_ns[i]);
    }
}
END_TEST

/* Pieces of a tally grow to some size and no further: tasks become long enough for 2 MB/s. */
START_TEST(large_pieces_make_longer_tasks) {
    make(UINT64_C(1) << 40);
    adapt(3 * MS, 70000, 8 << 20, UINT64_C(15000) * MS);
    double seconds = (double)batch->cut * 0.003;
    ck_assert_double_ge(seconds, 3.5); /* 8 MiB at 2 MiB/s: 4 s */
    ck_assert_double_le(seconds, 4.5);
}
END_TEST

/* A thousand workers with pieces of 40 KB: 32 MB/s from all of them, and 2,000 tasks a second. */
START_TEST(with_many_workers_tasks_are_longer) {
    make(UINT64_C(1) << 40);
    for (int i = 0; i < 60; i++)
        batch_measure(batch, batch->cut, batch->cut * MS, 40 << 10, 1000, UINT64_C(15000) * MS);
    ck_assert_uint_ge(batch->cut, 1200);
    ck_assert_uint_le(batch->cut, 1260);
    for (int i = 0; i < 60; i++)
        batch_measure(batch, batch->cut, batch->cut * MS, 100, 1000, UINT64_C(15000) * MS);
    ck_assert_uint_eq(batch->cut, 500);
}
END_TEST

START_TEST(no_task_is_longer_or_larger_than_it_may_be) {
    make(UINT64_C(1) << 40);
    adapt(1 * MS, 4000, UINT64_MAX, UINT64_C(15000) * MS); /* grow with their items */
    ck_assert_uint_le(batch->cut * 4000, CUT_BYTES);
    ck_assert_uint_le(batch->cut, CUT_MS_MAX);
    adapt(1 * MS, 4000, UINT64_MAX, UINT64_C(250) * MS); /* a lease of 1 s */
    ck_assert_uint_le(batch->cut, 251);
    adapt(1 * MS, 90 << 20, UINT64_MAX, UINT64_C(15000) * MS);
    ck_assert_uint_eq(batch->cut, 1);
}
END_TEST

/* A worker's first task prepares what the others find done. */
START_TEST(a_slow_beginning_is_forgotten) {
    make(UINT64_C(1) << 40);
    batch_measure(batch, 8, UINT64_C(800) * MS, 100, 1, UINT64_C(15000) * MS);
    ck_assert_uint_eq(batch->cut, 1);
    for (int i = 0; i < 12; i++)
        batch_measure(batch, batch->cut, batch->cut * MS, 100, 1, UINT64_C(15000) * MS);
    ck_assert_uint_ge(batch->cut, 50);
}
END_TEST

START_TEST(what_cannot_be_does_no_harm) {
    make(10);
    batch_measure(batch, 8, 0, 0, 1, 0);
    ck_assert_uint_eq(batch->cut, 1);
    batch_measure(batch, 1, UINT64_MAX, UINT64_MAX, 1, UINT64_MAX);
    ck_assert_uint_ge(batch->cut, 1);
    for (int i = 0; i < 100; i++)
        batch_measure(batch, batch->cut, 1, 0, 1, UINT64_MAX);
    ck_assert_uint_le(batch->cut, 10);
}
END_TEST

START_TEST(time_left_follows_from_what_items_took_so_far) {
    uint64_t ms;
    make(1000);
    batch->in_hand = 2;
    ck_assert(!batch_left(batch, &ms));
    put(0, 200, 0, 1);
    batch->row.busy_ns = UINT64_C(2000) * MS;
    batch_measure(batch, 200, UINT64_C(200) * MS, 1, 1, UINT64_MAX); /* one task was lucky */
    ck_assert(batch_left(batch, &ms));
    ck_assert_uint_eq(ms, 4001); /* 800 items of 10 ms by two */
    batch->in_hand = 0;
    ck_assert(!batch_left(batch, &ms)); /* nobody is at it */
}
END_TEST

/* --- merging ---------------------------------------------------------------------------------- */

START_TEST(pieces_side_by_side_are_merged) {
    uint64_t first, count;
    make(1000);
    for (uint64_t i = 0; i < 15; i++)
        put(10 + i * 10, 10, 0, 100);
    ck_assert(!batch_merge(batch, &first, &count));
    put(500, 10, 0, 100); /* not beside them */
    ck_assert(!batch_merge(batch, &first, &count));
    put(160, 10, 0, 100);
    ck_assert(batch_merge(batch, &first, &count));
    ck_assert_uint_eq(first, 10);
    ck_assert_uint_eq(count, 160);
    ck_assert(!batch_merge(batch, &first, &count)); /* they are on their way */
    ck_assert_uint_eq(batch_level(batch, 10, 160), 1);
    put(10, 160, 1, 200);
    ck_assert_uint_eq(batch->n_pieces, 2);
    ck_assert_uint_eq(batch->done, 170);
    check_pieces();
}
END_TEST

START_TEST(a_merging_that_will_not_be_can_be_asked_for_again) {
    uint64_t first, count;
    make(1000);
    for (uint64_t i = 0; i < 16; i++)
        put(i, 1, 0, 100);
    ck_assert(batch_merge(batch, &first, &count));
    batch_unmerge(batch, first, count);
    ck_assert(batch_merge(batch, &first, &count));
    ck_assert_uint_eq(count, 16);
}
END_TEST

/* What is merged fits into a message. */
START_TEST(large_pieces_are_merged_by_few_or_not_at_all) {
    uint64_t first, count;
    make(1000);
    for (uint64_t i = 0; i < 4; i++)
        put(i, 1, 0, 30 << 20);
    ck_assert(batch_merge(batch, &first, &count));
    ck_assert_uint_eq(count, 3);
    end();
    make(1000);
    for (uint64_t i = 0; i < 40; i++)
        put(i, 1, 0, 60 << 20);
    ck_assert(!batch_merge(batch, &first, &count));
}
END_TEST

/* 200,000 tasks that are in hand 64 at a time and end in any order. */
START_TEST(the_pieces_stay_few_whatever_the_number_of_tasks) {
    enum { TASKS = 200000, HANDS = 64 };
    uint64_t hands[HANDS], first, count, random = 1;
    size_t n = 0, most = 0, merges = 0;
    make(TASKS);
    batch->cut = 1;
    while (!batch_whole(batch)) {
        while (n < HANDS && batch_cut(batch, HANDS, &first, &count))
            hands[n++] = first;
        size_t one = (size_t)(suite_random(&random) % n);
        put(hands[one], 1, 0, 1000);
        hands[one] = hands[--n];
        for (; batch_merge(batch, &first, &count); merges++)
            put(first, count, batch_level(batch, first, count), 1000);
        most = batch->n_pieces > most ? batch->n_pieces : most;
    }
    check_pieces();
    ck_assert_uint_le(most, 400);
    ck_assert_uint_le(merges, TASKS / 8);
    ck_assert_uint_le(batch->n_pieces, 200);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("batch");
    TCase *tests = tcase_create("batch");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, NULL, end);
    tcase_add_test(tests, every_item_is_cut_once);
    tcase_add_test(tests, the_first_cuts_are_small_and_one_item_is_a_job);
    tcase_add_test(tests, only_what_is_in_no_piece_is_cut);
    tcase_add_test(tests, towards_the_end_cuts_are_shared_out);
    tcase_add_test(tests, small_pieces_make_tasks_of_100_ms);
    tcase_add_test(tests, large_pieces_make_longer_tasks);
    tcase_add_test(tests, with_many_workers_tasks_are_longer);
    tcase_add_test(tests, no_task_is_longer_or_larger_than_it_may_be);
    tcase_add_test(tests, a_slow_beginning_is_forgotten);
    tcase_add_test(tests, what_cannot_be_does_no_harm);
    tcase_add_test(tests, time_left_follows_from_what_items_took_so_far);
    tcase_add_test(tests, pieces_side_by_side_are_merged);
    tcase_add_test(tests, a_merging_that_will_not_be_can_be_asked_for_again);
    tcase_add_test(tests, large_pieces_are_merged_by_few_or_not_at_all);
    tcase_add_test(tests, the_pieces_stay_few_whatever_the_number_of_tasks);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
