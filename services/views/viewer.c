#include "services/views/viewer.h"

#include "services/views/gather.h"
#include "services/views/viewer_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    ASK_MS = 5000,           /* how long the hub may take */
    SPREAD_AREAS_MAX = 10000 /* each replicate scores every place anew while a reader waits */
};

struct viewer *viewer_new(const char *hub, const char *key, const struct boundaries *boundaries,
                          struct fault *fault) {
    struct viewer *viewer = calloc(1, sizeof *viewer);
    if (!viewer) {
        fault_memory(fault);
        return NULL;
    }
    viewer->boundaries = boundaries;
    viewer->client = client_open(hub, key, fault);
    viewer->library = viewer->client ? library_new(client_fetch, viewer->client) : NULL;
    if (viewer->library)
        return viewer;
    if (viewer->client)
        fault_memory(fault);
    viewer_destroy(&viewer);
    return NULL;
}

void viewer_destroy(struct viewer **viewer) {
    if (!*viewer)
        return;
    viewer_trim(*viewer, true);
    arena_destroy(&(*viewer)->arena);
    library_destroy(&(*viewer)->library);
    client_destroy(&(*viewer)->client);
    free(*viewer);
    *viewer = NULL;
}

void viewer_turn(struct viewer *viewer) {
    viewer_trim(viewer, false);
    arena_destroy(&viewer->arena);
    library_turn(viewer->library);
    viewer->newest = 0;
    viewer->turn++;
}

static struct arena *arena_of(struct viewer *viewer, struct fault *fault) {
    if (!viewer->arena)
        viewer->arena = arena_new();
    if (!viewer->arena)
        fault_memory(fault);
    return viewer->arena;
}

/* --- asking the hub --------------------------------------------------------------------------- */

static Message *ask(struct viewer *viewer, Message *question,
                    Mindex__V1__Message__BodyCase expected, struct fault *fault) {
    Message *answer = client_ask(viewer->client, question, ASK_MS, fault);
    if (answer && answer->body_case != expected) {
        wire_free(&answer);
        fault_set(fault, FAULT_SYSTEM, "the hub's answer is of another kind");
    }
    return answer;
}

/* An answer of that kind to the question, which belongs to the turn. NULL: a fault. */
static Message *ask_and_keep(struct viewer *viewer, Message *question,
                             Mindex__V1__Message__BodyCase expected, struct fault *fault) {
    Message *answer = ask(viewer, question, expected, fault);
    return answer && viewer_keep(viewer, KEPT_ANSWER, "", answer, fault) ? answer : NULL;
}

const Editions *viewer_editions(struct viewer *viewer, uint64_t before, uint32_t limit,
                                struct fault *fault) {
    Mindex__V1__EditionsWanted wanted;
    Message question = client_editions_question(&wanted, before, limit);
    Message *answer = ask_and_keep(viewer, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, fault);
    return answer ? answer->editions : NULL;
}

const Releases *viewer_releases(struct viewer *viewer, const struct view *view,
                                struct fault *fault) {
    Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
    wanted.has_edition = view != NULL;
    wanted.edition = view ? view->number : 0;
    wanted.has_told_only = wanted.told_only = true; /* the hub may tell a role of more */
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &wanted;
    Message *answer = ask_and_keep(viewer, &question, MINDEX__V1__MESSAGE__BODY_RELEASES, fault);
    return answer ? answer->releases : NULL;
}

const Events *viewer_events(struct viewer *viewer, uint64_t after, uint32_t limit,
                            const char *const *topics, size_t n_topics, struct fault *fault) {
    Mindex__V1__EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after == NO_EVENT ? 0 : after;
    wanted.has_or_oldest = wanted.or_oldest = after == NO_EVENT;
    wanted.has_limit = true;
    wanted.limit = limit;
    wanted.topics = (char **)topics;
    wanted.n_topics = n_topics;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = ask_and_keep(viewer, &question, MINDEX__V1__MESSAGE__BODY_EVENTS, fault);
    return answer ? answer->events : NULL;
}

/* 0: the newest. The answer is the caller's. */
static Message *ask_edition(struct viewer *viewer, uint64_t number, bool retired_too,
                            struct fault *fault) {
    Mindex__V1__EditionWanted wanted;
    Message question = client_edition_question(&wanted, number);
    wanted.has_retired_too = wanted.retired_too = retired_too;
    return ask(viewer, &question, MINDEX__V1__MESSAGE__BODY_EDITION, fault);
}

