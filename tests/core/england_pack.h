/* The England pack as it is shipped, for tests. */
#ifndef TESTS_ENGLAND_PACK_H
#define TESTS_ENGLAND_PACK_H

#include "core/file.h"
#include "core/pack.h"
#include "core/release.h"
#include "tests/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENGLAND "deploy/england/"

enum { ENGLAND_FILES_MAX = 500, ENGLAND_NAME_ROOM = 400 };

static inline char *england_load(const char *path, size_t *length) {
    struct problems problems = {0};
    char *bytes = NULL;
    bool loaded = file_load(path, RELEASE_BYTES_MAX, &bytes, length, &problems);
    ck_assert_msg(loaded, "%s: %s", path, problems.kept[0].reason);
    return bytes;
}

static struct table_file england_files[ENGLAND_FILES_MAX];
static char england_names[ENGLAND_FILES_MAX][ENGLAND_NAME_ROOM];
static size_t england_n_files;

/* Adds the files of a folder of the pack that end in `end`. */
static inline void england_add_files(const char *folder, const char *end) {
    struct dirent **entries = NULL;
    char path[ENGLAND_NAME_ROOM + sizeof ENGLAND];
    (void)snprintf(path, sizeof path, ENGLAND "%s", folder);
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *dot = strrchr(entries[i]->d_name, '.');
        if (dot && strcmp(dot, end) == 0) {
            ck_assert_uint_lt(england_n_files, ENGLAND_FILES_MAX);
            (void)snprintf(england_names[england_n_files], ENGLAND_NAME_ROOM, "%s%s%s", folder,
                           *folder ? "/" : "", entries[i]->d_name);
            (void)snprintf(path, sizeof path, ENGLAND "%s", england_names[england_n_files]);
            england_files[england_n_files].name = england_names[england_n_files];
            england_files[england_n_files].bytes =
                england_load(path, &england_files[england_n_files].length);
            england_n_files++;
        }
        free(entries[i]);
    }
    free(entries);
}

/* The pack; with `vintage`, that day stands in the one line of the definition that names it. */
static inline struct pack *england_pack(const char *vintage) {
    struct fault fault = {0};
    england_n_files = 0;
    england_add_files("", ".yaml");
    england_add_files("", ".csv");
    england_add_files("datasets", ".yaml");
    if (vintage) {
        ck_assert_str_eq(england_files[0].name, "index.yaml");
        char *line = strstr(england_files[0].bytes, "\n  vintage: 2021-04-01\n");
        ck_assert_ptr_nonnull(line);
        memcpy(line + strlen("\n  vintage: "), vintage, strlen("2021-04-01"));
    }
    struct pack *out = pack_read("index.yaml", england_files, england_n_files, &fault);
    ck_assert_msg(out != NULL, "%s", fault.text);
    for (size_t i = 0; i < england_n_files; i++)
        free((char *)england_files[i].bytes);
    return out;
}

#endif
