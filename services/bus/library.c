#include "services/bus/library.h"

#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/bus/stored.h"
#include "services/bus/study.h"

#include <stdlib.h>
#include <string.h>

enum kind {
    KIND_STUDY, /* first: these two go before the pack that they keep */
    KIND_SCORED,
    KIND_PACK,
    KIND_RELEASE,
    KIND_EDITION,
    KIND_COMPARISON,
    KIND_INPUTS,
    KIND_PIECE,
    KIND_COUNT
};

/* How many of each are worth keeping: releases are the columns of every edition to come, while an
 * edition is needed for its successor and then no more, and a piece goes into one larger one. */
static const size_t kept[KIND_COUNT] = {
    [KIND_STUDY] = 2,   [KIND_SCORED] = 2,     [KIND_PACK] = 4,   [KIND_RELEASE] = LIBRARY_KEPT,
    [KIND_EDITION] = 4, [KIND_COMPARISON] = 4, [KIND_INPUTS] = 4, [KIND_PIECE] = 0};

struct book {
    enum kind kind;
    char hash[HASH_TEXT];
    char pack[HASH_TEXT]; /* that an edition or comparison was checked against; else "" */
    uint64_t turn;        /* when it was last used */
    size_t keepers;       /* of a pack: who need it beyond the turn */
    void *object;
};

struct library {
    library_fetch *fetch;
    void *context;
    uint64_t turn;
    struct book *books;
    size_t count, room;
};

static void drop(struct library *library, struct book *book) {
    switch (book->kind) {
    case KIND_STUDY: {
        struct opened_study *opened = book->object;
        study_run_destroy(&opened->run);
        study_destroy(&opened->study);
        free(opened);
        break;
    }
    case KIND_SCORED: {
        struct scored *scored = book->object;
        const struct pack *pack = scored_pack(scored);
        scored_destroy(&scored);
        library_let_go(library, pack);
        break;
    }
    case KIND_PIECE:
        mindex__v1__study_piece__free_unpacked(book->object, NULL);
        break;
    case KIND_PACK: {
        struct pack *pack = book->object;
        pack_destroy(&pack);
        break;
    }
    case KIND_RELEASE: {
        struct release *release = book->object;
        release_destroy(&release);
        break;
    }
    case KIND_EDITION: {
        struct edition *edition = book->object;
        edition_destroy(&edition);
        break;
    }
    case KIND_INPUTS: {
        /* They lie in their own arena. */
        struct arena *arena = ((struct edition_inputs *)book->object)->arena;
        arena_destroy(&arena);
        break;
    }
    default: {
        struct comparison *comparison = book->object;
        comparison_destroy(&comparison);
        break;
    }
    }
}

struct library *library_new(library_fetch *fetch, void *context) {
    struct library *library = calloc(1, sizeof *library);
    if (library) {
        library->fetch = fetch;
        library->context = context;
    }
    return library;
}

void library_destroy(struct library **library) {
    if (!*library)
        return;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < (*library)->count; i++) {
            if ((*library)->books[i].kind == (enum kind)kind)
                drop(*library, &(*library)->books[i]);
        }
    }
    free((*library)->books);
    free(*library);
    *library = NULL;
}

static void forget_oldest(struct library *library, enum kind kind) {
    size_t held = 0, oldest = 0;
    for (size_t i = 0; i < library->count; i++) {
        struct book *book = &library->books[i];
        if (book->kind != kind || book->keepers)
            continue;
        if (held++ == 0 || book->turn < library->books[oldest].turn)
            oldest = i;
    }
    if (held <= kept[kind])
        return;
    drop(library, &library->books[oldest]); /* which may let go of a pack, and takes no book away */
    library->books[oldest] = library->books[--library->count];
    forget_oldest(library, kind);
}

void library_turn(struct library *library) {
    library->turn++;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        forget_oldest(library, (enum kind)kind);
}

static void *find(struct library *library, enum kind kind, const char *hash, const char *pack) {
    for (size_t i = 0; i < library->count; i++) {
        struct book *book = &library->books[i];
        if (book->kind != kind || strcmp(book->hash, hash) != 0 || strcmp(book->pack, pack) != 0)
            continue;
        book->turn = library->turn;
        return book->object;
    }
    return NULL;
}

static bool make_room(struct library *library, struct fault *fault) {
    if (library->count < library->room)
        return true;
    size_t room = library->room ? library->room * 2 : 64;
    struct book *books = realloc(library->books, room * sizeof *books);
    if (!books)
        return fault_memory(fault);
    library->books = books;
    library->room = room;
    return true;
}

