#include "core/search.h"

#include "core/arena.h"
#include "core/names.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct target {
    size_t area;
    enum search_relation relation;
};

struct search {
    const struct geography *geography;
    struct name_entry *entries;
    size_t n_entries;
    struct target *targets; /* of code c: targets[first[c]] ... targets[first[c + 1] - 1] */
    size_t *first;
    struct arena *arena;
};

/* --- where a code leads ----------------------------------------------------------------------- */

struct leading {
    const struct geography *geography;
    struct target *targets; /* of one code; room for every area */
    size_t n;
    bool *seen; /* by area */
    /* The sources of each code: the first, and after each the next; SIZE_MAX: none. And whose each
     * source is. */
    size_t *source_of, *next, *area_of;
    bool *changed; /* by code: whether it became another, or was made of others */
};

/* From the last source to the first, so that each code has its own in their order. */
static void find_sources(struct leading *to) {
    const struct geography *g = to->geography;
    for (size_t c = 0; c < g->n_codes; c++)
        to->source_of[c] = SIZE_MAX;
    for (size_t i = g->n_levels * g->n_areas; i-- > 0;) {
        for (size_t k = g->first[i + 1]; k-- > g->first[i];) {
            to->next[k] = to->source_of[g->sources[k].code];
            to->source_of[g->sources[k].code] = k;
            to->area_of[k] = i % g->n_areas;
        }
    }
}

static void lead(struct leading *to, size_t area, enum search_relation relation) {
    if (area == SIZE_MAX || to->seen[area])
        return;
    to->seen[area] = true;
    to->targets[to->n++] = (struct target){area, relation};
}

/* What became of it, or what it was made of: the first day on which areas of the index appear. */
static void lead_by_changes(struct leading *to, size_t code, bool later) {
    const struct geography *g = to->geography;
    struct parts parts = {.part = {{code, 0}}, .n = 1};
    struct fault unused = {0};
    size_t at = later ? 0 : g->succession.n;
    while (to->n == 0 &&
           (later ? succession_later : succession_earlier)(&g->succession, &at, &parts, &unused)) {
        for (size_t i = 0; i < parts.n; i++)
            lead(to, g->area_of_code[parts.part[i].code], later ? SEARCH_FORMER : SEARCH_LATER);
    }
}

/* The areas whose figures are published under it: the same place's, or of a larger one's its rates.
 */
static void lead_to_served(struct leading *to, size_t code) {
    const struct geography *g = to->geography;
    for (size_t k = to->source_of[code]; k != SIZE_MAX; k = to->next[k]) {
        enum rule rule = g->sources[k].rule;
        if (rule == RULE_RECODED)
            lead(to, to->area_of[k], SEARCH_ITSELF);
        else if (rule == RULE_CASCADED)
            lead(to, to->area_of[k], SEARCH_LARGER);
    }
}

static void find_changed(struct leading *to) {
    const struct succession *succession = &to->geography->succession;
    for (size_t i = 0; i < succession->n; i++)
        to->changed[succession->rows[i].from] = to->changed[succession->rows[i].to] = true;
}

static void lead_from(struct leading *to, size_t code) {
    const struct geography *g = to->geography;
    bool changed = to->changed[code];
    to->n = 0;
    lead(
        to,
        g->area_of_code[changed ? succession_standing(&g->succession, code, g->vintage_day) : code],
        SEARCH_ITSELF);
    if (to->n == 0 && changed)
        lead_by_changes(to, code, true);
    if (to->n == 0 && changed)
        lead_by_changes(to, code, false);
    if (to->n == 0)
        lead_to_served(to, code);
    for (size_t i = 0; i < to->n; i++)
        to->seen[to->targets[i].area] = false;
}

