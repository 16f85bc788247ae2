/* What the query of a resource of the API may say. */
#ifndef VIEWS_API_PARAMETERS_H
#define VIEWS_API_PARAMETERS_H

#include <stddef.h>

struct api_parameter {
    unsigned bit; /* TAKES_ */
    const char *name, *type, *description;
};

extern const struct api_parameter api_parameters[];
extern const size_t api_n_parameters;

#endif
