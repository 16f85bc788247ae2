/* What one who follows the events gets while the hub is away. */
#include "services/bus/clock.h"
#include "services/publishing/sse_follower.h"

#include "tests/suite.h"

#include <string.h>

enum { LONG_MS = 60000 };

static struct log_reader reader;
static struct follower follower;

static void begin(const char *after) {
    struct fault fault = {0};
    const struct request request = {.path = "/", .query = ""};
    reader = (struct log_reader){.client = client_open("tcp://127.0.0.1:1", NULL, &fault),
                                 .recent = recent_new(10)};
    ck_assert_msg(reader.client && reader.recent, "%s", fault.text);
    ck_assert(follower_begin(&follower, &request, after, &fault));
}

static void end(void) {
    follower_clear(&follower);
    recent_destroy(&reader.recent);
    client_destroy(&reader.client);
}

static void fill(int64_t now, const char *expected) {
    size_t length;
    bool ends;
    follower_fill(&reader, &follower, now);
    char *text = follower_take(&follower, &length, &ends);
    ck_assert_uint_eq(length, strlen(expected));
    ck_assert(length == 0 || memcmp(text, expected, length) == 0);
    ck_assert(!ends);
    free(text);
}

START_TEST(before_the_hub_was_heard_it_hears_that_the_stream_lives) {
    begin(NULL);
    int64_t due = follower_due(&reader, &follower);
    ck_assert_int_gt(due, clock_ms());
    fill(due, ":\n\n");
    ck_assert_int_gt(follower_due(&reader, &follower), due);
    reader.knows = true;
    ck_assert_int_eq(follower_due(&reader, &follower), 0);
    fill(due, "retry: 2000\nid: 0\n\n");
    end();
}
END_TEST

START_TEST(what_is_behind_asks_again_and_says_now_and_then_that_it_lives) {
    begin("41-1764063000123");
    reader.knows = true;
    int64_t now = clock_ms();
    fill(now, ""); /* the hub does not answer */
    int64_t again = follower_due(&reader, &follower);
    ck_assert(again > now && again < now + LONG_MS);
    fill(now + LONG_MS, ":\n\n");
    fill(now + LONG_MS + 1, "");
    end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sse_follower");
    TCase *tests = tcase_create("the hub is away");
    tcase_add_test(tests, before_the_hub_was_heard_it_hears_that_the_stream_lives);
    tcase_add_test(tests, what_is_behind_asks_again_and_says_now_and_then_that_it_lives);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
