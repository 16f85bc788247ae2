#include "services/bus/json_write.h"

#include "core/csv.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void json_write_text(FILE *out, const char *text) {
    if (!text) {
        (void)fputs("null", out);
        return;
    }
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    (void)putc('"', out);
    while (at < end) {
        size_t length = utf8_sequence(at, end);
        if (length == 0)
            (void)fputs("\\ufffd", out);
        else if (*at < 0x20 || *at == 0x7f)
            (void)fprintf(out, "\\u%04x", *at);
        else if (*at == '"' || *at == '\\')
            (void)fprintf(out, "\\%c", *at);
        else
            (void)fwrite(at, 1, length, out);
        at += length ? length : 1;
    }
    (void)putc('"', out);
}

void json_write_number(FILE *out, double number) {
    if (isfinite(number))
        csv_write_number(out, number);
    else
        (void)fputs("null", out);
}

static void write_value(FILE *out, ProtobufCType type, const void *at) {
    switch (type) {
    case PROTOBUF_C_TYPE_UINT64:
        (void)fprintf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
        (void)fprintf(out, "%" PRIu32, *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        json_write_number(out, *(const double *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        (void)fputs(*(const protobuf_c_boolean *)at ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_STRING:
        json_write_text(out, *(char *const *)at);
        break;
    default: /* PROTOBUF_C_TYPE_MESSAGE: no message of ours has fields of another type */
        (void)putc('{', out);
        (void)json_write_fields(out, *(ProtobufCMessage *const *)at, true);
        (void)putc('}', out);
    }
}

static size_t width(ProtobufCType type) {
    switch (type) {
    case PROTOBUF_C_TYPE_UINT32:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    default:
        return sizeof(void *);
    }
}

static bool known_type(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_UINT64 || type == PROTOBUF_C_TYPE_UINT32 ||
           type == PROTOBUF_C_TYPE_DOUBLE || type == PROTOBUF_C_TYPE_BOOL ||
           type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_MESSAGE;
}

/* How many values the field has: 0 where it is not there. */
static size_t values(const ProtobufCFieldDescriptor *field, const char *base) {
    const void *quantifier = base + field->quantifier_offset;
    bool pointer = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
    if (!known_type(field->type))
        return 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)quantifier;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)quantifier == field->id;
    if (pointer)
        return *(void *const *)(const void *)(base + field->offset) != NULL;
    return field->label == PROTOBUF_C_LABEL_REQUIRED || *(const protobuf_c_boolean *)quantifier;
}

bool json_write_fields(FILE *out, const ProtobufCMessage *message, bool first) {
    const char *base = (const char *)message;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
        size_t n = values(field, base);
        if (n == 0)
            continue;
        const char *at = base + field->offset;
        if (list)
            at = *(const char *const *)(const void *)at;
        (void)fprintf(out, "%s\"%s\":%s", first ? "" : ",", field->name, list ? "[" : "");
        for (size_t k = 0; k < n; k++) {
            if (k)
                (void)putc(',', out);
            write_value(out, field->type, at + k * width(field->type));
        }
        if (list)
            (void)putc(']', out);
        first = false;
    }
    return first;
}
