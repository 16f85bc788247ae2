/* The league table of a small edition: order, ties, places without a rank, ranks among the chosen,
 * moves; and what a request may ask of it. */
#include "services/views/league.h"

#include "tests/core/small_pack.h"
#include "tests/suite.h"

static struct pack *pack;
static struct edition *edition;
static struct view view;

static void begin(void) {
    pack = small_pack();
    edition = small_edition(pack);
    view = (struct view){.number = 2, .pack = pack, .edition = edition};
}

static void end(void) {
    edition_destroy(&edition);
    pack_destroy(&pack);
}

/* The names of the places, in the order of the rows. */
static const char *names(const struct league_wanted *wanted) {
    static char text[200];
    struct league *league = league_of(&view, wanted);
    ck_assert_ptr_nonnull(league);
    *text = '\0';
    for (size_t i = 0; i < league->n; i++) {
        (void)strcat(text, i ? " " : "");
        (void)strcat(text, pack->geography->areas[league->rows[i].area].name);
    }
    free(league);
    return text;
}

static struct request asked(const char *name, const char *value) {
    struct request request = {.path = "/league", .query = "", .accept = "", .base = ""};
    request.parameters[0] = (struct parameter){name, value};
    request.n_parameters = 1;
    return request;
}

START_TEST(rows_are_sorted_and_those_without_a_rank_are_last_either_way) {
    /* Pay: E01 earns least, which is most need; E06's is confidential. */
    struct league_wanted wanted = {.node = PAY};
    ck_assert_str_eq(names(&wanted), "Ash Birch Cedar Damson Elm Fir");
    wanted.falling = true;
    ck_assert_str_eq(names(&wanted), "Elm Damson Cedar Birch Ash Fir");
    wanted.sort = LEAGUE_SCORE;
    ck_assert_str_eq(names(&wanted), "Ash Birch Cedar Damson Elm Fir");
    wanted.sort = LEAGUE_NAME;
    ck_assert_str_eq(names(&wanted), "Fir Elm Damson Cedar Birch Ash");
    wanted = (struct league_wanted){.node = PAY, .sort = LEAGUE_REGION, .falling = true};
    ck_assert_str_eq(names(&wanted), "Damson Elm Fir Ash Birch Cedar");
    wanted = (struct league_wanted){.node = PAY, .sort = LEAGUE_TYPE, .limit = 2};
    ck_assert_str_eq(names(&wanted), "Fir Ash");
    /* Soot: Ash 5, Cedar and Damson 3, Birch 1, Fir 0; Elm has none. */
    wanted = (struct league_wanted){.node = PAY, .sort = LEAGUE_NODE, .sort_node = SOOT};
    ck_assert_str_eq(names(&wanted), "Ash Cedar Damson Birch Fir Elm");
}
END_TEST

START_TEST(equal_places_have_equal_ranks_among_the_chosen) {
    struct league_wanted wanted = {.node = SOOT};
    struct league *league = league_of(&view, &wanted);
    static const uint32_t ranks[] = {1, 2, 2, 4, 5, 0};
    ck_assert_uint_eq(league->n, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(league->rows[i].rank, ranks[i]);
        ck_assert_uint_eq(league->rows[i].within, ranks[i]);
    }
    free(league);
    wanted.places.region = "South"; /* Damson, Fir, and Elm without a rank */
    wanted.limit = 1;
    league = league_of(&view, &wanted);
    ck_assert_uint_eq(league->n, 1);
    ck_assert_uint_eq(league->of, 3);
    ck_assert_uint_eq(league->rows[0].rank, 2);
    ck_assert_uint_eq(league->rows[0].within, 1);
    free(league);
}
END_TEST

START_TEST(a_rise_is_towards_more_need) {
    struct change moved[] = {{.node = PAY, .area = E01, .old_rank = 4, .new_rank = 1},
                             {.node = PAY, .area = E03, .old_rank = 1, .new_rank = 3},
                             {.node = PAY, .area = E04, .old_rank = 0, .new_rank = 4},
                             {.node = SOOT, .area = E02, .old_rank = 1, .new_rank = 4}};
    const struct changes changes = {4, moved};
    view.changes = &changes;
    struct league_wanted wanted = {.node = PAY};
    struct league *league = league_of(&view, &wanted);
    ck_assert_int_eq(league_rise(&league->rows[0]), 3);
    ck_assert_int_eq(league_rise(&league->rows[1]), 0);
    ck_assert(!league->rows[1].moved);
    ck_assert_int_eq(league_rise(&league->rows[2]), -2);
    ck_assert(league->rows[3].moved && league_rise(&league->rows[3]) == 0);
    free(league);
    wanted = (struct league_wanted){.node = PAY, .sort = LEAGUE_CHANGE, .falling = true};
    ck_assert_str_eq(names(&wanted), "Ash Birch Elm Cedar Damson Fir"); /* the last two: unknown */
}
END_TEST

