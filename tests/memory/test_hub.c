/* Memory runs out in the hub while a hand-in is taken in: all of it is taken in, or nothing, and
 * who handed it in is told which. */
#include "services/hub/hub.h"
#include "services/ingestion/ingestion.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

#include <sqlite3.h>
#include <unistd.h>

static char folder[40], database[64];
static zsock_t *hub_socket;
static zframe_t *client, *handed, *result;

/* --- what the hub says, in place of the socket ------------------------------------------------ */

static struct {
    Mindex__V1__Message__BodyCase what;
    char error[1000];
} said;

bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message);
bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message) {
    (void)socket, (void)to;
    said.what = message->body_case;
    if (said.what == MINDEX__V1__MESSAGE__BODY_ERROR)
        (void)snprintf(said.error, sizeof said.error, "%s", message->error->reason);
    return true;
}

/* --- a pack and its releases, read by the ingestion role -------------------------------------- */

static void begin(void) {
    static const char *const names[] = {"index.yaml",         "areas.csv",
                                        "geography.csv",      "codes.csv",
                                        "data/pay/2024.csv",  "data/county-jobs/2024.csv",
                                        "data/soot/2025.csv", "data/money/2022-23.csv"};
    static const char *const texts[] = {SMALL_DEFINITION, SMALL_AREAS, SMALL_GEOGRAPHY,
                                        SMALL_CODES,      SMALL_PAY,   SMALL_JOBS,
                                        SMALL_SOOT,       SMALL_MONEY};
    enum { FILES = sizeof names / sizeof *names };
    File files[FILES], *list[FILES];
    for (size_t i = 0; i < FILES; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = FILES;
    body.files = list;
    body.has_pack = body.pack = true;
    Message question = wire_message(7);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    handed = wire_frame(&question);
    ReadTask order = MINDEX__V1__READ_TASK__INIT;
    order.hand_in = &body;
    Task task = MINDEX__V1__TASK__INIT;
    task.work_case = MINDEX__V1__TASK__WORK_READ;
    task.read = &order;
    struct fault fault = {0};
    struct library *library = library_new(NULL, NULL); /* of which nothing is asked */
    result = ingestion_perform(library, &task, NULL, &fault);
    ck_assert_msg(result != NULL, "%s", fault.text);
    library_destroy(&library);
    client = zframe_new("client", 6);
    hub_socket = NULL; /* wire_send is replaced */
    /* In memory where that can be had: a database is made and put on disk some 400 times. */
    (void)snprintf(folder, sizeof folder, "%s/mindex-memory-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(database, sizeof database, "%s/m.db", folder);
}

static void forget_database(void) {
    static const char *const ends[] = {"", "-wal", "-shm", ".lock", "-lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[sizeof database + 8];
        (void)snprintf(path, sizeof path, "%s%s", database, ends[i]);
        (void)unlink(path);
    }
}

static void end(void) {
    forget_database();
    (void)rmdir(folder);
    zframe_destroy(&handed);
    zframe_destroy(&result);
    zframe_destroy(&client);
}

/* --- the scenario ----------------------------------------------------------------------------- */

static int count_of(const char *table) {
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char sql[80];
    int count = -1;
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    if (sqlite3_open(database, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return count;
}

static bool told(struct fault *fault) {
    bool received = said.what == MINDEX__V1__MESSAGE__BODY_RECEIPT;
    int releases = count_of("release"), tasks = count_of("task");
    if (releases != (received ? 4 : 0) || tasks != (received ? 1 : 0))
        return fault_set(fault, FAULT_INPUT, "%d releases and %d tasks are stored", releases,
                         tasks);
    if (received)
        return true;
    return fault_set(fault, strstr(said.error, "memory") ? FAULT_MEMORY : FAULT_INPUT, "%s",
                     said.what == MINDEX__V1__MESSAGE__BODY_ERROR ? said.error : "no answer");
}

static bool takes_in(struct hub *hub, struct fault *fault) {
    Message *question = wire_read(handed);
    if (!question)
        return fault_memory(fault); /* the client is told that it is no message */
    said.what = MINDEX__V1__MESSAGE__BODY__NOT_SET;
    intake_hand_in(hub, client, question);
    wire_free(&question);
    struct job *job = hub->queue.first[JOB_READ];
    Message *done = job ? wire_read(result) : NULL;
    if (job && !done)
        return fault_memory(fault); /* the worker's lease runs out, and another does it again */
    if (done)
        intake_done(hub, job, done->task_done);
    wire_free(&done);
    /* A result that could not be checked counts as a failure, and the files are read once more. */
    bool again = hub->queue.first[JOB_READ] && said.what == MINDEX__V1__MESSAGE__BODY__NOT_SET;
    return !again || fault_memory(fault);
}

static bool hands_in(const void *given, struct fault *fault) {
    (void)given;
    forget_database();
    struct config config;
    config_init(&config);
    struct hub hub = {.config = &config, .database = database, .socket = hub_socket};
    hub.store = store_open(database, fault);
    hub.library = hub.store ? library_new(store_get_blob, hub.store) : NULL;
    bool good = hub.library && store_next_due(hub.store, &hub.next_due, fault);
    if (hub.store && !hub.library)
        fault_memory(fault);
    good = good && takes_in(&hub, fault);
    queue_clear(&hub.queue);
    library_destroy(&hub.library);
    store_close(&hub.store);
    return good && told(fault);
}

START_TEST(a_hand_in) {
    failing_memory_spares("libczmq"); /* it ends the process; the hub is started again then */
    failing_memory_spares("libzmq");
    failing_memory_spares("libsqlite3"); /* which is tested so by those who make it */
    failing_memory_forgives("libyaml");  /* see test_definition.c */
    each_allocation_fails(hands_in, NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out in the hub");
    TCase *tests = tcase_create("hub");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, a_hand_in);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
