/* Texts that came from another process, made plain. */
#include "services/bus/text.h"

#include "services/bus/wire.h"
#include "tests/suite.h"

/* The message as it is read by whoever gets it. */
static Message *read_back(const Message *message) {
    zframe_t *frame = wire_frame(message);
    Message *out = wire_read(frame);
    ck_assert_ptr_nonnull(out);
    zframe_destroy(&frame);
    return out;
}

static void check_text(const char *sent, const char *read) {
    Mindex__V1__Hello hello = MINDEX__V1__HELLO__INIT;
    hello.role = "scoring";
    hello.name = (char *)sent;
    hello.build = "";
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    Message *out = read_back(&message);
    ck_assert_str_eq(out->hello->name, read);
    ck_assert_str_eq(out->hello->role, "scoring");
    ck_assert(text_is_plain(out->hello->name, 100));
    ck_assert_int_eq(text_is_plain(sent, 100), strcmp(sent, read) == 0);
    wire_free(&out);
}

START_TEST(what_a_terminal_would_obey_is_replaced) {
    check_text("\x1b[2J\x07", "?[2J?");
    check_text("a\nb\r\tc", "a b  c");
    check_text("\x7f", "?");
    check_text("\xc2\x9b"
               "31m",
               "??31m"); /* CSI in one character */
    check_text("\xe2\x80\xae"
               "txt",
               "???txt"); /* right-to-left override */
    check_text("\xe2\x81\xa6", "???");
}
END_TEST

START_TEST(what_is_no_utf_8_is_replaced_byte_by_byte) {
    check_text("\xff\xfe", "??");
    check_text("caf\xc3", "caf?");
    check_text("\xed\xa0\x80", "???"); /* a surrogate */
}
END_TEST

START_TEST(names_of_places_stay_as_they_are) {
    check_text("", "");
    check_text("Ynys M\xc3\xb4n", "Ynys M\xc3\xb4n");
    check_text("King\xe2\x80\x99s Lynn \xe2\x80\x93 \xf0\x9f\x8f\xb4",
               "King\xe2\x80\x99s Lynn "
               "\xe2\x80\x93 \xf0\x9f\x8f\xb4");
    check_text("\xc2\xa0", "\xc2\xa0"); /* a blank that does not break */
}
END_TEST

START_TEST(texts_deep_in_a_message_and_in_lists_are_made_plain) {
    File one = MINDEX__V1__FILE__INIT, two = MINDEX__V1__FILE__INIT, *files[] = {&one, &two};
    one.name = "plain.csv";
    two.name = "\x1b.csv";
    two.content = (ProtobufCBinaryData){2, (uint8_t *)"\x1b\n"};
    HandIn hand_in = MINDEX__V1__HAND_IN__INIT;
    hand_in.n_files = 2;
    hand_in.files = files;
    Mindex__V1__ReadTask read = MINDEX__V1__READ_TASK__INIT;
    read.hand_in = &hand_in;
    Task task = MINDEX__V1__TASK__INIT;
    task.work_case = MINDEX__V1__TASK__WORK_READ;
    task.read = &read;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK;
    message.task = &task;
    Message *out = read_back(&message);
    const HandIn *got = out->task->read->hand_in;
    ck_assert_ptr_null(got->label);
    ck_assert_str_eq(got->files[0]->name, "plain.csv");
    ck_assert_str_eq(got->files[1]->name, "?.csv");
    ck_assert_mem_eq(got->files[1]->content.data, "\x1b\n", 2); /* bytes are no text */
    wire_free(&out);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_not_plain) {
    ck_assert(text_is_plain("12345", 5));
    ck_assert(!text_is_plain("12345", 4));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, what_a_terminal_would_obey_is_replaced);
    tcase_add_test(tests, what_is_no_utf_8_is_replaced_byte_by_byte);
    tcase_add_test(tests, names_of_places_stay_as_they_are);
    tcase_add_test(tests, texts_deep_in_a_message_and_in_lists_are_made_plain);
    tcase_add_test(tests, a_text_that_is_too_long_is_not_plain);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
