#include "services/views/words.h"

#include "core/status.h"

#include <stdio.h>
#include <string.h>

const char *words_occasion(const struct view *view, char out[WORDS_TEXT]) {
    const struct definition *d = view->pack->definition;
    size_t dataset = view->dataset ? definition_dataset(d, view->dataset) : NO_DATASET;
    const char *title = dataset != NO_DATASET ? d->datasets[dataset].title : view->dataset;
    bool withdrawn = view->cause && strcmp(view->cause, "withdrawal") == 0;
    if (title && view->label)
        (void)snprintf(out, WORDS_TEXT, "The release “%.200s” of “%.300s” %s", view->label, title,
                       withdrawn ? "was withdrawn" : "came");
    else if (view->number == 1)
        (void)snprintf(out, WORDS_TEXT, "The index was scored for the first time");
    else
        (void)snprintf(out, WORDS_TEXT, "The definition of the index changed");
    return out;
}

const char *words_places(size_t n, char out[32]) {
    (void)snprintf(out, 32, n == 1 ? "%zu place" : "%zu places", n);
    return out;
}

const char *words_moves(const struct view *view, size_t node, char out[WORDS_TEXT]) {
    size_t ranked = edition_ranked(view->edition, node);
    const char *name = view->pack->definition->nodes[node].name;
    size_t moved = view->changes ? changes_at(view->changes, node) : 0;
    if (!view->changes)
        (void)snprintf(out, WORDS_TEXT, "There is no edition before it to compare with");
    else if (moved == 0)
        (void)snprintf(out, WORDS_TEXT, "No place’s rank changed in %.300s", name);
    else
        (void)snprintf(out, WORDS_TEXT, "In %.300s the rank of %zu of %zu places changed", name,
                       moved, ranked);
    return out;
}

const char *words_rank(const struct view *view, size_t node, size_t area, char out[WORDS_TEXT]) {
    const struct node_scores *scores = &view->edition->nodes[node];
    double rank = scores->shown_rank[area];
    if (!scores->rank[area])
        (void)snprintf(out, WORDS_TEXT, "no rank: %s",
                       status_words((enum status)scores->score.status[area]));
    else
        (void)snprintf(out, WORDS_TEXT, "rank %.*f of %zu, %s need",
                       rank == (double)(long)rank ? 0 : 1, rank,
                       edition_ranked(view->edition, node),
                       band_name(view->pack->definition, scores->band[area]));
    return out;
}
