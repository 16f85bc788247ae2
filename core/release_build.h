/* Making a release from observations that come one after the other; for the readers of files. */
#ifndef CORE_RELEASE_BUILD_H
#define CORE_RELEASE_BUILD_H

#include "core/release.h"

struct observation {
    uint32_t code;         /* index in the geography */
    uint32_t period;       /* as release_build_period gave it */
    uint32_t line, column; /* of the value; column 0: not kept */
    uint16_t flags;        /* core/status.h */
    uint8_t status;
    double value, low, high;
};

struct release_build;

/* NULL: out of memory. The geography stays the caller's and must outlive the build. */
struct release_build *release_build_new(const struct geography *geography);
void release_build_destroy(struct release_build **build);

enum build_result { BUILD_DONE, BUILD_NO_PERIOD, BUILD_TOO_MANY, BUILD_NO_MEMORY };

/* The number of a period. BUILD_NO_PERIOD: the text is none that core/period.h reads;
 * BUILD_TOO_MANY: there are RELEASE_PERIODS_MAX already. */
enum build_result release_build_period(struct release_build *build, const char *text, size_t length,
                                       uint32_t *out);

/* BUILD_TOO_MANY: there are RELEASE_OBSERVATIONS_MAX already. */
enum build_result release_build_add(struct release_build *build, const struct observation *one);

size_t release_build_count(const struct release_build *build);

/* What the readers' files are and how they treat repetition. */
struct release_origin {
    const char *name;
    const char *sheet; /* NULL: none */
    bool same_twice;   /* a second row that says the same is passed over, not refused */
    bool details;      /* columns, flags and limits are kept */
};

/* The release, whose memory is its own; the build is empty afterwards. NULL: refused for two rows
 * for the same area and period, or out of memory; `problems` says so. */
struct release *release_build_finish(struct release_build *build,
                                     const struct release_origin *source,
                                     struct problems *problems);

/* A known code that differs from `text` in one letter, to suggest it; NULL: none. */
const char *release_near_code(const struct geography *geography, const char *text);

#endif
