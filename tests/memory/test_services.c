/* Memory runs out at the border of each role: while a task is read, done and answered. */
#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/bus/library.h"
#include "services/bus/refusal.h"
#include "services/comparison/comparison.h"
#include "services/ingestion/ingestion.h"
#include "services/publishing/metrics.h"
#include "services/publishing/publishing.h"
#include "services/scoring/scoring.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

#include <ftw.h>
#include <unistd.h>

/* --- a store of blobs, in place of the hub's -------------------------------------------------- */

enum { BLOBS_MAX = 16 };
enum { B_PACK, B_PAY, B_JOBS, B_SOOT, B_MONEY, B_LATER, B_EDITION, B_OLDER, B_SPENT };

static struct {
    char hash[HASH_TEXT];
    uint8_t *bytes;
    size_t length;
} blobs[BLOBS_MAX];

static bool fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault) {
    (void)context;
    for (size_t i = 0; i < BLOBS_MAX; i++) {
        if (strcmp(blobs[i].hash, hash) != 0)
            continue;
        *bytes = malloc(blobs[i].length);
        *length = blobs[i].length;
        if (*bytes)
            memcpy(*bytes, blobs[i].bytes, *length);
        return *bytes != NULL || fault_memory(fault);
    }
    return fault_set(fault, FAULT_INPUT, "there is no blob %s", hash);
}

static void put(size_t at, const ProtobufCMessage *message) {
    ck_assert_ptr_nonnull(message);
    blobs[at].length = protobuf_c_message_get_packed_size(message);
    blobs[at].bytes = malloc(blobs[at].length + 1);
    (void)protobuf_c_message_pack(message, blobs[at].bytes);
    hash_of(blobs[at].bytes, blobs[at].length, blobs[at].hash);
}

#define LATER_PAY                                                                                  \
    "area_code,period,value,status\nE01,2025,110,\nE92,2025,250,\nE03,2025,10,\nE04,2025,,[x]\n"   \
    "E05,2025,500,\nE06,2025,7,\n"

static Input pay, later, jobs, soot, money;
static Input *inputs[3], *before[3];
static char folder[] = "/tmp/mindex-memory-XXXXXX";
static struct places places;

static Input input_of(const char *dataset, size_t blob) {
    Input input = MINDEX__V1__INPUT__INIT;
    input.dataset = (char *)dataset;
    input.observations = blobs[blob].hash;
    return input;
}

