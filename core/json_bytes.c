#include "core/json_bytes.h"

#include <errno.h>

struct reading {
    const char *at, *end;
    bool no_memory;
};

/* Gives one byte at a time, so that errno is seen before jansson, which sets it to 0 for each
 * number, goes on. */
static size_t next(void *into, size_t room, void *context) {
    struct reading *reading = context;
    reading->no_memory |= errno == ENOMEM;
    if (reading->no_memory || reading->at == reading->end || room == 0)
        return 0;
    *(char *)into = *reading->at++;
    return 1;
}

json_t *json_bytes_read(const char *bytes, size_t length, size_t flags, bool *no_memory,
                        json_error_t *error) {
    struct reading reading = {bytes, bytes + length, false};
    errno = 0;
    json_t *root = json_load_callback(next, &reading, flags, error);
    *no_memory = reading.no_memory || errno == ENOMEM;
    if (*no_memory) {
        json_decref(root);
        return NULL;
    }
    return root;
}
