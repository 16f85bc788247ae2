/* Whether a figure is there, and if not, why not. A figure and its status travel together through
 * every table, message and output; a number is read only where the status is STATUS_VALUE.
 *
 * The publisher's marks follow the shorthand of the UK Government Statistical Service.
 * The numbers are on the wire and on disk: never change one. */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum status {
    STATUS_VALUE = 0,          /* there is a number; a 0 is a true 0 */
    STATUS_ABSENT = 1,         /* the release has no row for the place */
    STATUS_NOT_AVAILABLE = 2,  /* [x], and the older "-", "..", ":", "NA" or an empty cell */
    STATUS_CONFIDENTIAL = 3,   /* [c], "c", "*" */
    STATUS_NOT_APPLICABLE = 4, /* [z] */
    STATUS_LOW = 5,            /* [low], [k], "~": rounds to 0 and is not 0 */
    STATUS_UNRELIABLE = 6,     /* [u], "x" in ASHE: too uncertain to publish */
    STATUS_THIN = 7,           /* a score with less coverage than the definition asks for */
    STATUS_SCREENED = 8,       /* left out of the index: too few figures, or too many zeros */
    STATUS_UNWEIGHTED = 9,     /* published for parts of the area, of which nobody says how large */
};

enum { STATUS_COUNT = 10 };

/* What a publisher says of a number that is there, as bits; [r][e] is two of them. Numbers on the
 * wire and on disk, too. */
enum flag {
    FLAG_PROVISIONAL = 1, /* [p] */
    FLAG_REVISED = 2,     /* [r] */
    FLAG_ESTIMATED = 4,   /* [e] */
    FLAG_FORECAST = 8,    /* [f] */
    FLAG_BREAK = 16,      /* [b]: not comparable with the periods before */
    FLAG_UNRELIABLE = 32, /* [u] beside a number */
    FLAG_HAS_LOW = 64,    /* a lower limit is given */
    FLAG_HAS_HIGH = 128,  /* an upper limit is given */
};

enum { FLAGS_ALL = 255, FLAG_BITS = 8 };

/* "provisional", "revised" ... of bit 0, 1 ... FLAG_BITS - 1. */
extern const char *const flag_words[FLAG_BITS];

/* Whether each of n places has a number. */
bool status_all_values(const uint8_t *status, size_t n);

/* Short text for people and tables: "", "absent", "[x]", "[c]", "[z]", "[low]", "[u]",
 * "low coverage", "screened", "unweighted". Never NULL. */
const char *status_mark(enum status status);

/* A sentence part: "no row in the release", "not available", ... Never NULL. */
const char *status_words(enum status status);

/* The status that a publisher's mark stands for. False when the text is no known mark.
 * Leading and trailing blanks and letter case do not matter. */
bool status_of_mark(const char *text, size_t length, enum status *out);

#endif
