/* Which endpoints only this machine reaches, and where holders of keys are heard. */
#include "services/bus/endpoint.h"
#include "services/bus/process.h"

#include "tests/suite.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

START_TEST(what_this_machine_alone_reaches_is_known_and_all_else_is_not) {
    static const char *const local[] = {
        "ipc:///srv/mindex/hub",   "ipc://relative/hub", "tcp://127.0.0.1:5600",
        "tcp://127.255.255.254:*", "tcp://[::1]:5600",   "tcp://localhost:5600",
    };
    static const char *const not_local[] = {
        "ipc://",
        "ipc://*",
        "ipc://@mindex",
        "tcp://*:5600",
        "tcp://0.0.0.0:5600",
        "tcp://[::]:5600",
        "tcp://[::ffff:127.0.0.1]:5600",
        "tcp://10.0.0.5:5600",
        "tcp://128.0.0.1:5600",
        "tcp://lo:5600",
        "tcp://127.1:5600",
        "tcp://127.0.0.1.example.org:5600",
        "tcp://localhost.example.org:5600",
        "tcp://127.0.0.1;10.0.0.5:5600",
        "tcp://10.0.0.5:0;127.0.0.1:5600",
        "tcp://127.0.0.1",
        "tcp://",
        "tcp://]:1",
        "tcp://[]:1",
        "TCP://127.0.0.1:5600",
        "udp://127.0.0.1:5600",
        "ws://127.0.0.1:5600",
        "vmci://*:5600",
        "pgm://127.0.0.1;239.0.0.1:5600",
        "inproc://hub",
        "",
    };
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        ck_assert_msg(endpoint_local(local[i]), "%s", local[i]);
    for (size_t i = 0; i < sizeof not_local / sizeof *not_local; i++)
        ck_assert_msg(!endpoint_local(not_local[i]), "%s", not_local[i]);
}
END_TEST

static unsigned port_of(const struct sockaddr_storage *address) {
    return address->ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)address)->sin6_port)
                                          : ntohs(((const struct sockaddr_in *)address)->sin_port);
}

START_TEST(where_pages_are_served_is_an_address_in_figures_and_a_port) {
    static const struct {
        const char *text;
        int family;
        unsigned port;
        bool local;
    } fine[] = {
        {"http://127.0.0.1:5605", AF_INET, 5605, true}, {"http://localhost:1", AF_INET, 1, true},
        {"http://[::1]:65535", AF_INET6, 65535, true},  {"http://127.0.0.1:*", AF_INET, 0, true},
        {"http://*:5605", AF_INET, 5605, false},        {"http://[::]:80", AF_INET6, 80, false},
        {"http://10.0.0.5:5605", AF_INET, 5605, false},
    };
    static const char *const wrong[] = {
        "",
        "http://",
        "http://:5605",
        "http://127.0.0.1",
        "http://127.0.0.1:",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:5605/",
        "http://127.0.0.1:-1",
        "http://127.1:5605",
        "http://::1:5605",
        "http://[::1:5605",
        "http://[]:5605",
        "http://example.org:5605",
        "https://127.0.0.1:5605",
        "tcp://127.0.0.1:5605",
        "127.0.0.1:5605",
    };
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct sockaddr_storage address;
        struct fault fault = {0};
        ck_assert_msg(endpoint_http(fine[i].text, &address, &fault), "%s", fault.text);
        ck_assert_int_eq(address.ss_family, fine[i].family);
        ck_assert_uint_eq(port_of(&address), fine[i].port);
        ck_assert(address_local((const struct sockaddr *)&address) == fine[i].local);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct sockaddr_storage address;
        struct fault fault = {0};
        ck_assert_msg(!endpoint_http(wrong[i], &address, &fault), "%s", wrong[i]);
        ck_assert_int_eq(fault.kind, FAULT_INPUT);
    }
}
END_TEST

START_TEST(an_endpoint_of_any_length_is_looked_at_within_bounds) {
    char endpoint[4 * ENDPOINT_TEXT];
    for (size_t length = 0; length < sizeof endpoint; length++) {
        memset(endpoint, '1', length);
        endpoint[length] = '\0';
        memcpy(endpoint, "tcp://", length < 6 ? length : 6);
        ck_assert(!endpoint_local(endpoint));
    }
}
END_TEST

