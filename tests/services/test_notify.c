/* When a service manager is told that the process is alive; what it hears of whole roles is looked
 * at in test_notify.py. */
#include "services/bus/clock.h"
#include "services/bus/notify.h"
#include "tests/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PERIOD_MS = 60000 };

static int64_t now_ms = 1000;
static int manager;

int64_t __wrap_clock_ms(void);
int64_t __wrap_clock_ms(void) {
    return now_ms;
}

static void set_up(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    char place[128];
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    /* A name that the kernel chooses, in the space of names without files. */
    ck_assert(bind(manager, (struct sockaddr *)&address, sizeof address.sun_family) == 0);
    ck_assert(getsockname(manager, (struct sockaddr *)&address, &length) == 0);
    int name = (int)(length - sizeof address.sun_family - 1);
    (void)snprintf(place, sizeof place, "@%.*s", name, address.sun_path + 1);
    (void)setenv("NOTIFY_SOCKET", place, 1);
    (void)setenv("WATCHDOG_USEC", "60000000", 1);
    (void)unsetenv("WATCHDOG_PID");
}

static void tear_down(void) {
    (void)close(manager);
}

static bool heard(const char *what) {
    char text[1000];
    ssize_t length = recv(manager, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    return strcmp(text, what) == 0;
}

START_TEST(it_is_said_twice_in_a_period) {
    notify_alive();
    ck_assert(heard("WATCHDOG=1"));
    ck_assert_int_eq(notify_until(now_ms), PERIOD_MS / 2);
    now_ms += PERIOD_MS / 2 - 1;
    notify_alive();
    ck_assert(!heard("WATCHDOG=1"));
    now_ms += 1;
    ck_assert_int_eq(notify_until(now_ms), 0);
    notify_alive();
    ck_assert(heard("WATCHDOG=1"));
}
END_TEST

START_TEST(a_loop_beside_that_hangs_ends_it_until_it_turns) {
    notify_turned(NOTIFY_STREAM);
    notify_turned(NOTIFY_WEBHOOKS);
    notify_alive();
    ck_assert(heard("WATCHDOG=1"));
    now_ms += PERIOD_MS / 2;
    notify_turned(NOTIFY_STREAM); /* the webhooks' does not */
    notify_alive();
    ck_assert(!heard("WATCHDOG=1"));
    ck_assert_int_gt(notify_until(now_ms), 0); /* nobody's loop is to turn without a pause */
    now_ms += PERIOD_MS / 2;
    notify_turned(NOTIFY_STREAM);
    notify_turned(NOTIFY_WEBHOOKS);
    notify_alive();
    ck_assert(heard("WATCHDOG=1"));
}
END_TEST

START_TEST(a_loop_that_has_ended_is_not_waited_for) {
    notify_turned(NOTIFY_WEBHOOKS);
    notify_ended(NOTIFY_WEBHOOKS);
    now_ms += PERIOD_MS;
    notify_alive();
    ck_assert(heard("WATCHDOG=1"));
}
END_TEST

START_TEST(a_status_is_one_line) {
    notify_status("refused: %s", "a\nWATCHDOG=trigger\x1b[2J");
    ck_assert(heard("STATUS=refused: a WATCHDOG=trigger?[2J"));
    notify_status("refused: %s", "\xc3\xa9\xe2\x80"); /* cut within a character */
    ck_assert(heard("STATUS=refused: \xc3\xa9??"));
}
END_TEST

START_TEST(without_a_manager_nothing_is_waited_for) {
    notify_forget();
    ck_assert_int_eq(notify_until(now_ms), INT64_MAX);
    notify_alive();
    notify_ready();
    ck_assert(!heard("READY=1"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("notify");
    TCase *alive = tcase_create("alive");
    tcase_add_checked_fixture(alive, set_up, tear_down);
    tcase_add_test(alive, it_is_said_twice_in_a_period);
    tcase_add_test(alive, a_loop_beside_that_hangs_ends_it_until_it_turns);
    tcase_add_test(alive, a_loop_that_has_ended_is_not_waited_for);
    tcase_add_test(alive, a_status_is_one_line);
    tcase_add_test(alive, without_a_manager_nothing_is_waited_for);
    suite_add_tcase(suite, alive);
    return suite_main(suite);
}
