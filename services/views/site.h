/* Every page, feed and resource by its path: one table, one row each. */
#ifndef VIEWS_SITE_H
#define VIEWS_SITE_H

#include "services/views/answer.h"
#include "services/views/viewer.h"

/* Answers a request of one thread's viewer; always fills `answer`, with a problem where there is no
 * such thing. Starts a turn of the viewer. */
void site_answer(struct viewer *viewer, struct request *request, struct answer *answer);

/* The routes, for the document that describes the interface and for its test. */
struct route {
    const char *pattern; /* "/api/v1/editions/{edition}/ranks": {} takes a part without '/' */
    void (*answer)(struct viewer *viewer, const struct request *request, struct answer *answer);
};
extern const struct route site_routes[];
extern const size_t site_n_routes;

#endif
