/* A first description of whatever it is; it must be one that can be read. */
#include "core/guess.h"

#include "core/description.h"
#include "core/publication.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    char *text = NULL;
    size_t written = 0;
    struct publication *publication = publication_new("fuzz.csv", bytes, length);
    FILE *out = open_memstream(&text, &written);
    fuzz_check(publication && out);
    bool guessed = guess_description(publication, out, &fault);
    fuzz_check(fclose(out) == 0);
    if (guessed) {
        struct description *description = description_read("guessed.yaml", text, written, &fault);
        fuzz_check(description != NULL);
        description_destroy(&description);
    } else {
        fuzz_refused(&fault);
    }
    free(text);
    publication_destroy(&publication);
    return 0;
}
