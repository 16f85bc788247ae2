/* The England pack as it is shipped, and the publishers' own successive releases where their folder
 * is beside the project. */
#include "core/csv.h"
#include "core/edition.h"
#include "core/figures.h"
#include "core/rank.h"
#include "core/release.h"
#include "core/status.h"
#include "tests/core/england_pack.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define RELEASES "../shared/data/metrics/"

static struct pack *pack;

enum { AREAS_2021 = 307, AREAS_2023 = 294, DATASETS_MAX = 128 };

static void begin(void) {
    pack = england_pack(NULL);
}

static void end(void) {
    pack_destroy(&pack);
}

static struct release *try_release(const char *path, struct problems *problems) {
    size_t length = 0;
    char *bytes = england_load(path, &length);
    struct release *release = release_read(pack->geography, path, bytes, length, problems);
    free(bytes);
    return release;
}

static struct release *read_release(const char *path) {
    struct problems problems = {0};
    struct release *release = try_release(path, &problems);
    ck_assert_msg(release != NULL, "%s:%llu:%llu: %s", path,
                  (unsigned long long)problems.kept[0].line,
                  (unsigned long long)problems.kept[0].column, problems.kept[0].reason);
    return release;
}

/* Whether a metric or the comparison with spend is made of it; others are spare. */
static bool is_used(const struct definition *definition, size_t dataset) {
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (node_is_metric(&definition->nodes[k]) && definition->nodes[k].dataset == dataset)
            return true;
    }
    return definition->spend.dataset == dataset;
}

/* The one release that the pack has of each dataset that is used, and none of the others. */
static void read_releases(struct release **releases) {
    const struct definition *definition = pack->definition;
    ck_assert_uint_le(definition->n_datasets, DATASETS_MAX);
    for (size_t i = 0; i < definition->n_datasets; i++) {
        if (!is_used(definition, i))
            continue;
        char folder[200], path[600];
        (void)snprintf(folder, sizeof folder, ENGLAND "data/%s", definition->datasets[i].id);
        struct dirent **entries = NULL;
        int count = scandir(folder, &entries, NULL, alphasort);
        ck_assert_msg(count == 3, "%s has %d entries", folder, count); /* with . and .. */
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[2]->d_name);
        releases[i] = read_release(path);
        while (count--)
            free(entries[count]);
        free(entries);
    }
}

START_TEST(the_pack_is_what_it_should_be) {
    const struct definition *definition = pack->definition;
    size_t metrics = 0, missions = 0, proxies = 0;
    ck_assert_uint_eq(pack->geography->n_areas, AREAS_2021);
    ck_assert_uint_eq(geography_area(pack->geography, "E09000001"), SIZE_MAX); /* City of London */
    ck_assert_uint_eq(geography_area(pack->geography, "E06000053"), SIZE_MAX); /* Scilly */
    for (size_t k = 0; k < definition->n_nodes; k++) {
        const struct node *node = &definition->nodes[k];
        missions += node->level == 1;
        if (!node_is_metric(node))
            continue;
        metrics++;
        proxies += node->proxy;
        const struct dataset *dataset = &definition->datasets[node->dataset];
        ck_assert_msg(*node->unit && *dataset->publisher && *dataset->licence && *dataset->level,
                      "%s", node->id);
    }
    ck_assert_uint_eq(missions, 5);
    ck_assert_uint_eq(metrics, 40);
    ck_assert_uint_gt(proxies, 0);
    ck_assert_uint_eq(definition->bands, 5);
}
END_TEST

START_TEST(each_mission_has_eight_metrics) {
    const struct definition *definition = pack->definition;
    size_t counts[64] = {0};
    for (size_t k = 0; k < definition->n_nodes; k++) {
        size_t up = k;
        while (definition->nodes[up].level > 1)
            up = definition->nodes[up].parent;
        if (node_is_metric(&definition->nodes[k]))
            counts[up]++;
    }
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (definition->nodes[k].level == 1)
            ck_assert_uint_eq(counts[k], 8);
    }
}
END_TEST

