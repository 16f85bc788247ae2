/* UTF-8, byte by byte (RFC 3629). */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the sequence at `at`, which is before `end`, or 0 when it is not valid: a stray or
 * missing continuation byte, a longer form than needed, a surrogate, or beyond U+10FFFF. */
size_t utf8_sequence(const unsigned char *at, const unsigned char *end);

/* Whether a sequence of that length is one that a terminal obeys or that shows a text as another:
 * C0, DEL and C1; line and paragraph separators; embeddings, overrides and isolates of writing
 * direction. */
bool utf8_controls(const unsigned char *at, size_t length);

/* The length of the sequence at `at`, and whether it may be shown as it is. What is not valid is of
 * length 1, and may not. */
size_t utf8_plain(const unsigned char *at, const unsigned char *end, bool *plain);

/* Puts a question mark, or for a tab or a line's end a blank, in place of each byte of what may not
 * be shown. */
void utf8_make_plain(char *text);

/* Copies a text into `room` bytes, cut to fit, and never within a character. The text is UTF-8. */
void utf8_copy(char *out, size_t room, const char *text);

/* How many columns of a terminal a text takes: two for each ideograph, kana, Hangul syllable, full
 * form and picture, none for a combining mark, one for every other character. */
size_t utf8_columns(const char *text);

/* Writes a character, of up to four bytes. Returns how many: 0 for a surrogate or beyond
 * U+10FFFF. */
size_t utf8_write(uint32_t character, char *out);

/* Writes the character that a byte is in Windows-1252, of up to three bytes. Returns how many: 0
 * for the five bytes that it leaves undefined. */
size_t utf8_from_windows_1252(unsigned char byte, char *out);

#endif
