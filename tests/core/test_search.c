#include "tests/suite.h"

#include "core/search.h"

#include "tests/core/england_pack.h"

static struct pack *pack;
static struct search *search;
static struct search_hit *hits;

static void open_search(void) {
    struct fault fault = {0};
    search = search_new(pack->geography, &fault);
    ck_assert_ptr_nonnull(search);
    hits = calloc(pack->geography->n_areas, sizeof *hits);
    ck_assert_ptr_nonnull(hits);
}

static void begin(void) {
    pack = england_pack(NULL);
    open_search();
}

static void begin_2023(void) {
    pack = england_pack("2023-04-01");
    open_search();
}

static void end(void) {
    free(hits);
    search_destroy(&search);
    pack_destroy(&pack);
}

static const char *code_of(const struct search_hit *hit) {
    return pack->geography->areas[hit->area].code;
}

/* The only place, or the first of `n`. */
static void finds(const char *text, size_t n, const char *code, enum search_match match,
                  enum search_relation relation) {
    size_t found = search_places(search, text, hits);
    ck_assert_msg(found == n, "%s: %zu, expected %zu", text, found, n);
    ck_assert_msg(strcmp(code_of(&hits[0]), code) == 0, "%s: %s", text, code_of(&hits[0]));
    ck_assert_msg(hits[0].match == match, "%s: match %d", text, (int)hits[0].match);
    ck_assert_msg(hits[0].relation == relation, "%s: relation %d", text, (int)hits[0].relation);
}

static void finds_none(const char *text) {
    ck_assert_msg(search_places(search, text, hits) == 0, "%s", text);
}

START_TEST(a_code_of_any_vintage_finds_its_place) {
    finds("E07000117", 1, "E07000117", SEARCH_CODE, SEARCH_ITSELF);
    finds(" e07000117\n", 1, "E07000117", SEARCH_CODE, SEARCH_ITSELF);
    finds("E07000048", 1, "E06000058", SEARCH_CODE, SEARCH_FORMER); /* Christchurch */
    ck_assert_str_eq(hits[0].found, "E07000048");
    finds("E08000038", 1, "E08000016", SEARCH_CODE, SEARCH_ITSELF); /* Barnsley, recoded in 2025 */
    finds("E22000031", 1, "E07000026", SEARCH_CODE, SEARCH_ITSELF); /* as a partnership */
}
END_TEST

START_TEST(a_name_is_found_however_it_is_spelt) {
    finds("Burnley", 1, "E07000117", SEARCH_NAME, SEARCH_ITSELF);
    finds("  bUrNlEy ", 1, "E07000117", SEARCH_NAME, SEARCH_ITSELF);
    finds("St. Helens", 1, "E08000013", SEARCH_NAME, SEARCH_ITSELF);
    finds("Bristol", 1, "E06000023", SEARCH_NAME, SEARCH_ITSELF);
    ck_assert_uint_eq(search_exact(hits, 1), 1);
}
END_TEST

START_TEST(other_names_and_former_places_find_the_place_of_today) {
    finds("Shepway", 1, "E07000112", SEARCH_NAME, SEARCH_ITSELF);
    ck_assert_str_eq(hits[0].found, "Shepway");
    finds("Christchurch", 1, "E06000058", SEARCH_NAME, SEARCH_FORMER);
    ck_assert_str_eq(hits[0].found, "Christchurch");
}
END_TEST

START_TEST(a_later_place_finds_all_that_it_was_made_of) {
    finds("Cumberland", 3, "E07000026", SEARCH_NAME, SEARCH_LATER);
    ck_assert_str_eq(code_of(&hits[1]), "E07000028");
    ck_assert_str_eq(code_of(&hits[2]), "E07000029");
    ck_assert_uint_eq(search_exact(hits, 3), 3);
}
END_TEST

START_TEST(in_the_later_vintage_the_same_name_is_one_place) {
    finds("Cumberland", 1, "E06000063", SEARCH_NAME, SEARCH_ITSELF);
    finds("Allerdale", 1, "E06000063", SEARCH_NAME, SEARCH_FORMER);
}
END_TEST

START_TEST(a_county_finds_the_places_that_it_covers_by_its_whole_name_alone) {
    finds("Kent", 13, "E06000035", SEARCH_NAME, SEARCH_LARGER); /* Medway by the police force */
    size_t n = search_places(search, "Ken", hits);
    ck_assert_uint_gt(n, 0);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_ne(hits[i].relation, SEARCH_LARGER);
    ck_assert_str_eq(code_of(&hits[0]), "E09000020"); /* Kensington and Chelsea */
}
END_TEST

