/* Memory that runs out on demand, to prove that each allocation may fail: whoever asked for it gets
 * an error that says so, nothing leaks, and nothing crashes.
 *
 * A test program that is linked with failing_memory.o has malloc and its kin replaced as a whole,
 * so that also what libraries (libyaml, jansson, expat, libzip, zlib, the C library) ask for on our
 * behalf fails in turn. An arena asks the system once for many objects: each of those objects
 * counts as an allocation of its own, because arena_alloc and arena_copy are replaced too.
 *
 * Under a sanitizer, which has a malloc of its own, only what our own objects ask for fails, and
 * leaks are found by the sanitizer. */
#ifndef TESTS_MEMORY_FAILING_MEMORY_H
#define TESTS_MEMORY_FAILING_MEMORY_H

#include "core/fault.h"
#include "core/problems.h"

#include <stddef.h>

/* One piece of work from beginning to end: does it with what `given` holds, and frees all that it
 * made. False, with the fault filled in, when it could not be done. It must use no assertion of
 * check (which allocates) except on the way to a failure of the test. */
typedef bool failing_scenario(const void *given, struct fault *fault);

/* Runs the scenario, which must go well, and then for each of the allocations that it makes once
 * with that one failing and once with that and all after it. Fails the running test unless each of
 * those runs returned false with a fault of the kind FAULT_MEMORY, or of FAULT_SYSTEM with the
 * system's own words for it, and freed all that it allocated. */
void each_allocation_fails(failing_scenario *scenario, const void *given);

/* The same without a failure of the test: how many allocations the scenario makes, or 0 and why
 * not all of that holds. */
enum { FAILING_WHY = 1400 };
size_t failing_memory_runs(failing_scenario *scenario, const void *given, char why[FAILING_WHY]);

/* Whether leaks are noticed here; else it is the sanitizer that notices them. */
bool failing_memory_sees_leaks(void);

/* What the library whose file's name begins with `library` ("libczmq") allocates never fails from
 * here on, until the test's end. For libraries that end the process where memory is out. */
void failing_memory_spares(const char *library);

/* Where the allocation that failed was asked for within that library, it is forgiven from here on,
 * until the test's end, that it leaks or that the work goes well. For libraries that lose memory
 * themselves, or lose the news of it: name the one. A crash, or another reason, is not forgiven. */
void failing_memory_forgives(const char *library);

/* From true to false: what is asked for makes something quicker alone, and the work may go well
 * without it. */
void failing_memory_can_be_done_without(bool can);

/* For a scenario whose errors are problems of a file: a fault of the kind FAULT_MEMORY when one
 * that was kept says that memory ran out, else FAULT_INPUT with the first. Returns whether there
 * was none. */
bool failing_memory_problems(const struct problems *problems, struct fault *fault);

#endif
