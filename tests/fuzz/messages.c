/* Bytes as a frame: whatever is read of it has plain texts, and is the same when it is sent on. */
#include "services/bus/text.h"
#include "services/bus/wire.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    zframe_t *frame = zframe_new(bytes, length);
    Message *message = wire_read(frame);
    zframe_destroy(&frame);
    if (!message)
        return 0;
    frame = wire_frame(message);
    wire_free(&message);
    fuzz_check(frame != NULL);
    message = wire_read(frame);
    fuzz_check(message != NULL);
    zframe_t *again = wire_frame(message);
    fuzz_check(zframe_eq(frame, again));
    zframe_destroy(&again);
    zframe_destroy(&frame);
    wire_free(&message);
    return 0;
}
