/* One subscription's way through the log: what it takes in, what goes next, and what the hub is
 * told of it. Signatures and messages, too. */
#include "services/publishing/hook.h"

#include "services/publishing/hook_sign.h"
#include "tests/services/some_events.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

enum { EVENTS = 100 };

static struct hook *hook;
static struct fault fault;

static const struct hook_schedule schedule = {.delays_ms = {0, 5000, 300000}, .attempts = 3};

static void begin(void) {
    Subscription *told = malloc(sizeof *told);
    mindex__v1__subscription__init(told);
    told->name = strdup("council");
    told->url = strdup("https://example.org/hook");
    told->has_after = true;
    memset(&fault, 0, sizeof fault);
    hook = hook_new(told);
    ck_assert_ptr_nonnull(hook);
}

static void end(void) {
    hook_destroy(&hook);
}

/* Events `first` to `last` of a log that ends with `newest`: each a move, or an edition of
 * `changes` moves where there are any. */
static void feed(struct feed *to, uint64_t first, uint64_t last, uint64_t newest,
                 uint32_t changes) {
    static RankChanged moves[EVENTS];
    static Mindex__V1__EditionScored scored;
    static Event list[EVENTS], *pointers[EVENTS];
    Events events = MINDEX__V1__EVENTS__INIT;
    for (uint64_t seq = first; seq <= last; seq++) {
        size_t i = events.n_events++;
        list[i] =
            changes && i == 0 ? some_edition(&scored, seq, changes) : some_move(&moves[i], seq);
        pointers[i] = &list[i];
    }
    events.events = pointers;
    events.through = last;
    events.newest = newest;
    events.through_time_ms = SOME_TIME_MS;
    ck_assert(hook_take(hook, to, first - 1, &events, &fault));
}

static const struct hook_message *next_at(uint64_t now_ms) {
    struct feed *from;
    const struct hook_message *message = hook_next(hook, now_ms, &from);
    if (!message)
        return NULL;
    hook->from = from;
    hook->posted_ms = now_ms;
    hook->phase = HOOK_POSTING;
    ck_assert_ptr_null(hook_next(hook, now_ms, &from)); /* one at a time */
    return message;
}

static struct hook_outcome answered(unsigned status) {
    struct hook_outcome outcome = {
        .context = hook, .taken = status >= 200 && status < 300, .status = status};
    if (!outcome.taken)
        (void)snprintf(outcome.error, sizeof outcome.error, "answered %u", status);
    return outcome;
}

static void judge(unsigned status, uint64_t now_ms) {
    struct hook_outcome outcome = answered(status);
    struct feed *from;
    hook_judge(hook, &outcome, &schedule, now_ms, 0);
    ck_assert_int_eq(hook->phase, HOOK_TELLING);
    ck_assert_ptr_null(hook_next(hook, UINT64_MAX - 1, &from)); /* not before the hub knows */
}

START_TEST(messages_go_in_order_one_at_a_time) {
    feed(&hook->live, 1, 3, 3, 0);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        const struct hook_message *message = next_at(1000);
        ck_assert_uint_eq(message->first, seq);
        judge(204, 1000);
        ck_assert_uint_eq(hook->report.after, seq);
        ck_assert(hook->report.has_attempts && hook->report.attempts == 0);
        ck_assert_uint_eq(hook->delivery.status, 204);
        ck_assert_ptr_null(hook->delivery.error);
        hook_confirmed(hook);
    }
    ck_assert_ptr_null(next_at(1000));
    ck_assert_uint_eq(hook_due_ms(hook), UINT64_MAX);
}
END_TEST

