#include "services/publishing/patience.h"

#include "services/bus/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct line {
    int socket;
    int64_t end; /* on clock_ms */
    struct line *next, **at;
};

struct patience {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool started, closing;
    struct line *lines;
    size_t n_lines;
    uint64_t cut;
};

static int64_t end_of(int64_t ms) {
    return ms < 0 ? INT64_MAX : clock_ms() + ms;
}

struct line *patience_begin(struct patience *patience, int socket, int64_t ms) {
    struct line *line = malloc(sizeof *line);
    if (!line)
        return NULL;
    line->socket = socket;
    line->end = end_of(ms);
    (void)pthread_mutex_lock(&patience->lock);
    line->next = patience->lines;
    line->at = &patience->lines;
    if (line->next)
        line->next->at = &line->next;
    patience->lines = line;
    patience->n_lines++;
    (void)pthread_mutex_unlock(&patience->lock);
    return line;
}

void patience_end(struct patience *patience, struct line *line) {
    if (!line)
        return;
    (void)pthread_mutex_lock(&patience->lock);
    *line->at = line->next;
    if (line->next)
        line->next->at = line->at;
    patience->n_lines--;
    (void)pthread_mutex_unlock(&patience->lock);
    free(line);
}

void patience_give(struct patience *patience, struct line *line, int64_t ms) {
    if (!line)
        return;
    (void)pthread_mutex_lock(&patience->lock);
    line->end = end_of(ms);
    (void)pthread_mutex_unlock(&patience->lock);
}

size_t patience_lines(struct patience *patience) {
    (void)pthread_mutex_lock(&patience->lock);
    size_t lines = patience->n_lines;
    (void)pthread_mutex_unlock(&patience->lock);
    return lines;
}

uint64_t patience_cut(struct patience *patience) {
    (void)pthread_mutex_lock(&patience->lock);
    uint64_t cut = patience->cut;
    (void)pthread_mutex_unlock(&patience->lock);
    return cut;
}

/* The server's own thread finds the socket shut, and closes it. */
static void cut_late(struct patience *patience) {
    int64_t now = clock_ms();
    for (struct line *line = patience->lines; line; line = line->next) {
        if (line->end > now)
            continue;
        (void)shutdown(line->socket, SHUT_RDWR);
        line->end = INT64_MAX;
        patience->cut++;
    }
}

static void *look(void *args) {
    struct patience *patience = args;
    (void)pthread_mutex_lock(&patience->lock);
    while (!patience->closing) {
        struct timespec next;
        (void)clock_gettime(CLOCK_MONOTONIC, &next);
        next.tv_sec++;
        (void)pthread_cond_timedwait(&patience->wake, &patience->lock, &next);
        cut_late(patience);
    }
    (void)pthread_mutex_unlock(&patience->lock);
    return NULL;
}

struct patience *patience_new(struct fault *fault) {
    struct patience *patience = calloc(1, sizeof *patience);
    pthread_condattr_t monotonic;
    if (!patience) {
        fault_memory(fault);
        return NULL;
    }
    (void)pthread_mutex_init(&patience->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&patience->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    int error = pthread_create(&patience->thread, NULL, look, patience);
    patience->started = error == 0;
    if (error) {
        fault_set(fault, FAULT_SYSTEM, "no thread can be started: %s", strerror(error));
        patience_destroy(&patience);
    }
    return patience;
}

void patience_destroy(struct patience **patience) {
    struct patience *closing = *patience;
    if (!closing)
        return;
    (void)pthread_mutex_lock(&closing->lock);
    closing->closing = true;
    (void)pthread_cond_signal(&closing->wake);
    (void)pthread_mutex_unlock(&closing->lock);
    if (closing->started)
        (void)pthread_join(closing->thread, NULL);
    (void)pthread_cond_destroy(&closing->wake);
    (void)pthread_mutex_destroy(&closing->lock);
    free(closing);
    *patience = NULL;
}
