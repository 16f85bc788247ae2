/* Publishers' files, small, and what descriptions make of them. */
#include "core/extract.h"
#include "core/status.h"
#include "tests/core/small_book.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

static struct pack *pack;
static struct arena *arena;
static struct problems problems;
static struct extract_report report;

static void begin(void) {
    pack = small_pack();
    arena = arena_new();
    ck_assert_ptr_nonnull(arena);
    problems = (struct problems){0};
}

static void end(void) {
    arena_destroy(&arena);
    pack_destroy(&pack);
}

static struct description *describe(const char *yaml) {
    struct fault fault = {0};
    struct description *out = description_read("pay.yaml", yaml, strlen(yaml), &fault);
    ck_assert_msg(out != NULL, "%s", fault.text);
    return out;
}

static enum extract_result run(const char *yaml, const char *file, struct release **out) {
    struct description *description = describe(yaml);
    struct publication *publication = publication_new("dir/file.csv", file, strlen(file));
    enum extract_result result =
        extract(description, pack->geography, "lad", publication, arena, &report, out, &problems);
    publication_destroy(&publication);
    description_destroy(&description);
    return result;
}

static struct release *read(const char *yaml, const char *file) {
    struct release *out = NULL;
    enum extract_result result = run(yaml, file, &out);
    ck_assert_msg(result == EXTRACT_DONE, "%d %s %s", result, report.misfit,
                  problems.kept[0].reason);
    return out;
}

/* The observation of a code in a period; the test fails where there is none. */
static size_t find(const struct release *release, const char *code, const char *period) {
    for (size_t i = 0; i < release->n; i++) {
        if (strcmp(release->codes[release->code[i]], code) == 0 &&
            strcmp(release->periods[release->period[i]], period) == 0)
            return i;
    }
    ck_abort_msg("no %s in %s", code, period);
}

/* --- shapes ----------------------------------------------------------------------------------- */

START_TEST(a_long_table_with_titles_filters_and_footnotes) {
    struct release *release =
        read("layouts:\n"
             "  - columns: {code: Area code, name: Area, period: Year, value: [Old, Value],\n"
             "              lower: Lower CI, upper: Upper CI, status: Status}\n"
             "    where: {Sex: Persons, Age: [All, \"All*\"]}\n"
             "    except: {Area: Nowhere}\n"
             "    without-code: skip\n",
             "A table of things\n"
             "Published today,,\n"
             "\n"
             "Sex,Age,Area code,Area,Year,\"Value\n[note 1]\",Lower CI,Upper CI,Status\n"
             "persons,All ages,E01,Ash [note 2],2024,\"1,000\",900,\"1,100\",p\n"
             "Persons,All,E03,Cedar,2024,0,,,\n"
             "Persons,All,E04,Damson,2024,,,,c\n"
             "Persons,All,E05,Nowhere,2024,5,,,\n"
             "Male,All,E01,Ash,2024,7,,,\n"
             "Persons,Under 5,E01,Ash,2024,8,,,\n"
             "Persons,All,Source: somebody,,,,,,\n"
             "Persons,All,,Total,2024,99,,,\n");
    ck_assert_uint_eq(release->n, 3);
    size_t ash = find(release, "E01", "2024"), cedar = find(release, "E03", "2024");
    size_t damson = find(release, "E04", "2024");
    ck_assert_double_eq(release->value[ash], 1000);
    ck_assert_uint_eq(release->flags[ash], FLAG_PROVISIONAL | FLAG_HAS_LOW | FLAG_HAS_HIGH);
    ck_assert_double_eq(release->low[ash], 900);
    ck_assert_double_eq(release->high[ash], 1100);
    ck_assert_uint_eq(release->line[ash], 6); /* the header has a line break in a cell */
    ck_assert_uint_eq(release->column[ash], 6);
    ck_assert_uint_eq(release->status[cedar], STATUS_VALUE); /* a 0 is a number */
    ck_assert_double_eq(release->value[cedar], 0);
    ck_assert_uint_eq(release->status[damson], STATUS_CONFIDENTIAL);
    ck_assert_uint_eq(release->flags[damson], 0);
    ck_assert_uint_eq(report.rows, 8);
    ck_assert_uint_eq(report.filtered, 3);
    ck_assert_uint_eq(report.without_code, 2);
    ck_assert_uint_eq(report.header.headings.row, 4);
    release_destroy(&release);
}
END_TEST

