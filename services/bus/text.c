#include "services/bus/text.h"

#include "core/utf8.h"

#include <string.h>

/* The length of the sequence at `at`, and whether it may stay. */
static size_t look(const unsigned char *at, const unsigned char *end, bool *stays) {
    size_t length = utf8_sequence(at, end);
    *stays = length && !utf8_controls(at, length);
    return length ? length : 1;
}

static void make_plain(char *text) {
    unsigned char *at = (unsigned char *)text, *end = at + strlen(text);
    while (at < end) {
        bool stays;
        size_t length = look(at, end, &stays);
        if (!stays)
            memset(at, *at == '\n' || *at == '\r' || *at == '\t' ? ' ' : '?', length);
        at += length;
    }
}

bool text_is_plain(const char *text, size_t most) {
    size_t length = strnlen(text, most + 1);
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    bool stays = length <= most;
    while (stays && at < end)
        at += look(at, end, &stays);
    return stays;
}

static void visit(const ProtobufCFieldDescriptor *field, void *value) {
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        char *text = *(char **)value;
        if (text && text != field->default_value)
            make_plain(text);
    } else if (*(ProtobufCMessage **)value) {
        text_make_plain(*(ProtobufCMessage **)value);
    }
}

void text_make_plain(ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        char *member = (char *)message + field->offset;
        const char *quantity = (const char *)message + field->quantifier_offset;
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            void **list = *(void ***)member;
            for (size_t k = 0; k < *(const size_t *)quantity; k++)
                visit(field, &list[k]);
        } else if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
                   *(const uint32_t *)quantity == field->id) {
            visit(field, member);
        }
    }
}
