/* What charts of points share: axes, their round figures, and where a name may stand. */
#include "services/views/plot.h"
#include "services/views/svg.h"
#include "tests/suite.h"

#include <math.h>

START_TEST(an_axis_has_room_beyond_its_figures) {
    struct plot_axis axis = plot_axis(10, 30, false, 100, 500);
    ck_assert(!axis.log && axis.low < 10 && axis.high > 30);
    ck_assert(plot_at(&axis, 10) > 100 && plot_at(&axis, 30) < 500);
    ck_assert_double_eq_tol(plot_at(&axis, 20), 300, 1e-9);
    ck_assert_double_eq_tol(plot_at(&axis, axis.low), 100, 1e-9);
    ck_assert_double_eq_tol(plot_at(&axis, axis.high), 500, 1e-9);
}
END_TEST

START_TEST(an_axis_may_be_logarithmic_and_turned) {
    struct plot_axis axis = plot_axis(10, 1000, true, 600, 100);
    ck_assert(axis.log);
    double a = plot_at(&axis, 10), b = plot_at(&axis, 100), c = plot_at(&axis, 1000);
    ck_assert(a < 600 && a > b && b > c && c > 100);
    ck_assert_double_eq_tol(a - b, b - c, 1e-9);
    ck_assert(!plot_axis(0, 1000, true, 0, 1).log); /* 0 has no logarithm */
    ck_assert(!plot_axis(-1, 1000, true, 0, 1).log);
}
END_TEST

START_TEST(ticks_are_round_and_on_the_axis) {
    static const struct {
        double low, high, first, step;
        size_t n;
    } cases[] = {
        {0, 100, 0, 20, 6},
        {3, 7, 3, 1, 5},
        {-1, 1, -1, 0.5, 5},
        {1420, 2685, 1400, 200, 7},
    };
    double ticks[PLOT_TICKS_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plot_axis axis = plot_axis(cases[i].low, cases[i].high, false, 0, 1);
        ck_assert_uint_eq(plot_ticks(&axis, ticks), cases[i].n);
        for (size_t k = 0; k < cases[i].n; k++) {
            ck_assert_double_eq_tol(ticks[k], cases[i].first + (double)k * cases[i].step, 1e-9);
            ck_assert(!signbit(ticks[k]) || ticks[k] < 0); /* no minus before a zero */
        }
    }
}
END_TEST

START_TEST(a_logarithmic_axis_has_1_2_and_5) {
    static const double expected[] = {50, 100, 200, 500, 1000};
    double ticks[PLOT_TICKS_MAX];
    struct plot_axis axis = plot_axis(50, 1500, true, 0, 1);
    ck_assert_uint_eq(plot_ticks(&axis, ticks), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_double_eq_tol(ticks[i], expected[i], 1e-9);
}
END_TEST

/* A worker's extreme figures may come here: no axis goes on for ever, or beyond its room. */
START_TEST(extreme_figures_have_few_ticks) {
    static const double figures[] = {5e-324, 1e-300, 1, 1e300, 1.7e308, -1.7e308, 0};
    double ticks[PLOT_TICKS_MAX];
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) {
            for (int log = 0; log < 2; log++) {
                struct plot_axis axis = plot_axis(figures[i], figures[k], log, 0, 1);
                ck_assert_uint_le(plot_ticks(&axis, ticks), PLOT_TICKS_MAX);
            }
        }
    }
}
END_TEST

START_TEST(money_is_said_shortly) {
    char text[40];
    static const struct {
        double pounds;
        const char *text;
    } cases[] = {{0, "£0"},        {0.5, "£0.5"},      {200, "£200"},
                 {1000, "£1,000"}, {12345, "£12,345"}, {1e12, "£1e+12"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        plot_money(cases[i].pounds, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(the_sides_of_a_point_do_not_cover_it) {
    struct plot_box sides[PLOT_SIDES];
    const struct plot_box dot = {95, 105, 195, 205, SVG_MIDDLE};
    plot_sides(100, 200, 60, sides);
    for (size_t i = 0; i < PLOT_SIDES; i++) {
        ck_assert(!plot_overlaps(&sides[i], &dot));
        ck_assert_double_eq_tol(sides[i].right - sides[i].left, 60, 1e-9);
        for (size_t k = 0; k < i; k++)
            ck_assert(!plot_overlaps(&sides[i], &sides[k]));
    }
    ck_assert(plot_overlaps(&dot, &dot));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("plot");
    TCase *tests = tcase_create("plot");
    tcase_add_test(tests, an_axis_has_room_beyond_its_figures);
    tcase_add_test(tests, an_axis_may_be_logarithmic_and_turned);
    tcase_add_test(tests, ticks_are_round_and_on_the_axis);
    tcase_add_test(tests, a_logarithmic_axis_has_1_2_and_5);
    tcase_add_test(tests, extreme_figures_have_few_ticks);
    tcase_add_test(tests, money_is_said_shortly);
    tcase_add_test(tests, the_sides_of_a_point_do_not_cover_it);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