START_TEST(one_that_fails_is_tried_again_by_the_schedule_and_then_given_up) {
    feed(&hook->live, 1, 2, 2, 0);
    ck_assert_ptr_nonnull(next_at(1000));
    judge(500, 2000);
    ck_assert(!hook->report.has_after);
    ck_assert_uint_eq(hook->report.attempts, 1);
    ck_assert_uint_eq(hook->report.next_attempt_ms, 7000);
    ck_assert_str_eq(hook->delivery.error, "answered 500");
    ck_assert_uint_eq(hook->delivery.attempt, 1);
    hook_confirmed(hook);
    ck_assert_ptr_null(next_at(6999));
    ck_assert_uint_eq(hook_due_ms(hook), 7000);
    const struct hook_message *again = next_at(7000);
    ck_assert_uint_eq(again->first, 1);
    ck_assert_str_eq(again->id, "1-1764063000123");
    judge(0, 8000);
    ck_assert_uint_eq(hook->report.next_attempt_ms, 308000);
    ck_assert(!hook->delivery.has_status);
    hook_confirmed(hook);
    ck_assert_ptr_nonnull(next_at(308000));
    judge(302, 308000);
    ck_assert_str_eq(hook->report.disable, "3 attempts in a row failed; the last: answered 302");
    ck_assert_uint_eq(hook->delivery.attempt, 3);
    hook_confirmed(hook);
    ck_assert(!hook_active(hook));
    ck_assert_ptr_null(next_at(UINT64_MAX - 1));
    ck_assert(!hook_reads_live(hook, 100));
}
END_TEST

START_TEST(one_that_is_taken_after_failures_begins_the_count_again) {
    feed(&hook->live, 1, 2, 2, 0);
    (void)next_at(0);
    judge(500, 0);
    hook_confirmed(hook);
    (void)next_at(5000);
    judge(200, 5000);
    hook_confirmed(hook);
    ck_assert_uint_eq(hook->told->attempts, 0);
    ck_assert_uint_eq(next_at(5000)->first, 2); /* at once */
}
END_TEST

START_TEST(gone_disables_at_once) {
    feed(&hook->live, 1, 2, 2, 0);
    (void)next_at(0);
    judge(410, 0);
    ck_assert_str_eq(hook->report.disable, "the endpoint answered 410: it is gone");
}
END_TEST

START_TEST(a_pause_that_is_asked_for_is_kept_if_it_is_longer) {
    feed(&hook->live, 1, 1, 1, 0);
    struct hook_outcome outcome = answered(429);
    outcome.retry_after_ms = 60000;
    (void)next_at(0);
    hook_judge(hook, &outcome, &schedule, 1000, 1);
    ck_assert_uint_eq(hook->report.next_attempt_ms, 67000); /* and a tenth */
    hook_confirmed(hook);
    (void)next_at(67000);
    outcome.retry_after_ms = 1000;
    hook_judge(hook, &outcome, &schedule, 100000, 0);
    ck_assert_uint_eq(hook->report.next_attempt_ms, 400000);
}
END_TEST

START_TEST(the_queue_is_bounded_and_the_rest_is_read_later) {
    feed(&hook->live, 1, EVENTS, 1000, 0);
    ck_assert_uint_eq(hook->live.count, HOOK_QUEUE);
    ck_assert_uint_eq(hook->live.scanned, HOOK_QUEUE);
    ck_assert(!hook_reads_live(hook, 1000));
    for (int i = 0; i < HOOK_QUEUE / 2; i++) {
        (void)next_at(0);
        judge(200, 0);
        hook_confirmed(hook);
    }
    ck_assert(hook_reads_live(hook, 1000));
    feed(&hook->live, HOOK_QUEUE + 1, HOOK_QUEUE + 5, 1000, 0);
    ck_assert_uint_eq(hook->live.scanned, HOOK_QUEUE + 5);
    feed(&hook->live, HOOK_QUEUE + 1, HOOK_QUEUE + 5, 1000, 0); /* the same page once more */
    ck_assert_uint_eq(hook->live.count, HOOK_QUEUE / 2 + 5);
    feed(&hook->live, 90, 95, 1000, 0); /* what it does not follow on from */
    ck_assert_uint_eq(hook->live.scanned, HOOK_QUEUE + 5);
}
END_TEST

START_TEST(a_digest_is_one_message_and_a_position_before_it_is_safe) {
    hook->told->has_digest = hook->told->digest = true;
    feed(&hook->live, 1, 5, 100, 8); /* 8 changes, of which 4 have come */
    ck_assert_uint_eq(hook->live.count, 0);
    ck_assert(!hook_report_progress(hook, UINT64_MAX)); /* it must begin again before the edition */
    feed(&hook->live, 6, 9, 100, 0);
    ck_assert_uint_eq(hook->live.count, 1);
    const struct hook_message *message = next_at(0);
    ck_assert_str_eq(message->id, "digest-7-1764063000123-council");
    ck_assert_uint_eq(message->first, 1);
    ck_assert_uint_eq(message->last, 9);
    judge(200, 0);
    ck_assert_uint_eq(hook->report.after, 9);
}
END_TEST

