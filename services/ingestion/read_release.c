#include "services/ingestion/read_release.h"

#include "core/extract.h"
#include "core/nearest.h"
#include "core/publication_schema.h"
#include "core/release.h"
#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/ingestion/beside.h"
#include "services/ingestion/naming.h"

#include <stdio.h>
#include <string.h>

/* One file on its way. */
struct reading {
    struct arena *arena;
    const struct pack *pack;
    const HandIn *hand_in;
    const File *file;
    const char *bytes;
    size_t length;
    char *hash;
    struct publication_schema schema; /* that came with the file */
    ReadResult *out;
    struct problems *problems;
};

static bool no_memory(struct reading *in) {
    return problems_add(in->problems, in->file->name, 0, 0,
                        "out of memory; nothing is wrong with the file");
}

static bool unknown_dataset(struct reading *in, const char *given) {
    const struct definition *definition = in->pack->definition;
    struct nearest near = {.word = given};
    for (size_t i = 0; i < definition->n_datasets; i++)
        nearest_offer(&near, definition->datasets[i].id);
    return problems_add(in->problems, in->file->name, 0, 0,
                        "dataset '%.100s' is not one of the %zu of the definition%s%s%s", given,
                        definition->n_datasets, near.best ? "; did you mean '" : "",
                        near.best ? near.best : "", near.best ? "'?" : "");
}

/* --- a release that was read ------------------------------------------------------------------ */

static char *copy(struct arena *arena, const char *text) {
    return arena_copy(arena, text, strlen(text));
}

/* Four digits that are a year, and no part of a longer number. */
static bool has_year(const char *name) {
    static const char digits[] = "0123456789";
    for (const char *at = name + strcspn(name, digits); *at; at += strcspn(at, digits)) {
        size_t length = strspn(at, digits);
        bool year = strncmp(at, "19", 2) == 0 || strncmp(at, "20", 2) == 0;
        if (year && (length == 4 || length == 6 || length == 8))
            return true;
        at += length;
    }
    return false;
}

/* As given, or by the file's name, or the newest period. Publishers name their files for what is
 * in them ("overweight-adults-aged-18-years-and-over"), so that of theirs only a name with a year,
 * or a date that begins with one, says which edition it is. */
static const char *label_of(const struct reading *in, size_t dataset, const struct release *release,
                            bool tidy, struct naming *naming) {
    *naming = naming_of(in->pack->definition, in->file->name);
    if (in->hand_in->label)
        return in->hand_in->label;
    bool meant =
        naming->dataset == dataset && naming->label[0] && (tidy || has_year(naming->label));
    if (meant || (tidy && naming->label[0]))
        return naming->label;
    size_t newest = release_newest(release);
    return newest == SIZE_MAX ? "unlabelled" : release->periods[newest];
}

