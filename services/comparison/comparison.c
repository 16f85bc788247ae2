#include "services/comparison/comparison.h"

#include "services/bus/convert.h"

static zframe_t *compare(struct library *library, struct arena *arena, const Task *task,
                         struct fault *fault) {
    const CompareTask *order = task->compare;
    const struct pack *pack = library_pack(library, order->pack, fault);
    const struct edition *edition =
        pack ? library_edition(library, order->pack, order->scores, fault) : NULL;
    const struct release *spend =
        edition ? library_release(library, order->spend->observations, fault) : NULL;
    struct comparison *comparison = spend ? spend_compare(pack, edition, spend, fault) : NULL;
    if (!comparison)
        return NULL;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_COMPARISON;
    done.comparison = comparison_message(arena, pack, comparison);
    zframe_t *result = done.comparison ? worker_result(&done) : NULL;
    if (!result)
        fault_memory(fault);
    comparison_destroy(&comparison);
    return result;
}

zframe_t *comparison_perform(struct library *library, const Task *task, void *context,
                             struct fault *fault) {
    (void)context;
    if (task->work_case != MINDEX__V1__TASK__WORK_COMPARE || !task->compare->spend) {
        fault_set(fault, FAULT_INPUT, "a task that is not for comparison");
        return NULL;
    }
    struct arena *arena = arena_new();
    if (!arena) {
        fault_memory(fault);
        return NULL;
    }
    zframe_t *result = compare(library, arena, task, fault);
    arena_destroy(&arena);
    return result;
}

int comparison_run(const struct places *places, struct config *config, int signals) {
    const struct role role = {
        .name = "comparison", .perform = comparison_perform, .config = config};
    return worker_run(&role, places, signals);
}
