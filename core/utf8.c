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