/* --- an edition ------------------------------------------------------------------------------- */

static bool find_cells(struct viewer *viewer, const char *hash, struct view *view,
                       struct fault *fault) {
    struct cell *cells = viewer_find(viewer, KEPT_CELLS, hash);
    if (!cells) {
        if (!view_lay_out(view->pack, &cells, fault))
            return false;
        if (cells && !viewer_keep(viewer, KEPT_CELLS, hash, cells, fault))
            return false;
    }
    view->cells = cells;
    return true;
}

static bool find_ranks_before(struct viewer *viewer, struct shown *shown,
                              const struct view_hashes *hashes, struct fault *fault) {
    const struct pack *pack = library_pack(viewer->library, hashes->previous_pack, fault);
    const struct edition *edition = pack ? library_edition(viewer->library, hashes->previous_pack,
                                                           hashes->previous_scores, fault)
                                         : NULL;
    free(shown->before);
    shown->before = edition ? view_ranks_before(pack, edition, shown->view.pack, fault) : NULL;
    return shown->before != NULL;
}

/* With what the library has of it in this turn; changes and reasons are found once. */
static bool fill(struct viewer *viewer, struct shown *shown, struct fault *fault) {
    const EditionInfo *info = shown->answer->edition->info;
    struct view_hashes hashes = {
        .pack = info->pack, .scores = info->scores, .comparison = info->comparison};
    Message *before = NULL;
    if (!shown->before && info->number > 1 && !info->has_retired_ms) {
        before = ask_edition(viewer, info->number - 1, true, fault);
        if (!before)
            return false;
        hashes.previous_pack = before->edition->info->pack;
        hashes.previous_scores = before->edition->info->scores;
    }
    shown->view = (struct view){.number = info->number,
                                .time_ms = info->time_ms,
                                .cause = info->cause,
                                .dataset = info->dataset,
                                .label = info->label,
                                .boundaries = viewer->boundaries};
    bool fine = view_gather(viewer->library, &hashes, &shown->view, &shown->changes, fault) &&
                find_cells(viewer, info->pack, &shown->view, fault);
    if (fine && hashes.previous_pack)
        fine = find_ranks_before(viewer, shown, &hashes, fault);
    shown->view.before = shown->before;
    wire_free(&before);
    if (fine && shown->changes && !shown->reasons && info->has_last_event) {
        shown->reasons = reasons_fetch(viewer->client, info->first_event, info->last_event, fault);
        fine = shown->reasons != NULL;
    }
    shown->view.reasons = shown->reasons;
    return fine;
}

static bool is_same(const EditionInfo *a, const EditionInfo *b) {
    return a->number == b->number && a->time_ms == b->time_ms && strcmp(a->pack, b->pack) == 0 &&
           strcmp(a->scores, b->scores) == 0;
}

/* The answer of this turn replaces the one before: a comparison may have been added. Another
 * edition under the number of one that is kept: the hub's database was replaced by a copy. */
static struct shown *show(struct viewer *viewer, Message *answer, struct fault *fault) {
    const EditionInfo *info = answer->edition->info;
    char key[KEPT_KEY];
    (void)snprintf(key, sizeof key, "%llu.%llu.%s", (unsigned long long)info->number,
                   (unsigned long long)info->time_ms, info->scores);
    struct shown *shown = viewer_find(viewer, KEPT_VIEW, key);
    if (shown && is_same(shown->answer->edition->info, info)) {
        wire_free(&shown->answer);
        shown->answer = answer;
        return shown;
    }
    shown = calloc(1, sizeof *shown);
    if (!shown) {
        wire_free(&answer);
        fault_memory(fault);
        return NULL;
    }
    shown->answer = answer;
    return viewer_keep(viewer, KEPT_VIEW, key, shown, fault) ? shown : NULL;
}

/* The edition of that number that was shown in this turn. */
static struct shown *of_this_turn(struct viewer *viewer, uint64_t number) {
    for (struct kept *kept = viewer->kept; kept; kept = kept->next) {
        struct shown *shown = kept->object;
        if (kept->kind == KEPT_VIEW && kept->turn == viewer->turn && shown->view.number == number)
            return shown;
    }
    return NULL;
}

