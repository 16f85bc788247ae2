/* Past editions: shown as they were, and computed again from their inputs. */
#include "tests/services/release_life.h"

/* --- past editions ---------------------------------------------------------------------------- */

START_TEST(every_edition_can_be_computed_again_to_the_same_bits) {
    char out[4000];
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    load_forgiving(SMALL_AREAS);
    answer = withdraw(id, "Elm was measured wrongly.");
    wire_free(&answer);
    for (uint64_t edition = 2; edition <= 4; edition++)
        ck_assert_uint_eq(service_await(&service, "published", &seen), edition);
    ck_assert_int_eq(
        service_run(&service, out, NULL, sizeof out, "recompute", "--all", "--csv", NULL), 0);
    size_t same = 0;
    for (const char *at = out; (at = strstr(at, ",the same,true,")); at++)
        same++;
    ck_assert_uint_eq(same, 4);
    ck_assert_int_eq(
        service_run(&service, out, NULL, sizeof out, "recompute", "--edition", "9", NULL), 4);
}
END_TEST

START_TEST(a_past_edition_is_shown_as_it_was_with_the_names_of_then) {
    static const char renamed[] = SMALL_AREAS_HEADER "E01,Rowan,R1,North,district,1000000,-1,54\n"
                                                     "E02,Birch,R1,North,district,2000000,-1.5,54\n"
                                                     "E03,Cedar,R1,North,district,3000000,-2,54\n"
                                                     "E07,Gorse,R1,North,city,10,-2,55\n"
                                                     "E04,Damson,R2,South,district,500000,-1,51\n"
                                                     "E05,Elm,R2,South,district,1000000,-1.5,51\n"
                                                     "E06,Fir,R2,South,city,4000000,-2,51\n";
    static const char *const commands[] = {"ranks", "spend"};
    static const char *const more[] = {NULL, "--all"};
    char then[2][4000], now[4000];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            service_run(&service, then[i], NULL, sizeof now, commands[i], "--csv", more[i], NULL),
            0);
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    wire_free(&answer);
    load_forgiving(renamed);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, commands[i], "--csv",
                                     "--edition", "1", more[i], NULL),
                         0);
        ck_assert_str_eq(now, then[i]);
        ck_assert_int_eq(
            service_run(&service, now, NULL, sizeof now, commands[i], "--csv", more[i], NULL), 0);
        ck_assert_str_ne(now, then[i]);
    }
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "show", "Ash", NULL), 0);
    ck_assert_ptr_nonnull(strstr(now, "Rowan (E01)")); /* a former name finds the place */
    ck_assert_int_eq(
        service_run(&service, now, NULL, sizeof now, "show", "Ash", "--edition", "2", NULL), 0);
    ck_assert_ptr_nonnull(strstr(now, "Ash (E01)"));
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "changes", "--all", "--csv",
                                 "--edition", "2", NULL),
                     0);
    ck_assert_ptr_nonnull(strstr(now, "E01,Ash,North,"));
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "trace", "Rowan", "soot", NULL),
                     0);
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "trace", "Ash", "soot",
                                 "--edition", "1", NULL),
                     0);
    ck_assert_ptr_nonnull(strstr(now, "file data/soot/2025.csv"));
    ck_assert_ptr_nonnull(strstr(now, "E01 Ash: line 2, 2025: 5"));
}
END_TEST

START_TEST(a_database_that_was_tampered_with_is_found_out) {
    static const char *const changes[] = {
        /* A score; a figure; which scores an edition has. */
        "UPDATE blob SET content = CAST(substr(content, 1, length(content) - 1) || x'00' AS BLOB)"
        " WHERE hash = (SELECT scores FROM edition WHERE number = 1)",
        "UPDATE blob SET content = CAST(substr(content, 1, length(content) - 1) || x'07' AS BLOB)"
        " WHERE hash = (SELECT observations_hash FROM release WHERE id = 1)",
        "UPDATE edition SET scores = (SELECT scores FROM edition WHERE number = 2)"
        " WHERE number = 1",
        "UPDATE edition SET comparison = (SELECT comparison FROM edition WHERE number = 2)"
        " WHERE number = 1",
    };
    char out[4000], err[2000];
    Message *answer = hand_in(plainly(), "pay-2025.csv",
                              HEADER "E01,2025,120,\nE02,2025,180,\nE03,2025,300,\nE04,2025,410,\n"
                                     "E05,2025,450,\nE06,2025,500,\n");
    (void)received(answer);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    run_sql(changes[_i]);
    int status = service_run(&service, out, err, sizeof out, "recompute", "--edition", "1", NULL);
    ck_assert_msg(status == 1, "%s", out);
    ck_assert_ptr_nonnull(strstr(err, "not every edition is what its inputs give"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("past_editions");
    TCase *tests = tcase_create("past_editions");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_edition_can_be_computed_again_to_the_same_bits);
    tcase_add_test(tests, a_past_edition_is_shown_as_it_was_with_the_names_of_then);
    tcase_add_loop_test(tests, a_database_that_was_tampered_with_is_found_out, 0, 4);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
