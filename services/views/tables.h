/* The tables of an edition, one CSV file each. Every row has the area's code; a value and its
 * status are two columns; a missing value is an empty cell. */
#ifndef VIEWS_TABLES_H
#define VIEWS_TABLES_H

#include "services/views/view.h"

#include <stdio.h>

void tables_ranks(FILE *out, const struct view *what);
void tables_rank_changes(FILE *out, const struct view *what);
void tables_metrics(FILE *out, const struct view *what);
void tables_spend(FILE *out, const struct view *what);
void tables_spend_regions(FILE *out, const struct view *what);

/* What each file is, and where the figures come from. */
void tables_readme(FILE *out, const struct view *what);

#endif
