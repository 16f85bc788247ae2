/* Runs a target (tests/fuzz/target.h) on every seed of its folder, tests/fuzz/seeds/NAME for a
 * program test_fuzz_NAME, and on mutations of each, the same ones in every run. It ends by a signal
 * where the target does. */
#include "tests/fuzz/target.h"
#include "tests/suite.h"

#include <dirent.h>
#include <stdio.h>

enum { MUTATIONS = 150, SEED_MAX = 1 << 20, SEEDS_MAX = 256 };

/* Pieces that mean something to a reader. */
static const char *const words[] = {
    "<",
    ">",
    "/>",
    "\"",
    "&#x41;",
    "&lt;",
    "<!DOCTYPE a>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-1",
    "0",
    "99999999999999999999",
    "1048576",
    "16384",
    "r=\"A1\"",
    "\n",
    "\r\n",
    "\"\"",
    ",",
    ";",
    "\t",
    "\xef\xbb\xbf",
    "\xff",
    "\x80",
    "PK\x01\x02",
    "PK\x03\x04",
    "=== ",
    "<row>",
    "</row>",
    "<c t=\"s\">",
    "<v>",
    "</v>",
    "<text:p>",
    "table:number-rows-repeated=\"9999999\"",
};

static size_t mutate(uint8_t *bytes, size_t length, uint64_t *random) {
    uint64_t choice = suite_random(random);
    size_t at = length ? (size_t)(choice >> 8) % length : 0;
    const char *word = words[(choice >> 40) % (sizeof words / sizeof *words)];
    size_t word_length = strlen(word);
    switch (choice % 5) {
    case 0: /* a bit turned */
        if (length)
            bytes[at] ^= (uint8_t)(1 << (choice >> 60 & 7));
        return length;
    case 1: /* the end cut off */
        return at;
    case 2: /* a piece taken out */
        memmove(bytes + at, bytes + at + (length - at) / 2, length - at - (length - at) / 2);
        return length - (length - at) / 2;
    case 3: /* a word put in */
        memmove(bytes + at + word_length, bytes + at, length - at);
        memcpy(bytes + at, word, word_length);
        return length + word_length;
    default: /* a piece doubled */
        if (2 * length < SEED_MAX) {
            memmove(bytes + length, bytes + at, length - at);
            return 2 * length - at;
        }
        return length;
    }
}

static void run(const uint8_t *bytes, size_t length) {
    uint8_t *copy =
        malloc(length ? length : 1); /* of just that size, so that reading past it shows */
    memcpy(copy, bytes, length);
    (void)LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

/* A seed and what comes of one to four mutations of it. */
static int run_seed(const char *path) {
    static uint8_t seed[SEED_MAX], bytes[2 * SEED_MAX];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return 0;
    size_t length = fread(seed, 1, sizeof seed / 2, file);
    (void)fclose(file);
    run(seed, length);
    uint64_t random = UINT64_C(88172645463325252);
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(bytes, seed, length);
        size_t size = length;
        for (int k = 0; k <= i % 4; k++)
            size = mutate(bytes, size, &random);
        run(bytes, size);
    }
    return 1;
}

int main(int count, char **arguments) {
    (void)count;
    const char *name = strrchr(arguments[0], '_');
    char folder[256], path[1024];
    (void)snprintf(folder, sizeof folder, "tests/fuzz/seeds/%s", name ? name + 1 : "");
    DIR *listing = opendir(folder);
    int seeds = 0;
    struct dirent *entry;
    while (listing && (entry = readdir(listing)) && seeds < SEEDS_MAX) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (*entry->d_name != '.')
            seeds += run_seed(path);
    }
    if (listing)
        (void)closedir(listing);
    /* check's closing line, of which tests/run_one.sh reads the counts */
    printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n", seeds ? 100 : 0, seeds ? seeds : 1,
           !seeds);
    return seeds ? EXIT_SUCCESS : EXIT_FAILURE;
}