START_TEST(every_place_is_ranked_and_the_same_bits_come_twice) {
    struct release *releases[DATASETS_MAX] = {0};
    struct fault fault = {0};
    read_releases(releases);
    const struct release *const *inputs = (const struct release *const *)releases;
    struct edition *first = edition_score(pack, inputs, &fault);
    struct edition *second = edition_score(pack, inputs, &fault);
    ck_assert_msg(first && second, "%s", fault.text);
    ck_assert_uint_eq(edition_ranked(first, 0), 307);
    for (size_t k = 0; k < pack->definition->n_nodes; k++) {
        const struct node_scores *a = &first->nodes[k], *b = &second->nodes[k];
        for (size_t i = 0; i < 307; i++) {
            ck_assert_uint_eq(a->score.status[i], b->score.status[i]);
            ck_assert_uint_eq(a->rank[i], b->rank[i]);
            if (a->score.status[i] == STATUS_VALUE)
                ck_assert(memcmp(&a->score.value[i], &b->score.value[i], sizeof(double)) == 0);
        }
    }
    edition_destroy(&first);
    edition_destroy(&second);
    for (size_t i = 0; i < pack->definition->n_datasets; i++)
        release_destroy(&releases[i]);
}
END_TEST

/* --- another vintage -------------------------------------------------------------------------- */

struct scored {
    struct pack *pack;
    struct figures *figures;
    struct edition *edition;
};

static struct scored score(const char *vintage, struct release **releases) {
    const struct release *const *inputs = (const struct release *const *)releases;
    struct fault fault = {0};
    struct scored out = {.pack = england_pack(vintage)};
    out.figures = figures_new(out.pack, inputs, &fault);
    out.edition = edition_score(out.pack, inputs, &fault);
    ck_assert_msg(out.figures && out.edition, "%s", fault.text);
    return out;
}

static void scored_destroy(struct scored *scored) {
    figures_destroy(&scored->figures);
    edition_destroy(&scored->edition);
    pack_destroy(&scored->pack);
}

/* Whether the district of 2021 became a part of the area of 2023, by the pack's own table. */
static bool is_part(const struct geography *g, const char *district, const char *area) {
    for (size_t i = 0; i < g->succession.n; i++) {
        const struct succession_row *row = &g->succession.rows[i];
        if (row->day == 20230401 && strcmp(g->codes[row->from].code, district) == 0 &&
            strcmp(g->codes[row->to].code, area) == 0)
            return true;
    }
    return false;
}

/* An area that is the same in both has the same figures; the mean of a new one's districts lies
 * among theirs. */
static void compare_figures(const struct scored *old, const struct scored *new, size_t k,
                            size_t *merged) {
    const struct geography *was = old->pack->geography, *is = new->pack->geography;
    const struct column *from = &old->figures->metrics[k].column;
    const struct column *to = &new->figures->metrics[k].column;
    for (size_t a = 0; a < is->n_areas; a++) {
        const char *code = is->areas[a].code;
        size_t same = geography_area(was, code);
        double least = INFINITY, most = -INFINITY;
        if (same != SIZE_MAX) {
            ck_assert_uint_eq(from->status[same], to->status[a]);
            ck_assert_msg(from->status[same] != STATUS_VALUE || from->value[same] == to->value[a],
                          "%s of %s", old->pack->definition->nodes[k].id, code);
            continue;
        }
        for (size_t d = 0; d < was->n_areas; d++) {
            if (!is_part(was, was->areas[d].code, code) || from->status[d] != STATUS_VALUE)
                continue;
            least = fmin(least, from->value[d]);
            most = fmax(most, from->value[d]);
        }
        if (to->rule[a] != RULE_AVERAGED)
            continue;
        ++*merged;
        ck_assert_msg(to->value[a] >= least && to->value[a] <= most, "%s of %s: %g in %g to %g",
                      old->pack->definition->nodes[k].id, code, to->value[a], least, most);
    }
}

