/* One message for each edition: what is collected, where it ends, and what it says. */
#include "services/bus/digest.h"

#include "services/bus/filter.h"
#include "tests/services/some_events.h"
#include "tests/suite.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static struct digest digest;
static struct fault fault;

static void begin(void) {
    memset(&digest, 0, sizeof digest);
}

static void end(void) {
    digest_clear(&digest);
}

static bool take(const Filter *filter, const Event *event) {
    bool complete = false;
    ck_assert_msg(digest_take(&digest, filter, event, &complete, &fault), "%s", fault.text);
    return complete;
}

/* An edition of `changes` moves from event 100 on: each a place further than the one before. */
static void take_edition(const Filter *filter, uint32_t changes, const char *why) {
    Mindex__V1__EditionScored scored;
    RankChanged body;
    Event event = some_edition(&scored, 100, changes);
    event.request_id = "00c0ffee00c0ffee";
    bool complete = take(filter, &event);
    for (uint32_t i = 0; i < changes; i++) {
        ck_assert(!complete);
        event = some_move(&body, 101 + i);
        body.old_rank = i + 2;
        body.new_rank = 1;
        body.why = (char *)why;
        complete = take(filter, &event);
    }
    ck_assert(complete);
}

static json_t *told(const char *name) {
    size_t length = 0;
    char *text = digest_text(&digest, name, &length);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(strlen(text), length);
    ck_assert_uint_lt(length, DIGEST_BYTES_MAX);
    json_t *out = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(out != NULL, "%s", text);
    free(text);
    return out;
}

static long long number(const json_t *object, const char *name) {
    return json_integer_value(json_object_get(object, name));
}

static const char *word(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

START_TEST(an_edition_is_told_with_its_largest_moves_first) {
    take_edition(NULL, 3, "Fewer apprentices.");
    ck_assert(digest_worth(&digest));
    json_t *out = told("council"), *data = json_object_get(out, "data");
    ck_assert_str_eq(word(out, "id"), "digest-7-1764063000123-council");
    ck_assert_str_eq(word(out, "type"), "mindex.edition.digest");
    ck_assert_str_eq(word(out, "subject"), "editions/7");
    ck_assert_str_eq(word(out, "sequence"), "00000000000000000103");
    ck_assert_str_eq(word(out, "requestid"), "00c0ffee00c0ffee");
    ck_assert_str_eq(word(data, "summary"),
                     "Edition 7 (apprenticeships, '2024/25'): 120 of 307 places moved overall, 3 "
                     "ranks changed, of which 3 are wanted.");
    ck_assert_str_eq(word(data, "nature"), "data");
    ck_assert_int_eq(number(data, "release"), 4);
    ck_assert_int_eq(number(data, "changes"), 3);
    ck_assert_int_eq(number(data, "wanted"), 3);
    ck_assert_int_eq(number(data, "left_out"), 0);
    ck_assert_int_eq(number(data, "first_event"), 100);
    ck_assert_int_eq(number(data, "last_event"), 103);
    json_t *moves = json_object_get(data, "moves");
    ck_assert_uint_eq(json_array_size(moves), 3);
    ck_assert_int_eq(number(json_array_get(moves, 0), "seq"), 103);
    ck_assert_int_eq(number(json_array_get(moves, 2), "seq"), 101);
    ck_assert_str_eq(word(json_array_get(moves, 0), "why"), "Fewer apprentices.");
    json_decref(out);
}
END_TEST

START_TEST(only_what_is_wanted_is_counted_as_such) {
    Filter *filter = filter_new();
    ck_assert(filter_take(filter, "at-least", "9", &fault));
    take_edition(filter, 10, NULL); /* of 1 to 10 places */
    json_t *out = told("x"), *data = json_object_get(out, "data");
    ck_assert_int_eq(number(data, "changes"), 10);
    ck_assert_int_eq(number(data, "wanted"), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(data, "moves")), 2);
    json_decref(out);
    filter_destroy(&filter);
}
END_TEST

