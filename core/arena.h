/* Memory that is freed all at once. An object that is built once and then only read (a definition,
 * a geography, a release) keeps everything that it points to in one arena. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena;

/* NULL when memory ran out. */
struct arena *arena_new(void);

/* Frees the arena and all that came from it, and sets *arena to NULL. */
void arena_destroy(struct arena **arena);

/* `count` zeroed objects of `size` bytes, aligned for any type. NULL when memory ran out or
 * count * size overflows. A count of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* A terminated copy of `length` bytes of text. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* Moves all that came from *from into `to`, where it stays as it is, and sets *from to NULL. */
void arena_take(struct arena *to, struct arena **from);

#endif
