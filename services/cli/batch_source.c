#include "services/cli/batch_source.h"

#include "services/bus/convert.h"

#include <stdlib.h>
#include <string.h>

/* --- blobs that are here ---------------------------------------------------------------------- */

struct blob {
    char hash[HASH_TEXT];
    const uint8_t *bytes; /* in the arena */
    size_t length;
    struct blob *before;
};

static const struct blob *find_blob(const struct batch_source *source, const char *hash) {
    const struct blob *blob = source->blobs;
    while (blob && strcmp(blob->hash, hash) != 0)
        blob = blob->before;
    return blob;
}

/* NULL: memory ran out. `bytes` lie in the arena. */
static struct blob *keep_blob(struct batch_source *source, const uint8_t *bytes, size_t length) {
    struct blob *blob = arena_alloc(source->arena, 1, sizeof *blob);
    if (!blob)
        return NULL;
    *blob = (struct blob){.bytes = bytes, .length = length, .before = source->blobs};
    hash_of(bytes, length, blob->hash);
    return source->blobs = blob;
}

bool batch_source_fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                        struct fault *fault) {
    const struct blob *blob = find_blob(context, hash);
    if (!blob)
        return fault_set(fault, FAULT_INPUT, "there is no blob %.80s", hash);
    *bytes = malloc(blob->length + 1);
    if (!*bytes)
        return fault_memory(fault);
    memcpy(*bytes, blob->bytes, blob->length);
    *length = blob->length;
    return true;
}

static int bring(struct batch_source *source, const char *hash) {
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (find_blob(source, hash))
        return EXIT_OK;
    if (!library_bytes(source->session.library, hash, &bytes, &length, &fault))
        return command_failed(EXIT_FAILED, "%s", fault.text);
    uint8_t *copy = (uint8_t *)arena_copy(source->arena, (const char *)bytes, length);
    free(bytes);
    return copy && keep_blob(source, copy, length) ? EXIT_OK
                                                   : command_failed(EXIT_FAILED, "out of memory");
}

int batch_source_bring(struct batch_source *source, const Study *study) {
    int status = source->edition ? bring(source, study->pack) : EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && source->edition && i < study->n_inputs; i++)
        status = bring(source, study->inputs[i]->observations);
    for (size_t k = 0; status == EXIT_OK && k < study->n_alternatives; k++) {
        const Alternative *alternative = study->alternatives[k];
        for (size_t i = 0; status == EXIT_OK && i < alternative->n_inputs; i++)
            status = bring(source, alternative->inputs[i]->observations);
    }
    return status;
}

/* --- inputs ----------------------------------------------------------------------------------- */

static int by_dataset(const void *left, const void *right) {
    const Input *a = *(Input *const *)left, *b = *(Input *const *)right;
    return strcmp(a->dataset, b->dataset);
}

static Input *new_input(struct arena *arena, const char *dataset, const char *observations) {
    Input *input = arena_alloc(arena, 1, sizeof *input);
    if (!input)
        return NULL;
    mindex__v1__input__init(input);
    input->dataset = arena_copy(arena, dataset, strlen(dataset));
    input->observations = arena_copy(arena, observations, strlen(observations));
    return input->dataset && input->observations ? input : NULL;
}

static int take_inputs(struct batch_source *source, const Mindex__V1__Releases *releases,
                       Input ***inputs, size_t *n) {
    *n = 0;
    *inputs = arena_alloc(source->arena, releases->n_releases, sizeof(Input *));
    for (size_t i = 0; *inputs && i < releases->n_releases; i++) {
        const ReleaseInfo *release = releases->releases[i];
        if (!release->observations_hash)
            continue;
        Input *input = new_input(source->arena, release->dataset, release->observations_hash);
        if (!input)
            *inputs = NULL;
        else
            (*inputs)[(*n)++] = input;
    }
    if (!*inputs)
        return command_failed(EXIT_FAILED, "out of memory");
    qsort(*inputs, *n, sizeof(Input *), by_dataset);
    return EXIT_OK;
}

