/* From the rows of the geography table and the dated changes to the sources of every area. */
#include "core/geography_parts.h"

#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

/* A source of a place, before it is known which other places have it too. */
struct draft {
    size_t place;
    struct source source;
    bool later; /* the authority that took the place's place publishes under its own code */
};

struct deriving {
    const struct geography_reading *in;
    size_t level;
    struct draft *drafts; /* of one level, by place and step */
    size_t n, room;
    size_t begin; /* where those of the place at hand begin */
    size_t n_sources, sources_room;
    struct source *sources; /* of all levels, for the areas of the index */
    size_t *first;
    double *total;  /* by code: people of the places that have it as a source */
    uint32_t *used; /* by code: how many places have it as a source */
    bool *unknown;  /* by code: of one of them it is not known how many people */
};

/* --- steps ------------------------------------------------------------------------------------ */

/* The rows of a code at the level at hand; *n of them. */
static const struct geography_row *rows_of(const struct deriving *d, size_t code, size_t *n) {
    const struct geography_row *rows = d->in->rows;
    size_t low = 0, high = d->in->n_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct geography_row *row = &rows[middle];
        if (row->level < d->level || (row->level == d->level && row->code < code))
            low = middle + 1;
        else
            high = middle;
    }
    *n = 0;
    while (low + *n < d->in->n_rows && rows[low + *n].level == d->level &&
           rows[low + *n].code == code)
        ++*n;
    return rows + low;
}

static size_t step_length(const struct geography_row *rows, size_t n) {
    size_t length = 0;
    while (length < n && rows[length].step == rows[0].step)
        length++;
    return length;
}

static bool append(struct deriving *d, const struct draft *draft, struct fault *fault) {
    if (d->n == d->room) {
        size_t room = d->room ? 2 * d->room : 1024;
        struct draft *more = reallocarray(d->drafts, room, sizeof *more);
        if (!more)
            return fault_memory(fault);
        d->drafts = more;
        d->room = room;
    }
    d->drafts[d->n++] = *draft;
    return true;
}

/* The sources that one step of a part's rows gives, added to a step that begins at `from`: a source
 * of several parts has the people of all. */
static bool add_rows(struct deriving *d, size_t from, struct draft draft,
                     const struct geography_row *rows, size_t n, const struct part *part,
                     struct fault *fault) {
    for (size_t i = 0; i < n; i++) {
        double people = rows[i].weight > 0 ? rows[i].weight : n == 1 ? part->people : 0;
        size_t k = from;
        while (k < d->n && d->drafts[k].source.code != rows[i].source)
            k++;
        if (k < d->n) {
            struct source *source = &d->drafts[k].source;
            source->weight = source->weight > 0 && people > 0 ? source->weight + people : 0;
            continue;
        }
        draft.source.code = rows[i].source;
        draft.source.weight = people;
        draft.source.since = succession_since(&d->in->out->succession, rows[i].source);
        draft.later = draft.later && rows[i].source == part->code;
        if (!append(d, &draft, fault))
            return false;
    }
    return true;
}

/* Whether the sources from `from` on are those of an earlier step of the place. */
static bool is_repeated(const struct deriving *d, size_t from) {
    size_t count = d->n - from;
    for (size_t i = d->begin, end; i < from; i = end) {
        size_t same = 0;
        for (end = i; end < from && d->drafts[end].source.step == d->drafts[i].source.step; end++) {
            for (size_t k = from; k < d->n; k++)
                same += d->drafts[k].source.code == d->drafts[end].source.code;
        }
        if (same == count && end - i == count)
            return true;
    }
    return false;
}

static uint32_t next_step(const struct deriving *d) {
    return d->n > d->begin ? d->drafts[d->n - 1].source.step + 1 : 1;
}

/* A step from what each of the parts has as its first; none where one of them has no rows. */
static bool add_parts(struct deriving *d, size_t place, const struct parts *parts, bool later,
                      struct fault *fault) {
    size_t from = d->n;
    const struct draft draft = {.place = place, .source = {.step = next_step(d)}, .later = later};
    for (size_t i = 0; i < parts->n; i++) {
        size_t n;
        const struct geography_row *rows = rows_of(d, parts->part[i].code, &n);
        if (n == 0) {
            d->n = from;
            return true;
        }
        if (!add_rows(d, from, draft, rows, step_length(rows, n), &parts->part[i], fault))
            return false;
    }
    if (is_repeated(d, from))
        d->n = from;
    return true;
}

static bool add_own(struct deriving *d, size_t place, const struct part *part,
                    struct fault *fault) {
    size_t n;
    const struct geography_row *rows = rows_of(d, part->code, &n);
    for (size_t i = 0, length; i < n; i += length) {
        const struct draft draft = {.place = place, .source = {.step = next_step(d)}};
        length = step_length(rows + i, n - i);
        if (!add_rows(d, d->n, draft, rows + i, length, part, fault))
            return false;
    }
    return true;
}

