/* The pages: each handler answers with complete HTML (services/views/site.c has their paths). */
#ifndef VIEWS_PAGES_H
#define VIEWS_PAGES_H

#include "services/views/answer.h"
#include "services/views/viewer.h"

void page_home(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_search(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_place(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_place_print(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_league(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_league_file(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_map(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_metrics(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_metrics_file(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_method(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_editions(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_changes(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_spend(struct viewer *viewer, const struct request *request, struct answer *answer);
void page_spend_file(struct viewer *viewer, const struct request *request, struct answer *answer);

#endif
