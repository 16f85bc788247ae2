/* Keys: who may speak from elsewhere. Works on the files of a state folder; a service that runs
 * notices by itself. */
#include "services/bus/allowed.h"
#include "services/bus/clock.h"
#include "services/cli/command.h"
#include "services/cli/owner.h"

#include <string.h>
#include <unistd.h>

enum { FILE_TEXT = PATH_TEXT + KEY_NAME_TEXT + 8 };

static void file_in(char out[FILE_TEXT], const struct command_line *line, const char *name,
                    const char *ending) {
    (void)snprintf(out, FILE_TEXT, "%s/%s%s", line->places.keys, name, ending);
}

/* --- the allow-list --------------------------------------------------------------------------- */

/* The list, locked for a change. *lock is to be closed. */
static struct allowed *open_list(const struct command_line *line, int *lock, struct fault *fault) {
    *lock = keys_lock(line->places.keys, fault);
    struct allowed *allowed = *lock >= 0 ? allowed_new(line->places.keys) : NULL;
    if (*lock >= 0 && !allowed)
        fault_memory(fault);
    if (allowed && !allowed_refresh(allowed, NULL, fault))
        allowed_destroy(&allowed);
    return allowed;
}

static void close_list(struct allowed **allowed, int lock) {
    allowed_destroy(allowed);
    if (lock >= 0)
        (void)close(lock);
}

/* A name stands for one key for ever, so that what a log says of it stays true. */
static bool check_free(const struct allowed *allowed, const char *name, const char *public,
                       struct fault *fault) {
    const struct allowed_key *same_name = allowed_by_name(allowed, name);
    const struct allowed_key *same_key = public ? allowed_by_public(allowed, public) : NULL;
    if (strcmp(name, "service") == 0)
        return fault_set(fault, FAULT_INPUT, "'service' is the service's own key");
    if (same_name && same_name != same_key)
        return fault_set(fault, FAULT_INPUT,
                         "there is a key '%s'%s, and a name stands for one key; choose another",
                         name, same_name->revoked_ms ? ", which is revoked" : "");
    if (same_key && same_key != same_name)
        return fault_set(fault, FAULT_INPUT, "this key is %s, as '%s'",
                         same_key->revoked_ms ? "revoked" : "allowed already", same_key->name);
    return true;
}

static bool put(struct allowed *allowed, const char *name, const char *public, unsigned roles,
                struct fault *fault) {
    struct allowed_key key = {.roles = roles, .since_ms = clock_wall_ms()};
    (void)snprintf(key.name, sizeof key.name, "%s", name);
    (void)snprintf(key.public, sizeof key.public, "%s", public);
    return allowed_put(allowed, &key, fault);
}

/* --- new -------------------------------------------------------------------------------------- */

/* At the service: the key's file has all that its holder needs, and it is allowed. */
static bool new_here(const struct command_line *line, const char *name, unsigned roles,
                     struct fault *fault) {
    struct key key = {0}, service = {0};
    char path[FILE_TEXT];
    int lock = -1;
    file_in(path, line, name, ".key");
    bool made =
        key_make(&key, name, fault) && keys_service_public(line->places.keys, &service, fault);
    struct allowed *allowed = made ? open_list(line, &lock, fault) : NULL;
    memcpy(key.service, service.public, KEY_TEXT);
    made = allowed && check_free(allowed, name, NULL, fault) && key_save(&key, path, fault);
    if (made && !put(allowed, name, key.public, roles, fault)) {
        (void)unlink(path);
        made = false;
    }
    close_list(&allowed, lock);
    key_forget(&key);
    if (made)
        printf("%s is the key '%s'. Bring it to its holder over a way that nobody else can read "
               "(scp, a memory stick), and remove it here. The service allows it from now on.\n",
               path, name);
    return made;
}

/* Elsewhere: the secret never leaves the machine; what is allowed at the service is the .pub. */
static bool new_elsewhere(const struct command_line *line, const char *name, struct fault *fault) {
    struct key key = {0}, service = {0};
    char path[FILE_TEXT], public[FILE_TEXT];
    file_in(path, line, name, ".key");
    file_in(public, line, name, ".pub");
    bool made = key_load_public(&service, line->service, fault) && key_make(&key, name, fault);
    int lock = made ? keys_lock(line->places.keys, fault) : -1;
    memcpy(key.service, service.public, KEY_TEXT);
    made = lock >= 0 && key_save(&key, path, fault);
    key.secret[0] = '\0';
    if (made && !key_save(&key, public, fault)) {
        (void)unlink(path);
        made = false;
    }
    if (lock >= 0)
        (void)close(lock);
    key_forget(&key);
    if (made)
        printf("%s is the key, and stays here. Bring %s to the service, and say there\n"
               "  mindex key allow %s %s.pub --role ROLE\n",
               path, public, name, name);
    return made;
}