START_TEST(a_table_whose_columns_are_periods) {
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: LA code}\n"
                                   "    period: headings\n",
                                   "Region,LA code,2022-23,\"2023-24\n[note 3]\",Change\n"
                                   "North,E01,1.5,2.5 [r],1\n"
                                   "North,E02,[x],3,2\n");
    ck_assert_uint_eq(release->n, 4);
    ck_assert_uint_eq(release->n_periods, 2);
    size_t ash = find(release, "E01", "2023-24"), birch = find(release, "E02", "2022-23");
    ck_assert_double_eq(release->value[ash], 2.5);
    ck_assert_uint_eq(release->flags[ash], FLAG_REVISED);
    ck_assert_uint_eq(release->column[ash], 4);
    ck_assert_uint_eq(release->status[birch], STATUS_NOT_AVAILABLE);
    release_destroy(&release);
}
END_TEST

START_TEST(a_period_may_have_a_qualifier_behind_it) {
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: LA code}\n"
                                   "    period: headings\n",
                                   "LA code,2022 (r),2023p,Apr-24\n"
                                   "E01,1.5,2.5,3\n");
    ck_assert_uint_eq(release->n, 3);
    ck_assert_double_eq(release->value[find(release, "E01", "2022")], 1.5);
    ck_assert_double_eq(release->value[find(release, "E01", "2023")], 2.5);
    ck_assert_double_eq(release->value[find(release, "E01", "Apr-24")], 3);
    release_destroy(&release);
    release = read("layouts:\n"
                   "  - columns: {code: Code, period: Year, value: Value}\n",
                   "Code,Year,Value\n"
                   "E01,2022,1\n"
                   "E01,2023 (provisional),2\n"
                   "E02,2023,3\n");
    ck_assert_uint_eq(release->n_periods, 2);
    ck_assert_double_eq(release->value[find(release, "E01", "2023")], 2);
    release_destroy(&release);
}
END_TEST

START_TEST(periods_in_headings_are_found_by_an_expression) {
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: Code}\n"
                                   "    period: {headings: '^Rate (.*) per head$'}\n",
                                   "Code,Count 2023,Rate 2022 Q1 per head,Rate 2022 Q2 per head\n"
                                   "E01,1,2,3\n");
    ck_assert_uint_eq(release->n, 2);
    ck_assert_double_eq(release->value[find(release, "E01", "2022 Q2")], 3);
    release_destroy(&release);
}
END_TEST

START_TEST(headings_of_several_rows_are_joined) {
    struct release *release = read("layouts:\n"
                                   "  - header-rows: 2\n"
                                   "    columns: {code: Code, value: Owed a duty rate*}\n"
                                   "    period: {title: 'England, (.*)$'}\n",
                                   "\"Table 1, England, October to December 2022\"\n"
                                   ",Assessed,,Owed a duty,\n"
                                   "Code,Number,Rate1,Number,Rate1\n"
                                   "E01,1,2,3,4\n");
    ck_assert_uint_eq(release->n, 1);
    ck_assert_double_eq(release->value[0], 4);
    ck_assert_str_eq(release->periods[0], "October to December 2022");
    release_destroy(&release);
}
END_TEST

START_TEST(a_column_without_a_heading_is_named_by_its_place) {
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: \"#1\", value: Homeless}\n"
                                   "    period: {fixed: 2020}\n"
                                   "    without-code: skip\n",
                                   ",Assessed,Homeless\n,,of which\nE01,1,2\n");
    ck_assert_uint_eq(release->n, 1);
    ck_assert_double_eq(release->value[0], 2);
    release_destroy(&release);
}
END_TEST

START_TEST(a_period_may_be_fixed) {
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: Code, value: V}\n"
                                   "    period: {fixed: 2020}\n",
                                   "Code,V\nE01,1\n");
    ck_assert_str_eq(release->periods[0], "2020");
    release_destroy(&release);
}
END_TEST