START_TEST(what_nobody_wanted_is_reported_now_and_then) {
    hook->told->filter = malloc(sizeof *hook->told->filter);
    mindex__v1__filter__init(hook->told->filter);
    hook->told->filter->n_types = 1;
    hook->told->filter->types = malloc(sizeof(char *));
    hook->told->filter->types[0] = strdup("release.accepted");
    feed(&hook->live, 1, 50, 50, 0);
    ck_assert_uint_eq(hook->live.count, 0);
    ck_assert(hook_report_progress(hook, 100000));
    ck_assert_uint_eq(hook->report.after, 50);
    ck_assert_uint_eq(hook->report.n_deliveries, 0);
    hook_confirmed(hook);
    ck_assert_uint_eq(hook->told->after, 50);
    feed(&hook->live, 51, 60, 60, 0);
    ck_assert(!hook_report_progress(hook, 100001)); /* not for each few */
    ck_assert(hook_report_progress(hook, 200000));
}
END_TEST

/* --- resends ---------------------------------------------------------------------------------- */

static void add_resend(uint64_t id, uint64_t from, uint64_t to, bool test) {
    Resend *resend = malloc(sizeof *resend);
    mindex__v1__resend__init(resend);
    resend->id = id;
    resend->has_from = resend->has_to = !test;
    resend->from = from;
    resend->to = to;
    resend->has_test = resend->test = test;
    Subscription *told = hook->told;
    told->resends = realloc(told->resends, (told->n_resends + 1) * sizeof(Resend *));
    told->resends[told->n_resends++] = resend;
}

START_TEST(a_range_goes_before_what_is_next_and_under_the_same_ids) {
    feed(&hook->live, 1, 2, 12, 0);
    add_resend(3, 2, 3, false);
    ck_assert(hook_resume_resends(hook, 0, &fault));
    ck_assert(hook_reads_again(hook, 12));
    feed(&hook->again, 2, 4, 12, 0);
    ck_assert_uint_eq(hook->again.count, 2);
    ck_assert_str_eq(next_at(0)->id, "2-1764063000123");
    judge(200, 0);
    ck_assert(hook->delivery.has_resend && hook->delivery.resend == 3);
    ck_assert(!hook->report.has_after && !hook->report.has_attempts);
    ck_assert_uint_eq(hook->report.n_resends_done, 0);
    hook_confirmed(hook);
    ck_assert_uint_eq(next_at(0)->first, 3);
    judge(200, 0);
    ck_assert_uint_eq(hook->report.n_resends_done, 1);
    ck_assert_uint_eq(hook->report.resends_done[0], 3);
    hook_confirmed(hook);
    ck_assert(hook_resume_resends(hook, 0, &fault)); /* not again, though the list has it still */
    ck_assert_uint_eq(next_at(0)->first, 1);         /* and then what waited */
}
END_TEST

START_TEST(a_range_ends_with_the_log_or_with_a_failure) {
    add_resend(1, 5, 1000, false);
    add_resend(2, 5, 6, false);
    ck_assert(hook_resume_resends(hook, 0, &fault));
    feed(&hook->again, 5, 6, 6, 0);
    ck_assert_uint_eq(next_at(0)->first, 5);
    judge(500, 0);
    ck_assert_uint_eq(hook->report.resends_done[0], 1);
    ck_assert(!hook->report.has_attempts); /* it is no failure of what comes next */
    hook_confirmed(hook);
    ck_assert(hook_resume_resends(hook, 0, &fault));
    ck_assert_uint_eq(hook->resend, 2);
    hook_end_resend(hook, 4); /* the log is shorter than that */
    ck_assert(hook_report_progress(hook, 0));
    ck_assert_uint_eq(hook->report.resends_done[0], 2);
    hook_confirmed(hook);
    ck_assert_uint_eq(hook->resend, 0);
}
END_TEST

