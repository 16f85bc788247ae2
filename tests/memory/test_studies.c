/* Memory runs out while a study is opened, computed in two pieces and put together. */
#include "services/bus/convert.h"
#include "services/bus/study.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/suite.h"

enum { B_PACK, B_PAY, B_JOBS, B_SOOT, BLOBS };

static struct {
    char hash[HASH_TEXT];
    uint8_t *bytes;
    size_t length;
} blobs[BLOBS];

static struct library *library; /* which has read the pack and the releases */

static const char definition[] =
    SMALL_DEFINITION "uncertainty:\n  factors:\n"
                     "    - {vary: aggregate, level: index, among: [arithmetic, geometric]}\n"
                     "    - {vary: weight-noise, level: metric, noise: 0.5}\n";

static bool fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault) {
    (void)context;
    for (size_t i = 0; i < BLOBS; i++) {
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
    blobs[at].length = protobuf_c_message_get_packed_size(message);
    blobs[at].bytes = malloc(blobs[at].length + 1);
    (void)protobuf_c_message_pack(message, blobs[at].bytes);
    hash_of(blobs[at].bytes, blobs[at].length, blobs[at].hash);
}

static void put_release(size_t at, const char *dataset, const char *text) {
    struct arena *arena = arena_new();
    struct pack *pack = small_pack();
    struct release *release = small_release(pack, text);
    put(at, &observations_message(arena, dataset, release)->base);
    release_destroy(&release);
    pack_destroy(&pack);
    arena_destroy(&arena);
}

static void begin(void) {
    static const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv"};
    const char *const texts[] = {definition, SMALL_AREAS, SMALL_GEOGRAPHY, SMALL_CODES};
    File files[4], *list[4];
    Pack pack = MINDEX__V1__PACK__INIT;
    for (size_t i = 0; i < 4; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    pack.definition = "index.yaml";
    pack.n_files = 4;
    pack.files = list;
    put(B_PACK, &pack.base);
    put_release(B_PAY, "pay", SMALL_PAY);
    put_release(B_JOBS, "county-jobs", SMALL_JOBS);
    put_release(B_SOOT, "soot", SMALL_SOOT);
    struct fault fault = {0};
    library = library_new(fetch, NULL);
    ck_assert(library && library_pack(library, blobs[B_PACK].hash, &fault));
    for (size_t i = B_PAY; i < BLOBS; i++)
        ck_assert_ptr_nonnull(library_release(library, blobs[i].hash, &fault));
}

static void end(void) {
    library_destroy(&library);
    for (size_t i = 0; i < BLOBS; i++)
        free(blobs[i].bytes);
}

struct bytes {
    uint8_t *at;
    size_t length;
};

static bool pack_result(const StudyResult *result, struct fault *fault) {
    size_t length = mindex__v1__study_result__get_packed_size(result);
    uint8_t *bytes = malloc(length);
    if (bytes)
        (void)mindex__v1__study_result__pack(result, bytes);
    free(bytes);
    return bytes || fault_memory(fault);
}

static bool compute(const struct study *study, struct arena *arena, struct fault *fault) {
    uint64_t items = study_message(study)->items, half = items / 2;
    struct study_run *run = study_run_new(study, library, fault);
    StudyPiece *pieces[2];
    bool good = run && study_run_items(run, half, items - half, NULL, NULL, fault);
    good = good && (pieces[0] = study_run_piece(run, arena, fault)) != NULL;
    good = good && study_run_items(run, 0, half, NULL, NULL, fault);
    good = good && (pieces[1] = study_run_piece(run, arena, fault)) != NULL;
    const StudyResult *result = good ? study_finish(study, arena, pieces, 2, fault) : NULL;
    study_run_destroy(&run);
    return result && pack_result(result, fault);
}

static bool works(const void *given, struct fault *fault) {
    const struct bytes *bytes = given;
    struct arena *arena = arena_new();
    struct study *study = NULL;
    if (arena)
        study = study_open(library, bytes->at, bytes->length, fault);
    else
        fault_memory(fault);
    bool good = study && compute(study, arena, fault);
    study_destroy(&study);
    arena_destroy(&arena);
    return good;
}

static void each_fails(enum study_kind kind) {
    static char *nodes[] = {"all", "work"}, *datasets[] = {"pay", "county-jobs", "soot"};
    Study study = MINDEX__V1__STUDY__INIT;
    Mindex__V1__WeightGrid grid = MINDEX__V1__WEIGHT_GRID__INIT;
    Input inputs[3], *list[3];
    Alternative alternatives[2], *both[] = {&alternatives[0], &alternatives[1]};
    for (size_t i = 0; i < 3; i++) {
        inputs[i] = (Input)MINDEX__V1__INPUT__INIT;
        inputs[i].dataset = datasets[i];
        inputs[i].observations = blobs[B_PAY + i].hash;
        list[i] = &inputs[i];
    }
    for (size_t i = 0; i < 2; i++) {
        alternatives[i] = (Alternative)MINDEX__V1__ALTERNATIVE__INIT;
        alternatives[i].name = "another";
    }
    alternatives[1].has_definition = kind == STUDY_WHAT_IF;
    alternatives[1].definition =
        (ProtobufCBinaryData){sizeof definition - 1, (uint8_t *)definition};
    grid.level = "mission";
    grid.steps = 4;
    study.kind = (char *)study_kinds[kind];
    study.pack = blobs[B_PACK].hash;
    study.n_inputs = 3;
    study.inputs = list;
    study.n_nodes = kind == STUDY_SENSITIVITY ? 1 : 2;
    study.nodes = nodes;
    study.has_rows = study.has_bootstrap = true;
    study.rows = study.bootstrap = 3;
    study.grid = kind == STUDY_WEIGHTS ? &grid : NULL;
    study.n_alternatives = kind == STUDY_WHAT_IF || kind == STUDY_BACK_CAST ? 2 : 0;
    study.alternatives = both;
    study.items = kind == STUDY_WEIGHTS ? 5 : study.n_alternatives ? 2 : 12;
    struct bytes bytes = {.length = mindex__v1__study__get_packed_size(&study)};
    bytes.at = malloc(bytes.length + 1);
    (void)mindex__v1__study__pack(&study, bytes.at);
    each_allocation_fails(works, &bytes);
    free(bytes.at);
}

START_TEST(each_kind_of_study) {
    failing_memory_forgives("libyaml"); /* see test_definition.c */
    each_fails((enum study_kind)_i);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("memory that runs out while a study is computed");
    TCase *t = tcase_create("studies");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_loop_test(t, each_kind_of_study, 0, STUDY_KINDS);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
