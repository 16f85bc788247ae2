/* The style sheet, scripts and pictures of the pages: files of services/views/web/, which are part
 * of the program. */
#ifndef VIEWS_ASSETS_H
#define VIEWS_ASSETS_H

#include <stddef.h>

struct asset {
    const char *name; /* "site.css" */
    const char *path; /* where it is served: "/assets/site.css?v=0123456789ab" */
    const char *hash; /* what stands after v=: of the content */
    const char *type; /* of the content */
    const char *bytes;
    size_t length;
};

/* NULL: there is none of that name. */
const struct asset *asset_find(const char *name);

/* What a page writes into href or src. With the content the path changes, so that it can be kept
 * for ever. "/assets/" for a name that there is not. */
const char *asset_path(const char *name);

/* In order of their names; the last has no name. */
extern const struct asset assets[];

#endif
