/* Scoring without a service: a pack and release files in, a table out. */
#include "core/file.h"
#include "core/plain.h"
#include "core/release.h"
#include "services/bus/convert.h"
#include "services/bus/refusal.h"
#include "services/cli/parcel.h"
#include "services/cli/session.h"
#include "services/cli/tables.h"
#include "services/ingestion/read_files.h"

#include <stdlib.h>

struct offline {
    struct arena *arena;
    struct plain *plain; /* NULL: a pack and its releases were read */
    struct pack *pack;
    const struct release **releases; /* by dataset */
    struct release **owned;
    size_t n_owned;
    struct edition *edition;
};

static void close_offline(struct offline *o) {
    for (size_t i = 0; i < o->n_owned; i++)
        release_destroy(&o->owned[i]);
    edition_destroy(&o->edition);
    if (o->plain)
        plain_destroy(&o->plain);
    else
        pack_destroy(&o->pack);
    arena_destroy(&o->arena);
}

static int refused(const struct problems *problems) {
    problems_write(stderr, problems);
    return command_failed(EXIT_REFUSED, "refused; nothing was scored");
}

/* Later releases of a dataset replace earlier ones. */
static bool take(struct offline *o, const ReadResult *read, struct fault *fault) {
    for (size_t i = 0; i < read->n_releases; i++) {
        size_t dataset = definition_dataset(o->pack->definition, read->releases[i]->dataset);
        struct release *release = release_of_message(read->releases[i]->observations, fault);
        if (!release)
            return false;
        o->owned[o->n_owned++] = release;
        if (dataset != NO_DATASET)
            o->releases[dataset] = release;
    }
    return true;
}

static int read_parcel(struct offline *o, const struct command_line *line, struct parcel *parcel,
                       bool is_pack) {
    struct problems problems = {0};
    struct fault fault = {0};
    File *files[PARCEL_FILES_MAX];
    HandIn hand_in = MINDEX__V1__HAND_IN__INIT;
    parcel_fill(parcel, files, &hand_in);
    hand_in.has_pack = hand_in.pack = is_pack;
    hand_in.dataset = is_pack ? NULL : (char *)line->dataset;
    ReadResult *read = read_files(o->arena, o->pack, &hand_in, &problems);
    if (!read)
        return refused(&problems);
    if (is_pack) {
        o->pack = pack_of_message(read->pack, &fault);
        if (!o->pack)
            return command_failed(EXIT_REFUSED, "%s", fault.text);
        o->releases = arena_alloc(o->arena, o->pack->definition->n_datasets, sizeof *o->releases);
        o->owned = arena_alloc(o->arena, PARCEL_FILES_MAX * 2, sizeof *o->owned);
        if (!o->releases || !o->owned)
            return command_failed(EXIT_FAILED, "out of memory");
    }
    return take(o, read, &fault) ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

static int read_all(struct offline *o, const struct command_line *line) {
    struct parcel *parcel = parcel_new();
    if (!parcel)
        return command_failed(EXIT_FAILED, "out of memory");
    int status =
        parcel_add_pack(parcel, line->pack) ? read_parcel(o, line, parcel, true) : EXIT_REFUSED;
    parcel_destroy(&parcel);
    if (status != EXIT_OK || line->n_arguments == 0)
        return status;
    parcel = parcel_new();
    if (!parcel)
        return command_failed(EXIT_FAILED, "out of memory");
    for (size_t i = 0; status == EXIT_OK && i < line->n_arguments; i++) {
        if (!parcel_add(parcel, line->arguments[i], line->arguments[i]))
            status = EXIT_REFUSED;
    }
    if (status == EXIT_OK)
        status = read_parcel(o, line, parcel, false);
    parcel_destroy(&parcel);
    return status;
}

static bool load(const char *path, struct table *out) {
    struct problems problems = {0};
    char *bytes = NULL;
    if (!file_load(path, RELEASE_BYTES_MAX, &bytes, &out->length, &problems)) {
        (void)refused(&problems);
        return false;
    }
    out->name = path;
    out->bytes = bytes;
    return true;
}

/* --definition: one file with the places and all their figures. */
static int read_plain(struct offline *o, const struct command_line *line) {
    struct table definition = {0}, data = {0};
    struct fault fault = {0};
    int status = EXIT_REFUSED;
    if (line->n_arguments != 1) {
        return command_failed(EXIT_USAGE, "with --definition, one file with the places and their "
                                          "figures is needed");
    }
    if (load(line->definition, &definition) && load(line->arguments[0], &data)) {
        o->plain = plain_read(definition, data, &fault);
        if (o->plain) {
            o->pack = o->plain->pack;
            o->releases = (const struct release **)o->plain->releases;
            status = EXIT_OK;
        } else {
            (void)command_failed(0, "%s", fault.text);
        }
    }
    free((char *)definition.bytes);
    free((char *)data.bytes);
    return status;
}

static int print_scores(const struct offline *o, const struct command_line *line) {
    size_t node = node_or_suggest(o->pack->definition, line->node);
    if (node == NO_NODE)
        return EXIT_NOT_FOUND;
    struct table *table = line->all
                              ? all_scores_table(o->pack, o->edition, line->node ? node : NO_NODE)
                              : ranks_table(o->pack, o->edition, node, line->region, line->top);
    return command_print(line, &table);
}

int score_command(const struct command_line *line) {
    struct offline o = {.arena = arena_new()};
    struct fault fault = {0};
    if (!line->pack == !line->definition) {
        return command_failed(EXIT_USAGE, "one of --pack FOLDER (a definition and its tables) and "
                                          "--definition FILE (without tables) is needed");
    }
    int status = !o.arena           ? command_failed(EXIT_FAILED, "out of memory")
                 : line->definition ? read_plain(&o, line)
                                    : read_all(&o, line);
    if (status == EXIT_OK) {
        o.edition = edition_score(o.pack, o.releases, &fault);
        if (!o.edition)
            status = command_failed(EXIT_FAILED, "%s", fault.text);
    }
    if (status == EXIT_OK)
        status = print_scores(&o, line);
    close_offline(&o);
    return status;
}