START_TEST(a_test_is_sent_whatever_state_it_is_in) {
    hook->told->state = strdup("disabled");
    feed(&hook->live, 1, 1, 1, 0);
    ck_assert_ptr_null(next_at(0));
    add_resend(9, 0, 0, true);
    ck_assert(hook_resume_resends(hook, SOME_TIME_MS, &fault));
    const struct hook_message *message = next_at(0);
    ck_assert_str_eq(message->id, "test-9-council");
    ck_assert_ptr_nonnull(strstr(message->body, "\"type\":\"mindex.test\""));
    judge(200, 0);
    ck_assert_uint_eq(hook->report.resends_done[0], 9);
    hook_confirmed(hook);
    ck_assert_ptr_null(next_at(0));
}
END_TEST

/* --- what the hub tells ----------------------------------------------------------------------- */

static Subscription *told_again(const char *state, uint64_t after, uint64_t created_ms) {
    Subscription *told = malloc(sizeof *told);
    mindex__v1__subscription__init(told);
    told->name = strdup("council");
    told->url = strdup("https://example.org/other");
    told->state = strdup(state);
    told->has_after = told->has_created_ms = true;
    told->after = after;
    told->created_ms = created_ms;
    return told;
}

START_TEST(a_change_leaves_the_position_that_we_know_better) {
    feed(&hook->live, 1, 2, 2, 0);
    (void)next_at(0);
    judge(200, 0);
    hook_confirmed(hook);
    hook_hear(hook, told_again("active", 0, 0)); /* from before it heard of that */
    (void)hook_settle(hook);
    ck_assert_str_eq(hook->told->url, "https://example.org/other");
    ck_assert_uint_eq(hook->told->after, 1);
    ck_assert_uint_eq(next_at(0)->first, 2);
}
END_TEST

START_TEST(one_that_is_taken_up_again_or_made_anew_begins_where_the_hub_says) {
    hook_hear(hook, told_again("paused", 0, 0));
    (void)hook_settle(hook);
    ck_assert(!hook_active(hook));
    hook_hear(hook, told_again("active", 7, 0));
    (void)hook_settle(hook);
    ck_assert_uint_eq(hook->live.scanned, 7);
    feed(&hook->live, 8, 9, 9, 0);
    hook_hear(hook, told_again("active", 20, 5));
    (void)hook_settle(hook);
    ck_assert_uint_eq(hook->live.count, 0);
    ck_assert_uint_eq(hook->live.scanned, 20);
}
END_TEST

START_TEST(whoever_resumes_one_that_waits_has_it_go_at_once) {
    feed(&hook->live, 1, 2, 2, 0);
    (void)next_at(0);
    judge(500, 0);
    hook_hear(hook, told_again("active", 0, 0)); /* the hub had not heard of the failure */
    hook_confirmed(hook);
    ck_assert(!hook_settle(hook)); /* so it is asked again */
    ck_assert_uint_eq(hook->told->attempts, 1);
    ck_assert_ptr_null(next_at(0));
    hook_hear(hook, told_again("active", 0, 0)); /* it had */
    ck_assert(hook_settle(hook));
    ck_assert_uint_eq(next_at(0)->first, 1);
}
END_TEST

START_TEST(what_the_hub_said_before_a_disabling_is_dropped) {
    feed(&hook->live, 1, 2, 2, 0);
    (void)next_at(0);
    judge(410, 0);
    hook_hear(hook, told_again("active", 0, 0));
    hook_confirmed(hook);
    (void)hook_settle(hook);
    ck_assert(!hook_active(hook));
    hook_hear(hook, told_again("active", 0, 0)); /* somebody has resumed it */
    (void)hook_settle(hook);
    ck_assert(hook_active(hook));
    ck_assert_uint_eq(hook->told->attempts, 0);
}
END_TEST

/* --- messages and signatures ------------------------------------------------------------------ */

