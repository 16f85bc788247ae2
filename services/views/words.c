#include "services/views/words.h"

#include "core/status.h"
#include "core/utf8.h"

#include <ctype.h>
#include <inttypes.h>
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

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), of_end = strlen(end);
    return length >= of_end && strcmp(text + length - of_end, end) == 0;
}

const char *words_parts(const struct definition *definition, bool several, char out[WORDS_NAME]) {
    (void)snprintf(out, WORDS_NAME, "%.90s", definition->levels[1].name);
    utf8_make_plain(out);
    bool capitals = out[0] && isupper((unsigned char)out[1]); /* an abbreviation stays one */
    if (!capitals)
        out[0] = (char)tolower((unsigned char)out[0]);
    size_t length = strlen(out);
    if (!several)
        return out;
    bool vowel = length > 1 && strchr("aeiou", out[length - 2]);
    if (ends_with(out, "y") && !vowel)
        (void)snprintf(out + length - 1, WORDS_NAME - length + 1, "ies");
    else if (ends_with(out, "s") || ends_with(out, "x") || ends_with(out, "ch") ||
             ends_with(out, "sh"))
        (void)snprintf(out + length, WORDS_NAME - length, "es");
    else
        (void)snprintf(out + length, WORDS_NAME - length, "s");
    return out;
}

/* The Open Government Licence has a sentence that it wants said of what comes under it. */
static void add_licence(char out[WORDS_TEXT], const char *licence) {
    bool government = strncmp(licence, "Open Government Licence", 23) == 0;
    size_t used = strlen(out);
    (void)snprintf(out + used, WORDS_TEXT - used,
                   government ? "Contains public sector information licensed under the %.200s. "
                              : "Contains information under the licence “%.200s”. ",
                   licence);
}

const char *words_licences(const struct definition *definition, char out[WORDS_TEXT]) {
    const struct dataset *datasets = definition->datasets;
    out[0] = '\0';
    for (size_t i = 0; i < definition->n_datasets; i++) {
        bool told = !datasets[i].licence[0];
        for (size_t k = 0; k < i && !told; k++)
            told = strcmp(datasets[k].licence, datasets[i].licence) == 0;
        if (!told)
            add_licence(out, datasets[i].licence);
    }
    utf8_make_plain(out); /* it may be cut within a character */
    return out;
}

const char *words_places(size_t n, char out[32]) {
    (void)snprintf(out, 32, n == 1 ? "%zu place" : "%zu places", n);
    return out;
}

const char *words_rise(int64_t rise, char out[32]) {
    (void)snprintf(out, 32, "%s %" PRId64, rise > 0 ? "up" : "down", rise > 0 ? rise : -rise);
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
