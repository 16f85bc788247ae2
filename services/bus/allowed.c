#include "services/bus/allowed.h"

#include "services/bus/endpoint.h"
#include "services/bus/instant.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYS_MAX = 100000, NAME_ROOM = 64 };

struct allowed {
    char folder[PATH_TEXT], path[PATH_TEXT + NAME_ROOM];
    struct allowed_key *keys;
    size_t n, room;
    struct stat seen; /* of the file that was read; st_ino 0: there was none */
};

struct allowed *allowed_new(const char *folder) {
    struct allowed *allowed = calloc(1, sizeof *allowed);
    if (!allowed)
        return NULL;
    (void)snprintf(allowed->folder, sizeof allowed->folder, "%s", folder);
    (void)snprintf(allowed->path, sizeof allowed->path, "%s/allowed", folder);
    return allowed;
}

void allowed_destroy(struct allowed **allowed) {
    if (!*allowed)
        return;
    free((*allowed)->keys);
    free(*allowed);
    *allowed = NULL;
}

size_t allowed_count(const struct allowed *allowed) {
    return allowed->n;
}

const struct allowed_key *allowed_at(const struct allowed *allowed, size_t i) {
    return &allowed->keys[i];
}

const struct allowed_key *allowed_by_name(const struct allowed *allowed, const char *name) {
    for (size_t i = 0; i < allowed->n; i++) {
        if (strcmp(allowed->keys[i].name, name) == 0)
            return &allowed->keys[i];
    }
    return NULL;
}

const struct allowed_key *allowed_by_public(const struct allowed *allowed, const char *public) {
    for (size_t i = 0; i < allowed->n; i++) {
        if (strcmp(allowed->keys[i].public, public) == 0)
            return &allowed->keys[i];
    }
    return NULL;
}

