/* The life of a release, with real processes: held until its time, withdrawn, and
 * handed in again. */
#include "tests/services/release_life.h"

/* --- held until its time ---------------------------------------------------------------------- */

static Message *hold(const char *name, const char *text, uint64_t ms_ahead, uint64_t *at) {
    HandIn how = plainly();
    how.has_publish_at_ms = true;
    how.publish_at_ms = *at = clock_wall_ms() + ms_ahead;
    return hand_in(how, name, text);
}

START_TEST(a_held_release_comes_into_force_at_its_time_and_not_before) {
    const Event *event;
    uint64_t before = newest_event(), at;
    Message *answer = hold("soot-2026.csv", SOOT_2026, 1000, &at);
    ck_assert_uint_eq(received(answer)->held_until_ms, at);
    ck_assert(!answer->receipt->has_task);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before);
    answer = ask_releases(NULL, id);
    const ReleaseInfo *info = answer->releases->releases[0];
    ck_assert_str_eq(info->state, "held");
    ck_assert(!info->in_force && info->publish_at_ms == at);
    ck_assert_ptr_null(info->observations_hash); /* nobody is shown its figures */
    wire_free(&answer);
    /* Another one that comes meanwhile is in force at once, and then no more. */
    answer = hand_in(plainly(), "soot-now.csv", SOOT_2026 "E01,2025,5,\n");
    uint64_t other = received(answer)->release;
    ck_assert_uint_gt(other, id);
    wire_free(&answer);
    answer = event_after(before, "release.soot", "release.accepted", &event);
    ck_assert_uint_eq(event->release_accepted->release, other);
    uint64_t seq = event->seq;
    wire_free(&answer);
    answer = event_after(seq, "release.soot", "release.accepted", &event);
    ck_assert_uint_eq(event->release_accepted->release, id);
    ck_assert_uint_ge(event->time_ms, at);
    ck_assert_uint_lt(event->time_ms, at + 900); /* the hub wakes for it */
    wire_free(&answer);
    check_state(id, "in-force");
    check_state(other, "superseded");
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    check_cause(3, "release", id);
    check_log();
}
END_TEST

START_TEST(what_is_suspicious_about_a_held_release_is_told_at_its_time) {
    const Event *event;
    uint64_t before = newest_event();
    HandIn how = plainly();
    how.has_accept_warnings = how.accept_warnings = true;
    how.has_publish_at_ms = true;
    how.publish_at_ms = clock_wall_ms() + 1000;
    Message *answer = hand_in(how, "soot-2026.csv", SOOT_STRANGE);
    ck_assert_ptr_nonnull(received(answer)->warnings); /* whoever hands it in has its figures */
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = ask_releases(NULL, id);
    ck_assert_str_eq(answer->releases->releases[0]->state, "held");
    ck_assert_ptr_null(answer->releases->releases[0]->warnings); /* they name figures */
    wire_free(&answer);
    answer = event_after(before, "release.soot", "release.accepted", &event);
    wire_free(&answer);
    answer = ask_releases(NULL, id);
    ck_assert_uint_eq(answer->releases->releases[0]->warnings->n_problems, 2);
    wire_free(&answer);
}
END_TEST

START_TEST(a_release_whose_time_came_while_the_hub_was_down_comes_into_force_at_its_start) {
    const Event *event;
    uint64_t before = newest_event(), at;
    Message *answer = hold("soot-2026.csv", SOOT_2026, 3600000, &at);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    service_signal(&service, hub, SIGKILL);
    run_sql("UPDATE release SET publish_at_ms = 1 WHERE turn IS NULL"); /* an hour goes by */
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    answer = event_after(before, "release.soot", "release.accepted", &event);
    ck_assert_uint_eq(event->release_accepted->release, id);
    ck_assert_uint_eq(event->seq, before + 1);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    check_log();
}
END_TEST

START_TEST(a_held_release_can_be_withdrawn_and_nobody_hears_of_it) {
    uint64_t before = newest_event(), at;
    Message *answer = hold("soot-2026.csv", SOOT_2026, 3600000, &at);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026); /* it is not let out by accident */
    ck_assert(received(answer)->duplicate && received(answer)->held_until_ms == at);
    wire_free(&answer);
    answer = withdraw(id, "The publisher has another date.");
    ck_assert(answer->withdrawn->held && !answer->withdrawn->was_in_force);
    ck_assert(!answer->withdrawn->has_task);
    wire_free(&answer);
    check_state(id, "withdrawn");
    ck_assert_uint_eq(newest_event(), before);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026); /* now it is handed in anew */
    ck_assert(!received(answer)->duplicate && received(answer)->release == id);
    wire_free(&answer);
    check_state(id, "in-force");
}
END_TEST

