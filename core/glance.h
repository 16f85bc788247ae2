/* What is known of a sheet once it has been looked at, so that many layouts can be tried on it
 * without reading it again: its first rows, and the different texts of a column that somebody read
 * through to the end. */
#ifndef CORE_GLANCE_H
#define CORE_GLANCE_H

#include "core/arena.h"
#include "core/book.h"

enum {
    GLANCE_ROWS = 200,
    GLANCE_TEXT = 800,      /* bytes that are kept of a cell */
    GLANCE_BYTES = 4 << 20, /* of all cells together; the rows end where there would be more */
    GLANCE_TEXTS = 64,      /* different texts of a column; with more of them nothing is known */
    GLANCE_TEXT_ROOM = 400, /* bytes of such a text with its end */
};

/* The texts in a column below a header row, as plain_heading makes them. */
struct column_texts {
    uint32_t column;     /* 0: nothing is known */
    uint64_t header_row; /* the row of the header's last line */
    size_t rows;         /* below it */
    bool no_memory;      /* for a text, and so nothing is known */
    const char *list[GLANCE_TEXTS];
    size_t n;
};

struct glance {
    struct row *rows;
    size_t n;
    size_t bytes;
    bool bad; /* the row behind the last cannot be read: the fault says why */
    struct fault fault;
    struct column_texts texts;
    struct arena *arena;
};

/* Reads the first rows. NULL: out of memory. */
struct glance *glance_new(struct rows *rows);
void glance_destroy(struct glance **glance);

/* Adds a text that a row has in the column of `texts`, which lie in the arena; with too many of
 * them, or no memory, which is noted, the column is set to 0. */
void column_texts_add(struct column_texts *texts, const char *text, struct arena *arena);

/* Keeps what was collected, with texts of its own. */
void glance_keep(struct glance *glance, const struct column_texts *texts);

#endif
