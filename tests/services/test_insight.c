/* What a scoring worker tells of a release's changes, on England's index: large enough that rank
 * intervals are found in a thread of their own. */
#include <stdio.h>
#include <stdlib.h>

#include "core/edition.h"
#include "core/figures.h"
#include "core/uncertainty.h"
#include "services/scoring/insight.h"
#include "tests/core/england_pack.h"

static struct pack *pack;
static struct arena *arena;
static struct release **older, **newer;

static struct release *read_one(const char *path) {
    struct problems problems = {0};
    size_t length;
    char *bytes = england_load(path, &length);
    struct release *release = release_read(pack->geography, path, bytes, length, &problems);
    ck_assert_msg(release != NULL, "%s: %s", path, problems.kept[0].reason);
    free(bytes);
    return release;
}

/* The last of the dataset's files in the pack; NULL: it has none that is tidy. */
static struct release *shipped(const char *dataset) {
    char folder[ENGLAND_NAME_ROOM], path[2 * ENGLAND_NAME_ROOM] = "";
    struct dirent **entries = NULL;
    (void)snprintf(folder, sizeof folder, ENGLAND "data/%s", dataset);
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (strstr(entries[i]->d_name, ".csv"))
            (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return *path ? read_one(path) : NULL;
}

static void begin(void) {
    arena = arena_new();
    pack = england_pack(NULL);
    size_t n = pack->definition->n_datasets;
    older = calloc(n, sizeof(struct release *));
    newer = calloc(n, sizeof(struct release *));
    for (size_t i = 0; i < n; i++)
        older[i] = newer[i] = shipped(pack->definition->datasets[i].id);
    size_t changed = definition_dataset(pack->definition, "gigabit-broadband");
    ck_assert_uint_ne(changed, NO_DATASET);
    newer[changed] = read_one(ENGLAND "newer/gigabit-broadband/2026-05-19.csv");
}

static void end(void) {
    for (size_t i = 0; i < pack->definition->n_datasets; i++) {
        if (newer[i] && newer[i] != older[i])
            release_destroy(&newer[i]);
        if (older[i])
            release_destroy(&older[i]);
    }
    free(older);
    free(newer);
    pack_destroy(&pack);
    arena_destroy(&arena);
}

static Told *told_of(const Reason *reason) {
    Told *told = mindex__v1__told__unpack(NULL, reason->told.len, reason->told.data);
    ck_assert_ptr_nonnull(told);
    return told;
}

START_TEST(every_change_has_its_reason_and_the_interval_that_is_its_nodes) {
    struct fault fault = {0};
    const struct explain_side was = {pack, (const struct release *const *)older};
    const struct explain_side is = {pack, (const struct release *const *)newer};
    struct edition *before = edition_score(pack, was.releases, &fault);
    struct edition *edition = edition_score(pack, is.releases, &fault);
    ck_assert_msg(before && edition, "%s", fault.text);
    Insight *insight = insight_find(arena, &was, before, &is, edition, &fault);
    ck_assert_msg(insight != NULL, "%s", fault.text);
    struct figures *figures = figures_new(pack, is.releases, &fault);
    const struct uncertainty *u = &pack->definition->uncertainty;
    size_t root = 0, at_root = 0;
    struct spread *spread = NULL;
    ck_assert(uncertainty_spread(pack, figures, &root, 1, u->replicates, u->seed, &spread, &fault));
    for (size_t i = 0; i < insight->n_reasons; i++) {
        const Reason *reason = insight->reasons[i];
        Told *told = told_of(reason);
        bool metric = node_is_metric(&pack->definition->nodes[reason->node]);
        ck_assert(told->why && told->n_causes > 0);
        ck_assert(told->has_rank_low == !metric && told->has_rank_high == !metric);
        if (reason->node == root) {
            ck_assert_double_eq(told->rank_low, spread->areas[reason->area].low);
            ck_assert_double_eq(told->rank_high, spread->areas[reason->area].high);
            at_root++;
        }
        mindex__v1__told__free_unpacked(told, NULL);
    }
    ck_assert_uint_gt(at_root, 0);
    spread_destroy(&spread);
    figures_destroy(&figures);
    edition_destroy(&before);
    edition_destroy(&edition);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("insight");
    TCase *tests = tcase_create("insight");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, every_change_has_its_reason_and_the_interval_that_is_its_nodes);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
