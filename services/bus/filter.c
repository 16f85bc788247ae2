#include "services/bus/filter.h"

#include "core/names.h"
#include "core/nearest.h"
#include "core/number.h"
#include "services/bus/buffer.h"
#include "services/bus/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { AT_LEAST_MAX = 1000000 };

#define LIST(field) offsetof(Filter, n_##field), offsetof(Filter, field)

static const char *const types[] = {"release.accepted",
                                    "release.withdrawn",
                                    "edition.scored",
                                    "rank.changed",
                                    "spend.compared",
                                    "edition.published",
                                    NULL};
static const char *const natures[] = {"data", "revision", "method", "withdrawal", NULL};

/* The lists, in the order of the message's fields; the two that are none stand beside them. */
static const struct list {
    const char *name;
    size_t count, items;      /* where in a Filter */
    const char *const *words; /* all that there are; NULL: the pack has them */
} lists[] = {
    {"type", LIST(types), types},      {"area", LIST(areas), NULL},
    {"mission", LIST(missions), NULL}, {"node", LIST(nodes), NULL},
    {"region", LIST(regions), NULL},   {"area-type", LIST(area_types), NULL},
    {"band", LIST(bands), NULL},       {"nature", LIST(natures), natures},
};
enum { LISTS = sizeof lists / sizeof *lists };

const char *const filter_names[FILTER_NAMES] = {
    "type",     "area", "mission",         "node",  "region", "area-type",
    "at-least", "band", "beyond-interval", "nature"};

bool filter_has_name(const char *name) {
    for (size_t i = 0; i < FILTER_NAMES; i++) {
        if (strcmp(filter_names[i], name) == 0)
            return true;
    }
    return false;
}

bool filter_of_pack(const char *name) {
    for (size_t i = 0; i < LISTS; i++) {
        if (!lists[i].words && strcmp(lists[i].name, name) == 0)
            return true;
    }
    return false;
}

Filter *filter_new(void) {
    Filter *filter = malloc(sizeof *filter);
    if (filter)
        mindex__v1__filter__init(filter);
    return filter;
}

void filter_destroy(Filter **filter) {
    if (*filter)
        mindex__v1__filter__free_unpacked(*filter, NULL);
    *filter = NULL;
}

static size_t *count_of(const Filter *filter, const struct list *list) {
    return (size_t *)(void *)((char *)filter + list->count);
}

static char ***items_of(const Filter *filter, const struct list *list) {
    return (char ***)(void *)((char *)filter + list->items);
}

static bool holds(const Filter *filter, const struct list *list, const char *value) {
    char *const *items = *items_of(filter, list);
    for (size_t i = 0; i < *count_of(filter, list); i++) {
        if (strcmp(items[i], value) == 0)
            return true;
    }
    return false;
}

/* --- taking in -------------------------------------------------------------------------------- */

/* "a, b or c". */
static void say_words(const char *const *words, char *out, size_t room) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; words[i] && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%s",
                                 i == 0         ? ""
                                 : words[i + 1] ? ", "
                                                : " or ",
                                 words[i]);
}

static bool unknown_word(const char *name, const char *value, const char *const *words,
                         struct fault *fault) {
    char all[400];
    struct nearest near = {.word = value};
    for (size_t i = 0; words[i]; i++)
        nearest_offer(&near, words[i]);
    say_words(words, all, sizeof all);
    return fault_set(fault, FAULT_INPUT, "%s: found '%.100s', expected %s%s%s%s", name, value, all,
                     near.best ? "; did you mean '" : "", near.best ? near.best : "",
                     near.best ? "'?" : "");
}

/* By itself; what the pack has is filter_settle's. */
static bool value_fits(const struct list *list, const char *value, struct fault *fault) {
    if (!text_is_plain(value, FILTER_VALUE_MAX))
        return fault_set(fault, FAULT_INPUT,
                         "%s: expected at most %d bytes of UTF-8 without control characters",
                         list->name, FILTER_VALUE_MAX);
    if (!*value)
        return fault_set(fault, FAULT_INPUT, "%s: found nothing, expected a value", list->name);
    for (size_t i = 0; list->words && list->words[i]; i++) {
        if (strcmp(list->words[i], value) == 0)
            return true;
    }
    return !list->words || unknown_word(list->name, value, list->words, fault);
}

