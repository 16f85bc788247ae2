/* The comparison of need with spend, to its message and back. */
#include "services/bus/convert.h"

#include <math.h>
#include <string.h>

static Correlation *correlation_message(struct arena *arena, const struct correlation *from) {
    Correlation *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__correlation__init(out);
    out->value = from->value;
    out->low = from->low;
    out->high = from->high;
    return out;
}

static SpendRow *row_message(struct arena *arena, const char *area, const struct spend_row *from) {
    SpendRow *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__spend_row__init(out);
    out->area = (char *)area;
    out->compared = from->compared;
    out->reason = (char *)from->reason;
    out->has_need = from->has_need;
    out->need = from->need;
    out->has_spend_per_head = out->has_spend_total = from->has_spend;
    out->spend_per_head = from->per_head;
    out->spend_total = from->total;
    if (from->quadrant != QUADRANT_NONE)
        out->quadrant = (char *)quadrant_id(from->quadrant);
    return out;
}

static RegionCount *region_message(struct arena *arena, const struct spend_region *from) {
    RegionCount *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__region_count__init(out);
    out->region = (char *)from->name;
    out->compared = from->compared;
    out->high_need_low_spend = from->high_need_low_spend;
    return out;
}

static bool add_rows(struct arena *arena, Comparison *out, const struct pack *pack,
                     const struct comparison *from) {
    out->rows = arena_alloc(arena, from->n_rows, sizeof(SpendRow *));
    out->regions = arena_alloc(arena, from->n_regions, sizeof(RegionCount *));
    if (!out->rows || !out->regions)
        return false;
    for (size_t i = 0; i < from->n_rows; i++) {
        out->rows[i] = row_message(arena, pack->geography->areas[i].code, &from->rows[i]);
        if (!out->rows[i])
            return false;
        out->n_rows++;
    }
    for (size_t i = 0; i < from->n_regions; i++) {
        out->regions[i] = region_message(arena, &from->regions[i]);
        if (!out->regions[i])
            return false;
        out->n_regions++;
    }
    return true;
}

static const char *measure_name(enum spend_measure measure) {
    return measure == SPEND_TOTAL ? "total" : "per-head";
}

Comparison *comparison_message(struct arena *arena, const struct pack *pack,
                               const struct comparison *comparison) {
    const struct spend_rules *rules = &pack->definition->spend;
    Comparison *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__comparison__init(out);
    out->node = (char *)pack->definition->nodes[rules->node].id;
    out->measure = (char *)measure_name(rules->measure);
    out->dataset = (char *)pack->definition->datasets[rules->dataset].id;
    out->period = (char *)comparison->period;
    out->need_threshold = comparison->need_threshold;
    out->spend_threshold = comparison->spend_threshold;
    out->compared = comparison->compared;
    if (comparison->has_pearson) {
        out->pearson = correlation_message(arena, &comparison->pearson);
        if (!out->pearson)
            return NULL;
    }
    if (comparison->has_spearman) {
        out->spearman = correlation_message(arena, &comparison->spearman);
        if (!out->spearman)
            return NULL;
    }
    return add_rows(arena, out, pack, comparison) ? out : NULL;
}

/* --- and back --------------------------------------------------------------------------------- */

enum { TEXT_BYTES_MAX = 500 };

static bool text_fits(const char *text) {
    return strnlen(text, TEXT_BYTES_MAX + 1) <= TEXT_BYTES_MAX;
}

static bool quadrant_of(const char *id, enum quadrant *out) {
    *out = QUADRANT_NONE;
    if (!id)
        return true;
    for (int q = QUADRANT_NONE + 1; q < QUADRANT_COUNT; q++) {
        *out = (enum quadrant)q;
        if (strcmp(id, quadrant_id(*out)) == 0)
            return true;
    }
    return false;
}

