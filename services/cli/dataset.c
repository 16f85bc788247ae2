/* Trying dataset descriptions on a publisher's file, and drafting one. Nothing is handed in. */
#include "services/cli/dataset.h"

#include "core/file.h"
#include "core/guess.h"
#include "core/nearest.h"
#include "core/publication_schema.h"
#include "services/bus/convert.h"
#include "services/bus/refusal.h"
#include "services/cli/parcel.h"
#include "services/cli/session.h"
#include "services/ingestion/beside.h"
#include "services/ingestion/naming.h"
#include "services/ingestion/read_files.h"

#include <stdlib.h>
#include <string.h>

/* The pack in whose terms a file is tried: of a folder, or the one that the service has. */
struct terms {
    const struct pack *pack;
    struct pack *own;
    struct session session;
    struct arena *arena;
};

static void terms_close(struct terms *terms) {
    pack_destroy(&terms->own);
    session_close(&terms->session);
    arena_destroy(&terms->arena);
}

static int refused(const struct problems *problems) {
    problems_write(stderr, problems);
    return EXIT_REFUSED;
}

static int read_folder(struct terms *terms, const char *folder) {
    struct problems problems = {0};
    struct fault fault = {0};
    File *files[PARCEL_FILES_MAX];
    HandIn hand_in = MINDEX__V1__HAND_IN__INIT;
    struct parcel *parcel = parcel_new();
    if (!parcel)
        return command_failed(EXIT_FAILED, "out of memory");
    int status = parcel_add_definition(parcel, folder) ? EXIT_OK : EXIT_REFUSED;
    parcel_fill(parcel, files, &hand_in);
    hand_in.has_pack = hand_in.pack = true;
    ReadResult *read =
        status == EXIT_OK ? read_files(terms->arena, NULL, &hand_in, &problems) : NULL;
    if (read)
        terms->pack = terms->own = pack_of_message(read->pack, &fault);
    if (status == EXIT_OK && !read)
        status = refused(&problems);
    else if (status == EXIT_OK && !terms->own)
        status = command_failed(EXIT_REFUSED, "%s", fault.text);
    parcel_destroy(&parcel);
    return status;
}

static int terms_open(struct terms *terms, const struct command_line *line) {
    *terms = (struct terms){.arena = arena_new()};
    if (!terms->arena)
        return command_failed(EXIT_FAILED, "out of memory");
    if (line->pack)
        return read_folder(terms, line->pack);
    int status = session_open(&terms->session, line);
    if (status == EXIT_OK)
        status = session_edition(&terms->session, 0);
    terms->pack = terms->session.pack;
    return status;
}

/* --- the file --------------------------------------------------------------------------------- */

struct handed {
    char *bytes;
    size_t length;
    struct publication *publication;
    struct publication_schema schema; /* that lies beside it */
};

static int load(const char *path, struct handed *out) {
    struct problems problems = {0};
    *out = (struct handed){0};
    if (!file_load(path, RELEASE_BYTES_MAX, &out->bytes, &out->length, &problems))
        return refused(&problems);
    out->publication = publication_new(path, out->bytes, out->length);
    return out->publication ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
}

/* Finds what describes the file. */
static int find_schema(struct handed *handed, struct arena *arena) {
    struct fault fault = {0};
    struct beside_disk disk;
    if (!beside_disk_open(&disk, NULL, arena))
        return command_failed(EXIT_FAILED, "out of memory");
    if (publication_schema_find(handed->publication, beside_on(&disk), arena, &handed->schema,
                                &fault))
        return EXIT_OK;
    return command_failed(EXIT_REFUSED, "%s", fault.text);
}

static void unload(struct handed *handed) {
    publication_destroy(&handed->publication);
    free(handed->bytes);
}

/* --- checking --------------------------------------------------------------------------------- */

static void run_by_description(struct trial *trial, const struct terms *terms,
                               struct handed *handed, struct extract_report *report) {
    trial->result =
        extract(trial->description, terms->pack->geography, trial->level, handed->publication,
                terms->arena, report, &trial->release, &trial->problems);
}

static bool fits(const struct trial *trial) {
    return trial->result == EXTRACT_DONE || trial->result == EXTRACT_REFUSED;
}

/* By what lies beside the file or, if that does not say enough, by the description, as a file that
 * is handed in is read. `named`: as the only one. */
