/* Changes to a message by its own description, so that what comes of them is still a message: one
 * field somewhere in it gets a value that is extreme, a list one entry less or one twice, a part is
 * left out. The bytes of the fuzzer choose. */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <protobuf-c/protobuf-c.h>

/* The bytes that are left of an input; 0 when they have run out. */
struct fuzz_input {
    const uint8_t *at, *end;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in) {
    return in->at < in->end ? *in->at++ : 0;
}

static inline uint64_t fuzz_whole(struct fuzz_input *in) {
    static const uint64_t known[] = {0,          1,          2,         255,
                                     UINT32_MAX, UINT64_MAX, INT64_MAX, INT32_MAX,
                                     (1U << 31), 1U << 20,   1000,      UINT64_MAX - 1};
    uint8_t which = fuzz_byte(in);
    return which < 128 ? which : known[which % (sizeof known / sizeof *known)];
}

static inline double fuzz_double(struct fuzz_input *in) {
    static const double known[] = {0.0, -0.0, 1.0, -1.0, NAN, INFINITY, -INFINITY, 1e308, 5e-324};
    uint8_t which = fuzz_byte(in);
    return which < 128 ? which : known[which % (sizeof known / sizeof *known)];
}

/* A text of the caller's, to be freed. */
static inline char *fuzz_text(struct fuzz_input *in) {
    static const char *const known[] = {
        "",
        "soot",
        "pay",
        "money",
        "county-jobs",
        "all",
        "E01",
        "2025",
        "../x",
        "/etc",
        "\x1b[2J\n",
        "\xff\xfe",
        "scoring",
        "2024-25",
        "work",
        "total",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    uint8_t which = fuzz_byte(in);
    if (which == 255) { /* long */
        char *text = malloc(5001);
        fuzz_check(text != NULL);
        memset(text, 'x', 5000);
        text[5000] = '\0';
        return text;
    }
    char *text = strdup(known[which % (sizeof known / sizeof *known)]);
    fuzz_check(text != NULL);
    return text;
}

static inline size_t fuzz_size_of(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_MESSAGE ? sizeof(void *)
           : type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData)
           : type == PROTOBUF_C_TYPE_UINT64 || type == PROTOBUF_C_TYPE_DOUBLE ? 8
                                                                              : 4;
}

static inline void fuzz_message(ProtobufCMessage *message, struct fuzz_input *in);

/* One value that is there. */
static inline void fuzz_value(ProtobufCType type, void *at, struct fuzz_input *in) {
    if (type == PROTOBUF_C_TYPE_STRING) {
        free(*(char **)at);
        *(char **)at = fuzz_text(in);
    } else if (type == PROTOBUF_C_TYPE_MESSAGE) {
        if (*(ProtobufCMessage **)at)
            fuzz_message(*(ProtobufCMessage **)at, in);
    } else if (type == PROTOBUF_C_TYPE_UINT64) {
        *(uint64_t *)at = fuzz_whole(in);
    } else if (type == PROTOBUF_C_TYPE_UINT32) {
        *(uint32_t *)at = (uint32_t)fuzz_whole(in);
    } else if (type == PROTOBUF_C_TYPE_DOUBLE) {
        *(double *)at = fuzz_double(in);
    } else if (type == PROTOBUF_C_TYPE_BOOL) {
        *(protobuf_c_boolean *)at = !*(protobuf_c_boolean *)at;
    } else if (type == PROTOBUF_C_TYPE_BYTES) {
        ProtobufCBinaryData *data = at;
        if (data->len && fuzz_byte(in) % 2)
            data->len--;
        else if (data->len)
            data->data[fuzz_byte(in) % data->len] = fuzz_byte(in);
    }
}

static inline void fuzz_free_value(ProtobufCType type, void *at) {
    if (type == PROTOBUF_C_TYPE_STRING)
        free(*(char **)at);
    else if (type == PROTOBUF_C_TYPE_MESSAGE)
        protobuf_c_message_free_unpacked(*(ProtobufCMessage **)at, NULL);
    else if (type == PROTOBUF_C_TYPE_BYTES)
        free(((ProtobufCBinaryData *)at)->data);
}

static inline void fuzz_list(const ProtobufCFieldDescriptor *field, char *message,
                             struct fuzz_input *in) {
    size_t *n = (size_t *)(void *)(message + field->quantifier_offset);
    char *list = *(char **)(void *)(message + field->offset);
    size_t size = fuzz_size_of(field->type);
    if (*n == 0)
        return;
    size_t at = fuzz_byte(in) % *n;
    uint8_t how = fuzz_byte(in) % 4;
    if (how == 0) { /* one less */
        fuzz_free_value(field->type, list + at * size);
        memmove(list + at * size, list + (at + 1) * size, (*n - at - 1) * size);
        --*n;
    } else if (how == 1 && size <= 8 && field->type != PROTOBUF_C_TYPE_STRING &&
               field->type != PROTOBUF_C_TYPE_MESSAGE) { /* two changed places */
        char keep[8];
        size_t other = fuzz_byte(in) % *n;
        memcpy(keep, list + at * size, size);
        memcpy(list + at * size, list + other * size, size);
        memcpy(list + other * size, keep, size);
    } else {
        fuzz_value(field->type, list + at * size, in);
    }
}

static inline void fuzz_message(ProtobufCMessage *message, struct fuzz_input *in) {
    const ProtobufCMessageDescriptor *type = message->descriptor;
    char *base = (char *)message;
    if (type->n_fields == 0)
        return;
    const ProtobufCFieldDescriptor *field = &type->fields[fuzz_byte(in) % type->n_fields];
    void *at = base + field->offset;
    void *quantifier = base + field->quantifier_offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        fuzz_list(field, base, in);
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (*(uint32_t *)quantifier == field->id)
            fuzz_value(field->type, at, in);
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL &&
               (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)) {
        if (*(void **)at && fuzz_byte(in) % 3 == 0) {
            fuzz_free_value(field->type, at);
            *(void **)at = NULL;
        } else if (*(void **)at || field->type == PROTOBUF_C_TYPE_STRING) {
            fuzz_value(field->type, at, in);
        }
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        protobuf_c_boolean *has = quantifier;
        if (fuzz_byte(in) % 3 == 0 && field->type != PROTOBUF_C_TYPE_BYTES)
            *has = !*has;
        else if (field->type != PROTOBUF_C_TYPE_BYTES || *has)
            *has = 1, fuzz_value(field->type, at, in);
    } else {
        fuzz_value(field->type, at, in);
    }
}

#endif
