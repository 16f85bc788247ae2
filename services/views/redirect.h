/* Leading a reader on to another page of ours. */
#ifndef VIEWS_REDIRECT_H
#define VIEWS_REDIRECT_H

#include "services/views/answer.h"

/* To the page of a place, or (`end` is "/print") to another view of it, with what it was found by
 * (`was`; NULL: by itself); to the search. Both keep the edition that was asked for. */
void answer_to_place(struct answer *answer, const struct request *request, const char *code,
                     const char *end, const char *was);
void answer_to_search(struct answer *answer, const struct request *request, const char *typed);

#endif