START_TEST(the_first_layout_that_fits_is_taken) {
    static const char yaml[] = "layouts:\n"
                               "  - {name: new, columns: {code: areacd, period: p, value: v}}\n"
                               "  - {name: old, columns: {code: AREA, period: p, value: v}}\n";
    struct release *release = read(yaml, "Area,p,v\nE01,2024,1\n");
    ck_assert_str_eq(report.layout ? "old" : "", "old");
    release_destroy(&release);
    release = read(yaml, "AREACD,p,v\nE01,2024,1\n");
    release_destroy(&release);
}
END_TEST

START_TEST(names_without_codes_are_matched) {
    static const char yaml[] = "layouts:\n"
                               "  - columns: {name: Area, period: p, value: v}\n"
                               "    name-suffixes: [UA]\n"
                               "    without-code: skip\n";
    struct release *release =
        read(yaml, "Area,p,v\nASH [note 3],2024,1\nCedar UA,2024,2\n,2024,3\nBack to top,,\n");
    ck_assert_uint_eq(release->n, 2);
    ck_assert_double_eq(release->value[find(release, "E03", "2024")], 2);
    release_destroy(&release);
    ck_assert_int_eq(run(yaml, "Area,p,v\nSedar,2024,1\n", &release), EXTRACT_REFUSED);
    ck_assert_ptr_nonnull(strstr(problems.kept[0].reason, "Cedar")); /* suggested, not guessed */
}
END_TEST

/* --- figures ---------------------------------------------------------------------------------- */

START_TEST(a_count_becomes_a_rate_and_values_are_scaled) {
    struct known_code *codes = (struct known_code *)pack->geography->codes;
    codes[geography_code(pack->geography, "E01")].population = 2000;
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: c, period: p, value: v, lower: l}\n"
                                   "    per: population\n"
                                   "    times: 1000\n"
                                   "    scale: 2\n",
                                   "c,p,v,l\nE01,2024,3,1\n");
    ck_assert_double_eq_tol(release->value[0], 3, 1e-12);
    ck_assert_double_eq_tol(release->low[0], 1, 1e-12);
    release_destroy(&release);
}
END_TEST

START_TEST(marks_mean_what_the_description_says) {
    struct release *release = read("layouts:\n"
                                   "  - columns: {code: c, period: p, value: v}\n"
                                   "    marks: {x: unreliable, \"-\": zero, \"\": confidential}\n",
                                   "c,p,v\nE01,2024,x\nE03,2024,-\nE04,2024,\n");
    ck_assert_uint_eq(release->status[0], STATUS_UNRELIABLE);
    ck_assert_uint_eq(release->status[1], STATUS_VALUE);
    ck_assert_double_eq(release->value[1], 0);
    ck_assert_uint_eq(release->status[2], STATUS_CONFIDENTIAL);
    release_destroy(&release);
}
END_TEST

/* --- refusals --------------------------------------------------------------------------------- */

#define PLAIN "layouts: [{columns: {code: c, period: p, value: v, status: s}"
#define HEAD  "c,p,v,s\n"

