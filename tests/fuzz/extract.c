/* A dataset description (*.yaml) and a publisher's file, the other one. */
#include "core/extract.h"

#include "core/description.h"
#include "core/publication.h"
#include "tests/fuzz/small.h"

static void try_file(const struct description *description, struct table_file file) {
    const struct geography *geography = fuzz_pack()->geography;
    struct publication *publication = publication_new(file.name, file.bytes, file.length);
    struct arena *arena = arena_new();
    static struct extract_report report;
    static struct problems problems;
    struct release *release = NULL;
    memset(&problems, 0, sizeof problems);
    fuzz_check(publication && arena);
    enum extract_result result =
        extract(description, geography, "lad", publication, arena, &report, &release, &problems);
    fuzz_check((result == EXTRACT_DONE) == (release != NULL));
    if (result == EXTRACT_REFUSED)
        fuzz_problems(&problems);
    if (release) {
        fuzz_check(release->n > 0 && release->n_codes > 0);
        release_destroy(&release);
    }
    arena_destroy(&arena);
    publication_destroy(&publication);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct fuzz_files files;
    fuzz_split(&files, bytes, length);
    if (files.n == 0)
        return 0;
    struct description *description =
        description_read(files.names[0], files.list[0].bytes, files.list[0].length, &fault);
    if (!description)
        fuzz_refused(&fault);
    if (description && files.n > 1)
        try_file(description, files.list[1]);
    description_destroy(&description);
    return 0;
}