static struct edition_inputs *inputs_of_message(const EditionScores *message, struct fault *fault) {
    struct arena *arena = arena_new();
    struct edition_inputs *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    bool good = out != NULL;
    if (good) {
        out->arena = arena;
        out->n = message->n_inputs;
        out->datasets = arena_alloc(arena, out->n, sizeof *out->datasets);
        out->observations = arena_alloc(arena, out->n, sizeof *out->observations);
        good = out->datasets && out->observations;
    }
    for (size_t i = 0; good && i < out->n; i++) {
        const Input *input = message->inputs[i];
        out->datasets[i] = arena_copy(arena, input->dataset, strlen(input->dataset));
        out->observations[i] = arena_copy(arena, input->observations, strlen(input->observations));
        good = out->datasets[i] && out->observations[i];
    }
    if (good)
        return out;
    arena_destroy(&arena);
    fault_memory(fault);
    return NULL;
}

static struct opened_study *open_study(struct library *library, const uint8_t *bytes, size_t length,
                                       struct fault *fault) {
    struct opened_study *opened = calloc(1, sizeof *opened);
    if (!opened) {
        fault_memory(fault);
        return NULL;
    }
    opened->study = study_open(library, bytes, length, fault);
    if (opened->study)
        opened->run = study_run_new(opened->study, library, fault);
    if (opened->run)
        return opened;
    study_destroy(&opened->study);
    free(opened);
    return NULL;
}

static void *decode(struct library *library, enum kind kind, const char *hash, const uint8_t *bytes,
                    size_t length, const struct pack *pack, struct fault *fault) {
    void *object = NULL;
#define DECODE(type, name, call)                                                                   \
    type *message = stored_message(&mindex__v1__##name##__descriptor, bytes, length, hash, fault); \
    if (message)                                                                                   \
        object = call;                                                                             \
    if (message)                                                                                   \
    mindex__v1__##name##__free_unpacked(message, NULL)
    if (kind == KIND_STUDY) {
        object = open_study(library, bytes, length, fault);
    } else if (kind == KIND_PIECE) {
        object = stored_message(&mindex__v1__study_piece__descriptor, bytes, length, hash, fault);
    } else if (kind == KIND_PACK) {
        DECODE(Pack, pack, pack_of_message(message, fault));
    } else if (kind == KIND_RELEASE) {
        DECODE(Observations, observations, release_of_message(message, fault));
    } else if (kind == KIND_INPUTS) {
        DECODE(EditionScores, edition_scores, inputs_of_message(message, fault));
    } else if (kind == KIND_EDITION) {
        DECODE(EditionScores, edition_scores, edition_of_message(message, pack, fault));
    } else {
        DECODE(Comparison, comparison, comparison_of_message(message, pack, fault));
    }
#undef DECODE
    return object;
}

bool library_bytes(struct library *library, const char *hash, uint8_t **bytes, size_t *length,
                   struct fault *fault) {
    if (strlen(hash) >= HASH_TEXT)
        return fault_set(fault, FAULT_INPUT, "'%.80s' is no content hash", hash);
    if (!library->fetch(library->context, hash, bytes, length, fault))
        return false;
    char found[HASH_TEXT];
    hash_of(*bytes, *length, found);
    if (strcmp(found, hash) == 0)
        return true;
    free(*bytes);
    *bytes = NULL;
    return fault_set(fault, FAULT_INPUT, "the content of %s has the hash %s", hash, found);
}

/* There is room. */
static void add(struct library *library, enum kind kind, const char *hash, const char *pack,
                void *object) {
    struct book *book = &library->books[library->count++];
    *book = (struct book){.kind = kind, .turn = library->turn, .object = object};
    memcpy(book->hash, hash, strlen(hash) + 1);
    memcpy(book->pack, pack, strlen(pack) + 1);
}

/* `pack_hash` and `pack`: of an edition or comparison, "" and NULL else. The same edition asked for
 * with another pack is checked against that. */
static void *get(struct library *library, enum kind kind, const char *hash, const char *pack_hash,
                 const struct pack *pack, struct fault *fault) {
    void *object = find(library, kind, hash, pack_hash);
    if (object)
        return object;
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!library_bytes(library, hash, &bytes, &length, fault))
        return NULL;
    object = decode(library, kind, hash, bytes, length, pack, fault);
    free(bytes);
    if (!object)
        return NULL;
    if (!make_room(library, fault)) { /* only now: what a study needs came in meanwhile */
        drop(library, &(struct book){.kind = kind, .object = object});
        return NULL;
    }
    add(library, kind, hash, pack_hash, object);
    return object;
}

