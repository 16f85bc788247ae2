#include "services/bus/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id) {
    struct timespec now;
    (void)clock_gettime(id, &now); /* cannot fail for the two clocks below */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_ms(void) {
    return read_ms(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ms(void) {
    return (uint64_t)read_ms(CLOCK_REALTIME);
}
