#include "services/bus/key.h"

#include "services/bus/endpoint.h"
#include "services/bus/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { FILE_MAX = 4096 };

bool key_name_check(const char *name, struct fault *fault) {
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(name);
    if (length > 0 && length < KEY_NAME_TEXT && strspn(name, fine) == length && name[0] != '.' &&
        name[0] != '-')
        return true;
    return fault_set(fault, FAULT_INPUT,
                     "'%.60s' is no name for a key: it takes 1 to %d letters, digits, dots, "
                     "hyphens and underscores, and begins with a letter, digit or underscore",
                     name, KEY_NAME_TEXT - 1);
}

bool key_is(const char *text) {
    uint8_t bytes[32];
    return strlen(text) == KEY_TEXT - 1 && zmq_z85_decode(bytes, text) != NULL;
}

bool key_make(struct key *key, const char *name, struct fault *fault) {
    memset(key, 0, sizeof *key);
    if (!key_name_check(name, fault))
        return false;
    (void)snprintf(key->name, sizeof key->name, "%s", name);
    if (zmq_curve_keypair(key->public, key->secret) == 0)
        return true;
    return fault_set(fault, FAULT_SYSTEM, "no key can be made: %s", zmq_strerror(errno));
}

void key_forget(struct key *key) {
    sodium_memzero(key, sizeof *key);
}

const char *key_print(const char *public, char out[KEY_PRINT_TEXT]) {
    char hash[HASH_TEXT];
    hash_of(public, strlen(public), hash);
    (void)snprintf(out, KEY_PRINT_TEXT, "%.16s", hash);
    return out;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool take_line(struct key *key, char *line, const char *path, struct fault *fault) {
    char *equals = strchr(line, '=');
    line += strspn(line, " \t");
    if (*line == '#' || *line == '\0')
        return true;
    char *value = equals ? equals + 1 + strspn(equals + 1, " \t") : NULL;
    size_t length = value ? strcspn(value, " \t\r") : 0;
    size_t word = strcspn(line, " \t=");
    static const char *const words[] = {"name", "public", "secret", "service"};
    char *const into[] = {key->name, key->public, key->secret, key->service};
    for (size_t i = 0; value && i < 4; i++) {
        size_t room = i ? KEY_TEXT : KEY_NAME_TEXT;
        if (strlen(words[i]) != word || memcmp(words[i], line, word) != 0 || length >= room)
            continue;
        memcpy(into[i], value, length);
        into[i][length] = '\0';
        return i ? key_is(into[i]) ||
                       fault_set(fault, FAULT_INPUT, "%s: '%s' is no key", path, words[i])
                 : key_name_check(key->name, fault) || fault_within(fault, "%s", path);
    }
    return fault_set(fault, FAULT_INPUT,
                     "%s is no key file: each line is name, public, secret or service, an equals "
                     "sign and a value",
                     path);
}

/* Not text that may be shown: it may hold the secret. */
static bool take_lines(struct key *key, char *text, const char *path, struct fault *fault) {
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!take_line(key, line, path, fault))
            return false;
    }
    if (key->name[0] && key->public[0])
        return true;
    return fault_set(fault, FAULT_INPUT,
                     "%s is no key file: it lacks the key's name or public "
                     "key",
                     path);
}

static bool check_access(int file, const char *path, struct fault *fault) {
    struct stat info;
    if (fstat(file, &info) != 0)
        return fault_set(fault, FAULT_SYSTEM, "%s cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return fault_set(fault, FAULT_INPUT, "%s is not a file", path);
    /* One of root's that a group may read is root's way to give a service a secret: Kubernetes
     * mounts its secrets so, and systemd shows its credentials so. */
    mode_t others = info.st_uid == 0 && geteuid() != 0 ? 037 : 077;
    if ((info.st_mode & others) == 0)
        return true;
    return fault_set(fault, FAULT_INPUT,
                     "%s holds a secret, and others than its owner may use it (mode %04o); if "
                     "nobody has, say 'chmod 600 %s', else revoke the key and make another",
                     path, (unsigned)info.st_mode & 07777, path);
}

static bool load(struct key *key, const char *path, bool secret, struct fault *fault) {
    char text[FILE_MAX + 1];
    memset(key, 0, sizeof *key);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fault_set(fault, FAULT_INPUT, "the key file %s cannot be read: %s", path,
                         strerror(errno));
    bool fine = !secret || check_access(file, path, fault);
    ssize_t length = fine ? read(file, text, FILE_MAX) : 0;
    if (length < 0)
        fine = fault_set(fault, FAULT_SYSTEM, "%s cannot be read: %s", path, strerror(errno));
    text[length > 0 ? length : 0] = '\0';
    (void)close(file);
    fine = fine && take_lines(key, text, path, fault);
    if (fine && secret && !key->secret[0])
        fine =
            fault_set(fault, FAULT_INPUT, "%s is no key to speak with: it lacks the secret", path);
    sodium_memzero(text, sizeof text);
    if (!fine)
        key_forget(key);
    return fine;
}

bool key_load(struct key *key, const char *path, struct fault *fault) {
    return load(key, path, true, fault);
}

bool key_load_public(struct key *key, const char *path, struct fault *fault) {
    bool loaded = load(key, path, false, fault);
    sodium_memzero(key->secret, sizeof key->secret);
    return loaded;
}

/* --- writing ---------------------------------------------------------------------------------- */

static size_t compose(const struct key *key, char text[FILE_MAX]) {
    int length = snprintf(text, FILE_MAX, "# %s of mindex\nname = %s\npublic = %s\n",
                          key->secret[0] ? "A secret key" : "A public key", key->name, key->public);
    if (key->secret[0])
        length += snprintf(text + length, FILE_MAX - (size_t)length, "secret = %s\n", key->secret);
    if (key->secret[0] && key->service[0])
        length +=
            snprintf(text + length, FILE_MAX - (size_t)length, "service = %s\n", key->service);
    return (size_t)length;
}

/* The bytes on the disk under a name of our own, which link() then makes the real one. */
static bool write_new(const char *path, mode_t mode, const char *text, size_t length,
                      struct fault *fault) {
    (void)unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool written = file >= 0 && write(file, text, length) == (ssize_t)length && fsync(file) == 0;
    if (!written)
        fault_set(fault, FAULT_SYSTEM, "%s cannot be written: %s", path, strerror(errno));
    if (file >= 0)
        (void)close(file);
    return written;
}

static void sync_folder_of(const char *path) {
    char copy[PATH_TEXT + 128];
    (void)snprintf(copy, sizeof copy, "%s", path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    (void)fsync(folder);
    (void)close(folder);
}

bool key_save(const struct key *key, const char *path, struct fault *fault) {
    char text[FILE_MAX], fresh[PATH_TEXT + 128];
    size_t length = compose(key, text);
    (void)snprintf(fresh, sizeof fresh, "%s.new-%ld", path, (long)getpid());
    bool saved = write_new(fresh, key->secret[0] ? 0600 : 0644, text, length, fault);
    if (saved && link(fresh, path) != 0)
        saved = fault_set(fault, FAULT_INPUT, "%s cannot be made: %s", path, strerror(errno));
    (void)unlink(fresh);
    sodium_memzero(text, sizeof text);
    if (saved)
        sync_folder_of(path);
    return saved;
}
