/* Messages that lie in the database: read back from their bytes. */
#ifndef BUS_STORED_H
#define BUS_STORED_H

#include "core/fault.h"
#include "services/bus/messages.h"

/* The message of the type, for protobuf_c_message_free_unpacked or its own function. NULL: `what`
 * ("task 7"), as the fault says, cannot be read; or memory ran out, which is no damage. */
void *stored_message(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length,
                     const char *what, struct fault *fault);

/* The same for one of a series: "event" and its number. */
void *stored_numbered(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length,
                      const char *what, uint64_t number, struct fault *fault);

/* A message's bytes, as they come to lie there; freed by the caller. NULL: out of memory. */
uint8_t *stored_bytes(const ProtobufCMessage *message, size_t *length);

#endif