static void put_pack(void) {
    static const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv"};
    static const char *const texts[] = {SMALL_DEFINITION, SMALL_AREAS, SMALL_GEOGRAPHY,
                                        SMALL_CODES};
    File files[4], *list[4];
    for (size_t i = 0; i < 4; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    Pack message = MINDEX__V1__PACK__INIT;
    message.definition = (char *)names[0];
    message.n_files = 4;
    message.files = list;
    put(B_PACK, &message.base);
}

static void put_release(const struct pack *pack, size_t at, const char *dataset, const char *csv) {
    struct arena *arena = arena_new();
    struct release *release = small_release(pack, csv);
    put(at, &observations_message(arena, dataset, release)->base);
    release_destroy(&release);
    arena_destroy(&arena);
}

static struct edition *put_edition(const struct pack *pack, size_t at, const char *pay_csv,
                                   Input **of) {
    struct fault fault = {0};
    struct arena *arena = arena_new();
    struct edition *edition = small_edition_of(pack, pay_csv, SMALL_JOBS, SMALL_SOOT, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    put(at, &edition_message(arena, pack, blobs[B_PACK].hash, edition, of, 3)->base);
    arena_destroy(&arena);
    return edition;
}

static void begin(void) {
    failing_memory_spares("libczmq"); /* it ends the process; the service is started again then */
    failing_memory_spares("libzmq");
    failing_memory_forgives("libyaml"); /* see test_definition.c */
    struct fault fault = {0};
    struct pack *pack = small_pack();
    put_pack();
    put_release(pack, B_PAY, "pay", SMALL_PAY);
    put_release(pack, B_LATER, "pay", LATER_PAY);
    put_release(pack, B_JOBS, "county-jobs", SMALL_JOBS);
    put_release(pack, B_SOOT, "soot", SMALL_SOOT);
    put_release(pack, B_MONEY, "money", SMALL_MONEY);
    pay = input_of("pay", B_PAY);
    later = input_of("pay", B_LATER);
    jobs = input_of("county-jobs", B_JOBS);
    soot = input_of("soot", B_SOOT);
    money = input_of("money", B_MONEY);
    inputs[0] = &later, inputs[1] = before[1] = &jobs, inputs[2] = before[2] = &soot;
    before[0] = &pay;
    struct edition *older = put_edition(pack, B_OLDER, SMALL_PAY, before);
    struct edition *edition = put_edition(pack, B_EDITION, LATER_PAY, inputs);
    struct release *spend = small_release(pack, SMALL_MONEY);
    struct comparison *comparison = spend_compare(pack, edition, spend, &fault);
    ck_assert_msg(comparison != NULL, "%s", fault.text);
    struct arena *arena = arena_new();
    put(B_SPENT, &comparison_message(arena, pack, comparison)->base);
    arena_destroy(&arena);
    comparison_destroy(&comparison);
    release_destroy(&spend);
    edition_destroy(&older);
    edition_destroy(&edition);
    pack_destroy(&pack);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_msg(places_find(&places, folder, NULL, NULL, NULL, &fault), "%s", fault.text);
    ck_assert(make_folder(places.editions, &fault));
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw) {
    (void)stat, (void)type, (void)ftw;
    return remove(path);
}

static void end(void) {
    for (size_t i = 0; i < BLOBS_MAX; i++)
        free(blobs[i].bytes);
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- messages --------------------------------------------------------------------------------- */

static bool reads_from_the_library(const void *given, struct fault *fault) {
    (void)given;
    struct library *library = library_new(fetch, NULL);
    bool good =
        library ? library_comparison(library, blobs[B_PACK].hash, blobs[B_SPENT].hash, fault) &&
                      library_edition(library, blobs[B_PACK].hash, blobs[B_EDITION].hash, fault) &&
                      library_inputs(library, blobs[B_EDITION].hash, fault) &&
                      library_release(library, blobs[B_PAY].hash, fault)
                : fault_memory(fault);
    library_destroy(&library);
    return good;
}

START_TEST(stored_objects) {
    each_allocation_fails(reads_from_the_library, NULL);
}
END_TEST

/* Everything that is made for the wire, from objects that are there. */
static struct {
    struct pack *pack;
    struct release *pay, *later;
    struct edition *edition;
    struct comparison *comparison;
    struct difference *difference;
    struct warnings warnings;
    struct problems problems;
} made;

static bool makes_messages(const void *given, struct fault *fault) {
    (void)given;
    struct arena *arena = arena_new();
    bool good = arena && observations_message(arena, "pay", made.pay) &&
                edition_message(arena, made.pack, "hash", made.edition, inputs, 3) &&
                comparison_message(arena, made.pack, made.comparison) &&
                difference_message(arena, "pay", false, made.difference) &&
                warnings_message(arena, &made.warnings, 0) &&
                refusal_message(arena, &made.problems);
    arena_destroy(&arena);
    return good || fault_memory(fault);
}

START_TEST(messages) {
    struct fault fault = {0};
    const struct dataset dataset = {.level = "lad"};
    made.pack = small_pack();
    made.pay = small_release(made.pack, SMALL_PAY);
    made.later = small_release(made.pack, LATER_PAY);
    made.edition = small_edition(made.pack);
    struct release *spend = small_release(made.pack, SMALL_MONEY);
    made.comparison = spend_compare(made.pack, made.edition, spend, &fault);
    made.difference = difference_between(made.pay, made.later, false, &fault);
    ck_assert(warnings_find(made.pay, made.later, made.pack->geography, &dataset, "f",
                            &made.warnings, &fault));
    (void)problems_add(&made.problems, "f", 1, 2, "a problem");
    ck_assert(made.comparison && made.difference && made.warnings.problems.total);
    each_allocation_fails(makes_messages, NULL);
    difference_destroy(&made.difference);
    comparison_destroy(&made.comparison);
    edition_destroy(&made.edition);
    release_destroy(&spend);
    release_destroy(&made.pay);
    release_destroy(&made.later);
    pack_destroy(&made.pack);
}
END_TEST

static bool reads_a_frame(const void *given, struct fault *fault) {
    Message *message = wire_read((zframe_t *)given);
    bool read = message != NULL;
    wire_free(&message);
    return read || fault_memory(fault);
}

START_TEST(a_frame_that_is_read) {
    File file = MINDEX__V1__FILE__INIT, *list[] = {&file};
    file.name = (char *)"pay-2025.csv";
    file.content = (ProtobufCBinaryData){strlen(LATER_PAY), (uint8_t *)LATER_PAY};
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = 1;
    body.files = list;
    body.dataset = (char *)"pay";
    Message message = wire_message(1);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    zframe_t *frame = wire_frame(&message);
    each_allocation_fails(reads_a_frame, frame);
    zframe_destroy(&frame);
}
END_TEST

/* --- roles ------------------------------------------------------------------------------------ */

struct work {
    zframe_t *(*perform)(struct library *library, const Task *task, void *context,
                         struct fault *fault);
    Task task;
};

static bool performs(const void *given, struct fault *fault) {
    const struct work *work = given;
    struct publisher publisher = {.places = &places};
    struct library *library = library_new(fetch, NULL);
    if (!library)
        return fault_memory(fault);
    library_turn(library);
    zframe_t *result = work->perform(library, &work->task, &publisher, fault);
    bool done = result != NULL;
    zframe_destroy(&result);
    free(publisher.cells);
    library_destroy(&library);
    return done;
}

START_TEST(scoring) {
    ScoreTask order = MINDEX__V1__SCORE_TASK__INIT;
    order.pack = order.before_pack = blobs[B_PACK].hash;
    order.n_inputs = order.n_before = 3;
    order.inputs = inputs;
    order.before = before;
    struct work work = {scoring_perform, MINDEX__V1__TASK__INIT};
    work.task.work_case = MINDEX__V1__TASK__WORK_SCORE;
    work.task.score = &order;
    each_allocation_fails(performs, &work);
}
END_TEST

struct rescoring {
    Task older, newer;
    zframe_t *expected; /* of the newer */
};

/* On what was scored before; where memory ran out, it is as if nothing had been. */
static bool rescores(const void *given, struct fault *fault) {
    const struct rescoring *work = given;
    struct library *library = library_new(fetch, NULL);
    if (!library)
        return fault_memory(fault);
    library_turn(library);
    zframe_t *first = scoring_perform(library, &work->older, NULL, fault);
    zframe_t *result = first ? scoring_perform(library, &work->newer, NULL, fault) : NULL;
    bool done = result != NULL;
    if (!done) {
        struct fault again;
        result = scoring_perform(library, &work->newer, NULL, &again);
    }
    bool same = !result || zframe_eq(result, work->expected);
    zframe_destroy(&first);
    zframe_destroy(&result);
    library_destroy(&library);
    return same ? done : fault_set(fault, FAULT_INPUT, "it is another result");
}

START_TEST(scoring_again) {
    ScoreTask older = MINDEX__V1__SCORE_TASK__INIT, newer = MINDEX__V1__SCORE_TASK__INIT;
    older.pack = newer.pack = newer.before_pack = blobs[B_PACK].hash;
    older.n_inputs = newer.n_inputs = newer.n_before = 3;
    older.inputs = newer.before = before;
    newer.inputs = inputs;
    struct rescoring work = {MINDEX__V1__TASK__INIT, MINDEX__V1__TASK__INIT, NULL};
    work.older.work_case = work.newer.work_case = MINDEX__V1__TASK__WORK_SCORE;
    work.older.score = &older;
    work.newer.score = &newer;
    struct fault fault = {0};
    struct library *library = library_new(fetch, NULL);
    ck_assert_ptr_nonnull(library);
    library_turn(library);
    work.expected = scoring_perform(library, &work.newer, NULL, &fault);
    ck_assert_msg(work.expected != NULL, "%s", fault.text);
    library_destroy(&library);
    each_allocation_fails(rescores, &work);
    zframe_destroy(&work.expected);
}
END_TEST

START_TEST(comparison) {
    CompareTask order = MINDEX__V1__COMPARE_TASK__INIT;
    order.edition = 1;
    order.pack = blobs[B_PACK].hash;
    order.scores = blobs[B_EDITION].hash;
    order.spend = &money;
    struct work work = {comparison_perform, MINDEX__V1__TASK__INIT};
    work.task.work_case = MINDEX__V1__TASK__WORK_COMPARE;
    work.task.compare = &order;
    each_allocation_fails(performs, &work);
}
END_TEST

START_TEST(publishing) {
    failing_memory_forgives("libc.so"); /* a file that gets no buffer is written without one */
    PublishTask order = MINDEX__V1__PUBLISH_TASK__INIT;
    order.edition = 2;
    order.pack = order.previous_pack = blobs[B_PACK].hash;
    order.scores = blobs[B_EDITION].hash;
    order.previous_scores = blobs[B_OLDER].hash;
    order.comparison = blobs[B_SPENT].hash;
    order.cause = (char *)"release";
    order.dataset = (char *)"pay";
    order.label = (char *)"2025";
    struct work work = {publishing_perform, MINDEX__V1__TASK__INIT};
    work.task.work_case = MINDEX__V1__TASK__WORK_PUBLISH;
    work.task.publish = &order;
    each_allocation_fails(performs, &work);
}
END_TEST

/* What ingestion answers where memory runs out may be a refusal that says so. */
static bool reads_a_hand_in(const void *given, struct fault *fault) {
    const struct work *work = given;
    struct library *library = library_new(fetch, NULL);
    if (!library)
        return fault_memory(fault);
    library_turn(library);
    zframe_t *result = ingestion_perform(library, &work->task, NULL, fault);
    bool done = result != NULL, refused = false;
    Message *message =
        result ? mindex__v1__message__unpack(NULL, zframe_size(result), zframe_data(result)) : NULL;
    if (message && message->task_done->result_case == MINDEX__V1__TASK_DONE__RESULT_REFUSAL) {
        refused = true;
        const char *reason = message->task_done->refusal->problems[0]->reason;
        (void)fault_set(fault, strstr(reason, "out of memory") ? FAULT_MEMORY : FAULT_INPUT, "%s",
                        reason);
    }
    if (done && !message)
        (void)fault_memory(fault);
    done = done && message && !refused;
    wire_free(&message);
    zframe_destroy(&result);
    library_destroy(&library);
    return done;
}

static void read_file(const char *name, const char *text) {
    File file = MINDEX__V1__FILE__INIT, *list[] = {&file};
    file.name = (char *)name;
    file.content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = 1;
    body.files = list;
    ReadTask order = MINDEX__V1__READ_TASK__INIT;
    order.pack = blobs[B_PACK].hash;
    order.hand_in = &body;
    order.n_in_force = 3;
    order.in_force = before;
    struct work work = {ingestion_perform, MINDEX__V1__TASK__INIT};
    work.task.work_case = MINDEX__V1__TASK__WORK_READ;
    work.task.read = &order;
    each_allocation_fails(reads_a_hand_in, &work);
}

START_TEST(ingestion_of_a_release) {
    read_file("pay-2025.csv", LATER_PAY);
}
END_TEST

static bool tells_how_it_is(const void *given, struct fault *fault) {
    const struct served served = {0};
    struct answer answer = {0};
    metrics_text(given, &served, &answer);
    bool whole = answer.body && strlen(answer.body) == answer.length &&
                 strstr(answer.body, "mindex_published_edition 9\n");
    if (!whole)
        fault_memory(fault);
    free(answer.body);
    return whole;
}

START_TEST(metrics) {
    RoleStatus role = MINDEX__V1__ROLE_STATUS__INIT, *roles[40];
    role.role = (char *)"scoring";
    for (size_t i = 0; i < 40; i++)
        roles[i] = &role; /* more text than fits into what the stream begins with */
    StatusReport status = MINDEX__V1__STATUS__INIT;
    status.build = (char *)"0";
    status.roles = roles;
    status.n_roles = 40;
    status.published = 9;
    each_allocation_fails(tells_how_it_is, &status);
}
END_TEST

/* A request, the answer to it, and what is sent and kept of that. */
static bool answers_by_http(const void *given, struct fault *fault) {
    const struct asking asking = {.target = given, .host = "localhost", .accept = "text/csv"};
    const struct stamp stamp = {1, 1};
    struct http_host host = {.names = {"localhost"}, .n_names = 1};
    struct asked *asked = NULL;
    char reason[REFUSED_TEXT];
    struct cache *cache = cache_new(4, 1 << 20);
    unsigned refused = cache ? asked_read(&asking, &host, &asked, reason) : 503;
    struct reply *reply = NULL;
    if (!refused) {
        struct answer answer = {.status = 200, .type = "text/csv", .body = calloc(1, 4000)};
        answer.length = 3999;
        reply = reply_new(&answer, asked);
    }
    if (reply)
        cache_put(cache, asked->key, reply, stamp); /* without what there is no memory for */
    bool whole = reply && reply->gzip && cache_get(cache, asked->key, stamp) == reply;
    if (!whole)
        fault_memory(fault);
    reply_drop(&reply);
    asked_drop(&asked);
    cache_destroy(&cache);
    return whole;
}

START_TEST(http) {
    each_allocation_fails(answers_by_http, "/ranks.csv?a=1&b=%C3%BC");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("memory that runs out in a role");
    TCase *tests = tcase_create("roles");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, begin, end);
    tcase_add_test(tests, stored_objects);
    tcase_add_test(tests, messages);
    tcase_add_test(tests, a_frame_that_is_read);
    tcase_add_test(tests, scoring);
    tcase_add_test(tests, scoring_again);
    tcase_add_test(tests, comparison);
    tcase_add_test(tests, publishing);
    tcase_add_test(tests, metrics);
    tcase_add_test(tests, http);
    tcase_add_test(tests, ingestion_of_a_release);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
