/* A scoring worker that has scored before, beside one that has not: whatever tasks come in whatever
 * order, and whatever went wrong on the way, the results are the same bytes. */
#include "services/scoring/scoring.h"

#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

enum { PACKS = 4, VERSIONS = 5, BLOBS = PACKS + SMALL_DATASET_COUNT * VERSIONS, TASKS = 300 };

static struct {
    uint8_t *bytes;
    size_t length;
    char hash[HASH_TEXT];
} blobs[BLOBS];
static uint64_t state = 23;
static int fetches_left; /* until none is answered any more; below 0: all are */

static uint64_t among(uint64_t n) {
    return suite_random(&state) % n;
}

/* --- blobs ------------------------------------------------------------------------------------ */

static bool fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault) {
    const bool *may_fail = context;
    if (*may_fail && fetches_left >= 0 && fetches_left-- == 0)
        return fault_set(fault, FAULT_SYSTEM, "the worker is stopping");
    for (size_t i = 0; i < BLOBS; i++) {
        if (strcmp(blobs[i].hash, hash) != 0)
            continue;
        *bytes = malloc(blobs[i].length + 1);
        ck_assert_ptr_nonnull(*bytes);
        *length = blobs[i].length;
        memcpy(*bytes, blobs[i].bytes, blobs[i].length);
        return true;
    }
    return fault_set(fault, FAULT_INPUT, "there is no such blob");
}

static void keep(size_t at, const ProtobufCMessage *message) {
    blobs[at].length = protobuf_c_message_get_packed_size(message);
    blobs[at].bytes = malloc(blobs[at].length + 1);
    ck_assert_ptr_nonnull(blobs[at].bytes);
    (void)protobuf_c_message_pack(message, blobs[at].bytes);
    hash_of(blobs[at].bytes, blobs[at].length, blobs[at].hash);
}

