#include "services/cli/jobs.h"

#include "core/number.h"
#include "services/bus/clock.h"
#include "services/bus/instant.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_MS = 250,   /* between two looks at a job that is watched */
    SAY_MS = 10000,  /* between two lines about it, where there is no terminal */
    RETRY_MS = 2000, /* while the hub is away */
    WATCH_TEXT = 200,
};

/* --- asking ----------------------------------------------------------------------------------- */

/* `wanted` must outlive it; job 0: all, limit 0: as many as the hub tells unasked. */
static Message question_of(Mindex__V1__JobsWanted *wanted, uint64_t job, uint64_t limit) {
    mindex__v1__jobs_wanted__init(wanted);
    wanted->has_job = job != 0;
    wanted->job = job;
    wanted->has_limit = limit != 0;
    wanted->limit = limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_JOBS_WANTED;
    question.jobs_wanted = wanted;
    return question;
}

static Message *ask_jobs(const struct session *session, uint64_t job, uint64_t limit, int *status) {
    Mindex__V1__JobsWanted wanted;
    Message question = question_of(&wanted, job, limit);
    return session_ask(session, &question, MINDEX__V1__MESSAGE__BODY_JOBS, status);
}

/* The answer, if it has one job. */
static Message *one_job(Message *answer, int *status) {
    if (!answer || answer->jobs->n_jobs == 1)
        return answer;
    *status = command_failed(EXIT_FAILED, "the hub's answer has %zu jobs, and not one",
                             answer->jobs->n_jobs);
    wire_free(&answer);
    return NULL;
}

Message *jobs_ask_one(const struct session *session, uint64_t job, int *status) {
    return one_job(ask_jobs(session, job, 0, status), status);
}

Message *jobs_submit(const struct session *session, Mindex__V1__Study *study, int *status) {
    Mindex__V1__SubmitStudy submit = MINDEX__V1__SUBMIT_STUDY__INIT;
    submit.study = study;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY;
    question.submit_study = &submit;
    struct fault fault = {0};
    Message *answer = client_insist(session->client, &question, RETRY_MS, ANSWER_MS, &fault);
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_JOBS)
        return one_job(answer, status);
    *status = command_failed(!answer && fault.kind == FAULT_INPUT ? EXIT_REFUSED : EXIT_FAILED,
                             "%s", answer ? "the hub's answer is of another kind" : fault.text);
    wire_free(&answer);
    return NULL;
}

/* --- words ------------------------------------------------------------------------------------ */

static bool ended(const JobInfo *job) {
    return job->has_ended_ms;
}

/* "2 h 5 min", "40 s": as much of it as somebody who waits wants to know. */
static const char *span(uint64_t ms, char out[40]) {
    unsigned long long seconds = (ms + 999) / 1000, minutes = seconds / 60, hours = minutes / 60;
    if (hours)
        (void)snprintf(out, 40, "%llu h %llu min", hours, minutes % 60);
    else if (minutes)
        (void)snprintf(out, 40, "%llu min %llu s", minutes, seconds % 60);
    else
        (void)snprintf(out, 40, "%llu s", seconds);
    return out;
}

static double hundredths(const JobInfo *job) {
    return job->items ? 100 * (double)job->done / (double)job->items : 0;
}

static void describe(const JobInfo *job, char out[WATCH_TEXT]) {
    char left[40];
    int used = snprintf(out, WATCH_TEXT, "job %llu: %s, %llu of %llu items (%.1f %%)",
                        (unsigned long long)job->job, job->state, (unsigned long long)job->done,
                        (unsigned long long)job->items, hundredths(job));
    if (!ended(job))
        used += snprintf(out + used, WATCH_TEXT - (size_t)used, ", %u workers", job->workers);
    if (job->has_left_ms && !ended(job))
        (void)snprintf(out + used, WATCH_TEXT - (size_t)used, ", %s left",
                       span(job->left_ms, left));
}

static int say_end(const JobInfo *job) {
    if (strcmp(job->state, "done") == 0)
        return EXIT_OK;
    return command_failed(EXIT_FAILED, "job %llu is %s%s%s", (unsigned long long)job->job,
                          job->state, job->reason ? ": " : "", job->reason ? job->reason : "");
}

static json_t *whole(bool has, uint64_t number) {
    return has ? json_integer((json_int_t)number) : json_null();
}

static json_t *instant(bool has, uint64_t ms) {
    char text[INSTANT_TEXT];
    return has ? json_string(instant_write(ms, text)) : json_null();
}

