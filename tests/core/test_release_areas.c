/* A made-up country whose areas were merged, split and recoded, and how figures of every vintage
 * reach it. */
#include "tests/suite.h"

#include "core/status.h"
#include "tests/core/small_pack.h"

#include <math.h>

#define DEFINITION(vintage)                                                                        \
    "index: made-up\ntitle: Made up\nbands: 2\n"                                                   \
    "areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, changes: "              \
    "changes.csv,\n"                                                                               \
    "  vintage: " vintage "}\n"                                                                    \
    "levels:\n"                                                                                    \
    "  - {id: index, name: I, aggregate: arithmetic, coverage: 0, normalise: none}\n"              \
    "  - {id: metric, name: M, normalise: none}\n"                                                 \
    "tree: {id: all, name: All, children: [\n"                                                     \
    "  {id: rate, name: R, unit: u, direction: higher-is-need}]}\n"                                \
    "datasets: [{id: rate, title: T, publisher: P, licence: L, level: lad, vintage: \"2021\"}]\n"

#define AREA(code, people) code "," code ",R1,North,district," people ",0,50\n"
static const char areas[] = SMALL_AREAS_HEADER AREA("A", "100") AREA("B", "100") AREA("C", "50")
    AREA("D1", "100") AREA("D2", "300") AREA("D3", "600") AREA("E", "100") AREA("H", "10")
        AREA("D", "1000") AREA("C9", "50") AREA("F", "40") AREA("G", "60");

static const char changes[] = "date,old_code,new_code,weight,kind\n"
                              "2009-04-01,A1,A,,merge\n"
                              "2009-04-01,A2,A,,merge\n"
                              "2013,H,A,3,transfer\n"
                              "2019-04-01,B1,B,30,merge\n"
                              "2019-04-01,B2,B,70,merge\n"
                              "2022-04-01,E,F,40,split\n"
                              "2022-04-01,E,G,60,split\n"
                              "2023-04-01,D1,D,100,merge\n"
                              "2023-04-01,D2,D,300,merge\n"
                              "2023-04-01,D3,D,600,merge\n"
                              "2025,C,C9,,recode\n";

/* Counties: K holds D1 and D2, M holds D3 and A. Partnerships: P1 is D1 and a part of D2, P2 the
 * rest of D2 and D3; PB1 and PB2 make up B, PC is C. */
static const char geography[] = SMALL_GEOGRAPHY_HEADER
    "A,lad,1,A,\nA,lad,2,A+H,\nB,lad,1,B,\nC,lad,1,C,\nD1,lad,1,D1,\nD2,lad,1,D2,\nD3,lad,1,D3,\n"
    "E,lad,1,E,\nH,lad,1,H,\nH,lad,2,A+H,\nD,lad,1,D,\nC9,lad,1,C9,\nF,lad,1,F,\nG,lad,1,G,\n"
    "A1,lad,1,A1,\nA2,lad,1,A2,\nB1,lad,1,B1,\nB2,lad,1,B2,\n"
    "D1,county,1,K,\nD2,county,1,K,\nD3,county,1,M,\nA,county,1,M,\nD,county,1,D,\n"
    "D1,csp,1,P1,\nD2,csp,1,P1,120\nD2,csp,1,P2,180\nD3,csp,1,P2,\nB,csp,1,PB1,40\n"
    "B,csp,1,PB2,60\nC,csp,1,PC,\n";

static const char codes[] = "code,name,level,population\n"
                            "A,A,lad,\nB,B,lad,\nC,C,lad,\nD1,D1,lad,\nD2,D2,lad,\nD3,D3,lad,\n"
                            "E,E,lad,\nH,H,lad,\nD,D,lad,1001\nC9,C9,lad,\nF,F,lad,\nG,G,lad,\n"
                            "A1,A1,lad,\nA2,A2,lad,\nB1,B1,lad,\nB2,B2,lad,\nA+H,A with H,lad,\n"
                            "K,K,county,400\nM,M,county,\nP1,P1,csp,\nP2,P2,csp,\nPB1,PB1,csp,\n"
                            "PB2,PB2,csp,\nPC,PC,csp,\n";

static struct pack *try_vintage(const char *definition, struct fault *fault) {
    const struct table_file files[] = {
        small_table("index.yaml", definition), small_table("areas.csv", areas),
        small_table("geography.csv", geography), small_table("changes.csv", changes),
        small_table("codes.csv", codes)};
    return pack_read("index.yaml", files, sizeof files / sizeof *files, fault);
}

