/* From the codes that a publisher uses to the areas of the index. */
#include "core/release.h"

#include "core/status.h"

#include <stdlib.h>

size_t release_newest(const struct release *release) {
    size_t newest = SIZE_MAX;
    for (size_t i = 0; i < release->n; i++) {
        if (release->status[i] != STATUS_VALUE)
            continue;
        if (newest == SIZE_MAX || release->period[i] > newest)
            newest = release->period[i];
    }
    return newest;
}

/* For each code of the geography: the observation of the period plus 1, or 0. */
static uint32_t *by_code(const struct release *release, size_t period,
                         const struct geography *geography) {
    uint32_t *found = calloc(geography->n_codes + 1, sizeof *found);
    size_t *known = calloc(release->n_codes + 1, sizeof *known);
    for (size_t i = 0, next = 0; known && i < release->n_codes; i++) {
        known[i] = geography_code_near(geography, release->codes[i], next);
        next = known[i] + 1;
    }
    for (size_t i = 0; found && known && i < release->n; i++) {
        size_t code = known[release->code[i]];
        if (release->period[i] == period && code != SIZE_MAX)
            found[code] = (uint32_t)i + 1;
    }
    if (!known) {
        free(found);
        found = NULL;
    }
    free(known);
    return found;
}

/* What is needed to bring a dataset's figures to the areas. */
struct bringing {
    const struct release *release;
    const struct geography *geography;
    bool counts;
    uint32_t *found; /* by code: its observation plus 1; 0: none */
    size_t level;
};

/* The sources of one step of an area. */
struct step {
    const struct source *sources;
    size_t n;
};

static struct step first_step(const struct source *from, const struct source *end) {
    struct step step = {from, 0};
    while (from + step.n < end && from[step.n].step == from->step)
        step.n++;
    return step;
}

static enum rule rule_of(const struct bringing *b, const struct step *step) {
    return b->counts ? step->sources->count_rule : step->sources->rule;
}

static uint32_t observation(const struct bringing *b, const struct source *source) {
    return b->found[source->code] - 1;
}

static double figure(const struct bringing *b, const struct source *source) {
    return b->release->value[observation(b, source)];
}

/* Whether each source of the step has a number. */
static bool is_complete(const struct bringing *b, const struct step *step) {
    for (size_t i = 0; i < step->n; i++) {
        uint32_t row = b->found[step->sources[i].code];
        if (!row || b->release->status[row - 1] != STATUS_VALUE)
            return false;
    }
    return true;
}

static bool is_weighted(const struct bringing *b, const struct step *step) {
    for (size_t i = 0; i < step->n; i++) {
        const struct source *source = &step->sources[i];
        if (b->counts ? !(source->share > 0) : step->n > 1 && !(source->weight > 0))
            return false;
    }
    return true;
}

static double step_value(const struct bringing *b, const struct step *step) {
    double sum = 0, weights = 0;
    /* A figure that stands for itself is taken bit for bit, without multiplying by a weight. */
    if (step->n == 1 && (!b->counts || step->sources->share == 1))
        return figure(b, step->sources);
    for (size_t i = 0; i < step->n; i++) {
        const struct source *source = &step->sources[i];
        sum += (b->counts ? source->share : source->weight) * figure(b, source);
        weights += source->weight;
    }
    return b->counts ? sum : sum / weights;
}

/* The same place under one code, its own or another. */
static bool is_same_place(const struct step *step) {
    return step->n == 1 &&
           (step->sources->rule == RULE_DIRECT || step->sources->rule == RULE_RECODED);
}

/* Of the codes of the same place the newest, if the figure under it is another. */
static struct step newest(const struct bringing *b, struct step chosen, const struct source *end) {
    const struct source *next = chosen.sources + chosen.n;
    if (!is_same_place(&chosen))
        return chosen;
    for (struct step step; next < end; next = step.sources + step.n) {
        step = first_step(next, end);
        if (is_same_place(&step) && is_complete(b, &step) &&
            step.sources->since > chosen.sources->since &&
            figure(b, step.sources) != figure(b, chosen.sources))
            chosen = step;
    }
    return chosen;
}

/* The step that serves the area. Without one: n is 0, and *status says why. */
static struct step choose(const struct bringing *b, size_t area, uint8_t *status) {
    const size_t *first = &b->geography->first[b->level * b->geography->n_areas + area];
    const struct source *at = b->geography->sources + first[0];
    const struct source *end = b->geography->sources + first[1];
    *status = STATUS_ABSENT;
    for (struct step step; at < end; at = step.sources + step.n) {
        step = first_step(at, end);
        bool complete = is_complete(b, &step);
        if (complete && is_weighted(b, &step)) {
            *status = STATUS_VALUE;
            return newest(b, step, end);
        }
        if (complete && *status == STATUS_ABSENT)
            *status = STATUS_UNWEIGHTED;
        for (size_t i = 0; i < step.n && *status == STATUS_ABSENT; i++) {
            uint32_t row = b->found[step.sources[i].code];
            if (row && b->release->status[row - 1] != STATUS_VALUE)
                *status = b->release->status[row - 1];
        }
    }
    return (struct step){0};
}

static bool begin(struct bringing *b, size_t period, const struct dataset *dataset,
                  struct fault *fault) {
    b->counts = dataset->counts;
    b->level = geography_level(b->geography, dataset->level);
    if (b->level == SIZE_MAX) {
        return fault_set(fault, FAULT_INPUT, "the geography has no sources for the level '%s'",
                         dataset->level);
    }
    b->found = by_code(b->release, period, b->geography);
    return b->found || fault_memory(fault);
}

bool release_to_areas(const struct release *release, size_t period,
                      const struct geography *geography, const struct dataset *dataset,
                      struct column *out, struct fault *fault) {
    struct bringing b = {.release = release, .geography = geography};
    if (!begin(&b, period, dataset, fault))
        return false;
    for (size_t area = 0; area < geography->n_areas; area++) {
        struct step step = choose(&b, area, &out->status[area]);
        out->value[area] = step.n ? step_value(&b, &step) : 0;
        out->rule[area] = step.n ? (uint8_t)rule_of(&b, &step) : RULE_NONE;
    }
    free(b.found);
    return true;
}

bool release_sources(const struct release *release, size_t period,
                     const struct geography *geography, const struct dataset *dataset, size_t area,
                     struct release_source *out, size_t *n, enum rule *rule, struct fault *fault) {
    struct bringing b = {.release = release, .geography = geography};
    uint8_t status;
    double weights = 0;
    if (!begin(&b, period, dataset, fault))
        return false;
    struct step step = choose(&b, area, &status);
    for (size_t i = 0; i < step.n; i++)
        weights += step.sources[i].weight;
    for (size_t i = 0; i < step.n; i++) {
        const struct source *source = &step.sources[i];
        double weight = b.counts ? source->share : step.n > 1 ? source->weight / weights : 1;
        out[i] = (struct release_source){observation(&b, source), weight};
    }
    *n = step.n;
    *rule = step.n ? rule_of(&b, &step) : RULE_NONE;
    free(b.found);
    return true;
}