static bool print_json(const JobInfo *job, size_t flags) {
    json_t *out = json_pack(
        "{s:I, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s?, s:s?}", "job",
        (json_int_t)job->job, "kind", job->kind, "state", job->state, "items",
        (json_int_t)job->items, "done", (json_int_t)job->done, "workers",
        whole(job->has_workers, job->workers), "left_ms", whole(job->has_left_ms, job->left_ms),
        "busy_ms", whole(job->has_busy_ms, job->busy_ms), "tasks",
        whole(job->has_tasks, job->tasks), "submitted", instant(true, job->submitted_ms), "ended",
        instant(ended(job), job->ended_ms), "study", job->study, "result", job->result, "reason",
        job->reason);
    bool printed =
        out && json_dumpf(out, stdout, flags) == 0 && puts("") >= 0 && fflush(stdout) == 0;
    json_decref(out);
    return printed;
}

/* --- watching --------------------------------------------------------------------------------- */

/* For the handler of a signal, which may do no more than write it. */
static char parting[120];
static size_t parting_length;

static void on_interrupt(int signal) {
    ssize_t written = write(STDERR_FILENO, parting, parting_length);
    (void)written;
    _exit(128 + signal);
}

static void part_on_interrupt(uint64_t job) {
    int length = snprintf(parting, sizeof parting,
                          "\njob %llu goes on; 'mindex batch watch %llu' follows it again\n",
                          (unsigned long long)job, (unsigned long long)job);
    parting_length = (size_t)length;
    struct sigaction action = {.sa_handler = on_interrupt};
    (void)sigaction(SIGINT, &action, NULL);
}

/* How a job that is watched is told of. */
struct telling {
    bool json, terminal;
    int64_t next; /* on clock_ms: the next line, where there is no terminal */
    char state[20];
    uint64_t done;
};

static void tell(struct telling *telling, const JobInfo *job) {
    char text[WATCH_TEXT];
    bool moved = strcmp(telling->state, job->state) != 0;
    bool due = telling->terminal || moved || clock_ms() >= telling->next;
    if (!due || (!moved && telling->done == job->done && !telling->terminal))
        return;
    (void)snprintf(telling->state, sizeof telling->state, "%s", job->state);
    telling->done = job->done;
    telling->next = clock_ms() + SAY_MS;
    describe(job, text);
    if (telling->json)
        (void)print_json(job, JSON_COMPACT);
    else if (telling->terminal)
        (void)fprintf(stderr, "\r\033[K%s%s", text, ended(job) ? "\n" : "");
    else
        (void)fprintf(stderr, "%s\n", text);
}

/* The hub may be away meanwhile: the job is on its disk. */
static int follow(const struct session *session, uint64_t number, struct telling *telling,
                  Message **last) {
    struct fault fault = {0};
    *last = NULL;
    for (;;) {
        Mindex__V1__JobsWanted wanted;
        Message question = question_of(&wanted, number, 0);
        int status = EXIT_FAILED;
        wire_free(last);
        Message *answer = client_insist(session->client, &question, RETRY_MS, -1, &fault);
        if (!answer)
            return command_failed(fault.kind == FAULT_INPUT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s",
                                  fault.text);
        if (answer->body_case != MINDEX__V1__MESSAGE__BODY_JOBS) {
            wire_free(&answer);
            return command_failed(EXIT_FAILED, "the hub's answer is of another kind");
        }
        *last = one_job(answer, &status);
        if (!*last)
            return status;
        const JobInfo *job = (*last)->jobs->jobs[0];
        tell(telling, job);
        if (ended(job))
            return say_end(job);
        (void)usleep(LOOK_MS * 1000);
    }
}

int jobs_follow(const struct session *session, uint64_t job, Message **last) {
    struct telling telling = {.terminal = isatty(STDERR_FILENO) == 1};
    part_on_interrupt(job);
    int status = follow(session, job, &telling, last);
    (void)signal(SIGINT, SIG_DFL);
    return status;
}

/* --- commands --------------------------------------------------------------------------------- */

static void count_or_missing(struct table *table, bool has, uint64_t number) {
    if (has)
        table_count(table, number);
    else
        table_missing(table);
}

static void add_row(struct table *table, const JobInfo *job) {
    char left[40];
    table_count(table, job->job);
    table_text(table, job->kind);
    table_text(table, job->state);
    table_count(table, job->items);
    table_count(table, job->done);
    table_number(table, hundredths(job), 1);
    count_or_missing(table, job->has_workers && !ended(job), job->workers);
    table_text(table, job->has_left_ms && !ended(job) ? span(job->left_ms, left) : NULL);
    count_or_missing(table, job->has_left_ms && !ended(job), job->left_ms);
    table_instant(table, job->submitted_ms);
    if (ended(job))
        table_instant(table, job->ended_ms);
    else
        table_missing(table);
    table_text(table, job->reason);
    count_or_missing(table, job->has_tasks, job->tasks);
    count_or_missing(table, job->has_busy_ms, job->busy_ms);
    table_text(table, job->study);
    table_text(table, job->result);
}