/* Twice: to count the targets of all codes, and to keep them. */
static bool find_targets(struct search *search) {
    const struct geography *g = search->geography;
    size_t n_sources = g->first[g->n_levels * g->n_areas];
    struct leading to = {.geography = g,
                         .targets = calloc(g->n_areas + 1, sizeof *to.targets),
                         .seen = calloc(g->n_areas + 1, sizeof *to.seen),
                         .source_of = calloc(g->n_codes + 1, sizeof *to.source_of),
                         .next = calloc(n_sources + 1, sizeof *to.next),
                         .area_of = calloc(n_sources + 1, sizeof *to.area_of),
                         .changed = calloc(g->n_codes + 1, sizeof *to.changed)};
    search->first = arena_alloc(search->arena, g->n_codes + 1, sizeof *search->first);
    bool good = to.targets && to.seen && to.source_of && to.next && to.area_of && to.changed &&
                search->first;
    if (good) {
        find_sources(&to);
        find_changed(&to);
    }
    for (size_t c = 0; good && c < g->n_codes; c++) {
        lead_from(&to, c);
        search->first[c + 1] = search->first[c] + to.n;
    }
    search->targets =
        good ? arena_alloc(search->arena, search->first[g->n_codes] + 1, sizeof *search->targets)
             : NULL;
    good = search->targets != NULL;
    for (size_t c = 0; good && c < g->n_codes; c++) {
        lead_from(&to, c);
        memcpy(search->targets + search->first[c], to.targets, to.n * sizeof *to.targets);
    }
    free(to.targets);
    free(to.seen);
    free(to.source_of);
    free(to.next);
    free(to.area_of);
    free(to.changed);
    return good;
}

/* --- the names -------------------------------------------------------------------------------- */

static bool add_entry(struct search *search, const char *name, size_t code) {
    return name_entry_set(&search->entries[search->n_entries++], search->arena, name, code);
}

/* Areas first, so that of names that fit as well the area's own is said to be found. */
static bool add_entries(struct search *search) {
    const struct geography *g = search->geography;
    search->entries = arena_alloc(search->arena, g->n_areas + g->n_codes + g->n_aliases + 1,
                                  sizeof *search->entries);
    bool good = search->entries != NULL;
    for (size_t i = 0; good && i < g->n_areas; i++) {
        size_t code = geography_code(g, g->areas[i].code);
        good = code == SIZE_MAX || add_entry(search, g->areas[i].name, code);
    }
    for (size_t i = 0; good && i < g->n_codes; i++)
        good = add_entry(search, g->codes[i].name, i);
    for (size_t i = 0; good && i < g->n_aliases; i++)
        good = add_entry(search, g->aliases[i].name, g->aliases[i].code);
    return good;
}

struct search *search_new(const struct geography *geography, struct fault *fault) {
    struct arena *arena = arena_new();
    struct search *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        fault_memory(fault);
        arena_destroy(&arena);
        return NULL;
    }
    out->arena = arena;
    out->geography = geography;
    if (!find_targets(out) || !add_entries(out)) {
        fault_memory(fault);
        search_destroy(&out);
    }
    return out;
}

void search_destroy(struct search **search) {
    if (!*search)
        return;
    struct arena *arena = (*search)->arena; /* in which the search itself lies */
    arena_destroy(&arena);
    *search = NULL;
}

/* --- matching --------------------------------------------------------------------------------- */

struct question {
    char text[NAME_MAX_BYTES + 1]; /* without blanks around it */
    char full[NAME_MAX_BYTES + 1], core[NAME_MAX_BYTES + 1];
};

static void ask(const char *text, struct question *out) {
    size_t length;
    text += strspn(text, " \t\r\n");
    length = strnlen(text, NAME_MAX_BYTES);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    memcpy(out->text, text, length);
    out->text[length] = '\0';
    names_plain(out->text, true, out->full);
    names_plain(out->text, false, out->core);
}

static bool begins(const char *name, const char *beginning) {
    return strncmp(name, beginning, strlen(beginning)) == 0;
}

/* Whether a word of the name begins with the first `length` letters of `word`. */
static bool has_word(const char *name, const char *word, size_t length) {
    for (const char *at = name; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, length) == 0)
            return true;
    }
    return false;
}

static bool has_words(const char *name, const char *words) {
    for (const char *at = words; *at;) {
        size_t length = strcspn(at, " ");
        if (!has_word(name, at, length))
            return false;
        at += length;
        at += *at == ' ';
    }
    return true;
}

/* False: it does not fit. */
static bool fits(const struct name_entry *entry, const struct question *question,
                 enum search_match *match) {
    if (!*question->core)
        return false;
    bool whole =
        strcmp(entry->core, question->core) == 0 || strcmp(entry->full, question->full) == 0;
    bool prefix = begins(entry->full, question->full) || begins(entry->core, question->core);
    *match = whole ? SEARCH_NAME : prefix ? SEARCH_PREFIX : SEARCH_WORDS;
    return whole || prefix || has_words(entry->full, question->full);
}

