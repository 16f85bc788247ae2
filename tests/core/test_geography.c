#include "tests/suite.h"

#include "core/status.h"
#include "tests/core/small_pack.h"

static struct definition *small_definition(void) {
    struct fault fault;
    struct definition *definition =
        definition_read("index.yaml", SMALL_DEFINITION, strlen(SMALL_DEFINITION), &fault);
    ck_assert_ptr_nonnull(definition);
    return definition;
}

static struct geography *read_tables(const struct definition *definition, const char *areas,
                                     const char *geography, const char *codes,
                                     struct fault *fault) {
    const struct geography_tables tables = {.areas = small_table("areas.csv", areas),
                                            .geography = small_table("geography.csv", geography),
                                            .codes = small_table("codes.csv", codes)};
    return geography_read(definition, &tables, fault);
}

/* These tables must be refused with this fault. */
static void refused(const char *areas, const char *geography, const char *codes,
                    const char *expected) {
    struct definition *definition = small_definition();
    struct fault fault = {0};
    struct geography *out = read_tables(definition, areas, geography, codes, &fault);
    ck_assert_msg(out == NULL, "accepted, expected: %s", expected);
    ck_assert_str_eq(fault.text, expected);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    definition_destroy(&definition);
}

static void refused_areas(const char *areas, const char *expected) {
    refused(areas, SMALL_GEOGRAPHY, SMALL_CODES, expected);
}

static void refused_rows(const char *rows, const char *expected) {
    char text[1024];
    (void)snprintf(text, sizeof text, SMALL_GEOGRAPHY_HEADER "%s", rows);
    refused(SMALL_AREAS, text, SMALL_CODES, expected);
}

static size_t area_by_reading_all(const struct geography *g, const char *code) {
    for (size_t a = 0; a < g->n_areas; a++) {
        if (strcmp(g->areas[a].code, code) == 0)
            return a;
    }
    return SIZE_MAX;
}

START_TEST(an_area_is_found_by_its_code_wherever_one_looks_first) {
    struct pack *pack = small_pack();
    const struct geography *g = pack->geography;
    static const char *const unknown[] = {"", "E", "E011", "e01", "E01, E02", "Z99"};
    for (size_t c = 0; c < g->n_codes + sizeof unknown / sizeof *unknown; c++) {
        const char *code = c < g->n_codes ? g->codes[c].code : unknown[c - g->n_codes];
        size_t area = area_by_reading_all(g, code);
        ck_assert_uint_eq(geography_area(g, code), area);
        for (size_t likely = 0; likely < g->n_areas + 2; likely++)
            ck_assert_uint_eq(geography_area_near(g, code, likely), area);
        for (size_t likely = 0; likely < g->n_codes + 2; likely++)
            ck_assert_uint_eq(geography_code_near(g, code, likely), geography_code(g, code));
    }
    pack_destroy(&pack);
}
END_TEST

START_TEST(areas_in_scope_keep_the_order_of_the_table) {
    struct pack *pack = small_pack();
    const struct geography *g = pack->geography;
    static const char *const codes[] = {"E01", "E02", "E03", "E04", "E05", "E06"};
    ck_assert_uint_eq(g->n_areas, SMALL_AREA_COUNT);
    for (size_t i = 0; i < g->n_areas; i++) {
        ck_assert_str_eq(g->areas[i].code, codes[i]);
        ck_assert_uint_eq(geography_area(g, codes[i]), i);
    }
    ck_assert_uint_eq(geography_area(g, "E07"), SIZE_MAX);
    ck_assert_str_eq(g->areas[E04].name, "Damson");
    ck_assert_str_eq(g->areas[E04].region, "South");
    ck_assert_str_eq(g->areas[E06].type, "city");
    ck_assert(g->areas[E04].population == 500000);
    ck_assert(g->areas[E05].longitude == -1.5 && g->areas[E05].latitude == 51);
    pack_destroy(&pack);
}
END_TEST

