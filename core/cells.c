#include "core/cells.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 32, FIRST_TEXT = 4096 };

/* In place of an offset: the text stands elsewhere. */
#define ELSEWHERE SIZE_MAX

void cells_clear(struct cells *cells) {
    cells->count = cells->used = cells->start = 0;
}

void cells_free(struct cells *cells) {
    free(cells->cells);
    free(cells->offsets);
    free(cells->text);
    *cells = (struct cells){0};
}

static bool text_room(struct cells *cells, size_t more, struct fault *fault) {
    size_t needed = cells->used + more + 1; /* and the terminator */
    if (needed <= cells->text_room)
        return true;
    size_t room = cells->text_room ? 2 * cells->text_room : FIRST_TEXT;
    while (room < needed)
        room *= 2;
    char *text = realloc(cells->text, room);
    if (!text)
        return fault_memory(fault);
    cells->text = text;
    cells->text_room = room;
    return true;
}

bool cells_gather(struct cells *cells, const char *text, size_t length, struct fault *fault) {
    if (length > BOOK_CELL_MAX - (cells->used - cells->start)) {
        return fault_set(fault, FAULT_INPUT, "a cell with more than %d bytes of text",
                         BOOK_CELL_MAX);
    }
    if (length > CELLS_TEXT_MAX - cells->used) {
        return fault_set(fault, FAULT_INPUT, "a row with more than %d bytes of text",
                         CELLS_TEXT_MAX);
    }
    if (!text_room(cells, length, fault))
        return false;
    memcpy(cells->text + cells->used, text, length);
    cells->used += length;
    return true;
}

void cells_forget(struct cells *cells) {
    cells->used = cells->start;
}

const char *cells_gathered(struct cells *cells, struct fault *fault) {
    if (!text_room(cells, 0, fault))
        return NULL;
    cells->text[cells->used] = '\0';
    return cells->text + cells->start;
}

static bool cell_room(struct cells *cells, struct fault *fault) {
    if (cells->count < cells->room)
        return true;
    size_t room = cells->room ? 2 * cells->room : FIRST_ROOM;
    struct cell *grown = realloc(cells->cells, room * sizeof *grown);
    if (grown)
        cells->cells = grown;
    size_t *offsets = realloc(cells->offsets, room * sizeof *offsets);
    if (offsets)
        cells->offsets = offsets;
    if (!grown || !offsets)
        return fault_memory(fault);
    cells->room = room;
    return true;
}

bool cells_add(struct cells *cells, uint32_t column, enum cell_kind kind, struct fault *fault) {
    if (!cell_room(cells, fault) || !text_room(cells, 0, fault))
        return false;
    cells->text[cells->used] = '\0';
    cells->cells[cells->count] = (struct cell){NULL, cells->used - cells->start, column, kind};
    cells->offsets[cells->count++] = cells->start;
    cells->start = ++cells->used;
    return true;
}

bool cells_add_shared(struct cells *cells, uint32_t column, const char *text, size_t length,
                      struct fault *fault) {
    if (!cell_room(cells, fault))
        return false;
    cells->cells[cells->count] = (struct cell){text, length, column, CELL_TEXT};
    cells->offsets[cells->count++] = ELSEWHERE;
    return true;
}

bool cells_add_again(struct cells *cells, uint32_t column, struct fault *fault) {
    if (!cell_room(cells, fault))
        return false;
    cells->cells[cells->count] = cells->cells[cells->count - 1];
    cells->cells[cells->count].column = column;
    cells->offsets[cells->count] = cells->offsets[cells->count - 1];
    cells->count++;
    return true;
}

struct row cells_row(struct cells *cells, uint64_t number) {
    for (size_t i = 0; i < cells->count; i++) {
        if (cells->offsets[i] != ELSEWHERE)
            cells->cells[i].text = cells->text + cells->offsets[i];
    }
    return (struct row){cells->cells, cells->count, number};
}

static size_t digits(const char *text) {
    size_t n = 0;
    while (text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

/* `pattern` has 0 for a digit. */
static bool is_like(const char *text, const char *pattern) {
    for (; *pattern; text++, pattern++) {
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
            return false;
    }
    return true;
}

bool cells_gathered_date(struct cells *cells, struct fault *fault) {
    enum { DATE = 10, MOMENT = 19 }; /* characters of "2024-03-31" and "2024-03-31T12:00:00" */
    const char *text = cells_gathered(cells, fault);
    if (!text || !is_like(text, "0000-00-00"))
        return false;
    long month = strtol(text + 5, NULL, 10), day = strtol(text + 8, NULL, 10);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (text[DATE]) {
        if (!is_like(text + DATE, "T00:00:00"))
            return false;
        const char *rest = text + MOMENT;
        if (*rest == '.' || *rest == ',')
            rest += 1 + digits(rest + 1);
        if (strcmp(rest, "") != 0 && strcmp(rest, "Z") != 0)
            return false;
        bool midnight = strncmp(text + DATE, "T00:00:00", MOMENT - DATE) == 0;
        cells->used = cells->start + (midnight ? DATE : MOMENT);
    }
    return true;
}
