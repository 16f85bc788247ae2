/* What a batch run is to compute, from the command line. */
#include "services/cli/batch.h"

#include "core/file.h"
#include "core/nearest.h"
#include "services/bus/refusal.h"

#include <stdlib.h>
#include <string.h>

enum { BOOTSTRAP = 1000, STEPS = 10 };

/* --- what is asked for ------------------------------------------------------------------------ */

/* The one of the command line, or with --all every one above the metrics. */
static int choose_nodes(struct batch_source *source, const struct command_line *line,
                        Study *study) {
    const struct definition *definition = source->pack->definition;
    size_t one = node_or_suggest(definition, line->node);
    if (one == NO_NODE)
        return EXIT_NOT_FOUND;
    if (line->all && line->node)
        return command_failed(EXIT_USAGE, "--all is at every node above the metrics: without "
                                          "--node");
    study->nodes = arena_alloc(source->arena, definition->n_nodes, sizeof *study->nodes);
    for (size_t k = 0; study->nodes && k < definition->n_nodes; k++) {
        if (line->all ? !node_is_metric(&definition->nodes[k]) : k == one)
            study->nodes[study->n_nodes++] = (char *)definition->nodes[k].id;
    }
    return study->nodes ? EXIT_OK : command_failed(EXIT_FAILED, "out of memory");
}

static int begin(struct batch_source *source, const struct command_line *line, Study *study) {
    mindex__v1__study__init(study);
    study->kind = (char *)"";
    study->pack = source->pack_hash;
    study->inputs = source->inputs;
    study->n_inputs = source->n_inputs;
    return choose_nodes(source, line, study);
}

static void set_seed(const struct batch_source *source, const struct command_line *line,
                     Study *study) {
    study->has_seed = true;
    study->seed = line->has_seed ? line->seed : source->pack->definition->uncertainty.seed;
}

/* How often, by the command line or the definition; an exit status. */
static int replicates_of(const struct batch_source *source, const struct command_line *line,
                         uint32_t *out) {
    const struct uncertainty *u = &source->pack->definition->uncertainty;
    *out = u->n_factors ? u->replicates : 2;
    if (!line->has_replicates)
        return EXIT_OK;
    if (line->replicates < 2 || line->replicates > STUDY_REPLICATES_MAX)
        return command_failed(EXIT_USAGE, "--replicates takes 2 to %d", STUDY_REPLICATES_MAX);
    *out = (uint32_t)line->replicates;
    return EXIT_OK;
}

static int fill_uncertainty(struct batch_source *source, const struct command_line *line,
                            Study *study) {
    uint32_t replicates;
    int status = replicates_of(source, line, &replicates);
    study->kind = (char *)study_kinds[STUDY_UNCERTAINTY];
    study->items = replicates;
    set_seed(source, line, study);
    return status;
}

static int fill_sensitivity(struct batch_source *source, const struct command_line *line,
                            Study *study) {
    study->kind = (char *)study_kinds[STUDY_SENSITIVITY];
    study->has_rows = study->has_bootstrap = true;
    study->bootstrap = BOOTSTRAP;
    set_seed(source, line, study);
    return replicates_of(source, line, &study->rows);
}

static int fill_weights(struct batch_source *source, const struct command_line *line,
                        Study *study) {
    const struct definition *definition = source->pack->definition;
    const char *level = line->level;
    if (!level)
        level = definition->levels[definition->n_levels > 1 ? 1 : 0].id;
    study->kind = (char *)study_kinds[STUDY_WEIGHTS];
    study->grid = arena_alloc(source->arena, 1, sizeof *study->grid);
    if (!study->grid)
        return command_failed(EXIT_FAILED, "out of memory");
    mindex__v1__weight_grid__init(study->grid);
    study->grid->level = (char *)level;
    study->grid->steps = line->steps == 0           ? STEPS
                         : line->steps < UINT32_MAX ? (uint32_t)line->steps
                                                    : UINT32_MAX;
    struct nearest near = {.word = level};
    for (size_t i = 0; i < definition->n_levels; i++) {
        if (strcmp(definition->levels[i].id, level) == 0)
            return EXIT_OK;
        nearest_offer(&near, definition->levels[i].id);
    }
    return command_failed(EXIT_NOT_FOUND, "the index has no level '%s'%s%s%s", level,
                          near.best ? "; did you mean '" : "", near.best ? near.best : "",
                          near.best ? "'?" : "");
}

/* --- alternatives ----------------------------------------------------------------------------- */

static Alternative *add_alternative(struct batch_source *source, Study *study, size_t room,
                                    const char *name) {
    if (!study->alternatives)
        study->alternatives = arena_alloc(source->arena, room, sizeof(Alternative *));
    Alternative *out = arena_alloc(source->arena, 1, sizeof *out);
    if (!study->alternatives || !out)
        return NULL;
    mindex__v1__alternative__init(out);
    out->name = arena_copy(source->arena, name, strlen(name));
    study->alternatives[study->n_alternatives++] = out;
    return out->name ? out : NULL;
}

bool batch_is_definition(const char *path) {
    size_t length = strlen(path);
    return (length > 5 && strcmp(path + length - 5, ".yaml") == 0) ||
           (length > 4 && strcmp(path + length - 4, ".yml") == 0);
}

