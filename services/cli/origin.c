#include "services/cli/origin.h"

#include "core/file.h"
#include "services/bus/convert.h"
#include "services/bus/refusal.h"
#include "services/cli/parcel.h"
#include "services/ingestion/read_files.h"

#include <stdlib.h>

static int begin(struct origin *origin) {
    *origin = (struct origin){.arena = arena_new()};
    return origin->arena ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
}

void origin_close(struct origin *origin) {
    pack_destroy(&origin->own_pack);
    plain_destroy(&origin->plain);
    session_close(&origin->session);
    arena_destroy(&origin->arena);
}

/* --- an edition of the service ---------------------------------------------------------------- */

static int open_edition(struct origin *origin, const struct command_line *line, uint64_t number,
                        int (*find)(struct session *session, uint64_t number)) {
    struct fault fault = {0};
    int status = begin(origin);
    if (status == EXIT_OK)
        status = session_open(&origin->session, line);
    if (status == EXIT_OK)
        status = find(&origin->session, number);
    if (status != EXIT_OK)
        return status;
    struct session *session = &origin->session;
    origin->pack = session->pack;
    origin->edition = session->info->number;
    const struct edition_inputs *inputs =
        library_inputs(session->library, session->info->scores, &fault);
    if (inputs)
        origin->releases =
            library_releases(session->library, origin->arena, session->pack, inputs->datasets,
                             inputs->observations, inputs->n, &fault);
    return origin->releases ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

int origin_open_edition(struct origin *origin, const struct command_line *line, uint64_t number) {
    return open_edition(origin, line, number, session_edition);
}

/* --- a pack and release files ----------------------------------------------------------------- */

static int refused(const struct problems *problems) {
    problems_write(stderr, problems);
    return command_failed(EXIT_REFUSED, "refused; nothing was scored");
}

/* Later releases of a dataset replace earlier ones. */
static bool take(struct origin *origin, const ReadResult *read, struct fault *fault) {
    for (size_t i = 0; i < read->n_releases; i++) {
        size_t dataset = definition_dataset(origin->pack->definition, read->releases[i]->dataset);
        struct release *release = release_of_message(read->releases[i]->observations, fault);
        if (!release)
            return false;
        arena_take(origin->arena, &release->arena); /* the release lies in it */
        if (dataset != NO_DATASET)
            ((const struct release **)origin->releases)[dataset] = release;
    }
    return true;
}

/* As it would travel: files that it was made of go away. */
static bool pack_message(struct origin *origin, const Pack *message) {
    origin->pack_bytes.len = mindex__v1__pack__get_packed_size(message);
    origin->pack_bytes.data = arena_alloc(origin->arena, origin->pack_bytes.len, 1);
    if (origin->pack_bytes.data)
        (void)mindex__v1__pack__pack(message, origin->pack_bytes.data);
    return origin->pack_bytes.data != NULL;
}

static int take_pack(struct origin *origin, const Pack *message) {
    struct fault fault = {0};
    origin->pack = origin->own_pack = pack_of_message(message, &fault);
    if (!origin->pack)
        return command_failed(EXIT_REFUSED, "%s", fault.text);
    if (!pack_message(origin, message))
        return command_failed(EXIT_FAILED, "out of memory");
    origin->releases =
        arena_alloc(origin->arena, origin->pack->definition->n_datasets, sizeof *origin->releases);
    return origin->releases ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
}

static int read_parcel(struct origin *origin, const struct command_line *line,
                       struct parcel *parcel, bool is_pack) {
    struct problems problems = {0};
    struct fault fault = {0};
    File *files[PARCEL_FILES_MAX];
    HandIn hand_in = MINDEX__V1__HAND_IN__INIT;
    parcel_fill(parcel, files, &hand_in);
    hand_in.has_pack = hand_in.pack = is_pack;
    hand_in.dataset = is_pack ? NULL : (char *)line->dataset;
    ReadResult *read = read_files(origin->arena, origin->pack, &hand_in, &problems);
    if (!read)
        return refused(&problems);
    int status = is_pack ? take_pack(origin, read->pack) : EXIT_OK;
    if (status != EXIT_OK)
        return status;
    return take(origin, read, &fault) ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

int origin_open_pack(struct origin *origin, const struct command_line *line, char **files,
                     size_t n_files) {
    int status = begin(origin);
    struct parcel *parcel = status == EXIT_OK ? parcel_new() : NULL;
    if (!parcel)
        return command_failed(EXIT_FAILED, "out of memory");
    status = parcel_add_pack(parcel, line->pack) ? read_parcel(origin, line, parcel, true)
                                                 : EXIT_REFUSED;
    parcel_destroy(&parcel);
    if (status != EXIT_OK || n_files == 0)
        return status;
    parcel = parcel_new();
    if (!parcel)
        return command_failed(EXIT_FAILED, "out of memory");
    for (size_t i = 0; status == EXIT_OK && i < n_files; i++) {
        if (!parcel_add_release(parcel, files[i]))
            status = EXIT_REFUSED;
    }
    if (status == EXIT_OK)
        status = read_parcel(origin, line, parcel, false);
    parcel_destroy(&parcel);
    return status;
}

/* --- a definition and a table of figures
 * ---------------------------------------------------------- */

static bool load(const char *path, struct table_file *out) {
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

static bool pack_plain(struct origin *origin) {
    const struct definition *definition = origin->plain->pack->definition;
    File files[PLAIN_TABLES + 1], *list[PLAIN_TABLES + 1];
    Pack message = MINDEX__V1__PACK__INIT;
    for (size_t i = 0; i <= PLAIN_TABLES; i++) {
        struct table_file table = {"definition.yaml", definition->text, definition->length};
        if (i < PLAIN_TABLES)
            table = origin->plain->tables[i];
        mindex__v1__file__init(&files[i]);
        files[i].name = (char *)table.name;
        files[i].content = (ProtobufCBinaryData){table.length, (uint8_t *)table.bytes};
        list[i] = &files[i];
    }
    message.definition = "definition.yaml";
    message.files = list;
    message.n_files = PLAIN_TABLES + 1;
    return pack_message(origin, &message);
}

int origin_open_plain(struct origin *origin, const char *definition, const char *data) {
    struct table_file rules = {0}, figures = {0};
    struct fault fault = {0};
    int status = begin(origin);
    if (status != EXIT_OK)
        return status;
    status = EXIT_REFUSED;
    if (load(definition, &rules) && load(data, &figures)) {
        origin->plain = plain_read(rules, figures, &fault);
        if (origin->plain) {
            origin->pack = origin->plain->pack;
            origin->releases = (const struct release *const *)origin->plain->releases;
            status = pack_plain(origin) ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
        } else {
            (void)command_failed(0, "%s", fault.text);
        }
    }
    free((char *)rules.bytes);
    free((char *)figures.bytes);
    return status;
}

/* --- whichever is asked for
 * ----------------------------------------------------------------------- */

bool origin_is_offline(const struct command_line *line) {
    return line->pack || line->definition;
}

static int check(const struct command_line *line, size_t tables) {
    if (line->pack && line->definition) {
        return command_failed(EXIT_USAGE, "--pack (a definition and its tables) and --definition "
                                          "(one without tables) do not go together");
    }
    if (line->definition && line->n_arguments != tables) {
        return command_failed(EXIT_USAGE,
                              "with --definition, %s with the places and their figures %s needed, "
                              "found %zu",
                              tables == 1 ? "one file" : "two files", tables == 1 ? "is" : "are",
                              line->n_arguments);
    }
    if (!origin_is_offline(line) && line->n_arguments) {
        return command_failed(EXIT_USAGE, "files need --pack FOLDER or --definition FILE");
    }
    return EXIT_OK;
}

int origin_open(struct origin *origin, const struct command_line *line) {
    *origin = (struct origin){0};
    int status = check(line, 1);
    if (status != EXIT_OK)
        return status;
    if (line->definition)
        return origin_open_plain(origin, line->definition, line->arguments[0]);
    if (line->pack)
        return origin_open_pack(origin, line, line->arguments, line->n_arguments);
    return origin_open_edition(origin, line, line->edition);
}

int origin_open_two(struct origin *from, struct origin *to, const struct command_line *line) {
    *from = *to = (struct origin){0};
    int status = check(line, 2);
    if (status != EXIT_OK)
        return status;
    if (line->definition) {
        status = origin_open_plain(from, line->definition, line->arguments[0]);
        const char *newer = line->with ? line->with : line->definition;
        return status == EXIT_OK ? origin_open_plain(to, newer, line->arguments[1]) : status;
    }
    if (line->pack) {
        struct command_line newer = *line;
        newer.pack = line->with ? line->with : line->pack;
        status = origin_open_pack(from, line, NULL, 0);
        return status == EXIT_OK ? origin_open_pack(to, &newer, line->arguments, line->n_arguments)
                                 : status;
    }
    status = origin_open_edition(to, line, line->to ? line->to : line->edition);
    if (status != EXIT_OK)
        return status;
    uint64_t before = line->from ? line->from : to->edition - 1;
    if (before == 0) {
        return command_failed(EXIT_NOT_FOUND, "edition %llu is the first: there is none before it",
                              (unsigned long long)to->edition);
    }
    return open_edition(from, line, before, line->from ? session_edition : session_edition_before);
}
