/* Memory runs out while places are searched, neighbours found, and a reader is led on. */
#include "core/neighbours.h"
#include "core/search.h"
#include "services/views/html.h"
#include "services/views/redirect.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

static struct pack *pack;
static struct edition *edition;

static void begin(void) {
    pack = small_pack();
    edition = small_edition(pack);
}

static void end(void) {
    edition_destroy(&edition);
    pack_destroy(&pack);
}

static bool search(const void *text, struct fault *fault) {
    struct search_hit hits[SMALL_AREA_COUNT];
    struct search *search = search_new(pack->geography, fault);
    bool found = search && search_places(search, text, hits) == 1 && hits[0].area == E03;
    search_destroy(&search);
    return found;
}

START_TEST(a_search) {
    each_allocation_fails(search, "ceda");
}
END_TEST

static bool neighbours(const void *area, struct fault *fault) {
    struct neighbour out[SMALL_AREA_COUNT];
    size_t n, n_metrics;
    return neighbours_find(pack, edition, *(const size_t *)area, SMALL_AREA_COUNT, out, &n,
                           &n_metrics, fault) &&
           n == 5;
}

START_TEST(neighbours_of_a_place) {
    const size_t area = E03;
    each_allocation_fails(neighbours, &area);
}
END_TEST

/* No body tells that memory was out; no half of an address is left behind. */
static bool lead(const void *code, struct fault *fault) {
    const struct request request = {.path = "/search", .query = "", .accept = "", .base = ""};
    struct answer answer = {.status = 200};
    answer_to_place(&answer, &request, code, "/print", "E9<");
    bool led = answer.body && answer.status == 303 &&
               strcmp(answer.location, "/places/E03/print?was=E9%3C") == 0;
    bool left = !answer.body && *answer.location;
    free(answer.body);
    return (led && !left) || fault_memory(fault);
}

START_TEST(leading_on) {
    each_allocation_fails(lead, "E03");
}
END_TEST

static bool page(const void *title, struct fault *fault) {
    const struct request request = {.path = "/", .query = "", .accept = "", .base = ""};
    const struct page page = {.title = title, .description = "A page.", .request = &request};
    struct answer answer = {.status = 200};
    FILE *out = page_open(&answer);
    if (!out)
        return fault_memory(fault);
    page_begin(out, &page);
    page_end(out, &page);
    page_close(&answer, out);
    bool whole = answer.body && strstr(answer.body, "</html>");
    free(answer.body);
    return whole || fault_memory(fault);
}

START_TEST(a_page) {
    each_allocation_fails(page, "Title");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("places without memory");
    TCase *tests = tcase_create("places");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_search);
    tcase_add_test(tests, neighbours_of_a_place);
    tcase_add_test(tests, leading_on);
    tcase_add_test(tests, a_page);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
