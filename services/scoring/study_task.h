/* What the scoring worker does of a batch run: a range of its items, pieces put together, or the
 * result made of them. */
#ifndef SCORING_STUDY_TASK_H
#define SCORING_STUDY_TASK_H

#include "core/arena.h"
#include "services/bus/library.h"

/* Fills in the result of `done`, which lies in the arena and in the library's turn. False: a fault.
 */
bool study_task(struct library *library, struct arena *arena, const StudyTask *task, TaskDone *done,
                struct fault *fault);

#endif
