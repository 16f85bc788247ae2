#include "core/document.h"
#include "tests/suite.h"

#include <string.h>

static struct fault fault;

static struct document *open_text(const char *text) {
    fault = (struct fault){0};
    return document_new("d.yaml", text, strlen(text), &fault);
}

static const struct {
    const char *text, *where, *reason;
} bad[] = {
    {"a: [1\n", "d.yaml:", ""},
    {"a: 1\n---\nb: 2\n", "d.yaml:2:", ""},
    {"a:\n\tb: 1\n", "d.yaml:2:", "indent by blanks"},
    {"a: &x 1\n", "d.yaml:1:", "anchor"},
    {"a: *x\n", "d.yaml:1:", ""},
    {"a: !!int 1\n", "d.yaml:1:", "tag"},
    {"", "d.yaml", ""},
};

START_TEST(what_is_not_plain_yaml_is_refused_with_its_place) {
    struct document *document = open_text(bad[_i].text);
    ck_assert_ptr_null(document);
    ck_assert_msg(strncmp(fault.text, bad[_i].where, strlen(bad[_i].where)) == 0, "%s", fault.text);
    ck_assert_msg(strstr(fault.text, bad[_i].reason) != NULL, "%s", fault.text);
}
END_TEST

START_TEST(a_byte_order_mark_is_none_of_the_text) {
    struct document *document = open_text("\xef\xbb\xbf"
                                          "a: 1\r\nb: 2\r\n");
    ck_assert_msg(document != NULL, "%s", fault.text);
    document_destroy(&document);
    ck_assert_ptr_null(open_text("\xef\xbb\xbf"));
    ck_assert_str_eq(fault.text, "d.yaml: empty");
}
END_TEST

START_TEST(depth_is_bounded) {
    char text[2 * DOCUMENT_DEPTH_MAX + 8];
    memset(text, '[', sizeof text);
    memset(text + sizeof text / 2, ']', sizeof text - sizeof text / 2);
    text[sizeof text - 1] = '\0';
    ck_assert_ptr_null(open_text(text));
    ck_assert_str_ne(fault.text, "");
}
END_TEST

static bool keys_of(const char *text, struct document_key *keys, size_t n) {
    struct document *document = open_text(text);
    ck_assert_msg(document != NULL, "%s", fault.text);
    bool fine = document_keys(document, document_root(document), "a thing", keys, n, &fault);
    document_destroy(&document);
    return fine;
}

START_TEST(keys_are_known_once_and_complete) {
    struct document_key keys[] = {{"name", true, 0}, {"weight", false, 0}};
    ck_assert(keys_of("name: x\n", keys, 2));
    ck_assert(keys[0].value != 0 && keys[1].value == 0);
    ck_assert(!keys_of("weight: 1\n", keys, 2));
    ck_assert_ptr_nonnull(strstr(fault.text, "name"));
    ck_assert(!keys_of("name: x\nwieght: 1\n", keys, 2));
    ck_assert_msg(strncmp(fault.text, "d.yaml:2:1:", 11) == 0, "%s", fault.text);
    ck_assert_msg(strstr(fault.text, "did you mean 'weight'") != NULL, "%s", fault.text);
    ck_assert(!keys_of("name: x\nname: y\n", keys, 2));
    ck_assert_msg(strncmp(fault.text, "d.yaml:2:1:", 11) == 0, "%s", fault.text);
    ck_assert(!keys_of("- name\n", keys, 2));
}
END_TEST

START_TEST(numbers_are_plain_and_finite) {
    static const char *const no[] = {"a: '1'\n", "a: .inf\n", "a: .nan\n", "a: 0x10\n",
                                     "a: [1]\n", "a: one\n",  "a: 1e999\n"};
    double value = 0;
    struct document *document = open_text("a: -2.5e-1\n");
    int at = document_find(document, document_root(document), "a");
    ck_assert(document_number(document, at, "a", &value, &fault));
    ck_assert(value == -0.25);
    document_destroy(&document);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        document = open_text(no[i]);
        ck_assert_msg(document != NULL, "%s", fault.text);
        at = document_find(document, document_root(document), "a");
        ck_assert_msg(!document_number(document, at, "a", &value, &fault), "%s", no[i]);
        ck_assert_msg(strncmp(fault.text, "d.yaml:1:4:", 11) == 0, "%s", fault.text);
        document_destroy(&document);
    }
}
END_TEST