static bool add(Filter *filter, const struct list *list, const char *value, struct fault *fault) {
    size_t *count = count_of(filter, list);
    char ***items = items_of(filter, list);
    if (!value_fits(list, value, fault))
        return false;
    if (holds(filter, list, value))
        return true;
    if (*count == FILTER_VALUES_MAX)
        return fault_set(fault, FAULT_INPUT, "%s: more than %d of them", list->name,
                         FILTER_VALUES_MAX);
    char **more = realloc(*items, (*count + 1) * sizeof *more);
    if (more)
        *items = more;
    char *copy = more ? strdup(value) : NULL;
    if (!copy)
        return fault_memory(fault);
    more[(*count)++] = copy;
    return true;
}

static bool take_at_least(Filter *filter, const char *value, struct fault *fault) {
    unsigned long places;
    if (!number_whole(value, strlen(value), 1, AT_LEAST_MAX, &places))
        return fault_set(fault, FAULT_INPUT,
                         "at-least: found '%.100s', expected a whole number of places from 1 to %d",
                         value, AT_LEAST_MAX);
    if (filter->has_at_least && filter->at_least != places)
        return fault_set(fault, FAULT_INPUT, "at-least: found both %u and %lu, expected one",
                         filter->at_least, places);
    filter->has_at_least = true;
    filter->at_least = (uint32_t)places;
    return true;
}

static bool take_beyond(Filter *filter, const char *value, struct fault *fault) {
    if (strcmp(value, "1") != 0 && strcmp(value, "0") != 0)
        return fault_set(fault, FAULT_INPUT,
                         "beyond-interval: found '%.100s', expected 1 (only moves beyond the "
                         "place's interval) or 0 (all)",
                         value);
    filter->has_beyond_interval = filter->beyond_interval = *value == '1';
    return true;
}

static bool unknown_name(const char *name, struct fault *fault) {
    struct nearest near = {.word = name};
    for (size_t i = 0; i < FILTER_NAMES; i++)
        nearest_offer(&near, filter_names[i]);
    return fault_set(fault, FAULT_INPUT,
                     "there is no filter '%.100s'%s%s%s; the filters are type, area, mission, "
                     "node, region, area-type, at-least, band, beyond-interval and nature",
                     name, near.best ? ", did you mean '" : "", near.best ? near.best : "",
                     near.best ? "'?" : "");
}

bool filter_take(Filter *filter, const char *name, const char *value, struct fault *fault) {
    if (strcmp(name, "at-least") == 0)
        return take_at_least(filter, value, fault);
    if (strcmp(name, "beyond-interval") == 0)
        return take_beyond(filter, value, fault);
    for (size_t i = 0; i < LISTS; i++) {
        if (strcmp(lists[i].name, name) == 0)
            return add(filter, &lists[i], value, fault);
    }
    return unknown_name(name, fault);
}

bool filter_fits(const Filter *filter, struct fault *fault) {
    for (size_t i = 0; i < LISTS; i++) {
        char *const *items = *items_of(filter, &lists[i]);
        size_t count = *count_of(filter, &lists[i]);
        if (count > FILTER_VALUES_MAX)
            return fault_set(fault, FAULT_INPUT, "%s: more than %d of them", lists[i].name,
                             FILTER_VALUES_MAX);
        for (size_t k = 0; k < count; k++) {
            if (!value_fits(&lists[i], items[k], fault))
                return false;
        }
    }
    if (filter->has_at_least && (filter->at_least == 0 || filter->at_least > AT_LEAST_MAX))
        return fault_set(fault, FAULT_INPUT,
                         "at-least: found %u, expected a whole number of places from 1 to %d",
                         filter->at_least, AT_LEAST_MAX);
    return true;
}

/* --- as text ---------------------------------------------------------------------------------- */

static void write_pair(FILE *out, bool *first, const char *name, const char *value) {
    (void)fprintf(out, "%s%s=", *first ? "" : "&", name);
    *first = false;
    for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
        bool plain = (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= 'a' && *at <= 'z') || strchr("-._~", *at);
        (void)fprintf(out, plain ? "%c" : "%%%02X", *at);
    }
}

