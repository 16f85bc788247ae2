#include "services/publishing/edition_files.h"

#include "services/views/map.h"
#include "services/views/scatter.h"
#include "services/views/tables.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 2048 };

struct writing {
    const struct view *what;
    char folder[PATH_MAX_BYTES]; /* where the files are before they take their place */
    unsigned count;
    struct fault *fault;
};

static bool system_fault(struct fault *fault, const char *path, const char *doing) {
    return fault_set(fault, FAULT_SYSTEM, "%s cannot be %s: %s", path, doing, strerror(errno));
}

/* Removes a folder of ours with the plain files in it; one that is not there is fine, and so is
 * what another process, which retires the same edition, has removed meanwhile. */
static bool remove_folder(const char *folder, struct fault *fault) {
    /* Not what a link leads to: that is not ours. */
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *files = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (!files) {
        bool absent = errno == ENOENT || system_fault(fault, folder, "opened");
        if (descriptor >= 0)
            (void)close(descriptor);
        return absent;
    }
    const struct dirent *entry;
    bool fine = true;
    while (fine && (entry = readdir(files))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        fine = unlinkat(dirfd(files), entry->d_name, 0) == 0 || errno == ENOENT ||
               system_fault(fault, entry->d_name, "removed");
    }
    (void)closedir(files);
    return fine &&
           (rmdir(folder) == 0 || errno == ENOENT || system_fault(fault, folder, "removed"));
}

static FILE *open_file(struct writing *writing, const char *name) {
    char path[PATH_MAX_BYTES + 300];
    (void)snprintf(path, sizeof path, "%s/%s", writing->folder, name);
    FILE *file = fopen(path, "wxe");
    if (!file)
        system_fault(writing->fault, path, "written");
    return file;
}

static bool close_file(struct writing *writing, FILE *file, const char *name) {
    bool written = !ferror(file) && fflush(file) == 0 && fsync(fileno(file)) == 0;
    written = fclose(file) == 0 && written;
    writing->count += written;
    return written || system_fault(writing->fault, name, "written");
}

static bool write_table(struct writing *writing, const char *name,
                        void (*table)(FILE *out, const struct view *what)) {
    FILE *file = open_file(writing, name);
    if (!file)
        return false;
    table(file, writing->what);
    return close_file(writing, file, name);
}

static bool write_map(struct writing *writing, size_t node, bool real) {
    char name[200];
    (void)snprintf(name, sizeof name, "map-%.150s%s.svg",
                   writing->what->pack->definition->nodes[node].id, real ? "-boundaries" : "");
    FILE *file = open_file(writing, name);
    if (!file)
        return false;
    map_write(file, writing->what, node, real);
    return close_file(writing, file, name);
}

/* The root and the missions. */
static bool write_maps(struct writing *writing) {
    const struct definition *definition = writing->what->pack->definition;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (definition->nodes[k].level > 1 || node_is_metric(&definition->nodes[k]))
            continue;
        if (writing->what->cells && !write_map(writing, k, false))
            return false;
        if (writing->what->boundaries && !write_map(writing, k, true))
            return false;
    }
    return true;
}

static bool write_all(struct writing *writing) {
    if (!write_table(writing, "README.txt", tables_readme) ||
        !write_table(writing, "ranks.csv", tables_ranks) ||
        !write_table(writing, "rank-changes.csv", tables_rank_changes) ||
        !write_table(writing, "metrics.csv", tables_metrics) || !write_maps(writing)) {
        return false;
    }
    return !writing->what->comparison ||
           (write_table(writing, "spend.csv", tables_spend) &&
            write_table(writing, "spend-regions.csv", tables_spend_regions) &&
            write_table(writing, "need-against-spend.svg", scatter_write));
}

static bool sync_folder(const char *folder, struct fault *fault) {
    int open_folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = open_folder >= 0 && fsync(open_folder) == 0;
    if (open_folder >= 0)
        (void)close(open_folder);
    return synced || system_fault(fault, folder, "synced");
}