START_TEST(one_line_moves_england_to_the_authorities_of_2023) {
    struct release *releases[DATASETS_MAX] = {0};
    read_releases(releases);
    struct scored old = score(NULL, releases), new = score("2023-04-01", releases);
    size_t merged = 0, composite = 0;
    ck_assert_uint_eq(new.pack->geography->n_areas, AREAS_2023);
    ck_assert_uint_eq(edition_ranked(new.edition, composite), AREAS_2023);
    ck_assert_uint_eq(geography_area(new.pack->geography, "E07000026"), SIZE_MAX); /* Allerdale */
    ck_assert_uint_ne(geography_area(new.pack->geography, "E06000063"), SIZE_MAX); /* Cumberland */
    for (size_t k = 0; k < new.pack->definition->n_nodes; k++) {
        if (node_is_metric(&new.pack->definition->nodes[k]))
            compare_figures(&old, &new, k, &merged);
    }
    ck_assert_uint_gt(merged, 4); /* crime of partnerships, surveys of the old districts */
    /* A place that did not change is about where it was, of 294 instead of 307. */
    for (size_t a = 0; a < AREAS_2023; a++) {
        size_t was = geography_area(pack->geography, new.pack->geography->areas[a].code);
        uint32_t rank = new.edition->nodes[composite].rank[a];
        ck_assert(rank >= 1 && rank <= AREAS_2023);
        if (was == SIZE_MAX)
            continue;
        double before = old.edition->nodes[composite].rank[was] / (double)AREAS_2021;
        ck_assert_msg(fabs(rank / (double)AREAS_2023 - before) < 0.05, "%s",
                      new.pack->geography->areas[a].name);
    }
    scored_destroy(&old);
    scored_destroy(&new);
    for (size_t i = 0; i < pack->definition->n_datasets; i++)
        release_destroy(&releases[i]);
}
END_TEST

START_TEST(the_codes_of_2025_are_a_vintage_too) {
    struct pack *later = england_pack("2026-04-01"), *before = england_pack("2025-04-01");
    ck_assert_uint_eq(later->geography->n_areas, AREAS_2023);
    ck_assert_uint_ne(geography_area(later->geography, "E08000038"), SIZE_MAX); /* Barnsley */
    ck_assert_uint_eq(geography_area(later->geography, "E08000016"), SIZE_MAX);
    /* The source states the year alone: the old code stands until its end. */
    ck_assert_uint_ne(geography_area(before->geography, "E08000016"), SIZE_MAX);
    pack_destroy(&later);
    pack_destroy(&before);
}
END_TEST

/* --- traps of real files ---------------------------------------------------------------------- */

/* The newest period of a release of a dataset, brought to the areas of a vintage. */
struct real {
    struct pack *pack;
    struct release *release;
    size_t period;
    struct dataset dataset;
    double value[AREAS_2021];
    uint8_t status[AREAS_2021], rule[AREAS_2021];
};

static void bring_real(struct real *real, size_t period) {
    struct column column = {real->pack->geography->n_areas, real->value, real->status, real->rule};
    struct fault fault = {0};
    real->period = period;
    ck_assert_msg(release_to_areas(real->release, period, real->pack->geography, &real->dataset,
                                   &column, &fault),
                  "%s", fault.text);
}

static struct real *open_real(const char *vintage, const char *level, const char *path) {
    struct real *real = calloc(1, sizeof *real);
    ck_assert_ptr_nonnull(real);
    real->pack = england_pack(vintage);
    real->release = read_release(path);
    real->dataset = (struct dataset){.id = "real", .level = level};
    bring_real(real, release_newest(real->release));
    return real;
}

static void close_real(struct real **real) {
    release_destroy(&(*real)->release);
    pack_destroy(&(*real)->pack);
    free(*real);
    *real = NULL;
}

static double published(const struct real *real, const char *code) {
    for (size_t i = 0; i < real->release->n; i++) {
        if (real->release->period[i] == real->period &&
            strcmp(real->release->codes[real->release->code[i]], code) == 0)
            return real->release->value[i];
    }
    ck_abort_msg("nothing published for %s", code);
    return 0;
}

