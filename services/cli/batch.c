/* Batch runs: a study is made, handed in and followed, or computed here, and its result printed. */
#include "services/cli/batch.h"

#include "core/number.h"
#include "services/cli/batch_local.h"
#include "services/cli/batch_tables.h"
#include "services/cli/jobs.h"
#include "services/cli/save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESULT_BYTES_MAX = WIRE_FRAME_MAX };

/* --- the result ------------------------------------------------------------------------------- */

/* Whether the result could be written, before hours are spent on it. */
static int try_out(const char *path) {
    char *partial = NULL;
    if (asprintf(&partial, "%s.partial", path) < 0)
        return command_failed(EXIT_FAILED, "out of memory");
    FILE *out = fopen(partial, "wb");
    int status = out ? EXIT_OK : command_failed(EXIT_FAILED, "'%s' cannot be written: %m", path);
    if (out) {
        (void)fclose(out);
        (void)unlink(partial);
    }
    free(partial);
    return status;
}

static int show(const struct command_line *line, const uint8_t *bytes, size_t length,
                const char *what) {
    struct fault fault = {0};
    StudyResult *result = batch_result_read(bytes, length, what, &fault);
    if (!result)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    int status = line->out ? save_file(line->out, bytes, length) : EXIT_OK;
    if (status == EXIT_OK)
        status = batch_result_print(line, result);
    mindex__v1__study_result__free_unpacked(result, NULL);
    return status;
}

int batch_compute(struct batch_source *source, const struct command_line *line,
                  const Study *study) {
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (line->threads > BATCH_THREADS_MAX)
        return command_failed(EXIT_USAGE, "--threads takes 1 to %d", BATCH_THREADS_MAX);
    int status = batch_local(source, study, line->threads, false, source->arena, &bytes, &length);
    return status == EXIT_OK ? show(line, bytes, length, "the result") : status;
}

/* --- by the service's workers ----------------------------------------------------------------- */

static int show_job(struct session *session, const struct command_line *line,
                    const Mindex__V1__JobInfo *job) {
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!job->result)
        return command_failed(EXIT_FAILED, "job %llu is %s: it has no result%s%s",
                              (unsigned long long)job->job, job->state, job->reason ? ": " : "",
                              job->reason ? job->reason : "");
    if (!library_bytes(session->library, job->result, &bytes, &length, &fault))
        return command_failed(EXIT_FAILED, "%s", fault.text);
    int status = show(line, bytes, length, "the job's result");
    free(bytes);
    return status;
}

static int submit(struct batch_source *source, const struct command_line *line, Study *study) {
    int status = EXIT_OK;
    Message *answer = jobs_submit(&source->session, study, &status), *last = NULL;
    if (!answer)
        return status;
    uint64_t job = answer->jobs->jobs[0]->job;
    wire_free(&answer);
    if (line->detach) {
        printf("job %llu: 'mindex batch watch %llu' follows it, 'mindex batch result %llu' prints "
               "what came of it\n",
               (unsigned long long)job, (unsigned long long)job, (unsigned long long)job);
        return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
    }
    status = jobs_follow(&source->session, job, &last);
    if (status == EXIT_OK)
        status = show_job(&source->session, line, last->jobs->jobs[0]);
    wire_free(&last);
    return status;
}

/* --- commands --------------------------------------------------------------------------------- */

/* Definitions to be tried are no releases. `files` has room for all arguments. */
static struct command_line without_definitions(const struct command_line *line, char **files) {
    struct command_line rest = *line;
    rest.arguments = files;
    rest.n_arguments = 0;
    for (size_t i = 0; i < line->n_arguments; i++) {
        if (!batch_is_definition(line->arguments[i]))
            files[rest.n_arguments++] = line->arguments[i];
    }
    return rest;
}