START_TEST(who_was_not_in_the_edition_before_is_new) {
    double before[SMALL_NODE_COUNT * SMALL_AREA_COUNT];
    struct league_wanted wanted = {.node = PAY, .sort = LEAGUE_CHANGE};
    const struct changes changes = {0, NULL};
    for (size_t i = 0; i < SMALL_NODE_COUNT * SMALL_AREA_COUNT; i++)
        before[i] = 1;
    before[PAY * SMALL_AREA_COUNT + E03] = 0;
    before[PAY * SMALL_AREA_COUNT + E06] = 0;
    view.changes = &changes;
    view.before = before;
    struct league *league = league_of(&view, &wanted);
    for (size_t i = 0; i < league->n; i++) {
        const struct league_row *row = &league->rows[i];
        ck_assert_int_eq(row->is_new, row->rank && (row->area == E03 || row->area == E06));
    }
    free(league);
    view.before = NULL;
    view.changes = NULL;
}
END_TEST

START_TEST(a_request_says_what_is_wanted) {
    struct answer answer = {0};
    struct league_wanted wanted;
    struct request request = asked("sort", "score");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert(wanted.node == ALL && wanted.sort == LEAGUE_SCORE && wanted.falling);
    request = asked("sort", "");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert(wanted.sort == LEAGUE_RANK && !wanted.falling && !choice_narrows(&wanted.places));
    request = asked("sort", "air");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert(wanted.sort == LEAGUE_NODE && wanted.sort_node == AIR);
    request = asked("region", "r2");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert_str_eq(wanted.places.region, "South");
    request = asked("type", "CITY");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert_str_eq(wanted.places.type, "city");
    request = asked("band", "Very High");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert_uint_eq(wanted.places.band, 1);
    request = asked("band", "5");
    ck_assert(league_read(&request, &view, &wanted, &answer));
    ck_assert_uint_eq(wanted.places.band, 5);
    ck_assert_ptr_null(answer.body);
}
END_TEST

static const struct {
    const char *name, *value, *said;
    unsigned status;
} wrong[] = {
    {"node", "works", "did you mean \\\"work\\\"?", 404},
    {"node", "zzzzzzzzzz", "/metrics-table has the ids", 404},
    {"region", "Sout", "did you mean \\\"South\\\"?", 404},
    {"type", "cities-of-old", "/league shows all", 404},
    {"band", "0", "band is \\\"0\\\"", 404},
    {"band", "6", "band is \\\"6\\\"", 404},
    {"sort", "nam", "sort is \\\"nam\\\"", 404},
    {"order", "down", "order is \\\"down\\\"; expected", 400},
    {"limit", "0", "limit is \\\"0\\\"; expected a whole number from 1", 400},
    {"limit", "99999999999999999999", "expected a whole number", 400},
};

START_TEST(what_is_not_there_is_a_problem) {
    struct answer answer = {0};
    struct league_wanted wanted;
    struct request request = asked(wrong[_i].name, wrong[_i].value);
    ck_assert(!league_read(&request, &view, &wanted, &answer));
    ck_assert_uint_eq(answer.status, wrong[_i].status);
    ck_assert_msg(strstr(answer.body, wrong[_i].said) != NULL, "%s", answer.body);
    free(answer.body);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("league");
    TCase *tests = tcase_create("league");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, rows_are_sorted_and_those_without_a_rank_are_last_either_way);
    tcase_add_test(tests, equal_places_have_equal_ranks_among_the_chosen);
    tcase_add_test(tests, a_rise_is_towards_more_need);
    tcase_add_test(tests, who_was_not_in_the_edition_before_is_new);
    tcase_add_test(tests, a_request_says_what_is_wanted);
    tcase_add_loop_test(tests, what_is_not_there_is_a_problem, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
