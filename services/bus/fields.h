/* The fields of a packed protobuf message, one after the other, without unpacking it: for who keeps
 * messages or passes them on, and looks at little of them. */
#ifndef BUS_FIELDS_H
#define BUS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind { FIELD_VARINT = 0, FIELD_64 = 1, FIELD_BYTES = 2, FIELD_32 = 5 };

struct field {
    uint32_t number;
    enum field_kind kind;
    uint64_t value;       /* FIELD_VARINT */
    const uint8_t *bytes; /* of the others: the content, which lies in the message */
    size_t length;
    const uint8_t *whole; /* with its tag, to the end of the content */
    const uint8_t *rest;  /* the same after the tag */
};

struct fields {
    const uint8_t *at, *end;
    bool broken; /* it is no message, or of a kind that nobody writes any more */
};

/* All of a message's. */
struct fields fields_of(const void *bytes, size_t length);

/* The next one; false: there are no more, or what follows is broken. */
bool fields_next(struct fields *fields, struct field *out);

double field_double(const struct field *field); /* FIELD_64 */

/* What stands before a field's content of `length` bytes (FIELD_BYTES); returns how many bytes. */
enum { FIELD_HEAD_MAX = 15 };
size_t field_head(uint32_t number, size_t length, uint8_t out[FIELD_HEAD_MAX]);

#endif