START_TEST(codes_are_found_whether_in_scope_or_not) {
    struct pack *pack = small_pack();
    const struct geography *g = pack->geography;
    ck_assert_uint_eq(g->n_codes, 13);
    for (size_t i = 0; i < g->n_codes; i++) {
        ck_assert_uint_eq(geography_code(g, g->codes[i].code), i);
        ck_assert(i == 0 || strcmp(g->codes[i - 1].code, g->codes[i].code) < 0);
    }
    ck_assert_uint_ne(geography_code(g, "E07"), SIZE_MAX);
    ck_assert_str_eq(g->codes[geography_code(g, "C2")].name, "Two");
    ck_assert_uint_eq(geography_code(g, "A"), SIZE_MAX);
    ck_assert_uint_eq(geography_code(g, "Z"), SIZE_MAX);
    pack_destroy(&pack);
}
END_TEST

START_TEST(sources_are_by_level_area_and_step) {
    struct pack *pack = small_pack();
    const struct geography *g = pack->geography;
    ck_assert_uint_eq(g->n_levels, 3);
    size_t lad = geography_level(g, "lad"), county = geography_level(g, "county");
    ck_assert_uint_eq(geography_level(g, "ward"), SIZE_MAX);
    const size_t *first = &g->first[lad * g->n_areas + E02];
    ck_assert_uint_eq(first[1] - first[0], 2);
    const struct source *source = &g->sources[first[0]];
    ck_assert_str_eq(g->codes[source[0].code].code, "E02");
    ck_assert_uint_eq(source[0].step, 1);
    ck_assert_int_eq(source[0].rule, RULE_DIRECT);
    ck_assert_str_eq(g->codes[source[1].code].code, "E92");
    ck_assert_uint_eq(source[1].step, 2);
    ck_assert_int_eq(source[1].rule, RULE_RECODED);
    first = &g->first[county * g->n_areas + E05];
    ck_assert_uint_eq(first[1] - first[0], 2);
    source = &g->sources[first[0]];
    ck_assert(source[0].step == 1 && source[1].step == 1);
    ck_assert(source[0].weight == 1 && source[1].weight == 3);
    ck_assert_int_eq(source[0].rule, RULE_AVERAGED);
    pack_destroy(&pack);
}
END_TEST

START_TEST(rules_have_names) {
    ck_assert_str_eq(rule_name(RULE_NONE), "");
    ck_assert_str_eq(rule_name(RULE_CASCADED), "cascaded");
    ck_assert_str_eq(rule_name(RULE_AVERAGED), "averaged");
}
END_TEST

/* As the first program's packs had it, which lie in databases still. */
START_TEST(a_table_of_rows_that_names_rules_is_read_without_them) {
    static const char with_rules[] = "area_code,level,step,source_code,weight,rule\n"
                                     "E01,lad,1,E01,1,direct\nE02,lad,2,E92,1,recoded\n"
                                     "E02,lad,1,E02,1,direct\nE05,county,1,C2,1,averaged\n"
                                     "E05,county,1,C3,3,averaged\n";
    struct definition *definition = small_definition();
    struct fault fault = {0};
    struct geography *out = read_tables(definition, SMALL_AREAS, with_rules, SMALL_CODES, &fault);
    ck_assert_msg(out != NULL, "%s", fault.text);
    ck_assert_uint_eq(out->n_areas, SMALL_AREA_COUNT);
    ck_assert_uint_eq(out->n_levels, 2);
    geography_destroy(&out);
    definition_destroy(&definition);
}
END_TEST

START_TEST(names_that_a_terminal_would_obey_are_refused) {
    refused_areas(SMALL_AREAS_HEADER "E01,A\x1b[2Jsh,R1,North,district,1,-1,54\n",
                  "areas.csv:2:5: expected text without control characters, found 'A?[2Jsh'");
}
END_TEST

START_TEST(bad_headers_are_refused) {
    refused_areas("code,name\nE01,Ash\n",
                  "areas.csv:1: expected 8 fields, found 2: no column 'region_code'");
    refused_areas("code,title,region_code,region,type,population,longitude,latitude\n",
                  "areas.csv:1:6: expected the column 'name', found 'title'");
    refused_areas(SMALL_AREAS_HEADER, "areas.csv: no rows");
    refused_areas("", "areas.csv: no rows");
}
END_TEST