static bool add_place(struct deriving *d, size_t place, struct fault *fault) {
    const struct succession *succession = &d->in->out->succession;
    size_t now = succession_until(succession, d->in->definition->vintage_day), at = now;
    const struct part self = {d->in->places[place].code, d->in->people[d->in->places[place].code]};
    struct parts parts = {.part = {self}, .n = 1};
    struct fault wrong = {0};
    d->begin = d->n;
    bool good = add_own(d, place, &self, fault);
    while (good && succession_earlier(succession, &at, &parts, &wrong))
        good = add_parts(d, place, &parts, false, fault);
    parts = (struct parts){.part = {self}, .n = 1};
    at = now;
    while (good && !wrong.kind && succession_later(succession, &at, &parts, &wrong))
        good = add_parts(d, place, &parts, true, fault);
    if (good && wrong.kind) {
        *fault = wrong;
        return fault_within(fault, "%s", d->in->out->codes[self.code].code);
    }
    return good;
}

/* --- rules ------------------------------------------------------------------------------------ */

/* Who has which source. A place that has one in several steps counts once. */
static void count_sources(struct deriving *d) {
    size_t codes = d->in->out->n_codes;
    memset(d->total, 0, codes * sizeof *d->total);
    memset(d->used, 0, codes * sizeof *d->used);
    memset(d->unknown, 0, codes * sizeof *d->unknown);
    for (size_t i = 0; i < d->n; i++) {
        const struct draft *draft = &d->drafts[i];
        bool before = false;
        for (size_t k = i; k-- > 0 && d->drafts[k].place == draft->place && !before;)
            before = d->drafts[k].source.code == draft->source.code;
        if (before)
            continue;
        size_t code = draft->source.code;
        d->used[code]++;
        d->total[code] += draft->source.weight;
        d->unknown[code] = d->unknown[code] || !(draft->source.weight > 0);
    }
}

static void set_rules(const struct deriving *d, struct draft *step, size_t n) {
    size_t whole = 0;
    for (size_t i = 0; i < n; i++) {
        struct source *source = &step[i].source;
        if (d->used[source->code] == 1) {
            source->share = 1;
            whole++;
        } else if (!d->unknown[source->code]) {
            source->share = source->weight / d->total[source->code];
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct source *source = &step[i].source;
        bool own = source->code == d->in->places[step[i].place].code;
        source->count_rule = whole == n ? RULE_SUMMED : RULE_SHARED;
        source->rule = RULE_AVERAGED;
        if (n > 1)
            continue;
        source->rule = own             ? RULE_DIRECT
                       : whole         ? RULE_RECODED
                       : step[i].later ? RULE_SUCCESSOR
                                       : RULE_CASCADED;
        if (own || whole)
            source->count_rule = source->rule;
    }
}

static bool keep(struct deriving *d, const struct draft *draft, struct fault *fault) {
    if (d->n_sources == d->sources_room) {
        size_t room = d->sources_room ? 2 * d->sources_room : 1024;
        struct source *more = reallocarray(d->sources, room, sizeof *more);
        if (!more)
            return fault_memory(fault);
        d->sources = more;
        d->sources_room = room;
    }
    d->sources[d->n_sources++] = draft->source;
    return true;
}

/* --- all levels ------------------------------------------------------------------------------- */

static bool derive_level(struct deriving *d, struct fault *fault) {
    const struct geography *out = d->in->out;
    d->n = 0;
    for (size_t place = 0; place < d->in->n_places; place++) {
        if (!add_place(d, place, fault))
            return false;
    }
    count_sources(d);
    size_t *first = d->first + d->level * out->n_areas;
    for (size_t i = 0, end; i < d->n; i = end) {
        for (end = i; end < d->n && d->drafts[end].place == d->drafts[i].place &&
                      d->drafts[end].source.step == d->drafts[i].source.step;)
            end++;
        set_rules(d, d->drafts + i, end - i);
        size_t area = d->in->places[d->drafts[i].place].area;
        if (end - i > d->in->out->most_sources)
            d->in->out->most_sources = end - i;
        for (size_t k = i; area != SIZE_MAX && k < end; k++) {
            if (!keep(d, &d->drafts[k], fault))
                return false;
            first[area + 1]++;
        }
    }
    return true;
}

static bool derive_levels(struct deriving *d, struct fault *fault) {
    struct geography *out = d->in->out;
    size_t groups = out->n_levels * out->n_areas;
    d->first = arena_alloc(out->arena, groups + 1, sizeof *d->first);
    d->total = calloc(out->n_codes + 1, sizeof *d->total);
    d->used = calloc(out->n_codes + 1, sizeof *d->used);
    d->unknown = calloc(out->n_codes + 1, sizeof *d->unknown);
    if (!d->first || !d->total || !d->used || !d->unknown)
        return fault_memory(fault);
    for (d->level = 0; d->level < out->n_levels; d->level++) {
        if (!derive_level(d, fault))
            return false;
    }
    for (size_t group = 0; group < groups; group++)
        d->first[group + 1] += d->first[group];
    struct source *sources = arena_alloc(out->arena, d->n_sources + 1, sizeof *sources);
    if (!sources)
        return fault_memory(fault);
    if (d->n_sources)
        memcpy(sources, d->sources, d->n_sources * sizeof *sources);
    out->sources = sources;
    out->first = d->first;
    return true;
}

bool geography_derive(struct geography_reading *in, struct fault *fault) {
    struct deriving d = {.in = in};
    bool good = derive_levels(&d, fault);
    free(d.drafts);
    free(d.sources);
    free(d.total);
    free(d.used);
    free(d.unknown);
    return good;
}
