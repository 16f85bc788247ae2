#include "tests/fuzz/target.h"

/* The bytes as they are: zip, gzip, or whatever they look like. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    fuzz_book(bytes, length, BOOK_UTF8);
    return 0;
}
