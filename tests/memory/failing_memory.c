#include "tests/memory/failing_memory.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES_MAX = 24, LIBRARIES_MAX = 4, KNOWN = 512 };

/* Of the thread that runs the scenario: other threads are left alone. */
static _Thread_local struct {
    bool armed, all_after; /* armed: an allocation may fail */
    bool can_do_without;   /* what is asked for now */
    bool did_without;      /* the first that failed was such a one */
    size_t asked, fails;   /* allocations asked for since armed; the one that fails, 0: none */
    size_t fired;          /* allocations that failed */
    intptr_t live;         /* blocks allocated and not freed */
    int n_frames;
    void *frames[FRAMES_MAX]; /* who asked for the first that failed */
} state;

/* Beginnings of names of libraries. */
struct libraries {
    const char *names[LIBRARIES_MAX];
    size_t count;
    struct {
        void *caller;
        bool is;
    } known[KNOWN]; /* what was found out of callers, for dladdr is slow */
};
static struct libraries spared, forgiven;

static bool find_out(const struct libraries *libraries, void *caller) {
    Dl_info info;
    if (dladdr(caller, &info) == 0)
        return false;
    const char *slash = strrchr(info.dli_fname, '/');
    const char *name = slash ? slash + 1 : info.dli_fname;
    for (size_t i = 0; i < libraries->count; i++) {
        if (strncmp(name, libraries->names[i], strlen(libraries->names[i])) == 0)
            return true;
    }
    return false;
}

static bool is_of(struct libraries *libraries, void *caller) {
    size_t slot = (uintptr_t)caller / 2 % KNOWN;
    if (libraries->count == 0)
        return false;
    if (libraries->known[slot].caller != caller) {
        libraries->known[slot].is = find_out(libraries, caller);
        libraries->known[slot].caller = caller;
    }
    return libraries->known[slot].is;
}

static void add_library(struct libraries *libraries, const char *library) {
    ck_assert_uint_lt(libraries->count, LIBRARIES_MAX);
    libraries->names[libraries->count++] = library;
    memset(libraries->known, 0, sizeof libraries->known);
}

void failing_memory_spares(const char *library) {
    add_library(&spared, library);
}

void failing_memory_forgives(const char *library) {
    add_library(&forgiven, library);
}

void failing_memory_can_be_done_without(bool can) {
    state.can_do_without = can;
}

static bool is_forgiven(void) {
    if (state.did_without)
        return true;
    for (int i = 0; i < state.n_frames; i++) {
        if (is_of(&forgiven, state.frames[i]))
            return true;
    }
    return false;
}

/* Whether the allocation that is asked for now is to fail. */
static bool now_fails(void *caller) {
    if (!state.armed || is_of(&spared, caller))
        return false;
    state.asked++;
    if (state.asked != state.fails && !(state.all_after && state.asked > state.fails))
        return false;
    if (state.fired++ == 0) {
        state.did_without = state.can_do_without;
        state.armed = false;
        state.n_frames = backtrace(state.frames, FRAMES_MAX);
        state.armed = true;
    }
    errno = ENOMEM;
    return true;
}

/* --- what replaces the allocator -------------------------------------------------------------- */

#define CALLER __builtin_return_address(0)

void *__real_arena_alloc(void *arena, size_t count, size_t size);
void *__wrap_arena_alloc(void *arena, size_t count, size_t size);
void *__wrap_arena_alloc(void *arena, size_t count, size_t size) {
    return now_fails(CALLER) ? NULL : __real_arena_alloc(arena, count, size);
}

char *__real_arena_copy(void *arena, const char *text, size_t length);
char *__wrap_arena_copy(void *arena, const char *text, size_t length);
char *__wrap_arena_copy(void *arena, const char *text, size_t length) {
    return now_fails(CALLER) ? NULL : __real_arena_copy(arena, text, length);
}

#ifdef FAILING_MEMORY_WRAPS /* the sanitizer's malloc stays; only our own calls of it are seen */

#define FAILING(result, name, types, values)                                                       \
    result __real_##name types;                                                                    \
    result __wrap_##name types;                                                                    \
    result __wrap_##name types {                                                                   \
        return now_fails(CALLER) ? NULL : __real_##name values;                                    \
    }
FAILING(void *, malloc, (size_t size), (size))
FAILING(void *, calloc, (size_t count, size_t size), (count, size))
FAILING(void *, realloc, (void *block, size_t size), (block, size))
FAILING(void *, reallocarray, (void *block, size_t count, size_t size), (block, count, size))
FAILING(char *, strdup, (const char *text), (text))
FAILING(char *, strndup, (const char *text, size_t size), (text, size))
FAILING(FILE *, open_memstream, (char **text, size_t *size), (text, size))