START_TEST(an_event_that_is_too_long_is_told_by_its_number) {
    RankChanged body;
    Event event = some_move(&body, 42);
    char *why = malloc(30000);
    memset(why, 'y', 29999);
    why[29999] = '\0';
    body.why = why;
    struct hook_message *message = hook_message_event(&event);
    ck_assert_uint_lt(message->length, DIGEST_BYTES_MAX);
    ck_assert_ptr_nonnull(strstr(message->body, "\"id\":\"42-1764063000123\""));
    ck_assert_ptr_nonnull(strstr(message->body,
                                 "\"data\":{\"seq\":42,\"edition\":7,\"too_long\":true,"
                                 "\"more\":\"/api/v1/events?after=41&limit=1\"}"));
    hook_message_destroy(&message);
    free(why);
}
END_TEST

static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

START_TEST(a_signature_is_that_of_the_specification) {
    /* The one that its own libraries are tested with. */
    const char body[] = "{\"test\": 2432232314}";
    const struct hook_text text = {"msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body,
                                   sizeof body - 1};
    char *secrets[] = {(char *)secret, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    char out[HOOK_SIGNATURES_TEXT];
    ck_assert_msg(hook_sign(&text, secrets, 1, out, &fault), "%s", fault.text);
    ck_assert_str_eq(out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    ck_assert(hook_sign(&text, secrets, 2, out, &fault));
    ck_assert_ptr_nonnull(strstr(out, "1OE= v1,"));
    ck_assert_uint_eq(strlen(out), 2 * 47 + 1);
}
END_TEST

START_TEST(what_is_no_secret_signs_nothing) {
    const struct hook_text text = {"a", 1, "b", 1};
    static const char *const bad[] = {"",           "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                      "whsec_",     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
                                      "whsec_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!"};
    char out[HOOK_SIGNATURES_TEXT];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *secrets[] = {(char *)secret, (char *)bad[i]};
        ck_assert_msg(!hook_sign(&text, secrets, 2, out, &fault), "%s", bad[i]);
        ck_assert_ptr_null(strstr(fault.text, "MfKQ")); /* it is not told what it is */
    }
    ck_assert(!hook_sign(&text, NULL, 0, out, &fault));
    char *many[HOOK_SECRETS_MAX + 2];
    for (size_t i = 0; i < HOOK_SECRETS_MAX + 2; i++)
        many[i] = (char *)secret;
    ck_assert(hook_sign(&text, many, HOOK_SECRETS_MAX + 2, out, &fault));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hook");
    TCase *sending = tcase_create("sending");
    tcase_add_checked_fixture(sending, begin, end);
    tcase_add_test(sending, messages_go_in_order_one_at_a_time);
    tcase_add_test(sending, one_that_fails_is_tried_again_by_the_schedule_and_then_given_up);
    tcase_add_test(sending, one_that_is_taken_after_failures_begins_the_count_again);
    tcase_add_test(sending, gone_disables_at_once);
    tcase_add_test(sending, a_pause_that_is_asked_for_is_kept_if_it_is_longer);
    tcase_add_test(sending, the_queue_is_bounded_and_the_rest_is_read_later);
    tcase_add_test(sending, a_digest_is_one_message_and_a_position_before_it_is_safe);
    tcase_add_test(sending, what_nobody_wanted_is_reported_now_and_then);
    tcase_add_test(sending, a_range_goes_before_what_is_next_and_under_the_same_ids);
    tcase_add_test(sending, a_range_ends_with_the_log_or_with_a_failure);
    tcase_add_test(sending, a_test_is_sent_whatever_state_it_is_in);
    tcase_add_test(sending, a_change_leaves_the_position_that_we_know_better);
    tcase_add_test(sending, one_that_is_taken_up_again_or_made_anew_begins_where_the_hub_says);
    tcase_add_test(sending, whoever_resumes_one_that_waits_has_it_go_at_once);
    tcase_add_test(sending, what_the_hub_said_before_a_disabling_is_dropped);
    suite_add_tcase(suite, sending);
    TCase *messages = tcase_create("messages");
    tcase_add_test(messages, an_event_that_is_too_long_is_told_by_its_number);
    tcase_add_test(messages, a_signature_is_that_of_the_specification);
    tcase_add_test(messages, what_is_no_secret_signs_nothing);
    suite_add_tcase(suite, messages);
    return suite_main(suite);
}
