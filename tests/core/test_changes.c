#include "tests/suite.h"

#include "core/changes.h"
#include "core/status.h"
#include "tests/core/small_pack.h"

static struct edition *edition_with_soot(const struct pack *pack, const char *soot) {
    struct fault fault = {0};
    struct edition *edition = small_edition_of(pack, SMALL_PAY, SMALL_JOBS, soot, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    return edition;
}

static struct changes *between(const struct pack *old_pack, const struct edition *old_edition,
                               const struct pack *new_pack, const struct edition *new_edition) {
    struct fault fault = {0};
    struct changes *changes = changes_between(old_pack, old_edition, new_pack, new_edition, &fault);
    ck_assert_msg(changes != NULL, "%s", fault.text);
    return changes;
}

START_TEST(the_same_edition_has_no_changes) {
    struct pack *pack = small_pack();
    struct edition *edition = small_edition(pack);
    struct changes *changes = between(pack, edition, pack, edition);
    ck_assert_uint_eq(changes->count, 0);
    changes_destroy(&changes);
    ck_assert_ptr_null(changes);
    changes_destroy(&changes);
    edition_destroy(&edition);
    pack_destroy(&pack);
}
END_TEST

START_TEST(changes_are_by_node_then_area_with_both_sides) {
    struct pack *pack = small_pack();
    struct edition *was = small_edition(pack);
    /* E05 gets its figure, the highest: soot ranks were 1 4 2 2 - 5, and are 2 5 3 3 1 6. */
    struct edition *is = edition_with_soot(
        pack, "area_code,period,value\nE01,2025,5\nE02,2025,1\nE03,2025,3\nE04,2025,3\n"
              "E05,2025,9\nE06,2025,0\n");
    struct changes *changes = between(pack, was, pack, is);
    ck_assert_uint_eq(changes_at(changes, WORK), 0);
    ck_assert_uint_eq(changes_at(changes, PAY), 0);
    ck_assert_uint_eq(changes_at(changes, SOOT), 6);
    ck_assert_uint_eq(changes_at(changes, AIR), 6);
    for (size_t i = 1; i < changes->count; i++) {
        const struct change *a = &changes->changes[i - 1], *b = &changes->changes[i];
        ck_assert(a->node < b->node || (a->node == b->node && a->area < b->area));
    }
    const struct change *soot = &changes->changes[changes->count - 6];
    ck_assert_uint_eq(soot[E01].node, SOOT);
    ck_assert_uint_eq(soot[E01].old_rank, 1);
    ck_assert_uint_eq(soot[E01].new_rank, 2);
    ck_assert_uint_eq(soot[E01].old_band, 1);
    ck_assert(soot[E01].old_score == 100 && soot[E01].new_score == 80);
    ck_assert_uint_eq(soot[E05].old_rank, 0);
    ck_assert_uint_eq(soot[E05].new_rank, 1);
    ck_assert_uint_eq(soot[E05].old_band, 0);
    ck_assert_uint_eq(soot[E05].new_band, 1);
    ck_assert_uint_eq(soot[E05].old_status, STATUS_ABSENT);
    ck_assert_uint_eq(soot[E05].new_status, STATUS_VALUE);
    changes_destroy(&changes);
    edition_destroy(&was);
    edition_destroy(&is);
    pack_destroy(&pack);
}
END_TEST

START_TEST(a_score_that_moves_without_its_rank_is_no_change) {
    struct pack *pack = small_pack();
    struct edition *was = small_edition(pack);
    struct edition *is = small_edition(pack);
    is->nodes[ALL].score.value[E01] += 1;
    struct changes *changes = between(pack, was, pack, is);
    ck_assert_uint_eq(changes->count, 0);
    changes_destroy(&changes);
    edition_destroy(&was);
    edition_destroy(&is);
    pack_destroy(&pack);
}
END_TEST

START_TEST(packs_are_matched_by_id_and_code) {
    /* The newer pack has the areas in another order, and 'rain' for 'air'. */
    static const char definition[] = SMALL_HEAD SMALL_LEVELS
        "tree:\n"
        "  id: all\n"
        "  name: All\n"
        "  children:\n"
        "    - {id: rain, name: Rain, children: [{id: soot, name: Soot, unit: mg,\n"
        "        direction: higher-is-need}]}\n"
        "    - {id: work, name: Work, children: [{id: pay, name: Pay, unit: GBP,\n"
        "        direction: lower-is-need}]}\n" SMALL_DATASETS;
    static const char areas[] = SMALL_AREAS_HEADER "E04,Damson,R2,South,district,500000,-1,51\n"
                                                   "E01,Ash,R1,North,district,1000000,-1,54\n"
                                                   "E02,Birch,R1,North,district,2000000,-1,54\n"
                                                   "E03,Cedar,R1,North,district,3000000,-2,54\n"
                                                   "E05,Elm,R2,South,district,1000000,-1,51\n"
                                                   "E06,Fir,R2,South,city,4000000,-2,51\n"
                                                   "E07,Gorse,R1,North,city,10,-2,55\n";
    struct pack *old_pack = small_pack();
    struct edition *was = small_edition(old_pack);
    struct fault fault = {0};
    struct pack *new_pack = small_pack_of(definition, areas, &fault);
    ck_assert_msg(new_pack != NULL, "%s", fault.text);
    struct edition *is = small_edition(new_pack);
    struct changes *changes = between(old_pack, was, new_pack, is);
    enum { NEW_ALL, RAIN, NEW_SOOT, NEW_WORK, NEW_PAY };
    ck_assert_uint_eq(changes_at(changes, RAIN), 0);
    ck_assert_uint_eq(changes_at(changes, NEW_SOOT), 0);
    ck_assert_uint_eq(changes_at(changes, NEW_PAY), 0);
    /* Of pay alone work ranks 1 2 3 4 5 -; it was 5 6 3 4 2 1: E01, E02, E05 and E06 moved. */
    ck_assert_uint_eq(changes_at(changes, NEW_WORK), 4);
    const struct change *first = NULL;
    for (size_t i = 0; i < changes->count && !first; i++) {
        if (changes->changes[i].node == NEW_WORK)
            first = &changes->changes[i];
    }
    ck_assert_uint_eq(first->area, 1); /* E01 is second in the newer table */
    ck_assert_uint_eq(first->old_rank, 5);
    ck_assert_uint_eq(first->new_rank, 1);
    changes_destroy(&changes);
    edition_destroy(&was);
    edition_destroy(&is);
    pack_destroy(&old_pack);
    pack_destroy(&new_pack);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("changes");
    TCase *t = tcase_create("changes");
    tcase_add_test(t, the_same_edition_has_no_changes);
    tcase_add_test(t, changes_are_by_node_then_area_with_both_sides);
    tcase_add_test(t, a_score_that_moves_without_its_rank_is_no_change);
    tcase_add_test(t, packs_are_matched_by_id_and_code);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
