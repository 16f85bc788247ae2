/* Workers with a hub that is hostile or of another version: tasks that no hub of ours would give,
 * and blobs that are not what the task says. The bytes choose a role, and what is changed of an
 * honest task and of the objects that it names. Publishing writes its files to nowhere. */
#include "core/cartogram.h"
#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/bus/worker.h"
#include "services/comparison/comparison.h"
#include "services/ingestion/read_files.h"
#include "services/ingestion/suspect.h"
#include "services/publishing/edition_files.h"
#include "services/scoring/scoring.h"
#include "services/views/map.h"
#include "services/views/scatter.h"
#include "services/views/tables.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/small.h"
#include "tests/fuzz/unheard.h"

enum { PACK, PAY_BLOB, JOBS_BLOB, SOOT_BLOB, MONEY_BLOB, EDITION, BEFORE, COMPARED, BLOBS };

struct blob {
    uint8_t *bytes;
    size_t length;
    char hash[HASH_TEXT];
};

static struct blob honest[BLOBS], blobs[BLOBS];
static FILE *nowhere;

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

/* --- honest objects --------------------------------------------------------------------------- */

static void keep(struct blob *blob, const ProtobufCMessage *message) {
    free(blob->bytes);
    blob->length = protobuf_c_message_get_packed_size(message);
    blob->bytes = malloc(blob->length + 1);
    fuzz_check(blob->bytes != NULL);
    (void)protobuf_c_message_pack(message, blob->bytes);
    hash_of(blob->bytes, blob->length, blob->hash);
}

static void keep_pack(void) {
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
    Pack pack = MINDEX__V1__PACK__INIT;
    pack.definition = "index.yaml";
    pack.n_files = 4;
    pack.files = list;
    keep(&honest[PACK], &pack.base);
}

static struct release *keep_release(size_t at, const char *dataset, const char *text) {
    static struct problems problems;
    struct arena *arena = arena_new();
    struct release *release =
        release_read(fuzz_pack()->geography, "r.csv", text, strlen(text), &problems);
    fuzz_check(arena && release);
    keep(&honest[at], &observations_message(arena, dataset, release)->base);
    arena_destroy(&arena);
    return release;
}

static void begin(void) {
    static const char soot_before[] =
        "area_code,period,value\nE01,2024,0\nE02,2024,7\nE03,2024,3\n";
    struct fault fault = {0};
    const struct pack *pack = fuzz_pack();
    struct arena *arena = arena_new();
    keep_pack();
    struct release *before = keep_release(SOOT_BLOB, "soot", soot_before);
    struct release *list[] = {keep_release(PAY_BLOB, "pay", SMALL_PAY),
                              keep_release(JOBS_BLOB, "county-jobs", SMALL_JOBS), before,
                              keep_release(MONEY_BLOB, "money", SMALL_MONEY)};
    struct edition *edition = edition_score(pack, (const struct release *const *)list, &fault);
    keep(&honest[BEFORE], &edition_message(arena, pack, honest[PACK].hash, edition, NULL, 0)->base);
    edition_destroy(&edition);
    list[2] = keep_release(SOOT_BLOB, "soot", SMALL_SOOT);
    edition = edition_score(pack, (const struct release *const *)list, &fault);
    keep(&honest[EDITION],
         &edition_message(arena, pack, honest[PACK].hash, edition, NULL, 0)->base);
    struct comparison *comparison = spend_compare(pack, edition, list[3], &fault);
    keep(&honest[COMPARED], &comparison_message(arena, pack, comparison)->base);
    comparison_destroy(&comparison);
    edition_destroy(&edition);
    release_destroy(&before);
    for (size_t i = 0; i < 4; i++)
        release_destroy(&list[i]);
    arena_destroy(&arena);
    nowhere = fopen("/dev/null", "we");
}

/* --- what is changed -------------------------------------------------------------------------- */

