#include "services/views/choice.h"

#include "core/nearest.h"
#include "core/number.h"

#include <string.h>
#include <strings.h>

const char *choice_given(const struct request *request, const char *name) {
    const char *value = request_get(request, name);
    return value && *value ? value : NULL;
}

const struct view *choice_view(struct viewer *viewer, const struct request *request,
                               struct answer *answer) {
    struct fault fault = {0};
    uint64_t number = 0;
    if (choice_given(request, "edition") &&
        !request_number(request, "edition", 0, 1, INT64_MAX, &number, answer))
        return NULL;
    const struct view *view = viewer_edition(viewer, number, &fault);
    if (!view) {
        answer_fault(answer, request, &fault);
        return NULL;
    }
    answer->edition = view->number;
    answer->freshness = number ? FRESH_IN_THE_LOG : FRESH_UNTIL_EVENT;
    return view;
}

/* --- what is chosen --------------------------------------------------------------------------- */

/* Offer every word that there is, and ask what to say if the one at hand is none of them. */
static bool unknown(const struct request *request, const char *name, const struct nearest *nearest,
                    const char *else_see, struct answer *answer) {
    if (nearest->best)
        answer_problem(answer, request, 404,
                       "%s is \"%.100s\", which this edition does not have: "
                       "did you mean \"%s\"?",
                       name, nearest->word, nearest->best);
    else
        answer_problem(answer, request, 404,
                       "%s is \"%.100s\", which this edition does not have; "
                       "%s",
                       name, nearest->word, else_see);
    return false;
}

bool choice_node(const struct request *request, const char *name, const struct view *view,
                 size_t initial, size_t *out, struct answer *answer) {
    const struct definition *definition = view->pack->definition;
    struct nearest nearest = {.word = choice_given(request, name)};
    *out = initial;
    if (!nearest.word)
        return true;
    *out = definition_node(definition, nearest.word);
    if (*out != NO_NODE)
        return true;
    for (size_t k = 0; k < definition->n_nodes; k++)
        nearest_offer(&nearest, definition->nodes[k].id);
    return unknown(request, name, &nearest, "/metrics-table has the ids that there are", answer);
}

static bool find_group(const struct request *request, const char *name, const struct view *view,
                       bool region, const char **out, struct answer *answer) {
    struct nearest nearest = {.word = choice_given(request, name)};
    for (size_t i = 0; nearest.word && i < view->pack->geography->n_areas; i++) {
        const struct area *area = &view->pack->geography->areas[i];
        const char *word = region ? area->region : area->type;
        if (strcasecmp(word, nearest.word) == 0 ||
            (region && strcasecmp(area->region_code, nearest.word) == 0)) {
            *out = word;
            return true;
        }
        nearest_offer(&nearest, word);
    }
    return !nearest.word ||
           unknown(request, name, &nearest, "/league shows all that there are", answer);
}

static bool find_band(const struct request *request, const struct view *view, unsigned *out,
                      struct answer *answer) {
    const struct definition *definition = view->pack->definition;
    struct nearest nearest = {.word = choice_given(request, "band")};
    unsigned long number;
    if (!nearest.word)
        return true;
    if (number_whole(nearest.word, strlen(nearest.word), 1, definition->bands, &number)) {
        *out = (unsigned)number;
        return true;
    }
    for (unsigned band = 1; band <= definition->bands; band++) {
        if (strcasecmp(nearest.word, band_name(definition, band)) == 0) {
            *out = band;
            return true;
        }
        nearest_offer(&nearest, band_name(definition, band));
    }
    return unknown(request, "band", &nearest, "1 is the band of most need", answer);
}

bool choice_places(const struct request *request, const struct view *view, struct choice *out,
                   struct answer *answer) {
    *out = (struct choice){0};
    return find_group(request, "region", view, true, &out->region, answer) &&
           find_group(request, "type", view, false, &out->type, answer) &&
           find_band(request, view, &out->band, answer);
}

bool choice_takes(const struct choice *choice, const struct view *view, size_t node, size_t area) {
    const struct area *place = &view->pack->geography->areas[area];
    return (!choice->region || strcmp(choice->region, place->region) == 0) &&
           (!choice->type || strcmp(choice->type, place->type) == 0) &&
           (!choice->band || choice->band == view->edition->nodes[node].band[area]);
}

bool choice_narrows(const struct choice *choice) {
    return choice->region || choice->type || choice->band;
}

bool choice_word(const struct request *request, const char *name, const char *const *words,
                 size_t n, size_t *out, struct answer *answer) {
    struct nearest nearest = {.word = choice_given(request, name)};
    *out = 0;
    for (size_t i = 0; nearest.word && i < n; i++) {
        if (strcmp(words[i], nearest.word) == 0) {
            *out = i;
            return true;
        }
        nearest_offer(&nearest, words[i]);
    }
    if (!nearest.word)
        return true;
    answer_problem(answer, request, 400, "%s is \"%.100s\"; expected %s, for example", name,
                   nearest.word, nearest.best ? nearest.best : words[0]);
    return false;
}

/* --- what there is to choose ------------------------------------------------------------------ */

static size_t groups(const struct view *view, bool region, const char **out) {
    size_t n = 0;
    for (size_t i = 0; i < view->pack->geography->n_areas; i++) {
        const struct area *area = &view->pack->geography->areas[i];
        const char *word = region ? area->region : area->type;
        bool known = !*word;
        for (size_t k = 0; k < n && !known; k++)
            known = strcmp(out[k], word) == 0;
        if (!known && n < CHOICE_GROUPS_MAX)
            out[n++] = word;
    }
    return n;
}

size_t choice_regions(const struct view *view, const char **out) {
    return groups(view, true, out);
}

size_t choice_types(const struct view *view, const char **out) {
    return groups(view, false, out);
}
