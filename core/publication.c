#include "core/publication.h"

#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENCODINGS = 2, GLANCES_BYTES = 32 << 20 };

/* A sheet that was looked at. */
struct looked {
    enum book_encoding encoding;
    size_t sheet;
    char separator;
    struct glance *glance;
};

struct publication {
    const char *name;
    const void *bytes;
    size_t length;
    struct book *books[ENCODINGS];
    const char *const *names[ENCODINGS]; /* of each book's sheets */
    struct fault faults[ENCODINGS];      /* why there is none */
    struct arena *arena;
    struct looked *looked;
    size_t n_looked, looked_room;
    size_t glance_bytes;
};

struct publication *publication_new(const char *name, const void *bytes, size_t length) {
    struct publication *publication = calloc(1, sizeof *publication);
    if (!publication)
        return NULL;
    publication->name = name;
    publication->bytes = bytes;
    publication->length = length;
    publication->arena = arena_new();
    if (!publication->arena)
        publication_destroy(&publication);
    return publication;
}

static void forget(struct publication *publication) {
    for (size_t i = 0; i < publication->n_looked; i++)
        glance_destroy(&publication->looked[i].glance);
    publication->n_looked = 0;
    publication->glance_bytes = 0;
}

void publication_destroy(struct publication **publication) {
    if (!*publication)
        return;
    forget(*publication);
    free((*publication)->looked);
    for (size_t i = 0; i < ENCODINGS; i++)
        book_destroy(&(*publication)->books[i]);
    arena_destroy(&(*publication)->arena);
    free(*publication);
    *publication = NULL;
}

const char *publication_name(const struct publication *publication) {
    return publication->name;
}

/* NULL: out of memory. */
static const char *sheet_name(struct publication *publication, const struct sheet *sheet) {
    char name[512];
    if (!sheet->member || !sheet->name)
        return sheet->member ? sheet->member : sheet->name ? sheet->name : "";
    int length = snprintf(name, sizeof name, "%s: %s", sheet->member, sheet->name);
    size_t fits = length < (int)sizeof name ? (size_t)length : sizeof name - 1;
    return arena_copy(publication->arena, name, fits);
}

static bool name_sheets(struct publication *publication, const struct book *book,
                        const char *const **out, struct fault *fault) {
    size_t n = book_sheets(book);
    const char **names = arena_alloc(publication->arena, n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) {
        names[i] = sheet_name(publication, book_sheet(book, i));
        if (!names[i])
            return fault_memory(fault);
    }
    *out = names;
    return names || fault_memory(fault);
}

struct book *publication_book(struct publication *publication, enum book_encoding encoding,
                              struct fault *fault) {
    struct book **book = &publication->books[encoding];
    struct fault *why = &publication->faults[encoding];
    if (!*book && why->kind == FAULT_NONE) {
        *book =
            book_open(publication->name, publication->bytes, publication->length, encoding, why);
        if (*book && !name_sheets(publication, *book, &publication->names[encoding], why))
            book_destroy(book);
    }
    if (!*book)
        *fault = *why;
    return *book;
}

static bool make_room(struct publication *publication) {
    if (publication->n_looked < publication->looked_room)
        return true;
    size_t room = publication->looked_room ? 2 * publication->looked_room : 16;
    struct looked *looked = realloc(publication->looked, room * sizeof *looked);
    if (!looked)
        return false;
    publication->looked = looked;
    publication->looked_room = room;
    return true;
}

static struct glance *look(struct publication *publication, const struct looked *at,
                           struct fault *fault) {
    struct book *book = publication_book(publication, at->encoding, fault);
    struct rows *rows = book ? rows_open(book, at->sheet, at->separator, fault) : NULL;
    if (!rows)
        return NULL;
    struct glance *glance = glance_new(rows);
    rows_destroy(&rows);
    if (!glance)
        (void)fault_memory(fault);
    return glance;
}

struct glance *publication_glance(struct publication *publication, enum book_encoding encoding,
                                  size_t sheet, char separator, struct fault *fault) {
    for (size_t i = 0; i < publication->n_looked; i++) {
        const struct looked *at = &publication->looked[i];
        if (at->sheet == sheet && at->encoding == encoding && at->separator == separator)
            return at->glance;
    }
    struct looked at = {.encoding = encoding, .sheet = sheet, .separator = separator};
    at.glance = look(publication, &at, fault);
    if (!at.glance)
        return NULL;
    /* Of a workbook that would take too much memory only the newest are kept. */
    if (publication->glance_bytes + at.glance->bytes > GLANCES_BYTES)
        forget(publication);
    if (!make_room(publication)) {
        glance_destroy(&at.glance);
        (void)fault_memory(fault);
        return NULL;
    }
    publication->looked[publication->n_looked++] = at;
    publication->glance_bytes += at.glance->bytes;
    return at.glance;
}

const char *publication_sheet_name(struct publication *publication, enum book_encoding encoding,
                                   size_t sheet) {
    return publication->names[encoding][sheet];
}
