/* Each thread has a range of items that lie side by side, which become one piece. When its range is
 * done it takes the second half of what is left of the longest. */
#include "services/cli/batch_local.h"

#include "services/bus/clock.h"
#include "services/bus/study.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_NS = 50000000, /* how long a thread computes before it looks up */
    LOOK_MS = 250,       /* between two looks at how far it is */
    SAY_MS = 10000,      /* between two lines about it, where there is no terminal */
    INTERRUPTED = 128 + SIGINT,
};

static atomic_bool interrupted;

static void on_interrupt(int signal) {
    (void)signal;
    atomic_store(&interrupted, true);
}

struct hand {
    struct computing *of;
    pthread_t thread;
    struct library *library;
    struct study_run *run;
    struct arena *arena;
    uint64_t next, end; /* of its range; under the lock */
    StudyPiece **pieces;
    size_t n_pieces;
    struct fault fault;
    bool failed;
};

struct computing {
    const struct study *study;
    struct hand *hands;
    size_t n;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    uint64_t done;  /* items, under the lock */
    size_t working; /* threads, likewise */
    atomic_bool failed;
};

/* --- one thread ------------------------------------------------------------------------------- */

static bool stop(void *context) {
    const struct hand *hand = context;
    return atomic_load(&interrupted) || atomic_load(&hand->of->failed);
}

/* The next items of its range; false: it has none, and whose it could take half of is in *longest
 * (NULL: nobody's). */
static bool take_block(struct hand *hand, uint64_t size, uint64_t *first, uint64_t *count,
                       struct hand **longest) {
    struct computing *c = hand->of;
    *longest = NULL;
    *first = hand->next;
    *count = hand->end - hand->next < size ? hand->end - hand->next : size;
    hand->next += *count;
    for (size_t i = 0; *count == 0 && i < c->n; i++) {
        struct hand *other = &c->hands[i];
        if (other->end - other->next >= 2 &&
            (!*longest || other->end - other->next > (*longest)->end - (*longest)->next))
            *longest = other;
    }
    return *count > 0;
}

static void halve(struct hand *hand, struct hand *longest) {
    uint64_t half = longest->next + (longest->end - longest->next + 1) / 2;
    hand->next = half;
    hand->end = longest->end;
    longest->end = half;
}

static bool end_piece(struct hand *hand) {
    StudyPiece **more = realloc(hand->pieces, (hand->n_pieces + 1) * sizeof *more);
    if (!more)
        return fault_memory(&hand->fault);
    hand->pieces = more;
    more[hand->n_pieces] = study_run_piece(hand->run, hand->arena, &hand->fault);
    return more[hand->n_pieces] && ++hand->n_pieces;
}

static bool compute(struct hand *hand) {
    struct computing *c = hand->of;
    uint64_t size = 1, first, count, held = 0;
    for (;;) {
        struct hand *longest;
        (void)pthread_mutex_lock(&c->lock);
        bool taken = take_block(hand, size, &first, &count, &longest);
        if (longest)
            halve(hand, longest);
        (void)pthread_mutex_unlock(&c->lock);
        if (!taken && held && !end_piece(hand))
            return false;
        held = taken ? held : 0;
        if (!taken && !longest)
            return true;
        if (!taken)
            continue;
        library_turn(hand->library);
        int64_t start = clock_ns();
        if (!study_run_items(hand->run, first, count, stop, hand, &hand->fault))
            return false;
        held += count;
        int64_t spent = clock_ns() - start;
        if (spent < BLOCK_NS / 2 && count == size) /* of fewer, time says nothing */
            size *= 2;
        else if (spent > BLOCK_NS && size > 1)
            size /= 2;
        (void)pthread_mutex_lock(&c->lock);
        c->done += count;
        (void)pthread_mutex_unlock(&c->lock);
    }
}

static void *hand_main(void *context) {
    struct hand *hand = context;
    struct computing *c = hand->of;
    hand->failed = !compute(hand);
    if (hand->failed)
        atomic_store(&c->failed, true);
    (void)pthread_mutex_lock(&c->lock);
    c->working--;
    (void)pthread_cond_signal(&c->ended);
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void say(const struct computing *c, int64_t start, bool terminal, bool last) {
    uint64_t items = study_message(c->study)->items;
    int64_t spent = clock_ms() - start;
    char left[80] = "";
    if (c->done && !last)
        (void)snprintf(left, sizeof left, ", %.0f s left",
                       (double)spent / 1000.0 * (double)(items - c->done) / (double)c->done);
    (void)fprintf(stderr, "%s%llu of %llu items (%.1f %%) on %zu threads%s%s",
                  terminal ? "\r\033[K" : "", (unsigned long long)c->done,
                  (unsigned long long)items, 100.0 * (double)c->done / (double)items, c->n, left,
                  terminal && !last ? "" : "\n");
}

static void watch(struct computing *c, bool quiet) {
    bool terminal = isatty(STDERR_FILENO) == 1, said = false;
    int64_t start = clock_ms(), next = start + (terminal ? 2 * LOOK_MS : SAY_MS);
    (void)pthread_mutex_lock(&c->lock);
    while (c->working) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += (long)LOOK_MS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&c->ended, &c->lock, &until);
        if (quiet || !c->working || clock_ms() < next)
            continue;
        say(c, start, terminal, false);
        said = true;
        next = clock_ms() + (terminal ? LOOK_MS : SAY_MS);
    }
    if (said)
        say(c, start, terminal, true);
    (void)pthread_mutex_unlock(&c->lock);
}

