#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *chunks; /* the newest first: only it is filled further */
};

struct arena *arena_new(void) {
    return calloc(1, sizeof(struct arena));
}

void arena_destroy(struct arena **arena) {
    if (!*arena)
        return;
    for (struct chunk *chunk = (*arena)->chunks; chunk;) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    free(*arena);
    *arena = NULL;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size) {
    const size_t align = alignof(max_align_t);
    if (size && count > (SIZE_MAX - sizeof(struct chunk) - align) / size)
        return NULL;
    size_t bytes = (count * size + align - 1) / align * align;
    struct chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < bytes) {
        size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        chunk = calloc(1, sizeof *chunk + room);
        if (!chunk)
            return NULL;
        chunk->size = room;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    void *out = chunk->bytes + chunk->used;
    chunk->used += bytes;
    return out;
}

char *arena_copy(struct arena *arena, const char *text, size_t length) {
    if (length == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(arena, length + 1, 1);
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

void arena_take(struct arena *to, struct arena **from) {
    struct chunk **end = &to->chunks; /* behind the rest, so that `to` goes on with its newest */
    while (*end)
        end = &(*end)->next;
    *end = (*from)->chunks;
    free(*from);
    *from = NULL;
}
