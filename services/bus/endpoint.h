/* Where the processes of one installation meet. All of it follows from the state folder, unless an
 * endpoint is given. */
#ifndef BUS_ENDPOINT_H
#define BUS_ENDPOINT_H

#include "core/fault.h"

#include <stddef.h>
#include <sys/socket.h>

enum { ENDPOINT_TEXT = 256, PATH_TEXT = 1024, HTTP_NAMES_MAX = 16, HTTP_NAMES_TEXT = 1024 };

struct places {
    char state[PATH_TEXT]; /* absolute */
    char database[PATH_TEXT];
    char inbox[PATH_TEXT], accepted[PATH_TEXT], rejected[PATH_TEXT];
    char editions[PATH_TEXT];
    char hub[ENDPOINT_TEXT];    /* ROUTER of the hub: workers and clients */
    char events[ENDPOINT_TEXT]; /* XPUB of publishing: the live stream */
    char replay[ENDPOINT_TEXT]; /* ROUTER of publishing: events after a number */
    char keys[PATH_TEXT];       /* the service's keys and its allow-list */
    char key[PATH_TEXT];        /* the file of the key to speak with; "": none */
    char listen[ENDPOINT_TEXT]; /* where holders of keys are heard, beside the above; "": nowhere */
    char http[ENDPOINT_TEXT];   /* where publishing is read by HTTP; "": nowhere */
    char http_names[HTTP_NAMES_TEXT]; /* by which it is asked there; "": by its address alone */
};

/* Fills in what follows from `state`. `hub`, `events` and `replay` replace the ipc endpoints of
 * that folder where they are neither NULL nor "". Creates nothing. */
bool places_find(struct places *places, const char *state, const char *hub, const char *events,
                 const char *replay, struct fault *fault);

/* Fills in `key` ("": none), and `listen` and `http` ("": nowhere). */
bool places_reach(struct places *places, const char *key, const char *listen, const char *http,
                  struct fault *fault);

/* Fills in `http_names` from "one.example.org,two.example.org" ("": none). */
bool places_name(struct places *places, const char *names, struct fault *fault);

/* Splits such a list, in place. */
bool endpoint_names(char *list, const char *names[HTTP_NAMES_MAX], size_t *n_names,
                    struct fault *fault);

/* The three doors at which holders of keys are heard: `listen` names the first one's port, and the
 * others have those that follow; or each has one that the kernel chooses, where it is "*". */
enum endpoint_door { DOOR_HUB, DOOR_REPLAY, DOOR_EVENTS };
bool endpoint_door(char out[ENDPOINT_TEXT], const char *listen, enum endpoint_door door,
                   struct fault *fault);

/* The socket address of http://ADDRESS:PORT. The address is in figures, or localhost, or "*" for
 * all of the machine's; a port "*" is 0, and the kernel chooses. */
bool endpoint_http(const char *http, struct sockaddr_storage *address, struct fault *fault);
/* Whether only this machine can reach it. */
bool address_local(const struct sockaddr *address);

/* The socket address of an ipc endpoint with a path, or of tcp://ADDRESS:PORT in figures or with
 * localhost, and its length; 0 for what would have to be looked up. */
socklen_t endpoint_address(const char *endpoint, struct sockaddr_storage *address);

/* Whether only this machine can reach the endpoint: an ipc socket with a path, or tcp on the
 * loopback interface. What is not certain is not. */
bool endpoint_local(const char *endpoint);
bool endpoint_is(const char *endpoint, const char *transport);

/* Creates the folder and its parents. */
bool make_folder(const char *path, struct fault *fault);

#endif