START_TEST(bad_areas_are_refused) {
#define ROW "E01,Ash,R1,North,district,"
    refused_areas(SMALL_AREAS_HEADER ROW "0,-1,54\n",
                  "areas.csv:2:27: expected a population above 0, found '0'");
    refused_areas(SMALL_AREAS_HEADER ROW "many,-1,54\n",
                  "areas.csv:2:27: expected a population above 0, found 'many'");
    refused_areas(SMALL_AREAS_HEADER ROW "10,-181,54\n",
                  "areas.csv:2:30: expected degrees from -180 to 180, found '-181'");
    refused_areas(SMALL_AREAS_HEADER ROW "10,-1,nan\n",
                  "areas.csv:2:33: expected degrees from -90 to 90, found 'nan'");
    refused_areas(SMALL_AREAS_HEADER ROW "10,-1\n", "areas.csv:2: expected 8 fields, found 7");
    refused_areas(SMALL_AREAS_HEADER "E01,,R1,North,district,10,-1,54\n",
                  "areas.csv:2:5: expected text, found ''");
    refused_areas(SMALL_AREAS ROW "10,-1,54\n", "areas.csv:9: a second row for the area 'E01'");
    refused_areas(SMALL_AREAS_HEADER ROW "10,-1,54\n",
                  "areas.csv: no area 'E07', which the definition excludes");
    refused_areas(SMALL_AREAS_HEADER "E07,Gorse,R1,North,city,10,-2,55\n",
                  "areas.csv: the definition excludes every area");
#undef ROW
}
END_TEST

START_TEST(a_table_that_is_no_csv_is_refused_with_its_place) {
    struct definition *definition = small_definition();
    struct fault fault = {0};
    ck_assert_ptr_null(read_tables(definition, SMALL_AREAS_HEADER "E01,\"Ash\n", SMALL_GEOGRAPHY,
                                   SMALL_CODES, &fault));
    ck_assert_msg(strncmp(fault.text, "areas.csv:2:5: ", 15) == 0, "%s", fault.text);
    definition_destroy(&definition);
}
END_TEST

START_TEST(bad_codes_are_refused) {
    refused(SMALL_AREAS, SMALL_GEOGRAPHY, SMALL_CODES "C1,Again,county\n",
            "codes.csv:15: a second row for the code 'C1'");
    refused(SMALL_AREAS, SMALL_GEOGRAPHY, SMALL_CODES "C9,Nine,\n",
            "codes.csv:15:9: expected text, found ''");
}
END_TEST

START_TEST(bad_rows_are_refused) {
    refused_rows("E99,lad,1,E01,\n",
                 "geography.csv:2:1: expected a code of the code table, found 'E99'");
    refused_rows("E01,lad,0,E01,\n",
                 "geography.csv:2:9: expected a step from 1 to 1000, found '0'");
    refused_rows("E01,lad,1,X01,\n",
                 "geography.csv:2:11: expected a code of the code table, found 'X01'");
    refused_rows("E01,lad,1,E01,0\n",
                 "geography.csv:2:15: expected a weight above 0, or nothing, found '0'");
}
END_TEST

START_TEST(populations_aliases_and_levels_are_bounded) {
    refused(SMALL_AREAS, SMALL_GEOGRAPHY, "code,name,level,population\nE01,Ash,lad,0\n",
            "codes.csv:2:13: expected a population above 0, or nothing, found '0'");
    refused(SMALL_AREAS, SMALL_GEOGRAPHY, "code,name,level,population\nE01,Ash,lad,many\n",
            "codes.csv:2:13: expected a population above 0, or nothing, found 'many'");
    refused_rows("E01,lad,1,E01,some\n",
                 "geography.csv:2:15: expected a weight above 0, or nothing, found 'some'");
    refused_areas(SMALL_AREAS_HEADER "E01,Ash,R1,North,district,10,181,54\n",
                  "areas.csv:2:30: expected degrees from -180 to 180, found '181'");
    refused_areas(SMALL_AREAS_HEADER "E01,Ash,R1,North,district,10,-1,-91\n",
                  "areas.csv:2:33: expected degrees from -90 to 90, found '-91'");
    char levels[4000] = SMALL_GEOGRAPHY;
    for (int i = 0; i < 62; i++)
        (void)snprintf(levels + strlen(levels), sizeof levels - strlen(levels),
                       "E01,level%d,1,E01,\n", i);
    refused(SMALL_AREAS, levels, SMALL_CODES,
            "geography.csv:84:5: expected no more than 64 different levels, found 'level61'");
    struct definition *definition = small_definition();
    struct geography_tables tables = {.areas = small_table("areas.csv", SMALL_AREAS),
                                      .geography = small_table("geography.csv", SMALL_GEOGRAPHY),
                                      .codes = small_table("codes.csv", SMALL_CODES),
                                      .aliases =
                                          small_table("aliases.csv", "name,code\nAshes,E99\n")};
    struct fault fault = {0};
    ck_assert_ptr_null(geography_read(definition, &tables, &fault));
    ck_assert_str_eq(fault.text, "aliases.csv:2:7: expected a code of the code table, found 'E99'");
    tables.aliases = small_table("aliases.csv", "name,code\n");
    ck_assert_ptr_null(geography_read(definition, &tables, &fault));
    ck_assert_str_eq(fault.text, "aliases.csv: no rows");
    definition_destroy(&definition);
}
END_TEST

