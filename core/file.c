#include "core/file.h"

#include "core/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct loading {
    const char *path;
    FILE *file;
    size_t max;
    char *bytes;
    size_t used, room;
    uint64_t line;
    size_t line_start; /* offset of the line at hand */
    struct problems *problems;
};

static bool open_file(struct loading *loading) {
    struct stat info;
    loading->file = fopen(loading->path, "rbe");
    if (!loading->file || fstat(fileno(loading->file), &info) != 0) {
        return problems_add(loading->problems, loading->path, 0, 0, "cannot be read: %s",
                            strerror(errno));
    }
    return S_ISREG(info.st_mode) ||
           problems_add(loading->problems, loading->path, 0, 0,
                        "is not a regular file; expected a CSV file, a workbook or an archive");
}

static bool make_room(struct loading *loading) {
    if (loading->used < loading->room)
        return true;
    size_t room = loading->room ? loading->room * 2 : 1 << 16;
    char *bytes = realloc(loading->bytes, room);
    if (!bytes) {
        return problems_add(loading->problems, loading->path, 0, 0, "out of memory after %zu bytes",
                            loading->used);
    }
    loading->bytes = bytes;
    loading->room = room;
    return true;
}

/* A zip archive, which workbooks are too, or gzip: has no lines. */
static bool is_packed(const struct loading *loading) {
    return loading->used >= 2 &&
           (memcmp(loading->bytes, "PK", 2) == 0 || memcmp(loading->bytes, "\x1F\x8B", 2) == 0);
}

/* Follows the lines through what was read last, from offset `from` on. */
static bool check_lines(struct loading *loading, size_t from) {
    if (is_packed(loading))
        return true;
    while (from < loading->used) {
        const char *end = memchr(loading->bytes + from, '\n', loading->used - from);
        size_t stop = end ? (size_t)(end - loading->bytes) : loading->used;
        if (stop - loading->line_start > CSV_LINE_MAX) {
            return problems_add(loading->problems, loading->path, loading->line, CSV_LINE_MAX + 1,
                                "a line longer than %d bytes; is this a CSV file?", CSV_LINE_MAX);
        }
        if (!end)
            return true;
        from = loading->line_start = stop + 1;
        loading->line++;
    }
    return true;
}

static bool read_all(struct loading *loading) {
    for (;;) {
        if (!make_room(loading))
            return false;
        size_t from = loading->used;
        size_t got = fread(loading->bytes + from, 1, loading->room - from, loading->file);
        loading->used += got;
        if (!check_lines(loading, from))
            return false;
        if (loading->used > loading->max) {
            return problems_add(loading->problems, loading->path, 0, 0,
                                "longer than %zu bytes, the most that a release may have",
                                loading->max);
        }
        if (got == 0)
            break;
    }
    return !ferror(loading->file) || problems_add(loading->problems, loading->path, 0, 0,
                                                  "cannot be read: %s", strerror(errno));
}

bool file_load(const char *path, size_t max_bytes, char **bytes, size_t *length,
               struct problems *problems) {
    struct loading loading = {.path = path, .max = max_bytes, .line = 1, .problems = problems};
    bool loaded = open_file(&loading) && read_all(&loading);
    if (loading.file)
        (void)fclose(loading.file);
    if (loaded) {
        *bytes = loading.bytes;
        *length = loading.used;
    } else {
        free(loading.bytes);
    }
    return loaded;
}
