/* A definition and one CSV file with all figures. */
#include "core/plain.h"

#include "core/edition.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct fuzz_files files;
    fuzz_split(&files, bytes, length);
    struct table_file definition = fuzz_file(&files, "d.yaml"), data = fuzz_file(&files, "d.csv");
    if (!definition.bytes || !data.bytes)
        return 0;
    struct plain *plain = plain_read(definition, data, &fault);
    if (!plain) {
        fuzz_refused(&fault);
        return 0;
    }
    struct edition *edition =
        edition_score(plain->pack, (const struct release *const *)plain->releases, &fault);
    if (!edition)
        fuzz_refused(&fault);
    edition_destroy(&edition);
    plain_destroy(&plain);
    return 0;
}
