/* Text of cells as it is compared: people and programs write the same words in many ways. */
#ifndef CORE_PLAIN_TEXT_H
#define CORE_PLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Copies text with blanks at both ends taken off and each run of white space inside (line breaks
 * and the typographers' blanks too) made one blank; dashes become "-", curly quotation marks
 * straight ones. False: it does not fit into `room` bytes with its end. */
bool plain_text(const char *text, size_t length, char *out, size_t room);

/* The same, without footnote marks at its end ("[note 1]", "[1][r]", "(note 2)"). What does not fit
 * is cut off. */
void plain_label(const char *text, size_t length, char *out, size_t room);

/* The same in small letters: as headings and names are compared. */
void plain_heading(const char *text, size_t length, char *out, size_t room);

/* Whether a text is of a pattern in which "*" stands for any text, empty too. */
bool plain_matches(const char *pattern, const char *text);

#endif
