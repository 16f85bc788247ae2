/* Each area's share of all spend beside its share of all need, after the Institute for Fiscal
 * Studies, How much public spending does each area receive? Local authority level estimates of
 * health, police, school and local government spending (2023), where an area whose share of the
 * money is within 5 % of its share of need is on target.
 *
 * A score says who needs more and not how much more money, so that a share of need wants one more
 * number: `ratio`, how much a head in the place of the most need counts against one in the place of
 * the least. Between the two a head counts in a straight line by the score s:
 *
 *     weight = 1 + (ratio - 1) (s - least) / (most - least)
 *
 * least and most being over the areas compared; with a ratio of 1, or where all scores are the
 * same, everybody counts the same. An area's need is its weight times its people (in total) or its
 * weight alone (per head: each area counts once), its spend the total or the spend per head. The
 * gap is how much more it gets than if all of the money went by need:
 *
 *     gap = 100 (share of spend / share of need - 1) per cent
 *
 * In total and per head it is the same figure, spend per head over weight, against another mean: so
 * areas come in the same order by both. */
#ifndef CORE_SPEND_SHARE_H
#define CORE_SPEND_SHARE_H

#include "core/spend.h"

/* Within so many per cent of its share an area is on target. */
#define SHARE_BAND 5.0

enum share_place { SHARE_NONE = 0, SHARE_BELOW, SHARE_ON_TARGET, SHARE_ABOVE, SHARE_PLACES };

/* "", "below", "on-target", "above"; and in words. Never NULL. */
const char *share_place_id(enum share_place place);
const char *share_place_words(enum share_place place);

struct share {
    enum share_place place; /* SHARE_NONE: not compared, or without any spend or need at all */
    double need, spend;     /* shares of all, from 0 to 1 */
    double gap;             /* per cent */
};

/* The areas of a region, or of a type, together. */
struct share_group {
    const char *name;             /* the pack's text */
    uint32_t areas[SHARE_PLACES]; /* compared, by their place; of SHARE_NONE: those left out */
    struct share share;
};

struct spend_share {
    double ratio, least, most; /* scores */
    struct share *areas;       /* one for each area of the pack */
    size_t *order;             /* those compared, from the furthest below their share */
    size_t n_order;
    uint32_t places[SHARE_PLACES];
    struct share_group *regions, *types; /* in order of first appearance */
    size_t n_regions, n_types;
    struct arena *arena;
};

/* By the measure of the comparison's rules, over the areas that it compares; `ratio` is at least 1.
 * Points into the pack. A fault: spend below 0 somewhere, or none at all, so that there are no
 * shares; a ratio below 1. */
struct spend_share *spend_share(const struct pack *pack, const struct comparison *comparison,
                                double ratio, struct fault *fault);
void spend_share_destroy(struct spend_share **share);

#endif
