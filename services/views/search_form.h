/* The search field of a page on which it is the main thing. */
#ifndef VIEWS_SEARCH_FORM_H
#define VIEWS_SEARCH_FORM_H

#include "services/views/answer.h"

#include <stdio.h>

/* With what was typed in it; web/search.js adds suggestions. */
void search_form(FILE *out, const struct request *request, const char *typed);

#endif