bool failing_memory_sees_leaks(void) {
    return false;
}

#else

bool failing_memory_sees_leaks(void) {
    return true;
}

/* The C library's own, under the names that stay when malloc is replaced. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *block);

static void *counted(void *block) {
    state.live += block != NULL;
    return block;
}

void *malloc(size_t size) {
    return now_fails(CALLER) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return now_fails(CALLER) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    if (now_fails(CALLER))
        return NULL;
    void *out = __libc_realloc(block, size);
    state.live += (intptr_t)(out != NULL) - (intptr_t)(block && (out || size == 0));
    return out;
}

void free(void *block) {
    state.live -= block != NULL;
    __libc_free(block);
}

void *memalign(size_t align, size_t size) {
    return now_fails(CALLER) ? NULL : counted(__libc_memalign(align, size));
}

void *aligned_alloc(size_t align, size_t size) {
    return now_fails(CALLER) ? NULL : counted(__libc_memalign(align, size));
}

int posix_memalign(void **out, size_t align, size_t size) {
    void *block = now_fails(CALLER) ? NULL : counted(__libc_memalign(align, size));
    if (block)
        *out = block;
    return block ? 0 : ENOMEM;
}

#endif

/* --- the runs --------------------------------------------------------------------------------- */

static bool run(failing_scenario *scenario, const void *given, size_t fails, bool all_after,
                struct fault *fault) {
    *fault = (struct fault){0};
    state.fails = fails;
    state.all_after = all_after;
    state.asked = state.fired = 0;
    state.did_without = false;
    state.armed = true;
    bool good = scenario(given, fault);
    state.armed = false;
    return good;
}

/* Where the allocation that failed was asked for, as addresses for addr2line. */
static void show_frames(void) {
    (void)fprintf(stderr, "asked for by:\n");
    (void)fflush(stderr);
    backtrace_symbols_fd(state.frames, state.n_frames, STDERR_FILENO);
}

/* What is wrong with the run that was; NULL: nothing. */
static const char *wrong(bool good, intptr_t before, const struct fault *fault) {
    bool told = state.live == before && (!good || state.fired == 0);
    if (!told && !is_forgiven())
        return state.live != before ? "not all was freed" : "it went well all the same";
    if (good)
        return NULL;
    if (state.fired == 0)
        return "it failed with memory enough";
    bool ours = fault->kind == FAULT_MEMORY && strstr(fault->text, "memory");
    bool systems = fault->kind == FAULT_SYSTEM && strstr(fault->text, strerror(ENOMEM));
    return ours || systems ? NULL : "that is not the reason";
}

size_t failing_memory_runs(failing_scenario *scenario, const void *given, char why[FAILING_WHY]) {
    struct fault fault;
    void *first[1];
    (void)backtrace(first, 1); /* its own first call allocates, and so do libraries' */
    (void)run(scenario, given, 0, false, &fault);
    size_t count = 0;
    for (size_t n = 0; n <= count; n++) {
        for (int all_after = 0; all_after < 2; all_after++) {
            intptr_t before = state.live;
            bool good = run(scenario, given, n, all_after && n > 0, &fault);
            count = n == 0 ? state.asked : count;
            const char *what = wrong(good, before, &fault);
            if (!what && n > 0 && state.fired == 0)
                what = "it does not always ask for as much";
            if (what) {
                (void)snprintf(why, FAILING_WHY, "allocation %zu of %zu %s: %s; the fault: \"%s\"",
                               n, count, all_after ? "and all after it" : "alone", what,
                               fault.text);
                return 0;
            }
        }
    }
    return count;
}

void each_allocation_fails(failing_scenario *scenario, const void *given) {
    char why[FAILING_WHY] = "it asks for no memory";
    bool holds = failing_memory_runs(scenario, given, why) > 0;
    if (!holds)
        show_frames();
    ck_assert_msg(holds, "%s", why);
}

bool failing_memory_problems(const struct problems *problems, struct fault *fault) {
    if (problems->total == 0)
        return true;
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT;
    for (size_t i = 0; i < kept; i++) {
        if (strstr(problems->kept[i].reason, "out of memory"))
            return fault_set(fault, FAULT_MEMORY, "%s", problems->kept[i].reason);
    }
    return fault_set(fault, FAULT_INPUT, "%s", problems->kept[0].reason);
}
