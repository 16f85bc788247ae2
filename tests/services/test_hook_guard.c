/* Where webhooks may go: by the text of the URL, and by the address that it leads to. */
#include "services/bus/hook_url.h"
#include "services/publishing/hook_guard.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the URL ---------------------------------------------------------------------------------- */

static void check_fits(const char *url, bool plain_http) {
    struct fault fault = {0};
    bool is_plain = !plain_http;
    ck_assert_msg(hook_url_fits(url, &is_plain, &fault), "%s: %s", url, fault.text);
    ck_assert_msg(is_plain == plain_http, "%s", url);
}

static void check_url_refused(const char *url, const char *says) {
    struct fault fault = {0};
    ck_assert_msg(!hook_url_fits(url, NULL, &fault), "%s was taken", url);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_msg(strstr(fault.text, says) != NULL, "%s: %s", url, fault.text);
}

START_TEST(urls_of_https_fit_and_of_http_are_known) {
    check_fits("https://example.org/hook", false);
    check_fits("https://example.org", false);
    check_fits("HTTPS://Example.org:8443/a?b=c%20d", false);
    check_fits("https://[2606:4700::1]:1024/", false);
    check_fits("http://10.1.2.3/hook", true);
    check_fits("http://10.1.2.3:80/hook", true);
}
END_TEST

START_TEST(other_urls_say_what_is_wrong) {
    check_url_refused("", "expected 1 to 2000 characters");
    check_url_refused("https://example.org/a b", "without blanks");
    check_url_refused("https://example.org/\xc3\xa9", "ASCII");
    check_url_refused("https://example.org/\r\nX: y", "ASCII");
    check_url_refused("example.org", "");
    check_url_refused("ftp://example.org/", "found ftp://, expected https://");
    check_url_refused("file:///etc/passwd", "expected https://");
    check_url_refused("gopher://example.org:70/x", "expected https://");
    check_url_refused("https://user@example.org/", "a user name or password");
    check_url_refused("https://user:word@example.org/", "a user name or password");
    check_url_refused("https://example.org/#top", "after #");
    check_url_refused("https://example.org/#", "after #");
    check_url_refused("https://example.org:22/", "found port 22, expected 443 or one from 1024");
    check_url_refused("https://example.org:80/", "found port 80");
    check_url_refused("http://example.org:25/", "expected 443, 80 or one from 1024");
    check_url_refused("https://example.org:99999/", "");
    check_url_refused("https:///hook", "");
    check_url_refused("https://exa mple.org", "blanks");
    char url[HOOK_URL_MAX + 20] = "https://example.org/";
    memset(url + strlen(url), 'a', HOOK_URL_MAX - 19);
    check_url_refused(url, "expected 1 to 2000");
}
END_TEST

/* --- addresses -------------------------------------------------------------------------------- */

static struct sockaddr_storage address(const char *text) {
    struct sockaddr_storage out = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        v4->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
        v6->sin6_family = AF_INET6;
    else
        ck_abort_msg("%s", text);
    return out;
}

START_TEST(only_what_the_world_can_have_is_public) {
    static const char *const public[] = {"8.8.8.8",         "1.1.1.1",      "100.63.255.255",
                                         "100.128.0.0",     "172.15.0.1",   "172.32.0.1",
                                         "192.167.1.1",     "198.20.0.1",   "223.255.255.255",
                                         "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"};
    static const char *const other[] = {"0.0.0.0",
                                        "0.1.2.3",
                                        "10.0.0.1",
                                        "10.255.255.255",
                                        "100.64.0.1",
                                        "100.127.255.255",
                                        "127.0.0.1",
                                        "127.8.9.10",
                                        "169.254.169.254",
                                        "172.16.0.1",
                                        "172.31.255.255",
                                        "192.0.0.8",
                                        "192.0.2.1",
                                        "192.88.99.1",
                                        "192.168.1.1",
                                        "198.18.0.1",
                                        "198.19.255.255",
                                        "198.51.100.7",
                                        "203.0.113.9",
                                        "224.0.0.1",
                                        "239.1.1.1",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "::ffff:127.0.0.1",
                                        "::ffff:10.0.0.1",
                                        "::ffff:169.254.169.254",
                                        "::127.0.0.1",
                                        "fe80::1",
                                        "fec0::1",
                                        "fc00::1",
                                        "fd12:3456::1",
                                        "ff02::1",
                                        "64:ff9b::a00:1",
                                        "100::1",
                                        "2001::1",
                                        "2001:10::1",
                                        "2001:db8::1",
                                        "2002:a00:1::1",
                                        "3fff::1",
                                        "4000::1",
                                        "::ffff:0:127.0.0.1"};
    for (size_t i = 0; i < sizeof public / sizeof *public; i++) {
        struct sockaddr_storage it = address(public[i]);
        ck_assert_msg(address_public((struct sockaddr *)&it), "%s", public[i]);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct sockaddr_storage it = address(other[i]);
        ck_assert_msg(!address_public((struct sockaddr *)&it), "%s", other[i]);
    }
    struct sockaddr local = {.sa_family = AF_UNIX};
    ck_assert(!address_public(&local));
}
END_TEST

/* --- the operator's list ---------------------------------------------------------------------- */

