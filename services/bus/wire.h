/* Messages on sockets: one Message in one frame, checked on the way in. */
#ifndef BUS_WIRE_H
#define BUS_WIRE_H

#include "core/fault.h"
#include "services/bus/fields.h"
#include "services/bus/key.h"
#include "services/bus/messages.h"

#include <czmq.h>

enum {
    WIRE_VERSION = 1,
    /* The largest hand-in (core/release.h: 128 MiB) and what stands around it. */
    WIRE_FRAME_MAX = 144 << 20,
    QUESTION_BYTES_MAX = 1 << 20, /* some 20,000 topics */
    WIRE_HANDSHAKE_MS = 5000,     /* after which a connection that says nothing is closed */
};

/* How much a socket holds of each peer's messages: of those that came and are not yet taken off it,
 * of those that the peer has not yet taken; and the largest frame that it takes. ZeroMQ holds 1000
 * unless told, which is 144 GiB of such frames. 0: as ZeroMQ has it, and WIRE_FRAME_MAX. */
struct wire_limits {
    int in, out;
    int frame_bytes;
};

/* A socket with what every socket of ours needs: nothing lingers at close, no frame above
 * its limit is taken, dead connections are noticed and made again with back-off. `type` is
 * ZMQ_ROUTER and so on; `limits` NULL: none of its own. */
zsock_t *wire_open(int type, const struct wire_limits *limits, struct fault *fault);

/* Binds for everybody whom the system lets in, without keys: only where endpoint_local, and an ipc
 * socket for this user alone. To be heard elsewhere is services/bus/guard.h's. */
bool wire_bind(zsock_t *socket, const char *endpoint, struct fault *fault);

/* Connects with the key (NULL: without; it is not used at an ipc socket, where there are none).
 * Refused: an endpoint that is not endpoint_local without a key, where nobody would answer. */
bool wire_connect(zsock_t *socket, const char *endpoint, const struct key *key,
                  struct fault *fault);
/* The same with the key in the file at `path` ("" or NULL: none). */
bool wire_connect_with(zsock_t *socket, const char *endpoint, const char *path,
                       struct fault *fault);

/* A socket to poll beside one that connects: it has a message when something became of a
 * connection, and wire_admitted takes it. Make it before connecting. NULL: none can be made. */
zsock_t *wire_watch(zsock_t *socket);
/* Ends the watching of `socket`, while that is there. Both may be NULL. */
void wire_unwatch(zsock_t *socket, zsock_t **watch);
/* False: the service has turned us away, and the fault says why. ZeroMQ does not try again. */
bool wire_admitted(zsock_t *watch, const char *endpoint, struct fault *fault);

/* A socket without keys. Exactly one of bind and connect is not NULL. */
zsock_t *wire_socket(int type, const char *bind, const char *connect, struct fault *fault);

/* The message as a frame. NULL: out of memory. */
zframe_t *wire_frame(const Message *message);

/* Sends to the peer (of a ROUTER) with the routing id `to`, or on a DEALER with `to` NULL.
 * Never blocks: whoever is told to stop must be able to. False: the peer has gone; or errno is
 * EAGAIN: it has not taken what it was sent before, and more cannot be kept for it; or the frame is
 * larger than the socket at the other end takes, which would cut the connection. */
bool wire_send(zsock_t *socket, zframe_t *to, const Message *message);
bool wire_send_frame(zsock_t *socket, zframe_t *to, zframe_t **frame);

/* Takes one message off the socket as frames, which the caller frees. On a ROUTER *from gets the
 * routing id; on a DEALER `from` is NULL. *body is NULL when it has another number of frames than
 * one. False: nothing could be taken. */
bool wire_take(zsock_t *socket, zframe_t **from, zframe_t **body);

/* Takes one message off the socket and reads it. On a ROUTER *from gets the routing id (the caller
 * frees it); on a DEALER `from` is NULL. NULL when what came is no message of this contract: wrong
 * number of frames, no protobuf, another version; *from is set all the same so that the peer can be
 * told. Free the result with wire_free. */
Message *wire_receive(zsock_t *socket, zframe_t **from);
/* A message from its frame, its texts plain (services/bus/text.h). NULL as above. */
Message *wire_read(zframe_t *frame);
void wire_free(Message **message);

/* Why wire_read had NULL for the frame (NULL: there was none), in words to who sent it: it is a
 * message of another version, or none at all. Returns `reason`. */
enum { WIRE_REASON = 256 };
const char *wire_why_not(zframe_t *frame, char reason[WIRE_REASON]);
/* Whether what came from `endpoint`, and could not be read, is of another version: the fault says
 * so to who asked. */
bool wire_is_other(zframe_t *frame, const char *endpoint, struct fault *fault);

/* A message of this version with nothing in it. */
Message wire_message(uint64_t request);

/* What a message says of itself, for who passes it on as it came and reads it not. */
struct wire_heading {
    uint64_t version;  /* of the contract; 0: it names none */
    uint64_t request;  /* 0: none */
    struct field body; /* number: its body_case, 0: none; it lies in the frame */
};
/* False: it is no message of this version. */
bool wire_glance(zframe_t *frame, struct wire_heading *heading);
/* The same message with another request number. NULL: it is none, or memory ran out. */
zframe_t *wire_readdressed(zframe_t *frame, uint64_t request);

#endif
