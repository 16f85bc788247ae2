#include "core/gzip.h"

#include "tests/fuzz/fuzz.h"

enum { READ_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct gzip *gzip = gzip_new(bytes, length, &fault);
    if (!gzip) {
        fuzz_refused(&fault);
        return 0;
    }
    char part[4000];
    size_t got = 1, all = 0;
    bool fine = true;
    while (fine && got && all < READ_MAX) {
        fine = gzip_read(gzip, part, sizeof part, &got, &fault);
        all += fine ? got : 0;
    }
    if (!fine)
        fuzz_refused(&fault);
    gzip_destroy(&gzip);
    return 0;
}
