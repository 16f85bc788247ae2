/* The version of the program, by Semantic Versioning, and of what it speaks. */
#ifndef BUS_VERSION_H
#define BUS_VERSION_H

#define MINDEX_VERSION "0.2.0"

/* What hub and workers say to each other beyond the messages that everybody may send (those have
 * WIRE_VERSION). A worker names the newest that it speaks, and the hub answers with the newest that
 * both do; one that speaks none of the hub's is given nothing, and told so.
 *
 *   1  version 0.1.0, whose Hello names none
 *   2  version 0.2.0: request ids in tasks, subscribers in the heartbeat of publishing */
enum { WORKER_PROTOCOL = 2, WORKER_PROTOCOL_LEAST = 1 };

#endif