static void has(const struct real *real, const char *area, double value, enum rule rule) {
    size_t a = geography_area(real->pack->geography, area);
    ck_assert_uint_ne(a, SIZE_MAX);
    ck_assert_msg(real->status[a] == STATUS_VALUE && real->rule[a] == rule, "%s: %s, %s", area,
                  status_words(real->status[a]), rule_name(real->rule[a]));
    ck_assert_msg(fabs(real->value[a] - value) <= 1e-9 * fabs(value), "%s: %.17g, not %.17g", area,
                  real->value[a], value);
}

#define GCSE ENGLAND "data/gcse-english-maths-19/2026-04-24.csv"
#define KS2  ENGLAND "data/ks2-reading-writing-maths/2025-12-16.csv"

START_TEST(barnsley_under_both_codes_counts_once) {
    struct real *real = open_real(NULL, "lad", GCSE);
    has(real, "E08000016", published(real, "E08000038"), RULE_DIRECT);
    close_real(&real);
    real = open_real("2026-04-01", "lad", GCSE);
    has(real, "E08000038", published(real, "E08000016"), RULE_DIRECT);
    close_real(&real);
    real = open_real(NULL, "lad", ENGLAND "data/house-price-to-earnings/2025-04-01.csv");
    has(real, "E08000019", published(real, "E08000039"), RULE_RECODED); /* Sheffield */
    close_real(&real);
}
END_TEST

START_TEST(unitaries_of_2023_beside_their_districts_count_once) {
    struct real *real = open_real(NULL, "lad", GCSE);
    has(real, "E07000026", published(real, "E07000026"), RULE_DIRECT);
    close_real(&real);
    real = open_real("2023-04-01", "lad", GCSE);
    has(real, "E06000063", published(real, "E06000063"), RULE_DIRECT);
    close_real(&real);
    /* Two districts are left in the list: Scarborough takes its own, Ryedale the unitary's. */
    real = open_real(NULL, "lad", KS2);
    has(real, "E07000168", published(real, "E07000168"), RULE_DIRECT);
    has(real, "E07000167", published(real, "E06000065"), RULE_SUCCESSOR);
    has(real, "E07000246", published(real, "E06000066"), RULE_SUCCESSOR); /* one of its two parts */
    close_real(&real);
}
END_TEST

START_TEST(partnerships_that_do_not_follow_borders_are_weighted) {
    struct real *real = open_real(NULL, "csp", ENGLAND "data/shoplifting/2024-07-01-P1Y.csv");
    double bcp = (197376 * published(real, "E22000063") + 153922 * published(real, "E22000067") +
                  51261 * published(real, "E22000367")) /
                 (197376 + 153922 + 51261);
    has(real, "E06000058", bcp, RULE_AVERAGED);
    has(real, "E06000059", published(real, "E22000367"), RULE_CASCADED);
    has(real, "E07000187", published(real, "E22000369"), RULE_CASCADED); /* Mendip */
    close_real(&real);
    real = open_real("2023-04-01", "csp", ENGLAND "data/shoplifting/2024-07-01-P1Y.csv");
    has(real, "E06000058", bcp, RULE_AVERAGED);
    has(real, "E06000066", published(real, "E22000369"), RULE_RECODED); /* Somerset */
    close_real(&real);
}
END_TEST

/* Deaths are published for Cornwall with Scilly, and Hackney with the City, under one code. */
START_TEST(two_places_under_one_code_serve_the_larger) {
    struct real *real = open_real(NULL, "lad", RELEASES "health/preventable-cvd-mortality.csv");
    has(real, "E06000052", published(real, "E67000002"), RULE_CASCADED);
    has(real, "E09000012", published(real, "E67000001"), RULE_CASCADED);
    ck_assert_uint_eq(geography_code(real->pack->geography, "E06000053, E06000052"),
                      geography_code(real->pack->geography, "E67000002"));
    close_real(&real);
}
END_TEST