unsigned allowed_roles(const struct allowed *allowed, const char *name) {
    const struct allowed_key *key = allowed_by_name(allowed, name);
    return key && !key->revoked_ms ? key->roles : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool add(struct allowed *allowed, const struct allowed_key *key, struct fault *fault) {
    if (allowed->n == KEYS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d keys", KEYS_MAX);
    if (allowed->n == allowed->room) {
        size_t room = allowed->room ? allowed->room * 2 : 16;
        struct allowed_key *keys = realloc(allowed->keys, room * sizeof *keys);
        if (!keys)
            return fault_memory(fault);
        allowed->keys = keys;
        allowed->room = room;
    }
    allowed->keys[allowed->n++] = *key;
    return true;
}

static bool read_line(struct allowed *allowed, char *line, struct fault *fault) {
    struct allowed_key key = {0};
    char *fields[6] = {0};
    size_t n = 0;
    if (*line == '#' || *line == '\0')
        return true;
    for (char *field; n < 6 && (field = strsep(&line, " "));)
        fields[n++] = field;
    if (n < 4 || n > 5)
        return fault_set(fault, FAULT_INPUT,
                         "expected name, key, roles, time, and the time when "
                         "it was revoked");
    if (!key_name_check(fields[0], fault))
        return false;
    if (!key_is(fields[1]))
        return fault_set(fault, FAULT_INPUT, "the second word is no public key");
    (void)snprintf(key.name, sizeof key.name, "%s", fields[0]);
    (void)snprintf(key.public, sizeof key.public, "%s", fields[1]);
    if (!roles_read(fields[2], &key.roles, fault) ||
        !instant_read(fields[3], &key.since_ms, fault) ||
        (n == 5 && !instant_read(fields[4], &key.revoked_ms, fault)))
        return false;
    if (allowed_by_name(allowed, key.name) || allowed_by_public(allowed, key.public))
        return fault_set(fault, FAULT_INPUT, "the name or the key is there twice");
    return add(allowed, &key, fault);
}

static bool read_lines(struct allowed *allowed, FILE *file, struct fault *fault) {
    char *line = NULL;
    size_t room = 0;
    bool fine = true;
    for (unsigned number = 1; fine && getline(&line, &room, file) > 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        fine = read_line(allowed, line, fault) ||
               fault_within(fault, "%s, line %u", allowed->path, number);
    }
    free(line);
    if (fine && !feof(file)) /* an error, or no memory for a line: half a list is none */
        fine = fault_set(fault, FAULT_SYSTEM, "%s cannot be read", allowed->path);
    return fine;
}

static bool read_file(struct allowed *allowed, struct fault *fault) {
    /* What is no file, such as a pipe, must not make us wait. */
    int descriptor = open(allowed->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    int why = errno;
    memset(&allowed->seen, 0, sizeof allowed->seen);
    if (!file) {
        if (descriptor >= 0)
            (void)close(descriptor);
        return (descriptor < 0 && why == ENOENT) ||
               fault_set(fault, FAULT_SYSTEM, "%s cannot be read: %s", allowed->path,
                         strerror(why));
    }
    bool fine =
        fstat(descriptor, &allowed->seen) == 0 ||
        fault_set(fault, FAULT_SYSTEM, "%s cannot be read: %s", allowed->path, strerror(errno));
    if (fine && !S_ISREG(allowed->seen.st_mode))
        fine = fault_set(fault, FAULT_INPUT, "%s is not a file", allowed->path);
    if (fine && allowed->seen.st_mode & 022)
        fine = fault_set(fault, FAULT_INPUT,
                         "others than its owner may write %s; until 'chmod 600 %s' nobody is "
                         "allowed",
                         allowed->path, allowed->path);
    fine = fine && read_lines(allowed, file, fault);
    (void)fclose(file);
    if (!fine && fault->kind != FAULT_INPUT)
        memset(&allowed->seen, 0, sizeof allowed->seen); /* it is tried again */
    return fine;
}

static bool same_file(const struct stat *a, const struct stat *b) {
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static unsigned roles_lost(const struct allowed_key *before, size_t n, const struct allowed *now) {
    unsigned lost = 0;
    for (size_t i = 0; i < n; i++) {
        if (!before[i].revoked_ms)
            lost |= before[i].roles & ~allowed_roles(now, before[i].name);
    }
    return lost;
}

bool allowed_refresh(struct allowed *allowed, unsigned *lost, struct fault *fault) {
    struct stat info = {0};
    if (stat(allowed->path, &info) != 0)
        memset(&info, 0, sizeof info);
    if (same_file(&info, &allowed->seen))
        return true;
    struct allowed_key *before = allowed->keys;
    size_t n_before = allowed->n;
    allowed->keys = NULL;
    allowed->n = allowed->room = 0;
    bool fine = read_file(allowed, fault);
    if (!fine)
        allowed->n = 0;
    if (lost)
        *lost |= roles_lost(before, n_before, allowed);
    free(before);
    return fine;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool print_key(FILE *file, const struct allowed_key *key) {
    char roles[ROLES_TEXT], since[INSTANT_TEXT], revoked[INSTANT_TEXT];
    return fprintf(file, "%s %s %s %s%s%s\n", key->name, key->public,
                   roles_write(key->roles, roles), instant_write(key->since_ms, since),
                   key->revoked_ms ? " " : "",
                   key->revoked_ms ? instant_write(key->revoked_ms, revoked) : "") > 0;
}

static bool write_file(const struct allowed *allowed, const char *path) {
    (void)unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
    if (!out) {
        if (file >= 0)
            (void)close(file);
        return false;
    }
    bool fine = fputs("# Who may speak; changed by 'mindex key'.\n", out) >= 0;
    for (size_t i = 0; fine && i < allowed->n; i++)
        fine = print_key(out, &allowed->keys[i]);
    fine = fine && fflush(out) == 0 && fsync(file) == 0;
    return fclose(out) == 0 && fine;
}

static bool save(struct allowed *allowed, struct fault *fault) {
    char fresh[PATH_TEXT + 2 * NAME_ROOM];
    (void)snprintf(fresh, sizeof fresh, "%s.new", allowed->path);
    int folder = open(allowed->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool saved = folder >= 0 && write_file(allowed, fresh) && rename(fresh, allowed->path) == 0 &&
                 fsync(folder) == 0;
    if (!saved)
        fault_set(fault, FAULT_SYSTEM, "%s cannot be written: %s", allowed->path, strerror(errno));
    if (folder >= 0)
        (void)close(folder);
    return saved;
}

bool allowed_put(struct allowed *allowed, const struct allowed_key *key, struct fault *fault) {
    for (size_t i = 0; i < allowed->n; i++) {
        if (strcmp(allowed->keys[i].name, key->name) == 0) {
            allowed->keys[i] = *key;
            return save(allowed, fault);
        }
    }
    return add(allowed, key, fault) && save(allowed, fault);
}

/* --- the folder ------------------------------------------------------------------------------- */

int keys_lock(const char *folder, struct fault *fault) {
    char parent[PATH_TEXT], path[PATH_TEXT + NAME_ROOM];
    struct stat info;
    (void)snprintf(parent, sizeof parent, "%s", folder);
    *strrchr(parent, '/') = '\0';
    if (*parent && !make_folder(parent, fault))
        return -1;
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) || stat(folder, &info) != 0) {
        fault_set(fault, FAULT_SYSTEM, "the folder %s cannot be made: %s", folder, strerror(errno));
        return -1;
    }
    if (info.st_mode & 022) {
        fault_set(fault, FAULT_INPUT,
                  "others than its owner may write into %s; say 'chmod 700 %s', and look at what "
                  "'mindex key list' shows",
                  folder, folder);
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/lock", folder);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock >= 0 && flock(lock, LOCK_EX) == 0)
        return lock;
    fault_set(fault, FAULT_SYSTEM, "%s cannot be locked: %s", path, strerror(errno));
    if (lock >= 0)
        (void)close(lock);
    return -1;
}

/* --- the service's own key -------------------------------------------------------------------- */

/* Where who starts the service holds its key: systemd, by LoadCredential=, names the folder. */
static bool key_given(char path[PATH_TEXT + NAME_ROOM]) {
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    int length = snprintf(path, PATH_TEXT + NAME_ROOM, "%s/service.key", folder ? folder : "");
    return folder && length < PATH_TEXT + NAME_ROOM && access(path, F_OK) == 0;
}

/* What holders of keys are given to know the service by. */
static bool save_public(const struct key *key, const char *path, struct fault *fault) {
    struct fault none = {0};
    struct key before, open = *key;
    if (key_load_public(&before, path, &none) && strcmp(before.public, key->public) == 0)
        return true;
    memset(open.secret, 0, sizeof open.secret);
    (void)unlink(path);
    return key_save(&open, path, fault);
}

bool keys_service(const char *folder, struct key *key, struct fault *fault) {
    char path[PATH_TEXT + NAME_ROOM], public[PATH_TEXT + NAME_ROOM];
    int lock = keys_lock(folder, fault);
    if (lock < 0)
        return false;
    bool there = key_given(path);
    if (!there) {
        (void)snprintf(path, sizeof path, "%s/service.key", folder);
        there = access(path, F_OK) == 0;
    }
    (void)snprintf(public, sizeof public, "%s/service.pub", folder);
    bool fine = there ? key_load(key, path, fault)
                      : key_make(key, "service", fault) && key_save(key, path, fault);
    fine = fine && save_public(key, public, fault);
    if (!fine)
        key_forget(key);
    (void)close(lock);
    return fine;
}

bool keys_service_public(const char *folder, struct key *key, struct fault *fault) {
    char path[PATH_TEXT + NAME_ROOM], public[PATH_TEXT + NAME_ROOM];
    (void)snprintf(path, sizeof path, "%s/service.key", folder);
    (void)snprintf(public, sizeof public, "%s/service.pub", folder);
    if (access(path, F_OK) != 0 && access(public, F_OK) == 0)
        return key_load_public(key, public, fault);
    bool fine = keys_service(folder, key, fault);
    sodium_memzero(key->secret, sizeof key->secret);
    return fine;
}