static struct pack *vintage(const char *definition) {
    struct fault fault = {0};
    struct pack *pack = try_vintage(definition, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    return pack;
}

#define ON_2021 DEFINITION("2021-04-01")
#define ON_2022 DEFINITION("2022-04-01")
#define ON_2023 DEFINITION("2023-04-01")
#define ON_2026 DEFINITION("2026-04-01")

enum { AREAS_MAX = 16 };
enum { RATE, COUNT };

/* What became of the rows "code,value" of a release; row by row "code,2024,value". */
struct brought {
    struct pack *pack;
    struct release *release;
    struct dataset dataset;
    double value[AREAS_MAX];
    uint8_t status[AREAS_MAX], rule[AREAS_MAX];
};

static struct brought bring(const char *definition, const char *level, int kind, const char *rows) {
    struct brought out = {.pack = vintage(definition)};
    struct fault fault = {0};
    char text[512] = "area_code,period,value\n";
    (void)strncat(text, rows, sizeof text - strlen(text) - 1);
    out.release = small_release(out.pack, text);
    out.dataset = (struct dataset){.id = "x", .level = level, .counts = kind == COUNT};
    struct column column = {out.pack->geography->n_areas, out.value, out.status, out.rule};
    ck_assert_uint_le(column.count, AREAS_MAX);
    ck_assert_msg(
        release_to_areas(out.release, 0, out.pack->geography, &out.dataset, &column, &fault), "%s",
        fault.text);
    return out;
}

static void done(struct brought *b) {
    release_destroy(&b->release);
    pack_destroy(&b->pack);
}

static size_t area_of(const struct brought *b, const char *area) {
    size_t a = geography_area(b->pack->geography, area);
    ck_assert_msg(a != SIZE_MAX, "%s is no area", area);
    return a;
}

static void is(const struct brought *b, const char *area, double value, enum rule rule) {
    size_t a = area_of(b, area);
    ck_assert_msg(b->status[a] == STATUS_VALUE, "%s: %s", area, status_words(b->status[a]));
    ck_assert_msg(fabs(b->value[a] - value) < 1e-12, "%s: %.17g, expected %g", area, b->value[a],
                  value);
    ck_assert_msg(b->rule[a] == rule, "%s: %s, expected %s", area, rule_name(b->rule[a]),
                  rule_name(rule));
}

static void is_missing(const struct brought *b, const char *area, enum status status) {
    size_t a = area_of(b, area);
    ck_assert_msg(b->status[a] == status, "%s: %s, expected %s", area, status_words(b->status[a]),
                  status_words(status));
    ck_assert_uint_eq(b->rule[a], RULE_NONE);
}

/* --- the vintage ------------------------------------------------------------------------------ */

static void stand(const char *definition, const char *expected) {
    struct pack *pack = vintage(definition);
    char found[128] = "";
    for (size_t i = 0; i < pack->geography->n_areas; i++) {
        size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s ", pack->geography->areas[i].code);
    }
    ck_assert_str_eq(found, expected);
    pack_destroy(&pack);
}

START_TEST(one_line_says_which_areas_stand) {
    stand(ON_2021, "A B C D1 D2 D3 E H ");
    stand(ON_2022, "A B C D1 D2 D3 H F G ");
    stand(ON_2023, "A B C H D F G ");
    stand(DEFINITION("2025-12-30"), "A B C H D F G ");
    stand(ON_2026, "A B H D C9 F G ");
}
END_TEST

static void refused(const char *definition, const char *expected) {
    struct fault fault = {0};
    ck_assert_ptr_null(try_vintage(definition, &fault));
    ck_assert_str_eq(fault.text, expected);
}

START_TEST(a_vintage_whose_areas_are_not_there_is_refused) {
    refused(DEFINITION("2018-04-01"),
            "areas.csv: no area 'B1', which stands in the vintage 2018-04-01 (changes.csv:5)");
    refused(DEFINITION("2021"),
            "index.yaml:5:12: 'vintage': expected a day such as 2021-04-01, found '2021'");
    refused(DEFINITION("2021-02-30"),
            "index.yaml:5:12: 'vintage': expected a day such as 2021-04-01, found '2021-02-30'");
}
END_TEST

/* --- merges, splits, recodes ------------------------------------------------------------------ */

START_TEST(rates_of_former_areas_are_averaged_by_people_and_counts_summed) {
    struct brought b = bring(ON_2021, "lad", RATE, "B1,2018,10\nB2,2018,20\n");
    is(&b, "B", 17, RULE_AVERAGED);
    is_missing(&b, "A", STATUS_ABSENT);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "B1,2018,10\nB2,2018,20\n");
    is(&b, "B", 30, RULE_SUMMED);
    done(&b);
    b = bring(ON_2023, "lad", RATE, "D1,2018,10\nD2,2018,20\nD3,2018,30\n");
    is(&b, "D", 25, RULE_AVERAGED);
    done(&b);
}
END_TEST

