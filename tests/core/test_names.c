#include "core/csv.h"
#include "core/names.h"
#include "tests/core/england_pack.h"
#include "tests/core/small_pack.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define METRICS "../shared/data/metrics/"

static struct pack *pack;
static struct names *names;

static void begin(void) {
    struct fault fault = {0};
    pack = england_pack(NULL);
    names = names_new(pack->geography, &fault);
    ck_assert_ptr_nonnull(names);
}

static void end(void) {
    names_destroy(&names);
    pack_destroy(&pack);
}

/* --- what is compared ------------------------------------------------------------------------- */

static void plain(const char *name, const char *full, const char *core) {
    char text[NAME_MAX_BYTES + 1];
    names_plain(name, true, text);
    ck_assert_str_eq(text, full);
    names_plain(name, false, text);
    ck_assert_str_eq(text, core);
}

START_TEST(what_makes_no_difference_is_left_out) {
    plain("Telford & Wrekin", "telford and wrekin", "telford and wrekin");
    plain("St. Helens", "st helens", "st helens");
    plain("Saint Helens", "st helens", "st helens");
    plain("King\u2019s Lynn and West Norfolk", "kings lynn and west norfolk",
          "kings lynn and west norfolk");
    plain("Stoke-on-Trent", "stoke on trent", "stoke on trent");
    plain("  Southend\u2011on\u2011Sea\u00a0", "southend on sea", "southend on sea");
    plain("Yorkshire and The Humber", "yorkshire and humber", "yorkshire and humber");
    plain("Dorset [note 15]", "dorset", "dorset");
    plain("Dorset (3)*", "dorset", "dorset");
    plain("Somerset\u00b2 ", "somerset", "somerset");
    plain("", "", "");
}
END_TEST

START_TEST(the_kind_of_a_place_is_left_out_where_a_name_remains) {
    plain("Bristol, City of", "bristol city of", "bristol");
    plain("City of Bristol", "city of bristol", "bristol");
    plain("Bristol, City of UA", "bristol city of ua", "bristol");
    plain("Herefordshire, County of", "herefordshire county of", "herefordshire");
    plain("County Durham", "county durham", "durham");
    plain("Darlington UA", "darlington ua", "darlington");
    plain("London Borough of Hackney", "london borough of hackney", "hackney");
    plain("Kent County Council", "kent county council", "kent");
    plain("City of London", "city of london", "city of london");
    plain("London, City of", "london city of", "city of london");
    plain("City of London Corporation", "city of london corporation", "city of london");
    plain("City of London and Hackney", "city of london and hackney", "city of london and hackney");
    plain("County", "county", "county");
    plain("Boroughbridge", "boroughbridge", "boroughbridge");
}
END_TEST

