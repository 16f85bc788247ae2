#include "services/ingestion/beside.h"

#include "core/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool beside_is(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && strcasecmp(dot, ".json") == 0;
}

static bool find_in(void *who, const char *name, const char **bytes, size_t *length,
                    struct fault *fault) {
    const HandIn *hand_in = who;
    (void)fault;
    *bytes = NULL;
    for (size_t i = 0; i < hand_in->n_files; i++) {
        const File *file = hand_in->files[i];
        if (strcmp(file->name, name) != 0)
            continue;
        *bytes = file->content.data ? (const char *)file->content.data : "";
        *length = file->content.len;
    }
    return true;
}

struct schema_beside beside_in(const HandIn *hand_in) {
    return (struct schema_beside){find_in, (void *)hand_in};
}

/* --- on disk ---------------------------------------------------------------------------------- */

/* Keeps a file whose bytes were read. */
static bool keep(struct beside_disk *disk, const char *name, const char *bytes, size_t length) {
    File *file = arena_alloc(disk->arena, 1, sizeof *file);
    char *copy = arena_copy(disk->arena, bytes, length);
    char *called = arena_copy(disk->arena, name, strlen(name));
    if (!file || !copy || !called)
        return false;
    mindex__v1__file__init(file);
    file->name = called;
    file->content = (ProtobufCBinaryData){length, (uint8_t *)copy};
    disk->files[disk->n++] = file;
    return true;
}

static bool find_on_disk(void *who, const char *name, const char **bytes, size_t *length,
                         struct fault *fault) {
    struct beside_disk *disk = who;
    struct stat info;
    char path[2 * SCHEMA_PATH], *read = NULL;
    const char *root = disk->root ? disk->root : "";
    *bytes = NULL;
    int used = snprintf(path, sizeof path, "%s%s%s", root, *root ? "/" : "", name);
    if (used < 0 || (size_t)used >= sizeof path || disk->n == BESIDE_MAX ||
        stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return true;
    struct problems *problems = calloc(1, sizeof *problems);
    if (!problems)
        return fault_memory(fault);
    bool loaded = file_load(path, SCHEMA_BYTES_MAX, &read, length, problems);
    bool kept = !loaded || keep(disk, name, read, *length);
    if (loaded && kept)
        *bytes = (const char *)disk->files[disk->n - 1]->content.data;
    free(problems);
    free(read);
    return kept || fault_memory(fault);
}

bool beside_disk_open(struct beside_disk *disk, const char *root, struct arena *arena) {
    *disk = (struct beside_disk){.root = root, .arena = arena};
    disk->files = arena_alloc(arena, BESIDE_MAX, sizeof *disk->files);
    return disk->files != NULL;
}

struct schema_beside beside_on(struct beside_disk *disk) {
    return (struct schema_beside){find_on_disk, disk};
}

bool beside_disk_all(struct beside_disk *disk, const char *table) {
    const struct table_schema *schema;
    struct fault fault = {0};
    (void)table_schema_find(table, beside_on(disk), disk->arena, &schema, &fault);
    return fault.kind != FAULT_MEMORY;
}