static bool open_hand(struct computing *c, size_t i, struct batch_source *source,
                      struct fault *fault) {
    struct hand *hand = &c->hands[i];
    uint64_t items = study_message(c->study)->items;
    hand->of = c;
    hand->next = items / c->n * i + (i < items % c->n ? i : items % c->n);
    hand->end = hand->next + items / c->n + (i < items % c->n);
    hand->library = library_new(batch_source_fetch, source);
    hand->arena = arena_new();
    if (!hand->library || !hand->arena)
        return fault_memory(fault);
    hand->run = study_run_new(c->study, hand->library, fault);
    return hand->run != NULL;
}

static void close_hands(struct computing *c) {
    for (size_t i = 0; i < c->n; i++) {
        struct hand *hand = &c->hands[i];
        study_run_destroy(&hand->run);
        library_destroy(&hand->library);
        arena_destroy(&hand->arena);
        free(hand->pieces);
    }
    free(c->hands);
}

/* Why it failed, and not that others stopped for it. */
static bool gather_faults(struct computing *c, struct fault *fault) {
    for (size_t i = 0; i < c->n; i++) {
        if (c->hands[i].failed && (fault->kind == FAULT_NONE || fault->kind == FAULT_SYSTEM))
            *fault = c->hands[i].fault;
    }
    return !atomic_load(&c->failed);
}

static bool start_hands(struct computing *c, bool quiet, struct fault *fault) {
    size_t started = 0;
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    atomic_store(&interrupted, false);
    (void)sigaction(SIGINT, &action, &before);
    c->working = c->n;
    while (started < c->n &&
           pthread_create(&c->hands[started].thread, NULL, hand_main, &c->hands[started]) == 0)
        started++;
    (void)pthread_mutex_lock(&c->lock);
    c->working -= c->n - started;
    (void)pthread_mutex_unlock(&c->lock);
    if (started < c->n) {
        fault_set(fault, FAULT_SYSTEM, "only %zu of %zu threads can be started: say --threads",
                  started, c->n);
        atomic_store(&c->failed, true);
    }
    watch(c, quiet);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(c->hands[i].thread, NULL);
    (void)sigaction(SIGINT, &before, NULL);
    return started == c->n && gather_faults(c, fault);
}

static StudyResult *finish(struct computing *c, struct arena *arena, struct fault *fault) {
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += c->hands[i].n_pieces;
    StudyPiece **all = arena_alloc(arena, n, sizeof *all);
    if (!all) {
        fault_memory(fault);
        return NULL;
    }
    n = 0;
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < c->hands[i].n_pieces; k++)
            all[n++] = c->hands[i].pieces[k];
    }
    return study_finish(c->study, arena, all, n, fault);
}

static int run(struct computing *c, struct batch_source *source, bool quiet, struct arena *arena,
               uint8_t **result, size_t *length) {
    struct fault fault = {0};
    bool good = true;
    for (size_t i = 0; good && i < c->n; i++)
        good = open_hand(c, i, source, &fault);
    good = good && start_hands(c, quiet, &fault);
    if (atomic_load(&interrupted))
        return command_failed(INTERRUPTED, "stopped; nothing of it is kept");
    const StudyResult *message = good ? finish(c, arena, &fault) : NULL;
    if (!message)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    *length = mindex__v1__study_result__get_packed_size(message);
    *result = arena_alloc(arena, *length, 1);
    if (!*result)
        return command_failed(EXIT_FAILED, "out of memory");
    (void)mindex__v1__study_result__pack(message, *result);
    return EXIT_OK;
}

static size_t threads_for(uint64_t wanted, uint64_t items) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t n = wanted ? wanted : processors > 0 ? (uint64_t)processors : 1;
    n = n < BATCH_THREADS_MAX ? n : BATCH_THREADS_MAX;
    return (size_t)(n < items ? n : items);
}

int batch_local(struct batch_source *source, const Study *study, uint64_t threads, bool quiet,
                struct arena *arena, uint8_t **result, size_t *length) {
    struct fault fault = {0};
    struct library *library = library_new(batch_source_fetch, source);
    size_t size = mindex__v1__study__get_packed_size(study);
    uint8_t *bytes = arena_alloc(arena, size, 1);
    int status = batch_source_bring(source, study);
    struct study *opened = NULL;
    if (bytes)
        (void)mindex__v1__study__pack(study, bytes);
    if (!bytes || !library)
        fault_memory(&fault);
    else if (status == EXIT_OK)
        opened = study_open(library, bytes, size, &fault);
    if (opened) {
        struct computing c = {.study = opened,
                              .n = threads_for(threads, study->items),
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .ended = PTHREAD_COND_INITIALIZER};
        c.hands = calloc(c.n, sizeof *c.hands);
        status = c.hands ? run(&c, source, quiet, arena, result, length)
                         : command_failed(EXIT_FAILED, "out of memory");
        close_hands(&c);
    } else if (status == EXIT_OK) {
        status = command_failed(EXIT_FAILED, "%s", fault.text);
    }
    study_destroy(&opened);
    library_destroy(&library);
    return status;
}
