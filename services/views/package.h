/* An edition as a Frictionless data package: its tables as CSV, and datapackage.json, which says
 * what they are. The same edition gives the same bytes. */
#ifndef VIEWS_PACKAGE_H
#define VIEWS_PACKAGE_H

#include "services/views/viewer.h"

/* Takes a file of the package; the bytes stay the package's. */
typedef bool package_put(void *context, const char *name, const char *bytes, size_t length,
                         struct fault *fault);

/* Gives every file of the package to `put`, datapackage.json last. A table that the index does not
 * have (no comparison with spend, no `uncertainty`) is left out. */
bool package_write(struct viewer *viewer, const struct view *view, package_put *put, void *context,
                   struct fault *fault);

#endif
