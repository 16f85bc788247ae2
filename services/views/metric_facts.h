/* What there is to say of a metric in an edition: where its figures come from, how they reach the
 * places, what it weighs. */
#ifndef VIEWS_METRIC_FACTS_H
#define VIEWS_METRIC_FACTS_H

#include "core/geography.h"
#include "services/bus/messages.h"
#include "services/views/view.h"

struct metric_facts {
    size_t node;
    const struct dataset *dataset;
    size_t mission;            /* the node just below the root that it is in */
    double of_all, of_mission; /* shares of the weight, by the weights that are given */
    size_t published; /* places with a figure that was published for them or reached them */
    size_t by_rule[RULE_COUNT]; /* of these */
    size_t imputed, missing;    /* places whose figure was filled in; that have none */
    const char *period;         /* NULL: no release yet */
    const ReleaseInfo *release; /* that it was scored from; NULL: not known */
};

/* `releases` are those that the edition was scored from; NULL: not known. */
void metric_facts(const struct view *view, size_t node, const Releases *releases,
                  struct metric_facts *out);

/* "districts" for lad ... and the id where it has no words here. */
const char *level_words(const char *level);

/* The node's share of the weight of its ancestor, by the weights that are given. */
double weight_within(const struct definition *definition, size_t node, size_t ancestor);

#endif