/* Journey times of 2019 stand under the codes of 2018. */
START_TEST(codes_from_before_2021_reach_the_areas_of_today) {
    struct real *real = open_real(NULL, "lad", RELEASES "growth/jobs-access-public-transport.csv");
    double forest_heath = published(real, "E07000201"), edmundsbury = published(real, "E07000204");
    has(real, "E07000245", (64028 * forest_heath + 115923 * edmundsbury) / (64028 + 115923),
        RULE_AVERAGED);
    has(real, "E07000240", published(real, "E07000100"), RULE_RECODED); /* St Albans, 2012 */
    for (size_t a = 0; a < AREAS_2021; a++)
        ck_assert_msg(real->status[a] == STATUS_VALUE, "%s", real->pack->geography->areas[a].name);
    close_real(&real);
    real = open_real("2023-04-01", "lad", RELEASES "growth/jobs-access-public-transport.csv");
    for (size_t a = 0; a < AREAS_2023; a++)
        ck_assert_msg(real->status[a] == STATUS_VALUE, "%s", real->pack->geography->areas[a].name);
    close_real(&real);
}
END_TEST

/* --- the publishers' releases ----------------------------------------------------------------- */

/* releases.csv: how many rows each file has is in its column 4, the file's name in column 3. One
 * file dates its figures to 31 September, and is refused for it. */
START_TEST(every_real_release_is_read_row_by_row_or_refused_for_a_day_that_is_none) {
    size_t length = 0, files = 0, refused = 0;
    char *index = england_load(RELEASES "releases.csv", &length);
    struct csv *csv = csv_new(index, length);
    struct csv_record record;
    struct fault fault = {0};
    ck_assert_int_eq(csv_next(csv, &record, &fault), CSV_RECORD);
    ck_assert_str_eq(record.fields[3].text, "file");
    ck_assert_str_eq(record.fields[4].text, "rows");
    while (csv_next(csv, &record, &fault) == CSV_RECORD) {
        char path[600];
        (void)snprintf(path, sizeof path, RELEASES "%s", record.fields[3].text);
        struct problems problems = {0};
        struct release *release = try_release(path, &problems);
        files++;
        if (!release) {
            ck_assert_msg(strstr(problems.kept[0].reason, "2024-09-31") != NULL, "%s: %s", path,
                          problems.kept[0].reason);
            ck_assert_uint_eq(problems.kept[0].line, 2);
            refused++;
            continue;
        }
        ck_assert_uint_eq(release->n, strtoul(record.fields[4].text, NULL, 10));
        ck_assert_uint_ne(release_newest(release), SIZE_MAX);
        release_destroy(&release);
    }
    ck_assert_uint_eq(files, 79);
    ck_assert_uint_eq(refused, 1);
    csv_destroy(&csv);
    free(index);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("england");
    TCase *tests = tcase_create("england");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_pack_is_what_it_should_be);
    tcase_add_test(tests, each_mission_has_eight_metrics);
    tcase_add_test(tests, every_place_is_ranked_and_the_same_bits_come_twice);
    tcase_add_test(tests, one_line_moves_england_to_the_authorities_of_2023);
    tcase_add_test(tests, the_codes_of_2025_are_a_vintage_too);
    tcase_add_test(tests, barnsley_under_both_codes_counts_once);
    tcase_add_test(tests, unitaries_of_2023_beside_their_districts_count_once);
    tcase_add_test(tests, partnerships_that_do_not_follow_borders_are_weighted);
    if (access(RELEASES "releases.csv", R_OK) == 0) {
        tcase_add_test(tests,
                       every_real_release_is_read_row_by_row_or_refused_for_a_day_that_is_none);
        tcase_add_test(tests, two_places_under_one_code_serve_the_larger);
        tcase_add_test(tests, codes_from_before_2021_reach_the_areas_of_today);
    } else
        puts("skipped: the publishers' releases, as their folder is not beside the project");
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
