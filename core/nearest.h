/* "Did you mean": the known word that is nearest to one that is not known, letter case aside. A
 * word that is the beginning of a known one is near to it, too. */
#ifndef CORE_NEAREST_H
#define CORE_NEAREST_H

#include <stddef.h>

/* Begin with {.word = the unknown word}, offer every known word, read `best`. */
struct nearest {
    const char *word;
    const char *best; /* NULL: none is near; of several as near, the first */
    size_t distance;  /* letters to add, drop, change, or let change places */
};

void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
