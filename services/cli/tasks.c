/* The hub's tasks: those that wait or are in hand, those that were set aside, and what is done
 * about these. */
#include "core/number.h"
#include "services/cli/session.h"

#include <stdlib.h>
#include <string.h>

static void add_row(struct table *table, const Mindex__V1__TaskInfo *task) {
    table_count(table, task->task);
    table_text(table, task->role);
    table_text(table, task->state);
    table_text(table, task->about);
    table_count(table, task->attempts);
    if (task->has_losses)
        table_count(table, task->losses);
    else
        table_missing(table);
    table_text(table, task->worker);
    if (task->has_since_ms)
        table_instant(table, task->since_ms);
    else
        table_missing(table);
    table_text(table, task->reason);
    table_text(table, task->request_id);
}

static int print_tasks(const struct command_line *line, const Mindex__V1__Tasks *tasks) {
    static const char *const keys[] = {"task",   "role",   "state", "about",  "attempts",
                                       "losses", "worker", "since", "reason", "request_id"};
    struct table *table = table_new(10, keys, keys);
    for (size_t i = 0; table && i < tasks->n_tasks; i++)
        add_row(table, tasks->tasks[i]);
    int status = command_print(line, &table);
    if (tasks->total > tasks->n_tasks && line->format == FORMAT_TEXT)
        printf("... and %llu more\n", (unsigned long long)(tasks->total - tasks->n_tasks));
    return status;
}

static int list(const struct command_line *line, const struct session *session) {
    int status = EXIT_FAILED;
    Mindex__V1__TasksWanted wanted = MINDEX__V1__TASKS_WANTED__INIT;
    wanted.has_failed = wanted.failed = line->failed;
    wanted.has_limit = line->top > 0;
    wanted.limit = line->top < UINT32_MAX ? (uint32_t)line->top : UINT32_MAX;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_TASKS_WANTED;
    question.tasks_wanted = &wanted;
    Message *answer = session_ask(session, &question, MINDEX__V1__MESSAGE__BODY_TASKS, &status);
    if (answer)
        status = print_tasks(line, answer->tasks);
    wire_free(&answer);
    return status;
}

static int say_retried(const Mindex__V1__RetriedTasks *retried, bool drop) {
    int status = EXIT_OK;
    if (!retried->n_tasks)
        printf("No task is set aside.\n");
    for (size_t i = 0; i < retried->n_tasks; i++) {
        const Mindex__V1__RetriedTask *task = retried->tasks[i];
        if (task->done)
            printf("Task %llu is %s.\n", (unsigned long long)task->task,
                   drop ? "off the list" : "in the queue again");
        else
            status = command_failed(EXIT_REFUSED, "task %llu: %s", (unsigned long long)task->task,
                                    task->reason ? task->reason : "no reason given");
    }
    return status;
}

static bool task_number(const char *text, uint64_t *out) {
    unsigned long number;
    if (!number_whole(text, strlen(text), 1, UINT64_MAX, &number))
        return command_failed(0, "'%s' is no number of a task; 'mindex tasks --failed' lists them",
                              text) != 0;
    *out = number;
    return true;
}

static int retry(const struct command_line *line, const struct session *session, bool drop) {
    int status = EXIT_FAILED;
    size_t n = line->n_arguments - 1;
    uint64_t *numbers = calloc(n + 1, sizeof *numbers);
    if (!numbers)
        return command_failed(EXIT_FAILED, "out of memory");
    Mindex__V1__RetryTasks wanted = MINDEX__V1__RETRY_TASKS__INIT;
    wanted.tasks = numbers;
    wanted.has_all = wanted.all = line->all;
    wanted.has_drop = wanted.drop = drop;
    bool valid = true;
    for (; valid && wanted.n_tasks < n; wanted.n_tasks++)
        valid = task_number(line->arguments[wanted.n_tasks + 1], &numbers[wanted.n_tasks]);
    if (!valid) {
        free(numbers);
        return EXIT_USAGE;
    }
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RETRY_TASKS;
    question.retry_tasks = &wanted;
    Message *answer =
        session_ask(session, &question, MINDEX__V1__MESSAGE__BODY_RETRIED_TASKS, &status);
    if (answer)
        status = say_retried(answer->retried_tasks, drop);
    wire_free(&answer);
    free(numbers);
    return status;
}

int tasks_command(const struct command_line *line) {
    const char *verb = line->n_arguments ? line->arguments[0] : NULL;
    bool drops = verb && strcmp(verb, "drop") == 0;
    if (!verb && line->all)
        return command_failed(EXIT_USAGE, "--all belongs to 'mindex tasks retry' and drop");
    if (verb && line->all == (line->n_arguments > 1))
        return command_failed(EXIT_USAGE, "'mindex tasks %s' takes the numbers of tasks, or --all",
                              verb);
    struct session session;
    int status = session_open(&session, line);
    if (status != EXIT_OK)
        return status;
    status = verb ? retry(line, &session, drops) : list(line, &session);
    session_close(&session);
    return status;
}