static const struct {
    const char *yaml, *file;
    uint64_t row, column;
    const char *kind, *reason;
} refused[] = {
    {PLAIN "}]", HEAD "E01,2024,many,\n", 2, 3, "neither number nor mark", "'many'"},
    {PLAIN "}]", HEAD "E01,2024,1,[x]\n", 2, 4, "mark beside a number", "'[x]'"},
    {PLAIN "}]", HEAD "E01,2024,1,a story\n", 2, 4, "neither number nor mark", "'a story'"},
    {PLAIN "}]", HEAD "E01,soon,1,\n", 2, 2, "period that cannot be read", "'soon'"},
    {PLAIN "}]", HEAD "E99,2024,1,\n", 2, 1, "unknown area code", "did you mean E92?"},
    {PLAIN "}]", HEAD ",2024,1,\n", 2, 1, "no area code", "without-code: skip"},
    {PLAIN ", without-code: skip}]", HEAD "E0 1,2024,1,\nE,2,3,\nE01x,2024,1,\n", 4, 1,
     "unknown area code", "'E01x'"},
    {PLAIN "}]", HEAD "E01,2024,1,,\n", 2, 5, "number of fields", "5 fields, expected 4"},
    {PLAIN "}]", HEAD "E01,2024,1,\nE01,2024,1,\n", 3, 3, "second row for an area and period",
     "a second row for E01 in 2024"},
    {PLAIN ", same-twice: once}]", HEAD "E01,2024,1,\nE01,2024,2,\n", 3, 3,
     "second row for an area and period", "the first is in line 2"},
    {PLAIN ", per: population}]", HEAD "E01,2024,1,\n", 2, 3, "no population", "E01 (Ash)"},
    {"range: [0, 100]\n" PLAIN "}]", HEAD "E01,2024,100.5,\n", 2, 3, "value out of range",
     "100.5, expected 0 to 100 (pay.yaml)"},
    {"areas: [2, 3]\n" PLAIN "}]", HEAD "E01,2024,1,\nE01,2023,1,\nE03,2023,1,\n", 0, 0,
     "number of areas", "1 areas in 2024, expected 2 to 3"},
    {PLAIN "}]", HEAD "E01,2024,1,\n\"E0", 3, 1, "unreadable", ""},
    {PLAIN "}]", HEAD "E01,2024\n", 2, 2, "number of fields", "2 fields, expected 4"},
    {"areas: [1, 1]\n" PLAIN "}]", HEAD "E01,2024,1,\nE03,2024,1,\n", 0, 0, "number of areas",
     "2 areas in 2024, expected 1 to 1"},
    {"areas: [1, 3]\n" PLAIN "}]", HEAD "E01,2024,[x],\n", 0, 0, "number of areas",
     "not one figure is a number, expected figures for 1 to 3 areas"},
    {"range: [0, 100]\n" PLAIN "}]", HEAD "E01,2024,-1,\n", 2, 3, "value out of range",
     "-1, expected 0 to 100"},
    {"layouts: [{columns: {code: c, period: p, value: v, lower: s}}]", HEAD "E01,2024,1,low?\n", 2,
     4, "neither number nor mark", "'low?'"},
    {"layouts: [{columns: {code: c, value: v, lower: s}, period: {fixed: 2024}, scale: 2, per: "
     "population}]",
     HEAD "E01,2024,[x],1\nE03,2024,1,1\n", 3, 3, "no population", "a count of E03"},
    {"layouts: [{columns: {name: c, period: p, value: v}}]", HEAD ",2024,1,\n", 2, 1,
     "no area code", "''"},
    {"layouts: [{columns: {name: c, period: p, value: v}, without-code: skip}]",
     HEAD "Nowhere,2024,1,\n", 2, 1, "unknown name", "Nowhere"},
    {"layouts: [{columns: {name: c}, period: headings, without-code: skip}]",
     "c,2023,2024\nAsh,1,2\nNowhere,,1\n", 3, 1, "unknown name", "Nowhere"},
    {"layouts: [{columns: {code: c}, period: headings}]", "c,2023,2024\nE01,1,many\n", 2, 3,
     "neither number nor mark", "'many'"},
    {"layouts: [{columns: {code: c}, period: headings}]", "c,2023,2024,2023\nE01,1,2,3\n", 2, 4,
     "second row for an area and period", "a second row for E01 in 2023; the first is in line 2"},
    {"layouts: [{columns: {name: c, period: p, value: v}}]", HEAD "Birch,2024,1,\n", 2, 1,
     "ambiguous name", "'Birch'"},
};

START_TEST(what_is_wrong_is_said_with_its_place) {
    struct release *release = NULL;
    ck_assert_int_eq(run(refused[_i].yaml, refused[_i].file, &release), EXTRACT_REFUSED);
    ck_assert_ptr_null(release);
    const struct problem *problem = &problems.kept[0];
    ck_assert_uint_eq(problems.total, 1);
    ck_assert_str_eq(problem->file, "dir/file.csv");
    ck_assert_uint_eq(problem->line, refused[_i].row);
    ck_assert_uint_eq(problem->column, refused[_i].column);
    ck_assert_str_eq(problems.kinds[0].name, refused[_i].kind);
    ck_assert_msg(strstr(problem->reason, refused[_i].reason) != NULL, "%s", problem->reason);
}
END_TEST

START_TEST(what_may_be_passed_over_is_counted) {
    struct release *release =
        read("layouts:\n"
             "  - columns: {code: c, period: p, value: v, status: s}\n"
             "    only: [E0, E9]\n"
             "    codes-outside: skip\n"
             "    same-twice: once\n"
             "    other-status: note\n",
             HEAD "E01,2024,1,Value for Ash applied\nE01,2024,1,\nE99,2024,1,\nW01,2024,1,\n"
                  "R1,2024,1,\nE92,2024,2,\n");
    ck_assert_uint_eq(release->n, 2);
    ck_assert_uint_eq(report.not_only, 2);
    ck_assert_uint_eq(report.outside, 1);
    release_destroy(&release);
}
END_TEST

