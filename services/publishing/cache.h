/* Replies that were made, by what was asked, bounded in number and bytes: what was not asked for
 * the longest goes first. The caller sees to it that one thread at a time uses it. */
#ifndef PUBLISHING_CACHE_H
#define PUBLISHING_CACHE_H

#include "services/publishing/reply.h"

/* Where the log of events stood: which log, as one that was restored from a copy is another, and
 * the number of its newest event. Log 0: not known. */
struct stamp {
    uint64_t log, event;
};

struct cache;

struct cache *cache_new(size_t replies_max, size_t bytes_max); /* NULL: out of memory */
void cache_destroy(struct cache **cache);

/* The reply that was made for the key and still holds; it stays the cache's. */
struct reply *cache_get(struct cache *cache, const char *key, struct stamp now);

/* Keeps it with one reference more, unless it is not to be kept, is larger than a quarter of all
 * that there is room for, or memory runs out. `made`: where the log stood before it was made. */
void cache_put(struct cache *cache, const char *key, struct reply *reply, struct stamp made);

size_t cache_replies(const struct cache *cache);
size_t cache_bytes(const struct cache *cache);

#endif
