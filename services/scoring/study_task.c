#include "services/scoring/study_task.h"

#include "services/bus/clock.h"
#include "services/bus/study.h"

static bool run(const struct opened_study *opened, struct arena *arena, const StudyTask *task,
                TaskDone *done, struct fault *fault) {
    if (!study_run_items(opened->run, task->first, task->count, NULL, NULL, fault))
        return false;
    done->result_case = MINDEX__V1__TASK_DONE__RESULT_PIECE;
    done->piece = study_run_piece(opened->run, arena, fault);
    return done->piece != NULL;
}

static bool put_together(struct library *library, const struct study *study, struct arena *arena,
                         const StudyTask *task, TaskDone *done, struct fault *fault) {
    StudyPiece **pieces = arena_alloc(arena, task->n_pieces, sizeof *pieces);
    if (!pieces)
        return fault_memory(fault);
    for (size_t i = 0; i < task->n_pieces; i++) {
        pieces[i] = library_piece(library, task->pieces[i], fault);
        if (!pieces[i])
            return false;
    }
    if (task->step == MINDEX__V1__STUDY_TASK__STEP__MERGE) {
        done->result_case = MINDEX__V1__TASK_DONE__RESULT_PIECE;
        done->piece = study_merge(study, arena, pieces, task->n_pieces, fault);
        return done->piece != NULL;
    }
    done->result_case = MINDEX__V1__TASK_DONE__RESULT_STUDY_RESULT;
    done->study_result = study_finish(study, arena, pieces, task->n_pieces, fault);
    return done->study_result != NULL;
}

bool study_task(struct library *library, struct arena *arena, const StudyTask *task, TaskDone *done,
                struct fault *fault) {
    const struct opened_study *opened = library_study(library, task->study, fault);
    /* Opening is once, and would say nothing of how long the next task takes. */
    int64_t start = clock_ns();
    if (!opened)
        return false;
    bool good = task->step == MINDEX__V1__STUDY_TASK__STEP__RUN
                    ? run(opened, arena, task, done, fault)
                    : put_together(library, opened->study, arena, task, done, fault);
    done->has_busy_ns = true;
    done->busy_ns = (uint64_t)(clock_ns() - start);
    return good;
}
