/* What a process keeps of the store. */
#include "services/bus/library.h"

#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

enum { BLOBS = 3 };

static struct {
    uint8_t *bytes;
    size_t length;
    char hash[HASH_TEXT];
} blobs[BLOBS];

static bool fetch(void *context, const char *hash, uint8_t **bytes, size_t *length,
                  struct fault *fault) {
    (void)context;
    for (size_t i = 0; i < BLOBS; i++) {
        if (strcmp(blobs[i].hash, hash) != 0)
            continue;
        *bytes = malloc(blobs[i].length + 1);
        *length = blobs[i].length;
        memcpy(*bytes, blobs[i].bytes, blobs[i].length);
        return true;
    }
    return fault_set(fault, FAULT_INPUT, "there is no such blob");
}

static void keep(size_t at, const ProtobufCMessage *message) {
    blobs[at].length = protobuf_c_message_get_packed_size(message);
    blobs[at].bytes = malloc(blobs[at].length + 1);
    (void)protobuf_c_message_pack(message, blobs[at].bytes);
    hash_of(blobs[at].bytes, blobs[at].length, blobs[at].hash);
}

static void keep_pack(size_t at, const char *areas) {
    const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv"};
    const char *const texts[] = {SMALL_DEFINITION, areas, SMALL_GEOGRAPHY, SMALL_CODES};
    File files[4], *list[4];
    for (size_t i = 0; i < 4; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    Pack message = MINDEX__V1__PACK__INIT;
    message.definition = "index.yaml";
    message.n_files = 4;
    message.files = list;
    keep(at, &message.base);
}

/* The areas of the small pack, the first two in the other order. */
static const char *const other_order =
    SMALL_AREAS_HEADER "E02,Birch,R1,North,district,2000000,-1.5,54\n"
                       "E01,Ash,R1,North,district,1000000,-1,54\n"
                       "E03,Cedar,R1,North,district,3000000,-2,54\n"
                       "E07,Gorse,R1,North,city,10,-2,55\n"
                       "E04,Damson,R2,South,district,500000,-1,51\n"
                       "E05,Elm,R2,South,district,1000000,-1.5,51\n"
                       "E06,Fir,R2,South,city,4000000,-2,51\n";

/* 0: the small pack; 1: its places in another order; 2: an edition of the first. */
static void keep_all(void) {
    struct pack *pack = small_pack();
    struct edition *edition = small_edition(pack);
    struct arena *arena = arena_new();
    keep_pack(0, SMALL_AREAS);
    keep_pack(1, other_order);
    keep(2, &edition_message(arena, pack, blobs[0].hash, edition, NULL, 0)->base);
    arena_destroy(&arena);
    edition_destroy(&edition);
    pack_destroy(&pack);
}

START_TEST(an_edition_that_was_read_by_its_own_pack_is_not_given_out_for_another) {
    struct fault fault = {0};
    keep_all();
    struct library *library = library_new(fetch, NULL);
    library_turn(library);
    const struct edition *edition = library_edition(library, blobs[0].hash, blobs[2].hash, &fault);
    ck_assert_msg(edition != NULL, "%s", fault.text);
    ck_assert_ptr_eq(library_edition(library, blobs[0].hash, blobs[2].hash, &fault), edition);
    ck_assert_ptr_nonnull(library_pack(library, blobs[1].hash, &fault));
    ck_assert_ptr_null(library_edition(library, blobs[1].hash, blobs[2].hash, &fault));
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_ptr_nonnull(strstr(fault.text, "not those of its pack"));
    library_destroy(&library);
    for (size_t i = 0; i < BLOBS; i++)
        free(blobs[i].bytes);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("library");
    TCase *tests = tcase_create("library");
    tcase_add_test(tests, an_edition_that_was_read_by_its_own_pack_is_not_given_out_for_another);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