START_TEST(a_time_without_an_offset_is_refused_with_advice) {
    char err[2000];
    ck_assert_int_eq(service_run(&service, NULL, err, sizeof err, "ingest", "--publish-at",
                                 "2026-11-25T09:30:00", "/dev/null", NULL),
                     2);
    ck_assert_msg(strstr(err, "has no offset from UTC: give") != NULL, "%s", err);
}
END_TEST

/* --- withdrawal ------------------------------------------------------------------------------- */

START_TEST(what_is_withdrawn_gives_way_to_the_release_before_and_an_edition_says_so) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release, older = received(answer)->compared_with;
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    answer = withdraw(id, "Elm was measured wrongly.");
    ck_assert(!answer->withdrawn->duplicate && answer->withdrawn->was_in_force);
    ck_assert_uint_eq(answer->withdrawn->in_force, older);
    uint64_t through = answer->withdrawn->through;
    ck_assert(answer->withdrawn->has_task);
    wire_free(&answer);
    answer = event_after(through - 1, "release.soot", "release.withdrawn", &event);
    ck_assert_uint_eq(event->release_withdrawn->release, id);
    ck_assert_str_eq(event->release_withdrawn->reason, "Elm was measured wrongly.");
    ck_assert_str_eq(event->release_withdrawn->in_force_label, "2025");
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    check_cause(3, "withdrawal", id);
    ck_assert(same_scores(1, 3) && !same_scores(1, 2));
    answer = service_events(&service, through, "rank.mission.air.", 0);
    ck_assert_uint_gt(answer->events->n_events, 0);
    for (size_t i = 0; i < answer->events->n_events; i++) {
        ck_assert_str_eq(answer->events->events[i]->rank_changed->cause, "withdrawal");
        ck_assert_uint_eq(answer->events->events[i]->rank_changed->release, id);
    }
    wire_free(&answer);
    check_state(id, "withdrawn");
    check_state(older, "in-force");
    check_log();
}
END_TEST

START_TEST(withdrawn_twice_is_withdrawn_once) {
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = withdraw(id, "First.");
    wire_free(&answer);
    uint64_t newest;
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    newest = newest_event();
    answer = withdraw(id, "Second.");
    ck_assert(answer->withdrawn->duplicate && !answer->withdrawn->has_task);
    ck_assert_str_eq(answer->withdrawn->reason, "First.");
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), newest);
    char err[2000];
    ck_assert_int_eq(
        service_run(&service, NULL, err, sizeof err, "withdraw", "99", "--reason", "x", NULL), 4);
    ck_assert_ptr_nonnull(strstr(err, "there is no release 99"));
    ck_assert_int_eq(service_run(&service, NULL, err, sizeof err, "withdraw", "5", NULL), 2);
    ck_assert_int_eq(
        service_run(&service, NULL, err, sizeof err, "withdraw", "5", "--reason", " ", NULL), 4);
}
END_TEST

START_TEST(without_another_release_a_dataset_has_none) {
    const Event *event;
    Message *answer = ask_releases("soot", 0);
    uint64_t id = answer->releases->releases[0]->release;
    wire_free(&answer);
    answer = withdraw(id, "It was made up.");
    ck_assert(answer->withdrawn->was_in_force && !answer->withdrawn->has_in_force);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    answer = event_after(0, "rank.mission.air.E01.soot", "rank.changed", &event);
    ck_assert(event->rank_changed->has_old_rank && !event->rank_changed->has_new_rank);
    wire_free(&answer);
}
END_TEST

START_TEST(an_older_release_is_withdrawn_without_an_edition) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t older = received(answer)->compared_with;
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    uint64_t before = newest_event();
    answer = withdraw(older, "It was wrong, too.");
    ck_assert(!answer->withdrawn->was_in_force && !answer->withdrawn->has_task);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before + 1);
    answer = event_after(before, "release.soot", "release.withdrawn", &event);
    wire_free(&answer);
    /* It is not what comes back when the newer one goes. */
    answer = withdraw(5, "And so was this.");
    ck_assert(!answer->withdrawn->has_in_force);
    wire_free(&answer);
}
END_TEST

