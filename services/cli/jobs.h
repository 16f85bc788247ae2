/* Batch jobs of a hub, once there is a study: handed in, watched, listed, cancelled. */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include "services/cli/session.h"

/* Hands the study in: an answer with one job, which is on disk; it may be one that was there
 * before, and ended already. NULL: what is wrong was said, and *status is an exit status. Free with
 * wire_free. */
Message *jobs_submit(const struct session *session, Mindex__V1__Study *study, int *status);

/* An answer with that one job. NULL: what is wrong was said, and *status is an exit status. Free
 * with wire_free. */
Message *jobs_ask_one(const struct session *session, uint64_t job, int *status);

/* Waits until the job has ended, and says on standard error how far it is: in one line that changes
 * on a terminal, in lines now and then elsewhere. Ctrl-C leaves the job going. *last is the answer
 * with what became of it (free with wire_free; NULL: none). An exit status, said why: EXIT_OK where
 * the job is done and has its result. */
int jobs_follow(const struct session *session, uint64_t job, Message **last);

/* `mindex batch list`, `show JOB`, `watch JOB` and `cancel JOB`: arguments[0] is that word. */
int jobs_list(const struct command_line *line);
int jobs_show(const struct command_line *line);
int jobs_watch(const struct command_line *line);
int jobs_cancel(const struct command_line *line);

#endif
