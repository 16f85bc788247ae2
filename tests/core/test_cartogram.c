#include "core/assignment.h"
#include "core/cartogram.h"
#include "core/holes.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

#include <math.h>

/* --- the assignment problem ------------------------------------------------------------------- */

/* The least sum over all ways to seat persons i.. on free seats. */
static double brute_force(const double *cost, size_t n, size_t m, size_t i, unsigned taken) {
    if (i == n)
        return 0;
    double best = INFINITY;
    for (size_t k = 0; k < m; k++) {
        if (taken & 1u << k)
            continue;
        double sum = cost[i * m + k] + brute_force(cost, n, m, i + 1, taken | 1u << k);
        best = sum < best ? sum : best;
    }
    return best;
}

START_TEST(no_other_seating_costs_less) {
    uint64_t random = 2463534242u;
    for (int round = 0; round < 300; round++) {
        double cost[36];
        size_t n = 1 + (size_t)round % 6, m = n + (size_t)round % (7 - n), chosen[6];
        for (size_t i = 0; i < n * m; i++) {
            (void)suite_random(&random);
            cost[i] = (double)(random % 10);
        }
        ck_assert(assignment_solve(cost, n, m, chosen));
        double sum = 0;
        unsigned taken = 0;
        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_lt(chosen[i], m);
            ck_assert(!(taken & 1u << chosen[i]));
            taken |= 1u << chosen[i];
            sum += cost[i * m + chosen[i]];
        }
        ck_assert_double_eq_tol(sum, brute_force(cost, n, m, 0, 0), 1e-9);
    }
}
END_TEST

/* --- the cartogram ---------------------------------------------------------------------------- */

START_TEST(each_area_has_a_cell_of_its_own_near_its_place) {
    struct pack *pack = small_pack();
    struct fault fault = {0};
    struct cell cells[SMALL_AREA_COUNT], again[SMALL_AREA_COUNT];
    ck_assert_msg(cartogram_layout(pack->geography, cells, &fault), "%s", fault.text);
    ck_assert(cartogram_layout(pack->geography, again, &fault));
    ck_assert_mem_eq(cells, again, sizeof cells);
    int top = 1000, left = 1000;
    for (size_t i = 0; i < SMALL_AREA_COUNT; i++) {
        top = cells[i].row < top ? cells[i].row : top;
        left = cells[i].column < left ? cells[i].column : left;
        for (size_t k = 0; k < i; k++)
            ck_assert(cells[i].row != cells[k].row || cells[i].column != cells[k].column);
    }
    ck_assert_int_le(top, 1);
    ck_assert_int_eq(left, 0);
    /* Ash, Birch and Cedar lie three degrees north of Damson, Elm and Fir, from east to west. */
    for (size_t north = E01; north <= E03; north++) {
        for (size_t south = E04; south <= E06; south++)
            ck_assert_int_lt(cells[north].row, cells[south].row);
    }
    ck_assert_int_lt(cells[E03].column, cells[E01].column);
    ck_assert_int_lt(cells[E06].column, cells[E04].column);
    pack_destroy(&pack);
}
END_TEST

/* So many areas at these places, of which only that is looked at. */
static bool lay_out(size_t n, double longitude_step, double latitude_step, struct cell *cells,
                    struct fault *fault) {
    struct area *areas = calloc(n + 1, sizeof *areas);
    for (size_t i = 0; i < n; i++) {
        areas[i].longitude = (double)i * longitude_step;
        areas[i].latitude = 50 + (double)i * latitude_step;
    }
    const struct geography geography = {.areas = areas, .n_areas = n};
    *fault = (struct fault){0};
    bool good = cartogram_layout(&geography, cells, fault);
    free(areas);
    return good;
}

START_TEST(one_area_and_areas_in_one_spot_have_cells_too) {
    struct fault fault;
    struct cell cells[8];
    ck_assert_msg(lay_out(1, 0, 0, cells, &fault), "%s", fault.text);
    ck_assert(cells[0].column == 0 && cells[0].row <= 1);
    static const double steps[][2] = {{0, 0}, {0.1, 0}, {0, 0.1}, {0.1, -0.1}};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        ck_assert_msg(lay_out(8, steps[s][0], steps[s][1], cells, &fault), "%s", fault.text);
        for (size_t i = 0; i < 8; i++) {
            ck_assert(cells[i].row >= 0 && cells[i].column >= 0);
            for (size_t k = 0; k < i; k++)
                ck_assert(cells[i].row != cells[k].row || cells[i].column != cells[k].column);
        }
    }
}
END_TEST