int batch_source_inputs(struct batch_source *source, uint64_t edition, Input ***inputs, size_t *n) {
    Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
    wanted.has_edition = true;
    wanted.edition = edition;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &wanted;
    int status = EXIT_FAILED;
    Message *answer =
        session_ask(&source->session, &question, MINDEX__V1__MESSAGE__BODY_RELEASES, &status);
    if (answer)
        status = take_inputs(source, answer->releases, inputs, n);
    wire_free(&answer);
    return status;
}

/* --- an edition of the service ---------------------------------------------------------------- */

static int take_edition(struct batch_source *source, const EditionInfo *info) {
    struct fault fault = {0};
    source->edition = info->number;
    source->pack = library_pack(source->session.library, info->pack, &fault);
    if (!source->pack)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    (void)snprintf(source->pack_hash, sizeof source->pack_hash, "%s", info->pack);
    return batch_source_inputs(source, info->number, &source->inputs, &source->n_inputs);
}

static int open_edition(struct batch_source *source, const struct command_line *line) {
    int status = session_open(&source->session, line);
    if (status != EXIT_OK)
        return status;
    Mindex__V1__EditionWanted wanted;
    Message question = client_edition_question(&wanted, line->edition);
    Message *answer =
        session_ask(&source->session, &question, MINDEX__V1__MESSAGE__BODY_EDITION, &status);
    if (answer)
        status = take_edition(source, answer->edition->info);
    wire_free(&answer);
    return status;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool keep_release(struct batch_source *source, const char *dataset,
                         const struct release *release) {
    const Observations *message = observations_message(source->arena, dataset, release);
    size_t length = message ? mindex__v1__observations__get_packed_size(message) : 0;
    uint8_t *bytes = message ? arena_alloc(source->arena, length, 1) : NULL;
    if (!bytes)
        return false;
    (void)mindex__v1__observations__pack(message, bytes);
    const struct blob *blob = keep_blob(source, bytes, length);
    Input *input = blob ? new_input(source->arena, dataset, blob->hash) : NULL;
    if (input)
        source->inputs[source->n_inputs++] = input;
    return input != NULL;
}

static bool keep_files(struct batch_source *source) {
    const struct origin *origin = &source->origin;
    const struct definition *definition = origin->pack->definition;
    const struct blob *pack = keep_blob(source, origin->pack_bytes.data, origin->pack_bytes.len);
    source->pack = origin->pack;
    source->inputs = arena_alloc(source->arena, definition->n_datasets, sizeof(Input *));
    if (!pack || !source->inputs)
        return false;
    memcpy(source->pack_hash, pack->hash, sizeof source->pack_hash);
    for (size_t i = 0; i < definition->n_datasets; i++) {
        if (origin->releases[i] &&
            !keep_release(source, definition->datasets[i].id, origin->releases[i]))
            return false;
    }
    qsort(source->inputs, source->n_inputs, sizeof(Input *), by_dataset);
    return true;
}

static int open_files(struct batch_source *source, const struct command_line *line) {
    int status = origin_open(&source->origin, line);
    if (status == EXIT_OK && !keep_files(source))
        status = command_failed(EXIT_FAILED, "out of memory");
    return status;
}

/* --- either ----------------------------------------------------------------------------------- */

int batch_source_open(struct batch_source *source, const struct command_line *line) {
    *source = (struct batch_source){.arena = arena_new()};
    if (!source->arena)
        return command_failed(EXIT_FAILED, "out of memory");
    if (origin_is_offline(line))
        return open_files(source, line);
    if (line->n_arguments)
        return command_failed(EXIT_USAGE, "files need --pack FOLDER or --definition FILE");
    return open_edition(source, line);
}

void batch_source_close(struct batch_source *source) {
    origin_close(&source->origin);
    session_close(&source->session);
    arena_destroy(&source->arena);
}
