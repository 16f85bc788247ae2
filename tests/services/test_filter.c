/* Which events somebody wants: read from pairs, written back, held against a pack, and applied. */
#include "services/bus/filter.h"

#include "tests/core/small_pack.h"
#include "tests/services/filter_text.h"
#include "tests/services/some_events.h"
#include "tests/suite.h"

static Filter *read_all(const char *text) {
    struct fault fault = {0};
    Filter *filter = filter_new();
    ck_assert_ptr_nonnull(filter);
    ck_assert_msg(filter_text_take(filter, text, &fault), "%s: %s", text, fault.text);
    ck_assert_msg(filter_fits(filter, &fault), "%s: %s", text, fault.text);
    return filter;
}

static void check_refused(const char *text, const char *says) {
    struct fault fault = {0};
    Filter *filter = filter_new();
    ck_assert_msg(!filter_text_take(filter, text, &fault), "%s was taken", text);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strstr(fault.text, says) != NULL, "%s: %s", text, fault.text);
    filter_destroy(&filter);
}

/* --- reading and writing ---------------------------------------------------------------------- */

static void check_written(const char *text, const char *as) {
    Filter *filter = read_all(text);
    char *written = filter_write(filter);
    ck_assert_str_eq(written, as);
    Filter *again = read_all(written);
    char *twice = filter_write(again);
    ck_assert_str_eq(twice, as);
    free(twice);
    free(written);
    filter_destroy(&again);
    filter_destroy(&filter);
}

START_TEST(pairs_come_back_in_one_spelling) {
    check_written("", "");
    check_written("&&", "");
    check_written(
        "area=E07000117&mission=growth&at-least=5&band=any&beyond-interval=1&nature=data",
        "area=E07000117&mission=growth&at-least=5&band=any&beyond-interval=1&nature=data");
    check_written("nature=data&type=rank.changed&area=B&area=A&area=B",
                  "type=rank.changed&area=B&area=A&nature=data");
    check_written("band=very%20high&band=very%20low", "band=very%20high&band=very%20low");
    check_written("area-type=a%26b%3dc%25%2c", "area-type=a%26b%3Dc%25%2C");
    check_written("area=Ynys%20M%c3%b4n", "area=Ynys%20M%C3%B4n");
    check_written("beyond-interval=0&at-least=007", "at-least=7");
}
END_TEST

START_TEST(a_wrong_pair_says_what_was_found_and_what_is_expected) {
    check_refused("mision=growth", "did you mean 'mission'");
    check_refused("colour=red", "there is no filter 'colour'; the filters are type, area");
    check_refused("type=rank.change", "did you mean 'rank.changed'");
    check_refused("type=x", "found 'x', expected release.accepted, release.withdrawn");
    check_refused("nature=method,data", "expected data, revision, method or withdrawal");
    check_refused("at-least=0", "found '0', expected a whole number of places from 1 to");
    check_refused("at-least=-3", "found '-3'");
    check_refused("at-least=5&at-least=6", "found both 5 and 6");
    check_refused("beyond-interval=yes", "found 'yes', expected 1");
    check_refused("area", "area: found nothing");
    check_refused("area=", "area: found nothing");
    check_refused("area=%0a", "without control characters");
    check_refused("area=%ff", "UTF-8");
}
END_TEST

START_TEST(there_are_bounds) {
    struct fault fault = {0};
    Filter *filter = filter_new();
    char text[FILTER_VALUE_MAX + 2];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert(!filter_take(filter, "area", text, &fault));
    text[FILTER_VALUE_MAX] = '\0';
    ck_assert(filter_take(filter, "area", text, &fault));
    for (unsigned i = 1; i < FILTER_VALUES_MAX; i++) {
        (void)snprintf(text, sizeof text, "E%u", i);
        ck_assert(filter_take(filter, "area", text, &fault));
    }
    ck_assert(!filter_take(filter, "area", "one more", &fault));
    ck_assert(filter_take(filter, "area", "E7", &fault)); /* is there already */
    ck_assert_uint_eq(filter->n_areas, FILTER_VALUES_MAX);
    filter_destroy(&filter);
}
END_TEST

START_TEST(what_another_process_sends_is_held_against_the_same_rules) {
    struct fault fault = {0};
    Filter filter = MINDEX__V1__FILTER__INIT;
    char *values[] = {"growth", "gro\nwth"};
    filter.n_missions = 2;
    filter.missions = values;
    ck_assert(!filter_fits(&filter, &fault));
    filter.n_missions = 1;
    ck_assert(filter_fits(&filter, &fault));
    filter.has_at_least = true;
    ck_assert(!filter_fits(&filter, &fault));
    filter.at_least = 1;
    ck_assert(filter_fits(&filter, &fault));
    filter.n_types = 1;
    filter.types = values;
    ck_assert(!filter_fits(&filter, &fault));
}
END_TEST

