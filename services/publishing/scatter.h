/* The chart of need against public spend, with its quadrants. */
#ifndef PUBLISHING_SCATTER_H
#define PUBLISHING_SCATTER_H

#include "services/publishing/edition_files.h"

#include <stdio.h>

/* what->comparison is not NULL. */
void scatter_write(FILE *out, const struct edition_files *what);

#endif