START_TEST(no_area_and_more_than_can_be_read_are_refused) {
    struct fault fault;
    ck_assert(!lay_out(0, 0, 0, NULL, &fault));
    ck_assert_str_eq(fault.text, "a cartogram of 0 areas, expected 1 to 1000");
    ck_assert(!lay_out(1001, 0, 0, NULL, &fault));
    ck_assert_str_eq(fault.text, "a cartogram of 1001 areas, expected 1 to 1000");
}
END_TEST

/* --- holes ------------------------------------------------------------------------------------ */

enum { COLUMNS = 9, ROWS = 9, SEATS = COLUMNS * ROWS };

/* Empty seats that cannot be reached from the rim over empty seats. */
static size_t holes(const bool *taken) {
    bool open[SEATS] = {false};
    size_t count = 0;
    for (bool more = true; more;) {
        more = false;
        for (int seat = 0; seat < SEATS; seat++) {
            struct cell cell = {seat % COLUMNS, seat / COLUMNS};
            for (int edge = 0; !taken[seat] && !open[seat] && edge < CELL_EDGES; edge++) {
                struct cell next = cell_across(cell, edge);
                bool beyond =
                    next.column < 0 || next.column >= COLUMNS || next.row < 0 || next.row >= ROWS;
                if (beyond || open[next.row * COLUMNS + next.column])
                    more = open[seat] = true;
            }
        }
    }
    for (int seat = 0; seat < SEATS; seat++)
        count += !taken[seat] && !open[seat];
    return count;
}

START_TEST(no_empty_cell_is_enclosed) {
    uint64_t random = 88172645463325252u;
    size_t with_holes = 0;
    for (int round = 0; round < 500; round++) {
        bool taken[SEATS] = {false};
        size_t chosen[SEATS], n = 0;
        for (size_t seat = 0; seat < SEATS; seat++) {
            (void)suite_random(&random);
            taken[seat] = random % 10 < 7;
            if (taken[seat])
                chosen[n++] = seat;
        }
        with_holes += holes(taken) > 0;
        ck_assert(holes_close(chosen, n, COLUMNS, ROWS));
        memset(taken, 0, sizeof taken);
        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_lt(chosen[i], SEATS);
            ck_assert(!taken[chosen[i]]);
            taken[chosen[i]] = true;
        }
        ck_assert_uint_eq(holes(taken), 0);
    }
    ck_assert_uint_gt(with_holes, 100);
}
END_TEST

START_TEST(a_hole_is_filled_by_its_neighbours_alone) {
    /* A ring of six around seat (4, 4), and one more beyond its eastern hexagon. */
    const struct cell hole = {4, 4};
    size_t chosen[CELL_EDGES + 1], before[CELL_EDGES + 1], moved = 0;
    for (int edge = 0; edge < CELL_EDGES; edge++) {
        struct cell cell = cell_across(hole, edge);
        chosen[edge] = (size_t)(cell.row * COLUMNS + cell.column);
    }
    chosen[CELL_EDGES] = (size_t)(hole.row * COLUMNS + hole.column + 2);
    memcpy(before, chosen, sizeof chosen);
    ck_assert(holes_close(chosen, CELL_EDGES + 1, COLUMNS, ROWS));
    for (int i = 0; i <= CELL_EDGES; i++)
        moved += chosen[i] != before[i];
    ck_assert_uint_eq(moved, 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("cartogram");
    TCase *tests = tcase_create("cartogram");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, no_other_seating_costs_less);
    tcase_add_test(tests, each_area_has_a_cell_of_its_own_near_its_place);
    tcase_add_test(tests, one_area_and_areas_in_one_spot_have_cells_too);
    tcase_add_test(tests, no_area_and_more_than_can_be_read_are_refused);
    tcase_add_test(tests, no_empty_cell_is_enclosed);
    tcase_add_test(tests, a_hole_is_filled_by_its_neighbours_alone);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
