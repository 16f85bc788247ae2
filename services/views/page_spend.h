/* The parts of the page of need and spend. */
#ifndef VIEWS_PAGE_SPEND_H
#define VIEWS_PAGE_SPEND_H

#include "services/views/choice.h"
#include "services/views/spend_choice.h"

#include <stdio.h>

struct spent {
    FILE *out;
    const struct request *request;
    const struct view *view;
    const char *region; /* that stands out; NULL: none */
    size_t shown;       /* index into the views of the page: 0 scatter, 1 share */
    struct spend_choice choice;
};

/* What high and low need and spend say: finding, chart, regions, the list that matters most. False:
 * memory ran out. */
bool spend_quadrants(const struct spent *s);

/* Share of spend against share of need. False: memory ran out. */
bool spend_shares(const struct spent *s);

/* "£1,234 a head", "£56.7 million", by the measure that was chosen. */
void spend_money(const struct spent *s, double amount);

/* The chart of the shares: every place compared, and the band in which it is on target. */
void share_chart(FILE *out, const struct view *view, const struct spend_choice *choice,
                 const char *region, const struct request *request);

#endif
