/* Key files and the allow-list, as files: whole, damaged, and changed while they are looked at. */
#include "services/bus/allowed.h"

#include "tests/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[128], list[128];

static void begin(void) {
    (void)snprintf(folder, sizeof folder, "/tmp/mindex-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/some.key", folder);
    (void)snprintf(list, sizeof list, "%s/allowed", folder);
}

static void end(void) {
    (void)unlink(path);
    (void)unlink(list);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_text(const char *to, const char *text) {
    FILE *out = fopen(to, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert(fputs(text, out) >= 0 && fclose(out) == 0);
    ck_assert_int_eq(chmod(to, 0600), 0);
}

static struct allowed_key some(const char *name) {
    struct fault fault = {0};
    struct key pair;
    struct allowed_key key = {.roles = ROLE_READER, .since_ms = 1000};
    ck_assert(key_make(&pair, name, &fault));
    (void)snprintf(key.name, sizeof key.name, "%s", pair.name);
    (void)snprintf(key.public, sizeof key.public, "%s", pair.public);
    return key;
}

/* --- key files -------------------------------------------------------------------------------- */

START_TEST(a_key_is_read_as_it_was_written) {
    struct fault fault = {0};
    struct key key, service, read;
    ck_assert(key_make(&key, "some", &fault) && key_make(&service, "service", &fault));
    memcpy(key.service, service.public, KEY_TEXT);
    ck_assert_msg(key_save(&key, path, &fault), "%s", fault.text);
    ck_assert_msg(key_load(&read, path, &fault), "%s", fault.text);
    ck_assert_mem_eq(&key, &read, sizeof key);
    ck_assert(!key_save(&service, path, &fault)); /* a key is never written over */
    ck_assert(key_load_public(&read, path, &fault));
    ck_assert_str_eq(read.public, key.public);
    ck_assert_str_eq(read.secret, "");
}
END_TEST

START_TEST(a_damaged_key_file_is_refused_without_a_word_of_what_is_in_it) {
    struct fault fault = {0};
    struct key key, read;
    char text[1024];
    ck_assert(key_make(&key, "some", &fault) && key_save(&key, path, &fault));
    FILE *in = fopen(path, "r");
    size_t length = fread(text, 1, sizeof text - 1, in);
    (void)fclose(in);
    text[length] = '\0';
    char *secret = strstr(text, "secret = ") + strlen("secret = ");
    /* Cut short anywhere before the secret is whole. */
    for (size_t cut = 0; cut < (size_t)(secret - text) + KEY_TEXT - 1; cut++) {
        char part[1024];
        (void)snprintf(part, sizeof part, "%.*s", (int)cut, text);
        write_text(path, part);
        ck_assert_msg(!key_load(&read, path, &fault), "cut after %zu bytes", cut);
        ck_assert_ptr_null(strstr(fault.text, key.secret));
        ck_assert_str_eq(read.secret, "");
    }
    secret[3] = '"'; /* no character of Z85 */
    write_text(path, text);
    ck_assert(!key_load(&read, path, &fault));
    ck_assert_ptr_null(strstr(fault.text, key.secret + 4));
}
END_TEST

/* --- the allow-list --------------------------------------------------------------------------- */

START_TEST(a_list_is_read_as_it_was_written_and_tells_which_roles_were_lost) {
    struct fault fault = {0};
    struct allowed *writer = allowed_new(folder), *reader = allowed_new(folder);
    struct allowed_key first = some("first"), second = some("second");
    unsigned lost = 0;
    ck_assert(allowed_refresh(reader, &lost, &fault)); /* no list: nobody */
    ck_assert_uint_eq(allowed_count(reader), 0);
    second.roles = ROLE_SCORING | ROLE_DEPOSITOR;
    ck_assert(allowed_put(writer, &first, &fault) && allowed_put(writer, &second, &fault));
    ck_assert_msg(allowed_refresh(reader, &lost, &fault), "%s", fault.text);
    ck_assert_uint_eq(lost, 0);
    ck_assert_mem_eq(allowed_by_name(reader, "second"), &second, sizeof second);
    ck_assert_uint_eq(allowed_roles(reader, "first"), ROLE_READER);
    second.revoked_ms = 5000;
    ck_assert(allowed_put(writer, &second, &fault) && allowed_refresh(reader, &lost, &fault));
    ck_assert_uint_eq(lost, ROLE_SCORING | ROLE_DEPOSITOR);
    ck_assert_uint_eq(allowed_roles(reader, "second"), 0);
    ck_assert_uint_eq(allowed_by_public(reader, second.public)->revoked_ms, 5000);
    ck_assert_int_eq(unlink(list), 0);
    lost = 0;
    ck_assert(allowed_refresh(reader, &lost, &fault));
    ck_assert_uint_eq(lost, ROLE_READER);
    allowed_destroy(&writer);
    allowed_destroy(&reader);
}
END_TEST

START_TEST(a_list_with_anything_wrong_allows_nobody) {
    struct allowed_key key = some("first");
    static const char *const forms[] = {
        "first %s reader\n",
        "first %s reader 2026-11-25T09:30:00Z 2026-11-25T09:30:00Z more\n",
        "first %s brewer 2026-11-25T09:30:00Z\n",
        "first %s reader, 2026-11-25T09:30:00Z\n",
        "first %s reader yesterday\n",
        "../first %s reader 2026-11-25T09:30:00Z\n",
        "first %.39s reader 2026-11-25T09:30:00Z\n",
        "first %1$s reader 2026-11-25T09:30:00Z\nfirst %1$s admin 2026-11-25T09:30:00Z\n",
        "first %1$s reader 2026-11-25T09:30:00Z\nsecond %1$s admin 2026-11-25T09:30:00Z\n",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct fault fault = {0};
        char text[400];
        struct allowed *allowed = allowed_new(folder);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(text, sizeof text, forms[i], key.public);
#pragma GCC diagnostic pop
        write_text(list, text);
        ck_assert_msg(!allowed_refresh(allowed, NULL, &fault), "%s", text);
        ck_assert_uint_eq(allowed_count(allowed), 0);
        ck_assert_ptr_nonnull(strstr(fault.text, "line "));
        allowed_destroy(&allowed);
    }
}
END_TEST

START_TEST(what_is_no_file_is_not_waited_for) {
    struct fault fault = {0};
    struct allowed *allowed = allowed_new(folder);
    ck_assert_int_eq(mkfifo(list, 0600), 0); /* nobody writes */
    ck_assert(!allowed_refresh(allowed, NULL, &fault));
    ck_assert_msg(strstr(fault.text, "is not a file"), "%s", fault.text);
    ck_assert_uint_eq(allowed_count(allowed), 0);
    struct key key;
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert(!key_load(&key, path, &fault) && !key_load_public(&key, path, &fault));
    allowed_destroy(&allowed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("key");
    TCase *tests = tcase_create("key");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_key_is_read_as_it_was_written);
    tcase_add_test(tests, a_damaged_key_file_is_refused_without_a_word_of_what_is_in_it);
    tcase_add_test(tests, a_list_is_read_as_it_was_written_and_tells_which_roles_were_lost);
    tcase_add_test(tests, a_list_with_anything_wrong_allows_nobody);
    tcase_add_test(tests, what_is_no_file_is_not_waited_for);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
