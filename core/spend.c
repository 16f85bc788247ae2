#include "core/spend.h"

#include "core/arena.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

static const double million = 1e6;

static const struct {
    const char *id, *words;
} quadrants[QUADRANT_COUNT] = {
    [QUADRANT_NONE] = {"", ""},
    [HIGH_NEED_LOW_SPEND] = {"high-need-low-spend", "high need, low spend"},
    [HIGH_NEED_HIGH_SPEND] = {"high-need-high-spend", "high need, high spend"},
    [LOW_NEED_LOW_SPEND] = {"low-need-low-spend", "low need, low spend"},
    [LOW_NEED_HIGH_SPEND] = {"low-need-high-spend", "low need, high spend"},
};

const char *quadrant_id(enum quadrant quadrant) {
    return quadrants[quadrant].id;
}

const char *quadrant_words(enum quadrant quadrant) {
    return quadrants[quadrant].words;
}

/* The figures of the areas compared, side by side: what thresholds and correlations are over. */
struct pairs {
    double *need, *spend, *sorted;
    size_t n;
};

static double measure_of(const struct spend_rules *rules, const struct spend_row *row) {
    return rules->measure == SPEND_TOTAL ? row->total : row->per_head;
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool listed(const char *const *list, size_t n, const char *text) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

/* What is said of an area, or a type of them, that somebody leaves out. */
struct left_out {
    const char *area, *type;
};

static const struct left_out by_definition = {"left out by the definition",
                                              "areas of its type are left out by the definition"};
static const struct left_out by_reader = {"left out by the reader",
                                          "areas of its type are left out by the reader"};

/* Why an area is not compared; "" when it is. */
static const char *reason_against(const struct spend_rules *rules, const struct left_out *left_out,
                                  const struct area *area, const struct spend_row *row) {
    if (listed(rules->exclude_areas, rules->n_exclude_areas, area->code))
        return left_out->area;
    if (listed(rules->exclude_types, rules->n_exclude_types, area->type))
        return left_out->type;
    if (!row->has_need)
        return "no need score";
    if (!row->has_spend)
        return "no spend figure";
    return "";
}

static void fill_rows(struct comparison *out, const struct pack *pack,
                      const struct edition *edition, const struct column *per_head) {
    const struct column *need = &edition->nodes[out->rules.node].score;
    for (size_t a = 0; a < out->n_rows; a++) {
        struct spend_row *row = &out->rows[a];
        row->has_need = need->status[a] == STATUS_VALUE;
        row->has_spend = per_head->status[a] == STATUS_VALUE;
        if (row->has_need)
            row->need = need->value[a];
        if (row->has_spend) {
            row->per_head = per_head->value[a];
            row->total = row->per_head * pack->geography->areas[a].population / million;
        }
    }
}

static bool choose_rows(struct comparison *out, const struct pack *pack,
                        const struct left_out *left_out, struct fault *fault) {
    for (size_t a = 0; a < out->n_rows; a++) {
        struct spend_row *row = &out->rows[a];
        row->reason = reason_against(&out->rules, left_out, &pack->geography->areas[a], row);
        row->compared = row->reason[0] == '\0';
        row->quadrant = QUADRANT_NONE;
        out->compared += row->compared;
    }
    return out->compared > 0 ||
           fault_set(fault, FAULT_INPUT,
                     "no area can be compared: none has both a score at '%s' and a figure of '%s'",
                     pack->definition->nodes[out->rules.node].id,
                     pack->definition->datasets[out->rules.dataset].id);
}

static bool take_spend(struct comparison *out, const struct pack *pack,
                       const struct edition *edition, const struct release *spend,
                       struct fault *fault) {
    const struct dataset *dataset = &pack->definition->datasets[out->rules.dataset];
    size_t period = release_newest(spend), n = out->n_rows;
    if (period == SIZE_MAX) {
        return fault_set(fault, FAULT_INPUT, "the release of '%s' has no figure at all",
                         dataset->id);
    }
    struct column per_head = {.count = n};
    per_head.value = arena_alloc(out->arena, n, sizeof *per_head.value);
    per_head.status = arena_alloc(out->arena, n, sizeof *per_head.status);
    per_head.rule = arena_alloc(out->arena, n, sizeof *per_head.rule);
    if (!per_head.value || !per_head.status || !per_head.rule)
        return fault_memory(fault);
    if (!release_to_areas(spend, period, pack->geography, dataset, &per_head, fault)) {
        return fault_within(fault, "dataset '%s'", dataset->id);
    }
    out->period = spend->periods[period];
    fill_rows(out, pack, edition, &per_head);
    return true;
}

/* --- what is over all areas compared ---------------------------------------------------------- */

static bool gather(const struct comparison *comparison, struct pairs *out) {
    size_t room = comparison->compared;
    out->need = arena_alloc(comparison->arena, room, sizeof *out->need);
    out->spend = arena_alloc(comparison->arena, room, sizeof *out->spend);
    out->sorted = arena_alloc(comparison->arena, room, sizeof *out->sorted);
    if (!out->need || !out->spend || !out->sorted)
        return false;
    for (size_t a = 0; a < comparison->n_rows; a++) {
        const struct spend_row *row = &comparison->rows[a];
        if (!row->compared)
            continue;
        out->need[out->n] = row->need;
        out->spend[out->n++] = measure_of(&comparison->rules, row);
    }
    return true;
}

static double threshold(const struct threshold *rule, const double *x,
                        const struct pairs *figures) {
    if (rule->kind == THRESHOLD_GIVEN)
        return rule->given;
    if (rule->kind == THRESHOLD_MEAN)
        return stats_mean(x, figures->n);
    memcpy(figures->sorted, x, figures->n * sizeof *x);
    return stats_median(figures->sorted, figures->n);
}

static void place_rows(struct comparison *out) {
    for (size_t a = 0; a < out->n_rows; a++) {
        struct spend_row *row = &out->rows[a];
        if (!row->compared)
            continue;
        bool high_spend = measure_of(&out->rules, row) > out->spend_threshold;
        if (row->need > out->need_threshold) {
            row->quadrant = high_spend ? HIGH_NEED_HIGH_SPEND : HIGH_NEED_LOW_SPEND;
        } else {
            row->quadrant = high_spend ? LOW_NEED_HIGH_SPEND : LOW_NEED_LOW_SPEND;
        }
    }
}

static struct spend_region *region_of(struct comparison *out, const char *name) {
    for (size_t i = 0; i < out->n_regions; i++) {
        if (strcmp(out->regions[i].name, name) == 0)
            return &out->regions[i];
    }
    struct spend_region *region = &out->regions[out->n_regions++];
    region->name = name;
    return region;
}

static bool count_regions(struct comparison *out, const struct geography *geography) {
    /* There are no more regions than areas. */
    out->regions = arena_alloc(out->arena, out->n_rows, sizeof *out->regions);
    if (!out->regions)
        return false;
    for (size_t a = 0; a < out->n_rows; a++) {
        struct spend_region *region = region_of(out, geography->areas[a].region);
        region->compared += out->rows[a].compared;
        region->high_need_low_spend += out->rows[a].quadrant == HIGH_NEED_LOW_SPEND;
    }
    return true;
}

/* What follows from the rows' figures and the rules. */
static bool compare_rows(struct comparison *out, const struct pack *pack,
                         const struct left_out *left_out, struct fault *fault) {
    const struct spend_rules *rules = &out->rules;
    if (!choose_rows(out, pack, left_out, fault))
        return false;
    struct pairs figures = {0};
    if (!gather(out, &figures))
        return fault_memory(fault);
    out->need_threshold = threshold(&rules->need, figures.need, &figures);
    out->spend_threshold = threshold(&rules->spend, figures.spend, &figures);
    place_rows(out);
    if (!count_regions(out, pack->geography))
        return fault_memory(fault);
    struct room room;
    if (!room_open(&room, figures.n, fault))
        return false;
    out->has_pearson = stats_pearson(figures.need, figures.spend, figures.n, &out->pearson);
    out->has_spearman =
        stats_spearman(figures.need, figures.spend, figures.n, &room, &out->spearman);
    room_close(&room);
    return true;
}

/* With a row for each area. */
static struct comparison *comparison_new(const struct pack *pack, const struct spend_rules *rules,
                                         struct fault *fault) {
    struct arena *arena = arena_new();
    struct comparison *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (out) {
        out->arena = arena;
        out->rules = *rules;
        out->n_rows = pack->geography->n_areas;
        out->rows = arena_alloc(arena, out->n_rows, sizeof *out->rows);
    }
    if (out && out->rows)
        return out;
    fault_memory(fault);
    arena_destroy(&arena);
    return NULL;
}

struct comparison *spend_compare(const struct pack *pack, const struct edition *edition,
                                 const struct release *spend, struct fault *fault) {
    const struct spend_rules *rules = &pack->definition->spend;
    if (rules->dataset == NO_DATASET) {
        fault_set(fault, FAULT_INPUT, "the definition '%s' has no comparison with spend",
                  pack->definition->id);
        return NULL;
    }
    struct comparison *out = comparison_new(pack, rules, fault);
    if (out && (!take_spend(out, pack, edition, spend, fault) ||
                !compare_rows(out, pack, &by_definition, fault)))
        comparison_destroy(&out);
    return out;
}

struct comparison *spend_compare_by(const struct pack *pack, const struct comparison *from,
                                    const struct spend_rules *rules, struct fault *fault) {
    struct comparison *out = comparison_new(pack, rules, fault);
    if (!out)
        return NULL;
    out->period = from->period;
    memcpy(out->rows, from->rows, from->n_rows * sizeof *out->rows);
    if (!compare_rows(out, pack, &by_reader, fault))
        comparison_destroy(&out);
    return out;
}

void comparison_destroy(struct comparison **comparison) {
    if (!*comparison)
        return;
    /* The comparison lies in its own arena. */
    struct arena *arena = (*comparison)->arena;
    arena_destroy(&arena);
    *comparison = NULL;
}