static void run_trial(struct trial *trial, const struct terms *terms, struct handed *handed,
                      bool named) {
    struct extract_report second;
    trial->file = publication_name(handed->publication);
    if (handed->schema.n == 0) {
        run_by_description(trial, terms, handed, &trial->report);
        return;
    }
    trial->result = publication_schema_extract(
        &handed->schema, trial->description, named, terms->pack->geography, trial->level,
        handed->publication, terms->arena, &trial->report, &trial->release, &trial->problems);
    enum extract_result first = trial->result;
    if (fits(trial) || trial->description->n_layouts == 0)
        return;
    run_by_description(trial, terms, handed, &second);
    if (fits(trial))
        trial->report = second;
    else
        trial->result = first;
}

enum { NEAREST = 3 };

static size_t misses(const struct trial *trial) {
    return trial->result == EXTRACT_NOTHING ? 0 : trial->report.missing;
}

static int by_nearness(const void *a, const void *b) {
    size_t left = misses(a), right = misses(b);
    return left < right ? -1 : left > right;
}

/* By every description of the pack; only those that fit are kept, or the nearest if none does. */
static size_t try_all(const struct terms *terms, struct handed *handed, struct trial *trials) {
    const struct definition *definition = terms->pack->definition;
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < definition->n_datasets; i++) {
        if (!terms->pack->descriptions[i])
            continue;
        trials[n] = (struct trial){.dataset = definition->datasets[i].id,
                                   .level = definition->datasets[i].level,
                                   .description = terms->pack->descriptions[i]};
        run_trial(&trials[n], terms, handed, false);
        kept += fits(&trials[n++]);
    }
    if (kept == 0) {
        qsort(trials, n, sizeof *trials, by_nearness);
        return n < NEAREST ? n : NEAREST;
    }
    for (size_t i = 0, k = 0; i < n; i++) {
        if (fits(&trials[i]))
            trials[k++] = trials[i];
    }
    return kept;
}

static int print(const struct command_line *line, const struct terms *terms,
                 const struct trial *trials, size_t n) {
    bool all = n > 0;
    for (size_t i = 0; i < n; i++)
        all &= trials[i].result == EXTRACT_DONE;
    if (line->format == FORMAT_JSON) {
        if (!trials_print_json(stdout, trials, n, terms->pack->geography))
            return command_failed(EXIT_FAILED, "the answer cannot be written");
    } else {
        for (size_t i = 0; i < n; i++) {
            trial_print(stdout, &trials[i], terms->pack->geography);
            (void)fputs(i + 1 < n ? "\n" : "", stdout);
        }
        (void)fflush(stdout);
    }
    return all ? EXIT_OK : EXIT_REFUSED;
}

static int no_dataset(const struct definition *definition, const char *id) {
    struct nearest near = {.word = id};
    for (size_t i = 0; i < definition->n_datasets; i++)
        nearest_offer(&near, definition->datasets[i].id);
    return command_failed(EXIT_NOT_FOUND, "there is no dataset '%s'%s%s%s", id,
                          near.best ? "; did you mean '" : "", near.best ? near.best : "",
                          near.best ? "'?" : "");
}

/* Of a dataset without one, whose file brings its own. */
static const struct description no_description = {.name = "the file", .unit = ""};

/* Fills in the first trial by --dataset and --description. */
static int prepare(const struct command_line *line, const struct terms *terms, bool described,
                   struct description **own, struct trial *trial) {
    const struct definition *definition = terms->pack->definition;
    struct handed file = {0};
    struct fault fault = {0};
    size_t dataset = line->dataset ? definition_dataset(definition, line->dataset) : NO_DATASET;
    if (line->dataset && dataset == NO_DATASET)
        return no_dataset(definition, line->dataset);
    *trial = (struct trial){.dataset = line->dataset, .level = "lad"};
    if (dataset != NO_DATASET) {
        trial->level = definition->datasets[dataset].level;
        trial->description = terms->pack->descriptions[dataset];
    }
    if (line->description) {
        int status = load(line->description, &file);
        if (status != EXIT_OK)
            return status;
        *own = description_read(line->description, file.bytes, file.length, &fault);
        unload(&file);
        if (!*own)
            return command_failed(EXIT_REFUSED, "%s", fault.text);
        trial->description = *own;
        trial->level = (*own)->level ? (*own)->level : trial->level;
    }
    if (!trial->description && described)
        trial->description = &no_description;
    return trial->description
               ? EXIT_OK
               : command_failed(EXIT_NOT_FOUND,
                                "dataset '%s' has no description: it takes tidy files only",
                                line->dataset);
}