static const struct view *find_edition(struct viewer *viewer, uint64_t number, bool retired_too,
                                       struct fault *fault) {
    struct shown *shown = number ? of_this_turn(viewer, number) : NULL;
    if (shown)
        return &shown->view;
    Message *answer = ask_edition(viewer, number, retired_too, fault);
    shown = answer ? show(viewer, answer, fault) : NULL;
    if (!shown || !fill(viewer, shown, fault)) {
        if (shown)
            shown->view.number = 0; /* it is not to be shown as it is */
        return NULL;
    }
    return &shown->view;
}

const struct view *viewer_edition(struct viewer *viewer, uint64_t number, struct fault *fault) {
    const struct view *view = find_edition(viewer, number ? number : viewer->newest, false, fault);
    if (view && !number)
        viewer->newest = view->number;
    return view;
}

const struct view *viewer_edition_before(struct viewer *viewer, const struct view *view,
                                         struct fault *fault) {
    return find_edition(viewer, view->number - 1, true, fault);
}

const EditionInfo *viewer_edition_info(struct viewer *viewer, const struct view *view,
                                       struct fault *fault) {
    struct shown *shown = of_this_turn(viewer, view->number);
    if (shown)
        return shown->answer->edition->info;
    fault_set(fault, FAULT_SYSTEM, "edition %llu is not of this turn",
              (unsigned long long)view->number);
    return NULL;
}

const struct release *const *viewer_inputs(struct viewer *viewer, const struct view *view,
                                           struct fault *fault) {
    const EditionInfo *info = viewer_edition_info(viewer, view, fault);
    const struct edition_inputs *inputs =
        info ? library_inputs(viewer->library, info->scores, fault) : NULL;
    struct arena *arena = inputs ? arena_of(viewer, fault) : NULL;
    if (!arena)
        return NULL;
    return library_releases(viewer->library, arena, view->pack, inputs->datasets,
                            inputs->observations, inputs->n, fault);
}

/* --- rank intervals --------------------------------------------------------------------------- */

/* At all nodes above the metrics, or at the one metric: what costs is scoring the index again, once
 * for each replicate. */
static size_t nodes_beside(const struct definition *definition, size_t node, size_t *out) {
    size_t n = 0;
    if (node_is_metric(&definition->nodes[node])) {
        out[n++] = node;
        return n;
    }
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (!node_is_metric(&definition->nodes[k]))
            out[n++] = k;
    }
    return n;
}

static bool spread_at(struct viewer *viewer, struct shown *shown, size_t node,
                      struct fault *fault) {
    const struct pack *pack = shown->view.pack;
    const struct uncertainty *u = &pack->definition->uncertainty;
    size_t n_nodes = pack->definition->n_nodes;
    struct arena *arena = arena_of(viewer, fault);
    const struct release *const *releases =
        arena ? viewer_inputs(viewer, &shown->view, fault) : NULL;
    if (!releases)
        return false;
    size_t *nodes = arena_alloc(arena, n_nodes, sizeof *nodes);
    struct spread **spreads = arena_alloc(arena, n_nodes, sizeof(struct spread *));
    if (!nodes || !spreads)
        return fault_memory(fault);
    size_t n = nodes_beside(pack->definition, node, nodes);
    struct figures *figures = figures_new(pack, releases, fault);
    bool fine = figures &&
                uncertainty_spread(pack, figures, nodes, n, u->replicates, u->seed, spreads, fault);
    for (size_t i = 0; fine && i < n; i++)
        shown->spreads[nodes[i]] = spreads[i];
    figures_destroy(&figures);
    return fine;
}

const struct spread *viewer_spread(struct viewer *viewer, const struct view *view, size_t node,
                                   struct fault *fault) {
    struct shown *shown = of_this_turn(viewer, view->number);
    const struct definition *definition = view->pack->definition;
    if (!definition->uncertainty.n_factors) {
        fault_set(fault, FAULT_INPUT, "the definition of '%s' has no 'uncertainty'",
                  definition->title);
        return NULL;
    }
    if (view->pack->geography->n_areas > SPREAD_AREAS_MAX) {
        fault_set(fault, FAULT_INPUT,
                  "rank intervals of %zu places take too long to be computed while somebody waits; "
                  "ask 'mindex uncertainty' for them",
                  view->pack->geography->n_areas);
        return NULL;
    }
    if (!shown->spreads)
        shown->spreads = calloc(definition->n_nodes, sizeof(struct spread *));
    if (!shown->spreads) {
        fault_memory(fault);
        return NULL;
    }
    shown->n_spreads = definition->n_nodes;
    if (!shown->spreads[node] && !spread_at(viewer, shown, node, fault))
        return NULL;
    return shown->spreads[node];
}
