/* The parts of reading a geography, for the core/geography*.c files only. */
#ifndef CORE_GEOGRAPHY_PARTS_H
#define CORE_GEOGRAPHY_PARTS_H

#include "core/geography.h"

/* An area of the table that stands in the vintage, whether it is in the index or not. */
struct place {
    size_t code;
    size_t area; /* its index, SIZE_MAX when the definition excludes it */
};

/* A row of the geography table. */
struct geography_row {
    size_t code, level, source;
    uint32_t step;
    double weight; /* 0: none given */
    uint64_t line;
};

struct geography_reading {
    const struct definition *definition;
    struct geography *out;
    struct area *areas;
    size_t *area_of_code;
    struct place *places;       /* in the order of the table */
    double *people;             /* by code: the population of an area of the table; 0: it is none */
    struct geography_row *rows; /* by level, code, step and line */
    const char **levels;
    size_t n_places, n_rows;
    const char *table; /* the one at hand */
};

/* Finds the sources of every area in the index, and their rules, from the rows and the changes. */
bool geography_derive(struct geography_reading *in, struct fault *fault);

#endif
