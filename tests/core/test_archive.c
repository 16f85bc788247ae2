#include "core/archive.h"
#include "core/gzip.h"
#include "tests/core/small_book.h"

#include <zlib.h>

static struct fault fault;

static struct archive *open_budget(const char *bytes, size_t length, uint64_t budget) {
    fault = (struct fault){0};
    return archive_open(bytes, length, &budget, &fault);
}

START_TEST(members_are_found_by_name_and_read_in_pieces) {
    const struct small_part parts[] = {{"a.txt", "hello", 0}, {"B/c.txt", "world", 0}, {0}};
    size_t length, got;
    char *bytes = small_zip(parts, &length), piece[4];
    struct archive *archive = open_budget(bytes, length, 100);
    ck_assert_msg(archive != NULL, "%s", fault.text);
    ck_assert_uint_eq(archive_members(archive), 2);
    ck_assert_int_eq(archive_find(archive, "a.txt"), 0);
    ck_assert_int_eq(archive_find(archive, "b/C.TXT"), 1);
    ck_assert_int_eq(archive_find(archive, "B\\c.txt"), 1);
    ck_assert_int_eq(archive_find(archive, "B/c.tx"), ARCHIVE_NONE);
    ck_assert_int_eq(archive_find(archive, "c.txt"), ARCHIVE_NONE);
    struct unpacking *first = archive_unpack(archive, 0, &fault);
    struct unpacking *second = archive_unpack(archive, 1, &fault);
    ck_assert(unpacking_read(first, piece, sizeof piece, &got, &fault));
    ck_assert(got == 4 && memcmp(piece, "hell", 4) == 0);
    ck_assert(unpacking_read(second, piece, sizeof piece, &got, &fault));
    ck_assert(got == 4 && memcmp(piece, "worl", 4) == 0);
    ck_assert(unpacking_read(first, piece, sizeof piece, &got, &fault));
    ck_assert(got == 1 && *piece == 'o');
    ck_assert(unpacking_read(first, piece, sizeof piece, &got, &fault) && got == 0);
    unpacking_destroy(&first);
    unpacking_destroy(&second);
    archive_destroy(&archive);
    free(bytes);
}
END_TEST

