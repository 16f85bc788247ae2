#include "core/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    WORD_MAX = 64, /* longer words are not slips of the finger */
    BEGINNING = 3, /* letters that make a beginning worth a guess */
};

/* Levenshtein's distance, a row of the table at a time. */
static size_t edit_distance(const char *a, size_t length_a, const char *b, size_t length_b) {
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t best =
                diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[length_b];
}

void nearest_offer(struct nearest *nearest, const char *candidate) {
    size_t length = strlen(nearest->word), other = strlen(candidate);
    if (length > WORD_MAX || other > WORD_MAX)
        return;
    size_t distance = edit_distance(nearest->word, length, candidate, other);
    if (length >= BEGINNING && strncasecmp(nearest->word, candidate, length) == 0)
        distance = 1;
    /* A third of the letters may be wrong, and of a short word never half: "ab" is not meant to be
     * "xy". */
    if (distance > length / 3 + 1 || distance * 2 > length)
        return;
    if (nearest->best && distance >= nearest->distance)
        return;
    nearest->best = candidate;
    nearest->distance = distance;
}