/* --- against a pack --------------------------------------------------------------------------- */

static void check_settled(const char *text, const char *as) {
    struct fault fault = {0};
    struct pack *pack = small_pack();
    Filter *filter = read_all(text);
    ck_assert_msg(filter_settle(filter, pack, &fault), "%s: %s", text, fault.text);
    char *written = filter_write(filter);
    ck_assert_str_eq(written, as);
    free(written);
    filter_destroy(&filter);
    pack_destroy(&pack);
}

static void check_unsettled(const char *text, const char *says) {
    struct fault fault = {0};
    struct pack *pack = small_pack();
    Filter *filter = read_all(text);
    ck_assert(!filter_settle(filter, pack, &fault));
    ck_assert_msg(strstr(fault.text, says) != NULL, "%s: %s", text, fault.text);
    filter_destroy(&filter);
    pack_destroy(&pack);
}

START_TEST(names_become_codes_and_ids) {
    check_settled("area=E01&area=E03", "area=E01&area=E03");
    check_settled("mission=Air&mission=all&node=soot&node=Pay",
                  "mission=air&mission=all&node=soot&node=pay");
    check_settled("region=north&area-type=DISTRICT&band=very%20high&band=any",
                  "region=R1&area-type=district&band=very%20high&band=any");
}
END_TEST

START_TEST(what_the_pack_has_not_is_refused_with_the_nearest) {
    check_unsettled("area=E99", "E99");
    check_unsettled("mission=wrok", "there is no mission 'wrok'; did you mean 'work'?");
    check_unsettled("mission=pay", "there is no mission 'pay'");
    check_unsettled("node=soott", "did you mean 'soot'?");
    check_unsettled("region=Nroth", "there is no region 'Nroth'; did you mean 'North'?");
    check_unsettled("area-type=distrct", "did you mean 'district'?");
    check_unsettled("band=very%20hihg", "did you mean 'very high'?");
    check_unsettled("band=qqqqqq", "or any");
}
END_TEST

/* --- wanting ---------------------------------------------------------------------------------- */

static bool wants(const char *text, const Event *event) {
    Filter *filter = read_all(text);
    bool wanted = filter_wants(filter, event);
    filter_destroy(&filter);
    return wanted;
}

