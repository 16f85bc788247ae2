/* Studies: the same result however their items are cut, and what is refused. */
#include "services/bus/study.h"

#include "core/number.h"
#include "core/uncertainty.h"
#include "services/bus/convert.h"
#include "tests/core/design.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

enum { PLACES = 23, METRICS = 4, EDITIONS = 3, BLOBS = 64 };

/* --- an index and its figures ----------------------------------------------------------------- */

#define DEFINITION(AGGREGATE, AREAS)                                                               \
    "index: t\ntitle: T\nareas: {table: areas.csv, geography: geography.csv, " AREAS "}\n"         \
    "bands: 5\nlevels:\n"                                                                          \
    "  - {id: index, name: Index, aggregate: " AGGREGATE ", coverage: 0.5, normalise: none}\n"     \
    "  - {id: part, name: Part, aggregate: arithmetic, coverage: 0.5, normalise: none}\n"          \
    "  - {id: metric, name: Metric, normalise: min-max, range: [0, 100]}\n"                        \
    "tree:\n  id: all\n  name: All\n  children:\n"                                                 \
    "    - {id: one, name: One, children: [{id: m0, name: M0, unit: u, direction: "                \
    "higher-is-need}, {id: m1, name: M1, unit: u, direction: lower-is-need}]}\n"                   \
    "    - {id: two, name: Two, children: [{id: m2, name: M2, unit: u, direction: "                \
    "higher-is-need}, {id: m3, name: M3, unit: u, direction: higher-is-need}]}\n"                  \
    "datasets:\n" DATASET("m0") DATASET("m1") DATASET("m2") DATASET("m3")
#define CODES "codes: codes.csv"
#define DATASET(ID)                                                                                \
    "  - {id: " ID ", title: T, publisher: P, licence: L, level: lad, vintage: \"2021\"}\n"

/* Of replicates with a geometric mean of figures that reach down to 0 some fail. */
static const char unsure[] = DEFINITION(
    "arithmetic",
    CODES) "uncertainty:\n  replicates: 50\n  seed: 7\n  interval: 0.8\n  factors:\n"
           "    - {vary: normalise, level: metric, among: [{normalise: min-max, range: [0, 100]}, "
           "{normalise: percentile-rank, range: [1, 100]}]}\n"
           "    - {vary: aggregate, level: part, among: [arithmetic, geometric]}\n"
           "    - {vary: weight-noise, level: metric, noise: 0.6}\n";

static struct {
    uint8_t *bytes;
    size_t length;
    char hash[HASH_TEXT];
} blobs[BLOBS];
static size_t n_blobs;

static bool fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault) {
    (void)context;
    for (size_t i = 0; i < n_blobs; i++) {
        if (strcmp(blobs[i].hash, hash) != 0)
            continue;
        *bytes = malloc(blobs[i].length + 1);
        *length = blobs[i].length;
        memcpy(*bytes, blobs[i].bytes, blobs[i].length);
        return true;
    }
    return fault_set(fault, FAULT_INPUT, "there is no such blob");
}

static char *keep(const ProtobufCMessage *message) {
    size_t length = protobuf_c_message_get_packed_size(message);
    ck_assert_uint_lt(n_blobs, BLOBS);
    blobs[n_blobs].length = length;
    blobs[n_blobs].bytes = malloc(length + 1);
    (void)protobuf_c_message_pack(message, blobs[n_blobs].bytes);
    hash_of(blobs[n_blobs].bytes, length, blobs[n_blobs].hash);
    return blobs[n_blobs++].hash;
}