START_TEST(tables_have_a_most_of_lines_and_levels) {
    enum { LINES = 1 << 20 };
    char *lines = malloc(LINES + 2);
    memset(lines, '\n', LINES + 1);
    lines[LINES + 1] = '\0';
    refused(lines, SMALL_GEOGRAPHY, SMALL_CODES, "areas.csv: more than 1048576 lines");
    refused(SMALL_AREAS, lines, SMALL_CODES, "geography.csv: more than 1048576 lines");
    refused(SMALL_AREAS, SMALL_GEOGRAPHY, lines, "codes.csv: more than 1048576 lines");
    struct definition *definition = small_definition();
    struct geography_tables tables = {.areas = small_table("areas.csv", SMALL_AREAS),
                                      .geography = small_table("geography.csv", SMALL_GEOGRAPHY),
                                      .codes = small_table("codes.csv", SMALL_CODES),
                                      .aliases = small_table("aliases.csv", lines)};
    struct fault fault = {0};
    ck_assert_ptr_null(geography_read(definition, &tables, &fault));
    ck_assert_str_eq(fault.text, "aliases.csv: more than 1048576 lines");
    tables.aliases = (struct table_file){0};
    tables.changes = small_table("changes.csv", lines);
    ck_assert_ptr_null(geography_read(definition, &tables, &fault));
    ck_assert_str_eq(fault.text, "changes.csv: more than 1048576 lines");
    definition_destroy(&definition);
    free(lines);
}
END_TEST

START_TEST(codes_that_are_joined_are_found_by_the_code_that_joins_them) {
    struct definition *definition = small_definition();
    struct fault fault = {0};
    const struct geography_tables tables = {
        .areas = small_table("areas.csv", SMALL_AREAS),
        .geography = small_table("geography.csv", SMALL_GEOGRAPHY),
        .codes = small_table("codes.csv", SMALL_CODES),
        .aliases = small_table("aliases.csv", "name,code\nC1+C2,C3\n")};
    struct geography *g = geography_read(definition, &tables, &fault);
    ck_assert_msg(g != NULL, "%s", fault.text);
    size_t joined = geography_code(g, "C3");
    ck_assert_uint_eq(geography_code(g, "C1, C2"), joined);
    ck_assert_uint_eq(geography_code(g, "C2 / C1"), joined);
    ck_assert_uint_eq(geography_code(g, "C1+C2"), joined);
    ck_assert_uint_eq(geography_code(g, "C1 & C3"), SIZE_MAX);
    ck_assert_uint_eq(geography_code(g, "C1,;C2"), joined);
    ck_assert_uint_eq(geography_code(g, ",C1"), SIZE_MAX);
    ck_assert_uint_eq(geography_code(g, "C1,an unusually long text that is no code at all"),
                      SIZE_MAX);
    char many[200] = "C1";
    for (int i = 0; i < 40; i++)
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), ",C2");
    ck_assert_uint_eq(geography_code(g, many), SIZE_MAX);
    geography_destroy(&g);
    definition_destroy(&definition);
}
END_TEST

