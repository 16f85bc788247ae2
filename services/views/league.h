/* The league table: places by rank at a node, or in another order, as the page and its downloads
 * show them. */
#ifndef VIEWS_LEAGUE_H
#define VIEWS_LEAGUE_H

#include "services/views/choice.h"

enum league_sort {
    LEAGUE_RANK,
    LEAGUE_NAME,
    LEAGUE_REGION,
    LEAGUE_TYPE,
    LEAGUE_SCORE,
    LEAGUE_CHANGE,
    LEAGUE_NODE, /* rank at another node */
};

enum { LEAGUE_SORTS = LEAGUE_NODE }; /* that have a word of their own */
extern const char *const league_sort_words[LEAGUE_SORTS];

struct league_wanted {
    size_t node;
    struct choice places;
    enum league_sort sort;
    size_t sort_node; /* LEAGUE_NODE */
    bool falling; /* the greatest first, or Z before A; places without a value are last anyway */
    size_t limit; /* 0: none */
};

struct league_row {
    size_t area;
    uint32_t rank; /* of all places; 0: none. Of equal scores the best, where an average is shown */
    uint32_t within; /* among the chosen places; 0: none */
    bool moved;      /* else the rank is what it was, or nothing is known of the edition before */
    bool is_new;     /* the edition before had no such place, or no such node */
    uint32_t before; /* the rank in the edition before, where it moved; 0: none */
};

struct league {
    size_t n, of; /* rows; places that were chosen, of which `limit` may have left some out */
    struct league_row rows[];
};

/* Freed with free. NULL: memory ran out. */
struct league *league_of(const struct view *view, const struct league_wanted *wanted);

/* Places risen towards rank 1 since the edition before; 0 where it did not move, or has no rank
 * in one of the two. */
int64_t league_rise(const struct league_row *row);

/* What a request wants: node=, region=, type=, band=, sort= (a word, or the id of a node), order=
 * (asc or desc; unless told, scores and changes fall, all else rises), limit=. */
bool league_read(const struct request *request, const struct view *view, struct league_wanted *out,
                 struct answer *answer);

/* Whether a column falls unless told. */
bool league_falls(enum league_sort sort);

#endif
