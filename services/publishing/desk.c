#include "services/publishing/desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLERKS_MAX = 16 };

/* One question, and all who wait for its answer. */
struct job {
    struct asked *asked;
    struct stamp stamp; /* where the log stood when it was last sure not to be begun */
    bool begun;
    struct order *waiting;
    struct job *next;
};

struct desk {
    pthread_mutex_t lock;
    pthread_cond_t wake, ended;
    pthread_t threads[CLERKS_MAX];
    size_t n_threads, at_work; /* at_work: that have not ended */
    struct desk_limits limits;
    struct pulse *pulse;
    struct cache *cache;
    struct job *jobs, **last; /* in the order in which they came, those in hand too */
    size_t line;              /* of these, not begun */
    bool closing;
    uint64_t hits, misses, joined, refused;
};

struct worker {
    struct desk *desk;
    struct clerk clerk;
};

/* --- the clerks ------------------------------------------------------------------------------- */

static struct job *next_job(struct desk *desk) {
    struct job *job = desk->jobs;
    while (job && job->begun)
        job = job->next;
    return job;
}

static void take_out(struct desk *desk, struct job *job) {
    struct job **at = &desk->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    if (!*at)
        desk->last = at;
}

/* Whoever waits gets a reference of his own; without the lock, as he may ask again at once. */
static void tell(struct order *waiting, enum order_end end, struct reply *reply) {
    while (waiting) {
        struct order *order = waiting;
        waiting = order->next;
        order->end = end;
        order->reply = end == ORDER_REPLIED ? reply_keep(reply) : NULL;
        order->ready(order);
    }
}

static void do_job(struct desk *desk, const struct clerk *clerk, struct job *job) {
    struct request request = job->asked->request;
    struct answer answer = {.status = 200, .type = "text/plain; charset=utf-8"};
    clerk->answer(clerk->context, &request, &answer);
    struct reply *reply = reply_new(&answer, job->asked);
    (void)pthread_mutex_lock(&desk->lock);
    if (reply && desk->pulse)
        cache_put(desk->cache, job->asked->key, reply, job->stamp);
    take_out(desk, job);
    struct order *waiting = job->waiting;
    (void)pthread_mutex_unlock(&desk->lock);
    tell(waiting, reply ? ORDER_REPLIED : ORDER_FAILED, reply);
    reply_drop(&reply);
    asked_drop(&job->asked);
    free(job);
}

static void *clerk_main(void *args) {
    struct worker worker = *(struct worker *)args;
    struct desk *desk = worker.desk;
    free(args);
    (void)pthread_mutex_lock(&desk->lock);
    while (!desk->closing) {
        struct job *job = next_job(desk);
        if (!job) {
            (void)pthread_cond_wait(&desk->wake, &desk->lock);
            continue;
        }
        job->begun = true;
        desk->line--;
        (void)pthread_mutex_unlock(&desk->lock);
        do_job(desk, &worker.clerk, job);
        (void)pthread_mutex_lock(&desk->lock);
    }
    desk->at_work--;
    (void)pthread_cond_signal(&desk->ended);
    (void)pthread_mutex_unlock(&desk->lock);
    return NULL;
}

