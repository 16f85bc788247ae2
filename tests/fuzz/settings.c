/* The files that an operator writes, or a stranger in his place: the first byte says whether the
 * rest is mindex.conf, a key, the allow-list of keys, or where webhooks may go. */
#include "services/bus/allowed.h"
#include "services/bus/config.h"
#include "services/publishing/hook_guard.h"
#include "tests/fuzz/small.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

static char folder[64];

static void remove_folder(void) {
    (void)rmdir(folder);
}

static void put(const char *name, const uint8_t *bytes, size_t length, char path[80]) {
    (void)snprintf(path, 80, "%s/%s", folder, name);
    (void)unlink(path); /* a new file, which the list tells from the one before */
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    fuzz_check(file >= 0 && write(file, bytes, length) == (ssize_t)length && close(file) == 0);
}

static void try_config(const char *path) {
    static struct problems problems;
    struct config config;
    memset(&problems, 0, sizeof problems);
    if (!config_read(path, &config, &problems)) {
        fuzz_problems(&problems);
        return;
    }
    static struct config again;
    fuzz_check(config_again(&config, &again, &problems));
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        char text[CONFIG_VALUE];
        struct fault fault = {0};
        config_text(&again, key, text);
        fuzz_check(again.source[i] == config.source[i] && again.line[i] == config.line[i]);
        fuzz_check(config_take(&again, i, text, CONFIG_FLAG, &fault));
        fuzz_check(key->kind != CONFIG_TEXT || strlen(text) < key->room);
        fuzz_check(key->kind == CONFIG_TEXT || (config_value(&config, key) >= key->least &&
                                                config_value(&config, key) <= key->most));
    }
}

static void try_key(const char *path) {
    struct key key;
    struct fault fault = {0};
    if (key_load(&key, path, &fault))
        fuzz_check(key_name_check(key.name, &fault) && key_is(key.public) && key_is(key.secret));
    else
        fuzz_check(*fault.text);
    key_forget(&key);
    fault = (struct fault){0};
    if (key_load_public(&key, path, &fault))
        fuzz_check(key_is(key.public));
    else
        fuzz_check(*fault.text);
}

static void try_allowed(void) {
    struct fault fault = {0};
    struct allowed *allowed = allowed_new(folder);
    fuzz_check(allowed != NULL);
    bool read = allowed_refresh(allowed, NULL, &fault);
    fuzz_check(read || (*fault.text && allowed_count(allowed) == 0));
    for (size_t i = 0; i < allowed_count(allowed); i++) {
        const struct allowed_key *key = allowed_at(allowed, i);
        unsigned roles = allowed_roles(allowed, key->name);
        fuzz_check(key_name_check(key->name, &fault) && key_is(key->public));
        fuzz_check(allowed_by_name(allowed, key->name) == key && key->roles);
        fuzz_check(roles == (key->revoked_ms ? 0 : key->roles));
    }
    allowed_destroy(&allowed);
}

static void try_networks(void) {
    struct fault fault = {0};
    struct hook_guard *guard = hook_guard_new(folder, &fault);
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    fuzz_check(guard != NULL);
    bool read = hook_guard_refresh(guard, &fault);
    fuzz_check(read || *fault.text);
    bool allows = hook_guard_allows(guard, (struct sockaddr *)&loopback, true, &fault);
    fuzz_check(allows || *fault.text);
    fuzz_check(read || !allows); /* a mistake allows nothing */
    hook_guard_destroy(&guard);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char path[80];
    if (!*folder) {
        (void)snprintf(folder, sizeof folder, "%s/mindex-fuzz-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        fuzz_check(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
    }
    if (length == 0)
        return 0;
    static const char *const names[] = {"mindex.conf", "a.key", "allowed", "webhooks.allow"};
    int what = bytes[0] % 4;
    put(names[what], bytes + 1, length - 1, path);
    if (what == 0)
        try_config(path);
    else if (what == 1)
        try_key(path);
    else if (what == 2)
        try_allowed();
    else
        try_networks();
    fuzz_check(unlink(path) == 0);
    return 0;
}
