#include "services/views/place.h"

#include "core/status.h"
#include "services/bus/reasons.h"

#include <stdlib.h>
#include <string.h>

/* --- gathering -------------------------------------------------------------------------------- */

static bool make_room(struct place *place, struct fault *fault) {
    size_t n_nodes = place->view->pack->definition->n_nodes;
    size_t n_areas = place->view->pack->geography->n_areas;
    place->heads = calloc(n_nodes, sizeof *place->heads);
    place->spreads = calloc(n_nodes, sizeof(const struct spread *));
    place->standings = calloc(n_nodes, sizeof *place->standings);
    place->work = calloc(n_areas + 1, sizeof *place->work);
    bool fine = place->heads && place->spreads && place->standings && place->work;
    for (enum peers p = PEERS_ALL; p <= PEERS_TYPE; p++) {
        place->peers[p] = calloc(n_areas, sizeof *place->peers[p]);
        fine = fine && place->peers[p];
    }
    return fine ? true : fault_memory(fault);
}

static void find_heads(struct place *place) {
    const struct definition *d = place->view->pack->definition;
    struct fault unused = {0};
    place->heads[place->n_heads++] = 0;
    for (size_t k = 1; k < d->n_nodes; k = d->nodes[k].end)
        place->heads[place->n_heads++] = k;
    /* How sure a metric's own rank is does not depend on how the index is put together. */
    for (size_t i = 0; i < place->n_heads; i++) {
        if (!node_is_metric(&d->nodes[place->heads[i]]))
            place->spreads[i] = viewer_spread(place->viewer, place->view, place->heads[i], &unused);
    }
}

bool place_gather(struct viewer *viewer, const struct view *view, const struct request *request,
                  size_t area, struct place *out, struct fault *fault) {
    *out = (struct place){.viewer = viewer, .view = view, .request = request, .area = area};
    if (!make_room(out, fault))
        return false;
    find_heads(out);
    out->n_standings = profile_standings(view->pack, view->edition, area, out->standings);
    for (enum peers p = PEERS_ALL; p <= PEERS_TYPE; p++)
        out->n_peers[p] = profile_peers(view->pack->geography, area, p, out->peers[p]);
    if (!neighbours_find(view->pack, view->edition, area, PLACE_NEIGHBOURS, out->near, &out->n_near,
                         &out->n_metrics, fault))
        return false;
    out->history = viewer_history(viewer, view, fault);
    return out->history != NULL;
}

void place_free(struct place *place) {
    free(place->heads);
    free(place->spreads);
    free(place->standings);
    free(place->work);
    for (enum peers p = PEERS_ALL; p <= PEERS_TYPE; p++)
        free(place->peers[p]);
}

/* --- asking ----------------------------------------------------------------------------------- */

const struct area *place_area(const struct place *place) {
    return &place->view->pack->geography->areas[place->area];
}

bool place_interval(const struct place *place, size_t head, double *low, double *high) {
    const struct spread *spread = place->spreads[head];
    if (!spread || !spread->areas[place->area].n)
        return false;
    *low = spread->areas[place->area].low;
    *high = spread->areas[place->area].high;
    return true;
}

const struct change *place_change(const struct place *place, size_t node) {
    const struct changes *changes = place->view->changes;
    for (size_t i = 0; changes && i < changes->count; i++) {
        if (changes->changes[i].node == node && changes->changes[i].area == place->area)
            return &changes->changes[i];
    }
    return NULL;
}

const char *place_why(const struct place *place, size_t node) {
    const RankChanged *told = reasons_find(place->view->reasons, place_area(place)->code,
                                           place->view->pack->definition->nodes[node].id);
    return told && told->why && *told->why ? told->why : NULL;
}

const char *place_headline(const struct place *place, char out[WORDS_TEXT]) {
    char rank[WORDS_TEXT];
    const struct change *change = place_change(place, 0);
    (void)words_rank(place->view, 0, place->area, rank);
    if (change && change->old_rank && change->new_rank)
        (void)snprintf(out, WORDS_TEXT, "%s overall has %.200s; in the edition before it was %u",
                       place_area(place)->name, rank, change->old_rank);
    else
        (void)snprintf(out, WORDS_TEXT, "%s overall has %.200s", place_area(place)->name, rank);
    return out;
}

const char *place_rights(const struct place *place, char out[WORDS_TEXT]) {
    (void)words_licences(place->view->pack->definition, out);
    size_t used = strlen(out);
    (void)snprintf(out + used, WORDS_TEXT - used,
                   "Ranks are not figures of any publisher, nor of any government.");
    return out;
}

/* At any head in the edition before; a place that was not there had none. */
static bool had_rank(const struct place *place) {
    for (size_t i = 0; i < place->n_heads; i++) {
        if (view_rank_before(place->view, place->heads[i], place->area) > 0)
            return true;
    }
    return false;
}

const char *place_still(const struct place *place, char out[WORDS_TEXT]) {
    char parts[WORDS_NAME];
    if (place->view->changes && !had_rank(place))
        (void)snprintf(out, WORDS_TEXT,
                       "This place had no rank in the edition before, overall or by %s.",
                       words_parts(place->view->pack->definition, false, parts));
    else if (place->view->changes)
        (void)snprintf(out, WORDS_TEXT, "No rank of this place changed, overall or by %s.",
                       words_parts(place->view->pack->definition, false, parts));
    else
        (void)snprintf(out, WORDS_TEXT, "There is no edition before it to compare with.");
    return out;
}

size_t place_marks(const struct view *view, size_t node, size_t area,
                   char out[PLACE_MARKS][PLACE_MARK_TEXT]) {
    static const char *const rules[RULE_COUNT] = {
        [RULE_SUCCESSOR] = "of the area that replaced it",
        [RULE_CASCADED] = "cascaded: of a larger area",
        [RULE_AVERAGED] = "averaged over several areas",
        [RULE_SUMMED] = "summed over several areas",
        [RULE_SHARED] = "shared out by population",
    };
    const struct node_scores *scores = &view->edition->nodes[node];
    enum rule rule = scores->raw.rule[area];
    size_t n = 0;
    if (rules[rule] && scores->raw.status[area] == STATUS_VALUE)
        (void)snprintf(out[n++], PLACE_MARK_TEXT, "%s", rules[rule]);
    if (scores->imputed[area])
        (void)snprintf(out[n++], PLACE_MARK_TEXT, "imputed: %s",
                       impute_names[scores->imputed[area]]);
    if (view->pack->definition->nodes[node].proxy)
        (void)snprintf(out[n++], PLACE_MARK_TEXT, "proxy");
    if (scores->winsorised[area])
        (void)snprintf(out[n++], PLACE_MARK_TEXT, "extreme: scored as less extreme");
    return n;
}