/* The file's name without folders, unless another is called so. */
static const char *name_of(const Study *study, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < study->n_alternatives; i++) {
        if (strcmp(study->alternatives[i]->name, name) == 0)
            return path;
    }
    return name;
}

static int add_definition(struct batch_source *source, Study *study, size_t room,
                          const char *path) {
    struct problems problems = {0};
    char *bytes = NULL;
    size_t length = 0;
    if (!file_load(path, RELEASE_BYTES_MAX, &bytes, &length, &problems)) {
        problems_write(stderr, &problems);
        return command_failed(EXIT_REFUSED, "refused; nothing was computed");
    }
    Alternative *out = add_alternative(source, study, room, name_of(study, path));
    char *copy = out ? arena_copy(source->arena, bytes, length) : NULL;
    free(bytes);
    if (!copy)
        return command_failed(EXIT_FAILED, "out of memory");
    out->has_definition = true;
    out->definition = (ProtobufCBinaryData){length, (uint8_t *)copy};
    return EXIT_OK;
}

/* The first is the definition as it is, to be held beside the others. */
static int fill_what_if(struct batch_source *source, const struct command_line *line,
                        Study *study) {
    int status = EXIT_OK;
    study->kind = (char *)study_kinds[STUDY_WHAT_IF];
    if (!add_alternative(source, study, line->n_arguments + 1, "as it is"))
        return command_failed(EXIT_FAILED, "out of memory");
    for (size_t i = 0; status == EXIT_OK && i < line->n_arguments; i++) {
        if (batch_is_definition(line->arguments[i]))
            status = add_definition(source, study, line->n_arguments + 1, line->arguments[i]);
    }
    if (status == EXIT_OK && study->n_alternatives == 1)
        status = command_failed(EXIT_USAGE, "'mindex batch what-if' needs definitions: FILE.yaml");
    return status;
}

static int add_edition(struct batch_source *source, Study *study, size_t room,
                       const EditionInfo *info) {
    char name[24], label[300];
    (void)snprintf(name, sizeof name, "%llu", (unsigned long long)info->number);
    (void)snprintf(label, sizeof label, "%.100s%s%.190s",
                   info->dataset ? info->dataset : info->cause, info->label ? " " : "",
                   info->label ? info->label : "");
    Alternative *out = add_alternative(source, study, room, name);
    if (!out)
        return command_failed(EXIT_FAILED, "out of memory");
    out->has_time_ms = true;
    out->time_ms = info->time_ms;
    out->label = arena_copy(source->arena, label, strlen(label));
    return batch_source_inputs(source, info->number, &out->inputs, &out->n_inputs);
}

/* Some more of them, the newest first; *before is the oldest of them. */
static int add_editions(struct batch_source *source, Study *study, uint64_t *before) {
    Mindex__V1__EditionsWanted wanted;
    Message question = client_editions_question(&wanted, *before, 0);
    int status = EXIT_OK;
    Message *answer =
        session_ask(&source->session, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, &status);
    *before = 0;
    for (size_t i = 0; answer && status == EXIT_OK && i < answer->editions->n_editions; i++) {
        const EditionInfo *info = answer->editions->editions[i];
        *before = info->number;
        status = study->n_alternatives < STUDY_ALTERNATIVES_MAX
                     ? add_edition(source, study, STUDY_ALTERNATIVES_MAX, info)
                     : command_failed(EXIT_FAILED, "there are more than %d editions",
                                      STUDY_ALTERNATIVES_MAX);
    }
    wire_free(&answer);
    return status;
}

static int fill_back_cast(struct batch_source *source, const struct command_line *line,
                          Study *study) {
    uint64_t before = source->edition + 1;
    int status = EXIT_OK;
    (void)line;
    if (!source->edition)
        return command_failed(EXIT_USAGE, "a back-cast is of a service's editions: without --pack "
                                          "and --definition");
    study->kind = (char *)study_kinds[STUDY_BACK_CAST];
    do
        status = add_editions(source, study, &before);
    while (status == EXIT_OK && before > 1);
    for (size_t i = 0, n = study->n_alternatives; i < n / 2; i++) { /* the oldest first */
        Alternative *other = study->alternatives[i];
        study->alternatives[i] = study->alternatives[n - 1 - i];
        study->alternatives[n - 1 - i] = other;
    }
    return status;
}

/* --- whichever it is -------------------------------------------------------------------------- */

int batch_study(struct batch_source *source, enum study_kind kind, const struct command_line *line,
                Study *study) {
    static int (*const fill[STUDY_KINDS])(struct batch_source *, const struct command_line *,
                                          Study *) = {
        [STUDY_UNCERTAINTY] = fill_uncertainty, [STUDY_SENSITIVITY] = fill_sensitivity,
        [STUDY_WEIGHTS] = fill_weights,         [STUDY_WHAT_IF] = fill_what_if,
        [STUDY_BACK_CAST] = fill_back_cast,
    };
    struct fault fault = {0};
    int status = begin(source, line, study);
    if (status == EXIT_OK)
        status = fill[kind](source, line, study);
    if (status != EXIT_OK)
        return status;
    return study_items(study, source->pack, &study->items, &fault)
               ? EXIT_OK
               : command_failed(EXIT_FAILED, "%s", fault.text);
}
