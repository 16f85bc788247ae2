/* What an index is scored from, wherever it comes from: an edition of the service, a pack with
 * release files, or a definition with one table of figures. */
#ifndef CLI_ORIGIN_H
#define CLI_ORIGIN_H

#include "core/plain.h"
#include "services/cli/session.h"

struct origin {
    const struct pack *pack;
    const struct release *const *releases; /* by dataset; NULL: none */
    uint64_t edition;                      /* 0: it is offline */
    /* what holds them */
    struct arena *arena;
    struct session session;
    struct plain *plain;
    struct pack *own_pack;
    ProtobufCBinaryData pack_bytes; /* of the pack as a message, where it is offline */
};

/* Each says what is wrong on standard error and returns an exit status; EXIT_OK is 0. Close the
 * origin whatever they return. */
int origin_open_edition(struct origin *origin, const struct command_line *line, uint64_t number);
int origin_open_pack(struct origin *origin, const struct command_line *line, char **files,
                     size_t n_files);
int origin_open_plain(struct origin *origin, const char *definition, const char *data);
void origin_close(struct origin *origin);

/* By the command line: --definition FILE with one table of figures as argument, --pack FOLDER with
 * any releases as arguments, or else the service's edition (--edition N). */
int origin_open(struct origin *origin, const struct command_line *line);

/* The same for a command that compares two: two tables of figures; the pack without the releases
 * and with them; or the editions --from and --to (or --edition, or the newest). */
int origin_open_two(struct origin *from, struct origin *to, const struct command_line *line);

/* Whether the command line asks for work without a service. */
bool origin_is_offline(const struct command_line *line);

#endif
