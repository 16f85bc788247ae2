/* The resources of the API. Each is a row of site_routes; what it takes and gives is a struct
 * resource, from which the document that describes the interface is made. */
#ifndef VIEWS_API_H
#define VIEWS_API_H

#include "services/views/answer.h"
#include "services/views/viewer.h"

typedef void api_handler(struct viewer *viewer, const struct request *request,
                         struct answer *answer);

api_handler api_index, api_openapi, api_areas, api_area, api_history, api_missions, api_metrics,
    api_editions, api_releases, api_events;
/* What a stream is to let through, packed: for who opens it, not for who asks for it. */
api_handler api_stream_filter;
/* Below /api/v1/editions/{edition}. */
api_handler api_edition, api_profile, api_ranks, api_figures, api_changes, api_explanations,
    api_spend, api_edition_releases, api_uncertainty;

#endif