static char folder[64];
static struct hook_guard *guard;
static struct fault fault;

static void begin(void) {
    (void)snprintf(folder, sizeof folder, "/tmp/mindex-guard-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    memset(&fault, 0, sizeof fault);
    guard = hook_guard_new(folder, &fault);
    ck_assert_ptr_nonnull(guard);
}

static void end(void) {
    char path[100];
    (void)snprintf(path, sizeof path, "%s/webhooks.allow", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    hook_guard_destroy(&guard);
}

static void put(const char *text, mode_t mode) {
    char path[100];
    (void)snprintf(path, sizeof path, "%s/webhooks.allow", folder);
    (void)unlink(path); /* a new file, which is told from the one before */
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static bool allows(const char *text, bool plain_http) {
    struct sockaddr_storage it = address(text);
    return hook_guard_allows(guard, (struct sockaddr *)&it, plain_http, &fault);
}

START_TEST(without_a_list_only_public_addresses_with_tls_are_reached) {
    ck_assert(hook_guard_refresh(guard, &fault));
    ck_assert(allows("8.8.8.8", false));
    ck_assert(!allows("8.8.8.8", true));
    ck_assert_ptr_nonnull(strstr(fault.text, "expected https"));
    ck_assert(!allows("127.0.0.1", false));
    ck_assert_ptr_nonnull(strstr(fault.text, "is no public address"));
}
END_TEST

START_TEST(what_the_list_names_is_reached_with_http_too) {
    put("# our own\n10.1.2.0/24\n\n  ::1   # this machine\n127.0.0.1\n0.0.0.0/32", 0600);
    ck_assert_msg(hook_guard_refresh(guard, &fault), "%s", fault.text);
    ck_assert(allows("10.1.2.255", true));
    ck_assert(allows("::ffff:10.1.2.3", false)); /* the same address */
    ck_assert(!allows("10.1.3.0", false));
    ck_assert(allows("::1", true));
    ck_assert(!allows("::2", true));
    ck_assert(allows("127.0.0.1", true));
    ck_assert(!allows("127.0.0.2", true));
    put("fd00::/7\n100.64.0.0/10\n", 0600);
    ck_assert(!hook_guard_refresh(guard, &fault)); /* something behind the bits */
    put("fc00::/7\n100.64.0.0/10\n", 0600);
    ck_assert(hook_guard_refresh(guard, &fault));
    ck_assert(allows("fdff::1", false));
    ck_assert(allows("100.127.255.255", true));
    ck_assert(!allows("100.128.0.0", true));
    ck_assert(!allows("127.0.0.1", true)); /* no longer */
}
END_TEST

static void check_list_refused(const char *text, const char *says) {
    put("127.0.0.1\n", 0600);
    ck_assert(hook_guard_refresh(guard, &fault) && allows("127.0.0.1", true));
    put(text, 0600);
    ck_assert_msg(!hook_guard_refresh(guard, &fault), "%s was taken", text);
    ck_assert_msg(strstr(fault.text, says) != NULL, "%s: %s", text, fault.text);
    ck_assert(!allows("127.0.0.1", true));
    ck_assert(hook_guard_refresh(guard, &fault)); /* it is said once */
}

START_TEST(a_list_with_a_mistake_allows_nothing) {
    check_list_refused("127.0.0.1\nlocalhost\n", "line 2: found 'localhost', expected an address");
    check_list_refused("127.0.0.1/33\n", "found /33, expected /0 to /32");
    check_list_refused("127.0.0.1 10.0.0.1\n", "expected an address");
    check_list_refused("10.0.0.0/8 or so\n", "found /8 or so");
    check_list_refused("10.0.0.0/-1\n", "found /-1");
    check_list_refused("10.0.0.0/\n", "found /,");
    check_list_refused("10.1.2.3/8\n", "has something behind its first 8 bits");
    check_list_refused("::1/129\n", "expected /0 to /128");
    char text[400];
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    check_list_refused(text, "a line of more than");
}
END_TEST

START_TEST(a_list_that_others_may_write_allows_nothing) {
    put("127.0.0.1\n", 0622);
    ck_assert(!hook_guard_refresh(guard, &fault));
    ck_assert(!allows("127.0.0.1", true));
    put("127.0.0.1\n", 0644);
    ck_assert(hook_guard_refresh(guard, &fault));
    ck_assert(allows("127.0.0.1", true));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hook_guard");
    TCase *url = tcase_create("url");
    tcase_add_test(url, urls_of_https_fit_and_of_http_are_known);
    tcase_add_test(url, other_urls_say_what_is_wrong);
    suite_add_tcase(suite, url);
    TCase *addresses = tcase_create("addresses");
    tcase_add_test(addresses, only_what_the_world_can_have_is_public);
    suite_add_tcase(suite, addresses);
    TCase *list = tcase_create("list");
    tcase_add_checked_fixture(list, begin, end);
    tcase_add_test(list, without_a_list_only_public_addresses_with_tls_are_reached);
    tcase_add_test(list, what_the_list_names_is_reached_with_http_too);
    tcase_add_test(list, a_list_with_a_mistake_allows_nothing);
    tcase_add_test(list, a_list_that_others_may_write_allows_nothing);
    suite_add_tcase(suite, list);
    return suite_main(suite);
}