/* Hits by area while they are gathered: found NULL is none. */
static bool better(const struct search_hit *hit, const struct search_hit *than) {
    if (!than->found)
        return true;
    if (hit->match != than->match)
        return hit->match < than->match;
    if (hit->distance != than->distance)
        return hit->distance < than->distance;
    return hit->relation < than->relation;
}

static bool offer(const struct search *search, struct search_hit hit, struct search_hit *hits) {
    bool found = false;
    for (size_t i = search->first[hit.code]; i < search->first[hit.code + 1]; i++) {
        hit.area = search->targets[i].area;
        hit.relation = search->targets[i].relation;
        if (hit.relation == SEARCH_LARGER && hit.match > SEARCH_NAME)
            continue;
        if (better(&hit, &hits[hit.area]))
            hits[hit.area] = hit;
        found = true;
    }
    return found;
}

static bool offer_fitting(const struct search *search, const struct question *question,
                          struct search_hit *hits) {
    const struct geography *g = search->geography;
    bool found = false;
    for (size_t i = 0; i < g->n_codes; i++) {
        struct search_hit hit = {.match = SEARCH_CODE, .found = g->codes[i].code, .code = i};
        if (strcasecmp(g->codes[i].code, question->text) == 0)
            found = offer(search, hit, hits) || found;
    }
    for (size_t i = 0; i < search->n_entries; i++) {
        const struct name_entry *entry = &search->entries[i];
        struct search_hit hit = {.found = entry->name, .code = entry->code};
        if (fits(entry, question, &hit.match))
            found = offer(search, hit, hits) || found;
    }
    return found;
}

static void offer_near(const struct search *search, const struct question *question,
                       struct search_hit *hits) {
    for (size_t i = 0; i < search->n_entries; i++) {
        const struct name_entry *entry = &search->entries[i];
        struct nearest near = {.word = question->core};
        nearest_offer(&near, entry->core);
        struct search_hit hit = {.match = SEARCH_NEAR,
                                 .found = entry->name,
                                 .code = entry->code,
                                 .distance = near.distance};
        if (near.best)
            (void)offer(search, hit, hits);
    }
}

/* The likeliest first; then by the name that was found, then as the areas stand. */
static int by_likelihood(const void *left, const void *right) {
    const struct search_hit *a = left, *b = right;
    if (a->match != b->match)
        return a->match < b->match ? -1 : 1;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    if (a->relation != b->relation)
        return a->relation < b->relation ? -1 : 1;
    int order = strcasecmp(a->found, b->found);
    return order ? order : (a->area > b->area) - (a->area < b->area);
}

size_t search_places(const struct search *search, const char *text, struct search_hit *hits) {
    struct question question;
    size_t n_areas = search->geography->n_areas, n = 0;
    ask(text, &question);
    memset(hits, 0, n_areas * sizeof *hits);
    if (!offer_fitting(search, &question, hits))
        offer_near(search, &question, hits);
    for (size_t a = 0; a < n_areas; a++) {
        if (hits[a].found)
            hits[n++] = hits[a];
    }
    qsort(hits, n, sizeof *hits, by_likelihood);
    return n;
}

size_t search_exact(const struct search_hit *hits, size_t n) {
    size_t exact = 0;
    while (exact < n && hits[exact].match <= SEARCH_NAME)
        exact++;
    return exact;
}

const char *search_outside(const struct search *search, const char *text) {
    struct question question;
    const struct geography *g = search->geography;
    const char *name = NULL;
    ask(text, &question);
    for (size_t i = 0; i < search->n_entries; i++) {
        const struct name_entry *entry = &search->entries[i];
        enum search_match match;
        bool same = strcasecmp(g->codes[entry->code].code, question.text) == 0 ||
                    (fits(entry, &question, &match) && match == SEARCH_NAME);
        if (same && search->first[entry->code] < search->first[entry->code + 1])
            return NULL;
        name = same && !name ? entry->name : name;
    }
    return name;
}

const char *search_relation_words(enum search_relation relation) {
    static const char *const words[] = {"", "a former area that became it or a part of it",
                                        "a later area that it became or is a part of",
                                        "a larger area that covers it"};
    return words[relation];
}