START_TEST(every_problem_is_counted) {
    char file[2000] = HEAD;
    struct release *release = NULL;
    for (int i = 0; i < 30; i++)
        strcat(file, "E01,soon,many,\n");
    ck_assert_int_eq(run(PLAIN "}]", file, &release), EXTRACT_REFUSED);
    ck_assert_uint_eq(problems.total, 60);
    ck_assert_uint_eq(problems.n_kinds, 2);
    ck_assert_uint_eq(problems.kinds[0].count, 30);
    ck_assert_uint_eq(problems.kept[19].line, 11);
}
END_TEST

START_TEST(a_misfit_says_what_is_missing_and_what_is_there) {
    struct release *release = NULL;
    ck_assert_int_eq(run(PLAIN "}]", "A title\nc,p,other,s\nE01,2024,1,\n", &release),
                     EXTRACT_NO_FIT);
    ck_assert_uint_eq(problems.total, 0);
    ck_assert_msg(strstr(report.misfit, "no column 'v'") != NULL, "%s", report.misfit);
    ck_assert_msg(strstr(report.misfit, "row 2") != NULL, "%s", report.misfit);
    ck_assert_msg(strstr(report.misfit, "'other'") != NULL, "%s", report.misfit);
}
END_TEST

START_TEST(a_column_that_is_there_twice_is_a_misfit) {
    struct release *release = NULL;
    ck_assert_int_eq(run(PLAIN "}]", "c,p,v,v,s\nE01,2024,1,2,\n", &release), EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "several called 'v'") != NULL, "%s", report.misfit);
}
END_TEST

START_TEST(rows_for_another_dataset_are_no_problem) {
    struct release *release = NULL;
    ck_assert_int_eq(
        run(PLAIN ", where: {i: pay}}]", "c,p,v,s,i\nE99,soon,many,x,jobs\n", &release),
        EXTRACT_NOTHING);
    ck_assert_uint_eq(problems.total, 0);
    ck_assert_msg(strstr(report.misfit, "i = 'jobs'") != NULL, "%s", report.misfit);
}
END_TEST

/* Several descriptions, the first of which reads the file to its end. */
START_TEST(what_is_known_of_a_file_is_not_read_again) {
    static const char file[] = "c,p,v,s,i\nE01,2024,1,,jobs\n"
                               "E01,2024,2,,pay\nE03,2024,3,,soot\n";
    static const struct {
        const char *filter;
        enum extract_result result;
        double value;
    } trials[] = {{"jobs*", EXTRACT_DONE, 1},
                  {"pay", EXTRACT_DONE, 2},
                  {"rain", EXTRACT_NOTHING, 0},
                  {"SOOT", EXTRACT_DONE, 3},
                  {"[a, b]", EXTRACT_NOTHING, 0}};
    struct publication *publication = publication_new("file.csv", file, strlen(file));
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        char yaml[200];
        struct release *out = NULL;
        (void)snprintf(yaml, sizeof yaml, PLAIN ", where: {i: %s}}]", trials[i].filter);
        struct description *description = describe(yaml);
        ck_assert_int_eq(extract(description, pack->geography, "lad", publication, arena, &report,
                                 &out, &problems),
                         trials[i].result);
        ck_assert_uint_eq(report.rows, 3);
        if (out)
            ck_assert_double_eq(out->value[0], trials[i].value);
        else
            ck_assert_msg(strstr(report.misfit, "3 left out by where and except, there is i = "
                                                "'jobs', 'pay', 'soot'") != NULL,
                          "%s", report.misfit);
        release_destroy(&out);
        description_destroy(&description);
    }
    publication_destroy(&publication);
}
END_TEST

START_TEST(a_layout_may_be_for_some_files_only) {
    struct release *release = NULL;
    ck_assert_int_eq(run(PLAIN ", files: [pay*.csv]}]", HEAD "E01,2024,1,\n", &release),
                     EXTRACT_NO_FIT);
    ck_assert_int_eq(run(PLAIN ", files: [pay*.csv, File.*]}]", HEAD "E01,2024,1,\n", &release),
                     EXTRACT_DONE);
    release_destroy(&release);
}
END_TEST