static int print_jobs(const struct command_line *line, const Mindex__V1__Jobs *jobs) {
    static const char *const keys[] = {
        "job",     "kind",      "state", "items",  "done",  "percent", "workers", "left",
        "left_ms", "submitted", "ended", "reason", "tasks", "busy_ms", "study",   "result"};
    static const char *const headings[] = {
        "job", "kind",      "state", "items",  "done", "%",  "workers", "left",
        NULL,  "submitted", "ended", "reason", NULL,   NULL, NULL,      NULL};
    struct table *table = table_new(16, keys, headings);
    for (size_t i = 0; table && i < jobs->n_jobs; i++)
        add_row(table, jobs->jobs[i]);
    return command_print(line, &table);
}

int jobs_list(const struct command_line *line) {
    struct session session;
    int status = session_open(&session, line);
    Message *answer = status == EXIT_OK ? ask_jobs(&session, 0, line->top, &status) : NULL;
    if (answer)
        status = print_jobs(line, answer->jobs);
    wire_free(&answer);
    session_close(&session);
    return status;
}

/* The number of a job as the second argument. False: a message was printed. */
static bool job_number(const struct command_line *line, uint64_t *out) {
    const char *text = line->n_arguments > 1 ? line->arguments[1] : "";
    unsigned long number;
    if (line->n_arguments != 2 || !number_whole(text, strlen(text), 1, UINT32_MAX, &number))
        return command_failed(0,
                              "'mindex batch %s' takes the number of a job; 'mindex batch list' "
                              "lists them",
                              line->arguments[0]) != 0;
    *out = number;
    return true;
}

static void say_number(const char *name, bool has, uint64_t number) {
    if (has)
        printf("  %-10s %llu\n", name, (unsigned long long)number);
}

static void say_text(const char *name, const char *text) {
    if (text)
        printf("  %-10s %s\n", name, text);
}

static int say_job(const JobInfo *job) {
    char text[WATCH_TEXT], time[INSTANT_TEXT], spent[40];
    describe(job, text);
    printf("%s\n", text);
    say_text("kind", job->kind);
    say_text("submitted", instant_write(job->submitted_ms, time));
    if (ended(job))
        say_text("ended", instant_write(job->ended_ms, time));
    say_text("reason", job->reason);
    say_number("tasks", job->has_tasks, job->tasks);
    if (job->has_busy_ms)
        say_text("busy", span(job->busy_ms, spent));
    say_text("study", job->study);
    say_text("result", job->result);
    return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
}

int jobs_show(const struct command_line *line) {
    uint64_t job;
    if (!job_number(line, &job))
        return EXIT_USAGE;
    struct session session;
    int status = session_open(&session, line);
    Message *answer = status == EXIT_OK ? jobs_ask_one(&session, job, &status) : NULL;
    if (answer && line->format == FORMAT_CSV)
        status = print_jobs(line, answer->jobs);
    else if (answer && line->format == FORMAT_JSON)
        status = print_json(answer->jobs->jobs[0], JSON_INDENT(2))
                     ? EXIT_OK
                     : command_failed(EXIT_FAILED, "the job cannot be written");
    else if (answer)
        status = say_job(answer->jobs->jobs[0]);
    wire_free(&answer);
    session_close(&session);
    return status;
}

int jobs_watch(const struct command_line *line) {
    uint64_t job;
    if (!job_number(line, &job))
        return EXIT_USAGE;
    struct session session;
    Message *last = NULL;
    int status = session_open(&session, line);
    if (status == EXIT_OK) {
        struct telling telling = {.json = line->format == FORMAT_JSON,
                                  .terminal =
                                      line->format == FORMAT_TEXT && isatty(STDERR_FILENO) == 1};
        part_on_interrupt(job);
        status = follow(&session, job, &telling, &last);
    }
    wire_free(&last);
    session_close(&session);
    return status;
}

int jobs_cancel(const struct command_line *line) {
    uint64_t job;
    if (!job_number(line, &job))
        return EXIT_USAGE;
    struct session session;
    int status = session_open(&session, line);
    Mindex__V1__CancelJob cancel = MINDEX__V1__CANCEL_JOB__INIT;
    cancel.job = job;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_CANCEL_JOB;
    question.cancel_job = &cancel;
    Message *answer = status == EXIT_OK ? session_ask(&session, &question,
                                                      MINDEX__V1__MESSAGE__BODY_JOBS, &status)
                                        : NULL;
    answer = one_job(answer, &status);
    if (answer) {
        const JobInfo *info = answer->jobs->jobs[0];
        bool cancelled = strcmp(info->state, "cancelled") == 0;
        status = cancelled ? EXIT_OK
                           : command_failed(EXIT_REFUSED, "job %llu is %s already",
                                            (unsigned long long)job, info->state);
        if (cancelled)
            printf("Job %llu is cancelled.\n", (unsigned long long)job);
    }
    wire_free(&answer);
    session_close(&session);
    return status;
}