static int new_key(const struct command_line *line, const char *name) {
    struct fault fault = {0};
    unsigned roles = 0;
    if (!line->role == !line->service)
        return command_failed(EXIT_USAGE,
                              "a new key takes --role ROLE at the service, or --service FILE "
                              "elsewhere; try 'mindex key --help'");
    if (line->role && !roles_read(line->role, &roles, &fault))
        return command_failed(EXIT_USAGE, "--role: %s", fault.text);
    bool made =
        line->role ? new_here(line, name, roles, &fault) : new_elsewhere(line, name, &fault);
    return made ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

/* --- allow, revoke ---------------------------------------------------------------------------- */

static int allow(const struct command_line *line, const char *name) {
    struct fault fault = {0};
    struct key key = {0};
    unsigned roles = 0;
    int lock = -1;
    if (!line->role)
        return command_failed(EXIT_USAGE, "'mindex key allow' takes --role ROLE");
    if (!roles_read(line->role, &roles, &fault))
        return command_failed(EXIT_USAGE, "--role: %s", fault.text);
    const char *given = line->arguments[2];
    if (key_is(given))
        (void)snprintf(key.public, sizeof key.public, "%s", given);
    bool done = key.public[0] || key_load_public(&key, given, &fault);
    struct allowed *allowed = done ? open_list(line, &lock, &fault) : NULL;
    done = allowed && check_free(allowed, name, key.public, &fault) &&
           put(allowed, name, key.public, roles, &fault);
    close_list(&allowed, lock);
    char print[KEY_PRINT_TEXT], text[ROLES_TEXT];
    if (!done)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    printf("'%s' is allowed as %s from now on; its fingerprint is %s\n", name,
           roles_write(roles, text), key_print(key.public, print));
    return EXIT_OK;
}

static int revoke_key(const struct command_line *line, const char *name) {
    struct fault fault = {0};
    int lock = -1;
    struct allowed *allowed = open_list(line, &lock, &fault);
    const struct allowed_key *found = allowed ? allowed_by_name(allowed, name) : NULL;
    bool known = found != NULL, done = found && found->revoked_ms;
    if (found && !done) {
        struct allowed_key key = *found;
        key.revoked_ms = clock_wall_ms();
        done = allowed_put(allowed, &key, &fault);
    } else if (allowed && !found) {
        fault_set(&fault, FAULT_INPUT, "there is no key '%s'; 'mindex key list' lists them", name);
    }
    bool listed = allowed != NULL;
    close_list(&allowed, lock);
    if (!done)
        return command_failed(listed && !known ? EXIT_NOT_FOUND : EXIT_FAILED, "%s", fault.text);
    printf("'%s' is revoked; nobody is heard with it from now on\n", name);
    return EXIT_OK;
}

/* --- list ------------------------------------------------------------------------------------- */

static int list(const struct command_line *line) {
    static const char *const keys[] = {"name",  "roles",   "fingerprint",
                                       "since", "revoked", "public"};
    static const char *const headings[] = {"key", "may", "fingerprint", "since", "revoked", NULL};
    struct fault fault = {0};
    struct allowed *allowed = allowed_new(line->places.keys);
    if (!allowed || !allowed_refresh(allowed, NULL, &fault)) {
        allowed_destroy(&allowed);
        return command_failed(EXIT_FAILED, "%s", *fault.text ? fault.text : "out of memory");
    }
    struct table *table = table_new(6, keys, headings);
    for (size_t i = 0; table && i < allowed_count(allowed); i++) {
        const struct allowed_key *key = allowed_at(allowed, i);
        char roles[ROLES_TEXT], print[KEY_PRINT_TEXT];
        table_text(table, key->name);
        table_text(table, roles_write(key->roles, roles));
        table_text(table, key_print(key->public, print));
        table_instant(table, key->since_ms);
        if (key->revoked_ms)
            table_instant(table, key->revoked_ms);
        else
            table_missing(table);
        table_text(table, key->public);
    }
    allowed_destroy(&allowed);
    return command_print(line, &table);
}

int key_command(const struct command_line *line) {
    const char *what = line->arguments[0];
    bool lists = strcmp(what, "list") == 0, allows = strcmp(what, "allow") == 0;
    size_t expected = lists ? 1 : allows ? 3 : 2;
    if (line->n_arguments != expected)
        return command_failed(EXIT_USAGE, "expected 'mindex key %s%s'; try 'mindex key --help'",
                              what,
                              lists    ? ""
                              : allows ? " NAME FILE.pub --role ROLE"
                                       : " NAME");
    if (lists)
        return list(line);
    const char *name = line->arguments[1];
    struct fault fault = {0};
    if (!key_name_check(name, &fault))
        return command_failed(EXIT_USAGE, "%s", fault.text);
    if (!owner_may_write(&line->places))
        return EXIT_FAILED;
    return allows                     ? allow(line, name)
           : strcmp(what, "new") == 0 ? new_key(line, name)
                                      : revoke_key(line, name);
}