START_TEST(long_names_are_cut_and_do_no_harm) {
    char text[2000], out[NAME_MAX_BYTES + 1];
    memset(text, '&', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    names_plain(text, false, out);
    ck_assert_uint_le(strlen(out), NAME_MAX_BYTES);
}
END_TEST

/* --- codes ------------------------------------------------------------------------------------ */

static void finds(const char *name, const char *level, const char *code) {
    struct fault fault = {0};
    size_t found = names_code(names, name, level, &fault);
    ck_assert_msg(found != SIZE_MAX, "%s", fault.text);
    ck_assert_msg(strcmp(pack->geography->codes[found].code, code) == 0, "%s: %s, expected %s",
                  name, pack->geography->codes[found].code, code);
}

static void refuses(const char *name, const char *level, const char *expected) {
    struct fault fault = {0};
    size_t found = names_code(names, name, level, &fault);
    ck_assert_msg(found == SIZE_MAX, "%s: %s", name, pack->geography->codes[found].code);
    ck_assert_str_eq(fault.text, expected);
}

START_TEST(publishers_spellings_are_found) {
    finds("Kingston Upon Hull, City of", "lad", "E06000010");
    finds("KINGSTON UPON HULL UA", "lad", "E06000010");
    finds("Bedford Borough", "utla", "E06000055"); /* and not the district that it was */
    finds("St. Edmundsbury", "lad", "E07000204");
    finds("Kings Lynn & West Norfolk", "lad", "E07000146");
    finds("Cornwall and the Isles of Scilly", "lad", "E67000002");
    finds("Hackney & City of London", "utla", "E67000001");
    finds("City of London and Hackney", "lad", "E67000001");
    finds("City of London", "lad", "E09000001");
    refuses("City of London and Westminster", "lad",
            "no area is called 'City of London and Westminster'; did you mean 'City of London and "
            "Hackney' (E67000001)?");
    finds("Shepway", "lad", "E07000112");
    finds("Ellesmere Port and Neston", "lad", "E07000016");
    finds("Derbyshire", "utla", "E10000007");
    finds("EAST", "region", "E12000006");
}
END_TEST

START_TEST(a_place_with_codes_of_several_vintages_is_one) {
    finds("Barnsley", "lad", "E08000016");
    finds("Northumberland", "lad", "E06000057");
    finds("St Albans", "lad", "E07000240");
}
END_TEST

START_TEST(a_level_decides_between_places_of_one_name) {
    finds("Northamptonshire", "utla", "E10000021");
    finds("Northamptonshire", "pfa", "E23000022");
    finds("Durham", "utla", "E06000047");
    finds("Dorset", "lad", "E06000059");
    finds("Cornwall", "csp", "E22000356");
    finds("London", "region", "E12000007");
    refuses("Hull", "lad",
            "no area is called 'Hull'; did you mean 'Kingston upon Hull, City of' (E06000010)?");
    refuses("London", "lad", "no area is called 'London'; did you mean 'Bolton' (E08000001)?");
}
END_TEST

START_TEST(a_name_of_several_places_is_refused) {
    refuses("Northamptonshire", NULL,
            "'Northamptonshire' may be 'Northamptonshire' (E10000021, utla), 'Northamptonshire' "
            "(E23000022, pfa): give the code");
    refuses("Durham", "lad",
            "'Durham' may be 'County Durham' (E06000047, lad), 'Durham' (E07000056, lad): give "
            "the code");
    refuses("Dorset", "utla",
            "'Dorset' may be 'Dorset' (E06000059, lad), 'Dorset' (E10000009, utla): give the code");
}
END_TEST

START_TEST(a_kind_that_one_place_alone_has_decides) {
    finds("County Durham", "lad", "E06000047");
}
END_TEST

START_TEST(a_near_miss_is_refused_with_the_nearest) {
    refuses("Burnly", "lad", "no area is called 'Burnly'; did you mean 'Burnley' (E07000117)?");
    refuses("Cornwal", "utla", "no area is called 'Cornwal'; did you mean 'Cornwall' (E06000052)?");
    refuses("Wrekin", "lad",
            "no area is called 'Wrekin'; did you mean 'Telford and Wrekin' (E06000020)?");
    refuses("Atlantis", "lad", "no area is called 'Atlantis'; give a code or a name");
    refuses("", "lad", "no area is called ''; give a code or a name");
    refuses("Kent", "ward", "the geography has no level 'ward'");
}
END_TEST

/* --- areas of the index ----------------------------------------------------------------------- */

static void finds_area(const char *text, const char *code) {
    struct fault fault = {0};
    size_t area = names_area(names, text, &fault);
    ck_assert_msg(area != SIZE_MAX, "%s", fault.text);
    ck_assert_str_eq(pack->geography->areas[area].code, code);
}

static void refuses_area(const char *text, const char *expected) {
    struct fault fault = {0};
    ck_assert_uint_eq(names_area(names, text, &fault), SIZE_MAX);
    ck_assert_str_eq(fault.text, expected);
}

START_TEST(areas_are_found_by_name_old_name_or_any_code) {
    finds_area("burnley", "E07000117");
    finds_area("e07000117", "E07000117");
    finds_area("E08000038", "E08000016");
    finds_area("E07000100", "E07000240");
    finds_area("Shepway", "E07000112");
    finds_area("Durham", "E06000047"); /* the district of that name is not in the index */
    finds_area("Dorset", "E06000059");
    finds_area("Bristol", "E06000023");
}
END_TEST

START_TEST(former_and_larger_places_are_refused_with_what_they_are) {
    refuses_area("Taunton Deane", "the index has no area 'Taunton Deane'; it is a part of "
                                  "'Somerset West and Taunton' (E07000246) now");
    refuses_area("E06000028", "the index has no area 'E06000028'; it is a part of "
                              "'Bournemouth, Christchurch and Poole' (E06000058) now");
    refuses_area("Kings Lynn", "the index has no area 'Kings Lynn'; did you mean "
                               "'King's Lynn and West Norfolk' (E07000146)?");
    refuses_area("Atlantis", "the index has no area 'Atlantis'; give a code or a name");
}
END_TEST

/* Every code's own name leads back to it, or is refused because others have it too. */
START_TEST(every_name_of_the_tables_is_found_or_shared) {
    const struct geography *g = pack->geography;
    size_t shared = 0;
    for (size_t i = 0; i < g->n_codes; i++) {
        struct fault fault = {0};
        size_t found = names_code(names, g->codes[i].name, NULL, &fault);
        if (found == SIZE_MAX) {
            ck_assert_msg(strstr(fault.text, " may be ") != NULL, "%s", fault.text);
            shared++;
            continue;
        }
        char a[NAME_MAX_BYTES + 1], b[NAME_MAX_BYTES + 1];
        names_plain(g->codes[i].name, false, a);
        names_plain(g->codes[found].name, false, b);
        ck_assert_msg(found == i || strcmp(a, b) == 0, "%s: %s", a, b);
    }
    ck_assert_uint_gt(shared, 0);
    for (size_t i = 0; i < g->n_areas; i++) {
        struct fault fault = {0};
        ck_assert_msg(names_area(names, g->areas[i].name, &fault) == i, "%s", fault.text);
    }
}
END_TEST

/* --- the publishers' own spellings ------------------------------------------------------------ */

static void check_file(const char *path, size_t *found) {
    struct problems problems = {0};
    struct fault fault = {0};
    struct csv_record record;
    char *bytes = NULL;
    size_t length;
    ck_assert(file_load(path, RELEASE_BYTES_MAX, &bytes, &length, &problems));
    struct csv *csv = csv_new(bytes, length);
    ck_assert_int_eq(csv_next(csv, &record, &fault), CSV_RECORD);
    ck_assert_str_eq(record.fields[1].text, "area_name");
    while (csv_next(csv, &record, &fault) == CSV_RECORD) {
        const char *name = record.fields[1].text;
        size_t code = geography_code(pack->geography, record.fields[0].text);
        ck_assert_uint_ne(code, SIZE_MAX);
        const char *level = pack->geography->codes[code].level;
        if (geography_level(pack->geography, level) == SIZE_MAX)
            continue; /* a country */
        size_t at = names_code(names, name, level, &fault);
        if (at == SIZE_MAX) {
            ck_assert_msg(strstr(fault.text, " may be ") != NULL, "%s: %s", path, fault.text);
            continue;
        }
        struct fault unused = {0};
        size_t same = names_code(names, pack->geography->codes[code].name, level, &unused);
        ck_assert_msg(at == same, "%s: '%s' is %s, not %s", path, name,
                      pack->geography->codes[at].code, record.fields[0].text);
        ++*found;
    }
    csv_destroy(&csv);
    free(bytes);
}

START_TEST(names_in_real_releases_are_those_of_their_codes) {
    glob_t paths;
    size_t found = 0;
    ck_assert_int_eq(glob(METRICS "*/*.csv", 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        check_file(paths.gl_pathv[i], &found);
    ck_assert_uint_gt(found, 100000);
    globfree(&paths);
}
END_TEST

/* --- of a small geography --------------------------------------------------------------------- */

/* Two areas are called Twin, and so are twenty codes of regions; Former is a part of the first. */
static struct geography *twins(void) {
    static const char definition_text[] =
        "index: twins\ntitle: Twins\n"
        "areas: {table: areas.csv, geography: geography.csv, codes: codes.csv, changes: "
        "changes.csv,\n  vintage: 2021-04-01}\nbands: 5\n" SMALL_LEVELS SMALL_TREE SMALL_DATASETS;
    char codes[2000] = "code,name,level\nA1,Twin,lad\nA2,Twin,lad\nF1,Former,lad\nG1,Gone,lad\n"
                       "G2,Elsewhere,lad\n";
    for (int i = 10; i < 30; i++)
        (void)snprintf(codes + strlen(codes), sizeof codes - strlen(codes), "T%d,Twin,region\n", i);
    const struct geography_tables tables = {
        .areas =
            small_table("areas.csv", SMALL_AREAS_HEADER "A1,Twin,R1,North,district,1,0,50\n"
                                                        "A2,Twin City,R1,North,district,1,0,50\n"),
        .geography = small_table("geography.csv", "area_code,level,step,source_code,weight\n"
                                                  "A1,lad,1,A1,\nA2,lad,1,A2,\n"),
        .codes = small_table("codes.csv", codes),
        .changes = small_table("changes.csv", "date,old_code,new_code,weight,kind\n"
                                              "2015,F1,A1,,merge\n")};
    struct fault fault = {0};
    struct definition *definition =
        definition_read("d.yaml", definition_text, strlen(definition_text), &fault);
    ck_assert_msg(definition != NULL, "%s", fault.text);
    struct geography *out = geography_read(definition, &tables, &fault);
    ck_assert_msg(out != NULL, "%s", fault.text);
    definition_destroy(&definition);
    return out;
}

START_TEST(a_name_of_many_places_is_refused_with_some_of_them) {
    struct geography *geography = twins();
    struct fault fault = {0};
    struct names *of_twins = names_new(geography, &fault);
    ck_assert_uint_eq(names_code(of_twins, "Twin", NULL, &fault), SIZE_MAX);
    ck_assert_msg(strstr(fault.text, "'Twin' may be 'Twin' (A1, lad), 'Twin' (A2, lad), 'Twin' "
                                     "(T10, region)") != NULL,
                  "%s", fault.text);
    ck_assert_msg(strstr(fault.text, " and others: give the code") != NULL, "%s", fault.text);
    ck_assert_uint_eq(names_area(of_twins, "twin", &fault), SIZE_MAX);
    ck_assert_str_eq(fault.text, "'twin' may be 'Twin' (A1, lad), 'Twin' (A2, lad): give the code");
    ck_assert_uint_eq(names_area(of_twins, "Twin City", &fault), 1); /* its name in the index */
    ck_assert_uint_eq(names_area(of_twins, "a1", &fault), 0);
    names_destroy(&of_twins);
    geography_destroy(&geography);
}
END_TEST

START_TEST(a_former_area_is_said_to_be_a_part_of_another_only_if_it_is) {
    struct geography *geography = twins();
    struct fault fault = {0};
    struct names *of_twins = names_new(geography, &fault);
    ck_assert_uint_eq(names_area(of_twins, "Former", &fault), SIZE_MAX);
    ck_assert_str_eq(fault.text, "the index has no area 'Former'; it is a part of 'Twin' (A1) now");
    ck_assert_uint_eq(names_area(of_twins, "G1", &fault), SIZE_MAX);
    ck_assert_msg(strstr(fault.text, "G1") && !strstr(fault.text, "part of"), "%s", fault.text);
    names_destroy(&of_twins);
    geography_destroy(&geography);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("names");
    TCase *t = tcase_create("names");
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, what_makes_no_difference_is_left_out);
    tcase_add_test(t, the_kind_of_a_place_is_left_out_where_a_name_remains);
    tcase_add_test(t, long_names_are_cut_and_do_no_harm);
    tcase_add_test(t, publishers_spellings_are_found);
    tcase_add_test(t, a_place_with_codes_of_several_vintages_is_one);
    tcase_add_test(t, a_level_decides_between_places_of_one_name);
    tcase_add_test(t, a_name_of_several_places_is_refused);
    tcase_add_test(t, a_kind_that_one_place_alone_has_decides);
    tcase_add_test(t, a_near_miss_is_refused_with_the_nearest);
    tcase_add_test(t, areas_are_found_by_name_old_name_or_any_code);
    tcase_add_test(t, former_and_larger_places_are_refused_with_what_they_are);
    tcase_add_test(t, every_name_of_the_tables_is_found_or_shared);
    tcase_set_timeout(t, 60);
    if (access(METRICS "catalogue.csv", R_OK) == 0)
        tcase_add_test(t, names_in_real_releases_are_those_of_their_codes);
    else
        puts("skipped: the publishers' releases, as their folder is not beside the project");
    TCase *small = tcase_create("small");
    tcase_add_test(small, a_name_of_many_places_is_refused_with_some_of_them);
    tcase_add_test(small, a_former_area_is_said_to_be_a_part_of_another_only_if_it_is);
    suite_add_tcase(suite, small);
    suite_add_tcase(suite, t);
    return suite_main(suite);
}