char *filter_write(const Filter *filter) {
    bool first = true;
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return NULL;
    for (size_t i = 0; i < LISTS; i++) {
        if (filter->has_at_least && strcmp(lists[i].name, "band") == 0) {
            char places[16];
            (void)snprintf(places, sizeof places, "%u", filter->at_least);
            write_pair(out, &first, "at-least", places);
        }
        if (filter->has_beyond_interval && filter->beyond_interval &&
            strcmp(lists[i].name, "nature") == 0)
            write_pair(out, &first, "beyond-interval", "1");
        for (size_t k = 0; k < *count_of(filter, &lists[i]); k++)
            write_pair(out, &first, lists[i].name, (*items_of(filter, &lists[i]))[k]);
    }
    return buffer_close(&buffer, out) ? buffer.bytes : NULL;
}

/* --- held against a pack ---------------------------------------------------------------------- */

static bool replace(char **item, const char *with, struct fault *fault) {
    char *copy = strdup(with);
    if (!copy)
        return fault_memory(fault);
    free(*item);
    *item = copy;
    return true;
}

static bool none_such(const char *what, const struct nearest *near, const char *how,
                      struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "there is no %s '%.100s'; %s%s%s", what, near->word,
                     near->best ? "did you mean '" : "", near->best ? near->best : how,
                     near->best ? "'?" : "");
}

static bool settle_areas(Filter *filter, const struct pack *pack, struct fault *fault) {
    if (filter->n_areas == 0)
        return true;
    struct names *names = names_new(pack->geography, fault);
    bool fine = names != NULL;
    for (size_t i = 0; fine && i < filter->n_areas; i++) {
        size_t area = names_area(names, filter->areas[i], fault);
        fine = area != SIZE_MAX &&
               replace(&filter->areas[i], pack->geography->areas[area].code, fault);
    }
    names_destroy(&names);
    return fine;
}

/* A node by its id or its name; missions are the root and what is just below it. */
static bool settle_node(char **item, const struct definition *definition, bool mission,
                        struct fault *fault) {
    struct nearest near = {.word = *item};
    for (size_t i = 0; i < definition->n_nodes; i++) {
        const struct node *node = &definition->nodes[i];
        if (mission && node->level > 1)
            continue;
        if (strcmp(node->id, *item) == 0)
            return true;
        if (strcasecmp(node->name, *item) == 0)
            return replace(item, node->id, fault);
        nearest_offer(&near, node->id);
    }
    return none_such(mission ? "mission" : "node", &near,
                     "'mindex show' of a place lists them with their ids", fault);
}

static bool settle_region(char **item, const struct geography *geography, struct fault *fault) {
    struct nearest near = {.word = *item};
    for (size_t i = 0; i < geography->n_areas; i++) {
        const struct area *area = &geography->areas[i];
        if (strcmp(area->region_code, *item) == 0)
            return true;
        if (strcasecmp(area->region, *item) == 0)
            return replace(item, area->region_code, fault);
        nearest_offer(&near, area->region);
    }
    return none_such("region", &near, "give a code such as E12000002, or its name", fault);
}

static bool settle_type(char **item, const struct geography *geography, struct fault *fault) {
    struct nearest near = {.word = *item};
    for (size_t i = 0; i < geography->n_areas; i++) {
        const char *type = geography->areas[i].type;
        if (strcasecmp(type, *item) == 0)
            return strcmp(type, *item) == 0 || replace(item, type, fault);
        nearest_offer(&near, type);
    }
    return none_such("type of area", &near, "the table of areas in the pack has them", fault);
}

static bool settle_band(char **item, const struct definition *definition, struct fault *fault) {
    struct nearest near = {.word = *item};
    nearest_offer(&near, "any");
    if (strcmp(*item, "any") == 0)
        return true;
    for (unsigned band = 1; band <= definition->bands; band++) {
        const char *name = band_name(definition, band);
        if (strcmp(name, *item) == 0)
            return true;
        nearest_offer(&near, name);
    }
    return none_such("band", &near, "give one of the definition's, or any", fault);
}

bool filter_settle(Filter *filter, const struct pack *pack, struct fault *fault) {
    bool fine = settle_areas(filter, pack, fault);
    for (size_t i = 0; fine && i < filter->n_missions; i++)
        fine = settle_node(&filter->missions[i], pack->definition, true, fault);
    for (size_t i = 0; fine && i < filter->n_nodes; i++)
        fine = settle_node(&filter->nodes[i], pack->definition, false, fault);
    for (size_t i = 0; fine && i < filter->n_regions; i++)
        fine = settle_region(&filter->regions[i], pack->geography, fault);
    for (size_t i = 0; fine && i < filter->n_area_types; i++)
        fine = settle_type(&filter->area_types[i], pack->geography, fault);
    for (size_t i = 0; fine && i < filter->n_bands; i++)
        fine = settle_band(&filter->bands[i], pack->definition, fault);
    return fine;
}

