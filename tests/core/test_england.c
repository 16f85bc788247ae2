/* The England pack as it is shipped, and the publishers' own successive releases where their folder
 * is beside the project. */
#include "core/csv.h"
#include "core/edition.h"
#include "core/file.h"
#include "core/rank.h"
#include "core/release.h"
#include "core/status.h"
#include "tests/suite.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#define ENGLAND  "deploy/england/"
#define RELEASES "../shared/data/metrics/"

static struct pack *pack;

static char *load(const char *path, size_t *length) {
    struct problems problems = {0};
    char *bytes = NULL;
    bool loaded = file_load(path, RELEASE_BYTES_MAX, &bytes, length, &problems);
    ck_assert_msg(loaded, "%s: %s", path, problems.kept[0].reason);
    return bytes;
}

static void begin(void) {
    static const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv",
                                        "changes.csv"};
    enum { FILES = 5 };
    struct table files[FILES];
    struct fault fault = {0};
    for (size_t i = 0; i < FILES; i++) {
        char path[200];
        (void)snprintf(path, sizeof path, ENGLAND "%s", names[i]);
        files[i].name = names[i];
        files[i].bytes = load(path, &files[i].length);
    }
    pack = pack_read("index.yaml", files, FILES, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
    for (size_t i = 0; i < FILES; i++)
        free((char *)files[i].bytes);
}

static void end(void) {
    pack_destroy(&pack);
}

static struct release *try_release(const char *path, struct problems *problems) {
    size_t length = 0;
    char *bytes = load(path, &length);
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

/* The one release that the pack has of each dataset. */
static void read_releases(struct release **releases) {
    const struct definition *definition = pack->definition;
    for (size_t i = 0; i < definition->n_datasets; i++) {
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
    ck_assert_uint_eq(pack->geography->n_areas, 307);
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
    struct release *releases[64] = {0};
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

/* --- the publishers' releases ----------------------------------------------------------------- */

/* releases.csv: how many rows each file has is in its column 4, the file's name in column 3. One
 * file dates its figures to 31 September, and is refused for it. */
START_TEST(every_real_release_is_read_row_by_row_or_refused_for_a_day_that_is_none) {
    size_t length = 0, files = 0, refused = 0;
    char *index = load(RELEASES "releases.csv", &length);
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
    if (access(RELEASES "releases.csv", R_OK) == 0)
        tcase_add_test(tests,
                       every_real_release_is_read_row_by_row_or_refused_for_a_day_that_is_none);
    else
        puts("skipped: the publishers' releases, as their folder is not beside the project");
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
