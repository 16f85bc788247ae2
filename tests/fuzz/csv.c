#include "tests/fuzz/target.h"

/* In both encodings, as neither knows what the other accepts. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_book(bytes, length, BOOK_UTF8);
    fuzz_book(bytes, length, BOOK_WINDOWS_1252);
    return 0;
}
