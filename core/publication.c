#include "core/publication.h"

#include "core/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENCODINGS = 2 };

struct publication {
    const char *name;
    const void *bytes;
    size_t length;
    struct book *books[ENCODINGS];
    struct fault faults[ENCODINGS]; /* why there is none */
    struct arena *arena;
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

void publication_destroy(struct publication **publication) {
    if (!*publication)
        return;
    for (size_t i = 0; i < ENCODINGS; i++)
        book_destroy(&(*publication)->books[i]);
    arena_destroy(&(*publication)->arena);
    free(*publication);
    *publication = NULL;
}

const char *publication_name(const struct publication *publication) {
    return publication->name;
}

struct book *publication_book(struct publication *publication, enum book_encoding encoding,
                              struct fault *fault) {
    struct book **book = &publication->books[encoding];
    struct fault *why = &publication->faults[encoding];
    if (!*book && why->kind == FAULT_NONE) {
        *book =
            book_open(publication->name, publication->bytes, publication->length, encoding, why);
    }
    if (!*book)
        *fault = *why;
    return *book;
}

const char *publication_sheet_name(struct publication *publication, enum book_encoding encoding,
                                   size_t sheet) {
    const struct sheet *of = book_sheet(publication->books[encoding], sheet);
    char name[512];
    if (!of->member)
        return of->name ? of->name : "";
    if (!of->name)
        return of->member;
    int length = snprintf(name, sizeof name, "%s: %s", of->member, of->name);
    size_t fits = length < (int)sizeof name ? (size_t)length : sizeof name - 1;
    const char *copy = arena_copy(publication->arena, name, fits);
    return copy ? copy : of->name;
}
