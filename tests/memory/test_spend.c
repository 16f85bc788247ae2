/* Memory runs out while need is compared with spend as a reader chose. */
#include "core/spend_share.h"
#include "services/views/html.h"
#include "services/views/page_spend.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

static struct pack *pack;
static struct edition *edition;
static struct release *money;
static struct comparison *comparison;
static struct view view;

static void begin(void) {
    struct fault fault = {0};
    pack = small_pack();
    edition = small_edition(pack);
    money = small_release(pack, SMALL_MONEY);
    comparison = spend_compare(pack, edition, money, &fault);
    view = (struct view){.number = 1,
                         .pack = pack,
                         .edition = edition,
                         .cause = "definition",
                         .comparison = comparison};
}

static void end(void) {
    comparison_destroy(&comparison);
    release_destroy(&money);
    edition_destroy(&edition);
    pack_destroy(&pack);
}

static bool compare_again(const void *given, struct fault *fault) {
    (void)given;
    struct spend_rules rules = comparison->rules;
    rules.n_exclude_areas = 0;
    struct comparison *out = spend_compare_by(pack, comparison, &rules, fault);
    bool made = out && out->compared == 5;
    comparison_destroy(&out);
    return made;
}

START_TEST(comparing_again) {
    each_allocation_fails(compare_again, NULL);
}
END_TEST

static bool share(const void *given, struct fault *fault) {
    (void)given;
    struct spend_share *out = spend_share(pack, comparison, 2, fault);
    bool made = out && out->n_order == 4;
    spend_share_destroy(&out);
    return made;
}

START_TEST(shares) {
    each_allocation_fails(share, NULL);
}
END_TEST

static const struct request leave_nothing_out = {.path = "/spend",
                                                 .query = "leave-out=none",
                                                 .accept = "",
                                                 .base = "",
                                                 .parameters = {{"leave-out", "none"}},
                                                 .n_parameters = 1};

/* One of the views of the page: whole, or none of it. */
static bool write(const void *part, struct fault *fault) {
    bool quadrants = *(const int *)part == 0;
    struct answer answer = {.status = 200};
    struct spent s = {.request = &leave_nothing_out, .view = &view};
    if (!spend_choice_read(s.request, &view, &s.choice, &answer)) {
        free(answer.body);
        return fault_memory(fault);
    }
    bool fine = false;
    s.out = page_open(&answer);
    if (s.out) {
        fine = quadrants ? spend_quadrants(&s) : spend_shares(&s);
        page_close(&answer, s.out);
    }
    spend_choice_end(&s.choice);
    fine = fine && answer.body && strstr(answer.body, "Fir");
    free(answer.body);
    return fine || fault_memory(fault);
}

START_TEST(a_page) {
    each_allocation_fails(write, &_i);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("spend without memory");
    TCase *tests = tcase_create("spend");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, comparing_again);
    tcase_add_test(tests, shares);
    tcase_add_loop_test(tests, a_page, 0, 2);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
