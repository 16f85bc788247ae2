#include "tests/suite.h"

#include "core/grid.h"

#include <string.h>

/* The next in the order of a dictionary. False: it was the last. */
static bool next(uint32_t *point, size_t parts) {
    size_t p = parts - 1;
    while (p && !point[p])
        p--;
    if (!p)
        return false;
    uint32_t moved = point[p];
    point[p] = 0;
    point[p - 1]++;
    point[parts - 1] = moved - 1;
    return true;
}

START_TEST(points_are_all_compositions_in_order) {
    struct fault fault = {0};
    for (size_t parts = 2; parts <= 6; parts++) {
        for (uint32_t steps = 1; steps <= 8; steps++) {
            struct grid *grid = grid_new(parts, steps, &fault);
            uint32_t expected[6] = {0}, found[6];
            uint64_t k = 0;
            expected[parts - 1] = steps;
            do {
                grid_point(grid, k++, found);
                ck_assert_mem_eq(found, expected, parts * sizeof *found);
            } while (next(expected, parts));
            ck_assert_uint_eq(grid_points(grid), k);
            grid_destroy(&grid);
        }
    }
}
END_TEST

START_TEST(the_number_of_points_is_a_binomial_coefficient) {
    static const struct {
        size_t parts;
        uint32_t steps;
        uint64_t points;
    } known[] = {{5, 20, 10626}, {2, 1000, 1001}, {40, 5, 1086008}, {5, 1000, 42084793751}};
    struct fault fault = {0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct grid *grid = grid_new(known[i].parts, known[i].steps, &fault);
        ck_assert_uint_eq(grid_points(grid), known[i].points);
        uint32_t last[GRID_PARTS_MAX];
        grid_point(grid, known[i].points - 1, last);
        ck_assert_uint_eq(last[0], known[i].steps);
        grid_destroy(&grid);
    }
}
END_TEST

START_TEST(what_is_no_grid_or_too_large_is_refused) {
    static const struct {
        size_t parts;
        uint32_t steps;
    } bad[] = {{1, 5}, {0, 5}, {2, 0}, {65, 5}, {2, 1001}, {64, 1000}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault fault = {0};
        ck_assert_ptr_null(grid_new(bad[i].parts, bad[i].steps, &fault));
        ck_assert(fault.kind == FAULT_INPUT);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("grid");
    TCase *t = tcase_create("grid");
    tcase_add_test(t, points_are_all_compositions_in_order);
    tcase_add_test(t, the_number_of_points_is_a_binomial_coefficient);
    tcase_add_test(t, what_is_no_grid_or_too_large_is_refused);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
