/* Memory runs out while settings are read again: what was in force stays so, as a whole. */
#include "services/bus/reload.h"

#include "services/bus/log.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In place of what is told to a service manager, which may fail by itself: it is told that a reload
 * is over, however it went. */
static int reloading;
void __wrap_notify_reloading(void);
void __wrap_notify_ready(void);
void __wrap_notify_reloading(void) {
    reloading++;
}
void __wrap_notify_ready(void) {
    reloading--;
}

static char path[] = "/tmp/mindex-reload-XXXXXX";

static void begin(void) {
    static const char text[] = "hub.retry_ms = 7\nhub.batch_jobs = 8\nlog.level = error\n";
    int file = mkstemp(path);
    ck_assert(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    ck_assert_int_eq(close(file), 0);
    log_settings(LEVEL_ERROR, LOG_TEXT);
    log_error("settings not taken", "reason=\"none, this is the first line\""); /* it keeps room */
}

static void end(void) {
    ck_assert_int_eq(unlink(path), 0);
}

static bool read_again(const void *given, struct fault *fault) {
    struct config config;
    config_init(&config);
    (void)snprintf(config.file, sizeof config.file, "%s", (const char *)given);
    bool taken = reload(&config, "hub");
    uint64_t retry_ms = taken ? 7 : 200, jobs = taken ? 8 : 100;
    if (config.hub.retry_ms != retry_ms || config.hub.batch_jobs != jobs)
        return fault_set(fault, FAULT_INPUT, "taken in part");
    if (reloading != 0)
        return fault_set(fault, FAULT_INPUT, "the manager waits");
    return taken || fault_memory(fault);
}

START_TEST(settings_are_read_again) {
    each_allocation_fails(read_again, path);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out as settings are read again");
    TCase *tests = tcase_create("reload");
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, settings_are_read_again);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
