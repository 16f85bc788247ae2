#include "services/scoring/scoring.h"

#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/scoring/insight.h"
#include "services/scoring/study_task.h"

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

/* Scores are worth having without it: what can't be found out is logged, and left out. */
static bool add_insight(struct library *library, struct arena *arena, const ScoreTask *task,
                        const struct explain_side *newer, const struct edition *edition,
                        TaskDone *done, struct fault *fault) {
    struct explain_side older = {0};
    if (!task->before_pack)
        return true;
    older.pack = library_pack(library, task->before_pack, fault);
    if (older.pack)
        older.releases = gather(library, arena, older.pack, task->before, task->n_before, fault);
    if (older.releases)
        done->insight = insight_find(arena, &older, newer, edition, fault);
    if (!done->insight && fault->kind == FAULT_INPUT) {
        char reason[LOG_QUOTED];
        log_warning("changes not explained", "reason=%s", log_quote(fault->text, reason));
        return true;
    }
    return done->insight != NULL;
}

static zframe_t *score(struct library *library, struct arena *arena, const Task *task,
                       struct fault *fault) {
    struct explain_side side = {.pack = library_pack(library, task->score->pack, fault)};
    if (!side.pack)
        return NULL;
    side.releases =
        gather(library, arena, side.pack, task->score->inputs, task->score->n_inputs, fault);
    struct edition *edition = side.releases ? edition_score(side.pack, side.releases, fault) : NULL;
    if (!edition)
        return NULL;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_SCORES;
    done.scores = edition_message(arena, side.pack, task->score->pack, edition, task->score->inputs,
                                  task->score->n_inputs);
    bool explained = done.scores
                         ? add_insight(library, arena, task->score, &side, edition, &done, fault)
                         : fault_memory(fault);
    zframe_t *result = explained ? worker_result(&done) : NULL;
    if (explained && !result)
        fault_memory(fault);
    edition_destroy(&edition);
    return result;
}

static zframe_t *study(struct library *library, struct arena *arena, const Task *task,
                       struct fault *fault) {
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    if (!study_task(library, arena, task->study, &done, fault))
        return NULL;
    zframe_t *result = worker_result(&done);
    if (!result)
        fault_memory(fault);
    return result;
}

zframe_t *scoring_perform(struct library *library, const Task *task, void *context,
                          struct fault *fault) {
    (void)context;
    bool of_study = task->work_case == MINDEX__V1__TASK__WORK_STUDY;
    if (!of_study && task->work_case != MINDEX__V1__TASK__WORK_SCORE) {
        fault_set(fault, FAULT_INPUT, "a task that is not for scoring");
        return NULL;
    }
    struct arena *arena = arena_new();
    if (!arena) {
        fault_memory(fault);
        return NULL;
    }
    zframe_t *result =
        of_study ? study(library, arena, task, fault) : score(library, arena, task, fault);
    arena_destroy(&arena);
    return result;
}

int scoring_run(const struct places *places, int64_t idle_ms, int signals) {
    const struct role role = {.name = "scoring", .perform = scoring_perform, .idle_ms = idle_ms};
    return worker_run(&role, places, signals);
}
