/* Headings by which a column is known without being told, because many publishers use them: the
 * Office for National Statistics ("AREACD", "lci_95"), the Department for Education
 * ("new_la_code", "time_period"), Fingertips ("Lower CI 95.0 limit") and the names of dimensions in
 * linked data (SDMX's refArea, refPeriod, obsValue). Letter case, blanks and punctuation do not
 * matter. */
#ifndef CORE_KNOWN_COLUMNS_H
#define CORE_KNOWN_COLUMNS_H

#include <stddef.h>

/* How well a heading suits a role (ROLE_CODE ... of core/description.h): from 1, the best; 0: not
 * at all. */
size_t known_column(int role, const char *heading);

/* The role of a property by the end of its address ("http://.../dimension#refArea",
 * "sdmx-measure:obsValue"); -1: none that is known. */
int known_property(const char *address);

#endif