/* --- wanting ---------------------------------------------------------------------------------- */

/* Whether the list is empty or names the word. */
static bool names_it(char *const *items, size_t count, const char *word) {
    for (size_t i = 0; word && i < count; i++) {
        if (strcmp(items[i], word) == 0)
            return true;
    }
    return count == 0;
}

static const char *nature_of(const char *nature, const char *cause) {
    return nature                             ? nature
           : strcmp(cause, "definition") == 0 ? "method"
           : strcmp(cause, "withdrawal") == 0 ? "withdrawal"
                                              : "data";
}

/* The kind of cause that an event has; NULL: none. Of events from before they said so, a revision
 * cannot be told from other data. */
static const char *event_nature(const Event *event) {
    switch (event->body_case) {
    case MINDEX__V1__EVENT__BODY_RANK_CHANGED:
        return nature_of(event->rank_changed->nature, event->rank_changed->cause);
    case MINDEX__V1__EVENT__BODY_EDITION_SCORED:
        return nature_of(event->edition_scored->nature, event->edition_scored->cause);
    case MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED:
        return event->release_accepted->revision ? "revision" : "data";
    case MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN:
        return "withdrawal";
    default:
        return NULL;
    }
}

uint32_t rank_distance(const RankChanged *change) {
    if (!change->has_old_rank || !change->has_new_rank)
        return UINT32_MAX;
    return change->old_rank < change->new_rank ? change->new_rank - change->old_rank
                                               : change->old_rank - change->new_rank;
}

static bool wants_band(const Filter *filter, const RankChanged *change) {
    const char *old = change->old_band, *new = change->new_band;
    if (filter->n_bands == 0)
        return true;
    if (old && new ? strcmp(old, new) == 0 : old == new)
        return false;
    return names_it(filter->bands, filter->n_bands, "any") ||
           names_it(filter->bands, filter->n_bands, old) ||
           names_it(filter->bands, filter->n_bands, new);
}

static bool wants_change(const Filter *filter, const RankChanged *change) {
    uint32_t distance = rank_distance(change);
    bool beyond =
        distance == UINT32_MAX || (change->has_beyond_interval && change->beyond_interval);
    return names_it(filter->areas, filter->n_areas, change->area) &&
           names_it(filter->missions, filter->n_missions, change->mission) &&
           names_it(filter->nodes, filter->n_nodes, change->node) &&
           names_it(filter->regions, filter->n_regions, change->region) &&
           names_it(filter->area_types, filter->n_area_types, change->area_type) &&
           (!filter->has_at_least || distance >= filter->at_least) &&
           (!filter->beyond_interval || beyond) && wants_band(filter, change);
}

/* Whether it says anything of moves: what else there is to a filter is types and natures. */
static bool is_of_moves(const Filter *filter) {
    return filter->n_areas || filter->n_missions || filter->n_nodes || filter->n_regions ||
           filter->n_area_types || filter->n_bands || filter->has_at_least ||
           (filter->has_beyond_interval && filter->beyond_interval);
}

/* Who follows one place and names no type does not mean every release, too. */
static bool wants_type(const Filter *filter, const Event *event) {
    if (filter->n_types == 0 && is_of_moves(filter))
        return event->body_case == MINDEX__V1__EVENT__BODY_RANK_CHANGED;
    return names_it(filter->types, filter->n_types, event->type);
}

bool filter_wants(const Filter *filter, const Event *event) {
    if (!filter)
        return true;
    const char *nature = event_nature(event);
    if (!wants_type(filter, event) ||
        (nature && !names_it(filter->natures, filter->n_natures, nature)))
        return false;
    if (event->body_case == MINDEX__V1__EVENT__BODY_SPEND_COMPARED)
        return names_it(filter->nodes, filter->n_nodes, event->spend_compared->node);
    return event->body_case != MINDEX__V1__EVENT__BODY_RANK_CHANGED ||
           wants_change(filter, event->rank_changed);
}
