/* What subscribers filter by: what kind of cause moved a rank, and where the place is. */
#include "tests/services/release_life.h"

/* The edition that the next events tell of has this nature, and each of its moves too. *after moves
 * on. Returns how many moves there are. */
static size_t check_nature(uint64_t *after, const char *nature) {
    const Event *event;
    Message *answer = event_after(*after, "edition", "edition.scored", &event);
    ck_assert_str_eq(event->edition_scored->nature, nature);
    uint64_t seq = event->seq, changes = event->edition_scored->changes;
    wire_free(&answer);
    answer = service_events(&service, seq, "rank.mission.", 0);
    size_t moves = answer->events->n_events;
    for (size_t i = 0; i < moves; i++) {
        const RankChanged *change = answer->events->events[i]->rank_changed;
        ck_assert_str_eq(change->nature, nature);
        bool south = change->area[2] > '3', city = strcmp(change->area, "E06") == 0;
        ck_assert_str_eq(change->region, south ? "R2" : "R1");
        ck_assert_str_eq(change->area_type, city ? "city" : "district");
    }
    ck_assert_uint_eq(moves, changes);
    wire_free(&answer);
    *after = seq + changes;
    return moves;
}

static Message *hand_in_two(const char *const names[2], const char *const texts[2]) {
    File files[2], *list[] = {&files[0], &files[1]};
    for (size_t i = 0; i < 2; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
    }
    HandIn body = plainly();
    body.has_accept_warnings = body.accept_warnings = true;
    body.n_files = 2;
    body.files = list;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    Message *answer = service_ask(&service, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    return answer;
}

#define SOOT_REVISED                                                                               \
    HEADER "E01,2026,0,\nE02,2026,1,\nE03,2026,3,\nE04,2026,2,\nE05,2026,9,\nE06,2026,5,\n"
#define PAY_2026                                                                                   \
    HEADER "E01,2026,500,\nE02,2026,400,\nE03,2026,300,\nE04,2026,200,\nE05,2026,100,\n"

START_TEST(a_change_says_what_kind_of_cause_it_has_and_where_the_place_is) {
    uint64_t after = 0;
    ck_assert_uint_eq(check_nature(&after, "method"), 0); /* the pack itself */
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    wire_free(&answer);
    ck_assert_uint_gt(check_nature(&after, "data"), 0);
    HandIn how = plainly();
    how.has_accept_warnings = how.accept_warnings = true;
    answer = hand_in(how, "soot-2026.csv", SOOT_REVISED);
    ck_assert(received(answer)->revision);
    uint64_t revision = received(answer)->release;
    wire_free(&answer);
    ck_assert_uint_gt(check_nature(&after, "revision"), 0);
    answer = withdraw(revision, "It was no better.");
    wire_free(&answer);
    ck_assert_uint_gt(check_nature(&after, "withdrawal"), 0);
    load_forgiving(SMALL_AREAS);
    (void)check_nature(&after, "method");
}
END_TEST

/* Whichever of them is named as the cause. */
START_TEST(a_revision_together_with_a_new_release_is_data) {
    uint64_t after = 0;
    (void)check_nature(&after, "method");
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    wire_free(&answer);
    (void)check_nature(&after, "data");
    static const char *const names[] = {"pay-2026.csv", "soot-2026.csv"};
    answer = hand_in_two(names, (const char *const[]){PAY_2026, SOOT_REVISED});
    ck_assert(!answer->receipt->releases[0]->revision && answer->receipt->releases[1]->revision);
    wire_free(&answer);
    ck_assert_uint_gt(check_nature(&after, "data"), 0);
    answer = hand_in_two(names, (const char *const[]){PAY_2026 "E06,2026,50,\n", SOOT_2026 "\n"});
    ck_assert(answer->receipt->releases[0]->revision && answer->receipt->releases[1]->revision);
    wire_free(&answer);
    ck_assert_uint_gt(check_nature(&after, "revision"), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("natures");
    TCase *tests = tcase_create("natures");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_change_says_what_kind_of_cause_it_has_and_where_the_place_is);
    tcase_add_test(tests, a_revision_together_with_a_new_release_is_data);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
