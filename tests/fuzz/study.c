/* Studies that no command of ours would hand in, and pieces that no worker of ours would bring. The
 * bytes choose a kind, and what is changed of an honest study and of its pieces. */
#include "services/bus/study.h"
#include "services/bus/convert.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/small.h"

enum { PACK, PAY_BLOB, JOBS_BLOB, SOOT_BLOB, BLOBS, SOME = 12 /* items */ };

static struct {
    uint8_t *bytes;
    size_t length;
    char hash[HASH_TEXT];
} blobs[BLOBS];

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
        *length = blobs[i].length;
        *bytes = malloc(*length + 1);
        fuzz_check(*bytes != NULL);
        memcpy(*bytes, blobs[i].bytes, *length);
        return true;
    }
    return fault_set(fault, FAULT_INPUT, "there is no blob %.64s", hash);
}

static void keep(size_t at, const ProtobufCMessage *message) {
    blobs[at].length = protobuf_c_message_get_packed_size(message);
    blobs[at].bytes = malloc(blobs[at].length + 1);
    fuzz_check(blobs[at].bytes != NULL);
    (void)protobuf_c_message_pack(message, blobs[at].bytes);
    hash_of(blobs[at].bytes, blobs[at].length, blobs[at].hash);
}

static void keep_release(size_t at, const char *dataset, const char *text) {
    static struct problems problems;
    struct arena *arena = arena_new();
    struct release *release =
        release_read(fuzz_pack()->geography, "r.csv", text, strlen(text), &problems);
    fuzz_check(arena && release);
    keep(at, &observations_message(arena, dataset, release)->base);
    release_destroy(&release);
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
    keep(PACK, &pack.base);
    keep_release(PAY_BLOB, "pay", SMALL_PAY);
    keep_release(JOBS_BLOB, "county-jobs", SMALL_JOBS);
    keep_release(SOOT_BLOB, "soot", SMALL_SOOT);
}

/* An honest study of the kind, changed. */
static uint8_t *study_bytes(struct fuzz_input *in, size_t *length) {
    static char *nodes[] = {"all", "work"}, *datasets[] = {"pay", "county-jobs", "soot"};
    Study study = MINDEX__V1__STUDY__INIT;
    Mindex__V1__WeightGrid grid = MINDEX__V1__WEIGHT_GRID__INIT;
    Input inputs[3], *list[3];
    Alternative alternatives[2], *both[] = {&alternatives[0], &alternatives[1]};
    size_t kind = fuzz_byte(in) % STUDY_KINDS;
    for (size_t i = 0; i < 3; i++) {
        inputs[i] = (Input)MINDEX__V1__INPUT__INIT;
        inputs[i].dataset = datasets[i];
        inputs[i].observations = blobs[PAY_BLOB + i].hash;
        list[i] = &inputs[i];
    }
    for (size_t i = 0; i < 2; i++) {
        alternatives[i] = (Alternative)MINDEX__V1__ALTERNATIVE__INIT;
        alternatives[i].name = "another";
    }
    alternatives[1].has_definition = kind == STUDY_WHAT_IF;
    alternatives[1].definition =
        (ProtobufCBinaryData){sizeof definition - 1, (uint8_t *)definition};
    grid.level = "metric";
    grid.steps = 4;
    study.kind = (char *)study_kinds[kind];
    study.pack = blobs[PACK].hash;
    study.n_inputs = 3;
    study.inputs = list;
    study.n_nodes = kind == STUDY_SENSITIVITY ? 1 : 2;
    study.nodes = nodes;
    study.has_rows = study.has_bootstrap = true;
    study.rows = 3;
    study.bootstrap = 3;
    study.grid = kind == STUDY_WEIGHTS ? &grid : NULL;
    study.n_alternatives = kind == STUDY_WHAT_IF || kind == STUDY_BACK_CAST ? 2 : 0;
    study.alternatives = both;
    study.items = kind == STUDY_WEIGHTS ? 15 : study.n_alternatives ? 2 : SOME;
    *length = mindex__v1__study__get_packed_size(&study);
    uint8_t *bytes = malloc(*length + 1);
    fuzz_check(bytes != NULL);
    (void)mindex__v1__study__pack(&study, bytes);
    Study *copy = mindex__v1__study__unpack(NULL, *length, bytes);
    free(bytes);
    for (int i = fuzz_byte(in) % 3; i > 0; i--)
        fuzz_message(&copy->base, in);
    *length = mindex__v1__study__get_packed_size(copy);
    bytes = malloc(*length + 1);
    fuzz_check(bytes != NULL);
    (void)mindex__v1__study__pack(copy, bytes);
    mindex__v1__study__free_unpacked(copy, NULL);
    return bytes;
}

