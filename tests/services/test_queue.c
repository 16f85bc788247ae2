/* The hub's queue in memory, also when it is long. */
#include "services/hub/queue.h"

#include "tests/suite.h"

#include <time.h>

static struct queue queue;

static struct job *add(uint64_t id, enum job_kind kind, size_t bytes) {
    zframe_t *task = zframe_new(NULL, bytes);
    struct job *job = job_new(id, kind, &task);
    ck_assert_ptr_nonnull(job);
    memcpy(job->content, &id, sizeof id);
    queue_add(&queue, job);
    return job;
}

static void take_out(struct job *job) {
    queue_remove(&queue, job);
    job_destroy(&job);
}

/* The numbers of a kind, forwards, and the same backwards. */
static void check_order(enum job_kind kind, const uint64_t *ids, size_t n) {
    const struct job *job = queue.first[kind];
    for (size_t i = 0; i < n; i++, job = job->next)
        ck_assert_uint_eq(job->id, ids[i]);
    ck_assert_ptr_null(job);
    job = queue.last[kind];
    for (size_t i = n; i-- > 0; job = job->before)
        ck_assert_uint_eq(job->id, ids[i]);
    ck_assert_ptr_null(job);
}

START_TEST(jobs_stand_in_the_order_of_their_numbers_whenever_they_come) {
    struct job *three = add(3, JOB_SCORE, 1), *nine = add(9, JOB_SCORE, 1);
    add(5, JOB_SCORE, 1);
    struct job *one = add(1, JOB_SCORE, 1);
    check_order(JOB_SCORE, (const uint64_t[]){1, 3, 5, 9}, 4);
    take_out(three);
    check_order(JOB_SCORE, (const uint64_t[]){1, 5, 9}, 3);
    take_out(one);
    take_out(nine);
    check_order(JOB_SCORE, (const uint64_t[]){5}, 1);
    queue_clear(&queue);
    check_order(JOB_SCORE, NULL, 0);
}
END_TEST

START_TEST(a_job_is_found_among_all_kinds_and_what_is_not_there_is_not) {
    add(UINT64_C(1) << 62, JOB_READ, 1);
    add(4, JOB_SCORE, 1);
    struct job *six = add(6, JOB_PUBLISH, 1);
    ck_assert_ptr_eq(queue_find(&queue, 6), six);
    ck_assert_ptr_null(queue_find(&queue, 5));
    ck_assert_ptr_null(queue_find(&queue, 7));
    queue_clear(&queue);
}
END_TEST

START_TEST(a_hand_in_is_found_by_its_content) {
    static const uint8_t one[CONTENT_BYTES] = {1}, two[CONTENT_BYTES] = {2};
    struct job *job = add(1, JOB_READ, 1);
    add(2, JOB_SCORE, 1); /* which has no content to be found by */
    ck_assert_ptr_eq(queue_same(&queue, one), job);
    ck_assert_ptr_null(queue_same(&queue, two));
    take_out(job);
    ck_assert_ptr_null(queue_same(&queue, one));
    queue_clear(&queue);
}
END_TEST

START_TEST(a_job_with_another_task_was_given_to_nobody) {
    struct job *job = add(1, JOB_READ, 1);
    job_give(job, "key", "slow");
    ck_assert(job_given(job, "key", "slow"));
    zframe_t *other = zframe_new(NULL, 1);
    queue_change(&queue, job, &other);
    ck_assert(
        !job_given(job, "key", "slow")); /* its result would be of what was to be read before */
    job_give(job, "key", "quick");
    ck_assert(job_given(job, "key", "quick"));
    ck_assert(!job_given(job, "key", "slow"));
    queue_clear(&queue);
}
END_TEST

START_TEST(the_bytes_of_its_tasks_are_known) {
    struct job *small = add(1, JOB_READ, 10);
    struct job *large = add(2, JOB_READ, 1000);
    add(3, JOB_SCORE, 5);
    ck_assert_uint_eq(queue.bytes[JOB_READ], 1010);
    ck_assert_uint_eq(queue_bytes(&queue), 1015);
    zframe_t *other = zframe_new(NULL, 20);
    queue_change(&queue, small, &other);
    ck_assert_ptr_null(other);
    ck_assert_uint_eq(queue.bytes[JOB_READ], 1020);
    take_out(large);
    ck_assert_uint_eq(queue.bytes[JOB_READ], 20);
    queue_clear(&queue);
    ck_assert_uint_eq(queue.bytes[JOB_READ], 0);
    ck_assert_uint_eq(queue.bytes[JOB_SCORE], 0);
}
END_TEST

START_TEST(a_long_queue_is_as_quick_as_a_short_one) {
    enum { LONG = 100000 };
    clock_t began = clock();
    for (uint64_t i = 1; i <= LONG; i++)
        add(i, JOB_READ, 1);
    for (uint64_t i = 1; i <= LONG; i++) {
        struct job *job = queue_ready(&queue, JOB_READ, 0, 16);
        ck_assert_uint_eq(job->id, i);
        ck_assert_ptr_eq(queue_find(&queue, i), job);
        take_out(job);
    }
    /* Of the processor's time. Were each addition a walk through the queue, this would be five
     * thousand million steps: 20 s and more. */
    ck_assert_int_lt((clock() - began) / CLOCKS_PER_SEC, 8);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("queue");
    TCase *tests = tcase_create("queue");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, jobs_stand_in_the_order_of_their_numbers_whenever_they_come);
    tcase_add_test(tests, a_job_is_found_among_all_kinds_and_what_is_not_there_is_not);
    tcase_add_test(tests, a_hand_in_is_found_by_its_content);
    tcase_add_test(tests, a_job_with_another_task_was_given_to_nobody);
    tcase_add_test(tests, the_bytes_of_its_tasks_are_known);
    tcase_add_test(tests, a_long_queue_is_as_quick_as_a_short_one);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