START_TEST(steps_without_order_are_refused) {
    refused_rows("E01,lad,2,E01,\n",
                 "geography.csv:2: a step is left out before this one of 'E01'");
    refused_rows("E01,lad,1,E01,\nE01,lad,3,E02,\n",
                 "geography.csv:3: a step is left out before this one of 'E01'");
    refused_rows("E01,lad,1,E01,1\nE01,lad,1,E02,1\nE01,lad,1,E01,2\n",
                 "geography.csv:4: a code twice in one step of 'E01'");
}
END_TEST

/* --- the pack --------------------------------------------------------------------------------- */

static void refused_pack(const char *definition, const char *areas, const char *expected) {
    struct fault fault = {0};
    ck_assert_ptr_null(small_pack_of(definition, areas, &fault));
    ck_assert_str_eq(fault.text, expected);
}

START_TEST(a_pack_without_a_file_it_names_is_refused) {
    const struct table_file files[] = {
        small_table("index.yaml", SMALL_DEFINITION),
        small_table("area.csv", SMALL_AREAS),
        small_table("twice.csv", ""),
        small_table("twice.csv", ""),
    };
    struct fault fault = {0};
    ck_assert_ptr_null(pack_read("index.yaml", files, 4, &fault));
    ck_assert_str_eq(fault.text, "the pack has no file 'areas.csv': did you mean 'area.csv'?");
    ck_assert_ptr_null(pack_read("england.yaml", files, 4, &fault));
    ck_assert_str_eq(fault.text, "the pack has no file 'england.yaml'");
    ck_assert_ptr_null(pack_read("twice.csv", files, 4, &fault));
    ck_assert_str_eq(fault.text, "the pack has 2 files called 'twice.csv'");
}
END_TEST

START_TEST(a_definition_that_does_not_fit_its_tables_is_refused) {
    refused_pack(SMALL_HEAD SMALL_LEVELS SMALL_TREE "datasets:\n" SMALL_DATASET("pay", "ladd")
                     SMALL_DATASET("county-jobs", "county") SMALL_DATASET("soot", "lad"),
                 SMALL_AREAS,
                 "index.yaml: dataset 'pay' is of level 'ladd', which 'geography.csv' does not "
                 "have: did you mean 'lad'?");
#define SPEND(rest)                                                                                \
    SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS                                              \
        "spend: {dataset: money, name: m, node: air, measure: total, need-threshold: mean,\n"      \
        "  spend-threshold: mean, " rest "}\n"
    refused_pack(SPEND("exclude-types: [town]"), SMALL_AREAS,
                 "index.yaml: spend excludes areas of type 'town', of which 'areas.csv' has none");
    refused_pack(SPEND("exclude-areas: [E07]"), SMALL_AREAS,
                 "index.yaml: spend excludes area 'E07', which is not an area of the index");
#undef SPEND
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("geography");
    TCase *t = tcase_create("geography");
    tcase_set_timeout(t, 30);
    tcase_add_test(t, an_area_is_found_by_its_code_wherever_one_looks_first);
    tcase_add_test(t, areas_in_scope_keep_the_order_of_the_table);
    tcase_add_test(t, codes_are_found_whether_in_scope_or_not);
    tcase_add_test(t, sources_are_by_level_area_and_step);
    tcase_add_test(t, rules_have_names);
    tcase_add_test(t, a_table_of_rows_that_names_rules_is_read_without_them);
    tcase_add_test(t, names_that_a_terminal_would_obey_are_refused);
    tcase_add_test(t, bad_headers_are_refused);
    tcase_add_test(t, bad_areas_are_refused);
    tcase_add_test(t, a_table_that_is_no_csv_is_refused_with_its_place);
    tcase_add_test(t, bad_codes_are_refused);
    tcase_add_test(t, bad_rows_are_refused);
    tcase_add_test(t, populations_aliases_and_levels_are_bounded);
    tcase_add_test(t, tables_have_a_most_of_lines_and_levels);
    tcase_add_test(t, codes_that_are_joined_are_found_by_the_code_that_joins_them);
    tcase_add_test(t, steps_without_order_are_refused);
    tcase_add_test(t, a_pack_without_a_file_it_names_is_refused);
    tcase_add_test(t, a_definition_that_does_not_fit_its_tables_is_refused);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
