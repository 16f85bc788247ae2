/* Runs a target (tests/fuzz/target.h) on every seed of its folder, tests/fuzz/seeds/NAME for a
 * program test_fuzz_NAME, and on mutations of each, the same ones in every run as far as there is
 * time. It ends by a signal where the target does. */
#include "tests/fuzz/fuzz.h"
#include "tests/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <time.h>

enum { MUTATIONS = 150, SEED_MAX = 1 << 20, SEEDS_MAX = 256, SECONDS = 2 };

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

struct seed {
    uint8_t *bytes;
    size_t length;
};

static struct seed read_seed(const char *path) {
    struct seed seed = {malloc(SEED_MAX / 2), 0};
    FILE *file = fopen(path, "rbe");
    fuzz_check(seed.bytes && file);
    seed.length = fread(seed.bytes, 1, SEED_MAX / 2, file);
    (void)fclose(file);
    return seed;
}

static int is_seed(const struct dirent *entry) {
    return *entry->d_name != '.';
}

/* The seeds of a folder, in the order of their names. */
static int read_seeds(const char *folder, struct seed *seeds) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_seed, alphasort), n = 0;
    for (int i = 0; i < count; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (n < SEEDS_MAX)
            seeds[n++] = read_seed(path);
        free(entries[i]);
    }
    free(entries);
    return n;
}

/* What comes of one to four mutations of a seed. */
static void run_mutation(const struct seed *seed, int changes, uint64_t *random) {
    static uint8_t bytes[2 * SEED_MAX];
    size_t size = seed->length;
    memcpy(bytes, seed->bytes, size);
    for (int k = 0; k < changes; k++)
        size = mutate(bytes, size, random);
    run(bytes, size);
}

static double now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int count, char **arguments) {
    (void)count;
    static struct seed seeds[SEEDS_MAX];
    const char *name = strrchr(arguments[0], '_');
    char folder[256];
    (void)snprintf(folder, sizeof folder, "tests/fuzz/seeds/%s", name ? name + 1 : "");
    int n = read_seeds(folder, seeds), runs = 0;
    for (int i = 0; i < n; i++, runs++)
        run(seeds[i].bytes, seeds[i].length);
    /* Each seed has its own random numbers, so that one more changes nothing about the others. */
    static uint64_t random[SEEDS_MAX];
    double end = now() + SECONDS;
    for (int i = 0; i < MUTATIONS; i++) {
        for (int k = 0; k < n && now() < end; k++, runs++) {
            random[k] = i ? random[k] : UINT64_C(88172645463325252);
            run_mutation(&seeds[k], i % 4 + 1, &random[k]);
        }
    }
    for (int i = 0; i < n; i++)
        free(seeds[i].bytes);
    /* check's closing line, of which tests/run_one.sh reads the counts */
    printf("%d inputs\n%d%%: Checks: %d, Failures: %d, Errors: 0\n", runs, n ? 100 : 0, n ? n : 1,
           !n);
    return n ? EXIT_SUCCESS : EXIT_FAILURE;
}
