#include "core/order.h"

#include "core/clones.h"
#include "core/stats.h"
#include "core/status.h"

#include <math.h>
#include <string.h>

/* A number's distance below the largest, as a share of the range in 16 or 22 bits, never falls
 * where the number does not rise. So places are sorted by those bits, in two passes of a radix sort
 * whose counts stay in the nearest caches, and the few that share all of them by the numbers. */
enum { FEW = 4096, DIGIT_OF_FEW = 8, DIGIT = 11, SHORT_RUN = 16 };

struct steps {
    double largest, per_unit; /* steps per unit of distance; 0: all numbers are in one step */
    int32_t most;
};

static struct steps find_steps(double min, double max, unsigned digit) {
    struct steps steps = {.largest = max, .most = (1 << 2 * digit) - 1};
    double per_unit = (double)steps.most / (max - min);
    if (isfinite(max - min) && isfinite(per_unit))
        steps.per_unit = per_unit;
    return steps;
}

static inline uint64_t slot_of(const struct steps *steps, double value, size_t place) {
    double distance = (steps->largest - value) * steps->per_unit;
    int32_t step = distance < (double)steps->most ? (int32_t)distance : steps->most;
    return (uint64_t)(uint32_t)step << 32 | place;
}

CLONES
static void fill_all(const struct steps *from, const double *value, size_t n, uint64_t *out) {
    const struct steps steps = *from;
    for (size_t i = 0; i < n; i++)
        out[i] = slot_of(&steps, value[i], (uint32_t)i);
}

/* Where some places have no number. Returns how many have. */
static size_t fill_numbers(const double *value, const uint8_t *status, size_t n, unsigned digit,
                           uint64_t *out) {
    double min = INFINITY, max = -INFINITY;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        out[count] = i; /* taken back where there is none; a slot more than places is there */
        if (status[i] != STATUS_VALUE)
            continue;
        min = value[i] < min ? value[i] : min;
        max = value[i] > max ? value[i] : max;
        count++;
    }
    struct steps steps = find_steps(min, max, digit);
    for (size_t i = 0; steps.per_unit > 0.0 && i < count; i++)
        out[i] = slot_of(&steps, value[out[i]], out[i]);
    return count;
}

/* By the lower digit, then by the upper one; `spare` has the same size, `slots` has the outcome. */
static void sort_by_steps(uint64_t *slots, uint64_t *spare, size_t n, unsigned digit) {
    uint32_t lower[1 << DIGIT], upper[1 << DIGIT], below = 0, above = 0;
    size_t values = (size_t)1 << digit;
    memset(lower, 0, values * sizeof *lower);
    memset(upper, 0, values * sizeof *upper);
    for (size_t i = 0; i < n; i++) {
        uint64_t step = slots[i] >> 32;
        lower[step & (values - 1)]++;
        upper[step >> digit]++;
    }
    for (size_t v = 0; v < values; v++) {
        uint32_t here = lower[v], there = upper[v];
        lower[v] = below;
        upper[v] = above;
        below += here;
        above += there;
    }
    for (size_t i = 0; i < n; i++)
        spare[lower[(slots[i] >> 32) & (values - 1)]++] = slots[i];
    for (size_t i = 0; i < n; i++)
        slots[upper[spare[i] >> 32 >> digit]++] = spare[i];
}

/* Places that share a step, which are few but where most numbers lie together far from another. */
static void sort_run(const double *value, uint64_t *slots, size_t n, struct room *room) {
    if (n > SHORT_RUN) {
        uint64_t step = slots[0] >> 32 << 32;
        for (size_t i = 0; i < n; i++)
            room->entries[i] = (struct sort_entry){0.0 - value[(uint32_t)slots[i]], slots[i]};
        sort_entries(room->entries, room->spare, n);
        for (size_t i = 0; i < n; i++)
            slots[i] = step | (uint32_t)room->entries[i].index;
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint64_t slot = slots[i];
        size_t k = i;
        for (; k > 0 && value[(uint32_t)slots[k - 1]] < value[(uint32_t)slot]; k--)
            slots[k] = slots[k - 1];
        slots[k] = slot;
    }
}

static void sort_runs(const double *value, uint64_t *slots, size_t n, struct room *room) {
    for (size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && slots[end] >> 32 == slots[first] >> 32)
            end++;
        if (end - first > 1)
            sort_run(value, slots + first, end - first, room);
    }
}

struct order order_falling(const double *value, const uint8_t *status, size_t n,
                           struct room *room) {
    struct order order = {.value = value, .slots = room->slots, .count = n};
    unsigned digit = n <= FEW ? DIGIT_OF_FEW : DIGIT;
    if (status && !status_all_values(status, n)) {
        order.count = fill_numbers(value, status, n, digit, room->slots);
    } else if (n > 0) {
        double min, max;
        stats_bounds(value, n, &min, &max);
        struct steps steps = find_steps(min, max, digit);
        fill_all(&steps, value, n, room->slots);
    }
    sort_by_steps(room->slots, room->spare_slots, order.count, digit);
    sort_runs(value, room->slots, order.count, room);
    return order;
}