START_TEST(a_part_without_a_figure_leaves_the_whole_without_one) {
    struct brought b = bring(ON_2021, "lad", COUNT, "B1,2018,10\nB2,2018,[c]\n");
    is_missing(&b, "B", STATUS_CONFIDENTIAL);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "B1,2018,10\n");
    is_missing(&b, "B", STATUS_ABSENT);
    done(&b);
}
END_TEST

START_TEST(parts_of_unknown_size_can_be_summed_and_not_averaged) {
    struct brought b = bring(ON_2021, "lad", RATE, "A1,2008,10\nA2,2008,20\n");
    is_missing(&b, "A", STATUS_UNWEIGHTED);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "A1,2008,10\nA2,2008,20\n");
    is(&b, "A", 30, RULE_SUMMED);
    done(&b);
}
END_TEST

START_TEST(a_later_larger_area_gives_its_rate_or_a_share_of_its_count) {
    struct brought b = bring(ON_2021, "lad", RATE, "D,2024,50\n");
    is(&b, "D1", 50, RULE_SUCCESSOR);
    is(&b, "D3", 50, RULE_SUCCESSOR);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "D,2024,50\n");
    is(&b, "D1", 5, RULE_SHARED);
    is(&b, "D2", 15, RULE_SHARED);
    is(&b, "D3", 30, RULE_SHARED);
    done(&b);
}
END_TEST

START_TEST(a_split_area_reaches_its_parts_and_they_it) {
    struct brought b = bring(ON_2022, "lad", RATE, "E,2020,8\n");
    is(&b, "F", 8, RULE_CASCADED);
    is(&b, "G", 8, RULE_CASCADED);
    done(&b);
    b = bring(ON_2022, "lad", COUNT, "E,2020,10\n");
    is(&b, "F", 4, RULE_SHARED);
    is(&b, "G", 6, RULE_SHARED);
    done(&b);
    b = bring(ON_2021, "lad", RATE, "F,2024,10\nG,2024,20\n");
    is(&b, "E", 16, RULE_AVERAGED);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "F,2024,10\nG,2024,20\n");
    is(&b, "E", 30, RULE_SUMMED);
    done(&b);
}
END_TEST

START_TEST(a_transfer_is_not_followed) {
    struct brought b = bring(ON_2021, "lad", COUNT, "H,2024,10\n");
    is(&b, "H", 10, RULE_DIRECT);
    is_missing(&b, "A", STATUS_ABSENT);
    done(&b);
}
END_TEST

/* --- traps ------------------------------------------------------------------------------------ */

START_TEST(a_place_under_two_codes_counts_once) {
    struct brought b = bring(ON_2021, "lad", COUNT, "C,2024,5\nC9,2024,5.0\n");
    is(&b, "C", 5, RULE_DIRECT);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "C9,2024,7\n");
    is(&b, "C", 7, RULE_RECODED);
    done(&b);
    b = bring(ON_2021, "lad", RATE, "C,2024,[x]\nC9,2024,7\n");
    is(&b, "C", 7, RULE_RECODED);
    done(&b);
    b = bring(ON_2026, "lad", RATE, "C,2024,7\n");
    is(&b, "C9", 7, RULE_RECODED);
    done(&b);
}
END_TEST

START_TEST(of_two_codes_with_different_figures_the_newest_is_taken) {
    struct brought b = bring(ON_2021, "lad", RATE, "C9,2024,6\nC,2024,5\n");
    is(&b, "C", 6, RULE_RECODED);
    done(&b);
    b = bring(ON_2026, "lad", RATE, "C9,2024,6\nC,2024,5\n");
    is(&b, "C9", 6, RULE_DIRECT);
    done(&b);
}
END_TEST

