#include "core/glance.h"

#include <stdlib.h>
#include <string.h>

static bool copy_row(struct glance *glance, const struct row *row) {
    struct cell *cells = arena_alloc(glance->arena, row->count, sizeof *cells);
    if (!cells)
        return false;
    for (size_t i = 0; i < row->count; i++) {
        size_t length = row->cells[i].length < GLANCE_TEXT ? row->cells[i].length : GLANCE_TEXT;
        cells[i] = row->cells[i];
        cells[i].text = arena_copy(glance->arena, row->cells[i].text, length);
        cells[i].length = length;
        if (!cells[i].text)
            return false;
        glance->bytes += sizeof *cells + length + 1;
    }
    glance->rows[glance->n++] = (struct row){cells, row->count, row->number};
    return true;
}

/* The place goes into the words: whoever tells the fault has no rows any more. */
static void say_place(struct fault *fault, const struct rows *rows) {
    if (rows_number(rows))
        (void)fault_within(fault, "row %llu, column %llu", (unsigned long long)rows_number(rows),
                           (unsigned long long)rows_column(rows));
}

static bool read_rows(struct glance *glance, struct rows *rows) {
    struct row row;
    while (glance->n < GLANCE_ROWS && glance->bytes < GLANCE_BYTES) {
        enum rows_result result = rows_next(rows, &row, &glance->fault);
        glance->bad = result == ROWS_BAD;
        if (glance->bad)
            say_place(&glance->fault, rows);
        if (result != ROWS_ROW)
            return glance->fault.kind != FAULT_MEMORY;
        if (!copy_row(glance, &row))
            return false;
    }
    return true;
}

struct glance *glance_new(struct rows *rows) {
    struct glance *glance = calloc(1, sizeof *glance);
    if (!glance)
        return NULL;
    glance->arena = arena_new();
    if (glance->arena)
        glance->rows = arena_alloc(glance->arena, GLANCE_ROWS, sizeof *glance->rows);
    if (!glance->rows || !read_rows(glance, rows))
        glance_destroy(&glance);
    return glance;
}

void glance_destroy(struct glance **glance) {
    if (!*glance)
        return;
    arena_destroy(&(*glance)->arena);
    free(*glance);
    *glance = NULL;
}

void column_texts_add(struct column_texts *texts, const char *text, struct arena *arena) {
    if (texts->column == 0)
        return;
    for (size_t i = texts->n; i-- > 0;) { /* the same as above it, mostly */
        if (strcmp(texts->list[i], text) == 0)
            return;
    }
    bool room = texts->n < GLANCE_TEXTS;
    char *copy = room ? arena_copy(arena, text, strlen(text)) : NULL;
    texts->no_memory |= room && !copy;
    if (copy)
        texts->list[texts->n++] = copy;
    else
        texts->column = 0;
}

void glance_keep(struct glance *glance, const struct column_texts *texts) {
    glance->texts = (struct column_texts){.column = texts->column, .header_row = texts->header_row};
    for (size_t i = 0; i < texts->n; i++)
        column_texts_add(&glance->texts, texts->list[i], glance->arena);
    glance->texts.rows = texts->rows;
}