START_TEST(whole_names_come_before_beginnings_and_these_before_words) {
    size_t n = search_places(search, "west", hits);
    ck_assert_uint_ge(n, 3);
    ck_assert_int_eq(hits[0].match, SEARCH_PREFIX);
    for (size_t i = 1; i < n; i++)
        ck_assert_int_le(hits[i - 1].match, hits[i].match);
    ck_assert_int_eq(hits[n - 1].match, SEARCH_WORDS);
    finds("upon tyne", 1, "E08000021", SEARCH_WORDS, SEARCH_ITSELF);
    finds("tyne newc", 1, "E08000021", SEARCH_WORDS, SEARCH_ITSELF);
}
END_TEST

START_TEST(what_is_only_near_is_found_where_nothing_fits) {
    size_t n = search_places(search, "Birmingam", hits);
    ck_assert_uint_ge(n, 1);
    ck_assert_str_eq(code_of(&hits[0]), "E08000025");
    ck_assert_int_eq(hits[0].match, SEARCH_NEAR);
    ck_assert_uint_eq(hits[0].distance, 1);
    ck_assert_uint_eq(search_exact(hits, n), 0);
    for (size_t i = 1; i < n; i++)
        ck_assert_uint_le(hits[i - 1].distance, hits[i].distance);
}
END_TEST

START_TEST(what_is_no_place_finds_none) {
    char text[5000];
    finds_none("");
    finds_none(" \t");
    finds_none("zzzqqqxxx");
    finds_none("<script>alert(1)</script>");
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    finds_none(text);
    memset(text, '\xff', sizeof text - 1);
    finds_none(text);
    ck_assert_ptr_null(search_outside(search, "zzzqqqxxx"));
    ck_assert_ptr_null(search_outside(search, ""));
    ck_assert_ptr_null(search_outside(search, "Burnley"));
}
END_TEST

START_TEST(a_place_that_the_index_leaves_out_is_known) {
    finds_none("City of London");
    ck_assert_str_eq(search_outside(search, "London, City of"), "City of London");
    ck_assert_str_eq(search_outside(search, "e09000001"), "City of London");
}
END_TEST

START_TEST(every_area_is_found_by_its_code_and_its_name) {
    for (size_t a = 0; a < pack->geography->n_areas; a++) {
        ck_assert_uint_eq(search_places(search, pack->geography->areas[a].code, hits), 1);
        ck_assert_uint_eq(hits[0].area, a);
        ck_assert_uint_ge(search_places(search, pack->geography->areas[a].name, hits), 1);
        ck_assert_msg(hits[0].area == a, "%s: %s", pack->geography->areas[a].name,
                      code_of(&hits[0]));
    }
}
END_TEST

START_TEST(every_code_leads_somewhere_or_is_known_to_be_outside) {
    for (size_t c = 0; c < pack->geography->n_codes; c++) {
        const char *code = pack->geography->codes[c].code;
        size_t n = search_places(search, code, hits);
        const char *outside = search_outside(search, code);
        ck_assert_msg((n == 0) == (outside != NULL), "%s: %zu, %s", code, n,
                      outside ? outside : "(none)");
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("search");
    TCase *t = tcase_create("search");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, a_code_of_any_vintage_finds_its_place);
    tcase_add_test(t, a_name_is_found_however_it_is_spelt);
    tcase_add_test(t, other_names_and_former_places_find_the_place_of_today);
    tcase_add_test(t, a_later_place_finds_all_that_it_was_made_of);
    tcase_add_test(t, a_county_finds_the_places_that_it_covers_by_its_whole_name_alone);
    tcase_add_test(t, whole_names_come_before_beginnings_and_these_before_words);
    tcase_add_test(t, what_is_only_near_is_found_where_nothing_fits);
    tcase_add_test(t, what_is_no_place_finds_none);
    tcase_add_test(t, a_place_that_the_index_leaves_out_is_known);
    tcase_add_test(t, every_area_is_found_by_its_code_and_its_name);
    tcase_add_test(t, every_code_leads_somewhere_or_is_known_to_be_outside);
    suite_add_tcase(suite, t);
    TCase *later = tcase_create("2023");
    tcase_add_checked_fixture(later, begin_2023, end);
    tcase_add_test(later, in_the_later_vintage_the_same_name_is_one_place);
    suite_add_tcase(suite, later);
    return suite_main(suite);
}
