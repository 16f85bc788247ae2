#include "core/cells.h"
#include "tests/suite.h"

#include <string.h>

static struct cells cells;
static struct fault fault;

static void begin(void) {
    cells = (struct cells){0};
    fault = (struct fault){0};
}

static void end(void) {
    cells_free(&cells);
}

static bool gather(const char *text) {
    return cells_gather(&cells, text, strlen(text), &fault);
}

START_TEST(a_row_holds_its_cells_however_often_the_text_moves) {
    enum { CELLS = 500, LENGTH = 20000 };
    static char text[LENGTH + 1];
    memset(text, 'x', LENGTH);
    for (uint32_t i = 0; i < CELLS; i++) {
        text[i] = 'y';
        ck_assert(gather(i % 3 ? "short" : text));
        text[i] = 'x';
        ck_assert(cells_add(&cells, i + 1, CELL_TEXT, &fault));
    }
    ck_assert(cells_add_shared(&cells, CELLS + 1, "elsewhere", 4, &fault));
    ck_assert(cells_add_again(&cells, CELLS + 2, &fault));
    struct row row = cells_row(&cells, 7);
    ck_assert_uint_eq(row.number, 7);
    ck_assert_uint_eq(row.count, CELLS + 2);
    for (uint32_t i = 0; i < CELLS; i++) {
        ck_assert_uint_eq(row.cells[i].column, i + 1);
        if (i % 3)
            ck_assert_str_eq(row.cells[i].text, "short");
        else
            ck_assert(row.cells[i].length == LENGTH && row.cells[i].text[i] == 'y');
    }
    ck_assert_str_eq(row.cells[CELLS].text, "elsewhere");
    ck_assert_str_eq(row.cells[CELLS + 1].text, "elsewhere");
}
END_TEST

START_TEST(what_is_forgotten_is_in_no_cell) {
    ck_assert(gather("a note"));
    cells_forget(&cells);
    ck_assert(gather("12"));
    ck_assert_str_eq(cells_gathered(&cells, &fault), "12");
    ck_assert(cells_add(&cells, 1, CELL_NUMBER, &fault));
    ck_assert_str_eq(cells_gathered(&cells, &fault), "");
    ck_assert_str_eq(cells_row(&cells, 1).cells[0].text, "12");
}
END_TEST

START_TEST(a_cell_and_a_row_have_a_most_of_text) {
    static char text[BOOK_CELL_MAX + 1];
    memset(text, 'x', sizeof text);
    ck_assert(!cells_gather(&cells, text, sizeof text, &fault));
    ck_assert_str_eq(fault.text, "a cell with more than 1048576 bytes of text");
    for (uint32_t i = 1; i < CELLS_TEXT_MAX / BOOK_CELL_MAX; i++) {
        ck_assert(cells_gather(&cells, text, BOOK_CELL_MAX, &fault));
        ck_assert(cells_add(&cells, i, CELL_TEXT, &fault));
    }
    ck_assert(!cells_gather(&cells, text, BOOK_CELL_MAX, &fault));
    ck_assert_str_eq(fault.text, "a row with more than 67108864 bytes of text");
}
END_TEST

static const struct {
    const char *text, *date; /* NULL: none */
} dates[] = {
    {"2024-03-31", "2024-03-31"},
    {"2024-03-31T00:00:00", "2024-03-31"},
    {"2024-03-31T00:00:00Z", "2024-03-31"},
    {"2024-03-31T00:00:00.000", "2024-03-31"},
    {"2024-03-31T12:30:05", "2024-03-31T12:30:05"},
    {"2024-03-31T12:30:05.25Z", "2024-03-31T12:30:05"},
    {"2024-03-31T12:30:05,25", "2024-03-31T12:30:05"},
    {"2024-13-31", NULL},
    {"2024-00-31", NULL},
    {"2024-03-32", NULL},
    {"2024-03-00", NULL},
    {"2024-03-3x", NULL},
    {"2024/03/31", NULL},
    {"2024-03-31 12:30:05", NULL},
    {"2024-03-31T12:30", NULL},
    {"2024-03-31T12:30:05+01:00", NULL},
    {"31 March", NULL},
    {"", NULL},
};

START_TEST(a_date_is_brought_into_one_form) {
    ck_assert(gather("before"));
    ck_assert(cells_add(&cells, 1, CELL_TEXT, &fault));
    ck_assert(gather(dates[_i].text));
    bool found = cells_gathered_date(&cells, &fault);
    ck_assert_int_eq(found, dates[_i].date != NULL);
    ck_assert_int_eq(fault.kind, FAULT_NONE);
    const char *left = dates[_i].date ? dates[_i].date : dates[_i].text;
    ck_assert_str_eq(cells_gathered(&cells, &fault), left);
    ck_assert_str_eq(cells_row(&cells, 1).cells[0].text, "before");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("cells");
    TCase *tests = tcase_create("cells");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_row_holds_its_cells_however_often_the_text_moves);
    tcase_add_test(tests, what_is_forgotten_is_in_no_cell);
    tcase_add_test(tests, a_cell_and_a_row_have_a_most_of_text);
    tcase_add_loop_test(tests, a_date_is_brought_into_one_form, 0,
                        (int)(sizeof dates / sizeof *dates));
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
