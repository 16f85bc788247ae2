#include "services/hub/queue.h"

#include <stdlib.h>

struct job *job_new(uint64_t id, enum job_kind kind, zframe_t **task) {
    struct job *job = *task ? calloc(1, sizeof *job) : NULL;
    if (!job) {
        zframe_destroy(task);
        return NULL;
    }
    job->id = id;
    job->kind = kind;
    job->task = *task;
    *task = NULL;
    return job;
}

void job_destroy(struct job **job) {
    if (!*job)
        return;
    zframe_destroy(&(*job)->task);
    zframe_destroy(&(*job)->client);
    wire_free(&(*job)->result);
    free(*job);
    *job = NULL;
}

void queue_add(struct queue *queue, struct job *job) {
    struct job **at = &queue->first[job->kind];
    while (*at)
        at = &(*at)->next;
    *at = job;
}

void queue_remove(struct queue *queue, struct job *job) {
    struct job **at = &queue->first[job->kind];
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job->next = NULL;
}

struct job *queue_find(const struct queue *queue, uint64_t id) {
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (struct job *job = queue->first[kind]; job; job = job->next) {
            if (job->id == id)
                return job;
        }
    }
    return NULL;
}

struct job *queue_ready(const struct queue *queue, enum job_kind kind, int64_t now,
                        unsigned window) {
    for (struct job *job = queue->first[kind]; job && window; job = job->next, window--) {
        if (job->state == JOB_READY && job->not_before <= now)
            return job;
    }
    return NULL;
}

unsigned queue_count(const struct queue *queue, enum job_state state) {
    unsigned count = 0;
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (struct job *job = queue->first[kind]; job; job = job->next) {
            count += job->state == state;
        }
    }
    return count;
}

void queue_clear(struct queue *queue) {
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        while (queue->first[kind]) {
            struct job *job = queue->first[kind];
            queue_remove(queue, job);
            job_destroy(&job);
        }
    }
}
