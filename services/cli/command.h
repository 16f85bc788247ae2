/* What every command of `mindex` gets and gives. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "core/fault.h"
#include "services/bus/config.h"
#include "services/bus/endpoint.h"
#include "services/cli/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses, as 'mindex help' documents them. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,    /* something went wrong that the command cannot help */
    EXIT_USAGE = 2,     /* the command line is wrong */
    EXIT_REFUSED = 3,   /* a release or pack was refused; nothing has changed */
    EXIT_NOT_FOUND = 4, /* no such place, node, edition or dataset */
};

enum { TOPICS_MAX = 32, PAIRS_MAX = 500 };

/* Options and arguments, parsed; what was not given is NULL, 0 or false. */
struct command_line {
    const char *role;               /* --role ROLE[,ROLE] */
    const char *service;            /* --service FILE */
    const char *pack;               /* --pack FOLDER */
    const char *definition;         /* --definition FILE */
    const char *dataset;            /* --dataset ID */
    const char *description;        /* --description FILE */
    const char *label;              /* --label TEXT */
    const char *node;               /* --node ID */
    const char *area;               /* --area CODE-OR-NAME */
    const char *region;             /* --region NAME */
    const char *table;              /* --table NAME */
    const char *with;               /* --with FILE-OR-FOLDER */
    const char *publish_at;         /* --publish-at TIME */
    const char *before;             /* --before DATE */
    const char *reason;             /* --reason TEXT */
    const char *level;              /* --level ID */
    const char *out;                /* --out FILE */
    const char *document;           /* --format html or pdf */
    const char *topics[TOPICS_MAX]; /* --topic PREFIX, may be repeated */
    size_t n_topics;
    /* --type, --area, --mission ...: what a filter has names for (services/bus/filter.h), in the
     * order of the line, each as often as it is there. */
    struct {
        const char *name, *value;
    } pairs[PAIRS_MAX];
    size_t n_pairs;
    const char *url;  /* --url URL */
    uint64_t edition; /* --edition N */
    uint64_t from;    /* --from N */
    uint64_t to;      /* --to N */
    uint64_t after;   /* --after N */
    bool has_after;
    uint64_t count;      /* --count N */
    uint64_t keep;       /* --keep N */
    uint64_t top;        /* --top N */
    uint64_t digits;     /* --digits N */
    uint64_t replicates; /* --replicates N */
    uint64_t steps;      /* --steps N */
    uint64_t threads;    /* --threads N */
    uint64_t seed;       /* --seed N */
    bool has_seed;
    bool has_replicates;
    bool all;             /* --all */
    bool accept_warnings; /* --accept-warnings */
    bool dry_run;         /* --dry-run */
    bool failed;          /* --failed */
    bool no_wait;         /* --no-wait */
    bool local;           /* --local */
    bool detach;          /* --detach */
    bool replace;         /* --replace */
    bool digest;          /* --digest */
    bool man;             /* --man */
    bool supervised;      /* --supervised: internal, set by 'up' */
    enum format format;   /* --csv, --json */
    char **arguments;
    size_t n_arguments;
    struct config config;
    struct problems
        problems;         /* of the settings, for who looks after them; others do not run then */
    struct places places; /* by `config` */
};

struct command {
    const char *name, *arguments, *summary;
    const char *options;  /* the long options that it takes, each between blanks */
    const char *examples; /* lines */
    int (*run)(const struct command_line *line);
    bool needs_argument;
};

/* Prints "mindex: reason" on standard error and returns `status`. */
int command_failed(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
#ifdef __clang_analyzer__ /* as in core/fault.h */
#define command_failed(status, ...) ((void)command_failed(status, __VA_ARGS__), (status))
#endif

/* Prints the table on standard output, destroys it, and returns an exit status. */
int command_print(const struct command_line *line, struct table **table);

/* Takes the environment and the file to what the command line has set. False: what is wrong was
 * printed, and *status says how to end. */
bool command_settle(const struct command *command, struct command_line *line, int *status);

/* The number of a release in an argument. False: a message was printed. */
bool release_number(const char *text, uint64_t *out);

int up_command(const struct command_line *line);
int hub_command(const struct command_line *line);
int ingestion_command(const struct command_line *line);
int scoring_command(const struct command_line *line);
int comparison_command(const struct command_line *line);
int publishing_command(const struct command_line *line);
int load_command(const struct command_line *line);
int ingest_command(const struct command_line *line);
int ranks_command(const struct command_line *line);
int show_command(const struct command_line *line);
int changes_command(const struct command_line *line);
int watch_command(const struct command_line *line);
int spend_command(const struct command_line *line);
int key_command(const struct command_line *line);
int withdraw_command(const struct command_line *line);
int verify_command(const struct command_line *line);
int backup_command(const struct command_line *line);
int restore_command(const struct command_line *line);
int prune_command(const struct command_line *line);
int export_command(const struct command_line *line);
int recompute_command(const struct command_line *line);
int trace_command(const struct command_line *line);
int releases_command(const struct command_line *line);
int editions_command(const struct command_line *line);
int tasks_command(const struct command_line *line);
int config_print_default(void); /* services/cli/config_default.c */
int config_command(const struct command_line *line);
int status_command(const struct command_line *line);
int dataset_command(const struct command_line *line);
int score_command(const struct command_line *line);
int stats_command(const struct command_line *line);
int compare_command(const struct command_line *line);
int profile_command(const struct command_line *line);
int report_command(const struct command_line *line);
int explain_command(const struct command_line *line);
int help_command(const struct command_line *line);
int completion_command(const struct command_line *line);
int doctor_command(const struct command_line *line);
int uncertainty_command(const struct command_line *line);
int subscribe_command(const struct command_line *line);
int batch_command(const struct command_line *line);

#endif