/* A tidy file, which is read without a description, as a file that is handed in is. */
static int run_tidy(const struct command_line *line, const struct terms *terms,
                    const struct handed *handed, struct trial *trial) {
    const struct definition *definition = terms->pack->definition;
    const char *file = publication_name(handed->publication);
    const struct naming naming = naming_of(definition, file);
    size_t dataset = line->dataset                 ? definition_dataset(definition, line->dataset)
                     : naming.folder != NO_DATASET ? naming.folder
                                                   : naming.dataset;
    if (dataset == NO_DATASET && line->dataset)
        return no_dataset(definition, line->dataset);
    if (dataset == NO_DATASET) {
        return command_failed(EXIT_NOT_FOUND,
                              "%s is tidy, but its name does not say which dataset it is; name it "
                              "DATASET-LABEL.csv, put it into a folder DATASET, or give --dataset",
                              file);
    }
    *trial = (struct trial){.file = file,
                            .dataset = definition->datasets[dataset].id,
                            .level = definition->datasets[dataset].level,
                            .description = &no_description,
                            .tidy = true};
    trial->release =
        release_read(terms->pack->geography, file, handed->bytes, handed->length, &trial->problems);
    trial->result = trial->release ? EXTRACT_DONE : EXTRACT_REFUSED;
    return EXIT_OK;
}

static int check_file(const struct command_line *line, struct terms *terms, struct handed *handed) {
    size_t n = terms->pack->definition->n_datasets + 1;
    struct trial *trials = calloc(n, sizeof *trials);
    struct description *own = NULL;
    bool tidy = false, any = !line->description && handed->schema.n == 0;
    bool fine = trials && (!any || release_is_tidy(handed->bytes, handed->length, &tidy));
    int status = fine ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
    if (fine && tidy) {
        n = 1;
        status = run_tidy(line, terms, handed, &trials[0]);
    } else if (fine && (line->dataset || line->description)) {
        status = prepare(line, terms, handed->schema.n > 0, &own, &trials[0]);
        n = 1;
        if (status == EXIT_OK)
            run_trial(&trials[0], terms, handed, true);
    } else if (fine) {
        n = try_all(terms, handed, trials);
        if (n == 0)
            status = command_failed(EXIT_NOT_FOUND, "no dataset of the pack has a description");
    }
    if (status == EXIT_OK)
        status = print(line, terms, trials, n);
    for (size_t i = 0; trials && i < n; i++)
        release_destroy(&trials[i].release);
    free(trials);
    description_destroy(&own);
    return status;
}

static int check(const struct command_line *line, const char *path) {
    struct terms terms;
    struct handed handed = {0};
    int status = terms_open(&terms, line);
    if (status == EXIT_OK)
        status = load(path, &handed);
    if (status == EXIT_OK)
        status = find_schema(&handed, terms.arena);
    if (status == EXIT_OK)
        status = check_file(line, &terms, &handed);
    unload(&handed);
    terms_close(&terms);
    return status;
}

/* --- guessing --------------------------------------------------------------------------------- */

static int guess(const char *path) {
    struct handed handed;
    struct fault fault = {0};
    int status = load(path, &handed);
    if (status == EXIT_OK && !guess_description(handed.publication, stdout, &fault))
        status = command_failed(EXIT_REFUSED, "%s: %s", path, fault.text);
    if (status == EXIT_OK && fflush(stdout) != 0)
        status = command_failed(EXIT_FAILED, "the description cannot be written");
    unload(&handed);
    return status;
}

int dataset_command(const struct command_line *line) {
    const char *what = line->arguments[0];
    bool checks = strcmp(what, "check") == 0;
    if (line->n_arguments != 2) {
        return command_failed(EXIT_USAGE, "'mindex dataset %s' takes one file, found %zu", what,
                              line->n_arguments - 1);
    }
    return checks ? check(line, line->arguments[1]) : guess(line->arguments[1]);
}