START_TEST(an_endpoint_has_an_address_where_nothing_must_be_looked_up) {
    struct sockaddr_storage address;
    struct sockaddr_un *file = (struct sockaddr_un *)&address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    char longest[200] = "ipc:///";
    ck_assert(endpoint_address("ipc:///srv/mindex/hub", &address) == sizeof *file);
    ck_assert(address.ss_family == AF_UNIX);
    ck_assert_str_eq(file->sun_path, "/srv/mindex/hub");
    ck_assert(endpoint_address("tcp://127.0.0.1:5600", &address) == sizeof *four);
    ck_assert(ntohs(four->sin_port) == 5600 && ntohl(four->sin_addr.s_addr) == INADDR_LOOPBACK);
    ck_assert(endpoint_address("tcp://[::1]:5600", &address) == sizeof(struct sockaddr_in6));
    ck_assert(endpoint_address("tcp://localhost:5600", &address) == sizeof *four);
    static const char *const none[] = {"tcp://example.org:5600",
                                       "tcp://127.0.0.1:0",
                                       "tcp://127.0.0.1:*",
                                       "tcp://127.0.0.1",
                                       "ipc://@mindex",
                                       "udp://127.0.0.1:5600",
                                       ""};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(endpoint_address(none[i], &address) == 0, "%s", none[i]);
    memset(longest + 7, 'x', sizeof longest - 8);
    ck_assert(endpoint_address(longest, &address) == 0);
}
END_TEST

START_TEST(who_holds_a_lock_is_seen_without_taking_it) {
    char path[] = "/tmp/mindex-test-lock-XXXXXX";
    struct fault fault = {0};
    int file = mkstemp(path);
    ck_assert(file >= 0);
    ck_assert(process_lock_holder(path) == 0);
    int lock = process_lock(path, &fault);
    ck_assert(lock >= 0);
    ck_assert(process_lock_holder(path) == getpid());
    (void)close(lock);
    ck_assert(process_lock_holder(path) == 0);
    (void)close(file);
    ck_assert(unlink(path) == 0);
    ck_assert(process_lock_holder(path) == 0);
}
END_TEST

START_TEST(three_doors_have_ports_that_follow_each_other) {
    struct fault fault = {0};
    char out[ENDPOINT_TEXT];
    ck_assert(endpoint_door(out, "tcp://*:5600", DOOR_HUB, &fault));
    ck_assert_str_eq(out, "tcp://*:5600");
    ck_assert(endpoint_door(out, "tcp://*:5600", DOOR_REPLAY, &fault));
    ck_assert_str_eq(out, "tcp://*:5601");
    ck_assert(endpoint_door(out, "tcp://[2001:db8::1]:65533", DOOR_EVENTS, &fault));
    ck_assert_str_eq(out, "tcp://[2001:db8::1]:65535");
    ck_assert(endpoint_door(out, "tcp://10.0.0.5:*", DOOR_EVENTS, &fault));
    ck_assert_str_eq(out, "tcp://10.0.0.5:*");
}
END_TEST

START_TEST(a_place_to_listen_at_is_tcp_with_room_for_three_ports) {
    static const char *const wrong[] = {"",           "tcp://",        "tcp://:5600",
                                        "tcp://*",    "tcp://*:",      "tcp://*:0",
                                        "tcp://*:-1", "tcp://*:65534", "tcp://*:5600x",
                                        "*:5600",     "udp://*:5600",  "ipc:///tmp/mindex:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fault fault = {0};
        char out[ENDPOINT_TEXT];
        ck_assert_msg(!endpoint_door(out, wrong[i], DOOR_HUB, &fault), "%s", wrong[i]);
        ck_assert_int_eq(fault.kind, FAULT_INPUT);
    }
}
END_TEST

/* Where the state folder's path is too long for a socket, the sockets lie in a folder under /tmp
 * with a name that anybody can work out. */
START_TEST(a_folder_of_sockets_that_others_may_write_into_is_refused) {
    struct fault fault = {0};
    struct places places, again;
    char state[400], *folder = places.hub + strlen("ipc://");
    (void)snprintf(state, sizeof state, "/tmp/mindex-test-%ld/%0200d", (long)getpid(), 0);
    ck_assert_msg(places_find(&places, state, NULL, NULL, NULL, &fault), "%s", fault.text);
    *strrchr(folder, '/') = '\0';
    struct stat info;
    ck_assert_int_eq(stat(folder, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0700);
    ck_assert_int_eq(chmod(folder, 0777), 0);
    ck_assert(!places_find(&again, state, NULL, NULL, NULL, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "not ours alone"));
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(symlink("/tmp", folder), 0);
    ck_assert(!places_find(&again, state, NULL, NULL, NULL, &fault));
    ck_assert_int_eq(unlink(folder), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("endpoint");
    TCase *tests = tcase_create("endpoint");
    tcase_add_test(tests, what_this_machine_alone_reaches_is_known_and_all_else_is_not);
    tcase_add_test(tests, where_pages_are_served_is_an_address_in_figures_and_a_port);
    tcase_add_test(tests, an_endpoint_of_any_length_is_looked_at_within_bounds);
    tcase_add_test(tests, three_doors_have_ports_that_follow_each_other);
    tcase_add_test(tests, a_place_to_listen_at_is_tcp_with_room_for_three_ports);
    tcase_add_test(tests, a_folder_of_sockets_that_others_may_write_into_is_refused);
    tcase_add_test(tests, an_endpoint_has_an_address_where_nothing_must_be_looked_up);
    tcase_add_test(tests, who_holds_a_lock_is_seen_without_taking_it);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
