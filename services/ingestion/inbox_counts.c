#include "services/ingestion/inbox_counts.h"

#include "services/ingestion/beside.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { COUNTED_MAX = 10000 }; /* entries, of each of the two: it is counted again and again */

bool inbox_leaves_alone(const char *name) {
    const char *dot = strrchr(name, '.');
    return name[0] == '.' || beside_is(name) ||
           (dot && (strcmp(dot, ".part") == 0 || strcmp(dot, ".tmp") == 0));
}

/* Beside a rejected file, and no file of its own. */
static bool is_reason(const char *name) {
    static const char end[] = ".reason.txt";
    size_t length = strlen(name);
    return length >= sizeof end - 1 && strcmp(name + length - (sizeof end - 1), end) == 0;
}

struct count {
    bool (*leaves_out)(const char *name);
    uint32_t files;
    uint64_t oldest_ms;
    unsigned left;
};

static void count_folder(struct count *count, const char *folder, int depth);

static void count_entry(struct count *count, const char *folder, const char *name, int depth) {
    char path[2 * PATH_TEXT];
    struct stat info;
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path || stat(path, &info) != 0)
        return;
    if (S_ISDIR(info.st_mode) && depth < INBOX_DEPTH)
        count_folder(count, path, depth + 1);
    if (!S_ISREG(info.st_mode) || count->leaves_out(name))
        return;
    uint64_t written_ms =
        (uint64_t)info.st_mtim.tv_sec * 1000 + (uint64_t)(info.st_mtim.tv_nsec / 1000000);
    count->files++;
    if (!count->oldest_ms || written_ms < count->oldest_ms)
        count->oldest_ms = written_ms;
}

static void count_folder(struct count *count, const char *folder, int depth) {
    DIR *open = opendir(folder);
    const struct dirent *entry;
    while (open && count->left && (entry = readdir(open))) {
        count->left--;
        if (entry->d_name[0] != '.')
            count_entry(count, folder, entry->d_name, depth);
    }
    if (open)
        (void)closedir(open);
}

void inbox_count(const struct places *places, struct inbox_counts *counts) {
    struct count waiting = {.leaves_out = inbox_leaves_alone, .left = COUNTED_MAX};
    struct count rejected = {.leaves_out = is_reason, .left = COUNTED_MAX};
    count_folder(&waiting, places->inbox, 1);
    count_folder(&rejected, places->rejected, 1);
    *counts = (struct inbox_counts){waiting.files, rejected.files, waiting.oldest_ms};
}
