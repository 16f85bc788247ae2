/* The event stream: every event of the hub's log to whoever subscribes.
 *
 * `events` (XPUB) is the live stream: for each topic of an event two frames, the topic and the
 * Event; and each second "heartbeat" with an Events that has only `newest` and `through`, by which
 * a subscriber notices that it missed something. A subscriber that is slow or away misses messages
 * there, as with any PUB socket.
 *
 * `replay` (ROUTER) takes a Message with EventsWanted and answers with Events: everything after a
 * number, waiting for more if asked to. It alone is enough to follow the log without a gap. Nothing
 * else can be asked there.
 *
 * With a place to listen at, holders of keys are let in at both beside this machine's users. A key
 * that is revoked is out at once: at `replay` each question is held against the allow-list, and
 * waiting ones are dropped; at `events`, where ZeroMQ gives each message to whoever subscribed, all
 * connections of holders of keys are closed, and those that are still allowed come back. They may
 * have missed events then, as with any PUB socket, and ask `replay` for them. */
#ifndef PUBLISHING_STREAM_H
#define PUBLISHING_STREAM_H

#include "services/bus/config.h"

#include <czmq.h>

struct stream;

/* Binds both endpoints. NULL: the fault says why not. `config` must outlive it. */
struct stream *stream_new(const struct places *places, const struct config *config,
                          struct fault *fault);
void stream_destroy(struct stream **stream);

/* How many topics somebody subscribes to at the live stream; ZeroMQ does not say how many. May be
 * called on any thread. */
size_t stream_topics(const struct stream *stream);

/* How many have asked at `replay` of late. May be called on any thread. */
size_t stream_askers(const struct stream *stream);

struct audience;
/* Adds who asks at `replay`. May be called on any thread. */
void stream_audience(const struct stream *stream, struct audience *audience);

/* Runs the stream as a CZMQ actor; `args` is the struct stream, which stays the caller's. */
void stream_main(zsock_t *pipe, void *args);

#endif