START_TEST(names_that_mislead_are_shown_escaped) {
    const struct small_part parts[] = {{"../../etc/passwd", "x", 0},
                                       {"aQ[2JQ.csv", "x", 0},
                                       {"a\xe2\x80\xaevsc.exe", "x", 0},
                                       {"caf\xc3\xa9.csv", "x", 0},
                                       {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = bytes[i] == 'Q' ? '\x1b' : bytes[i];
    struct archive *archive = open_budget(bytes, length, 100);
    ck_assert_str_eq(archive_name(archive, 0), "../../etc/passwd");
    for (const char *at = archive_name(archive, 1); *at; at++)
        ck_assert_msg((unsigned char)*at >= ' ', "%s", archive_name(archive, 1));
    ck_assert_str_eq(archive_name(archive, 2), "a\\u{202e}vsc.exe");
    ck_assert_str_eq(archive_name(archive, 3), "caf\xc3\xa9.csv");
    archive_destroy(&archive);
    free(bytes);
}
END_TEST

START_TEST(each_kind_of_mark_that_misleads_is_escaped) {
    static const struct {
        const char *name, *shown;
    } names[] = {{"a\x7f.csv", "a\\u{7f}.csv"},
                 {"a\xc2\x85.csv", "a\\u{85}.csv"},
                 {"a\xc2\xa0.csv", "a\xc2\xa0.csv"},
                 {"a\u200b\u200f\u2010.csv", "a\\u{200b}\\u{200f}\u2010.csv"},
                 {"a\u2027\u2028\u202e\u202f.csv", "a\u2027\\u{2028}\\u{202e}\u202f.csv"},
                 {"a\u205f\u2060\u2069\u206a.csv", "a\u205f\\u{2060}\\u{2069}\u206a.csv"},
                 {"\ufeff\ufefe.csv", "\\u{feff}\ufefe.csv"},
                 {"\U0001f600.csv", "\U0001f600.csv"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct small_part parts[] = {{names[i].name, "x", 0}, {0}};
        size_t length;
        char *bytes = small_zip(parts, &length);
        struct archive *archive = open_budget(bytes, length, 100);
        ck_assert_msg(archive != NULL, "%s", fault.text);
        ck_assert_str_eq(archive_name(archive, 0), names[i].shown);
        archive_destroy(&archive);
        free(bytes);
    }
}
END_TEST

START_TEST(no_more_is_held_of_a_member_than_may_be) {
    const struct small_part parts[] = {{"a.csv", "hello", 0}, {0}};
    size_t length, held;
    char *bytes = small_zip(parts, &length), *all = NULL;
    struct archive *archive = open_budget(bytes, length, 100);
    struct unpacking *from = archive_unpack(archive, 0, &fault);
    ck_assert(!unpacking_all(from, 4, &all, &held, &fault));
    ck_assert_str_eq(fault.text, "'a.csv' unpacks to more than 4 bytes, the most that is held");
    unpacking_destroy(&from);
    from = archive_unpack(archive, 0, &fault);
    ck_assert(unpacking_all(from, 5, &all, &held, &fault));
    ck_assert_str_eq(all, "hello");
    free(all);
    unpacking_destroy(&from);
    archive_destroy(&archive);
    free(bytes);
}
END_TEST

START_TEST(bombs_are_known_by_their_list_of_members) {
    enum { ZEROS = 4 << 20 };
    char *zeros = calloc(1, ZEROS);
    const struct small_part parts[] = {{"a", zeros, ZEROS}, {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    ck_assert_uint_lt(length * BOOK_EXPANSION_MAX, ZEROS);
    ck_assert_ptr_null(open_budget(bytes, length, UINT64_MAX));
    ck_assert_msg(strstr(fault.text, "1000 times") != NULL, "%s", fault.text);
    ck_assert_ptr_null(open_budget(bytes, length, ZEROS - 1));
    ck_assert_msg(strstr(fault.text, "the most that is read") != NULL, "%s", fault.text);
    free(bytes);
    free(zeros);
}
END_TEST

/* Puts another unpacked size into the list of members and into the member's own header. */
static void set_size(char *bytes, size_t length, uint32_t size) {
    for (size_t i = 0; i + 30 < length; i++) {
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0)
            memcpy(bytes + i + 24, &size, 4);
        if (memcmp(bytes + i, "PK\x03\x04", 4) == 0)
            memcpy(bytes + i + 22, &size, 4);
    }
}

START_TEST(a_member_of_more_or_less_than_it_says_is_refused) {
    const struct small_part parts[] = {{"a.csv", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0}, {0}};
    static const uint32_t sizes[] = {7, 0, 60000, 0xfffffff0};
    size_t length;
    char *bytes = small_zip(parts, &length);
    set_size(bytes, length, sizes[_i]);
    char *found = small_read(bytes, length, 0, BOOK_UTF8);
    ck_assert_msg(*found == '!', "%s", found);
    free(found);
    free(bytes);
}
END_TEST

START_TEST(too_many_members_or_two_of_one_name_are_refused) {
    struct small_part *parts = calloc(BOOK_MEMBERS_MAX + 2, sizeof *parts);
    char(*names)[16] = calloc(BOOK_MEMBERS_MAX + 1, sizeof *names);
    for (int i = 0; i <= BOOK_MEMBERS_MAX; i++) {
        (void)snprintf(names[i], sizeof *names, "%d.csv", i);
        parts[i] = (struct small_part){names[i], "x", 0};
    }
    size_t length;
    char *bytes = small_zip(parts, &length);
    ck_assert_ptr_null(open_budget(bytes, length, UINT64_MAX));
    ck_assert_msg(strstr(fault.text, "4097 members") != NULL, "%s", fault.text);
    free(bytes);
    const struct small_part two[] = {{"aa", "x", 0}, {"ab", "y", 0}, {0}};
    bytes = small_zip(two, &length);
    for (size_t i = 0; i + 2 < length; i++) {
        if (memcmp(bytes + i, "ab", 2) == 0)
            bytes[i + 1] = 'a';
    }
    ck_assert_ptr_null(open_budget(bytes, length, UINT64_MAX));
    ck_assert_msg(strstr(fault.text, "two members named 'aa'") != NULL, "%s", fault.text);
    free(bytes);
    free(parts);
    free(names);
}
END_TEST

START_TEST(an_encrypted_member_is_refused_by_name) {
    const struct small_part parts[] = {{"a.csv", "x,y", 0}, {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    for (size_t i = 0; i + 30 < length; i++) { /* bit 0 of the flags */
        if (memcmp(bytes + i, "PK\x01\x02", 4) == 0)
            bytes[i + 8] |= 1;
        if (memcmp(bytes + i, "PK\x03\x04", 4) == 0)
            bytes[i + 6] |= 1;
    }
    small_expect(bytes, length, "!'a.csv' in the archive is encrypted");
}
END_TEST

START_TEST(no_cut_or_bent_archive_breaks_it) {
    const struct small_part parts[] = {{"a.csv", "one,two\n1,2\n", 0}, {"b.csv", "x\n", 0}, {0}};
    size_t length;
    char *bytes = small_zip(parts, &length);
    for (size_t cut = 4; cut < length; cut++) {
        char *part = malloc(cut);
        memcpy(part, bytes, cut);
        small_expect(part, cut, "!");
    }
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= (char)0x55;
        char *found = small_read(bytes, length, 0, BOOK_UTF8);
        ck_assert_ptr_nonnull(found);
        free(found);
        bytes[i] ^= (char)0x55;
    }
    free(bytes);
}
END_TEST

/* gzip of `length` bytes; the caller frees it. */
static char *pack(const char *bytes, size_t length, size_t *packed) {
    enum { GZIP_ONLY = 16 };
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + GZIP_ONLY, 8, 0), Z_OK);
    size_t room = deflateBound(&stream, length) + 64;
    char *out = malloc(room);
    stream.next_in = (z_const Bytef *)bytes;
    stream.avail_in = (unsigned)length;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)room;
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *packed = stream.total_out;
    (void)deflateEnd(&stream);
    return out;
}

START_TEST(gzip_is_read_however_many_members_it_has) {
    size_t length;
    char *one = pack("a,b\n", 4, &length);
    char *bytes = calloc(2, length + 8);
    memcpy(bytes, one, length);
    memcpy(bytes + length, one, length);
    free(one);
    small_expect(bytes, 2 * length + 8, "1:1t a;1:2t b;2:1t a;2:2t b;");
}
END_TEST

START_TEST(gzip_that_is_cut_where_a_piece_ends_is_noticed) {
    size_t length, got = 1, read = 0;
    char *bytes = pack("abcdefgh", 8, &length), piece;
    struct gzip *gzip = gzip_new(bytes, length - 8, &fault); /* without its check */
    while (got == 1 && gzip_read(gzip, &piece, 1, &got, &fault) && got == 1)
        ck_assert_int_eq(piece, "abcdefgh"[read++]);
    ck_assert_uint_eq(read, 8);
    ck_assert_str_eq(fault.text, "the gzip file ends too early; is it cut short?");
    gzip_destroy(&gzip);
    free(bytes);
}
END_TEST

START_TEST(damaged_or_overgrown_gzip_is_refused) {
    size_t length;
    char *bytes = pack("a,b\n1,2\n", 8, &length);
    char *cut = malloc(length - 3);
    memcpy(cut, bytes, length - 3);
    small_expect(cut, length - 3, "!ends too early");
    bytes[length - 8] ^= 1;
    small_expect(bytes, length, "!gzip file is damaged: incorrect data check");
    enum { LINES = 4 << 20 };
    char *lines = malloc(LINES);
    memset(lines, '\n', LINES);
    bytes = pack(lines, LINES, &length);
    free(lines);
    small_expect(bytes, length, "!more than 1000 times");
}
END_TEST

START_TEST(a_workbook_in_gzip_is_read_and_an_archive_is_not) {
    size_t inner, length;
    char *workbook = small_xlsx("<row><c><v>1</v></c></row>", "", "", &inner);
    char *bytes = pack(workbook, inner, &length);
    free(workbook);
    small_expect(bytes, length, "1:1n 1;");
    const struct small_part parts[] = {{"a.csv", "x", 0}, {0}};
    char *zip = small_zip(parts, &inner);
    bytes = pack(zip, inner, &length);
    free(zip);
    small_expect(bytes, length, "!archive inside an archive");
    bytes = pack("%PDF-1.7", 8, &length);
    small_expect(bytes, length, "!a PDF");
    char *half = small_xlsx("<row><c><v>1</v></c></row>", "", "", &inner);
    bytes = pack(half, inner / 2, &length);
    free(half);
    small_expect(bytes, length, "!cannot be read as a zip archive");
    char *once = pack("a", 1, &inner);
    bytes = pack(once, inner, &length);
    free(once);
    small_expect(bytes, length, "!gzip inside gzip");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("archive");
    TCase *tests = tcase_create("archive");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, members_are_found_by_name_and_read_in_pieces);
    tcase_add_test(tests, names_that_mislead_are_shown_escaped);
    tcase_add_test(tests, each_kind_of_mark_that_misleads_is_escaped);
    tcase_add_test(tests, no_more_is_held_of_a_member_than_may_be);
    tcase_add_test(tests, bombs_are_known_by_their_list_of_members);
    tcase_add_loop_test(tests, a_member_of_more_or_less_than_it_says_is_refused, 0, 4);
    tcase_add_test(tests, too_many_members_or_two_of_one_name_are_refused);
    tcase_add_test(tests, an_encrypted_member_is_refused_by_name);
    tcase_add_test(tests, no_cut_or_bent_archive_breaks_it);
    tcase_add_test(tests, gzip_is_read_however_many_members_it_has);
    tcase_add_test(tests, gzip_that_is_cut_where_a_piece_ends_is_noticed);
    tcase_add_test(tests, damaged_or_overgrown_gzip_is_refused);
    tcase_add_test(tests, a_workbook_in_gzip_is_read_and_an_archive_is_not);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
