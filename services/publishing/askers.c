#include "services/publishing/askers.h"

#include "services/bus/clock.h"
#include "services/bus/key.h"

#include <pthread.h>

enum { BUCKETS = 1024, GONE_MS = 60000 };

struct asker {
    zframe_t *client;
    char key[KEY_NAME_TEXT];
    uint64_t after, since_ms;
    unsigned waiting;   /* questions without an answer */
    int64_t last_heard; /* on clock_ms: it asked, or was answered */
    struct asker *next;
};

struct askers {
    pthread_mutex_t lock; /* one thread changes them, another tells of them */
    struct asker *buckets[BUCKETS];
    size_t n, most;
};

/* FNV-1a of the routing id, which the other side may have chosen. */
static size_t bucket_of(zframe_t *client) {
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < zframe_size(client); i++)
        hash = (hash ^ zframe_data(client)[i]) * 16777619U;
    return hash % BUCKETS;
}

static struct asker *find(struct askers *askers, zframe_t *client) {
    struct asker *asker = askers->buckets[bucket_of(client)];
    while (asker && !zframe_eq(asker->client, client))
        asker = asker->next;
    return asker;
}

static struct asker *add(struct askers *askers, zframe_t *client) {
    struct asker *asker = askers->n < askers->most ? calloc(1, sizeof *asker) : NULL;
    if (asker)
        asker->client = zframe_dup(client);
    if (!asker || !asker->client) {
        free(asker);
        return NULL;
    }
    struct asker **bucket = &askers->buckets[bucket_of(client)];
    asker->next = *bucket;
    *bucket = asker;
    askers->n++;
    return asker;
}

void askers_asked(struct askers *askers, zframe_t *client, const char *key, uint64_t after) {
    (void)pthread_mutex_lock(&askers->lock);
    struct asker *asker = find(askers, client);
    if (!asker)
        asker = add(askers, client);
    if (asker) {
        (void)snprintf(asker->key, sizeof asker->key, "%s", key);
        asker->after = after;
        asker->since_ms = clock_wall_ms();
        asker->last_heard = clock_ms();
        asker->waiting++;
    }
    (void)pthread_mutex_unlock(&askers->lock);
}

void askers_answered(struct askers *askers, zframe_t *client) {
    (void)pthread_mutex_lock(&askers->lock);
    struct asker *asker = find(askers, client);
    if (asker && asker->waiting) {
        asker->waiting--;
        asker->last_heard = clock_ms();
    }
    (void)pthread_mutex_unlock(&askers->lock);
}

void askers_forget(struct askers *askers, int64_t now) {
    (void)pthread_mutex_lock(&askers->lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        struct asker **at = &askers->buckets[i];
        while (*at) {
            struct asker *asker = *at;
            if (asker->waiting || now - asker->last_heard < GONE_MS) {
                at = &asker->next;
                continue;
            }
            *at = asker->next;
            zframe_destroy(&asker->client);
            free(asker);
            askers->n--;
        }
    }
    (void)pthread_mutex_unlock(&askers->lock);
}

size_t askers_count(struct askers *askers) {
    (void)pthread_mutex_lock(&askers->lock);
    size_t n = askers->n;
    (void)pthread_mutex_unlock(&askers->lock);
    return n;
}

void askers_audience(struct askers *askers, uint64_t newest, struct audience *audience) {
    (void)pthread_mutex_lock(&askers->lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const struct asker *asker = askers->buckets[i]; asker; asker = asker->next)
            audience_add(audience, "replay", *asker->key ? asker->key : "local",
                         asker->waiting && newest > asker->after ? newest : asker->after,
                         asker->since_ms);
    }
    (void)pthread_mutex_unlock(&askers->lock);
}

struct askers *askers_new(size_t most) {
    struct askers *askers = calloc(1, sizeof *askers);
    if (!askers)
        return NULL;
    askers->most = most;
    (void)pthread_mutex_init(&askers->lock, NULL);
    return askers;
}

void askers_destroy(struct askers **askers) {
    if (!*askers)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct asker *next;
        for (struct asker *asker = (*askers)->buckets[i]; asker; asker = next) {
            next = asker->next;
            zframe_destroy(&asker->client);
            free(asker);
        }
    }
    (void)pthread_mutex_destroy(&(*askers)->lock);
    free(*askers);
    *askers = NULL;
}