const struct pack *library_pack(struct library *library, const char *hash, struct fault *fault) {
    return get(library, KIND_PACK, hash, "", NULL, fault);
}

const struct release *library_release(struct library *library, const char *hash,
                                      struct fault *fault) {
    return get(library, KIND_RELEASE, hash, "", NULL, fault);
}

const struct edition *library_edition(struct library *library, const char *pack, const char *hash,
                                      struct fault *fault) {
    const struct pack *of = library_pack(library, pack, fault);
    return of ? get(library, KIND_EDITION, hash, pack, of, fault) : NULL;
}

const struct comparison *library_comparison(struct library *library, const char *pack,
                                            const char *hash, struct fault *fault) {
    const struct pack *of = library_pack(library, pack, fault);
    return of ? get(library, KIND_COMPARISON, hash, pack, of, fault) : NULL;
}

const struct edition_inputs *library_inputs(struct library *library, const char *scores,
                                            struct fault *fault) {
    return get(library, KIND_INPUTS, scores, "", NULL, fault);
}

const struct opened_study *library_study(struct library *library, const char *hash,
                                         struct fault *fault) {
    return get(library, KIND_STUDY, hash, "", NULL, fault);
}

StudyPiece *library_piece(struct library *library, const char *hash, struct fault *fault) {
    return get(library, KIND_PIECE, hash, "", NULL, fault);
}

struct scored *library_scored(struct library *library, const char *hash, struct fault *fault) {
    struct scored *scored = find(library, KIND_SCORED, hash, "");
    const struct pack *pack = scored ? NULL : library_pack(library, hash, fault);
    if (!pack || !make_room(library, fault))
        return scored;
    scored = scored_new(pack, fault);
    if (!scored)
        return NULL;
    add(library, KIND_SCORED, hash, "", scored);
    library_keep(library, pack);
    return scored;
}

static struct book *book_of(struct library *library, const struct pack *pack) {
    for (size_t i = 0; i < library->count; i++) {
        struct book *book = &library->books[i];
        if (book->kind == KIND_PACK && book->object == pack)
            return book;
    }
    return NULL;
}

void library_keep(struct library *library, const struct pack *pack) {
    struct book *book = book_of(library, pack);
    if (book)
        book->keepers++;
}

void library_let_go(struct library *library, const struct pack *pack) {
    struct book *book = book_of(library, pack);
    if (book)
        book->keepers--;
}

const struct release **library_releases(struct library *library, struct arena *arena,
                                        const struct pack *pack, char *const *datasets,
                                        char *const *observations, size_t n, struct fault *fault) {
    const struct release **releases =
        arena_alloc(arena, pack->definition->n_datasets, sizeof *releases);
    if (!releases) {
        fault_memory(fault);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        size_t dataset = definition_dataset(pack->definition, datasets[i]);
        if (dataset == NO_DATASET)
            continue;
        releases[dataset] = library_release(library, observations[i], fault);
        if (!releases[dataset])
            return NULL;
    }
    return releases;
}

void library_keep_edition(struct library *library, const char *pack, const char *hash,
                          struct edition **edition, const EditionScores *scores) {
    struct fault ignored; /* without it, it is fetched when it is asked for */
    if (!find(library, KIND_EDITION, hash, pack) && make_room(library, &ignored)) {
        add(library, KIND_EDITION, hash, pack, *edition);
        *edition = NULL;
    }
    edition_destroy(edition);
    if (find(library, KIND_INPUTS, hash, "") || !make_room(library, &ignored))
        return;
    struct edition_inputs *inputs = inputs_of_message(scores, &ignored);
    if (inputs)
        add(library, KIND_INPUTS, hash, "", inputs);
}

const struct release **library_releases_of(struct library *library, struct arena *arena,
                                           const struct pack *pack, Input *const *inputs, size_t n,
                                           struct fault *fault) {
    char **datasets = arena_alloc(arena, n, sizeof *datasets);
    char **observations = arena_alloc(arena, n, sizeof *observations);
    if (!datasets || !observations) {
        fault_memory(fault);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        datasets[i] = inputs[i]->dataset;
        observations[i] = inputs[i]->observations;
    }
    return library_releases(library, arena, pack, datasets, observations, n, fault);
}
