/* A service whose releases are followed through their life: what the tests of it share. */
#ifndef TESTS_RELEASE_LIFE_H
#define TESTS_RELEASE_LIFE_H

#include "services/bus/clock.h"
#include "tests/services/small_files.h"

#include <sqlite3.h>

static struct service service;
static pid_t hub, ingestion;
static uint64_t seen; /* the last event that service_await was given */

static inline void begin(void) {
    service_begin(&service);
    hub = service_start(&service, "hub", NULL);
    ingestion = service_start(&service, "ingestion", NULL);
    service_start(&service, "scoring", NULL);
    service_start(&service, "comparison", NULL);
    service_start(&service, "publishing", NULL);
    small_load(&service);
    seen = 0;
    ck_assert_uint_eq(service_await(&service, "published", &seen), 1);
}

static inline void end(void) {
    service_end(&service);
}

#define HEADER "area_code,period,value,status\n"
/* As in the pack, a year later: nothing about it is suspicious. */
#define SOOT_2026                                                                                  \
    HEADER "E01,2026,5,\nE02,2026,1,\nE03,2026,3,\nE04,2026,2,\nE05,2026,9,\nE06,2026,0,\n"
/* Birch jumps from 1 to 8, Cedar has gone. */
#define SOOT_STRANGE HEADER "E01,2026,5,\nE02,2026,8,\nE04,2026,2,\nE05,2026,9,\nE06,2026,0,\n"

static inline HandIn plainly(void) {
    HandIn how = MINDEX__V1__HAND_IN__INIT;
    return how;
}

static inline Message *hand_in(HandIn how, const char *name, const char *text) {
    return service_hand_in_so(&service, how, name, text, strlen(text));
}

/* The only release of a receipt. */
static inline const ReceivedRelease *received(const Message *answer) {
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert_uint_eq(answer->receipt->n_releases, 1);
    return answer->receipt->releases[0];
}

static inline Message *ask_releases(const char *dataset, uint64_t release) {
    Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
    wanted.dataset = (char *)dataset;
    wanted.has_release = release != 0;
    wanted.release = release;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &wanted;
    Message *answer = service_ask(&service, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RELEASES);
    return answer;
}

static inline void check_state(uint64_t release, const char *state) {
    Message *answer = ask_releases(NULL, release);
    ck_assert_uint_eq(answer->releases->n_releases, 1);
    ck_assert_str_eq(answer->releases->releases[0]->state, state);
    wire_free(&answer);
}

static inline uint64_t newest_event(void) {
    Message *answer = service_status(&service);
    uint64_t newest = answer->status->newest_event;
    wire_free(&answer);
    return newest;
}

/* The first event of a type after `after`; it must be there or come. Free with wire_free. */
static inline Message *event_after(uint64_t after, const char *topic, const char *type,
                                   const Event **event) {
    for (;;) {
        Message *answer = service_events(&service, after, topic, SERVICE_ANSWER_MS);
        for (size_t i = 0; i < answer->events->n_events; i++) {
            *event = answer->events->events[i];
            if (strcmp((*event)->type, type) == 0)
                return answer;
        }
        ck_assert_msg(answer->events->n_events > 0, "no %s came", type);
        after = answer->events->through;
        wire_free(&answer);
    }
}

static inline EditionInfo *edition_info(Message **answer, uint64_t number) {
    Mindex__V1__EditionWanted wanted = MINDEX__V1__EDITION_WANTED__INIT;
    wanted.has_number = true;
    wanted.number = number;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
    question.edition_wanted = &wanted;
    *answer = service_ask(&service, &question);
    return (*answer)->edition->info;
}

/* Whether two editions have the same scores, to the bit. */
static inline bool same_scores(uint64_t one, uint64_t other) {
    Message *left, *right;
    bool same = strcmp(edition_info(&left, one)->scores, edition_info(&right, other)->scores) == 0;
    wire_free(&left);
    wire_free(&right);
    return same;
}

static inline void check_cause(uint64_t edition, const char *cause, uint64_t release) {
    Message *answer;
    const EditionInfo *info = edition_info(&answer, edition);
    ck_assert_str_eq(info->cause, cause);
    ck_assert_uint_eq(info->release, release);
    wire_free(&answer);
}

/* Does to the database what no process of the service does. */
static inline void run_sql(const char *sql) {
    sqlite3 *db = NULL;
    char *error = NULL;
    ck_assert_int_eq(sqlite3_open(service.places.database, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK, "%s", error);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Numbers without a hole or a double. */
static inline void check_log(void) {
    uint64_t seq = 0;
    for (bool more = true; more;) {
        Message *answer = service_events(&service, seq, NULL, 0);
        for (size_t i = 0; i < answer->events->n_events; i++)
            ck_assert_uint_eq(answer->events->events[i]->seq, ++seq);
        more = seq < answer->events->newest;
        wire_free(&answer);
    }
}

static inline void load_forgiving(const char *areas) {
    static const char text[] = SMALL_HEAD SMALL_LEVELS SMALL_TREE
        "datasets:\n" SMALL_DATASET("pay", "lad") SMALL_DATASET("county-jobs", "county")
            SMALL_DATASET("money", "region") "  - {id: soot, title: T, publisher: P, licence: L, "
                                             "level: lad, vintage: \"2021\", accept-warnings: "
                                             "[jump]}\n" SMALL_SPEND;
    const char *const names[] = {"index.yaml", "areas.csv", "geography.csv", "codes.csv"};
    const char *const texts[] = {text, areas, SMALL_GEOGRAPHY, SMALL_CODES};
    File files[4], *list[4];
    for (size_t i = 0; i < 4; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    HandIn body = plainly();
    body.n_files = 4;
    body.files = list;
    body.has_pack = body.pack = true;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    Message *answer = service_ask(&service, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert(answer->receipt->pack_changed);
    wire_free(&answer);
}

static inline Message *withdraw(uint64_t release, const char *reason) {
    Mindex__V1__Withdraw body = MINDEX__V1__WITHDRAW__INIT;
    body.release = release;
    body.reason = (char *)reason;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_WITHDRAW;
    question.withdraw = &body;
    Message *answer = service_ask(&service, &question);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_WITHDRAWN);
    return answer;
}

#endif
