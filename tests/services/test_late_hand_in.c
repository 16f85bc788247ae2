/* A hand-in that comes before a withdrawal and is read only after it. */
#include "tests/services/release_life.h"

#define SOOT_NAME "soot-2026.csv"

/* Another client hands the release in and waits for nothing; the hub has it when this returns. */
static void hand_in_from(zsock_t *socket, const char *text) {
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    file.name = (char *)SOOT_NAME;
    file.content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    HandIn body = plainly();
    body.n_files = 1;
    body.files = files;
    Message question = wire_message(1);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    ck_assert(wire_send(socket, NULL, &question));
    Mindex__V1__StatusWanted wanted = MINDEX__V1__STATUS_WANTED__INIT;
    question = wire_message(2);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &wanted;
    ck_assert(wire_send(socket, NULL, &question));
    Message *answer = wire_receive(socket, NULL);
    ck_assert_uint_eq(answer->request, 2);
    wire_free(&answer);
}

START_TEST(a_withdrawal_stands_against_a_hand_in_that_came_before_it) {
    struct fault fault = {0};
    begin();
    Message *answer = hand_in(plainly(), SOOT_NAME, SOOT_2026);
    uint64_t release = received(answer)->release;
    wire_free(&answer);
    zsock_t *other = wire_socket(ZMQ_DEALER, NULL, service.places.hub, &fault);
    ck_assert_ptr_nonnull(other);
    service_signal(&service, ingestion, SIGSTOP);
    hand_in_from(other, SOOT_2026);
    Message *withdrawn = withdraw(release, "It was wrong.");
    wire_free(&withdrawn);
    service_signal(&service, ingestion, SIGCONT);
    answer = wire_receive(other, NULL);
    ck_assert(received(answer)->duplicate);
    check_state(release, "withdrawn");
    wire_free(&answer);
    answer = hand_in(plainly(), SOOT_NAME, SOOT_2026); /* after it: it is back */
    ck_assert(received(answer)->again);
    check_state(release, "in-force");
    wire_free(&answer);
    zsock_destroy(&other);
    end();
}
END_TEST

/* What is suspicious about a release is no matter where it does not come back: its client is told
 * that it is here, as any other. */
START_TEST(a_suspicious_release_that_stays_withdrawn_is_a_duplicate_too) {
    struct fault fault = {0};
    begin();
    HandIn how = plainly();
    how.has_accept_warnings = how.accept_warnings = true;
    Message *answer = hand_in(how, SOOT_NAME, SOOT_STRANGE);
    uint64_t release = received(answer)->release;
    wire_free(&answer);
    zsock_t *other = wire_socket(ZMQ_DEALER, NULL, service.places.hub, &fault);
    ck_assert_ptr_nonnull(other);
    service_signal(&service, ingestion, SIGSTOP);
    hand_in_from(other, SOOT_STRANGE);
    Message *withdrawn = withdraw(release, "It was wrong.");
    wire_free(&withdrawn);
    service_signal(&service, ingestion, SIGCONT);
    answer = wire_receive(other, NULL);
    ck_assert(received(answer)->duplicate);
    check_state(release, "withdrawn");
    wire_free(&answer);
    zsock_destroy(&other);
    end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("late hand-in");
    TCase *tests = tcase_create("late hand-in");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_withdrawal_stands_against_a_hand_in_that_came_before_it);
    tcase_add_test(tests, a_suspicious_release_that_stays_withdrawn_is_a_duplicate_too);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
