/* What a release changed. */
#include "services/bus/convert.h"

#include "core/status.h"

#include <math.h>

static ValueChange *change_message(struct arena *arena, const struct value_change *change) {
    ValueChange *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__value_change__init(out);
    out->kind = change->kind;
    out->area = (char *)change->area;
    out->period = (char *)change->period;
    out->old_status = change->old_status;
    out->new_status = change->new_status;
    out->has_old_value = change->old_status == STATUS_VALUE;
    out->old_value = change->old_value;
    out->has_new_value = change->new_status == STATUS_VALUE;
    out->new_value = change->new_value;
    return out;
}

Difference *difference_message(struct arena *arena, const char *dataset, bool shared,
                               const struct difference *difference) {
    Difference *out = arena_alloc(arena, 1, sizeof *out);
    ValueChange **list = arena_alloc(arena, difference->n_list, sizeof(ValueChange *));
    if (!out || !list)
        return NULL;
    mindex__v1__difference__init(out);
    out->dataset = (char *)dataset;
    out->shared = shared;
    out->added = difference->added;
    out->removed = difference->removed;
    out->changed = difference->changed;
    out->statuses = difference->statuses;
    out->same = difference->same;
    out->largest = difference->largest;
    out->largest_relative = difference->largest_relative;
    out->median = difference->median;
    out->values = list;
    for (size_t i = 0; i < difference->n_list; i++) {
        list[out->n_values] = change_message(arena, &difference->list[i]);
        if (!list[out->n_values++])
            return NULL;
    }
    return out;
}

static bool change_fits(const ValueChange *change) {
    return change->kind >= VALUE_CHANGED && change->kind <= VALUE_REMOVED &&
           change->old_status < STATUS_COUNT && change->new_status < STATUS_COUNT &&
           change->has_old_value == (change->old_status == STATUS_VALUE) &&
           change->has_new_value == (change->new_status == STATUS_VALUE) &&
           isfinite(change->old_value) && isfinite(change->new_value);
}

bool difference_fits(const Difference *message) {
    for (size_t i = 0; i < message->n_values; i++) {
        if (!change_fits(message->values[i]))
            return false;
    }
    return isfinite(message->largest) && isfinite(message->largest_relative) &&
           isfinite(message->median);
}
