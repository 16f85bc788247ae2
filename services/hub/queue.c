#include "services/hub/queue.h"

#include <stdlib.h>
#include <string.h>

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
    free((*job)->reason);
    free(*job);
    *job = NULL;
}

static void holder(char out[JOB_GIVEN_TEXT], const char *key, const char *name) {
    (void)snprintf(out, JOB_GIVEN_TEXT, "%s/%s", key, name);
}

bool job_given(const struct job *job, const char *key, const char *name) {
    char whom[JOB_GIVEN_TEXT];
    holder(whom, key, name);
    for (unsigned i = 0; i < JOB_GIVEN && i < job->n_given; i++) {
        if (strcmp(job->given[i], whom) == 0)
            return true;
    }
    return false;
}

void job_give(struct job *job, const char *key, const char *name) {
    if (!job_given(job, key, name))
        holder(job->given[job->n_given++ % JOB_GIVEN], key, name);
}

static size_t bucket(const uint8_t content[CONTENT_BYTES]) {
    return (content[0] | (size_t)content[1] << 8) % QUEUE_BUCKETS;
}

static void add_content(struct queue *queue, struct job *job) {
    struct job **first = &queue->by_content[bucket(job->content)];
    job->same_bucket = *first;
    *first = job;
}

static void remove_content(struct queue *queue, struct job *job) {
    struct job **at = &queue->by_content[bucket(job->content)];
    while (*at != job)
        at = &(*at)->same_bucket;
    *at = job->same_bucket;
}

struct job *queue_same(const struct queue *queue, const uint8_t content[CONTENT_BYTES]) {
    struct job *job = queue->by_content[bucket(content)];
    while (job && memcmp(job->content, content, CONTENT_BYTES) != 0)
        job = job->same_bucket;
    return job;
}

void queue_add(struct queue *queue, struct job *job) {
    struct job **first = &queue->first[job->kind], **last = &queue->last[job->kind];
    struct job *before = *last;
    while (before && before->id > job->id)
        before = before->before;
    job->before = before;
    job->next = before ? before->next : *first;
    *(before ? &before->next : first) = job;
    *(job->next ? &job->next->before : last) = job;
    queue->bytes[job->kind] += zframe_size(job->task);
    if (job->kind == JOB_READ)
        add_content(queue, job);
}

void queue_remove(struct queue *queue, struct job *job) {
    *(job->before ? &job->before->next : &queue->first[job->kind]) = job->next;
    *(job->next ? &job->next->before : &queue->last[job->kind]) = job->before;
    job->next = job->before = NULL;
    queue->bytes[job->kind] -= zframe_size(job->task);
    if (job->kind == JOB_READ)
        remove_content(queue, job);
}

void queue_change(struct queue *queue, struct job *job, zframe_t **task) {
    queue->bytes[job->kind] -= zframe_size(job->task);
    zframe_destroy(&job->task);
    job->task = *task;
    job->n_given = 0; /* who had the other cannot speak of this one */
    *task = NULL;
    queue->bytes[job->kind] += zframe_size(job->task);
}

struct job *queue_find(const struct queue *queue, uint64_t id) {
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (struct job *job = queue->first[kind]; job && job->id <= id; job = job->next) {
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

size_t queue_bytes(const struct queue *queue) {
    size_t bytes = 0;
    for (int kind = 0; kind < JOB_KINDS; kind++)
        bytes += queue->bytes[kind];
    return bytes;
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
        for (struct job *job = queue->first[kind], *next; job; job = next) {
            next = job->next;
            job_destroy(&job);
        }
    }
    *queue = (struct queue){0};
}
