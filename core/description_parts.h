/* The parts of reading a description, for the core/description*.c files only. */
#ifndef CORE_DESCRIPTION_PARTS_H
#define CORE_DESCRIPTION_PARTS_H

#include "core/description.h"
#include "core/document.h"

struct describing {
    const struct document *document;
    struct arena *arena;
};

/* One layout; `number`, from 1, is its name where it has none. */
bool description_read_layout(const struct describing *in, int at, size_t number, struct layout *out,
                             struct fault *fault);

/* Two numbers, the first not above the second. */
bool description_read_span(const struct describing *in, int at, const char *what, double out[2],
                           struct fault *fault);

#endif