/* Adds the release, whose memory goes over to the arena. */
static bool add(struct reading *in, size_t dataset, struct release *release, bool tidy) {
    struct naming naming;
    struct arena *memory = release->arena;
    ReadRelease *out = arena_alloc(in->arena, 1, sizeof *out);
    arena_take(in->arena, &memory);
    if (!out)
        return no_memory(in);
    mindex__v1__read_release__init(out);
    out->dataset = copy(in->arena, in->pack->definition->datasets[dataset].id);
    out->label = copy(in->arena, label_of(in, dataset, release, tidy, &naming));
    out->file_name = copy(in->arena, in->file->name);
    out->file_hash = in->hash;
    if (out->dataset)
        out->observations = observations_message(in->arena, out->dataset, release);
    if (!out->dataset || !out->label || !out->file_name || !out->observations)
        return no_memory(in);
    in->out->releases[in->out->n_releases++] = out;
    return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool read_tidy(struct reading *in, size_t dataset) {
    struct release *release =
        release_read(in->pack->geography, in->file->name, in->bytes, in->length, in->problems);
    return release && add(in, dataset, release, true);
}

static bool fits(enum extract_result result) {
    return result == EXTRACT_DONE || result == EXTRACT_REFUSED;
}

/* By what came with the file or, if that does not say enough, by the description of the dataset.
 * `named`: it is known to be of this dataset, whatever its columns are called. */
static enum extract_result try_description(struct reading *in, struct publication *publication,
                                           size_t dataset, bool named,
                                           struct extract_report *report) {
    struct release *release = NULL;
    const struct description *own = in->pack->descriptions[dataset];
    const struct geography *geography = in->pack->geography;
    const char *level = in->pack->definition->datasets[dataset].level;
    struct extract_report by_own;
    enum extract_result result = EXTRACT_NO_FIT;
    if (in->schema.n)
        result = publication_schema_extract(&in->schema, own, named, geography, level, publication,
                                            in->arena, report, &release, in->problems);
    if (own && !fits(result)) {
        enum extract_result second =
            extract(own, geography, level, publication, in->arena, &by_own, &release, in->problems);
        if (fits(second) || in->schema.n == 0) {
            result = second;
            *report = by_own;
        }
    }
    if (result == EXTRACT_DONE && !add(in, dataset, release, false))
        return EXTRACT_REFUSED;
    return result;
}

static bool say_misfit(struct reading *in, size_t dataset, const struct extract_report *report) {
    const struct dataset *of = &in->pack->definition->datasets[dataset];
    return problems_add(
        in->problems, in->file->name, 0, 0, "cannot be read for '%.60s' by %.60s: %.350s", of->id,
        in->schema.n ? in->schema.tables[0]->name : of->description, report->misfit);
}

static bool read_described(struct reading *in, struct publication *publication, size_t dataset) {
    struct extract_report report;
    enum extract_result result = try_description(in, publication, dataset, true, &report);
    if (result == EXTRACT_NO_FIT || result == EXTRACT_NOTHING)
        return say_misfit(in, dataset, &report);
    return result == EXTRACT_DONE;
}

/* The misfit of the description that came nearest, and the names of those that were tried. */
struct tried {
    size_t count, nearest_missing;
    size_t nothing; /* whose header is in the file, and none of its rows for the dataset */
    char names[100], nearest[360], found[300];
};

static void remember(struct tried *tried, const char *id, enum extract_result result,
                     const struct extract_report *report) {
    size_t used = strlen(tried->names);
    if (used + strlen(id) + 8 < sizeof tried->names)
        (void)snprintf(tried->names + used, sizeof tried->names - used, "%s%s", used ? ", " : "",
                       id);
    else if (used && strcmp(tried->names + used - 3, "...") != 0)
        (void)snprintf(tried->names + used, sizeof tried->names - used, " ...");
    tried->count++;
    tried->nothing += result == EXTRACT_NOTHING;
    if (result == EXTRACT_NOTHING && !tried->found[0])
        (void)snprintf(tried->found, sizeof tried->found, "%s", report->found);
    /* A header that fits is nearer than any that does not. */
    /* extract_run sets it: NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
    size_t missing = result == EXTRACT_NOTHING ? 0 : report->missing;
    if (tried->nearest[0] && missing >= tried->nearest_missing)
        return;
    tried->nearest_missing = missing;
    (void)snprintf(tried->nearest, sizeof tried->nearest, "%.50s: %.300s", id, report->misfit);
}

static bool say_unnamed(struct reading *in) {
    return problems_add(in->problems, in->file->name, 0, 0,
                        "the file's name does not say which dataset it is; name it "
                        "DATASET-LABEL.csv, put it into a folder DATASET, or give --dataset");
}

static bool say_tried(struct reading *in, const struct tried *tried) {
    if (tried->found[0]) {
        return problems_add(in->problems, in->file->name, 0, 0,
                            "no dataset is for what is in the file: %s; %zu of %zu descriptions "
                            "know its columns, and none takes a row of it. To take it in, add a "
                            "dataset with a description to the pack",
                            tried->found, tried->nothing, tried->count);
    }
    return problems_add(in->problems, in->file->name, 0, 0,
                        "no dataset is named, and none of %zu descriptions fits (%s); the nearest "
                        "is %s",
                        tried->count, tried->names, tried->nearest);
}

/* For every dataset whose description fits; `named` is the one that the file's name suggests. */
static bool read_for_all(struct reading *in, struct publication *publication, size_t named) {
    const struct definition *definition = in->pack->definition;
    struct description *const *descriptions = in->pack->descriptions;
    struct tried tried = {.nearest_missing = SIZE_MAX};
    size_t fits = 0;
    for (size_t i = 0; i < definition->n_datasets; i++) {
        struct extract_report report;
        if (!descriptions[i] || !extract_wants(descriptions[i], in->file->name))
            continue;
        enum extract_result result = try_description(in, publication, i, false, &report);
        if (result == EXTRACT_NO_FIT || result == EXTRACT_NOTHING)
            remember(&tried, definition->datasets[i].id, result, &report);
        else
            fits++;
    }
    if (fits)
        return true;
    if (named != NO_DATASET)
        return descriptions[named] || in->schema.n ? read_described(in, publication, named)
                                                   : read_tidy(in, named);
    return tried.count ? say_tried(in, &tried) : say_unnamed(in);
}

/* A tidy file that brings a description is read by that: its dialect or marks may be others. */
static bool read_publication(struct reading *in, struct publication *publication) {
    const struct definition *definition = in->pack->definition;
    const char *given = in->hand_in->dataset;
    const struct naming naming = naming_of(definition, in->file->name);
    bool described = in->schema.n > 0;
    bool tidy = false;
    if (!described && !release_is_tidy(in->bytes, in->length, &tidy))
        return no_memory(in);
    size_t dataset = given ? definition_dataset(definition, given) : naming.folder;
    if (given && dataset == NO_DATASET)
        return unknown_dataset(in, given);
    if (dataset == NO_DATASET && tidy)
        dataset = naming.dataset;
    if (dataset == NO_DATASET && tidy)
        return say_unnamed(in);
    if (dataset != NO_DATASET && !described && (tidy || !in->pack->descriptions[dataset]))
        return read_tidy(in, dataset);
    return dataset == NO_DATASET ? read_for_all(in, publication, naming.dataset)
                                 : read_described(in, publication, dataset);
}

static bool read_file(struct reading *in) {
    struct fault fault = {0};
    struct publication *publication = publication_new(in->file->name, in->bytes, in->length);
    if (!publication)
        return no_memory(in);
    bool fine = publication_schema_find(publication, beside_in(in->hand_in), in->arena, &in->schema,
                                        &fault);
    fine = fine ? read_publication(in, publication)
                : problems_add(in->problems, in->file->name, 0, 0, "%s", fault.text);
    publication_destroy(&publication);
    return fine;
}

void read_release(struct arena *arena, const struct pack *pack, const HandIn *hand_in,
                  const File *file, ReadResult *out, struct problems *problems) {
    struct reading in = {.arena = arena,
                         .pack = pack,
                         .hand_in = hand_in,
                         .file = file,
                         .bytes = (const char *)file->content.data,
                         .length = file->content.len,
                         .hash = arena_alloc(arena, HASH_TEXT, 1),
                         .out = out,
                         .problems = problems};
    if (!in.hash) {
        (void)no_memory(&in);
        return;
    }
    hash_of(file->content.data, file->content.len, in.hash);
    (void)read_file(&in);
}
