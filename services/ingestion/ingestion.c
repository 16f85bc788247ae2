#include "services/ingestion/ingestion.h"

#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/ingestion/inbox.h"
#include "services/ingestion/read_files.h"
#include "services/ingestion/suspect.h"

static zframe_t *answer(const Task *task, struct arena *arena, ReadResult *read,
                        const struct problems *problems) {
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    if (read) {
        done.result_case = MINDEX__V1__TASK_DONE__RESULT_READ;
        done.read = read;
        return worker_result(&done);
    }
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_REFUSAL;
    done.refusal = refusal_message(arena, problems);
    return done.refusal ? worker_result(&done) : NULL;
}

zframe_t *ingestion_perform(struct library *library, const Task *task, void *context,
                            struct fault *fault) {
    (void)context;
    if (task->work_case != MINDEX__V1__TASK__WORK_READ) {
        fault_set(fault, FAULT_INPUT, "a task that is not for ingestion");
        return NULL;
    }
    const ReadTask *order = task->read;
    const struct pack *pack = order->pack ? library_pack(library, order->pack, fault) : NULL;
    if (order->pack && !pack)
        return NULL;
    struct arena *arena = arena_new();
    struct problems *problems = arena ? arena_alloc(arena, 1, sizeof *problems) : NULL;
    zframe_t *result = NULL;
    if (problems) {
        ReadResult *read = read_files(arena, pack, order->hand_in, problems);
        if (!read || suspect(library, arena, pack, order, read, fault))
            result = answer(task, arena, read, problems);
    }
    if (!result && fault->kind == FAULT_NONE)
        fault_memory(fault);
    arena_destroy(&arena);
    return result;
}

int ingestion_run(const struct places *places, struct config *config, int signals) {
    struct fault fault = {0};
    char quoted[LOG_QUOTED];
    struct inbox *inbox = inbox_new(places, config, &fault);
    const struct role role = {.name = "ingestion",
                              .perform = ingestion_perform,
                              .config = config,
                              .tell = inbox ? inbox_tell : NULL,
                              .around = inbox};
    zactor_t *watcher = inbox ? zactor_new(inbox_main, inbox) : NULL;
    int status = EXIT_FAILURE;
    if (watcher) {
        log_info("inbox watched", "folder=%s", log_quote(places->inbox, quoted));
        status = worker_run(&role, places, signals);
    } else {
        log_error("cannot start", "reason=%s", log_quote(fault.text, quoted));
    }
    zactor_destroy(&watcher);
    inbox_destroy(&inbox);
    return status;
}