static const ProtobufCMessageDescriptor *type_of(size_t blob) {
    return blob == PACK                        ? &mindex__v1__pack__descriptor
           : blob <= MONEY_BLOB                ? &mindex__v1__observations__descriptor
           : blob == EDITION || blob == BEFORE ? &mindex__v1__edition_scores__descriptor
                                               : &mindex__v1__comparison__descriptor;
}

/* The honest blobs, one of them changed, or with bytes of the input in its place. */
static void change_blobs(struct fuzz_input *in) {
    size_t which = fuzz_byte(in) % (BLOBS + 1);
    uint8_t how = fuzz_byte(in);
    for (size_t i = 0; i < BLOBS; i++) {
        ProtobufCMessage *message =
            protobuf_c_message_unpack(type_of(i), NULL, honest[i].length, honest[i].bytes);
        for (int k = how % 4; which == i && k >= 0; k--)
            fuzz_message(message, in);
        keep(&blobs[i], message);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    if (which < BLOBS && how % 32 == 31) {
        struct blob *blob = &blobs[which];
        blob->length =
            (size_t)(in->end - in->at) < blob->length ? (size_t)(in->end - in->at) : blob->length;
        if (blob->length)
            memcpy(blob->bytes, in->at, blob->length);
        hash_of(blob->bytes, blob->length, blob->hash);
    }
}

static Task *changed(Task *task, struct fuzz_input *in) {
    size_t length = mindex__v1__task__get_packed_size(task);
    uint8_t *bytes = malloc(length + 1);
    fuzz_check(bytes != NULL);
    (void)mindex__v1__task__pack(task, bytes);
    Task *out = mindex__v1__task__unpack(NULL, length, bytes);
    free(bytes);
    fuzz_check(out != NULL);
    for (int i = fuzz_byte(in) % 3; i > 0; i--)
        fuzz_message(&out->base, in);
    return out;
}

static void check_result(zframe_t **result, const struct fault *fault) {
    if (!*result) {
        fuzz_check(fault->kind != FAULT_MEMORY);
        return;
    }
    Message *message = wire_read(*result);
    fuzz_check(message && message->body_case == MINDEX__V1__MESSAGE__BODY_TASK_DONE);
    wire_free(&message);
    zframe_destroy(result);
}

/* --- each role's task ------------------------------------------------------------------------- */

static void inputs(Input *list, Input **pointers) {
    static const char *const datasets[] = {"pay", "county-jobs", "soot", "money"};
    for (size_t i = 0; i < 4; i++) {
        list[i] = (Input)MINDEX__V1__INPUT__INIT;
        list[i].dataset = (char *)datasets[i];
        list[i].observations = blobs[PAY_BLOB + i].hash;
        pointers[i] = &list[i];
    }
}

static void score(struct library *library, struct fuzz_input *in) {
    struct fault fault = {0};
    Input list[4], *pointers[4];
    ScoreTask body = MINDEX__V1__SCORE_TASK__INIT;
    Task task = MINDEX__V1__TASK__INIT;
    inputs(list, pointers);
    body.pack = body.before_pack = blobs[PACK].hash;
    body.n_inputs = 4;
    body.n_before = fuzz_byte(in) % 5;
    body.inputs = body.before = pointers;
    task.work_case = MINDEX__V1__TASK__WORK_SCORE;
    task.score = &body;
    Task *order = changed(&task, in);
    zframe_t *result = scoring_perform(library, order, NULL, &fault);
    check_result(&result, &fault);
    mindex__v1__task__free_unpacked(order, NULL);
}

static void compare(struct library *library, struct fuzz_input *in) {
    struct fault fault = {0};
    Input list[4], *pointers[4];
    CompareTask body = MINDEX__V1__COMPARE_TASK__INIT;
    Task task = MINDEX__V1__TASK__INIT;
    inputs(list, pointers);
    body.pack = blobs[PACK].hash;
    body.scores = blobs[EDITION].hash;
    body.spend = pointers[3];
    task.work_case = MINDEX__V1__TASK__WORK_COMPARE;
    task.compare = &body;
    Task *order = changed(&task, in);
    zframe_t *result = comparison_perform(library, order, NULL, &fault);
    check_result(&result, &fault);
    mindex__v1__task__free_unpacked(order, NULL);
}

static void read_hand_in(struct library *library, struct fuzz_input *in) {
    static struct problems problems;
    struct fault fault = {0};
    Input list[4], *pointers[4];
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    HandIn hand_in = MINDEX__V1__HAND_IN__INIT;
    ReadTask body = MINDEX__V1__READ_TASK__INIT;
    Task task = MINDEX__V1__TASK__INIT;
    memset(&problems, 0, sizeof problems);
    inputs(list, pointers);
    file.name = "soot-2026.csv";
    file.content = (ProtobufCBinaryData){strlen(SMALL_SOOT), (uint8_t *)SMALL_SOOT};
    hand_in.n_files = 1;
    hand_in.files = files;
    body.pack = blobs[PACK].hash;
    body.hand_in = &hand_in;
    body.n_in_force = 4;
    body.in_force = pointers;
    task.work_case = MINDEX__V1__TASK__WORK_READ;
    task.read = &body;
    Task *order = changed(&task, in);
    struct arena *arena = arena_new();
    const struct pack *pack =
        order->read->pack ? library_pack(library, order->read->pack, &fault) : NULL;
    ReadResult *read = read_files(arena, pack, order->read->hand_in, &problems);
    if (read)
        (void)suspect(library, arena, pack, order->read, read, &fault);
    else
        fuzz_problems(&problems);
    arena_destroy(&arena);
    mindex__v1__task__free_unpacked(order, NULL);
}

static void write_files(const struct view *files) {
    tables_readme(nowhere, files);
    tables_ranks(nowhere, files);
    tables_rank_changes(nowhere, files);
    tables_metrics(nowhere, files);
    if (files->cells)
        map_write(nowhere, files, 0, false);
    if (!files->comparison)
        return;
    tables_spend(nowhere, files);
    tables_spend_regions(nowhere, files);
    scatter_write(nowhere, files);
}

static void publish(struct library *library) {
    struct fault fault = {0};
    const char *hash = blobs[PACK].hash;
    struct view files = {.number = UINT64_MAX, .cause = "release", .dataset = "soot"};
    files.pack = library_pack(library, hash, &fault);
    if (files.pack)
        files.edition = library_edition(library, hash, blobs[EDITION].hash, &fault);
    const struct edition *before =
        files.edition ? library_edition(library, hash, blobs[BEFORE].hash, &fault) : NULL;
    if (!before)
        return;
    files.comparison = library_comparison(library, hash, blobs[COMPARED].hash, &fault);
    struct changes *changes =
        changes_between(files.pack, before, files.pack, files.edition, &fault);
    struct cell *cells = calloc(files.pack->geography->n_areas + 1, sizeof *cells);
    fuzz_check(changes && cells);
    files.changes = changes;
    if (files.pack->geography->n_areas <= CARTOGRAM_AREAS_MAX &&
        cartogram_layout(files.pack->geography, cells, &fault))
        files.cells = cells;
    write_files(&files);
    free(cells);
    changes_destroy(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fuzz_input in = {bytes, bytes + length};
    if (!nowhere)
        begin();
    uint8_t role = fuzz_byte(&in);
    change_blobs(&in);
    struct library *library = library_new(fetch, NULL);
    fuzz_check(library != NULL);
    library_turn(library);
    switch (role % 4) {
    case 0:
        score(library, &in);
        break;
    case 1:
        compare(library, &in);
        break;
    case 2:
        read_hand_in(library, &in);
        break;
    default:
        publish(library);
    }
    library_destroy(&library);
    return 0;
}
