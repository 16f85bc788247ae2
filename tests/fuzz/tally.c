#include "core/tally.h"

#include "tests/fuzz/fuzz.h"

/* A tally that is whole has no other bytes, can be read, and put together with itself. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct tally_span spans[] = {{bytes, length}, {bytes, length}};
    struct tally_shape shape;
    size_t n = 0;
    uint8_t *two = tally_merge(spans, 2, &n, &fault);
    free(two);
    if (!tally_check(spans, &shape, &fault)) {
        fuzz_refused(&fault);
        fuzz_check(!two);
        return 0;
    }
    fuzz_check(two || shape.items > UINT32_MAX / 2);
    uint8_t *one = tally_merge(spans, 1, &n, &fault);
    fuzz_check(one && n == length && memcmp(one, bytes, n) == 0);
    free(one);
    struct tally_place *places = calloc(shape.n_areas, sizeof *places);
    uint32_t *in_band = calloc(shape.n_areas, shape.bands * sizeof *in_band);
    fuzz_check(places && in_band && tally_summarise(spans, 0.9, places, in_band, &fault));
    for (size_t a = 0; a < shape.n_areas; a++) {
        fuzz_check(places[a].n <= shape.items);
        fuzz_check(!places[a].n ||
                   (places[a].low >= 1.0 && places[a].low <= places[a].median &&
                    places[a].median <= places[a].high && places[a].high <= (double)shape.n_areas));
    }
    free(places);
    free(in_band);
    return 0;
}
