/* What the reading commands need of the hub: an edition with its pack, ready to be shown. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "services/bus/client.h"
#include "services/bus/library.h"
#include "services/cli/command.h"

enum { START_MS = 1000, ANSWER_MS = 10000 };

struct session {
    struct client *client;
    struct library *library;
    /* after session_edition */
    Message *answer; /* holds `info` */
    const EditionInfo *info;
    const struct pack *pack;
    const struct edition *edition;
};

/* Each says what is wrong on standard error and returns an exit status; EXIT_OK is 0. Close a
 * session that was opened. */
int session_open(struct session *session, const struct command_line *line);
/* What is handed in waits for a service that is away for a moment: this only says so. */
void session_note_away(const struct places *places);
/* Whether anybody listens at the endpoint at all; session_open has asked of the hub's. */
int session_reach(const struct places *places, const char *endpoint);
int session_edition(struct session *session, uint64_t number);
/* The same for the one that another's changes are told against: it may be retired. */
int session_edition_before(struct session *session, uint64_t number);
/* Asks, and says what is wrong when there is no answer, or none of the kind `expected`: NULL then,
 * and *status an exit status. */
Message *session_ask(const struct session *session, Message *question,
                     Mindex__V1__Message__BodyCase expected, int *status);
void session_close(struct session *session);

/* The filter that the line's options make, its words held against the newest edition's pack, if
 * there is one. NULL: what is wrong with it was said, and *status an exit status. Free it with
 * filter_destroy. */
Filter *session_filter(struct session *session, const struct command_line *line, int *status);

/* The node called `id` (NULL: the root), or NO_NODE after a message that suggests. */
size_t node_or_suggest(const struct definition *definition, const char *id);

/* The area with this code or name, of any vintage (core/names.h); SIZE_MAX after a message that
 * suggests. */
size_t area_or_suggest(const struct geography *geography, const char *name);

/* Whether a place lies in the region of this name, letter case aside (NULL: any); false after a
 * message that suggests. */
bool region_or_suggest(const struct geography *geography, const char *name);

#endif