START_TEST(the_same_bytes_again_put_a_withdrawn_release_back_into_force) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = withdraw(id, "By mistake.");
    uint64_t through = answer->withdrawn->through;
    wire_free(&answer);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    ck_assert_uint_eq(received(answer)->release, id);
    ck_assert(!received(answer)->duplicate && received(answer)->again);
    wire_free(&answer);
    answer = event_after(through, "release.soot", "release.accepted", &event);
    ck_assert(event->release_accepted->release == id && event->release_accepted->again);
    ck_assert(!event->release_accepted->revision); /* it is not a revision of itself */
    wire_free(&answer);
    for (uint64_t edition = 2; edition <= 4; edition++)
        ck_assert_uint_eq(service_await(&service, "published", &seen), edition);
    ck_assert(same_scores(2, 4) && same_scores(1, 3));
    check_state(id, "in-force");
    check_log();
}
END_TEST

/* Held releases fall due while the hub is killed again and again. */
START_TEST(a_hub_that_is_killed_loses_no_held_release_and_tells_of_none_twice) {
    enum { RELEASES = 8 };
    char text[400], label[32];
    uint64_t at, told[RELEASES + 8] = {0};
    for (int i = 0; i < RELEASES; i++) {
        (void)snprintf(label, sizeof label, "soot-held%d.csv", i);
        (void)snprintf(text, sizeof text, "%sE01,2027,%d,\n", SOOT_2026, i + 4);
        HandIn how = plainly();
        how.has_accept_warnings = how.accept_warnings = true; /* only Ash has a row for 2027 */
        how.has_publish_at_ms = true;
        how.publish_at_ms = at = clock_wall_ms() + 400 + 100 * (uint64_t)i;
        Message *answer = hand_in(how, label, text);
        (void)received(answer);
        wire_free(&answer);
    }
    uint64_t after = seen;
    for (size_t n = 0; n < RELEASES;) {
        Message *answer = service_events(&service, after, "release.soot", SERVICE_ANSWER_MS);
        ck_assert_uint_gt(answer->events->n_events, 0);
        for (size_t i = 0; i < answer->events->n_events; i++, n++)
            told[answer->events->events[i]->release_accepted->release]++;
        after = answer->events->through;
        wire_free(&answer);
        if (n % 2) {
            service_signal(&service, hub, SIGKILL);
            hub = service_start(&service, "hub", NULL);
            service_await_hub(&service);
        }
    }
    for (size_t id = 5; id < 5 + RELEASES; id++)
        ck_assert_uint_eq(told[id], 1);
    /* In any order: a publishing worker may have had the later of two tasks when the hub died. */
    uint32_t published[RELEASES + 2] = {0};
    for (int i = 0; i < RELEASES; i++) {
        uint64_t edition = service_await(&service, "published", &seen);
        ck_assert(edition >= 2 && edition < 2 + RELEASES);
        ck_assert_uint_eq(++published[edition], 1);
    }
    check_state(4 + RELEASES, "in-force");
    check_log();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("held_releases");
    TCase *tests = tcase_create("held_releases");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_held_release_comes_into_force_at_its_time_and_not_before);
    tcase_add_test(tests, what_is_suspicious_about_a_held_release_is_told_at_its_time);
    tcase_add_test(tests,
                   a_release_whose_time_came_while_the_hub_was_down_comes_into_force_at_its_start);
    tcase_add_test(tests, a_held_release_can_be_withdrawn_and_nobody_hears_of_it);
    tcase_add_test(tests, a_time_without_an_offset_is_refused_with_advice);
    tcase_add_test(tests, what_is_withdrawn_gives_way_to_the_release_before_and_an_edition_says_so);
    tcase_add_test(tests, withdrawn_twice_is_withdrawn_once);
    tcase_add_test(tests, without_another_release_a_dataset_has_none);
    tcase_add_test(tests, an_older_release_is_withdrawn_without_an_edition);
    tcase_add_test(tests, the_same_bytes_again_put_a_withdrawn_release_back_into_force);
    tcase_add_test(tests, a_hub_that_is_killed_loses_no_held_release_and_tells_of_none_twice);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