START_TEST(an_area_beside_the_parts_it_replaced_counts_once) {
    static const char rows[] = "D,2024,100\nD1,2024,1\nD2,2024,2\nD3,2024,3\n";
    struct brought b = bring(ON_2021, "lad", COUNT, rows);
    is(&b, "D1", 1, RULE_DIRECT);
    is(&b, "D3", 3, RULE_DIRECT);
    done(&b);
    b = bring(ON_2023, "lad", COUNT, rows);
    is(&b, "D", 100, RULE_DIRECT);
    done(&b);
    /* One district left in the list: it has its own figure, its neighbours the successor's. */
    b = bring(ON_2021, "lad", RATE, "D,2024,100\nD1,2024,1\n");
    is(&b, "D1", 1, RULE_DIRECT);
    is(&b, "D2", 100, RULE_SUCCESSOR);
    done(&b);
}
END_TEST

START_TEST(two_places_under_one_code_share_it) {
    struct brought b = bring(ON_2021, "lad", RATE, "A+H,2024,12\n");
    is(&b, "A", 12, RULE_CASCADED);
    is(&b, "H", 12, RULE_CASCADED);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "\"H, A\",2024,110\n");
    is(&b, "A", 100, RULE_SHARED);
    is(&b, "H", 10, RULE_SHARED);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "A,2024,90\nA/H,2024,110\n");
    is(&b, "A", 90, RULE_DIRECT);
    done(&b);
}
END_TEST

/* --- larger and crossing areas ---------------------------------------------------------------- */

START_TEST(a_county_gives_its_rate_or_a_share_of_its_count) {
    struct brought b = bring(ON_2021, "county", RATE, "K,2024,8\nM,2024,9\n");
    is(&b, "D1", 8, RULE_CASCADED);
    is(&b, "D3", 9, RULE_CASCADED);
    done(&b);
    b = bring(ON_2021, "county", COUNT, "K,2024,8\nM,2024,7\n");
    is(&b, "D1", 2, RULE_SHARED);
    is(&b, "D2", 6, RULE_SHARED);
    is(&b, "D3", 6, RULE_SHARED);
    is(&b, "A", 1, RULE_SHARED);
    done(&b);
}
END_TEST

START_TEST(an_area_of_later_has_the_counties_of_its_parts) {
    struct brought b = bring(ON_2023, "county", RATE, "K,2024,8\nM,2024,9\n");
    is(&b, "D", (400.0 * 8 + 600.0 * 9) / 1000, RULE_AVERAGED);
    done(&b);
    b = bring(ON_2023, "county", COUNT, "K,2024,8\nM,2024,7\n");
    is(&b, "D", 14, RULE_SHARED);
    done(&b);
    b = bring(ON_2023, "county", COUNT, "D,2024,1\nK,2024,8\nM,2024,7\n");
    is(&b, "D", 1, RULE_DIRECT);
    done(&b);
}
END_TEST

START_TEST(partnerships_that_cross_borders_count_by_the_people_in_each) {
    static const char rows[] = "P1,2024,22\nP2,2024,78\nPB1,2024,1\nPB2,2024,2\nPC,2024,5\n";
    struct brought b = bring(ON_2021, "csp", RATE, rows);
    is(&b, "D1", 22, RULE_CASCADED);
    is(&b, "D2", (120.0 * 22 + 180.0 * 78) / 300, RULE_AVERAGED);
    is(&b, "D3", 78, RULE_CASCADED);
    is(&b, "B", (40.0 * 1 + 60.0 * 2) / 100, RULE_AVERAGED);
    is(&b, "C", 5, RULE_RECODED);
    done(&b);
    b = bring(ON_2021, "csp", COUNT, rows);
    is(&b, "D1", 10, RULE_SHARED);
    is(&b, "D2", 12 + 18, RULE_SHARED);
    is(&b, "D3", 60, RULE_SHARED);
    is(&b, "B", 3, RULE_SUMMED);
    is(&b, "C", 5, RULE_RECODED);
    done(&b);
    b = bring(ON_2023, "csp", COUNT, rows);
    is(&b, "D", 100, RULE_SUMMED); /* both lie wholly in it now */
    done(&b);
}
END_TEST

