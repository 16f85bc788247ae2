#include "services/bus/fields.h"

#include <string.h>

struct fields fields_of(const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    return (struct fields){.at = at, .end = length ? at + length : at};
}

static bool take_varint(struct fields *fields, uint64_t *out) {
    *out = 0;
    for (unsigned shift = 0; shift < 64 && fields->at < fields->end; shift += 7) {
        uint8_t byte = *fields->at++;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool take_content(struct fields *fields, uint64_t length, struct field *out) {
    if (length > (size_t)(fields->end - fields->at))
        return false;
    out->bytes = fields->at;
    out->length = (size_t)length;
    fields->at += length;
    return true;
}

static bool take(struct fields *fields, struct field *out) {
    uint64_t tag, length;
    *out = (struct field){.whole = fields->at};
    if (!take_varint(fields, &tag) || tag >> 3 == 0 || tag > UINT32_MAX)
        return false;
    out->rest = fields->at;
    out->number = (uint32_t)(tag >> 3);
    switch (tag & 7) {
    case FIELD_VARINT:
        out->kind = FIELD_VARINT;
        return take_varint(fields, &out->value);
    case FIELD_64:
        out->kind = FIELD_64;
        return take_content(fields, 8, out);
    case FIELD_32:
        out->kind = FIELD_32;
        return take_content(fields, 4, out);
    case FIELD_BYTES:
        out->kind = FIELD_BYTES;
        return take_varint(fields, &length) && take_content(fields, length, out);
    default:
        return false;
    }
}

bool fields_next(struct fields *fields, struct field *out) {
    if (fields->broken || fields->at == fields->end)
        return false;
    fields->broken = !take(fields, out);
    return !fields->broken;
}

double field_double(const struct field *field) {
    uint64_t bits = 0;
    double out;
    for (unsigned i = 8; i-- > 0;)
        bits = bits << 8 | field->bytes[i];
    memcpy(&out, &bits, sizeof out);
    return out;
}

static size_t put_varint(uint64_t value, uint8_t *out) {
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        out[n++] = (uint8_t)(value | 0x80);
    out[n++] = (uint8_t)value;
    return n;
}

size_t field_head(uint32_t number, size_t length, uint8_t out[FIELD_HEAD_MAX]) {
    size_t n = put_varint((uint64_t)number << 3 | FIELD_BYTES, out);
    return n + put_varint(length, out + n);
}