START_TEST(names_that_the_pack_does_not_know_may_be_passed_over) {
    struct release *release =
        read("layouts:\n  - columns: {name: c, period: p, value: v}\n"
             "    codes-outside: skip\n    name-suffixes: [UA, Ash]\n",
             "c,p,v\nNowhere,2024,1\nAsh,2024,2\nCedarUA,2024,3\nCedar UA,2024,3\n");
    ck_assert_uint_eq(release->n, 2);
    ck_assert_uint_eq(report.outside, 2); /* "CedarUA" is another name */
    release_destroy(&release);
    release = read("layouts:\n  - {columns: {name: c}, period: headings, without-code: skip}\n",
                   "c,2023,2024\nAsh,1,2\nSource: somebody,,\n");
    ck_assert_uint_eq(release->n, 2);
    ck_assert_uint_eq(report.without_code, 1);
    release_destroy(&release);
}
END_TEST

START_TEST(the_same_twice_is_one_only_if_nothing_differs) {
    static const char yaml[] = "layouts:\n"
                               "  - columns: {code: c, value: v, lower: l, upper: u}\n"
                               "    period: {fixed: 2024}\n    same-twice: once\n";
    static const char *const different[] = {"E01,[x],0,2", "E01,1 [p],0,2", "E01,5,0,2",
                                            "E01,1,0.5,2", "E01,1,0,3",     "E01,1,,2"};
    for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
        struct release *release = NULL;
        char file[100];
        (void)snprintf(file, sizeof file, "c,v,l,u\nE01,1,0,2\n%s\n", different[i]);
        ck_assert_msg(run(yaml, file, &release) == EXTRACT_REFUSED, "%s", different[i]);
    }
    struct release *release = read(yaml, "c,v,l,u\nE01,1,0,2\nE01,1,0,2\nE03,[x],,\nE03,[x],,\n");
    ck_assert_uint_eq(release->n, 2);
    release_destroy(&release);
}
END_TEST

START_TEST(a_description_is_for_files_of_some_names) {
    struct description *description = describe(
        PLAIN ", files: [pay*.csv]}, {columns: {code: c, period: p, value: v}, files: [x.csv]}]");
    ck_assert(extract_wants(description, "in/Pay 2024.csv"));
    ck_assert(extract_wants(description, "x.csv"));
    ck_assert(!extract_wants(description, "pay/y.csv"));
    description_destroy(&description);
    description = describe(PLAIN "}]");
    ck_assert(extract_wants(description, "y.csv")); /* any */
    description_destroy(&description);
}
END_TEST

START_TEST(the_level_of_codes_may_be_the_descriptions) {
    struct release *release = read("level: region\nlayouts:\n"
                                   "  - columns: {name: c, period: p, value: v}\n",
                                   "c,p,v\nNorth,2024,1\n");
    ck_assert_str_eq(release->codes[0], "R1");
    release_destroy(&release);
}
END_TEST

START_TEST(a_filter_that_leaves_nothing_tells_some_of_what_there_is) {
    struct release *release = NULL;
    ck_assert_int_eq(run(PLAIN ", where: {i: pay}}]",
                         "c,p,v,s,i\nE01,2024,1,,a\nE01,2024,1,,b\nE01,2024,1,,c\n"
                         "E01,2024,1,,d\nE01,2024,1,,e\n",
                         &release),
                     EXTRACT_NOTHING);
    ck_assert_str_eq(report.found, "i = 'a', 'b', 'c' and 2 more");
    ck_assert_int_eq(run(PLAIN ", without-code: skip}]", "c,p,v,s\nTotal,2024,1,\n", &release),
                     EXTRACT_NOTHING);
    ck_assert_str_eq(report.misfit, "layout '1' fits, but none of the 1 rows below its header is "
                                    "taken: 0 left out by where and except, 1 without a code, 0 "
                                    "with a code that is left out");
}
END_TEST

