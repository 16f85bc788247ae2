/* The chart of need against public spend, with its quadrants: every place a shape of its quadrant's
 * kind. As a document of its own, or in a page. */
#ifndef VIEWS_SCATTER_H
#define VIEWS_SCATTER_H

#include "services/views/answer.h"
#include "services/views/view.h"

#include <stdio.h>

/* what->comparison is not NULL. */
void scatter_write(FILE *out, const struct view *what);

/* Into a page: shapes are links to places, and data-region and data-quadrant say what they are.
 * Where `region` is not NULL the places of the others stand back. */
void scatter_in_page(FILE *out, const struct view *what, const struct comparison *comparison,
                     const char *region, const struct request *request);

/* The mark of a quadrant beside its words: a small picture of its shape. */
void scatter_mark(FILE *out, enum quadrant quadrant);

#endif
