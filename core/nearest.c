#include "core/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    WORD_MAX = 64, /* longer words are not slips of the finger */
    BEGINNING = 3, /* letters that make a beginning worth a guess */
};

static bool same(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Levenshtein's distance, where two neighbours that changed places are one mistake: a row of the
 * table at a time, and the two before it. */
static size_t edit_distance(const char *a, size_t length_a, const char *b, size_t length_b) {
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t best = before[j - 1] + !same(a[i - 1], b[j - 1]);
            best = least(best, least(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                best = least(best, two_before[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[length_a % 3][length_b];
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
