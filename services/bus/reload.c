#include "services/bus/reload.h"

#include "services/bus/log.h"
#include "services/bus/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "hub.retry_ms=50 hub.batch_jobs=7"; what has no room is not named. */
struct names {
    char text[300];
    size_t used;
};

static void name(struct names *names, const struct config *config, const struct config_key *key) {
    char value[CONFIG_VALUE];
    config_text(config, key, value);
    int length = snprintf(names->text + names->used, sizeof names->text - names->used, "%s%s=%s",
                          names->used ? " " : "", key->name, value);
    names->used += (size_t)length;
    if (names->used >= sizeof names->text)
        names->used = sizeof names->text - 1;
}

static bool uses(const struct config_key *key, const char *role) {
    char word[32];
    (void)snprintf(word, sizeof word, " %s ", role);
    return strstr(key->roles, word) != NULL;
}

static bool differs(const struct config *one, const struct config *other,
                    const struct config_key *key) {
    char of_one[CONFIG_VALUE], of_other[CONFIG_VALUE];
    config_text(one, key, of_one);
    config_text(other, key, of_other);
    return strcmp(of_one, of_other) != 0;
}

static void take_over(struct config *config, const struct config *again, const char *role) {
    struct names changed = {0}, waits = {0};
    char file[LOG_QUOTED], quoted[LOG_QUOTED];
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        const struct config_key *key = &config_keys[i];
        if (!uses(key, role) || !differs(config, again, key))
            continue;
        name(key->reloads ? &changed : &waits, again, key);
        if (key->reloads)
            config_copy(config, again, i);
    }
    config->read = again->read;
    log_settings((enum log_level)config->log.level, (enum log_format)config->log.format);
    log_info("settings read again", "file=%s changed=%s", log_quote(config->file, file),
             log_quote(changed.text, quoted));
    if (waits.used)
        log_warning("settings wait for a restart", "settings=%s", log_quote(waits.text, quoted));
}

static void log_mistakes(const struct problems *problems) {
    char file[LOG_QUOTED], quoted[LOG_QUOTED];
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT;
    for (size_t i = 0; i < kept; i++) {
        const struct problem *problem = &problems->kept[i];
        log_error("settings not taken", "file=%s line=%llu mistake=%zu of=%zu reason=%s",
                  log_quote(problem->file, file), (unsigned long long)problem->line, i + 1,
                  problems->total, log_quote(problem->reason, quoted));
    }
}

bool reload(struct config *config, const char *role) {
    struct {
        struct config again;
        struct problems problems;
    } *room = calloc(1, sizeof *room);
    notify_reloading();
    bool right = room && config_again(config, &room->again, &room->problems);
    if (right)
        take_over(config, &room->again, role);
    else if (room)
        log_mistakes(&room->problems);
    else
        log_error("settings not taken", "reason=\"out of memory\"");
    free(room);
    notify_ready();
    return right;
}
