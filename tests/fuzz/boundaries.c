#include "core/boundaries.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct boundaries *boundaries =
        boundaries_read("fuzz.geojson", (const char *)bytes, length, &fault);
    if (!boundaries) {
        fuzz_refused(&fault);
        return 0;
    }
    for (size_t i = 0; i < boundaries->n_shapes; i++)
        fuzz_check(boundaries_find(boundaries, boundaries->shapes[i].code) != NULL);
    boundaries_destroy(&boundaries);
    return 0;
}
