/* The chart of need against public spend, with its quadrants. */
#ifndef VIEWS_SCATTER_H
#define VIEWS_SCATTER_H

#include "services/views/view.h"

#include <stdio.h>

/* what->comparison is not NULL. */
void scatter_write(FILE *out, const struct view *what);

#endif