static void keep_pack(size_t at, const char *definition, const char *areas) {
    const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv"};
    const char *const texts[] = {definition, areas, SMALL_GEOGRAPHY, SMALL_CODES};
    File files[4], *list[4];
    for (size_t i = 0; i < 4; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    Pack message = MINDEX__V1__PACK__INIT;
    message.definition = "index.yaml";
    message.n_files = 4;
    message.files = list;
    keep(at, &message.base);
}

#define TREE(more)                                                                                 \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - {id: pay, name: Pay, unit: GBP, direction: lower-is-need" more "}\n"                    \
    "    - {id: soot, name: Soot, unit: mg, direction: higher-is-need, denominator: pay}\n"
#define FLAT                                                                                       \
    "levels:\n  - {id: index, name: Index, aggregate: geometric, coverage: 0.5,\n"                 \
    "     normalise: none}\n"                                                                      \
    "  - {id: metric, name: Metric, normalise: min-max, range: [1, 100]}\n"

/* The small pack; other places; another definition; one that cannot always be scored. */
static void keep_packs(void) {
    static const char fewer[] = SMALL_AREAS_HEADER "E02,Birch,R1,North,district,2000000,-1.5,54\n"
                                                   "E01,Ash,R1,North,district,1000000,-1,54\n"
                                                   "E07,Gorse,R1,North,city,10,-2,55\n"
                                                   "E06,Fir,R2,South,city,4000000,-2,51\n";
    keep_pack(0, SMALL_DEFINITION, SMALL_AREAS);
    keep_pack(1, SMALL_HEAD SMALL_LEVELS SMALL_TREE SMALL_DATASETS, fewer);
    keep_pack(2, SMALL_HEAD FLAT TREE(", impute: median") SMALL_DATASETS, SMALL_AREAS);
    keep_pack(3,
              SMALL_HEAD FLAT TREE(", normalise: distance-to-reference, reference: E01,\n"
                                   "       range: [1, 100]") SMALL_DATASETS,
              SMALL_AREAS);
}

static size_t blob_of(size_t dataset, size_t version) {
    return PACKS + dataset * VERSIONS + version;
}

static const char *const datasets[] = {"pay", "county-jobs", "soot", "money"};

static void keep_release(const struct pack *pack, size_t dataset, size_t version) {
    static const char *const codes[][6] = {{"E01", "E02", "E03", "E04", "E05", "E06"},
                                           {"C1", "C2", "C3"},
                                           {"E01", "E92", "E03", "E04", "E05", "E06"},
                                           {"R1", "R2"}};
    char text[500] = "area_code,period,value,status\n";
    for (size_t i = 0; i < 6 && codes[dataset][i]; i++) {
        size_t used = strlen(text);
        bool gap = i > 1 ? among(6) == 0 : i == 0 && version == 1;
        (void)snprintf(text + used, sizeof text - used, gap ? "%s,2024,,[c]\n" : "%s,2024,%d,\n",
                       codes[dataset][i], (int)among(50) + 1);
    }
    struct arena *arena = arena_new();
    struct release *release = small_release(pack, text);
    keep(blob_of(dataset, version), &observations_message(arena, datasets[dataset], release)->base);
    release_destroy(&release);
    arena_destroy(&arena);
}

static void keep_all(void) {
    struct pack *pack = small_pack();
    keep_packs();
    for (size_t d = 0; d < SMALL_DATASET_COUNT; d++) {
        for (size_t v = 0; v < VERSIONS; v++)
            keep_release(pack, d, v);
    }
    pack_destroy(&pack);
}

/* --- tasks ------------------------------------------------------------------------------------ */

/* What an edition is scored from. */
struct inputs {
    size_t pack, version[SMALL_DATASET_COUNT]; /* VERSIONS: none */
    Input input[SMALL_DATASET_COUNT], *list[SMALL_DATASET_COUNT];
    size_t n;
};

static void list_inputs(struct inputs *inputs) {
    inputs->n = 0;
    for (size_t d = 0; d < SMALL_DATASET_COUNT; d++) {
        if (inputs->version[d] == VERSIONS)
            continue;
        Input *input = &inputs->input[inputs->n];
        *input = (Input)MINDEX__V1__INPUT__INIT;
        input->dataset = (char *)datasets[d];
        input->observations = blobs[blob_of(d, inputs->version[d])].hash;
        inputs->list[inputs->n++] = input;
    }
}

/* A release comes or is withdrawn; now and then the pack changes, or everything. */
static void change(struct inputs *inputs) {
    size_t d = (size_t)among(SMALL_DATASET_COUNT);
    inputs->version[d] = (size_t)among(VERSIONS + 1);
    if (among(8) == 0)
        inputs->pack = (size_t)among(PACKS);
    for (d = 0; among(12) == 0 && d < SMALL_DATASET_COUNT; d++)
        inputs->version[d] = (size_t)among(VERSIONS + 1);
    list_inputs(inputs);
}

static zframe_t *perform(struct library *library, struct inputs *before, struct inputs *now,
                         struct fault *fault) {
    ScoreTask order = MINDEX__V1__SCORE_TASK__INIT;
    order.pack = blobs[now->pack].hash;
    order.inputs = now->list;
    order.n_inputs = now->n;
    if (before) {
        order.before_pack = blobs[before->pack].hash;
        order.before = before->list;
        order.n_before = before->n;
    }
    Task task = MINDEX__V1__TASK__INIT;
    task.task = 7;
    task.work_case = MINDEX__V1__TASK__WORK_SCORE;
    task.score = &order;
    library_turn(library);
    return scoring_perform(library, &task, NULL, fault);
}

/* The task done by a worker that knows nothing. */
static zframe_t *perform_anew(struct inputs *before, struct inputs *now, struct fault *fault) {
    static bool never;
    struct library *library = library_new(fetch, &never);
    ck_assert_ptr_nonnull(library);
    zframe_t *result = perform(library, before, now, fault);
    library_destroy(&library);
    return result;
}

START_TEST(a_worker_that_has_scored_before_says_the_same) {
    static bool fails = true;
    struct inputs now = {.version = {0, 0, 0, 0}}, before;
    size_t scored = 0, refused = 0, broken = 0;
    keep_all();
    list_inputs(&now);
    struct library *library = library_new(fetch, &fails);
    ck_assert_ptr_nonnull(library);
    for (int t = 0; t < TASKS; t++) {
        struct fault fault = {0}, other = {0};
        before = now;
        list_inputs(&before);
        change(&now);
        if (among(10) == 0) { /* another worker had the tasks between */
            before = now;
            change(&before);
        }
        struct inputs *known = among(9) ? &before : NULL;
        if (among(25) == 0) { /* it begins again, and has to ask for all blobs */
            library_destroy(&library);
            library = library_new(fetch, &fails);
            ck_assert_ptr_nonnull(library);
        }
        fetches_left = among(4) ? -1 : (int)among(4);
        zframe_t *result = perform(library, known, &now, &fault);
        zframe_t *expected = perform_anew(known, &now, &other);
        bool stopped = fault.kind == FAULT_SYSTEM;
        if (!stopped)
            ck_assert_msg(!result == !expected, "%s; %s", fault.text, other.text);
        if (!result && !stopped)
            ck_assert_str_eq(fault.text, other.text);
        if (result)
            ck_assert(zframe_eq(result, expected));
        *(result ? &scored : stopped ? &broken : &refused) += 1;
        zframe_destroy(&result);
        zframe_destroy(&expected);
    }
    library_destroy(&library);
    for (size_t i = 0; i < BLOBS; i++)
        free(blobs[i].bytes);
    ck_assert_msg(scored > TASKS / 2 && refused > 3 && broken > 3, "%zu, %zu, %zu", scored, refused,
                  broken);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rescoring");
    TCase *tests = tcase_create("rescoring");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_worker_that_has_scored_before_says_the_same);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
