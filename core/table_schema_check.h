/* Whether a file keeps what its own schema promises of it. */
#ifndef CORE_TABLE_SCHEMA_CHECK_H
#define CORE_TABLE_SCHEMA_CHECK_H

#include "core/header.h"
#include "core/problems.h"
#include "core/table_schema.h"

/* Looks at the rows of a sheet below its header: a column that is described is there, no required
 * cell is missing, a number is one and within its bounds, a cell is one of those that are allowed.
 * What is no promise of a value (lengths, patterns, keys) is not looked at. `rows` begin with the
 * first row of the sheet; `place` names file and sheet. False: the problems say what is broken. */
bool table_schema_check(const struct table_schema *schema, const struct headings *headings,
                        struct rows *rows, struct problem_place place, struct problems *problems);

#endif
