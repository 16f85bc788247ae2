/* One figure for each place of the index, with its status and the rule by which it got there. */
#ifndef CORE_COLUMN_H
#define CORE_COLUMN_H

#include <stddef.h>
#include <stdint.h>

struct column {
    size_t count;
    double *value;   /* read only where status is STATUS_VALUE */
    uint8_t *status; /* enum status */
    uint8_t *rule;   /* enum rule, core/geography.h; NULL for scores, which are computed */
};

#endif
