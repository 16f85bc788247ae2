/* What stands in a publisher's cell where a figure should: a number as people write it, a mark that
 * says why there is none, or both a number and marks that qualify it.
 *
 * Known without being told, letter case aside, is the shorthand of the Government Statistical
 * Service in brackets ([x] [c] [z] [low] [k] [u] [p] [r] [e] [f] [b] [w], with [ns] [s] [ss] [sss]
 * [a] [t] [n] and notes such as [note 3] passed over), stacked or not; the same letters bare, where
 * they stand alone or right behind a number; and the older ".." ":" "-" "~" "*" "." "NA" "N/A" and
 * the empty cell. Publishers do not agree on the bare ones ("x" and "-" above all), so a
 * description may say what a mark means in its file.
 *
 * A number may have digits grouped by threes, a currency sign, a percent sign, blanks around it. A
 * number in round brackets is refused unless the description says what they mean, because some mean
 * a negative number and others an unreliable one. A 0 is a number and "~" is none. */
#ifndef CORE_MARKS_H
#define CORE_MARKS_H

#include "core/book.h"
#include "core/status.h"

enum meaning {
    MEANS_NOT_AVAILABLE,
    MEANS_CONFIDENTIAL,
    MEANS_NOT_APPLICABLE,
    MEANS_LOW,
    MEANS_UNRELIABLE, /* alone no figure, beside a number a flag */
    MEANS_ZERO,       /* a true 0 */
    MEANS_PROVISIONAL,
    MEANS_REVISED,
    MEANS_ESTIMATED,
    MEANS_FORECAST,
    MEANS_BREAK,
    MEANS_NOTE,     /* nothing that matters here */
    MEANS_NEGATIVE, /* only of "()", round brackets around a number */
};

enum { MEANINGS = 13 };

/* "not-available", "confidential" ... "note", "negative": the words of a description. */
extern const char *const meaning_words[MEANINGS];

struct mark {
    const char *text;
    enum meaning meaning;
};

/* How one publisher writes; all zero is the usual way. */
struct marks {
    const struct mark *own; /* in place of what is known without being told */
    size_t n_own;
    char decimal; /* 0: a point */
    char group;   /* between groups of three digits; 0: a comma, or a point where decimal is one */
};

struct figure {
    enum status status;
    double value; /* read only where status is STATUS_VALUE; otherwise 0 */
    uint16_t flags;
    bool empty; /* the cell is: its status is STATUS_NOT_AVAILABLE until something else says more */
};

/* Reads a cell. False: *expected says what should stand there, in words that do not change. */
bool marks_read(const struct marks *marks, const char *text, size_t length, enum cell_kind kind,
                struct figure *out, const char **expected);

/* Takes what a status column says of the figure beside it. Text that is no mark is passed over if
 * `prose`. False: *expected says what should stand there. */
bool marks_qualify(const struct marks *marks, const char *text, size_t length, bool prose,
                   struct figure *figure, const char **expected);

#endif