/* --- which observations ----------------------------------------------------------------------- */

static size_t sources(const struct brought *b, const char *area, struct release_source *out,
                      enum rule *rule) {
    size_t n = 0;
    struct fault fault = {0};
    ck_assert_uint_le(b->pack->geography->most_sources, AREAS_MAX);
    ck_assert_msg(release_sources(b->release, 0, b->pack->geography, &b->dataset, area_of(b, area),
                                  out, &n, rule, &fault),
                  "%s", fault.text);
    return n;
}

START_TEST(a_figure_names_its_observations) {
    struct release_source found[AREAS_MAX];
    enum rule rule;
    struct brought b = bring(ON_2021, "csp", RATE, "P2,2024,78\nP1,2024,22\n");
    ck_assert_uint_eq(sources(&b, "D2", found, &rule), 2);
    ck_assert_int_eq(rule, RULE_AVERAGED);
    ck_assert_uint_eq(b.release->line[found[0].observation], 3); /* P1 */
    ck_assert(found[0].weight == 0.4 && found[1].weight == 0.6);
    ck_assert_uint_eq(b.release->line[found[1].observation], 2);
    ck_assert_uint_eq(sources(&b, "D3", found, &rule), 1);
    ck_assert(found[0].observation == 0 && found[0].weight == 1);
    ck_assert_int_eq(rule, RULE_CASCADED);
    ck_assert_uint_eq(sources(&b, "A", found, &rule), 0);
    ck_assert_int_eq(rule, RULE_NONE);
    done(&b);
    b = bring(ON_2021, "lad", COUNT, "D,2024,50\nC,2024,1\nC9,2024,2\n");
    ck_assert_uint_eq(sources(&b, "D2", found, &rule), 1);
    ck_assert(found[0].observation == 0 && found[0].weight == 0.3);
    ck_assert_int_eq(rule, RULE_SHARED);
    ck_assert_uint_eq(sources(&b, "C", found, &rule), 1);
    ck_assert(found[0].observation == 2 && found[0].weight == 1);
    ck_assert_int_eq(rule, RULE_RECODED);
    done(&b);
}
END_TEST

START_TEST(codes_may_say_how_many_people_they_are_of) {
    struct pack *pack = vintage(ON_2021);
    const struct geography *g = pack->geography;
    ck_assert(g->codes[geography_code(g, "K")].population == 400);
    ck_assert(g->codes[geography_code(g, "M")].population == 0);
    ck_assert_uint_eq(geography_code(g, "H & A"), geography_code(g, "A+H"));
    ck_assert_uint_eq(geography_code(g, "H & B"), SIZE_MAX);
    ck_assert_uint_eq(geography_code(g, ",A"), SIZE_MAX);
    pack_destroy(&pack);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("release_areas");
    TCase *t = tcase_create("release_areas");
    tcase_add_test(t, one_line_says_which_areas_stand);
    tcase_add_test(t, a_vintage_whose_areas_are_not_there_is_refused);
    tcase_add_test(t, rates_of_former_areas_are_averaged_by_people_and_counts_summed);
    tcase_add_test(t, a_part_without_a_figure_leaves_the_whole_without_one);
    tcase_add_test(t, parts_of_unknown_size_can_be_summed_and_not_averaged);
    tcase_add_test(t, a_later_larger_area_gives_its_rate_or_a_share_of_its_count);
    tcase_add_test(t, a_split_area_reaches_its_parts_and_they_it);
    tcase_add_test(t, a_transfer_is_not_followed);
    tcase_add_test(t, a_place_under_two_codes_counts_once);
    tcase_add_test(t, of_two_codes_with_different_figures_the_newest_is_taken);
    tcase_add_test(t, an_area_beside_the_parts_it_replaced_counts_once);
    tcase_add_test(t, two_places_under_one_code_share_it);
    tcase_add_test(t, a_county_gives_its_rate_or_a_share_of_its_count);
    tcase_add_test(t, an_area_of_later_has_the_counties_of_its_parts);
    tcase_add_test(t, partnerships_that_cross_borders_count_by_the_people_in_each);
    tcase_add_test(t, a_figure_names_its_observations);
    tcase_add_test(t, codes_may_say_how_many_people_they_are_of);
    suite_add_tcase(suite, t);
    return suite_main(suite);
}
