/* The tables of codes and of how figures reach an area, of a pack that names neither: every area
 * publishes for itself alone, under its own code. */
#ifndef CORE_OWN_CODES_H
#define CORE_OWN_CODES_H

#include "core/geography.h"

#define OWN_LEVEL "area" /* the one level of dataset that there is then */

/* Makes `geography` and `codes` of `tables` from its `areas`, under the name of that table, so that
 * what is wrong is told with its place there. The caller frees with own_codes_free. */
bool own_codes_make(struct geography_tables *tables, struct fault *fault);
void own_codes_free(struct geography_tables *tables);

#endif