START_TEST(too_many_periods_are_refused) {
    char *file = malloc(16L * (RELEASE_PERIODS_MAX + 10));
    char *at = file + sprintf(file, "c,p,v\n");
    for (int i = 0; i <= RELEASE_PERIODS_MAX; i++)
        at += sprintf(at, "E01,%d,1\n", 1000 + i);
    struct release *release = NULL;
    ck_assert_int_eq(run("layouts: [{columns: {code: c, period: p, value: v}}]", file, &release),
                     EXTRACT_REFUSED);
    ck_assert_str_eq(problems.kinds[0].name, "too many periods");
    ck_assert_str_eq(problems.kept[0].reason, "more than 4096 different periods");
    ck_assert_uint_eq(problems.kept[0].line, RELEASE_PERIODS_MAX + 2);
    free(file);
}
END_TEST

/* --- sheets ----------------------------------------------------------------------------------- */

#define TEXT_ROW(a, b)                                                                             \
    "<table:table-row><table:table-cell><text:p>" a "</text:p></table:table-cell>"                 \
    "<table:table-cell><text:p>" b "</text:p></table:table-cell></table:table-row>"
#define SHEET_OF(name, value)                                                                      \
    "<table:table table:name=\"" name "\">" TEXT_ROW("Code", "V")                                  \
        TEXT_ROW("E01", value) "</table:table>"
#define SHEETS(more)                                                                               \
    "layouts:\n  - {columns: {code: Code, value: V}, period: {fixed: 2024}" more "}\n"

static const struct {
    const char *yaml;
    double value; /* 0: a misfit that says so */
    const char *says;
} sheets[] = {
    {SHEETS(", sheet: B"), 2, NULL},
    {SHEETS(""), 0, "2 sheets have the header, one of them 'A': say which with 'sheet'"},
    {SHEETS(", sheet: D"), 0, "layout '1': no sheet 'd' among 3"},
    {SHEETS(", sheet: C"), 0, "layout '1', sheet 'C': row 1 has no column 'code', 'v'"},
};

START_TEST(a_sheet_is_the_one_that_is_named_or_the_only_one_with_the_header) {
    size_t length;
    char *bytes =
        small_ods("",
                  SHEET_OF("A", "1") SHEET_OF("B", "2") "<table:table table:name=\"C\">" TEXT_ROW(
                      "Note", "x") "</table:table>",
                  &length);
    struct description *description = describe(sheets[_i].yaml);
    struct publication *publication = publication_new("f.ods", bytes, length);
    struct release *release = NULL;
    enum extract_result result = extract(description, pack->geography, "lad", publication, arena,
                                         &report, &release, &problems);
    if (sheets[_i].says) {
        ck_assert_int_eq(result, EXTRACT_NO_FIT);
        ck_assert_msg(strstr(report.misfit, sheets[_i].says) != NULL, "%s", report.misfit);
    } else {
        ck_assert_int_eq(result, EXTRACT_DONE);
        ck_assert_double_eq(release->value[0], sheets[_i].value);
        ck_assert_str_eq(release->sheets[0], "B");
        release_destroy(&release);
    }
    publication_destroy(&publication);
    description_destroy(&description);
    free(bytes);
}
END_TEST

START_TEST(where_all_sheets_are_hidden_none_is_seen) {
    size_t length;
    char *bytes =
        small_ods("<style:style style:name=\"h\" style:family=\"table\"><style:table-properties "
                  "table:display=\"false\"/></style:style>",
                  "<table:table table:name=\"A\" table:style-name=\"h\">" TEXT_ROW(
                      "Code", "V") "</table:table>",
                  &length);
    struct description *description = describe(SHEETS(""));
    struct publication *publication = publication_new("f.ods", bytes, length);
    struct release *release = NULL;
    ck_assert_int_eq(extract(description, pack->geography, "lad", publication, arena, &report,
                             &release, &problems),
                     EXTRACT_NO_FIT);
    ck_assert_str_eq(report.misfit, "layout '1': no sheet 'that can be seen' among 1");
    publication_destroy(&publication);
    description_destroy(&description);
    free(bytes);
}
END_TEST

