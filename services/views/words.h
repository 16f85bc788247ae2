/* Sentences about an edition that several pages and reports say. */
#ifndef VIEWS_WORDS_H
#define VIEWS_WORDS_H

#include "services/views/view.h"

enum { WORDS_TEXT = 1200, WORDS_NAME = 100 };

/* What made the edition: "The release 2026-05 of Gigabit broadband came". Returns `out`. */
const char *words_occasion(const struct view *view, char out[WORDS_TEXT]);

/* How many places moved at the node, of how many: "In Composite 12 of 307 places moved". */
const char *words_moves(const struct view *view, size_t node, char out[WORDS_TEXT]);

/* "rank 12 of 307, very high need", or why there is no rank. */
const char *words_rank(const struct view *view, size_t node, size_t area, char out[WORDS_TEXT]);

/* Places towards rank 1, below 0 away from it, as "up 3" and "down 3". Of the rank alone: a place
 * may go up while its own score falls, where those of others fall further. */
const char *words_rise(int64_t rise, char out[32]);

/* What the parts of the index are called, as its definition has it, within a sentence: "mission" or
 * "missions" of the level below the root. */
const char *words_parts(const struct definition *definition, bool several, char out[WORDS_NAME]);

/* Under which licences the figures are, in whole sentences that end with a blank; "" where the pack
 * names none. */
const char *words_licences(const struct definition *definition, char out[WORDS_TEXT]);

/* "1 place", "2 places". */
const char *words_places(size_t n, char out[32]);

#endif
