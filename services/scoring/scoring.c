#include "services/scoring/scoring.h"

#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/scoring/insight.h"
#include "services/scoring/study_task.h"

#include <malloc.h>

/* One side of the comparison: what an edition is scored from, and the edition. */
struct side {
    struct explain_side from;
    struct edition *edition;
};

static const struct release **gather(struct library *library, struct arena *arena,
                                     const struct pack *pack, Input *const *inputs, size_t n,
                                     const char **keys, struct fault *fault) {
    for (size_t i = 0; i < n; i++) {
        size_t dataset = definition_dataset(pack->definition, inputs[i]->dataset);
        if (dataset != NO_DATASET)
            keys[dataset] = inputs[i]->observations;
    }
    return library_releases_of(library, arena, pack, inputs, n, fault);
}

/* Scores by what was scored last with this pack: only what other observations reach costs. */
static bool score_side(struct library *library, struct arena *arena, const char *pack_hash,
                       Input *const *inputs, size_t n, struct side *side, struct fault *fault) {
    const struct pack *pack = library_pack(library, pack_hash, fault);
    struct scored *scored = pack ? library_scored(library, pack_hash, fault) : NULL;
    if (!scored)
        return false;
    side->from.pack = pack;
    const char **keys = arena_alloc(arena, pack->definition->n_datasets, sizeof *keys);
    if (!keys)
        return fault_memory(fault);
    side->from.releases = gather(library, arena, pack, inputs, n, keys, fault);
    if (side->from.releases)
        side->edition = scored_edition(scored, side->from.releases, keys, fault);
    return side->edition != NULL;
}

/* Scores are worth having without it: what can't be found out is logged, and left out. */
static bool add_insight(struct arena *arena, const struct side *older, const struct side *newer,
                        TaskDone *done, struct fault *fault) {
    if (older->edition)
        done->insight =
            insight_find(arena, &older->from, older->edition, &newer->from, newer->edition, fault);
    if (!done->insight && fault->kind == FAULT_INPUT) {
        char reason[LOG_QUOTED];
        log_warning("changes not explained", "reason=%s", log_quote(fault->text, reason));
        return true;
    }
    return done->insight != NULL;
}

static zframe_t *finish(struct arena *arena, const Task *task, const struct side *older,
                        const struct side *newer, struct fault *why_not_older,
                        struct fault *fault) {
    const ScoreTask *order = task->score;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_SCORES;
    done.scores = edition_message(arena, newer->from.pack, order->pack, newer->edition,
                                  order->inputs, order->n_inputs);
    bool good = done.scores || fault_memory(fault);
    if (good && order->before_pack && !add_insight(arena, older, newer, &done, why_not_older)) {
        *fault = *why_not_older;
        good = false;
    }
    zframe_t *result = good ? worker_result(&done) : NULL;
    if (good && !result)
        fault_memory(fault);
    return result;
}

/* The edition before comes first: it is most often what was scored last, and then the newer one is
 * a change of it. */
static zframe_t *score(struct library *library, struct arena *arena, const Task *task,
                       struct fault *fault) {
    const ScoreTask *order = task->score;
    struct side older = {0}, newer = {0};
    struct fault why_not_older = {0};
    if (order->before_pack)
        (void)score_side(library, arena, order->before_pack, order->before, order->n_before, &older,
                         &why_not_older);
    zframe_t *result = NULL;
    if (score_side(library, arena, order->pack, order->inputs, order->n_inputs, &newer, fault))
        result = finish(arena, task, &older, &newer, &why_not_older, fault);
    edition_destroy(&older.edition);
    edition_destroy(&newer.edition);
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

/* Room that one release had is for the next one: given back and asked for again, its pages were a
 * quarter of the time of a release of England's. */
static void keep_room(void) {
    enum { BLOCK = 1 << 20, ROOM = 12 << 20 }; /* larger ones go back at once; and all beyond it */
    (void)mallopt(M_MMAP_THRESHOLD, BLOCK);
    (void)mallopt(M_TRIM_THRESHOLD, ROOM);
}

int scoring_run(const struct places *places, struct config *config, int signals) {
    keep_room();
    const struct role role = {
        .name = "scoring", .perform = scoring_perform, .config = config, .idles = true};
    return worker_run(&role, places, signals);
}
