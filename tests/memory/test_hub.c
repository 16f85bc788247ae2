/* Memory runs out in the hub while it takes a hand-in in, or a worker's result: all of it is taken
 * in, or nothing, and who handed it in is told which; or while it answers a question. */
#include "services/bus/hash.h"
#include "services/bus/stored.h"
#include "services/comparison/comparison.h"
#include "services/hub/hub.h"
#include "services/ingestion/ingestion.h"
#include "services/scoring/scoring.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

static char folder[40], database[64];
static zsock_t *hub_socket;
static zframe_t *client, *handed, *result;

/* --- what the hub says, in place of the socket ------------------------------------------------ */

static struct {
    Mindex__V1__Message__BodyCase what;
    char error[1000];
    bool try_again;
} said;

/* An edition that is not kept is fetched when it is asked for. */
void __real_library_keep_edition(struct library *library, const char *pack, const char *hash,
                                 struct edition **edition, const EditionScores *scores);
void __wrap_library_keep_edition(struct library *library, const char *pack, const char *hash,
                                 struct edition **edition, const EditionScores *scores);
void __wrap_library_keep_edition(struct library *library, const char *pack, const char *hash,
                                 struct edition **edition, const EditionScores *scores) {
    failing_memory_can_be_done_without(true);
    __real_library_keep_edition(library, pack, hash, edition, scores);
    failing_memory_can_be_done_without(false);
}

bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message);
bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message) {
    (void)socket, (void)to;
    said.what = message->body_case;
    if (said.what == MINDEX__V1__MESSAGE__BODY_ERROR) {
        (void)snprintf(said.error, sizeof said.error, "%s", message->error->reason);
        said.try_again = message->error->try_again;
    }
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
    repeats_clear(&hub);
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

/* --- what follows a hand-in ------------------------------------------------------------------- */

/* The database before a worker's result, and the result; or before a question, and the question. */
struct moment {
    char bytes[1 << 20];
    size_t length;
    const char *role; /* of the worker; NULL: a question */
    bool study;       /* it is of a batch job's next task */
    zframe_t *frame;
    const char *table; /* of which the result makes one more */
    Mindex__V1__Message__BodyCase answer;
};

static void keep_database(struct moment *moment) {
    int file = open(database, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, moment->bytes, sizeof moment->bytes);
    ck_assert_int_gt(length, 0);
    ck_assert_int_lt(length, sizeof moment->bytes);
    moment->length = (size_t)length;
    (void)close(file);
}

static bool put_database(const struct moment *moment) {
    forget_database();
    int file = open(database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool put = write(file, moment->bytes, moment->length) == (ssize_t)moment->length;
    return close(file) == 0 && put;
}

/* The numbers of tasks that are not in the store are above this one. */
static const uint64_t first_task = UINT64_C(1) << 62;

static bool open_hub(struct hub *hub, struct config *config, struct fault *fault) {
    config_init(config);
    *hub = (struct hub){.config = config, .database = database, .socket = hub_socket};
    hub->last_read_task = first_task;
    hub->store = store_open(database, fault);
    hub->library = hub->store ? library_new(store_get_blob, hub->store) : NULL;
    if (hub->store && !hub->library)
        return fault_memory(fault);
    return hub->library && store_pack(hub->store, hub->pack, fault) &&
           store_newest_event(hub->store, &hub->newest_event, fault) &&
           store_oldest_event(hub->store, &hub->oldest_event, fault) &&
           store_next_due(hub->store, &hub->next_due, fault) && chain_resume(hub, fault) &&
           jobs_resume(hub, fault) && subscriptions_open(hub, fault);
}

static void close_hub(struct hub *hub) {
    peers_clear(hub);
    events_clear(hub);
    queue_clear(&hub->queue);
    jobs_clear(hub);
    library_destroy(&hub->library);
    store_close(&hub->store);
}

static void say(struct hub *hub, const Message *message) {
    zframe_t *frame = wire_frame(message);
    if (frame)
        hub_take(hub, client, &frame);
    zframe_destroy(&frame);
}

/* `protocol`: the only one that it speaks; 0: those of version 0.1.0. */
static void say_hello_in(struct hub *hub, const char *role, uint32_t protocol) {
    Mindex__V1__Hello hello = MINDEX__V1__HELLO__INIT;
    hello.role = (char *)role;
    hello.name = hello.build = "test";
    hello.has_protocol = hello.has_protocol_least = protocol != 0;
    hello.protocol = hello.protocol_least = protocol;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    say(hub, &message);
}

static void say_hello(struct hub *hub, const char *role) {
    say_hello_in(hub, role, 0);
}

/* There is all that a status tells of: a worker, one that is refused, and a follower of events. */
static void populate(struct hub *hub) {
    SubscriberStatus one = MINDEX__V1__SUBSCRIBER_STATUS__INIT, *list[] = {&one};
    Heartbeat heartbeat = MINDEX__V1__HEARTBEAT__INIT;
    one.kind = "replay";
    one.name = "local";
    one.has_after = true;
    heartbeat.n_subscribers = 1;
    heartbeat.subscribers = list;
    heartbeat.has_subscribers_total = true;
    heartbeat.subscribers_total = 1;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    failing_memory_can_be_done_without(true); /* they are not in the status then */
    say_hello_in(hub, "scoring", 1000);
    say_hello_in(hub, "publishing", 2);
    say(hub, &message);
    failing_memory_can_be_done_without(false);
    said.what = MINDEX__V1__MESSAGE__BODY__NOT_SET;
}

static bool hears(const void *given, struct fault *fault) {
    const struct moment *moment = given;
    struct config config;
    struct hub hub;
    if (!put_database(moment))
        return fault_set(fault, FAULT_INPUT, "the database cannot be put back");
    int before = moment->table ? count_of(moment->table) : 0;
    bool good = open_hub(&hub, &config, fault);
    said.what = MINDEX__V1__MESSAGE__BODY__NOT_SET;
    if (moment->answer == MINDEX__V1__MESSAGE__BODY_STATUS)
        hub.pack[0] = '\0'; /* reading a pack has a test of its own: test_services.c */
    if (good && moment->answer == MINDEX__V1__MESSAGE__BODY_STATUS)
        populate(&hub);
    if (good && moment->role)
        say_hello(&hub, moment->role);
    struct job *job = good && moment->study ? studies_next(&hub, 0) : NULL;
    if (job)
        job->resumed = true;
    else if (moment->study)
        good = good && fault_memory(fault);
    zframe_t *frame = good ? zframe_dup(moment->frame) : NULL;
    if (good)
        hub_take(&hub, client, &frame);
    zframe_destroy(&frame);
    studies_settle(&hub);
    close_hub(&hub);
    if (!good)
        return false;
    if (moment->role) {
        int now = count_of(moment->table);
        return now == before + 1 || (now == before && fault_memory(fault)) ||
               (now == before ? false : fault_set(fault, FAULT_INPUT, "%d are %d", before, now));
    }
    if (said.what == moment->answer)
        return true;
    /* A question that cannot be unpacked for want of memory looks like none to the hub. */
    bool unread = strstr(said.error, "no message of version");
    bool memory = strstr(said.error, "memory") || unread;
    /* Who hears events begins anew after another refusal. */
    if (moment->answer == MINDEX__V1__MESSAGE__BODY_EVENTS && memory && !unread && !said.try_again)
        return fault_set(fault, FAULT_INPUT, "it is refused as if it were of another log");
    return memory ? fault_memory(fault) : fault_set(fault, FAULT_INPUT, "%s", said.error);
}

/* The hub as it is now, and its oldest task, done; both are kept in `moment`. */
static void await_result(struct moment *moment, enum job_kind kind, const char *role,
                         const char *table) {
    struct config config;
    struct hub hub;
    struct fault fault = {0};
    keep_database(moment);
    ck_assert_msg(open_hub(&hub, &config, &fault), "%s", fault.text);
    ck_assert_ptr_nonnull(hub.queue.first[kind]);
    Message *order = wire_read(hub.queue.first[kind]->task);
    moment->role = role;
    moment->table = table;
    moment->frame = kind == JOB_SCORE ? scoring_perform(hub.library, order->task, NULL, &fault)
                                      : comparison_perform(hub.library, order->task, NULL, &fault);
    ck_assert_msg(moment->frame != NULL, "%s", fault.text);
    wire_free(&order);
    close_hub(&hub);
}

static void go_on(const struct moment *moment) {
    struct fault fault = {0};
    ck_assert_msg(hears(moment, &fault), "%s", fault.text);
}

static void spare_libraries(void) {
    failing_memory_spares("libczmq");
    failing_memory_spares("libzmq");
    failing_memory_spares("libsqlite3");
    failing_memory_forgives("libyaml");
}

START_TEST(the_results_of_scoring_and_of_comparison) {
    static struct moment scored, compared;
    struct fault fault = {0};
    ck_assert_msg(hands_in(NULL, &fault), "%s", fault.text);
    await_result(&scored, JOB_SCORE, "scoring", "edition");
    go_on(&scored);
    await_result(&compared, JOB_COMPARE, "comparison", "edition WHERE comparison IS NOT NULL");
    spare_libraries();
    each_allocation_fails(hears, &scored);
    each_allocation_fails(hears, &compared);
    zframe_destroy(&scored.frame);
    zframe_destroy(&compared.frame);
}
END_TEST

/* --- batch jobs ------------------------------------------------------------------------------- */

static void fill_study(Study *study, char *pack) {
    *study = (Study)MINDEX__V1__STUDY__INIT;
    study->kind = "what-if";
    study->pack = pack;
    study->items = 1;
}

static void study_frames(struct moment *piece, struct moment *end_of_it, char *pack) {
    Study study;
    fill_study(&study, pack);
    size_t length;
    uint8_t *bytes = stored_bytes(&study.base, &length);
    char hash[HASH_TEXT];
    ck_assert_ptr_nonnull(bytes);
    hash_of(bytes, length, hash);
    free(bytes);
    StudyPiece body = MINDEX__V1__STUDY_PIECE__INIT;
    body.study = hash;
    body.count = 1;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = first_task + 1; /* of a life of the hub */
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_PIECE;
    done.piece = &body;
    piece->frame = worker_result(&done);
    StudyResult whole = MINDEX__V1__STUDY_RESULT__INIT;
    whole.study = &study;
    whole.hash = hash;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_STUDY_RESULT;
    done.study_result = &whole;
    end_of_it->frame = worker_result(&done);
    ck_assert(piece->frame && end_of_it->frame);
    piece->role = end_of_it->role = "scoring";
    piece->study = end_of_it->study = true;
    piece->table = "piece";
    end_of_it->table = "job WHERE state = 'done'";
}

START_TEST(a_batch_job_its_piece_and_its_result) {
    static struct moment submitted, piece, result_, cancelled;
    struct fault fault = {0};
    struct config config;
    struct hub hub;
    ck_assert_msg(hands_in(NULL, &fault), "%s", fault.text);
    ck_assert_msg(open_hub(&hub, &config, &fault), "%s", fault.text);
    char pack[HASH_TEXT];
    memcpy(pack, hub.pack, sizeof pack);
    close_hub(&hub);
    keep_database(&submitted);
    spare_libraries();
    Study study;
    fill_study(&study, pack);
    Mindex__V1__SubmitStudy body = MINDEX__V1__SUBMIT_STUDY__INIT;
    body.study = &study;
    Message question = wire_message(7);
    question.submit_study = &body;
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY;
    submitted.frame = wire_frame(&question);
    submitted.answer = MINDEX__V1__MESSAGE__BODY_JOBS;
    each_allocation_fails(hears, &submitted);
    go_on(&submitted);
    keep_database(&cancelled);
    keep_database(&piece);
    study_frames(&piece, &result_, pack);
    each_allocation_fails(hears, &piece);
    go_on(&piece);
    keep_database(&result_);
    each_allocation_fails(hears, &result_);
    Mindex__V1__CancelJob cancel = MINDEX__V1__CANCEL_JOB__INIT;
    cancel.job = 1;
    question.body_case = MINDEX__V1__MESSAGE__BODY_CANCEL_JOB;
    question.cancel_job = &cancel;
    cancelled.frame = wire_frame(&question);
    cancelled.answer = MINDEX__V1__MESSAGE__BODY_JOBS;
    each_allocation_fails(hears, &cancelled);
    zframe_destroy(&submitted.frame);
    zframe_destroy(&piece.frame);
    zframe_destroy(&result_.frame);
    zframe_destroy(&cancelled.frame);
}
END_TEST

/* --- questions -------------------------------------------------------------------------------- */

static void check_question(struct moment *moment, Message *question,
                           Mindex__V1__Message__BodyCase body,
                           Mindex__V1__Message__BodyCase answer) {
    question->body_case = body;
    moment->frame = wire_frame(question);
    moment->answer = answer;
    each_allocation_fails(hears, moment);
    zframe_destroy(&moment->frame);
}

#define CASE(name) MINDEX__V1__MESSAGE__BODY_##name

START_TEST(questions) {
    static struct moment scored, moment;
    struct fault fault = {0};
    ck_assert_msg(hands_in(NULL, &fault), "%s", fault.text);
    await_result(&scored, JOB_SCORE, "scoring", "edition");
    go_on(&scored);
    zframe_destroy(&scored.frame);
    keep_database(&moment);
    struct config config;
    struct hub hub;
    ck_assert_msg(open_hub(&hub, &config, &fault), "%s", fault.text);
    char pack[HASH_TEXT];
    memcpy(pack, hub.pack, sizeof pack);
    close_hub(&hub);
    spare_libraries();
    Message question = wire_message(7);
    Mindex__V1__StatusWanted status = MINDEX__V1__STATUS_WANTED__INIT;
    question.status_wanted = &status;
    check_question(&moment, &question, CASE(STATUS_WANTED), CASE(STATUS));
    Mindex__V1__EditionWanted edition = MINDEX__V1__EDITION_WANTED__INIT;
    question.edition_wanted = &edition;
    check_question(&moment, &question, CASE(EDITION_WANTED), CASE(EDITION));
    Mindex__V1__EditionsWanted editions = MINDEX__V1__EDITIONS_WANTED__INIT;
    question.editions_wanted = &editions;
    check_question(&moment, &question, CASE(EDITIONS_WANTED), CASE(EDITIONS));
    Mindex__V1__ReleasesWanted releases = MINDEX__V1__RELEASES_WANTED__INIT;
    question.releases_wanted = &releases;
    check_question(&moment, &question, CASE(RELEASES_WANTED), CASE(RELEASES));
    EventsWanted events = MINDEX__V1__EVENTS_WANTED__INIT;
    question.events_wanted = &events;
    check_question(&moment, &question, CASE(EVENTS_WANTED), CASE(EVENTS));
    Mindex__V1__BlobWanted blob = MINDEX__V1__BLOB_WANTED__INIT;
    blob.hash = pack;
    question.blob_wanted = &blob;
    check_question(&moment, &question, CASE(BLOB_WANTED), CASE(BLOB));
    Mindex__V1__JobsWanted jobs = MINDEX__V1__JOBS_WANTED__INIT;
    question.jobs_wanted = &jobs;
    check_question(&moment, &question, CASE(JOBS_WANTED), CASE(JOBS));
    Mindex__V1__Withdraw withdraw = MINDEX__V1__WITHDRAW__INIT;
    withdraw.release = 1;
    withdraw.reason = "It was wrong.";
    question.withdraw = &withdraw;
    check_question(&moment, &question, CASE(WITHDRAW), CASE(WITHDRAWN));
}
END_TEST

/* As if the first edition had been published and another had come. */
static void add_edition(void) {
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(database, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db,
                     "DELETE FROM task; UPDATE edition SET published = 1;"
                     "INSERT INTO edition (number, time_ms, pack, scores, cause, ranked,"
                     " places_moved, changes, first_event, last_event, published)"
                     " SELECT 2, time_ms, pack, scores, cause, ranked, 0, 0, last_event + 1,"
                     " last_event + 1, 1 FROM edition",
                     NULL, NULL, NULL),
        SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

START_TEST(retiring) {
    static struct moment scored, moment;
    struct fault fault = {0};
    ck_assert_msg(hands_in(NULL, &fault), "%s", fault.text);
    await_result(&scored, JOB_SCORE, "scoring", "edition");
    go_on(&scored);
    zframe_destroy(&scored.frame);
    add_edition();
    keep_database(&moment);
    spare_libraries();
    Message question = wire_message(7);
    RetireEdition retire = MINDEX__V1__RETIRE_EDITION__INIT;
    retire.edition = 1;
    question.retire_edition = &retire;
    check_question(&moment, &question, CASE(RETIRE_EDITION), CASE(EDITION_RETIRED));
    moment.frame = wire_frame(&question);
    go_on(&moment);
    zframe_destroy(&moment.frame);
    ck_assert_int_eq(count_of("retired"), 1);
    keep_database(&moment);
    Mindex__V1__EditionWanted edition = MINDEX__V1__EDITION_WANTED__INIT;
    edition.has_number = edition.has_retired_too = edition.retired_too = true;
    edition.number = 1;
    question.edition_wanted = &edition;
    check_question(&moment, &question, CASE(EDITION_WANTED), CASE(EDITION));
}
END_TEST

START_TEST(subscriptions) {
    static struct moment moment;
    struct fault fault = {0};
    ck_assert_msg(hands_in(NULL, &fault), "%s", fault.text);
    keep_database(&moment);
    spare_libraries();
    Message question = wire_message(7);
    char *areas[] = {"E01", "E02"};
    Filter filter = MINDEX__V1__FILTER__INIT;
    filter.n_areas = 2;
    filter.areas = areas;
    Subscription new = MINDEX__V1__SUBSCRIPTION__INIT;
    new.name = "desk";
    new.url = "https://example.org/";
    new.filter = &filter;
    Subscribe subscribe = MINDEX__V1__SUBSCRIBE__INIT;
    subscribe.subscription = &new;
    question.subscribe = &subscribe;
    check_question(&moment, &question, CASE(SUBSCRIBE), CASE(SUBSCRIPTIONS));
    moment.frame = wire_frame(&question);
    go_on(&moment); /* the subscription is there from here on */
    zframe_destroy(&moment.frame);
    keep_database(&moment);
    ChangeSubscription change = MINDEX__V1__CHANGE_SUBSCRIPTION__INIT;
    change.name = "desk";
    question.change_subscription = &change;
    char *actions[] = {"pause", "rotate", "test", "remove"};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        change.action = actions[i];
        check_question(&moment, &question, CASE(CHANGE_SUBSCRIPTION), CASE(SUBSCRIPTIONS));
    }
    SubscriptionsWanted wanted = MINDEX__V1__SUBSCRIPTIONS_WANTED__INIT;
    wanted.has_secrets = wanted.secrets = true;
    question.subscriptions_wanted = &wanted;
    check_question(&moment, &question, CASE(SUBSCRIPTIONS_WANTED), CASE(SUBSCRIPTIONS));
    Delivery delivery = MINDEX__V1__DELIVERY__INIT, *list[] = {&delivery};
    delivery.subscription = "desk";
    delivery.message_id = "m";
    delivery.first_event = delivery.last_event = delivery.attempt = 1;
    DeliveriesMade made = MINDEX__V1__DELIVERIES_MADE__INIT;
    made.subscription = "desk";
    made.n_deliveries = 1;
    made.deliveries = list;
    made.has_after = true;
    made.after = 1;
    question.deliveries_made = &made;
    check_question(&moment, &question, CASE(DELIVERIES_MADE), CASE(DELIVERIES_NOTED));
    DeliveriesWanted deliveries = MINDEX__V1__DELIVERIES_WANTED__INIT;
    deliveries.subscription = "desk";
    question.deliveries_wanted = &deliveries;
    check_question(&moment, &question, CASE(DELIVERIES_WANTED), CASE(DELIVERIES));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out in the hub");
    TCase *tests = tcase_create("hub");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, a_hand_in);
    tcase_add_test(tests, the_results_of_scoring_and_of_comparison);
    tcase_add_test(tests, a_batch_job_its_piece_and_its_result);
    tcase_add_test(tests, questions);
    tcase_add_test(tests, retiring);
    tcase_add_test(tests, subscriptions);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
