#include "services/cli/parcel.h"

#include "core/file.h"
#include "core/release.h"
#include "services/bus/refusal.h"
#include "services/cli/command.h"
#include "services/ingestion/beside.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct parcel {
    File files[PARCEL_FILES_MAX];
    size_t count;
};

struct parcel *parcel_new(void) {
    return calloc(1, sizeof(struct parcel));
}

void parcel_destroy(struct parcel **parcel) {
    if (!*parcel)
        return;
    for (size_t i = 0; i < (*parcel)->count; i++) {
        free((*parcel)->files[i].name);
        free((*parcel)->files[i].content.data);
    }
    free(*parcel);
    *parcel = NULL;
}

size_t parcel_count(const struct parcel *parcel) {
    return parcel->count;
}

void parcel_fill(struct parcel *parcel, File **files, HandIn *hand_in) {
    for (size_t i = 0; i < parcel->count; i++)
        files[i] = &parcel->files[i];
    hand_in->files = files;
    hand_in->n_files = parcel->count;
}

bool parcel_add(struct parcel *parcel, const char *path, const char *name) {
    struct problems problems = {0};
    char *bytes = NULL;
    size_t length = 0;
    if (parcel->count == PARCEL_FILES_MAX) {
        (void)command_failed(0, "more than %d files", PARCEL_FILES_MAX);
        return false;
    }
    if (!file_load(path, RELEASE_BYTES_MAX, &bytes, &length, &problems)) {
        problems_write(stderr, &problems);
        return false;
    }
    File *file = &parcel->files[parcel->count];
    mindex__v1__file__init(file);
    file->name = strdup(name);
    file->content = (ProtobufCBinaryData){length, (uint8_t *)bytes};
    parcel->count++;
    return file->name != NULL;
}

static bool has(const struct parcel *parcel, const char *name) {
    for (size_t i = 0; i < parcel->count; i++) {
        if (strcmp(parcel->files[i].name, name) == 0)
            return true;
    }
    return false;
}

bool parcel_add_release(struct parcel *parcel, const char *path) {
    struct beside_disk disk = {0};
    struct arena *arena = arena_new();
    bool fine = arena && beside_disk_open(&disk, NULL, arena) && beside_disk_all(&disk, path);
    if (!fine)
        (void)command_failed(0, "out of memory");
    fine = fine && parcel_add(parcel, path, path);
    for (size_t i = 0; fine && i < disk.n; i++)
        fine = has(parcel, disk.files[i]->name) ||
               parcel_add(parcel, disk.files[i]->name, disk.files[i]->name);
    arena_destroy(&arena);
    return fine;
}

static bool ends_in(const char *name, const char *end) {
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcasecmp(name + length - tail, end) == 0;
}

static bool is_pack_folder(const char *name, bool releases) {
    return strcmp(name, "datasets") == 0 || (releases && strcmp(name, "data") == 0);
}

static bool is_pack_file(const char *name) {
    static const char *const ends[] = {".csv", ".yaml", ".tsv", ".xlsx",
                                       ".ods", ".zip",  ".gz",  ".json"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (ends_in(name, ends[i]))
            return true;
    }
    return false;
}

/* A pack's files: the definition and the tables at its top, the descriptions in `datasets` and, if
 * they are wanted, the releases in `data`. */
static bool add_folder(struct parcel *parcel, const char *root, const char *below, bool releases) {
    char path[2 * PATH_TEXT];
    (void)snprintf(path, sizeof path, "%s%s%s", root, *below ? "/" : "", below);
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        (void)command_failed(0, "the folder %s cannot be read: %s", path, strerror(errno));
        return false;
    }
    bool fine = true;
    for (int i = 0; i < count; i++) {
        const char *entry = entries[i]->d_name;
        char name[PATH_TEXT];
        (void)snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry);
        (void)snprintf(path, sizeof path, "%s/%s", root, name);
        struct stat info;
        if (fine && entry[0] != '.' && stat(path, &info) == 0) {
            bool folder = S_ISDIR(info.st_mode) && (*below || is_pack_folder(entry, releases));
            bool file = S_ISREG(info.st_mode) && is_pack_file(entry);
            if (folder)
                fine = add_folder(parcel, root, name, releases);
            else if (file)
                fine = parcel_add(parcel, path, name);
        }
        free(entries[i]);
    }
    free(entries);
    return fine;
}

bool parcel_add_pack(struct parcel *parcel, const char *folder) {
    return add_folder(parcel, folder, "", true);
}

bool parcel_add_definition(struct parcel *parcel, const char *folder) {
    return add_folder(parcel, folder, "", false);
}
