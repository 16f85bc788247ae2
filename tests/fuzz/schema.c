/* A table "t.csv" and the descriptions beside it, Frictionless or CSV on the Web. */
#include "core/publication_schema.h"

#include "core/extract.h"
#include "core/publication.h"
#include "tests/fuzz/small.h"

static bool find(void *who, const char *name, const char **bytes, size_t *length,
                 struct fault *fault) {
    (void)fault;
    struct table_file file = fuzz_file(who, name);
    /* Names come out of the JSON: they must stay below the folder. */
    fuzz_check(*name != '/' && !strstr(name, "../"));
    *bytes = file.bytes;
    *length = file.length;
    return true;
}

static void read_by(const struct publication_schema *schema, struct publication *publication,
                    struct arena *arena, bool alone) {
    static struct extract_report report;
    static struct problems problems;
    struct release *release = NULL;
    memset(&problems, 0, sizeof problems);
    enum extract_result result =
        publication_schema_extract(schema, NULL, alone, fuzz_pack()->geography, "lad", publication,
                                   arena, &report, &release, &problems);
    fuzz_check((result == EXTRACT_DONE) == (release != NULL));
    if (result == EXTRACT_REFUSED)
        fuzz_problems(&problems);
    if (release)
        release_destroy(&release);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct fuzz_files files;
    fuzz_split(&files, bytes, length);
    struct table_file file = fuzz_file(&files, "d/t.csv");
    struct arena *arena = arena_new();
    struct publication *publication =
        publication_new(file.name, file.bytes ? file.bytes : "", file.length);
    struct publication_schema schema = {0};
    fuzz_check(arena && publication);
    if (!publication_schema_find(publication, (struct schema_beside){find, &files}, arena, &schema,
                                 &fault)) {
        fuzz_refused(&fault);
    } else if (schema.n) {
        read_by(&schema, publication, arena, true);
        read_by(&schema, publication, arena, false);
    }
    publication_destroy(&publication);
    arena_destroy(&arena);
    return 0;
}
