/* Sorting numbers with their places, in room that the caller has, so that nothing is allocated. */
#ifndef CORE_SORT_H
#define CORE_SORT_H

#include <stddef.h>

struct sort_entry {
    double key;
    size_t index;
};

/* Sorts by key, smallest first; equal keys keep their order. `spare` has room for n entries too. */
void sort_entries(struct sort_entry *entries, struct sort_entry *spare, size_t n);

#endif
