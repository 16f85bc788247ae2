#include "services/scoring/scoring.h"

#include "services/bus/convert.h"
#include "services/bus/worker.h"

static const struct release **gather(struct library *library, struct arena *arena,
                                     const struct pack *pack, Input *const *inputs, size_t n,
                                     struct fault *fault) {
    char **datasets = arena_alloc(arena, n, sizeof *datasets);
    char **observations = arena_alloc(arena, n, sizeof *observations);
    if (!datasets || !observations) {
        fault_memory(fault);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        datasets[i] = inputs[i]->dataset;
        observations[i] = inputs[i]->observations;
    }
    return library_releases(library, arena, pack, datasets, observations, n, fault);
}

static zframe_t *score(struct library *library, struct arena *arena, const Task *task,
                       struct fault *fault) {
    const struct pack *pack = library_pack(library, task->score->pack, fault);
    if (!pack)
        return NULL;
    const struct release **releases =
        gather(library, arena, pack, task->score->inputs, task->score->n_inputs, fault);
    struct edition *edition = releases ? edition_score(pack, releases, fault) : NULL;
    if (!edition)
        return NULL;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_SCORES;
    done.scores = edition_message(arena, pack, task->score->pack, edition, task->score->inputs,
                                  task->score->n_inputs);
    zframe_t *result = done.scores ? worker_result(&done) : NULL;
    edition_destroy(&edition);
    return result;
}

static zframe_t *perform(struct library *library, const Task *task, void *context,
                         struct fault *fault) {
    (void)context;
    if (task->work_case != MINDEX__V1__TASK__WORK_SCORE) {
        fault_set(fault, FAULT_INPUT, "a task that is not for scoring");
        return NULL;
    }
    struct arena *arena = arena_new();
    if (!arena) {
        fault_memory(fault);
        return NULL;
    }
    zframe_t *result = score(library, arena, task, fault);
    arena_destroy(&arena);
    return result;
}

int scoring_run(const char *hub, int signals) {
    const struct role role = {.name = "scoring", .perform = perform};
    return worker_run(&role, hub, signals);
}
