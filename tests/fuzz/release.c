#include "core/release.h"

#include "core/status.h"

#include "tests/fuzz/small.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static struct problems problems;
    memset(&problems, 0, sizeof problems);
    struct release *release =
        release_read(fuzz_pack()->geography, "fuzz.csv", (const char *)bytes, length, &problems);
    if (!release) {
        fuzz_problems(&problems);
        return 0;
    }
    bool tidy;
    fuzz_check(release_is_tidy((const char *)bytes, length, &tidy) && tidy);
    for (size_t i = 0; i < release->n; i++) {
        fuzz_check(release->code[i] < release->n_codes && release->period[i] < release->n_periods);
        fuzz_check(release->status[i] < STATUS_COUNT && release->line[i] > 0);
    }
    release_destroy(&release);
    return 0;
}