static bool start_clerk(struct desk *desk, const struct clerk *clerk) {
    struct worker *worker = desk->n_threads < CLERKS_MAX ? malloc(sizeof *worker) : NULL;
    if (!worker)
        return false;
    *worker = (struct worker){desk, *clerk};
    (void)pthread_mutex_lock(&desk->lock);
    bool started = pthread_create(&desk->threads[desk->n_threads], NULL, clerk_main, worker) == 0;
    desk->n_threads += started;
    desk->at_work += started;
    (void)pthread_mutex_unlock(&desk->lock);
    if (!started)
        free(worker);
    return started;
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct stamp stamp_now(const struct desk *desk, bool *away) {
    struct stamp stamp = {0};
    *away = desk->pulse && !pulse_now(desk->pulse, &stamp.log, &stamp.event);
    return stamp;
}

struct reply *desk_kept(struct desk *desk, const struct asked *asked) {
    bool away;
    if (!desk->pulse)
        return NULL;
    struct stamp now = stamp_now(desk, &away);
    (void)pthread_mutex_lock(&desk->lock);
    struct reply *reply = cache_get(desk->cache, asked->key, now);
    if (reply)
        (void)reply_keep(reply);
    desk->hits += reply != NULL;
    (void)pthread_mutex_unlock(&desk->lock);
    return reply;
}

/* Whether there is a job that answers the same, and knows all that happened until now. */
static bool join(struct desk *desk, struct order *order, struct stamp now) {
    for (struct job *job = desk->jobs; job; job = job->next) {
        bool knows = job->stamp.log == now.log && job->stamp.event == now.event;
        if ((job->begun && !knows) || strcmp(job->asked->key, order->asked->key) != 0)
            continue;
        job->stamp = now;
        order->next = job->waiting;
        job->waiting = order;
        desk->joined++;
        return true;
    }
    return false;
}

static bool line_up(struct desk *desk, struct order *order, struct stamp now) {
    struct job *job = desk->line < desk->limits.line ? calloc(1, sizeof *job) : NULL;
    if (!job)
        return false;
    job->asked = asked_keep(order->asked);
    job->stamp = now;
    job->waiting = order;
    order->next = NULL;
    *desk->last = job;
    desk->last = &job->next;
    desk->line++;
    desk->misses++;
    (void)pthread_cond_signal(&desk->wake);
    return true;
}

void desk_ask(struct desk *desk, struct order *order) {
    bool away, taken = false;
    struct stamp now = stamp_now(desk, &away);
    (void)pthread_mutex_lock(&desk->lock);
    enum order_end end = away ? ORDER_HUB_AWAY : ORDER_NO_ROOM;
    if (desk->closing)
        end = ORDER_FAILED;
    else
        taken = join(desk, order, now) || (!away && line_up(desk, order, now));
    desk->refused += !taken;
    (void)pthread_mutex_unlock(&desk->lock);
    if (taken)
        return;
    order->next = NULL;
    tell(order, end, NULL);
}

void desk_count(struct desk *desk, struct desk_counts *counts) {
    (void)pthread_mutex_lock(&desk->lock);
    *counts = (struct desk_counts){.hits = desk->hits,
                                   .misses = desk->misses,
                                   .joined = desk->joined,
                                   .refused = desk->refused,
                                   .line = desk->line,
                                   .replies = cache_replies(desk->cache),
                                   .bytes = cache_bytes(desk->cache)};
    (void)pthread_mutex_unlock(&desk->lock);
}

/* --- beginning and end ------------------------------------------------------------------------ */

struct desk *desk_new(const struct clerk *clerks, size_t n_clerks, const struct desk_limits *limits,
                      struct pulse *pulse, struct fault *fault) {
    struct desk *desk = calloc(1, sizeof *desk);
    pthread_condattr_t monotonic;
    if (desk)
        desk->cache = cache_new(limits->replies_max, limits->bytes_max);
    if (!desk || !desk->cache) {
        free(desk);
        fault_memory(fault);
        return NULL;
    }
    desk->limits = *limits;
    desk->pulse = pulse;
    desk->last = &desk->jobs;
    (void)pthread_mutex_init(&desk->lock, NULL);
    (void)pthread_cond_init(&desk->wake, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&desk->ended, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    bool started = true;
    for (size_t i = 0; i < n_clerks && started; i++)
        started = start_clerk(desk, &clerks[i]);
    if (!started) {
        (void)desk_close(desk, 1000);
        desk_destroy(&desk);
        fault_set(fault, FAULT_SYSTEM, "no thread can be started: %s", strerror(errno));
    }
    return desk;
}

/* Takes out all who wait: of jobs in hand too, which nobody wants any more. */
static struct order *dismiss(struct desk *desk) {
    struct order *all = NULL;
    for (struct job *job = desk->jobs, *next; job; job = next) {
        next = job->next;
        for (struct order *order = job->waiting, *after; order; order = after) {
            after = order->next;
            order->next = all;
            all = order;
        }
        job->waiting = NULL;
        if (job->begun)
            continue;
        take_out(desk, job);
        desk->line--;
        asked_drop(&job->asked);
        free(job);
    }
    return all;
}

static struct timespec end_of(int ms) {
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += (long)(ms % 1000) * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    return end;
}

bool desk_close(struct desk *desk, int patience_ms) {
    if (!desk)
        return true;
    struct timespec end = end_of(patience_ms);
    (void)pthread_mutex_lock(&desk->lock);
    desk->closing = true;
    struct order *waiting = dismiss(desk);
    (void)pthread_cond_broadcast(&desk->wake);
    (void)pthread_mutex_unlock(&desk->lock);
    tell(waiting, ORDER_FAILED, NULL);
    (void)pthread_mutex_lock(&desk->lock);
    int late = 0;
    while (desk->at_work && !late)
        late = pthread_cond_timedwait(&desk->ended, &desk->lock, &end);
    bool idle = desk->at_work == 0;
    (void)pthread_mutex_unlock(&desk->lock);
    while (idle && desk->n_threads)
        (void)pthread_join(desk->threads[--desk->n_threads], NULL);
    return idle;
}

void desk_destroy(struct desk **desk) {
    if (!*desk)
        return;
    cache_destroy(&(*desk)->cache);
    (void)pthread_cond_destroy(&(*desk)->wake);
    (void)pthread_cond_destroy(&(*desk)->ended);
    (void)pthread_mutex_destroy(&(*desk)->lock);
    free(*desk);
    *desk = NULL;
}
