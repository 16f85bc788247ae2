/* The first rows of a sheet, and the texts of a column. */
#include "core/publication.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

static struct glance *glance_of(struct publication *publication) {
    struct fault fault = {0};
    struct glance *glance = publication_glance(publication, BOOK_UTF8, 0, 0, &fault);
    ck_assert_msg(glance != NULL, "%s", fault.text);
    return glance;
}

START_TEST(the_first_rows_are_read_once) {
    static const char file[] = "a,b\n1,\"two\nlines\"\n3,4\n";
    struct publication *publication = publication_new("file.csv", file, strlen(file));
    struct glance *glance = glance_of(publication);
    ck_assert_uint_eq(glance->n, 3);
    ck_assert(!glance->bad);
    ck_assert_str_eq(glance->rows[1].cells[1].text, "two\nlines");
    ck_assert_uint_eq(glance->rows[2].number, 4);
    ck_assert_ptr_eq(glance, glance_of(publication));
    ck_assert_ptr_ne(glance,
                     publication_glance(publication, BOOK_WINDOWS_1252, 0, 0, &(struct fault){0}));
    publication_destroy(&publication);
}
END_TEST

START_TEST(long_files_and_long_texts_are_cut_off) {
    enum { ROWS = GLANCE_ROWS + 5, WIDE = GLANCE_TEXT + 50, LINE = WIDE + 3 };
    char *file = malloc(ROWS * LINE);
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < ROWS; i++) {
        memset(file + i * LINE, 'x', LINE);
        memcpy(file + i * LINE + WIDE, ",1\n", 3);
    }
    struct publication *publication = publication_new("file.csv", file, ROWS * LINE);
    const struct glance *glance = glance_of(publication);
    ck_assert_uint_eq(glance->n, GLANCE_ROWS);
    ck_assert_uint_eq(glance->rows[GLANCE_ROWS - 1].number, GLANCE_ROWS);
    ck_assert_uint_eq(glance->rows[0].cells[0].length, GLANCE_TEXT);
    ck_assert_uint_eq(strlen(glance->rows[0].cells[0].text), GLANCE_TEXT);
    ck_assert_str_eq(glance->rows[0].cells[1].text, "1");
    publication_destroy(&publication);
    free(file);
}
END_TEST

START_TEST(a_row_that_cannot_be_read_ends_it_with_a_fault) {
    static const char file[] = "a,b\n1,2\n3,\"4\n";
    struct publication *publication = publication_new("file.csv", file, strlen(file));
    const struct glance *glance = glance_of(publication);
    ck_assert_uint_eq(glance->n, 2);
    ck_assert(glance->bad);
    ck_assert_ptr_nonnull(strstr(glance->fault.text, "quot"));
    ck_assert_ptr_nonnull(strstr(glance->fault.text, "row 3, column 3: "));
    publication_destroy(&publication);
}
END_TEST

START_TEST(a_column_with_too_many_texts_is_not_known) {
    struct arena *arena = arena_new();
    struct column_texts texts = {.column = 3};
    char text[8];
    for (int i = 0; i < 3 * GLANCE_TEXTS; i++) {
        (void)snprintf(text, sizeof text, "%d", i % GLANCE_TEXTS);
        column_texts_add(&texts, text, arena);
    }
    ck_assert_uint_eq(texts.column, 3);
    ck_assert_uint_eq(texts.n, GLANCE_TEXTS);
    ck_assert_str_eq(texts.list[GLANCE_TEXTS - 1], "63");
    column_texts_add(&texts, "one more", arena);
    ck_assert_uint_eq(texts.column, 0);
    arena_destroy(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("glance");
    TCase *tests = tcase_create("glance");
    tcase_add_test(tests, the_first_rows_are_read_once);
    tcase_add_test(tests, long_files_and_long_texts_are_cut_off);
    tcase_add_test(tests, a_row_that_cannot_be_read_ends_it_with_a_fault);
    tcase_add_test(tests, a_column_with_too_many_texts_is_not_known);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
