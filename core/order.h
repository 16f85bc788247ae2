/* Ordering the places of a column by their numbers, in time that grows with how many they are. */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "core/room.h"

#include <stdbool.h>
#include <stdint.h>

/* Places, the largest number first; equal numbers in order of place. Lies in the room. */
struct order {
    const double *value;
    const uint64_t *slots; /* how far below the largest << 32 | place */
    size_t count;
};

/* Of those of n places that have a number (`status` NULL: all have). The room is for n
 * places at least, fewer than 2^31; its x and y are left alone. Numbers are no NaN. */
struct order order_falling(const double *value, const uint8_t *status, size_t n, struct room *room);

static inline size_t order_place(const struct order *order, size_t i) {
    return (uint32_t)order->slots[i];
}

/* Whether the i-th has the same number as the one before; i at least 1. */
static inline bool order_tied(const struct order *order, size_t i) {
    return order->slots[i] >> 32 == order->slots[i - 1] >> 32 &&
           order->value[order_place(order, i)] == order->value[order_place(order, i - 1)];
}

/* Of the places from `first` on that have the same number, one past the last. */
static inline size_t order_end(const struct order *order, size_t first) {
    size_t end = first + 1;
    while (end < order->count && order_tied(order, end))
        end++;
    return end;
}

#endif
