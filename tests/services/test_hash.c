#include "services/bus/hash.h"
#include "services/bus/sha256.h"
#include "tests/suite.h"

#include <sodium.h>
#include <string.h>

START_TEST(a_hash_is_that_of_the_standard) {
    char hash[HASH_TEXT];
    hash_of("abc", 3, hash); /* FIPS 180-4's own example */
    ck_assert_str_eq(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_of(NULL, 0, hash);
    ck_assert_str_eq(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(the_processor_finds_what_libsodium_finds_for_every_length) {
    uint8_t digest[32], expected[crypto_hash_sha256_BYTES];
    uint64_t state = 7;
    if (!sha256_by_processor("", 0, digest)) {
        printf("skipped: this processor has no instructions for it\n");
        return;
    }
    for (size_t length = 0; length < 400; length++) {
        uint8_t *bytes = malloc(length + 1);
        ck_assert_ptr_nonnull(bytes);
        uint8_t *from = bytes + 1; /* at an odd place, to the end: a sanitizer sees more */
        size_t n = length;
        for (size_t i = 0; i < n; i++)
            from[i] = (uint8_t)suite_random(&state);
        ck_assert(sha256_by_processor(from, n, digest));
        crypto_hash_sha256(expected, from, n);
        ck_assert_mem_eq(digest, expected, sizeof expected);
        free(bytes);
    }
    size_t large = (1 << 20) + 13;
    uint8_t *bytes = malloc(large);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < large; i++)
        bytes[i] = (uint8_t)suite_random(&state);
    ck_assert(sha256_by_processor(bytes, large, digest));
    crypto_hash_sha256(expected, bytes, large);
    ck_assert_mem_eq(digest, expected, sizeof expected);
    free(bytes);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");
    tcase_add_test(tests, a_hash_is_that_of_the_standard);
    tcase_add_test(tests, the_processor_finds_what_libsodium_finds_for_every_length);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
