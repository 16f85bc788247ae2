#include "services/bus/text.h"

#include "core/utf8.h"

#include <string.h>

bool text_is_plain(const char *text, size_t most) {
    size_t length = strnlen(text, most + 1);
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    bool stays = length <= most;
    while (stays && at < end)
        at += utf8_plain(at, end, &stays);
    return stays;
}

/* --- walking through a message ---------------------------------------------------------------- */

/* The values of a field that is there: *list, n of them, each a pointer; n 0: none. */
static size_t values(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                     void ***list) {
    char *member = (char *)message + field->offset;
    const void *quantifier = (const char *)message + field->quantifier_offset;
    *list = (void **)(void *)member;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        *list = *(void ***)(void *)member;
        return *(const size_t *)quantifier;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && *(const uint32_t *)quantifier != field->id)
        return 0;
    return **list ? 1 : 0;
}

void text_make_plain(ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool text = field->type == PROTOBUF_C_TYPE_STRING;
        void **list;
        if (!text && field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        size_t n = values(message, field, &list);
        for (size_t k = 0; k < n; k++) {
            if (text)
                utf8_make_plain(list[k]);
            else
                text_make_plain(list[k]);
        }
    }
}

bool messages_all(const ProtobufCMessage *message, bool (*holds)(const ProtobufCMessage *message)) {
    const ProtobufCMessageDescriptor *type = message->descriptor;
    bool all = holds(message);
    for (unsigned i = 0; all && i < type->n_fields; i++) {
        void **list;
        if (type->fields[i].type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        size_t n = values(message, &type->fields[i], &list);
        for (size_t k = 0; all && k < n; k++)
            all = messages_all(list[k], holds);
    }
    return all;
}