static char *keep_pack(const char *definition) {
    static const char *const names[] = {"areas.csv", "codes.csv", "geography.csv", "index.yaml"};
    char texts[3][4000];
    int used[3] = {
        sprintf(texts[0], "code,name,region_code,region,type,population,longitude,latitude\n"),
        sprintf(texts[1], "code,name,level\n"),
        sprintf(texts[2], "area_code,level,step,source_code,weight\n")};
    for (int i = 0; i < PLACES; i++) {
        used[0] += sprintf(texts[0] + used[0], "P%02d,Place %d,R,Region,district,10,-1,5%d\n", i, i,
                           i % 10);
        used[1] += sprintf(texts[1] + used[1], "P%02d,Place %d,lad\n", i, i);
        used[2] += sprintf(texts[2] + used[2], "P%02d,lad,1,P%02d,\n", i, i);
    }
    File files[4], *list[4];
    for (size_t i = 0; i < 4; i++) {
        const char *text = i < 3 ? texts[i] : definition;
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
        list[i] = &files[i];
    }
    Pack message = MINDEX__V1__PACK__INIT;
    message.definition = "index.yaml";
    message.n_files = 4;
    message.files = list;
    return keep(&message.base);
}

static char *keep_release(const char *dataset, uint64_t seed) {
    char *codes[PLACES], names[PLACES][8], *period = "2025";
    uint32_t code[PLACES], zero[PLACES] = {0}, line[PLACES];
    uint8_t status[PLACES] = {0};
    double value[PLACES];
    Observations message = MINDEX__V1__OBSERVATIONS__INIT;
    for (uint32_t i = 0; i < PLACES; i++) {
        (void)sprintf(names[i], "P%02u", i);
        codes[i] = names[i];
        code[i] = i;
        line[i] = i + 2;
        value[i] = (double)(suite_random(&seed) % 1000) / 10.0;
    }
    message.dataset = (char *)dataset;
    message.n_codes = message.n_code = message.n_period = message.n_value = message.n_line = PLACES;
    message.codes = codes;
    message.n_periods = 1;
    message.periods = &period;
    message.code = code;
    message.period = zero;
    message.status = (ProtobufCBinaryData){PLACES, status};
    message.value = value;
    message.line = line;
    return keep(&message.base);
}

/* --- studies ---------------------------------------------------------------------------------- */

static struct library *library;
static struct arena *arena;
static char *pack_hash;
static Input inputs[EDITIONS][METRICS], *input_lists[EDITIONS][METRICS];
static Alternative alternatives[5], *alternative_list[5];
static Mindex__V1__WeightGrid grid;

static void begin(void) {
    static char *const datasets[METRICS] = {"m0", "m1", "m2", "m3"};
    n_blobs = 0;
    library = library_new(fetch, NULL);
    arena = arena_new();
    pack_hash = keep_pack(unsure);
    for (size_t e = 0; e < EDITIONS; e++) {
        for (size_t m = 0; m < METRICS; m++) {
            inputs[e][m] = (Input)MINDEX__V1__INPUT__INIT;
            inputs[e][m].dataset = datasets[m];
            inputs[e][m].observations =
                m && e ? inputs[e - 1][m].observations : keep_release(datasets[m], 100 * e + m + 1);
            input_lists[e][m] = &inputs[e][m];
        }
    }
}

static void end(void) {
    library_destroy(&library);
    arena_destroy(&arena);
    while (n_blobs)
        free(blobs[--n_blobs].bytes);
}

static Study study_of(enum study_kind kind) {
    static char *nodes[] = {"all", "two"};
    Study study = MINDEX__V1__STUDY__INIT;
    study.kind = (char *)study_kinds[kind];
    study.pack = pack_hash;
    study.n_inputs = METRICS;
    study.inputs = input_lists[0];
    study.n_nodes = kind == STUDY_SENSITIVITY ? 1 : 2;
    study.nodes = nodes;
    study.has_seed = true;
    study.seed = 7;
    return study;
}

static Study uncertainty(uint64_t replicates) {
    Study study = study_of(STUDY_UNCERTAINTY);
    study.items = replicates;
    return study;
}

static Study sensitivity(uint32_t rows) {
    Study study = study_of(STUDY_SENSITIVITY);
    study.has_rows = study.has_bootstrap = true;
    study.rows = rows;
    study.bootstrap = 20;
    study.items = rows * 5;
    return study;
}

