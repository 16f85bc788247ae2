/* For a target that makes the program log: nobody hears it. The Makefile links it with `write`
 * wrapped; sanitizers and libFuzzer have ways of their own. */
#ifndef TESTS_FUZZ_UNHEARD_H
#define TESTS_FUZZ_UNHEARD_H

#include <unistd.h>

ssize_t __real_write(int file, const void *bytes, size_t length);
ssize_t __wrap_write(int file, const void *bytes, size_t length);

ssize_t __wrap_write(int file, const void *bytes, size_t length) {
    return file == STDERR_FILENO ? (ssize_t)length : __real_write(file, bytes, length);
}

#endif