/* Puts the finished folder where the reader looks, in place of an older one. */
static bool take_place(const char *partial, const char *folder, struct fault *fault) {
    if (rename(partial, folder) == 0)
        return true;
    if (errno != EEXIST && errno != ENOTEMPTY)
        return system_fault(fault, folder, "put in place");
    if (renameat2(AT_FDCWD, partial, AT_FDCWD, folder, RENAME_EXCHANGE) != 0) {
        return system_fault(fault, folder, "replaced");
    }
    return remove_folder(partial, fault);
}

bool edition_files_write(const char *folder, const struct view *what, unsigned *count,
                         struct fault *fault) {
    struct writing writing = {.what = what, .fault = fault};
    int length = snprintf(writing.folder, sizeof writing.folder, "%s.partial", folder);
    if (length < 0 || (size_t)length >= sizeof writing.folder) {
        return fault_set(fault, FAULT_INPUT, "the path %.200s... is too long", folder);
    }
    if (!remove_folder(writing.folder, fault))
        return false;
    if (mkdir(writing.folder, 0755) != 0)
        return system_fault(fault, writing.folder, "made");
    if (!write_all(&writing) || !sync_folder(writing.folder, fault))
        return false;
    *count = writing.count;
    return take_place(writing.folder, folder, fault);
}

/* --- editions that were retired --------------------------------------------------------------- */

/* "000041", and what a writing or a removal of it that was cut short left: the edition; else 0. */
static uint64_t edition_of(const char *name) {
    static const char *const endings[] = {"", ".partial", ".retired"};
    size_t digits = strspn(name, "0123456789");
    for (size_t i = 0; digits >= 6 && i < sizeof endings / sizeof *endings; i++) {
        if (strcmp(name + digits, endings[i]) == 0)
            return strtoull(name, NULL, 10);
    }
    return 0;
}

/* It has another name before its files go, so that nobody reads an edition of which half is there.
 */
static bool retire_folder(const char *editions, const char *name, struct fault *fault) {
    char from[PATH_MAX_BYTES], to[PATH_MAX_BYTES];
    bool renamed = strchr(name, '.') != NULL;
    int n = snprintf(from, sizeof from, "%s/%s", editions, name);
    int m = snprintf(to, sizeof to, "%s/%s%s", editions, name, renamed ? "" : ".retired");
    if (n < 0 || m < 0 || (size_t)n >= sizeof from || (size_t)m >= sizeof to)
        return fault_set(fault, FAULT_INPUT, "the path %.200s... is too long", editions);
    if (!renamed && rename(from, to) != 0 && errno != ENOENT) {
        if (errno != EEXIST && errno != ENOTEMPTY)
            return system_fault(fault, from, "moved");
        if (!remove_folder(to, fault))
            return false;
        return retire_folder(editions, name, fault);
    }
    return remove_folder(to, fault);
}

bool edition_files_retire(const char *editions, uint64_t oldest, struct fault *fault) {
    char latest[PATH_MAX_BYTES], target[64];
    (void)snprintf(latest, sizeof latest, "%s/latest", editions);
    ssize_t length = readlink(latest, target, sizeof target - 1);
    target[length > 0 ? length : 0] = '\0';
    DIR *folders = opendir(editions);
    if (!folders)
        return errno == ENOENT || system_fault(fault, editions, "opened");
    const struct dirent *entry;
    bool fine = true;
    while (fine && (entry = readdir(folders))) {
        uint64_t edition = edition_of(entry->d_name);
        if (edition && edition < oldest && strcmp(entry->d_name, target) != 0)
            fine = retire_folder(editions, entry->d_name, fault);
    }
    (void)closedir(folders);
    return fine;
}

uint64_t edition_files_bytes(const char *editions, uint64_t edition) {
    char folder[PATH_MAX_BYTES];
    struct stat info;
    uint64_t bytes = 0;
    (void)snprintf(folder, sizeof folder, "%s/%06llu", editions, (unsigned long long)edition);
    DIR *files = opendir(folder);
    const struct dirent *entry;
    while (files && (entry = readdir(files))) {
        if (fstatat(dirfd(files), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            bytes += (uint64_t)info.st_size;
    }
    if (files)
        (void)closedir(files);
    return bytes;
}