static Study weights(uint32_t steps, uint64_t items) {
    Study study = study_of(STUDY_WEIGHTS);
    grid = (Mindex__V1__WeightGrid)MINDEX__V1__WEIGHT_GRID__INIT;
    grid.level = "metric";
    grid.steps = steps;
    study.grid = &grid;
    study.items = items;
    return study;
}

static Study with_alternatives(enum study_kind kind, size_t n) {
    Study study = study_of(kind);
    study.alternatives = alternative_list;
    study.n_alternatives = study.items = n;
    for (size_t i = 0; i < n; i++) {
        alternatives[i] = (Alternative)MINDEX__V1__ALTERNATIVE__INIT;
        alternatives[i].name = i == 0 ? "as it is" : "another";
        alternative_list[i] = &alternatives[i];
    }
    return study;
}

static void set_definition(size_t i, const char *text) {
    alternatives[i].has_definition = true;
    alternatives[i].definition = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

/* The last cannot be scored: the pack has no such table. */
static Study what_if(void) {
    Study study = with_alternatives(STUDY_WHAT_IF, 4);
    set_definition(1, DEFINITION("median", CODES));
    set_definition(2, DEFINITION("arithmetic", CODES ", exclude: [P03]"));
    set_definition(3, DEFINITION("geometric", "codes: other.csv"));
    return study;
}

static Study back_cast(void) {
    Study study = with_alternatives(STUDY_BACK_CAST, EDITIONS);
    for (size_t e = 0; e < EDITIONS; e++) {
        alternatives[e].n_inputs = METRICS;
        alternatives[e].inputs = input_lists[e];
    }
    return study;
}

static struct study *open_it(const Study *message) {
    struct fault fault = {0};
    size_t length = mindex__v1__study__get_packed_size(message);
    uint8_t *bytes = malloc(length + 1);
    (void)mindex__v1__study__pack(message, bytes);
    struct study *study = study_open(library, bytes, length, &fault);
    free(bytes);
    ck_assert_msg(study != NULL, "%s", fault.text);
    return study;
}

static StudyPiece *piece_of(const struct study *study, uint64_t first, uint64_t count) {
    struct fault fault = {0};
    struct study_run *run = study_run_new(study, library, &fault);
    for (uint64_t done = 0; done < count;) { /* in two goes */
        uint64_t some = done || count == 1 ? count - done : count / 2;
        ck_assert_msg(study_run_items(run, first + done, some, NULL, NULL, &fault), "%s",
                      fault.text);
        done += some;
    }
    StudyPiece *piece = study_run_piece(run, arena, &fault);
    ck_assert_msg(piece != NULL, "%s", fault.text);
    study_run_destroy(&run);
    return piece;
}

/* Through its bytes, as it would come from another computer. */
static StudyPiece *sent(StudyPiece *piece) {
    size_t length = mindex__v1__study_piece__get_packed_size(piece);
    uint8_t *bytes = arena_alloc(arena, length + 1, 1);
    (void)mindex__v1__study_piece__pack(piece, bytes);
    StudyPiece *copy = mindex__v1__study_piece__unpack(NULL, length, bytes);
    ck_assert_ptr_nonnull(copy);
    return copy;
}

static StudyResult *result_of(const struct study *study, StudyPiece *const *pieces, size_t n) {
    struct fault fault = {0};
    StudyResult *result = study_finish(study, arena, pieces, n, &fault);
    ck_assert_msg(result != NULL, "%s", fault.text);
    return result;
}

static StudyResult *whole(const struct study *study) {
    StudyPiece *piece = piece_of(study, 0, study_message(study)->items);
    return result_of(study, &piece, 1);
}

static uint8_t *bytes_of(const StudyResult *result, size_t *length) {
    *length = mindex__v1__study_result__get_packed_size(result);
    uint8_t *bytes = arena_alloc(arena, *length + 1, 1);
    (void)mindex__v1__study_result__pack(result, bytes);
    return bytes;
}

/* --- the same bytes however they are cut ------------------------------------------------------ */

static void check_cuts(const Study *message) {
    struct fault fault = {0};
    struct study *study = open_it(message);
    size_t length, again;
    const uint8_t *expected = bytes_of(whole(study), &length);
    uint64_t random = 5;
    for (int turn = 0; turn < 8; turn++) {
        StudyPiece *pieces[300];
        size_t n = 0, most = turn < 2 ? 1 : 1 + (size_t)message->items / 3;
        for (uint64_t first = 0; first < message->items;) {
            uint64_t count = 1 + suite_random(&random) % most;
            count = count < message->items - first ? count : message->items - first;
            ck_assert_uint_lt(n, 300);
            pieces[n++] = sent(piece_of(study, first, count));
            first += count;
        }
        /* Some that lie side by side become one; a last time all do, in any order. */
        while (n > 4) {
            size_t at = suite_random(&random) % (n - 2);
            StudyPiece *merged = study_merge(study, arena, pieces + at, 3, &fault);
            ck_assert_msg(merged != NULL, "%s", fault.text);
            merged = sent(merged);
            for (size_t i = 0; i < 3; i++)
                mindex__v1__study_piece__free_unpacked(pieces[at + i], NULL);
            pieces[at] = merged;
            memmove(pieces + at + 1, pieces + at + 3, (n - at - 3) * sizeof *pieces);
            n -= 2;
        }
        for (size_t i = n; i > 1; i--) {
            size_t k = suite_random(&random) % i;
            StudyPiece *other = pieces[k];
            pieces[k] = pieces[i - 1];
            pieces[i - 1] = other;
        }
        const uint8_t *found = bytes_of(result_of(study, pieces, n), &again);
        ck_assert_uint_eq(again, length);
        ck_assert_mem_eq(found, expected, length);
        while (n)
            mindex__v1__study_piece__free_unpacked(pieces[--n], NULL);
    }
    study_destroy(&study);
}

START_TEST(any_cut_of_an_uncertainty_study_has_the_same_result) {
    Study study = uncertainty(200);
    check_cuts(&study);
}
END_TEST

START_TEST(any_cut_of_a_sensitivity_study_has_the_same_result) {
    Study study = sensitivity(20);
    check_cuts(&study);
}
END_TEST

START_TEST(any_cut_of_a_grid_has_the_same_result) {
    Study study = weights(6, 84);
    check_cuts(&study);
}
END_TEST

START_TEST(any_cut_of_alternatives_has_the_same_result) {
    Study study = what_if();
    check_cuts(&study);
}
END_TEST

START_TEST(any_cut_of_a_back_cast_has_the_same_result) {
    Study study = back_cast();
    check_cuts(&study);
}
END_TEST

/* --- what comes of them ----------------------------------------------------------------------- */

static struct figures *figures_of(const struct pack *pack, size_t edition) {
    struct fault fault = {0};
    const struct release *releases[METRICS];
    for (size_t m = 0; m < METRICS; m++)
        releases[m] = library_release(library, inputs[edition][m].observations, &fault);
    struct figures *figures = figures_new(pack, releases, &fault);
    ck_assert_msg(figures != NULL, "%s", fault.text);
    return figures;
}

START_TEST(an_uncertainty_study_says_what_core_says) {
    struct fault fault = {0};
    Study message = uncertainty(120);
    struct study *study = open_it(&message);
    const StudyResult *result = whole(study);
    const struct pack *pack = library_pack(library, pack_hash, &fault);
    struct figures *figures = figures_of(pack, 0);
    size_t nodes[] = {0, definition_node(pack->definition, "two")};
    struct spread *spreads[2];
    ck_assert(uncertainty_spread(pack, figures, nodes, 2, 120, 7, spreads, &fault));
    ck_assert(spreads[0]->failed > 0 && result->failed == spreads[0]->failed);
    ck_assert_str_eq(result->failure, spreads[0]->failure);
    ck_assert(result->n_spreads == 2 && result->n_areas == PLACES && result->n_band_names == 5);
    for (size_t i = 0; i < 2; i++) {
        const NodeSpread *found = result->spreads[i];
        ck_assert(found->bin_width == 1 && found->interval == 0.8);
        for (size_t a = 0; a < PLACES; a++) {
            const struct rank_spread *expected = &spreads[i]->areas[a];
            ck_assert(found->items[a] == expected->n && found->nominal[a] == expected->nominal);
            ck_assert(found->mean[a] == expected->mean && found->low[a] == expected->low &&
                      found->median[a] == expected->median && found->high[a] == expected->high);
            for (size_t b = 0; b < 5; b++)
                ck_assert(found->bands[a * 5 + b] == spreads[i]->band_counts[a * 5 + b]);
        }
        spread_destroy(&spreads[i]);
    }
    figures_destroy(&figures);
    study_destroy(&study);
}
END_TEST

START_TEST(a_sensitivity_study_says_what_core_says) {
    struct fault fault = {0};
    Study message = sensitivity(25);
    struct study *study = open_it(&message);
    const StudyResult *result = whole(study);
    const struct pack *pack = library_pack(library, pack_hash, &fault);
    struct figures *figures = figures_of(pack, 0);
    struct sensitivity *expected = design_sensitivity(pack, figures, 0, 25, 7, 20, &fault);
    const SensitivityResult *found = result->sensitivity;
    ck_assert(found->defined && expected->defined && found->n_indexes == 3);
    ck_assert(found->failed_rows == expected->failed && found->failed_rows > 0);
    ck_assert(found->mean == expected->mean && found->variance == expected->variance);
    for (size_t f = 0; f < 3; f++) {
        ck_assert(found->indexes[f]->first == expected->first[f].value &&
                  found->indexes[f]->total == expected->total[f].value &&
                  found->indexes[f]->total_high == expected->total[f].high);
    }
    sensitivity_destroy(&expected);
    figures_destroy(&figures);
    study_destroy(&study);
}
END_TEST

START_TEST(alternatives_have_the_ranks_of_an_edition_of_their_own) {
    struct fault fault = {0};
    Study message = back_cast();
    struct study *study = open_it(&message);
    const StudyResult *result = whole(study);
    const struct pack *pack = library_pack(library, pack_hash, &fault);
    for (size_t e = 0; e < EDITIONS; e++) {
        const struct release *releases[METRICS];
        for (size_t m = 0; m < METRICS; m++)
            releases[m] = library_release(library, inputs[e][m].observations, &fault);
        struct edition *edition = edition_score(pack, releases, &fault);
        ck_assert_mem_eq(result->alternatives[e]->ranks[0]->rank, edition->nodes[0].rank,
                         PLACES * sizeof(uint32_t));
        edition_destroy(&edition);
    }
    study_destroy(&study);
}
END_TEST

START_TEST(an_edition_without_releases_has_no_ranks_and_not_those_of_another) {
    Study message = back_cast();
    alternatives[1].n_inputs = 0;
    struct study *study = open_it(&message);
    const StudyResult *result = whole(study);
    for (size_t a = 0; a < PLACES; a++) {
        ck_assert_uint_eq(result->alternatives[1]->ranks[0]->rank[a], 0);
        ck_assert_uint_ne(result->alternatives[2]->ranks[0]->rank[a], 0);
    }
    study_destroy(&study);
}
END_TEST

START_TEST(an_alternative_that_cannot_be_scored_says_so_and_the_others_are) {
    Study message = what_if();
    struct study *study = open_it(&message);
    const StudyResult *result = whole(study);
    ck_assert_uint_eq(result->failed, 1);
    ck_assert_ptr_null(result->alternatives[0]->failure);
    ck_assert_ptr_nonnull(result->alternatives[3]->failure);
    ck_assert_str_eq(result->failure, result->alternatives[3]->failure);
    ck_assert_uint_eq(result->alternatives[3]->n_ranks, 0);
    const uint32_t *without = result->alternatives[2]->ranks[0]->rank;
    ck_assert_uint_eq(without[3], 0);
    for (size_t a = 0; a < PLACES; a++)
        ck_assert(a == 3 || (without[a] >= 1 && without[a] < PLACES));
    study_destroy(&study);
}
END_TEST

START_TEST(a_grid_of_very_many_points_has_no_outcomes) {
    Study message = weights(83, 102340);
    ck_assert_uint_gt(message.items, STUDY_POINTS_KEPT);
    struct study *study = open_it(&message);
    StudyPiece *piece = piece_of(study, 1000, 10);
    ck_assert(piece->n_outcomes == 0 && piece->n_tallies == 2 && !piece->has_scored);
    study_destroy(&study);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static void refused(const Study *message, const char *why) {
    struct fault fault = {0};
    size_t length = mindex__v1__study__get_packed_size(message);
    uint8_t *bytes = malloc(length + 1);
    (void)mindex__v1__study__pack(message, bytes);
    struct study *study = study_open(library, bytes, length, &fault);
    ck_assert_ptr_null(study);
    ck_assert_msg(fault.kind == FAULT_INPUT && strstr(fault.text, why), "'%s', not '%s'",
                  fault.text, why);
    free(bytes);
}

START_TEST(studies_that_cannot_be_are_refused) {
    Study study = uncertainty(1);
    refused(&study, "2 to 10000000 replicates");
    study = uncertainty(50);
    study.kind = "astrology";
    refused(&study, "no study of the kind 'astrology'");
    study = uncertainty(50);
    study.pack = inputs[0][0].observations;
    refused(&study, "cannot be read");
    study.pack = "no hash";
    refused(&study, "there is no such blob");
    study = uncertainty(50);
    study.n_nodes = 0;
    refused(&study, "ranks at 0 nodes");
    study.n_nodes = 2;
    study.nodes = (char *[]){"all", "all"};
    refused(&study, "'all' twice");
    study.nodes = (char *[]){"all", "three"};
    refused(&study, "no node 'three'");
    study = sensitivity(20);
    study.items++;
    refused(&study, "a study of 100 items, which says that it has 101");
    study = sensitivity(1);
    refused(&study, "can have 2 to 800000 rows");
    study = sensitivity(800001);
    refused(&study, "can have 2 to 800000 rows");
    study = sensitivity(20);
    study.bootstrap = 1000000;
    refused(&study, "resampled up to 10000 times");
    study = weights(6, 84);
    grid.level = "index";
    refused(&study, "weights are of 2 or more");
    grid.level = "metric";
    grid.steps = 0;
    refused(&study, "in 1 to 1000 steps");
    study.grid = NULL;
    refused(&study, "without a grid");
    study = with_alternatives(STUDY_BACK_CAST, 0);
    refused(&study, "expected 1 to 10000");
    study = what_if();
    set_definition(1, "index: [");
    refused(&study, "another");
    study = what_if();
    alternatives[1].pack = pack_hash;
    refused(&study, "no place beside a pack");
    study = back_cast();
    set_definition(1, DEFINITION("median", CODES));
    refused(&study, "no place beside an edition");
}
END_TEST

START_TEST(an_index_without_factors_has_no_replicates) {
    pack_hash = keep_pack(DEFINITION("arithmetic", CODES));
    Study study = uncertainty(50);
    refused(&study, "the definition has no 'uncertainty'");
    study = sensitivity(20);
    refused(&study, "needs 2 factors or more");
}
END_TEST

START_TEST(bytes_that_are_no_study_are_refused) {
    struct fault fault = {0};
    ck_assert_ptr_null(study_open(library, (const uint8_t *)"nonsense", 8, &fault));
    ck_assert(fault.kind == FAULT_INPUT);
}
END_TEST

static void no_merge(const struct study *study, StudyPiece *const *pieces, size_t n,
                     const char *why) {
    struct fault fault = {0};
    ck_assert_ptr_null(study_merge(study, arena, pieces, n, &fault));
    ck_assert_msg(fault.kind == FAULT_INPUT && strstr(fault.text, why), "'%s', not '%s'",
                  fault.text, why);
}

START_TEST(pieces_that_do_not_lie_side_by_side_are_refused) {
    struct fault fault = {0};
    Study message = uncertainty(50);
    struct study *study = open_it(&message);
    StudyPiece *a = piece_of(study, 0, 10), *b = piece_of(study, 10, 10),
               *c = piece_of(study, 15, 10);
    no_merge(study, (StudyPiece *[]){a, c}, 2, "there is a gap before it");
    no_merge(study, (StudyPiece *[]){b, c}, 2, "in another piece, too");
    no_merge(study, (StudyPiece *[]){b, b}, 2, "in another piece, too");
    no_merge(study, NULL, 0, "no piece");
    ck_assert_ptr_null(study_finish(study, arena, (StudyPiece *[]){a, b}, 2, &fault));
    ck_assert_str_eq(fault.text, "pieces of 20 items, of a study of 50");
    ck_assert_ptr_null(study_finish(study, arena, (StudyPiece *[]){b}, 1, &fault));
    message.seed = 8;
    struct study *other = open_it(&message);
    no_merge(other, (StudyPiece *[]){a, b}, 2, "it is of another study");
    study_destroy(&other);
    study_destroy(&study);
}
END_TEST

/* As a worker that is not what it should be might send them. */
START_TEST(torn_pieces_are_refused) {
    Study message = uncertainty(50);
    struct study *study = open_it(&message);
    StudyPiece good = *piece_of(study, 5, 10), bad = good, *list[] = {&bad};
    bad.count = 11;
    no_merge(study, list, 1, "counts are of another study");
    bad.count = UINT64_MAX;
    no_merge(study, list, 1, "cannot have these items");
    bad = good;
    bad.first = 45;
    no_merge(study, list, 1, "cannot have these items");
    bad = good;
    bad.n_tallies = 1;
    no_merge(study, list, 1, "counts of other nodes");
    bad = good;
    ProtobufCBinaryData cut[2] = {good.tallies[0], good.tallies[1]};
    cut[1].len -= 3;
    bad.tallies = cut;
    no_merge(study, list, 1, "no counts of ranks, or not all");
    bad = good;
    bad.failed = 11;
    no_merge(study, list, 1, "cannot have these items");
    study_destroy(&study);
    message = sensitivity(20);
    study = open_it(&message);
    good = *piece_of(study, 5, 10);
    bad = good;
    bad.n_outcomes = 9;
    no_merge(study, list, 1, "outcomes of other items");
    bad = good;
    uint8_t scored[10] = {0};
    bad.scored.data = scored;
    no_merge(study, list, 1, "another number of its items failed");
    study_destroy(&study);
    message = what_if();
    study = open_it(&message);
    good = *piece_of(study, 1, 2);
    bad = good;
    bad.n_ranks = 3;
    no_merge(study, list, 1, "ranks of other items");
    bad = good;
    ItemRanks few = *good.ranks[0], *ranks[] = {&few, good.ranks[1], good.ranks[2], good.ranks[3]};
    few.n_rank--;
    bad.ranks = ranks;
    no_merge(study, list, 1, "ranks of other places");
    study_destroy(&study);
}
END_TEST

static bool after_some(void *context) {
    int *left = context;
    return (*left)-- == 0;
}

START_TEST(a_run_can_be_stopped_and_begins_anew) {
    struct fault fault = {0};
    Study messages[] = {uncertainty(200), sensitivity(40), back_cast()};
    for (size_t i = 0; i < 3; i++) {
        struct study *study = open_it(&messages[i]);
        struct study_run *run = study_run_new(study, library, &fault);
        int left = 1;
        uint64_t items = messages[i].items;
        ck_assert(!study_run_items(run, 0, items, after_some, &left, &fault));
        ck_assert(fault.kind == FAULT_SYSTEM && left == -1);
        ck_assert(!study_run_items(run, 1, items, NULL, NULL, &fault));
        ck_assert(!study_run_items(run, 0, 0, NULL, NULL, &fault));
        ck_assert(study_run_items(run, 0, items - 1, NULL, NULL, &fault));
        ck_assert(!study_run_items(run, 0, 1, NULL, NULL, &fault)); /* not the next */
        ck_assert(fault.kind == FAULT_INPUT);
        study_run_destroy(&run);
        study_destroy(&study);
    }
}
END_TEST

/* --- kept in a library ------------------------------------------------------------------------ */

START_TEST(a_study_stays_open_while_others_come_and_go) {
    struct fault fault = {0};
    Study message = uncertainty(50);
    char *hash = keep(&message.base);
    library_turn(library);
    const struct opened_study *opened = library_study(library, hash, &fault);
    ck_assert_msg(opened != NULL, "%s", fault.text);
    for (int turn = 0; turn < 8; turn++) { /* more packs than a library keeps */
        char definition[4000];
        (void)snprintf(definition, sizeof definition, "# %d\n%s", turn, unsure);
        library_turn(library);
        ck_assert_ptr_nonnull(library_pack(library, keep_pack(definition), &fault));
        if (turn % 2)
            ck_assert_ptr_eq(library_study(library, hash, &fault), opened);
    }
    ck_assert(study_run_items(opened->run, 0, 5, NULL, NULL, &fault));
    char *others[3];
    for (size_t i = 0; i < 3; i++) {
        message.seed = 20 + i;
        others[i] = keep(&message.base);
        library_turn(library);
        ck_assert_ptr_nonnull(library_study(library, others[i], &fault));
    }
    library_turn(library);
    ck_assert_ptr_nonnull(library_study(library, hash, &fault)); /* opened again */
    ck_assert_ptr_null(library_study(library, pack_hash, &fault));
    ck_assert(fault.kind == FAULT_INPUT);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("study");
    TCase *t = tcase_create("study");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, any_cut_of_an_uncertainty_study_has_the_same_result);
    tcase_add_test(t, any_cut_of_a_sensitivity_study_has_the_same_result);
    tcase_add_test(t, any_cut_of_a_grid_has_the_same_result);
    tcase_add_test(t, any_cut_of_alternatives_has_the_same_result);
    tcase_add_test(t, any_cut_of_a_back_cast_has_the_same_result);
    tcase_add_test(t, an_uncertainty_study_says_what_core_says);
    tcase_add_test(t, a_sensitivity_study_says_what_core_says);
    tcase_add_test(t, alternatives_have_the_ranks_of_an_edition_of_their_own);
    tcase_add_test(t, an_edition_without_releases_has_no_ranks_and_not_those_of_another);
    tcase_add_test(t, an_alternative_that_cannot_be_scored_says_so_and_the_others_are);
    tcase_add_test(t, a_grid_of_very_many_points_has_no_outcomes);
    tcase_add_test(t, studies_that_cannot_be_are_refused);
    tcase_add_test(t, an_index_without_factors_has_no_replicates);
    tcase_add_test(t, bytes_that_are_no_study_are_refused);
    tcase_add_test(t, pieces_that_do_not_lie_side_by_side_are_refused);
    tcase_add_test(t, torn_pieces_are_refused);
    tcase_add_test(t, a_run_can_be_stopped_and_begins_anew);
    tcase_add_test(t, a_study_stays_open_while_others_come_and_go);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
