/* Memory runs out while a table is written, in each format but a workbook: libxlsxwriter 1.1.4 goes
 * on without what it did not get, and crashes. */
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/services/a_sheet.h"
#include "tests/suite.h"

static const struct pack *pack; /* read before memory begins to run out */

/* No body, or the problem that the system is out of memory, tells that it was. */
static bool writes(const void *path, struct fault *fault) {
    const struct request request = {.path = path, .query = "", .accept = "", .base = ""};
    struct answer answer = {.status = 200};
    struct sheet *sheet = some_sheet(pack);
    if (!sheet)
        return fault_memory(fault);
    sheet_answer(&sheet, &request, &answer);
    bool written = answer.body && answer.status == 200;
    free(answer.body);
    return written || fault_memory(fault);
}

static const char *const paths[] = {"/t.json", "/t.csv", "/t.csv-metadata.json", "/t.geojson",
                                    "/t.jsonstat.json"};

START_TEST(a_table_is_whole_or_nothing) {
    struct fault fault = {0};
    struct pack *small = small_pack_of(SMALL_DEFINITION, SMALL_AREAS, &fault);
    ck_assert_ptr_nonnull(small);
    pack = small;
    each_allocation_fails(writes, paths[_i]);
    pack_destroy(&small);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sheet");
    TCase *tests = tcase_create("memory");
    tcase_add_loop_test(tests, a_table_is_whole_or_nothing, 0, sizeof paths / sizeof *paths);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
