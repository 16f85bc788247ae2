#include "core/sort.h"

#include <string.h>

enum { RUN = 16 };

/* Short runs: insertion. */
static void insert(struct sort_entry *entries, size_t n) {
    for (size_t i = 1; i < n; i++) {
        struct sort_entry entry = entries[i];
        size_t k = i;
        for (; k > 0 && entries[k - 1].key > entry.key; k--)
            entries[k] = entries[k - 1];
        entries[k] = entry;
    }
}

static void merge(const struct sort_entry *left, size_t n_left, const struct sort_entry *right,
                  size_t n_right, struct sort_entry *out) {
    size_t l = 0, r = 0;
    while (l < n_left && r < n_right)
        *out++ = right[r].key < left[l].key ? right[r++] : left[l++];
    memcpy(out, left + l, (n_left - l) * sizeof *out);
    memcpy(out + (n_left - l), right + r, (n_right - r) * sizeof *out);
}

void sort_entries(struct sort_entry *entries, struct sort_entry *spare, size_t n) {
    for (size_t at = 0; at < n; at += RUN)
        insert(entries + at, n - at < RUN ? n - at : RUN);
    struct sort_entry *from = entries, *to = spare;
    for (size_t run = RUN; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            size_t left = n - at < run ? n - at : run;
            size_t right = n - at - left < run ? n - at - left : run;
            merge(from + at, left, from + at + left, right, to + at);
        }
        struct sort_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries && n)
        memcpy(entries, from, n * sizeof *entries);
}
