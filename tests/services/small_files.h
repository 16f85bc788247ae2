/* The small pack of the core tests, as files that are handed in. */
#ifndef TESTS_SERVICES_SMALL_FILES_H
#define TESTS_SERVICES_SMALL_FILES_H

#include "tests/core/small_pack.h"
#include "tests/services/service.h"

/* Hands the pack in with its three datasets and its spend: the receipt. */
static inline Message *small_hand_in(struct service *s) {
    static const char *const names[] = {"index.yaml",         "areas.csv",
                                        "geography.csv",      "codes.csv",
                                        "data/pay/2024.csv",  "data/county-jobs/2024.csv",
                                        "data/soot/2025.csv", "data/money/2022-23.csv"};
    static const char *const texts[] = {SMALL_DEFINITION, SMALL_AREAS, SMALL_GEOGRAPHY,
                                        SMALL_CODES,      SMALL_PAY,   SMALL_JOBS,
                                        SMALL_SOOT,       SMALL_MONEY};
    enum { FILES = sizeof names / sizeof *names };
    File files[FILES], *list[FILES];
    for (size_t i = 0; i < FILES; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = FILES;
    body.files = list;
    body.has_pack = body.pack = true;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    return service_ask(s, &question);
}

/* The same, received. */
static inline void small_load(struct service *s) {
    Message *answer = small_hand_in(s);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert_uint_eq(answer->receipt->n_releases, 4);
    ck_assert(answer->receipt->pack_changed);
    wire_free(&answer);
}

#endif
