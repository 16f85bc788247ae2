#include "services/bus/stored.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void *stored_message(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length,
                     const char *what, struct fault *fault) {
    errno = 0; /* protobuf-c has no word of its own for memory that ran out: malloc's is left */
    ProtobufCMessage *message = protobuf_c_message_unpack(type, NULL, length, bytes);
    if (!message && errno == ENOMEM)
        fault_memory(fault);
    else if (!message)
        fault_set(fault, FAULT_INPUT, "%s cannot be read: what is stored is no message of its kind",
                  what);
    return message;
}

void *stored_numbered(const ProtobufCMessageDescriptor *type, const void *bytes, size_t length,
                      const char *what, uint64_t number, struct fault *fault) {
    char name[64];
    (void)snprintf(name, sizeof name, "%.30s %llu", what, (unsigned long long)number);
    return stored_message(type, bytes, length, name, fault);
}

uint8_t *stored_bytes(const ProtobufCMessage *message, size_t *length) {
    *length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(*length + 1);
    if (bytes)
        protobuf_c_message_pack(message, bytes);
    return bytes;
}