static bool fill_row(struct arena *arena, struct spend_row *out, const SpendRow *from,
                     struct fault *fault) {
    if (!text_fits(from->reason))
        return false;
    out->compared = from->compared;
    out->reason = arena_copy(arena, from->reason, strlen(from->reason));
    if (!out->reason)
        return fault_memory(fault);
    out->has_need = from->has_need;
    out->need = from->need;
    out->has_spend = from->has_spend_per_head && from->has_spend_total;
    out->per_head = from->spend_per_head;
    out->total = from->spend_total;
    return quadrant_of(from->quadrant, &out->quadrant) && (!out->has_need || isfinite(out->need)) &&
           (!out->has_spend || (isfinite(out->per_head) && isfinite(out->total))) &&
           (!out->compared || (out->has_need && out->has_spend));
}

static bool fill_region(struct arena *arena, struct spend_region *out, const RegionCount *from) {
    if (!text_fits(from->region))
        return false;
    out->name = arena_copy(arena, from->region, strlen(from->region));
    out->compared = from->compared;
    out->high_need_low_spend = from->high_need_low_spend;
    return out->name != NULL;
}

static bool fill_correlation(bool *has, struct correlation *out, const Correlation *from) {
    *has = from != NULL;
    if (!from)
        return true;
    *out = (struct correlation){from->value, from->low, from->high};
    return isfinite(from->value) && isfinite(from->low) && isfinite(from->high);
}

/* Whether it is the comparison that the pack wants. */
static bool of_pack(const Comparison *from, const struct pack *pack) {
    const struct definition *definition = pack->definition;
    const struct spend_rules *rules = &definition->spend;
    return rules->dataset != NO_DATASET && from->n_rows == pack->geography->n_areas &&
           from->n_regions <= from->n_rows && from->compared <= from->n_rows &&
           strcmp(from->node, definition->nodes[rules->node].id) == 0 &&
           strcmp(from->dataset, definition->datasets[rules->dataset].id) == 0 &&
           strcmp(from->measure, measure_name(rules->measure)) == 0 && text_fits(from->period);
}

/* A false without a fault: it does not fit. */
static bool fill_comparison(struct comparison *out, const Comparison *from, const struct pack *pack,
                            struct fault *fault) {
    struct arena *arena = out->arena;
    if (!of_pack(from, pack))
        return false;
    out->rules = pack->definition->spend;
    out->n_rows = from->n_rows;
    out->n_regions = from->n_regions;
    out->rows = arena_alloc(arena, from->n_rows, sizeof *out->rows);
    out->regions = arena_alloc(arena, from->n_regions, sizeof *out->regions);
    out->period = arena_copy(arena, from->period, strlen(from->period));
    if (!out->rows || !out->regions || !out->period)
        return fault_memory(fault);
    for (size_t i = 0; i < from->n_rows; i++) {
        if (strcmp(from->rows[i]->area, pack->geography->areas[i].code) != 0)
            return false;
        if (!fill_row(arena, &out->rows[i], from->rows[i], fault))
            return false;
    }
    for (size_t i = 0; i < from->n_regions; i++) {
        if (!fill_region(arena, &out->regions[i], from->regions[i]))
            return fault_memory(fault);
    }
    out->need_threshold = from->need_threshold;
    out->spend_threshold = from->spend_threshold;
    out->compared = from->compared;
    return isfinite(out->need_threshold) && isfinite(out->spend_threshold) &&
           fill_correlation(&out->has_pearson, &out->pearson, from->pearson) &&
           fill_correlation(&out->has_spearman, &out->spearman, from->spearman);
}

struct comparison *comparison_of_message(const Comparison *message, const struct pack *pack,
                                         struct fault *fault) {
    struct arena *arena = arena_new();
    struct comparison *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        fault_memory(fault);
        arena_destroy(&arena);
        return NULL;
    }
    out->arena = arena;
    if (fill_comparison(out, message, pack, fault))
        return out;
    if (fault->kind != FAULT_MEMORY)
        fault_set(fault, FAULT_INPUT, "a spend comparison that does not fit its pack");
    comparison_destroy(&out);
    return NULL;
}
