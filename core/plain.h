/* An index from two files alone: a definition without tables of its own, and one CSV file with the
 * places and all their figures. For trying a method out, and for indices of other places. */
#ifndef CORE_PLAIN_H
#define CORE_PLAIN_H

#include "core/pack.h"
#include "core/release.h"

enum { PLAIN_TABLES = 3 }; /* areas, geography, codes */

struct plain {
    struct pack *pack;
    struct release **releases;              /* one for each dataset of the definition */
    struct table_file tables[PLAIN_TABLES]; /* that the pack was read from, made of the data */
};

/* Reads `definition` (YAML) and `data` (CSV). The data are wide (a row a place, a column for each
 * metric, named by its id) or tidy (the columns metric and value, a row for each figure). A place
 * is named by the column area_code or code; area_name or name, region, type, population, and period
 * or year may stand there too; other columns are not read. A cell is a number, or empty or a mark
 * (core/status.h). NULL: the fault says what is wrong, with line and column where it can. */
struct plain *plain_read(struct table_file definition, struct table_file data, struct fault *fault);
void plain_destroy(struct plain **plain);

#endif
