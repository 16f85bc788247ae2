#include "services/publishing/cache.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct entry {
    struct reply *reply;
    struct stamp made;
    size_t bytes;
    uint64_t hash;
    struct entry *in_bucket;     /* the next one */
    struct entry *newer, *older; /* by when it was asked for last */
    char key[];
};

struct cache {
    size_t replies_max, bytes_max, replies, bytes;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
};

struct cache *cache_new(size_t replies_max, size_t bytes_max) {
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache) {
        cache->replies_max = replies_max;
        cache->bytes_max = bytes_max;
    }
    return cache;
}

/* FNV-1a. Whoever makes keys collide makes his own look-ups slower: there are no more entries than
 * replies_max. */
static uint64_t hash_key(const char *key) {
    uint64_t hash = 14695981039346656037U;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 1099511628211U;
    return hash;
}

static struct entry **find(struct cache *cache, const char *key, uint64_t hash) {
    struct entry **at = &cache->buckets[hash % BUCKETS];
    while (*at && ((*at)->hash != hash || strcmp((*at)->key, key) != 0))
        at = &(*at)->in_bucket;
    return at;
}

static void unlink_age(struct cache *cache, struct entry *entry) {
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct entry *entry) {
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct cache *cache, struct entry **at) {
    struct entry *entry = *at;
    *at = entry->in_bucket;
    unlink_age(cache, entry);
    cache->replies--;
    cache->bytes -= entry->bytes;
    reply_drop(&entry->reply);
    free(entry);
}

static void make_room(struct cache *cache, size_t replies_max, size_t bytes_max) {
    while (cache->oldest && (cache->replies > replies_max || cache->bytes > bytes_max))
        drop(cache, find(cache, cache->oldest->key, cache->oldest->hash));
}

void cache_destroy(struct cache **cache) {
    if (!*cache)
        return;
    make_room(*cache, 0, 0);
    free(*cache);
    *cache = NULL;
}

struct reply *cache_get(struct cache *cache, const char *key, struct stamp now) {
    struct entry **at = find(cache, key, hash_key(key)), *entry = *at;
    if (!entry)
        return NULL;
    if (entry->made.log != now.log ||
        (entry->reply->freshness == FRESH_UNTIL_EVENT && entry->made.event != now.event)) {
        drop(cache, at);
        return NULL;
    }
    unlink_age(cache, entry);
    link_newest(cache, entry);
    return entry->reply;
}

void cache_put(struct cache *cache, const char *key, struct reply *reply, struct stamp made) {
    size_t length = strlen(key);
    size_t bytes = sizeof(struct entry) + length + 1 + reply->bytes;
    uint64_t hash = hash_key(key);
    struct entry **at = find(cache, key, hash);
    if (*at)
        drop(cache, at);
    if (reply->freshness == FRESH_NEVER || made.log == 0 || bytes > cache->bytes_max / 4 ||
        cache->replies_max == 0)
        return;
    make_room(cache, cache->replies_max - 1, cache->bytes_max - bytes);
    struct entry *entry = calloc(1, sizeof *entry + length + 1);
    if (!entry)
        return;
    memcpy(entry->key, key, length + 1);
    entry->reply = reply_keep(reply);
    entry->made = made;
    entry->bytes = bytes;
    entry->hash = hash;
    at = &cache->buckets[hash % BUCKETS];
    entry->in_bucket = *at;
    *at = entry;
    link_newest(cache, entry);
    cache->replies++;
    cache->bytes += bytes;
}

size_t cache_replies(const struct cache *cache) {
    return cache->replies;
}

size_t cache_bytes(const struct cache *cache) {
    return cache->bytes;
}
