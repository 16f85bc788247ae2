#include "services/cli/owner.h"

#include "services/cli/command.h"

#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

/* `name` is for sudo: a user's name, or its number. */
static void name_of(uid_t user, char name[64]) {
    const struct passwd *known = getpwuid(user);
    if (known)
        (void)snprintf(name, 64, "%s", known->pw_name);
    else
        (void)snprintf(name, 64, "'#%lu'", (unsigned long)user);
}

static void say(const struct places *places, uid_t user, const char *why) {
    char name[64];
    name_of(user, name);
    (void)command_failed(0, "%s belongs to user %s%s: say 'sudo -u %s mindex ...'", places->state,
                         name, why, name);
}

bool owner_may_write(const struct places *places) {
    struct stat info;
    if (geteuid() != 0 || stat(places->state, &info) != 0 || info.st_uid == 0)
        return true;
    say(places, info.st_uid, ", who could not read what root makes there");
    return false;
}

bool owner_may_enter(const struct places *places) {
    struct stat info;
    if (!endpoint_is(places->hub, "ipc") || access(places->state, X_OK) == 0 || errno != EACCES ||
        stat(places->state, &info) != 0)
        return true;
    say(places, info.st_uid, ", and is closed to you");
    return false;
}
