/* Sentences about an edition that several pages and reports say. */
#ifndef VIEWS_WORDS_H
#define VIEWS_WORDS_H

#include "services/views/view.h"

enum { WORDS_TEXT = 1200 };

/* What made the edition: "The release 2026-05 of Gigabit broadband came". Returns `out`. */
const char *words_occasion(const struct view *view, char out[WORDS_TEXT]);

/* How many places moved at the node, of how many: "In Composite 12 of 307 places moved". */
const char *words_moves(const struct view *view, size_t node, char out[WORDS_TEXT]);

/* "rank 12 of 307, very high need", or why there is no rank. */
const char *words_rank(const struct view *view, size_t node, size_t area, char out[WORDS_TEXT]);

/* "1 place", "2 places". */
const char *words_places(size_t n, char out[32]);

#endif