START_TEST(a_table_without_a_period_or_a_row_is_a_misfit) {
    struct release *release = NULL;
    ck_assert_int_eq(
        run("layouts: [{columns: {code: c}, period: headings}]", "c,d\nE01,1\n", &release),
        EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "row 1 has no column 'a period'; it has 'c', 'd'") != NULL,
                  "%s", report.misfit);
    ck_assert_int_eq(run("layouts: [{columns: {code: \"#x\", value: v}, period: {fixed: 2024}}]",
                         "c,v\nE01,1\n", &release),
                     EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "no column '#x'") != NULL, "%s", report.misfit);
    ck_assert_int_eq(run("layouts: [{columns: {code: c, value: v}, period: {title: '(x)?y'}}]",
                         "y 2024,\nc,v\nE01,1\n", &release),
                     EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "has a period by '(x)?y'") != NULL, "%s", report.misfit);
    ck_assert_int_eq(run("layouts: [{columns: {code: c, value: v}, period: {title: ':(.*)$'}}]",
                         "of: 2024 ,\nc,v\nE01,1\n", &release),
                     EXTRACT_DONE);
    ck_assert_str_eq(release->periods[0], "2024");
    release_destroy(&release);
    ck_assert_int_eq(run(PLAIN "}]", "\n,,\n", &release), EXTRACT_NO_FIT);
    ck_assert_msg(strstr(report.misfit, "there is no row") != NULL, "%s", report.misfit);
}
END_TEST

/* Whatever bytes come, it ends, and either there is a release or a reason why not. */
START_TEST(no_bytes_break_it) {
    static const char pieces[] = "E01,2024\n\"; [x]-.1c p v s\xC2\xA3\xFF";
    uint64_t state = UINT64_C(88172645463325252) + (uint64_t)_i;
    char file[400] = HEAD;
    size_t length = _i % 2 ? strlen(file) : 0;
    while (length < sizeof file - 1)
        file[length++] = pieces[suite_random(&state) % (sizeof pieces - 1)];
    file[length] = '\0';
    struct release *release = NULL;
    enum extract_result result = run(PLAIN ", without-code: skip}]", file, &release);
    ck_assert((result == EXTRACT_DONE) == (release != NULL));
    ck_assert((result == EXTRACT_REFUSED) == (problems.total > 0));
    release_destroy(&release);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("extract");
    TCase *tests = tcase_create("extract");
    tcase_set_timeout(tests, 30);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_long_table_with_titles_filters_and_footnotes);
    tcase_add_test(tests, a_table_whose_columns_are_periods);
    tcase_add_test(tests, a_period_may_have_a_qualifier_behind_it);
    tcase_add_test(tests, periods_in_headings_are_found_by_an_expression);
    tcase_add_test(tests, headings_of_several_rows_are_joined);
    tcase_add_test(tests, a_column_without_a_heading_is_named_by_its_place);
    tcase_add_test(tests, a_period_may_be_fixed);
    tcase_add_test(tests, the_first_layout_that_fits_is_taken);
    tcase_add_test(tests, names_without_codes_are_matched);
    tcase_add_test(tests, a_count_becomes_a_rate_and_values_are_scaled);
    tcase_add_test(tests, marks_mean_what_the_description_says);
    tcase_add_loop_test(tests, what_is_wrong_is_said_with_its_place, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tests, what_may_be_passed_over_is_counted);
    tcase_add_test(tests, every_problem_is_counted);
    tcase_add_test(tests, a_misfit_says_what_is_missing_and_what_is_there);
    tcase_add_test(tests, a_column_that_is_there_twice_is_a_misfit);
    tcase_add_test(tests, rows_for_another_dataset_are_no_problem);
    tcase_add_test(tests, what_is_known_of_a_file_is_not_read_again);
    tcase_add_test(tests, a_layout_may_be_for_some_files_only);
    tcase_add_test(tests, names_that_the_pack_does_not_know_may_be_passed_over);
    tcase_add_test(tests, the_same_twice_is_one_only_if_nothing_differs);
    tcase_add_test(tests, a_description_is_for_files_of_some_names);
    tcase_add_test(tests, the_level_of_codes_may_be_the_descriptions);
    tcase_add_test(tests, a_filter_that_leaves_nothing_tells_some_of_what_there_is);
    tcase_add_test(tests, too_many_periods_are_refused);
    tcase_add_loop_test(tests, a_sheet_is_the_one_that_is_named_or_the_only_one_with_the_header, 0,
                        sizeof sheets / sizeof *sheets);
    tcase_add_test(tests, where_all_sheets_are_hidden_none_is_seen);
    tcase_add_test(tests, a_table_without_a_period_or_a_row_is_a_misfit);
    tcase_add_loop_test(tests, no_bytes_break_it, 0, 200);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
