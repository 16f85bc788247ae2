/* Files of a pack and its releases: what is not among them is the small pack's. The index is scored
 * from whatever can be read. */
#include "services/bus/convert.h"
#include "services/bus/text.h"
#include "tests/fuzz/small.h"

static void check_names(const struct geography *geography) {
    for (size_t i = 0; i < geography->n_areas; i++) {
        const struct area *area = &geography->areas[i];
        fuzz_check(text_is_plain(area->code, SIZE_MAX - 1));
        fuzz_check(text_is_plain(area->name, SIZE_MAX - 1));
        fuzz_check(text_is_plain(area->region, SIZE_MAX - 1));
        fuzz_check(text_is_plain(area->type, SIZE_MAX - 1));
    }
}

/* As it goes to the hub and into the store, and out of it. */
static void there_and_back(const struct pack *pack, const struct edition *edition) {
    struct fault fault = {0};
    struct arena *arena = arena_new();
    EditionScores *message = edition_message(arena, pack, "", edition, NULL, 0);
    fuzz_check(message != NULL);
    struct edition *again = edition_of_message(message, pack, &fault);
    fuzz_check(again != NULL);
    edition_destroy(&again);
    arena_destroy(&arena);
}

static struct release *read_one(const struct pack *pack, const struct fuzz_files *files,
                                const char *id) {
    static struct problems problems;
    char name[FUZZ_NAME_ROOM + 16];
    (void)snprintf(name, sizeof name, "%.190s.csv", id);
    struct table_file file = fuzz_file(files, name);
    memset(&problems, 0, sizeof problems);
    struct release *release =
        file.bytes ? release_read(pack->geography, name, file.bytes, file.length, &problems) : NULL;
    if (file.bytes && !release)
        fuzz_problems(&problems);
    return release;
}

static void score(const struct pack *pack, const struct fuzz_files *files) {
    struct fault fault = {0};
    size_t n = pack->definition->n_datasets;
    struct release **releases = calloc(n + 1, sizeof *releases);
    fuzz_check(releases != NULL);
    for (size_t i = 0; i < n; i++)
        releases[i] = read_one(pack, files, pack->definition->datasets[i].id);
    struct edition *edition = edition_score(pack, (const struct release *const *)releases, &fault);
    if (edition)
        there_and_back(pack, edition);
    else
        fuzz_refused(&fault);
    edition_destroy(&edition);
    for (size_t i = 0; i < n; i++) {
        if (releases[i])
            release_destroy(&releases[i]);
    }
    free(releases);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const char *const names[] = {"index.yaml",  "areas.csv",   "geography.csv", "codes.csv",
                                        "changes.csv", "aliases.csv", "boundaries.csv"};
    static const char *const texts[] = {
        SMALL_DEFINITION, SMALL_AREAS, SMALL_GEOGRAPHY, SMALL_CODES, NULL, NULL, NULL};
    enum { FILES = sizeof names / sizeof *names };
    struct fault fault = {0};
    struct fuzz_files files;
    struct table_file of_pack[FILES];
    size_t n = 0;
    fuzz_split(&files, bytes, length);
    for (size_t i = 0; i < FILES; i++) {
        struct table_file file = fuzz_file(&files, names[i]);
        if (!file.bytes && texts[i])
            file = small_table(names[i], texts[i]);
        if (file.bytes)
            of_pack[n++] = file;
    }
    struct pack *pack = pack_read("index.yaml", of_pack, n, &fault);
    if (!pack) {
        fuzz_refused(&fault);
        return 0;
    }
    check_names(pack->geography);
    score(pack, &files);
    pack_destroy(&pack);
    return 0;
}
