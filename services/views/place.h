/* What a place's page, its print view and its report show: gathered once. */
#ifndef VIEWS_PLACE_H
#define VIEWS_PLACE_H

#include "core/neighbours.h"
#include "core/profile.h"
#include "services/views/viewer.h"
#include "services/views/words.h"

#include <stdio.h>

enum { PLACE_NEIGHBOURS = 10, PLACE_SIDES = 5 };

struct place {
    struct viewer *viewer;
    const struct view *view;
    const struct request *request; /* whose links keep the edition */
    size_t area;
    size_t *heads; /* the root and the nodes just below it: the composite and the missions */
    size_t n_heads;
    const struct spread **spreads; /* rank intervals by head; NULL: none */
    struct standing *standings;    /* core/profile.h */
    size_t n_standings;
    struct neighbour near[PLACE_NEIGHBOURS];
    size_t n_near, n_metrics;     /* neighbours; metrics of its own that they are found by */
    size_t *peers[3], n_peers[3]; /* by enum peers */
    double *work;                 /* room for every area, and one more */
    const struct history *history;
};

/* False: the fault; free it all the same. Rank intervals that cannot be had are left out. */
bool place_gather(struct viewer *viewer, const struct view *view, const struct request *request,
                  size_t area, struct place *out, struct fault *fault);
void place_free(struct place *place);

const struct area *place_area(const struct place *place);

/* Its interval of ranks at a head; false: there is none. */
bool place_interval(const struct place *place, size_t head, double *low, double *high);

/* Its change of rank at a node since the edition before; NULL: none. Why, in a sentence or two;
 * NULL: nobody knows. */
const struct change *place_change(const struct place *place, size_t node);
const char *place_why(const struct place *place, size_t node);

/* "Rank 12 of 307 overall, very high need, was 14 in the edition before". Returns `out`. */
const char *place_headline(const struct place *place, char out[WORDS_TEXT]);

/* What a figure is besides a number: cascaded, imputed, proxy ... in words, one after the other.
 * Returns how many there are at most PLACE_MARKS. */
enum { PLACE_MARKS = 4, PLACE_MARK_TEXT = 80 };
size_t place_marks(const struct view *view, size_t node, size_t area,
                   char out[PLACE_MARKS][PLACE_MARK_TEXT]);

/* The parts of the page, each a section or several. */
void place_write_summary(FILE *out, const struct place *place);
void place_write_changes(FILE *out, const struct place *place);
void place_write_trend(FILE *out, const struct place *place);
void place_write_sides(FILE *out, const struct place *place);
void place_write_metrics(FILE *out, const struct place *place);
void place_write_missing(FILE *out, const struct place *place);
void place_write_neighbours(FILE *out, const struct place *place);
void place_write_comparison(FILE *out, const struct place *place);
void place_write_spend(FILE *out, const struct place *place);
void place_write_sources(FILE *out, const struct place *place);

/* All that matters on one page of A4, a document of its own: `alone` (its style in it, for a file)
 * or with a way back to the place's page. `address` is where more is to be found. */
void place_write_sheet(FILE *out, const struct place *place, bool alone, const char *address);
/* The same as a picture of one page, for who has no browser to print with. */
void place_write_picture(FILE *out, const struct place *place, const char *address);

/* Under which licences the figures are, and whose the ranks are not. */
const char *place_rights(const struct place *place, char out[WORDS_TEXT]);

/* That no rank moved, or why that is not known. */
const char *place_still(const struct place *place, char out[WORDS_TEXT]);

#endif
