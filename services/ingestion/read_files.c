#include "services/ingestion/read_files.h"

#include "services/bus/convert.h"
#include "services/ingestion/beside.h"
#include "services/ingestion/read_release.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool no_memory(struct problems *problems, const char *file) {
    return problems_add(problems, file, 0, 0, "out of memory; nothing is wrong with the file");
}

/* --- a pack ----------------------------------------------------------------------------------- */

static bool ends_in_yaml(const char *name) {
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static bool is_definition(const char *name) {
    return !strchr(name, '/') && ends_in_yaml(name);
}

/* In a folder: a release, unless it is a description. */
static bool is_of_pack(const char *name) {
    return !strchr(name, '/') || ends_in_yaml(name);
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
        if (!is_of_pack(file->name))
            continue;
        if (is_definition(file->name)) {
            if (pack->definition) {
                problems_add(
                    problems, file->name, 0, 0,
                    "a second *.yaml beside %s; descriptions of datasets stand in a folder",
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

/* "FILE:LINE:COLUMN: what", as a fault of the pack begins that is in one of its files, becomes a
 * problem of that file; any other is of the definition. */
static void add_pack_problem(const Pack *message, const char *text, struct problems *problems) {
    for (size_t i = 0; i < message->n_files; i++) {
        const char *name = message->files[i]->name;
        size_t length = strlen(name);
        if (strncmp(text, name, length) != 0 || text[length] != ':')
            continue;
        uint64_t place[2] = {0};
        const char *rest = text + length + 1;
        for (size_t k = 0; k < 2 && isdigit((unsigned char)*rest); k++) {
            char *end;
            unsigned long long number = strtoull(rest, &end, 10);
            if (*end != ':')
                break;
            place[k] = number;
            rest = end + 1;
        }
        rest += *rest == ' ';
        problems_add(problems, name, place[0], place[1], "%s", rest);
        return;
    }
    problems_add(problems, message->definition, 0, 0, "%s", text);
}

static struct pack *read_pack(Pack *message, struct problems *problems) {
    struct fault fault = {0};
    struct pack *pack = pack_of_message(message, &fault);
    if (!pack) {
        add_pack_problem(message, fault.text, problems);
        return NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < message->n_files; i++) {
        const char *name = message->files[i]->name;
        if (strcmp(name, message->definition) == 0 || definition_names_file(pack->definition, name))
            message->files[kept++] = message->files[i];
    }
    message->n_files = kept;
    return pack;
}

/* --- the hand-in ------------------------------------------------------------------------------ */

static bool read_releases(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                          ReadResult *out, struct problems *problems) {
    size_t room = hand_in->n_files * (pack->definition->n_datasets + 1);
    out->releases = arena_alloc(arena, room, sizeof *out->releases);
    if (!out->releases)
        return no_memory(problems, "the files");
    size_t tables = 0, described = 0;
    for (size_t i = 0; i < hand_in->n_files; i++) {
        const File *file = hand_in->files[i];
        if (hand_in->pack && is_of_pack(file->name))
            continue;
        if (beside_is(file->name)) {
            described = i + 1;
            continue;
        }
        tables++;
        read_release(arena, pack, hand_in, file, out, problems);
    }
    if (described && tables == 0) {
        problems_add(
            problems, hand_in->files[described - 1]->name, 0, 0,
            "is no table but may describe one; hand it in with the file that it describes");
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
        return read_releases(arena, pack, hand_in, out, problems) ? out : NULL;
    }
    out->pack = find_pack(arena, hand_in, problems);
    struct pack *own = out->pack ? read_pack(out->pack, problems) : NULL;
    bool fine = own && read_releases(arena, own, hand_in, out, problems);
    pack_destroy(&own);
    return fine ? out : NULL;
}
