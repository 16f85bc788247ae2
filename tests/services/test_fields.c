#include "services/bus/fields.h"
#include "services/bus/wire.h"
#include "tests/suite.h"

#include <string.h>

static const uint8_t every_kind[] = {
    0x08, 0xac, 0x02,                             /* 1: 300 */
    0x12, 0x03, 'a',  'b', 'c',                   /* 2: "abc" */
    0x19, 0,    0,    0,   0,   0, 0, 0xf8, 0x3f, /* 3: 1.5 */
    0x25, 1,    2,    3,   4,                     /* 4: four bytes */
    0x2a, 0x00,                                   /* 5: "" */
};

START_TEST(every_kind_of_field_is_found_where_it_lies) {
    struct fields fields = fields_of(every_kind, sizeof every_kind);
    struct field field;
    ck_assert(fields_next(&fields, &field));
    ck_assert(field.number == 1 && field.kind == FIELD_VARINT && field.value == 300);
    ck_assert(fields_next(&fields, &field));
    ck_assert(field.number == 2 && field.kind == FIELD_BYTES && field.length == 3);
    ck_assert_ptr_eq(field.bytes, every_kind + 5);
    ck_assert_ptr_eq(field.whole, every_kind + 3);
    ck_assert(fields_next(&fields, &field));
    ck_assert(field.number == 3 && field.kind == FIELD_64 && field_double(&field) == 1.5);
    ck_assert(fields_next(&fields, &field));
    ck_assert(field.number == 4 && field.kind == FIELD_32 && field.length == 4);
    ck_assert(fields_next(&fields, &field));
    ck_assert(field.number == 5 && field.kind == FIELD_BYTES && field.length == 0);
    ck_assert(!fields_next(&fields, &field) && !fields.broken);
}
END_TEST

START_TEST(what_ends_too_early_is_broken_and_nothing_beyond_it_is_read) {
    for (size_t length = 1; length < sizeof every_kind; length++) {
        uint8_t *cut = malloc(length); /* of just this size, so that a sanitizer sees one more */
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, every_kind, length);
        struct fields fields = fields_of(cut, length);
        struct field field;
        size_t n = 0;
        while (fields_next(&fields, &field))
            n++;
        bool whole = length == 3 || length == 8 || length == 17 || length == 22;
        ck_assert_msg(fields.broken == !whole, "%zu", length);
        ck_assert(!fields_next(&fields, &field) && n < 5);
        free(cut);
    }
}
END_TEST

START_TEST(no_message_begins_with_these) {
    static const uint8_t bad[][12] = {
        {0x00, 0}, /* field 0 */
        {0x0b, 0}, /* a group, which nobody writes any more */
        {0x0e, 0}, /* a kind that there is not */
        {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, /* 2^64 - 1 bytes */
        {0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
        {0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fields fields = fields_of(bad[i], sizeof bad[i]);
        struct field field;
        ck_assert_msg(!fields_next(&fields, &field) && fields.broken, "%zu", i);
    }
    struct fields none = fields_of(NULL, 0);
    struct field field;
    ck_assert(!fields_next(&none, &field) && !none.broken);
}
END_TEST

START_TEST(a_head_is_what_protobuf_writes_before_the_content) {
    static char text[300];
    memset(text, 'x', sizeof text - 1);
    for (size_t length = 0; length < sizeof text; length += 13) {
        Mindex__V1__Error error = MINDEX__V1__ERROR__INIT;
        error.reason = text + (sizeof text - 1 - length);
        uint8_t packed[sizeof text + FIELD_HEAD_MAX], head[FIELD_HEAD_MAX];
        size_t whole = mindex__v1__error__pack(&error, packed);
        size_t n = field_head(1, length, head);
        ck_assert_uint_eq(n + length, whole);
        ck_assert_mem_eq(head, packed, n);
    }
}
END_TEST

START_TEST(a_message_is_passed_on_with_another_number_and_nothing_else_changed) {
    Mindex__V1__Error error = MINDEX__V1__ERROR__INIT;
    error.reason = "no";
    Message message = wire_message(70000);
    message.body_case = MINDEX__V1__MESSAGE__BODY_ERROR;
    message.error = &error;
    zframe_t *frame = wire_frame(&message), *other = wire_readdressed(frame, 5);
    struct wire_heading heading;
    ck_assert(wire_glance(frame, &heading));
    ck_assert_uint_eq(heading.request, 70000);
    ck_assert_uint_eq(heading.body.number, MINDEX__V1__MESSAGE__BODY_ERROR);
    message.request = 5;
    zframe_t *wanted = wire_frame(&message);
    ck_assert(zframe_eq(other, wanted));
    zframe_destroy(&frame);
    zframe_destroy(&other);
    zframe_destroy(&wanted);
    frame = zframe_new("\x08\x02", 2); /* version 2 */
    ck_assert(!wire_glance(frame, &heading));
    ck_assert_ptr_null(wire_readdressed(frame, 5));
    zframe_destroy(&frame);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fields of packed messages");
    TCase *tests = tcase_create("fields");
    tcase_add_test(tests, every_kind_of_field_is_found_where_it_lies);
    tcase_add_test(tests, what_ends_too_early_is_broken_and_nothing_beyond_it_is_read);
    tcase_add_test(tests, no_message_begins_with_these);
    tcase_add_test(tests, a_head_is_what_protobuf_writes_before_the_content);
    tcase_add_test(tests, a_message_is_passed_on_with_another_number_and_nothing_else_changed);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