/* As it travels, and changed on its way. */
static StudyPiece *sent(StudyPiece *piece, struct fuzz_input *in) {
    size_t length = mindex__v1__study_piece__get_packed_size(piece);
    uint8_t *bytes = malloc(length + 1);
    fuzz_check(bytes != NULL);
    (void)mindex__v1__study_piece__pack(piece, bytes);
    StudyPiece *copy = mindex__v1__study_piece__unpack(NULL, length, bytes);
    free(bytes);
    fuzz_check(copy != NULL);
    for (int i = fuzz_byte(in) % 3; i > 0; i--)
        fuzz_message(&copy->base, in);
    for (size_t i = 0; i < copy->n_tallies && fuzz_byte(in) % 4 == 3; i++) {
        if (copy->tallies[i].len)
            copy->tallies[i].data[fuzz_byte(in) % copy->tallies[i].len] ^= fuzz_byte(in);
    }
    return copy;
}

static void put_together(const struct study *study, struct arena *arena, StudyPiece **pieces,
                         size_t n) {
    struct fault fault = {0};
    StudyPiece *merged = study_merge(study, arena, pieces, n, &fault);
    if (!merged)
        fuzz_refused(&fault);
    StudyResult *result = study_finish(study, arena, pieces, n, &fault);
    if (!result) {
        fuzz_refused(&fault);
        return;
    }
    fuzz_check(merged != NULL && result->n_areas > 0);
    size_t length = mindex__v1__study_result__get_packed_size(result);
    uint8_t *bytes = malloc(length + 1);
    fuzz_check(bytes && mindex__v1__study_result__pack(result, bytes) == length);
    free(bytes);
}

static void work(const struct study *study, struct library *library, struct fuzz_input *in) {
    struct fault fault = {0};
    struct arena *arena = arena_new();
    struct study_run *run = study_run_new(study, library, &fault);
    StudyPiece *pieces[2];
    size_t n = 0;
    uint64_t items = study_message(study)->items, first = items > SOME ? items - SOME : 0;
    uint64_t half = first + (items - first) / 2;
    fuzz_check(arena && run);
    for (uint64_t from = first, to = half; n < 2; from = half, to = items) {
        if (!study_run_items(run, from, to - from, NULL, NULL, &fault)) {
            fuzz_refused(&fault);
            break;
        }
        StudyPiece *piece = study_run_piece(run, arena, &fault);
        fuzz_check(piece != NULL);
        pieces[n++] = sent(piece, in);
    }
    if (n)
        put_together(study, arena, pieces, n);
    while (n)
        mindex__v1__study_piece__free_unpacked(pieces[--n], NULL);
    study_run_destroy(&run);
    arena_destroy(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fuzz_input in = {bytes, bytes + length};
    struct fault fault = {0};
    if (!blobs[PACK].bytes)
        begin();
    struct library *library = library_new(fetch, NULL);
    fuzz_check(library != NULL);
    size_t size;
    uint8_t *message = study_bytes(&in, &size);
    struct study *study = study_open(library, message, size, &fault);
    free(message);
    if (study)
        work(study, library, &in);
    else
        fuzz_refused(&fault);
    study_destroy(&study);
    library_destroy(&library);
    return 0;
}