/* What would otherwise come out when all is computed: two columns of one name, too. */
static int check_output(enum study_kind kind, const struct command_line *line) {
    for (size_t i = 1; i < line->n_arguments; i++) {
        for (size_t before = 0; before < i; before++) {
            if (strcmp(line->arguments[before], line->arguments[i]) == 0)
                return command_failed(EXIT_USAGE, "'%s' is given twice", line->arguments[i]);
        }
    }
    if (line->detach && (line->local || origin_is_offline(line)))
        return command_failed(EXIT_USAGE, "--detach is for the service's workers: there is nobody "
                                          "who would go on");
    if (line->detach && line->out)
        return command_failed(EXIT_USAGE, "--detach leaves before there is a result: 'mindex batch "
                                          "result JOB --out FILE' keeps it");
    int status = kind == STUDY_WEIGHTS ? batch_table_known(line) : EXIT_OK;
    return status == EXIT_OK && line->out ? try_out(line->out) : status;
}

static int make(enum study_kind kind, const struct command_line *line) {
    bool local = line->local || origin_is_offline(line);
    int status = check_output(kind, line);
    if (status != EXIT_OK)
        return status;
    char **files = calloc(line->n_arguments + 1, sizeof *files);
    if (!files)
        return command_failed(EXIT_FAILED, "out of memory");
    struct command_line of_source =
        kind == STUDY_WHAT_IF ? without_definitions(line, files) : *line;
    struct batch_source source;
    Study study;
    status = batch_source_open(&source, &of_source);
    if (status == EXIT_OK)
        status = batch_study(&source, kind, line, &study);
    if (status == EXIT_OK)
        status = local ? batch_compute(&source, line, &study) : submit(&source, line, &study);
    batch_source_close(&source);
    free(files);
    return status;
}

static int result_of_job(const struct command_line *line, uint64_t number) {
    struct session session;
    int status = session_open(&session, line);
    Message *answer = status == EXIT_OK ? jobs_ask_one(&session, number, &status) : NULL;
    if (answer)
        status = show_job(&session, line, answer->jobs->jobs[0]);
    wire_free(&answer);
    session_close(&session);
    return status;
}

/* The caller frees the bytes. */
static bool load(const char *path, uint8_t **bytes, size_t *length, struct fault *fault) {
    FILE *in = fopen(path, "rbe");
    *bytes = in ? malloc(RESULT_BYTES_MAX) : NULL;
    if (!in)
        return fault_set(fault, FAULT_INPUT, "'%s' cannot be read: %s", path, strerror(errno));
    *length = *bytes ? fread(*bytes, 1, RESULT_BYTES_MAX, in) : 0;
    bool read = *bytes && ferror(in) == 0;
    (void)fclose(in);
    if (!*bytes)
        return fault_memory(fault);
    return read || fault_set(fault, FAULT_INPUT, "'%s' cannot be read", path);
}

static int result_command(const struct command_line *line) {
    const char *what = line->n_arguments == 2 ? line->arguments[1] : "";
    struct fault fault = {0};
    unsigned long number;
    if (line->n_arguments != 2)
        return command_failed(EXIT_USAGE, "'mindex batch result' takes the number of a job, or a "
                                          "FILE that --out has written");
    if (number_whole(what, strlen(what), 1, UINT32_MAX, &number))
        return result_of_job(line, number);
    uint8_t *bytes = NULL;
    size_t length = 0;
    int status = load(what, &bytes, &length, &fault)
                     ? show(line, bytes, length, what)
                     : command_failed(EXIT_FAILED, "%s", fault.text);
    free(bytes);
    return status;
}

static int job_command(const struct command_line *line) {
    static const struct {
        const char *name;
        int (*run)(const struct command_line *line);
    } words[] = {{"result", result_command},
                 {"list", jobs_list},
                 {"show", jobs_show},
                 {"watch", jobs_watch},
                 {"cancel", jobs_cancel}};
    size_t i = 0;
    while (strcmp(words[i].name, line->arguments[0]) != 0) /* it is one of them (options.h) */
        i++;
    return words[i].run(line);
}

int batch_command(const struct command_line *line) {
    for (int kind = 0; kind < STUDY_KINDS; kind++) {
        if (strcmp(line->arguments[0], study_kinds[kind]) == 0) {
            struct command_line rest = *line;
            rest.arguments++;
            rest.n_arguments--;
            return make((enum study_kind)kind, &rest);
        }
    }
    return job_command(line);
}