START_TEST(each_list_that_is_not_empty_must_name_the_moves_own) {
    RankChanged body;
    Event move = some_move(&body, 42);
    ck_assert(filter_wants(NULL, &move));
    static const char *const wanted[] = {
        "",
        "type=rank.changed",
        "area=E01",
        "area=E05&area=E01",
        "mission=growth",
        "node=skills",
        "region=R1",
        "area-type=district",
        "nature=data",
        "at-least=8",
        "band=any",
        "band=low",
        "band=medium",
        "area=E01&mission=growth&at-least=3&nature=data&region=R1"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_msg(wants(wanted[i], &move), "%s", wanted[i]);
    static const char *const unwanted[] = {
        "type=edition.scored", "area=E02",          "mission=skills",    "node=growth",
        "region=R2",           "area-type=city",    "nature=revision",   "at-least=9",
        "band=high",           "beyond-interval=1", "area=E01&region=R2"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        ck_assert_msg(!wants(unwanted[i], &move), "%s", unwanted[i]);
    body.region = body.area_type = NULL;
    ck_assert(!wants("region=R1", &move));
    ck_assert(!wants("area-type=district", &move));
    body.new_band = "low";
    ck_assert(!wants("band=any", &move));
    ck_assert(!wants("band=low", &move));
}
END_TEST

START_TEST(an_interval_must_be_known_and_left) {
    RankChanged body;
    Event move = some_move(&body, 42);
    body.has_beyond_interval = true;
    ck_assert(!wants("beyond-interval=1", &move));
    body.beyond_interval = true;
    ck_assert(wants("beyond-interval=1", &move));
}
END_TEST

START_TEST(a_place_that_gained_or_lost_its_rank_moved_far) {
    RankChanged body;
    Event move = some_move(&body, 42);
    body.has_old_rank = false;
    body.old_band = NULL;
    ck_assert(wants("at-least=1000000&beyond-interval=1", &move));
    ck_assert(wants("band=any", &move));
    ck_assert(wants("band=medium", &move));
    ck_assert(!wants("band=low", &move));
    ck_assert_uint_eq(rank_distance(&body), UINT32_MAX);
}
END_TEST

START_TEST(who_says_which_moves_and_no_type_means_moves_alone) {
    Mindex__V1__ReleaseAccepted release;
    Mindex__V1__EditionScored scored;
    RankChanged body;
    Event accepted = some_release(&release, 41), edition = some_edition(&scored, 42, 9),
          move = some_move(&body, 43);
    static const char *const of_moves[] = {"area=E01",  "mission=growth",       "node=skills",
                                           "region=R1", "area-type=district",   "at-least=5",
                                           "band=any",  "area=E01&nature=data", "at-least=1"};
    for (size_t i = 0; i < sizeof of_moves / sizeof *of_moves; i++) {
        ck_assert_msg(wants(of_moves[i], &move), "%s", of_moves[i]);
        ck_assert_msg(!wants(of_moves[i], &accepted), "%s", of_moves[i]);
        ck_assert_msg(!wants(of_moves[i], &edition), "%s", of_moves[i]);
    }
    ck_assert(!wants("beyond-interval=1", &accepted));
    static const char *const of_all[] = {"", "nature=data", "beyond-interval=0"};
    for (size_t i = 0; i < sizeof of_all / sizeof *of_all; i++)
        ck_assert_msg(wants(of_all[i], &move) && wants(of_all[i], &accepted) &&
                          wants(of_all[i], &edition),
                      "%s", of_all[i]);
}
END_TEST

START_TEST(what_an_event_has_not_is_not_held_against_it) {
    Mindex__V1__ReleaseAccepted release;
    Mindex__V1__EditionScored scored;
    Event accepted = some_release(&release, 41), edition = some_edition(&scored, 42, 9);
    ck_assert(wants("type=release.accepted&area=E02&mission=growth&at-least=5&band=any"
                    "&beyond-interval=1",
                    &accepted));
    ck_assert(wants("type=edition.scored&area=E02&nature=data", &edition));
    ck_assert(!wants("type=rank.changed", &accepted));
    ck_assert(!wants("nature=method", &accepted));
    ck_assert(!wants("nature=method", &edition));
    release.revision = true;
    ck_assert(wants("nature=revision", &accepted));
    scored.nature = NULL; /* as before events said it */
    scored.cause = "definition";
    ck_assert(wants("nature=method", &edition));
    scored.cause = "withdrawal";
    ck_assert(wants("nature=withdrawal", &edition));
}
END_TEST

START_TEST(a_comparison_is_of_one_node) {
    Mindex__V1__SpendCompared body = MINDEX__V1__SPEND_COMPARED__INIT;
    Event event = MINDEX__V1__EVENT__INIT;
    event.type = "spend.compared";
    event.body_case = MINDEX__V1__EVENT__BODY_SPEND_COMPARED;
    event.spend_compared = &body;
    body.node = "composite";
    ck_assert(wants("type=spend.compared&node=composite&nature=data&area=E01", &event));
    ck_assert(!wants("type=spend.compared&node=skills", &event));
    ck_assert(!wants("node=composite", &event));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("filter");
    TCase *text = tcase_create("text");
    tcase_add_test(text, pairs_come_back_in_one_spelling);
    tcase_add_test(text, a_wrong_pair_says_what_was_found_and_what_is_expected);
    tcase_add_test(text, there_are_bounds);
    tcase_add_test(text, what_another_process_sends_is_held_against_the_same_rules);
    suite_add_tcase(suite, text);
    TCase *pack = tcase_create("pack");
    tcase_add_test(pack, names_become_codes_and_ids);
    tcase_add_test(pack, what_the_pack_has_not_is_refused_with_the_nearest);
    suite_add_tcase(suite, pack);
    TCase *wanting = tcase_create("wanting");
    tcase_add_test(wanting, each_list_that_is_not_empty_must_name_the_moves_own);
    tcase_add_test(wanting, an_interval_must_be_known_and_left);
    tcase_add_test(wanting, a_place_that_gained_or_lost_its_rank_moved_far);
    tcase_add_test(wanting, who_says_which_moves_and_no_type_means_moves_alone);
    tcase_add_test(wanting, what_an_event_has_not_is_not_held_against_it);
    tcase_add_test(wanting, a_comparison_is_of_one_node);
    suite_add_tcase(suite, wanting);
    return suite_main(suite);
}
