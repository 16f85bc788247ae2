/* The settings of an installation. Each key has its value from the first of these that has one: the
 * command line (its own option, or --set KEY=VALUE), the environment (MINDEX_KEY), the file, its
 * default. Exactly one file is read; each of its lines is
 *
 *   key = value    # and a comment, if you like
 *
 * and what has anything wrong in it is refused whole. */
#ifndef BUS_CONFIG_H
#define BUS_CONFIG_H

#include "core/problems.h"
#include "services/bus/endpoint.h"

enum { CONFIG_KEYS = 29, CONFIG_VALUE = PATH_TEXT };

/* Where a value is from; the later ones go before the earlier ones. */
enum config_source { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG };

struct config {
    struct {
        char state[PATH_TEXT];
        char hub[ENDPOINT_TEXT], events[ENDPOINT_TEXT], replay[ENDPOINT_TEXT]; /* "": in `state` */
        char key[PATH_TEXT];                                                   /* "": none */
        char listen[ENDPOINT_TEXT], http[ENDPOINT_TEXT];                       /* "": nowhere */
        char http_name[HTTP_NAMES_TEXT];                                       /* "": none */
        char boundaries[PATH_TEXT];                                            /* "": the pack's */
    } places;
    uint64_t scoring; /* how many workers `up` starts */
    uint64_t idle;    /* seconds; 0: a scoring worker works on */
    struct {
        uint64_t level, format; /* the choice's place among the key's choices, from 0 */
    } log;
    struct {
        uint64_t lease_seconds, worker_silence_ms;
        uint64_t task_attempts, read_attempts, task_losses, retry_ms;
        uint64_t intake_mib, peer_frames;
        uint64_t waiting_questions, answer_events;
        uint64_t batch_jobs, subscriptions;
    } hub;
    struct {
        uint64_t waiting_questions, subscriber_events;
    } stream;
    struct {
        uint64_t retry_seconds, pause_seconds;
    } inbox;

    enum config_source source[CONFIG_KEYS];
    uint32_t line[CONFIG_KEYS]; /* where the file has it, heard or not; 0: it has not */
    char file[PATH_TEXT + 16];  /* the one that is read; it need not be there, unless `named` */
    bool named;                 /* by --config or MINDEX_CONFIG */
    bool read;                  /* it was there */
};

enum config_kind { CONFIG_COUNT, CONFIG_TEXT, CONFIG_CHOICE };

/* One row a key, in the order of the help. */
struct config_key {
    const char *name;
    enum config_kind kind;
    bool reloads;      /* a running service takes it up on SIGHUP; else when it is started again */
    const char *roles; /* that use it, between blanks */
    const char *unit;  /* of a count; what a text is, such as FILE; all choices, with blanks */
    uint64_t initial, least, most; /* of a count; of a choice, places among the choices */
    const char *text;              /* a text's default */
    const char *help;
    size_t at, room; /* in struct config; a text's with its end */
    bool (*check)(const char *text, struct fault *fault); /* of a text that is not ""; or NULL */
};
extern const struct config_key config_keys[CONFIG_KEYS];

/* CONFIG_KEYS: there is no such key, which config_unknown says; it returns false. */
size_t config_find(const char *name);
bool config_unknown(const char *name, struct fault *fault);

/* The variable of the environment that stands for a key: hub.retry_ms, MINDEX_HUB_RETRY_MS. */
enum { CONFIG_VARIABLE = 64 };
void config_variable(const struct config_key *key, char name[CONFIG_VARIABLE]);

/* The value of a count or a choice; and of any key, as a file would have it. */
uint64_t config_value(const struct config *config, const struct config_key *key);
void config_text(const struct config *config, const struct config_key *key, char out[CONFIG_VALUE]);
/* Its default, likewise. */
void config_default(const struct config_key *key, char out[CONFIG_VALUE]);

/* Takes one key, and where it is from, as `from` has it. */
void config_copy(struct config *to, const struct config *from, size_t key);

/* The defaults; the file is not chosen. */
void config_init(struct config *config);

/* Sets one key, unless a source that goes before has set it. False: the fault says what was found
 * and expected, and nothing is changed. */
bool config_take(struct config *config, size_t key, const char *text, enum config_source source,
                 struct fault *fault);
/* The same for "KEY=VALUE" of the command line. */
bool config_take_pair(struct config *config, const char *pair, struct fault *fault);

/* After the command line has had its say, in config_take and `file` with `named`: chooses the file
 * where that is to be done, and takes the environment and the file. False: `problems` says all that
 * is wrong, and where; what is right is in `config`. */
bool config_load(struct config *config, struct problems *problems);

/* What config_load would give a process that had been started now with the command line and the
 * environment that `before` had. A file that was there must be there. False: likewise. */
bool config_again(const struct config *before, struct config *again, struct problems *problems);

/* A count or choice for a thread that is not the one that reloads. */
static inline uint64_t config_now(const uint64_t *value) {
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/* Takes a file alone. False: likewise. */
bool config_read(const char *path, struct config *config, struct problems *problems);

/* What follows from it. False: the fault says why not. */
bool config_places(const struct config *config, struct places *places, struct fault *fault);

#endif
