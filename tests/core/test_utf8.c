#include "core/utf8.h"
#include "tests/suite.h"

#include <stdbool.h>
#include <string.h>

static size_t sequence(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    return utf8_sequence(at, at + strlen(text));
}

START_TEST(every_character_is_written_as_it_is_read_and_no_surrogate_is) {
    char text[5];
    for (uint32_t character = 1; character < 0x110000; character++) {
        bool surrogate = character >= 0xd800 && character <= 0xdfff;
        size_t expected = surrogate             ? 0
                          : character < 0x80    ? 1
                          : character < 0x800   ? 2
                          : character < 0x10000 ? 3
                                                : 4;
        size_t length = utf8_write(character, text);
        text[length] = '\0';
        if (length != expected || (length && sequence(text) != length))
            ck_abort_msg("U+%04X is written in %zu bytes, read in %zu", character, length,
                         sequence(text));
    }
    ck_assert_uint_eq(utf8_write(0x110000, text), 0);
}
END_TEST

START_TEST(bytes_that_are_no_character_are_none) {
    static const char *const bad[] = {
        "\x80",             /* goes on from nothing */
        "\xc1\xbf",         /* longer than needed: DEL in two bytes */
        "\xe0\x9f\xbf",     /* ... U+07FF in three */
        "\xf0\x8f\xbf\xbf", /* ... U+FFFF in four */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xe2\x82", /* cut short */
        "\xe2\x28\xa1",
        "\xe2\x82\x28",
        "\xe2\x82\xc0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(sequence(bad[i]) == 0, "case %zu", i);
    ck_assert_uint_eq(sequence("\xed\x9f\xbf"), 3);     /* the last before the surrogates */
    ck_assert_uint_eq(sequence("\xf4\x8f\xbf\xbf"), 4); /* the very last */
}
END_TEST

START_TEST(windows_1252_lacks_five_bytes) {
    char text[4] = "";
    for (unsigned byte = 0; byte < 256; byte++) {
        bool lacks = byte == 0x81 || byte == 0x8d || byte == 0x8f || byte == 0x90 || byte == 0x9d;
        ck_assert_msg((utf8_from_windows_1252((unsigned char)byte, text) == 0) == lacks, "%02x",
                      byte);
    }
    ck_assert_uint_eq(utf8_from_windows_1252(0x80, text), 3);
    ck_assert_str_eq(text, "\xe2\x82\xac"); /* the euro */
    ck_assert_uint_eq(utf8_from_windows_1252(0, text), 1);
    ck_assert_int_eq(text[0], '\0');
}
END_TEST

START_TEST(a_text_takes_as_many_columns_as_it_is_shown_in) {
    ck_assert_uint_eq(utf8_columns(""), 0);
    ck_assert_uint_eq(utf8_columns("Burnley"), 7);
    ck_assert_uint_eq(utf8_columns("Sant\xc3\xa9"), 5);
    ck_assert_uint_eq(utf8_columns("Sante\xcc\x81"), 5);            /* e and a combining acute */
    ck_assert_uint_eq(utf8_columns("\xe6\x9d\xb1\xe4\xba\xac"), 4); /* Tokyo in kanji */
    ck_assert_uint_eq(utf8_columns("\xed\x95\x9c"), 2);             /* a Hangul syllable */
    ck_assert_uint_eq(utf8_columns("\xf0\x9f\x93\x88"), 2);         /* a chart going up */
    ck_assert_uint_eq(utf8_columns("\xe2\x80\xa6"), 1);
    ck_assert_uint_eq(utf8_columns("\xff\xfe"), 2); /* no UTF-8: a mark for each byte */
}
END_TEST

START_TEST(a_text_is_cut_between_characters) {
    char out[5];
    utf8_copy(out, sizeof out, "1234");
    ck_assert_str_eq(out, "1234");
    utf8_copy(out, sizeof out, "12345");
    ck_assert_str_eq(out, "1234");
    utf8_copy(out, sizeof out, "123\xc3\xa9");
    ck_assert_str_eq(out, "123");
    utf8_copy(out, sizeof out, "1\xe2\x80\xa6");
    ck_assert_str_eq(out, "1\xe2\x80\xa6");
    utf8_copy(out, sizeof out, "\xf0\x9f\x98\x80 ");
    ck_assert_str_eq(out, "\xf0\x9f\x98\x80");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("utf8");
    TCase *tests = tcase_create("utf8");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, every_character_is_written_as_it_is_read_and_no_surrogate_is);
    tcase_add_test(tests, bytes_that_are_no_character_are_none);
    tcase_add_test(tests, a_text_takes_as_many_columns_as_it_is_shown_in);
    tcase_add_test(tests, a_text_is_cut_between_characters);
    tcase_add_test(tests, windows_1252_lacks_five_bytes);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