START_TEST(without_anything_wanted_it_is_not_worth_telling) {
    Filter *filter = filter_new();
    ck_assert(filter_take(filter, "area", "E99", &fault));
    take_edition(filter, 3, NULL);
    ck_assert(!digest_worth(&digest));
    ck_assert(filter_take(filter, "type", "edition.scored", &fault));
    take_edition(filter, 3, NULL); /* whoever asks for editions hears of each */
    ck_assert(digest_worth(&digest));
    ck_assert_uint_eq(digest.wanted, 0);
    filter_destroy(&filter);
}
END_TEST

START_TEST(an_edition_without_changes_is_complete_at_once) {
    take_edition(NULL, 0, NULL);
    ck_assert(!digest_worth(&digest));
}
END_TEST

START_TEST(a_message_stays_small_and_counts_what_was_left) {
    char why[600];
    memset(why, 'y', sizeof why - 1);
    why[sizeof why - 1] = '\0';
    take_edition(NULL, 5000, why);
    json_t *out = told("x"), *data = json_object_get(out, "data");
    json_t *moves = json_object_get(data, "moves");
    size_t n = json_array_size(moves);
    ck_assert_uint_gt(n, 10);
    ck_assert_int_eq(number(data, "left_out"), 5000 - (long long)n);
    ck_assert_str_eq(word(data, "more"), "/api/v1/editions/7/changes");
    for (size_t i = 0; i < n; i++) /* the largest, none left out in between */
        ck_assert_int_eq(number(json_array_get(moves, i), "old_rank"), 5001 - (long long)i);
    json_decref(out);
}
END_TEST

START_TEST(a_move_that_is_too_long_makes_no_room_for_itself) {
    char *why = malloc(30000);
    memset(why, '\x01', 29999);
    why[29999] = '\0';
    take_edition(NULL, 2, why);
    json_t *out = told("x"), *data = json_object_get(out, "data");
    ck_assert_int_eq(number(data, "left_out"), 2);
    json_decref(out);
    free(why);
}
END_TEST

START_TEST(a_place_that_lost_its_rank_comes_first) {
    Mindex__V1__EditionScored scored;
    RankChanged body;
    Event event = some_edition(&scored, 100, 2);
    (void)take(NULL, &event);
    event = some_move(&body, 101);
    (void)take(NULL, &event);
    event = some_move(&body, 102);
    body.has_new_rank = body.has_new_score = false;
    body.new_band = NULL;
    ck_assert(take(NULL, &event));
    ck_assert_uint_eq(digest.moves[0].seq, 102);
}
END_TEST

START_TEST(what_belongs_to_no_edition_that_began_is_passed_over) {
    Mindex__V1__EditionScored scored;
    RankChanged body;
    Event event = some_move(&body, 99); /* the end of one whose beginning nobody saw */
    ck_assert(!take(NULL, &event));
    event = some_edition(&scored, 100, 1);
    (void)take(NULL, &event);
    event = some_move(&body, 101);
    event.edition = 6;
    ck_assert(!take(NULL, &event));
    ck_assert_uint_eq(digest.wanted, 0);
    event.edition = 7;
    ck_assert(take(NULL, &event));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, an_edition_is_told_with_its_largest_moves_first);
    tcase_add_test(tests, only_what_is_wanted_is_counted_as_such);
    tcase_add_test(tests, without_anything_wanted_it_is_not_worth_telling);
    tcase_add_test(tests, an_edition_without_changes_is_complete_at_once);
    tcase_add_test(tests, a_message_stays_small_and_counts_what_was_left);
    tcase_add_test(tests, a_move_that_is_too_long_makes_no_room_for_itself);
    tcase_add_test(tests, a_place_that_lost_its_rank_comes_first);
    tcase_add_test(tests, what_belongs_to_no_edition_that_began_is_passed_over);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