START_TEST(an_id_has_letters_digits_hyphens_and_underscores) {
    static const char *const no[] = {"a: dots.too\n", "a: two words\n", "a: x/y\n", "a: ''\n"};
    struct arena *arena = arena_new();
    const char *id = NULL;
    struct document *document = open_text("a: gva-per-hour-2\n");
    int at = document_find(document, document_root(document), "a");
    ck_assert(document_id(document, at, "a", arena, &id, &fault));
    ck_assert_str_eq(id, "gva-per-hour-2");
    document_destroy(&document);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        document = open_text(no[i]);
        at = document_find(document, document_root(document), "a");
        ck_assert_msg(!document_id(document, at, "a", arena, &id, &fault), "%s", no[i]);
        document_destroy(&document);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(what_is_not_there_is_told_as_nothing) {
    struct document *document = open_text("a: 1\n");
    struct document_key key = {"a", true, 0};
    size_t count;
    double number;
    ck_assert(!document_keys(document, 0, "a thing", &key, 1, &fault));
    ck_assert_str_eq(fault.text, "d.yaml: expected a thing (key: value), found nothing");
    ck_assert(!document_list(document, 0, "list", &count, &fault));
    ck_assert_str_eq(fault.text, "d.yaml: 'list': expected a list, found nothing");
    ck_assert(!document_entries(document, 0, "map", &count, &fault));
    ck_assert_str_eq(fault.text, "d.yaml: 'map': expected a mapping (key: value), found nothing");
    ck_assert(!document_number(document, 0, "number", &number, &fault));
    ck_assert_str_eq(fault.text, "d.yaml: 'number': expected one value, found nothing");
    ck_assert_int_eq(document_find(document, 0, "a"), 0);
    ck_assert_ptr_null(document_word(document, 0));
    ck_assert(!document_is_word(document, 0) && !document_is_number(document, 0));
    document_destroy(&document);
}
END_TEST

START_TEST(free_keys_are_words_that_stand_there_once) {
    static const struct {
        const char *text, *reason;
    } no[] = {
        {"{[a]: b}\n", "d.yaml:1:2: a key that is not a word"},
        {"{\"a\\0b\": c}\n", "d.yaml:1:2: a key that is not a word"},
        {"{a: b, a: c}\n", "d.yaml:1:8: 'a' stands here twice in 'map'"},
        {"[a]\n", "d.yaml:1:1: 'map': expected a mapping (key: value), found a list"},
    };
    size_t count;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        struct document *document = open_text(no[i].text);
        ck_assert(!document_entries(document, document_root(document), "map", &count, &fault));
        ck_assert_str_eq(fault.text, no[i].reason);
        ck_assert_int_eq(document_find(document, document_root(document), "x"), 0);
        document_destroy(&document);
    }
    struct document_key key = {"a", true, 0};
    ck_assert(!keys_of("{[a]: b}\n", &key, 1));
    ck_assert_str_eq(fault.text, "d.yaml:1:2: a key that is not a word");
}
END_TEST

START_TEST(a_text_may_not_hold_a_nul_and_a_list_of_texts_no_list) {
    struct arena *arena = arena_new();
    struct document *document = open_text("a: \"x\\0y\"\nb: [x, [y]]\nc: [x, y]\n");
    int root = document_root(document);
    const char *text, **texts;
    size_t count;
    ck_assert(
        !document_text(document, document_find(document, root, "a"), "a", arena, &text, &fault));
    ck_assert_str_eq(fault.text, "d.yaml:1:4: 'a' holds a NUL character");
    ck_assert(!document_texts(document, document_find(document, root, "b"), "b", arena, &texts,
                              &count, &fault));
    ck_assert_str_eq(fault.text, "d.yaml:2:8: 'b': expected one value, found a list");
    ck_assert(document_texts(document, document_find(document, root, "c"), "c", arena, &texts,
                             &count, &fault));
    ck_assert(count == 2 && strcmp(texts[1], "y") == 0);
    document_destroy(&document);
    arena_destroy(&arena);
}
END_TEST

START_TEST(a_choice_of_more_words_than_fit_is_told_as_far_as_it_goes) {
    static const char *const words[] = {
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        "d"};
    struct document *document = open_text("a: x\nb: d\n");
    int root = document_root(document);
    size_t choice = 0;
    ck_assert(!document_choice(document, document_find(document, root, "a"), "a", words, 4, &choice,
                               &fault));
    ck_assert_msg(strstr(fault.text, words[1]) != NULL, "%s", fault.text);
    ck_assert(document_choice(document, document_find(document, root, "b"), "b", words, 4, &choice,
                              &fault));
    ck_assert_uint_eq(choice, 3);
    document_destroy(&document);
}
END_TEST

START_TEST(no_bytes_break_it) {
    static const char seed[] = "a: {b: [1, 'two', \"three\"], c: yes}\nlist:\n  - x\n  - y: 2\n";
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 5000; round++) {
        char text[sizeof seed];
        memcpy(text, seed, sizeof seed);
        for (int k = 0; k < 1 + round % 5; k++) {
            (void)suite_random(&random);
            text[random % (sizeof seed - 1)] = (char)(random >> 40);
        }
        fault = (struct fault){0};
        struct document *document = document_new("d.yaml", text, sizeof seed - 1, &fault);
        ck_assert((document != NULL) != (fault.kind != FAULT_NONE));
        document_destroy(&document);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("document");
    TCase *tests = tcase_create("document");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, what_is_not_plain_yaml_is_refused_with_its_place, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(tests, a_byte_order_mark_is_none_of_the_text);
    tcase_add_test(tests, depth_is_bounded);
    tcase_add_test(tests, keys_are_known_once_and_complete);
    tcase_add_test(tests, numbers_are_plain_and_finite);
    tcase_add_test(tests, an_id_has_letters_digits_hyphens_and_underscores);
    tcase_add_test(tests, what_is_not_there_is_told_as_nothing);
    tcase_add_test(tests, free_keys_are_words_that_stand_there_once);
    tcase_add_test(tests, a_text_may_not_hold_a_nul_and_a_list_of_texts_no_list);
    tcase_add_test(tests, a_choice_of_more_words_than_fit_is_told_as_far_as_it_goes);
    tcase_add_test(tests, no_bytes_break_it);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
