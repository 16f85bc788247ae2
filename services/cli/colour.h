/* Colour, for eyes only: on a terminal, and where nobody has asked for none. It never says what is
 * not in the text as well. */
#ifndef CLI_COLOUR_H
#define CLI_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

enum colour {
    COLOUR_NONE, /* ends the others */
    COLOUR_HEADING,
    COLOUR_ERROR,
    COLOUR_WARNING,
    COLOUR_GOOD,
    COLOUR_MORE, /* a figure with a plus */
    COLOUR_LESS, /* ... with a minus */
    COLOUR_HIGH, /* bands of high need */
    COLOUR_LOW,  /* ... of low need */
};

/* What begins it where it is written to `out`: "" where that is no terminal, or NO_COLOR is set, or
 * TERM is dumb, or colour_never was called. */
const char *colour(FILE *out, enum colour colour);

/* For the rest of the program (--no-color). */
void colour_never(void);

/* How many columns the terminal has that `out` goes to; 0: it is none. COLUMNS, where it is set, is
 * believed. */
size_t colour_columns(FILE *out);

#endif
