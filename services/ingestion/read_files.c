#include "services/ingestion/read_files.h"

#include "core/nearest.h"
#include "core/release.h"
#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/ingestion/naming.h"

#include <stdlib.h>
#include <string.h>

static bool no_memory(struct problems *problems, const char *file) {
    return problems_add(problems, file, 0, 0, "out of memory; nothing is wrong with the file");
}

/* --- one release ------------------------------------------------------------------------------ */

static const char *copy(struct arena *arena, const char *text) {
    return arena_copy(arena, text, strlen(text));
}

static bool unknown_dataset(const struct definition *definition, const char *file,
                            const char *given, struct problems *problems) {
    if (!given) {
        return problems_add(problems, file, 0, 0,
                            "the file's name does not say which dataset it is; name it "
                            "DATASET-LABEL.csv, put it into a folder DATASET, or give --dataset");
    }
    struct nearest near = {.word = given};
    for (size_t i = 0; i < definition->n_datasets; i++)
        nearest_offer(&near, definition->datasets[i].id);
    return problems_add(problems, file, 0, 0,
                        "dataset '%.100s' is not one of the %zu of the definition%s%s%s", given,
                        definition->n_datasets, near.best ? "; did you mean '" : "",
                        near.best ? near.best : "", near.best ? "'?" : "");
}

/* The dataset and label of the file: as given, or by its name, or (label) the newest period. */
static bool name_release(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                         const File *file, const struct release *release, ReadRelease *out) {
    struct naming naming = naming_of(pack->definition, file->name);
    const char *label = hand_in->label ? hand_in->label : naming.label;
    size_t newest = release_newest(release);
    if (!*label && newest != SIZE_MAX)
        label = release->periods[newest];
    size_t dataset =
        hand_in->dataset ? definition_dataset(pack->definition, hand_in->dataset) : naming.dataset;
    out->dataset = (char *)copy(arena, pack->definition->datasets[dataset].id);
    out->label = (char *)copy(arena, *label ? label : "unlabelled");
    out->file_name = (char *)copy(arena, file->name);
    return out->dataset && out->label && out->file_name;
}

static ReadRelease *read_one(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                             const File *file, struct problems *problems) {
    const struct definition *definition = pack->definition;
    bool known = hand_in->dataset ? definition_dataset(definition, hand_in->dataset) != NO_DATASET
                                  : naming_of(definition, file->name).dataset != NO_DATASET;
    if (!known) {
        unknown_dataset(definition, file->name, hand_in->dataset, problems);
        return NULL;
    }
    ReadRelease *out = arena_alloc(arena, 1, sizeof *out);
    char *hash = arena_alloc(arena, HASH_TEXT, 1);
    struct release *release = release_read(
        pack->geography, file->name, (const char *)file->content.data, file->content.len, problems);
    if (!release)
        return NULL;
    bool kept = out && hash;
    if (kept) {
        mindex__v1__read_release__init(out);
        hash_of(file->content.data, file->content.len, hash);
        out->file_hash = hash;
        kept = name_release(arena, pack, hand_in, file, release, out);
        if (kept)
            out->observations = observations_message(arena, out->dataset, release);
        kept = kept && out->observations;
    }
    arena_take(arena, &release->arena); /* the message is made from the release */
    if (!kept)
        no_memory(problems, file->name);
    return kept ? out : NULL;
}

/* --- a pack ----------------------------------------------------------------------------------- */

static bool is_definition(const char *name) {
    size_t length = strlen(name);
    return !strchr(name, '/') && length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static int by_name(const void *a, const void *b) {
    const File *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* The definition and the files that it names, by name, so that the same pack has the same bytes. */
static Pack *find_pack(struct arena *arena, const HandIn *hand_in, struct problems *problems) {
    Pack *pack = arena_alloc(arena, 1, sizeof *pack);
    File **files = arena_alloc(arena, hand_in->n_files, sizeof *files);
    if (!pack || !files) {
        no_memory(problems, "the pack");
        return NULL;
    }
    mindex__v1__pack__init(pack);
    pack->files = files;
    for (size_t i = 0; i < hand_in->n_files; i++) {
        File *file = hand_in->files[i];
        if (strchr(file->name, '/'))
            continue; /* in a folder: a release */
        if (is_definition(file->name)) {
            if (pack->definition) {
                problems_add(problems, file->name, 0, 0, "a second definition beside %s",
                             pack->definition);
                return NULL;
            }
            pack->definition = file->name;
        }
        files[pack->n_files++] = file;
    }
    if (!pack->definition) {
        problems_add(problems, "the pack", 0, 0, "no definition: expected one *.yaml at its top");
        return NULL;
    }
    qsort(files, pack->n_files, sizeof *files, by_name);
    return pack;
}

static bool belongs(const struct definition *definition, const char *pack, const char *name) {
    return strcmp(name, pack) == 0 || strcmp(name, definition->areas_file) == 0 ||
           strcmp(name, definition->geography_file) == 0 ||
           strcmp(name, definition->codes_file) == 0;
}

static struct pack *read_pack(Pack *message, struct problems *problems) {
    struct fault fault = {0};
    struct pack *pack = pack_of_message(message, &fault);
    if (!pack) {
        problems_add(problems, message->definition, 0, 0, "%s", fault.text);
        return NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < message->n_files; i++) {
        if (belongs(pack->definition, message->definition, message->files[i]->name)) {
            message->files[kept++] = message->files[i];
        }
    }
    message->n_files = kept;
    return pack;
}

/* --- the hand-in ------------------------------------------------------------------------------ */

static bool read_releases(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                          bool only_in_folders, ReadResult *out, struct problems *problems) {
    out->releases = arena_alloc(arena, hand_in->n_files, sizeof *out->releases);
    if (!out->releases)
        return no_memory(problems, "the files");
    for (size_t i = 0; i < hand_in->n_files; i++) {
        const File *file = hand_in->files[i];
        if (only_in_folders && !strchr(file->name, '/'))
            continue;
        ReadRelease *release = read_one(arena, pack, hand_in, file, problems);
        if (release)
            out->releases[out->n_releases++] = release;
    }
    return problems->total == 0;
}

ReadResult *read_files(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                       struct problems *problems) {
    ReadResult *out = arena_alloc(arena, 1, sizeof *out);
    if (!out) {
        no_memory(problems, "the files");
        return NULL;
    }
    mindex__v1__read_result__init(out);
    if (!hand_in->pack) {
        if (!pack) {
            problems_add(problems, hand_in->n_files ? hand_in->files[0]->name : "", 0, 0,
                         "no pack is loaded yet; load one with 'mindex load FOLDER'");
            return NULL;
        }
        return read_releases(arena, pack, hand_in, false, out, problems) ? out : NULL;
    }
    out->pack = find_pack(arena, hand_in, problems);
    struct pack *own = out->pack ? read_pack(out->pack, problems) : NULL;
    bool fine = own && read_releases(arena, own, hand_in, true, out, problems);
    pack_destroy(&own);
    return fine ? out : NULL;
}
