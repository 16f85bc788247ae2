#include "core/utf8.h"

#include <string.h>

size_t utf8_sequence(const unsigned char *at, const unsigned char *end) {
    unsigned char lead = *at;
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                    : lead >= 0xe0 && lead <= 0xef ? 3
                    : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || (size_t)(end - at) < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if (lead == 0xe0 && at[1] < 0xa0)
        return 0;
    if (lead == 0xed && at[1] > 0x9f)
        return 0;
    if (lead == 0xf0 && at[1] < 0x90)
        return 0;
    if (lead == 0xf4 && at[1] > 0x8f)
        return 0;
    return length;
}

bool utf8_controls(const unsigned char *at, size_t length) {
    if (length == 1)
        return *at < ' ' || *at == 0x7f;
    if (length == 2)
        return at[0] == 0xc2 && at[1] < 0xa0;
    if (length != 3 || at[0] != 0xe2)
        return false;
    return (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
           (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
}

/* Nearly all that anybody writes. */
static bool is_plain_ascii(unsigned char byte) {
    return byte >= ' ' && byte <= '~';
}

size_t utf8_plain(const unsigned char *at, const unsigned char *end, bool *plain) {
    if (is_plain_ascii(*at)) {
        *plain = true;
        return 1;
    }
    size_t length = utf8_sequence(at, end);
    *plain = length && !utf8_controls(at, length);
    return length ? length : 1;
}

void utf8_make_plain(char *text) {
    unsigned char *at = (unsigned char *)text, *end = at + strlen(text);
    while (at < end) {
        if (is_plain_ascii(*at)) {
            at++;
            continue;
        }
        bool plain;
        size_t length = utf8_plain(at, end, &plain);
        if (!plain)
            memset(at, *at == '\n' || *at == '\r' || *at == '\t' ? ' ' : '?', length);
        at += length;
    }
}

/* By Unicode's East_Asian_Width (UAX 11) and categories Mn and Cf, as far as fonts of terminals go
 * along: in the order of their first characters. */
static const struct {
    uint32_t first, last;
    size_t columns;
} widths[] = {
    {0x300, 0x36f, 0},     {0x1100, 0x115f, 2},   {0x1ab0, 0x1aff, 0}, {0x1dc0, 0x1dff, 0},
    {0x200b, 0x200f, 0},   {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2}, {0x3041, 0xa4cf, 2},
    {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0}, {0xfe20, 0xfe2f, 0},
    {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2},
    {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
};

static size_t columns_of(uint32_t character) {
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        if (character <= widths[i].last)
            return character >= widths[i].first ? widths[i].columns : 1;
    }
    return 1;
}

size_t utf8_columns(const char *text) {
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    size_t columns = 0;
    while (at < end) {
        size_t length = utf8_sequence(at, end);
        uint32_t character = length > 1 ? *at & (0x7fU >> length) : *at;
        for (size_t i = 1; i < length; i++)
            character = character << 6 | (at[i] & 0x3fU);
        columns += length ? columns_of(character) : 1; /* what is no UTF-8 is shown as one mark */
        at += length ? length : 1;
    }
    return columns;
}

void utf8_copy(char *out, size_t room, const char *text) {
    size_t length = strnlen(text, room);
    if (length == room) {
        length--;
        while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

size_t utf8_write(uint32_t character, char *out) {
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    if ((character >= 0xd800 && character <= 0xdfff) || character > 0x10ffff)
        return 0;
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (char)(lead[length] | character);
    return length;
}

/* The WHATWG Encoding Standard's index of windows-1252 gives the undefined five as controls; they
 * are taken for damage here. */
size_t utf8_from_windows_1252(unsigned char byte, char *out) {
    static const uint16_t high[32] = {
        0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};
    uint32_t character = byte < 0x80 || byte >= 0xa0 ? byte : high[byte - 0x80];
    return character == 0 && byte != 0 ? 0 : utf8_write(character, out);
}
