/* Memory runs out while the league table or a map is made: nothing is shown, nothing is lost. */
#include "services/views/league.h"
#include "services/views/map_shapes.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

static struct pack *pack;
static struct edition *edition;
static struct cell cells[SMALL_AREA_COUNT];
static struct view view;
static FILE *out; /* with a buffer of its own: what is written to is not what fails here */
static char out_bytes[4096];

static void begin(void) {
    pack = small_pack();
    edition = small_edition(pack);
    for (int i = 0; i < SMALL_AREA_COUNT; i++)
        cells[i] = (struct cell){i, 0};
    out = fopen("/dev/null", "w");
    ck_assert(out && setvbuf(out, out_bytes, _IOFBF, sizeof out_bytes) == 0);
    view = (struct view){.number = 1, .pack = pack, .edition = edition, .cells = cells};
}

static void end(void) {
    (void)fclose(out);
    edition_destroy(&edition);
    pack_destroy(&pack);
}

static bool makes_a_league(const void *given, struct fault *fault) {
    struct league *league = league_of(&view, given);
    bool made = league != NULL;
    free(league);
    return made || fault_memory(fault);
}

static bool draws_a_map(const void *given, struct fault *fault) {
    const struct request request = {.path = "/map", .query = "", .accept = "", .base = ""};
    const struct map_frame frame = {0, 0, 100, 100};
    const struct map_page page = {.id = "m-", .request = &request};
    bool drawn = map_shapes(out, &view, PAY, false, &frame, given ? &page : NULL);
    return drawn || fault_memory(fault);
}

START_TEST(a_league) {
    const struct league_wanted wanted = {.node = PAY, .sort = LEAGUE_NAME};
    each_allocation_fails(makes_a_league, &wanted);
}
END_TEST

START_TEST(a_map) {
    each_allocation_fails(draws_a_map, &view);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out while tables and maps are made");
    TCase *tests = tcase_create("pages");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_league);
    tcase_add_test(tests, a_map);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
