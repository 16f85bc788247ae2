/* What a reader chose of the comparison of need with spend, under the same names on the page and in
 * the interface:
 *
 *   measure=total|per-head   the definition's own unless told
 *   leave-out=TYPE|CODE      a type of place or an area, as often as there are some; "none":
 *                            nothing. Those of the definition unless told
 *   ratio=2                  what a head in the place of the most need counts against one in the
 *                            place of the least (core/spend_share.h), from 1 to 10
 *
 * Where the choice is not the definition's, figures and thresholds are computed again. */
#ifndef VIEWS_SPEND_CHOICE_H
#define VIEWS_SPEND_CHOICE_H

#include "core/spend_share.h"
#include "services/views/answer.h"
#include "services/views/viewer.h"

#include <stdio.h>

#define SPEND_RATIO 2.0

struct spend_choice {
    struct spend_rules rules;
    const char *types[PARAMETERS_MAX],
        *areas[PARAMETERS_MAX]; /* of the pack: what rules point to */
    double ratio;
    bool own;                            /* it is the definition's choice */
    const struct comparison *comparison; /* by these rules */
    struct comparison *made;             /* NULL: the view's */
    struct spend_share *share;           /* NULL: there are no shares; `unshared` says why */
    struct fault unshared;
};

/* Whether the edition is compared with spend. Where that is still to come, as in the moment after
 * it was scored, the answer is a problem of status 503, so that who asks comes again, and
 * *pending. */
bool spend_compared(struct viewer *viewer, const struct view *view, const struct request *request,
                    struct answer *answer, bool *pending);

/* False: the answer is a problem (or has no body: memory ran out), and there is nothing to end. */
bool spend_choice_read(const struct request *request, const struct view *view,
                       struct spend_choice *out, struct answer *answer);
void spend_choice_end(struct spend_choice *choice);

bool spend_choice_leaves_out_type(const struct spend_choice *choice, const char *type);
bool spend_choice_leaves_out_area(const struct spend_choice *choice, const char *code);

/* Every area with its figures, quadrant and share, as the request wants it. */
void spend_choice_sheet(const struct spend_choice *choice, const struct view *view,
                        const struct request *request, struct answer *answer);

#endif
