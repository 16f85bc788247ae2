/* The life of a release, with real processes: revised, refused for what is suspicious about it,
 * held until its time, tried without effect, withdrawn, and handed in again. */
#include "services/bus/clock.h"
#include "tests/services/small_files.h"

#include <sqlite3.h>

static struct service service;
static pid_t hub, ingestion;
static uint64_t seen; /* the last event that service_await was given */

static void begin(void) {
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

static void end(void) {
    service_end(&service);
}

#define HEADER "area_code,period,value,status\n"
/* As in the pack, a year later: nothing about it is suspicious. */
#define SOOT_2026                                                                                  \
    HEADER "E01,2026,5,\nE02,2026,1,\nE03,2026,3,\nE04,2026,2,\nE05,2026,9,\nE06,2026,0,\n"
/* Birch jumps from 1 to 8, Cedar has gone. */
#define SOOT_STRANGE HEADER "E01,2026,5,\nE02,2026,8,\nE04,2026,2,\nE05,2026,9,\nE06,2026,0,\n"

static HandIn plainly(void) {
    HandIn how = MINDEX__V1__HAND_IN__INIT;
    return how;
}

static Message *hand_in(HandIn how, const char *name, const char *text) {
    return service_hand_in_so(&service, how, name, text, strlen(text));
}

/* The only release of a receipt. */
static const ReceivedRelease *received(const Message *answer) {
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    ck_assert_uint_eq(answer->receipt->n_releases, 1);
    return answer->receipt->releases[0];
}

static Message *ask_releases(const char *dataset, uint64_t release) {
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

static void check_state(uint64_t release, const char *state) {
    Message *answer = ask_releases(NULL, release);
    ck_assert_uint_eq(answer->releases->n_releases, 1);
    ck_assert_str_eq(answer->releases->releases[0]->state, state);
    wire_free(&answer);
}

static uint64_t newest_event(void) {
    Message *answer = service_status(&service);
    uint64_t newest = answer->status->newest_event;
    wire_free(&answer);
    return newest;
}

/* The first event of a type after `after`; it must be there or come. Free with wire_free. */
static Message *event_after(uint64_t after, const char *topic, const char *type,
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

static EditionInfo *edition_info(Message **answer, uint64_t number) {
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
static bool same_scores(uint64_t one, uint64_t other) {
    Message *left, *right;
    bool same = strcmp(edition_info(&left, one)->scores, edition_info(&right, other)->scores) == 0;
    wire_free(&left);
    wire_free(&right);
    return same;
}

static void check_cause(uint64_t edition, const char *cause, uint64_t release) {
    Message *answer;
    const EditionInfo *info = edition_info(&answer, edition);
    ck_assert_str_eq(info->cause, cause);
    ck_assert_uint_eq(info->release, release);
    wire_free(&answer);
}

/* Does to the database what no process of the service does. */
static void run_sql(const char *sql) {
    sqlite3 *db = NULL;
    char *error = NULL;
    ck_assert_int_eq(sqlite3_open(service.places.database, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK, "%s", error);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Numbers without a hole or a double. */
static void check_log(void) {
    uint64_t seq = 0;
    for (bool more = true; more;) {
        Message *answer = service_events(&service, seq, NULL, 0);
        for (size_t i = 0; i < answer->events->n_events; i++)
            ck_assert_uint_eq(answer->events->events[i]->seq, ++seq);
        more = seq < answer->events->newest;
        wire_free(&answer);
    }
}

/* --- revisions -------------------------------------------------------------------------------- */

START_TEST(a_revision_tells_what_it_revises_and_by_how_much) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2025.csv",
                              HEADER "E01,2025,6,\nE02,2025,1,\nE03,2025,3,\nE04,2025,,[c]\n"
                                     "E05,2025,2,\nE06,2025,0,\n");
    const ReceivedRelease *release = received(answer);
    ck_assert(release->revision && release->has_revises);
    ck_assert_uint_eq(release->added, 1);
    ck_assert_uint_eq(release->removed, 0);
    ck_assert_uint_eq(release->changed, 1);
    ck_assert_uint_eq(release->statuses, 1);
    uint64_t id = release->release, revises = release->revises;
    wire_free(&answer);
    answer = event_after(seen, "release.soot", "release.accepted", &event);
    const Mindex__V1__ReleaseAccepted *told = event->release_accepted;
    ck_assert(told->release == id && told->revision && told->revises == revises);
    ck_assert_uint_eq(told->compared_with, revises);
    ck_assert(told->added == 1 && told->removed == 0 && told->changed == 1 && told->statuses == 1);
    ck_assert(told->largest_change == 1.0 && told->largest_relative_change == 0.2);
    ck_assert(told->median_change == 1.0);
    wire_free(&answer);
    answer = ask_releases("soot", 0);
    ck_assert_uint_eq(answer->releases->n_releases, 2);
    ck_assert_uint_eq(answer->releases->releases[0]->release, id);
    ck_assert_uint_eq(answer->releases->releases[1]->release, revises);
    ck_assert_str_eq(answer->releases->releases[1]->state, "superseded");
    wire_free(&answer);
    char out[4000];
    char number[32];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)id);
    ck_assert_int_eq(
        service_run(&service, out, NULL, sizeof out, "releases", "--csv", number, NULL), 0);
    ck_assert_str_eq(out, "change,area_code,period,old_value,old_status,new_value,new_status\n"
                          "changed,E01,2025,5,,6,\nstatus,E04,2025,3,,,[c]\n"
                          "added,E05,2025,,absent,2,\n");
}
END_TEST

START_TEST(a_new_label_is_held_against_the_release_before_in_the_periods_of_both) {
    Message *answer = hand_in(plainly(), "soot-2026.csv",
                              SOOT_2026 "E01,2025,5,\nE02,2025,1,\nE03,2025,4,\nE04,2025,3,\n");
    const ReceivedRelease *release = received(answer);
    ck_assert(!release->revision && !release->has_revises && release->has_compared_with);
    ck_assert(release->added == 0 && release->removed == 1 && release->changed == 1);
    wire_free(&answer);
    char out[4000], number[32];
    (void)snprintf(number, sizeof number, "%d", 5);
    ck_assert_int_eq(service_run(&service, out, NULL, sizeof out, "releases", number, NULL), 0);
    ck_assert_msg(strstr(out, "Beside release 3, in force before it, in the periods of both:\n"
                              "  0 values added, 1 removed, 1 changed") != NULL,
                  "%s", out);
    ck_assert_msg(strstr(out, "2 periods from 2025 to 2026") != NULL, "%s", out);
    ck_assert_int_eq(service_run(&service, NULL, NULL, 0, "releases", "99", NULL), 4);
}
END_TEST

/* --- warnings --------------------------------------------------------------------------------- */

START_TEST(what_is_suspicious_is_refused_until_somebody_accepts_it) {
    uint64_t before = newest_event();
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    const Refusal *refusal = answer->refusal;
    ck_assert(refusal->warnings);
    ck_assert_uint_eq(refusal->total, 2);
    ck_assert_uint_eq(refusal->n_problems, 2);
    ck_assert_uint_eq(refusal->n_warning_counts, 2);
    ck_assert_str_eq(refusal->warning_counts[0]->kind, "missing-area");
    ck_assert_str_eq(refusal->warning_counts[1]->kind, "jump");
    ck_assert_ptr_nonnull(strstr(refusal->problems[0]->reason, "E03 Cedar"));
    ck_assert_uint_eq(refusal->problems[1]->line, 3);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before);
    HandIn how = plainly();
    how.has_accept_warnings = how.accept_warnings = true;
    answer = hand_in(how, "soot-2026.csv", SOOT_STRANGE);
    ck_assert_uint_eq(received(answer)->warnings->n_counts, 2);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = ask_releases(NULL, id);
    ck_assert_uint_eq(answer->releases->releases[0]->warnings->n_problems, 2);
    wire_free(&answer);
    /* Beside what is in force now, it is nothing new. */
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE);
    ck_assert(received(answer)->duplicate);
    wire_free(&answer);
}
END_TEST

/* The small pack, in which soot takes jumps, with these areas. */
static void load_forgiving(const char *areas) {
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

START_TEST(a_dataset_lets_in_what_its_own_rule_takes_and_no_more) {
    load_forgiving(SMALL_AREAS);
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL); /* Cedar is missed */
    wire_free(&answer);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_STRANGE "E03,2026,,[x]\n");
    ck_assert_uint_eq(received(answer)->warnings->n_counts, 1);
    ck_assert(received(answer)->warnings->let_in);
    wire_free(&answer);
}
END_TEST

static void send_soot(zsock_t *socket, uint64_t request, bool accept, const char *text) {
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    file.name = "soot-2026.csv";
    file.content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    HandIn body = plainly();
    body.n_files = 1;
    body.files = files;
    body.has_accept_warnings = body.accept_warnings = accept;
    Message question = wire_message(request);
    question.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    question.hand_in = &body;
    ck_assert(wire_send(socket, NULL, &question));
}

START_TEST(a_release_is_held_against_what_came_into_force_while_it_was_read) {
    struct fault fault = {0};
    zsock_t *socket = wire_socket(ZMQ_DEALER, NULL, service.places.hub, &fault);
    ck_assert_msg(socket != NULL, "%s", fault.text);
    zsock_set_rcvtimeo(socket, SERVICE_ANSWER_MS);
    service_signal(&service, ingestion, SIGSTOP);
    send_soot(socket, 1, true, SOOT_STRANGE); /* Birch is 8 */
    send_soot(socket, 2, false, SOOT_2026);   /* Birch is 1: as in the pack, but not beside 8 */
    for (uint32_t waiting = 0; waiting < 2;) {
        Message *status = service_status(&service);
        waiting = status->status->tasks_ready + status->status->tasks_leased;
        wire_free(&status);
    }
    service_signal(&service, ingestion, SIGCONT);
    Message *answer = wire_receive(socket, NULL);
    ck_assert_uint_eq(answer->request, 1);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
    answer = wire_receive(socket, NULL);
    ck_assert_uint_eq(answer->request, 2);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_REFUSAL);
    ck_assert_ptr_nonnull(strstr(answer->refusal->problems[0]->reason, "E02 Birch is 1 for 2026"));
    wire_free(&answer);
    zsock_destroy(&socket);
}
END_TEST

START_TEST(the_command_says_how_to_accept_and_does) {
    char file[SERVICE_PATH], err[4000], out[4000];
    (void)snprintf(file, sizeof file, "%s/soot-2026.csv", service.state);
    FILE *to = fopen(file, "w");
    ck_assert_ptr_nonnull(to);
    (void)fputs(SOOT_STRANGE, to);
    (void)fclose(to);
    ck_assert_int_eq(service_run(&service, out, err, sizeof err, "ingest", file, NULL), 3);
    ck_assert_msg(strstr(err, "2 warnings: 1 missing-area, 1 jump\n") != NULL, "%s", err);
    ck_assert_msg(strstr(err, "mindex ingest --accept-warnings /") != NULL, "%s", err);
    ck_assert_int_eq(
        service_run(&service, out, err, sizeof err, "ingest", "--accept-warnings", file, NULL), 0);
    ck_assert_msg(strstr(out, "accepted with warnings: 1 missing-area, 1 jump\n") != NULL, "%s",
                  out);
}
END_TEST

/* --- a trial ---------------------------------------------------------------------------------- */

START_TEST(a_trial_tells_what_would_be_and_does_nothing) {
    char file[SERVICE_PATH], out[8000], told[8000], err[4000];
    (void)snprintf(file, sizeof file, "%s/soot-2026.csv", service.state);
    FILE *to = fopen(file, "w");
    ck_assert_ptr_nonnull(to);
    (void)fputs(SOOT_2026, to);
    (void)fclose(to);
    uint64_t before = newest_event();
    ck_assert_int_eq(service_run(&service, out, err, sizeof out, "ingest", "--dry-run", "--all",
                                 "--csv", file, NULL),
                     0);
    ck_assert_uint_eq(newest_event(), before);
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->releases, 4);
    ck_assert_uint_eq(status->status->editions, 1);
    wire_free(&status);
    /* When it is done, the number that it would have had is free, and what was told comes true. */
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    ck_assert_uint_eq(received(answer)->release, 5);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_int_eq(
        service_run(&service, told, NULL, sizeof told, "changes", "--all", "--csv", NULL), 0);
    ck_assert_ptr_nonnull(strstr(told, "E05,Elm,South,all,All,"));
    ck_assert_str_eq(out, told);
}
END_TEST

START_TEST(a_trial_of_what_would_be_refused_says_so) {
    char file[SERVICE_PATH], out[8000], err[4000];
    (void)snprintf(file, sizeof file, "%s/soot-2026.csv", service.state);
    FILE *to = fopen(file, "w");
    ck_assert_ptr_nonnull(to);
    (void)fputs(SOOT_STRANGE, to);
    (void)fclose(to);
    ck_assert_int_eq(service_run(&service, out, err, sizeof out, "ingest", "--dry-run", file, NULL),
                     3);
    ck_assert_ptr_nonnull(strstr(err, "2 warnings: 1 missing-area, 1 jump\n"));
    ck_assert_msg(strstr(out, "places would change their rank") != NULL, "%s", out);
    ck_assert_msg(strstr(out, "nothing is stored") != NULL, "%s", out);
}
END_TEST

/* --- held until its time ---------------------------------------------------------------------- */

static Message *hold(const char *name, const char *text, uint64_t ms_ahead, uint64_t *at) {
    HandIn how = plainly();
    how.has_publish_at_ms = true;
    how.publish_at_ms = *at = clock_wall_ms() + ms_ahead;
    return hand_in(how, name, text);
}

START_TEST(a_held_release_comes_into_force_at_its_time_and_not_before) {
    const Event *event;
    uint64_t before = newest_event(), at;
    Message *answer = hold("soot-2026.csv", SOOT_2026, 1000, &at);
    ck_assert_uint_eq(received(answer)->held_until_ms, at);
    ck_assert(!answer->receipt->has_task);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before);
    answer = ask_releases(NULL, id);
    const ReleaseInfo *info = answer->releases->releases[0];
    ck_assert_str_eq(info->state, "held");
    ck_assert(!info->in_force && info->publish_at_ms == at);
    ck_assert_ptr_null(info->observations_hash); /* nobody is shown its figures */
    wire_free(&answer);
    /* Another one that comes meanwhile is in force at once, and then no more. */
    answer = hand_in(plainly(), "soot-now.csv", SOOT_2026 "E01,2025,5,\n");
    uint64_t other = received(answer)->release;
    ck_assert_uint_gt(other, id);
    wire_free(&answer);
    answer = event_after(before, "release.soot", "release.accepted", &event);
    ck_assert_uint_eq(event->release_accepted->release, other);
    uint64_t seq = event->seq;
    wire_free(&answer);
    answer = event_after(seq, "release.soot", "release.accepted", &event);
    ck_assert_uint_eq(event->release_accepted->release, id);
    ck_assert_uint_ge(event->time_ms, at);
    ck_assert_uint_lt(event->time_ms, at + 900); /* the hub wakes for it */
    wire_free(&answer);
    check_state(id, "in-force");
    check_state(other, "superseded");
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    check_cause(3, "release", id);
    check_log();
}
END_TEST

START_TEST(a_release_whose_time_came_while_the_hub_was_down_comes_into_force_at_its_start) {
    const Event *event;
    uint64_t before = newest_event(), at;
    Message *answer = hold("soot-2026.csv", SOOT_2026, 3600000, &at);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    service_signal(&service, hub, SIGKILL);
    run_sql("UPDATE release SET publish_at_ms = 1 WHERE turn IS NULL"); /* an hour goes by */
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    answer = event_after(before, "release.soot", "release.accepted", &event);
    ck_assert_uint_eq(event->release_accepted->release, id);
    ck_assert_uint_eq(event->seq, before + 1);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    check_log();
}
END_TEST

static Message *withdraw(uint64_t release, const char *reason) {
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

START_TEST(a_held_release_can_be_withdrawn_and_nobody_hears_of_it) {
    uint64_t before = newest_event(), at;
    Message *answer = hold("soot-2026.csv", SOOT_2026, 3600000, &at);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026); /* it is not let out by accident */
    ck_assert(received(answer)->duplicate && received(answer)->held_until_ms == at);
    wire_free(&answer);
    answer = withdraw(id, "The publisher has another date.");
    ck_assert(answer->withdrawn->held && !answer->withdrawn->was_in_force);
    ck_assert(!answer->withdrawn->has_task);
    wire_free(&answer);
    check_state(id, "withdrawn");
    ck_assert_uint_eq(newest_event(), before);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026); /* now it is handed in anew */
    ck_assert(!received(answer)->duplicate && received(answer)->release == id);
    wire_free(&answer);
    check_state(id, "in-force");
}
END_TEST

START_TEST(a_time_without_an_offset_is_refused_with_advice) {
    char err[2000];
    ck_assert_int_eq(service_run(&service, NULL, err, sizeof err, "ingest", "--publish-at",
                                 "2026-11-25T09:30:00", "/dev/null", NULL),
                     2);
    ck_assert_msg(strstr(err, "has no offset from UTC: give") != NULL, "%s", err);
}
END_TEST

/* --- withdrawal ------------------------------------------------------------------------------- */

START_TEST(what_is_withdrawn_gives_way_to_the_release_before_and_an_edition_says_so) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release, older = received(answer)->compared_with;
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    answer = withdraw(id, "Elm was measured wrongly.");
    ck_assert(!answer->withdrawn->duplicate && answer->withdrawn->was_in_force);
    ck_assert_uint_eq(answer->withdrawn->in_force, older);
    uint64_t through = answer->withdrawn->through;
    ck_assert(answer->withdrawn->has_task);
    wire_free(&answer);
    answer = event_after(through - 1, "release.soot", "release.withdrawn", &event);
    ck_assert_uint_eq(event->release_withdrawn->release, id);
    ck_assert_str_eq(event->release_withdrawn->reason, "Elm was measured wrongly.");
    ck_assert_str_eq(event->release_withdrawn->in_force_label, "2025");
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    check_cause(3, "withdrawal", id);
    ck_assert(same_scores(1, 3) && !same_scores(1, 2));
    answer = service_events(&service, through, "rank.mission.air.", 0);
    ck_assert_uint_gt(answer->events->n_events, 0);
    for (size_t i = 0; i < answer->events->n_events; i++) {
        ck_assert_str_eq(answer->events->events[i]->rank_changed->cause, "withdrawal");
        ck_assert_uint_eq(answer->events->events[i]->rank_changed->release, id);
    }
    wire_free(&answer);
    check_state(id, "withdrawn");
    check_state(older, "in-force");
    check_log();
}
END_TEST

START_TEST(withdrawn_twice_is_withdrawn_once) {
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = withdraw(id, "First.");
    wire_free(&answer);
    uint64_t newest;
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    newest = newest_event();
    answer = withdraw(id, "Second.");
    ck_assert(answer->withdrawn->duplicate && !answer->withdrawn->has_task);
    ck_assert_str_eq(answer->withdrawn->reason, "First.");
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), newest);
    char err[2000];
    ck_assert_int_eq(
        service_run(&service, NULL, err, sizeof err, "withdraw", "99", "--reason", "x", NULL), 4);
    ck_assert_ptr_nonnull(strstr(err, "there is no release 99"));
    ck_assert_int_eq(service_run(&service, NULL, err, sizeof err, "withdraw", "5", NULL), 2);
    ck_assert_int_eq(
        service_run(&service, NULL, err, sizeof err, "withdraw", "5", "--reason", " ", NULL), 4);
}
END_TEST

START_TEST(without_another_release_a_dataset_has_none) {
    const Event *event;
    Message *answer = ask_releases("soot", 0);
    uint64_t id = answer->releases->releases[0]->release;
    wire_free(&answer);
    answer = withdraw(id, "It was made up.");
    ck_assert(answer->withdrawn->was_in_force && !answer->withdrawn->has_in_force);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    answer = event_after(0, "rank.mission.air.E01.soot", "rank.changed", &event);
    ck_assert(event->rank_changed->has_old_rank && !event->rank_changed->has_new_rank);
    wire_free(&answer);
}
END_TEST

START_TEST(an_older_release_is_withdrawn_without_an_edition) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t older = received(answer)->compared_with;
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    uint64_t before = newest_event();
    answer = withdraw(older, "It was wrong, too.");
    ck_assert(!answer->withdrawn->was_in_force && !answer->withdrawn->has_task);
    wire_free(&answer);
    ck_assert_uint_eq(newest_event(), before + 1);
    answer = event_after(before, "release.soot", "release.withdrawn", &event);
    wire_free(&answer);
    /* It is not what comes back when the newer one goes. */
    answer = withdraw(5, "And so was this.");
    ck_assert(!answer->withdrawn->has_in_force);
    wire_free(&answer);
}
END_TEST

START_TEST(the_same_bytes_again_put_a_withdrawn_release_back_into_force) {
    const Event *event;
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    answer = withdraw(id, "By mistake.");
    uint64_t through = answer->withdrawn->through;
    wire_free(&answer);
    answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    ck_assert_uint_eq(received(answer)->release, id);
    ck_assert(!received(answer)->duplicate && received(answer)->again);
    wire_free(&answer);
    answer = event_after(through, "release.soot", "release.accepted", &event);
    ck_assert(event->release_accepted->release == id && event->release_accepted->again);
    ck_assert(!event->release_accepted->revision); /* it is not a revision of itself */
    wire_free(&answer);
    for (uint64_t edition = 2; edition <= 4; edition++)
        ck_assert_uint_eq(service_await(&service, "published", &seen), edition);
    ck_assert(same_scores(2, 4) && same_scores(1, 3));
    check_state(id, "in-force");
    check_log();
}
END_TEST

/* Held releases fall due while the hub is killed again and again. */
START_TEST(a_hub_that_is_killed_loses_no_held_release_and_tells_of_none_twice) {
    enum { RELEASES = 8 };
    char text[400], label[32];
    uint64_t at, told[RELEASES + 8] = {0};
    for (int i = 0; i < RELEASES; i++) {
        (void)snprintf(label, sizeof label, "soot-held%d.csv", i);
        (void)snprintf(text, sizeof text, "%sE01,2027,%d,\n", SOOT_2026, i + 4);
        HandIn how = plainly();
        how.has_accept_warnings = how.accept_warnings = true; /* only Ash has a row for 2027 */
        how.has_publish_at_ms = true;
        how.publish_at_ms = at = clock_wall_ms() + 400 + 100 * (uint64_t)i;
        Message *answer = hand_in(how, label, text);
        (void)received(answer);
        wire_free(&answer);
    }
    uint64_t after = seen;
    for (size_t n = 0; n < RELEASES;) {
        Message *answer = service_events(&service, after, "release.soot", SERVICE_ANSWER_MS);
        ck_assert_uint_gt(answer->events->n_events, 0);
        for (size_t i = 0; i < answer->events->n_events; i++, n++)
            told[answer->events->events[i]->release_accepted->release]++;
        after = answer->events->through;
        wire_free(&answer);
        if (n % 2) {
            service_signal(&service, hub, SIGKILL);
            hub = service_start(&service, "hub", NULL);
            service_await_hub(&service);
        }
    }
    for (size_t id = 5; id < 5 + RELEASES; id++)
        ck_assert_uint_eq(told[id], 1);
    /* In any order: a publishing worker may have had the later of two tasks when the hub died. */
    uint32_t published[RELEASES + 2] = {0};
    for (int i = 0; i < RELEASES; i++) {
        uint64_t edition = service_await(&service, "published", &seen);
        ck_assert(edition >= 2 && edition < 2 + RELEASES);
        ck_assert_uint_eq(++published[edition], 1);
    }
    check_state(4 + RELEASES, "in-force");
    check_log();
}
END_TEST

/* --- past editions ---------------------------------------------------------------------------- */

START_TEST(every_edition_can_be_computed_again_to_the_same_bits) {
    char out[4000];
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    uint64_t id = received(answer)->release;
    wire_free(&answer);
    load_forgiving(SMALL_AREAS);
    answer = withdraw(id, "Elm was measured wrongly.");
    wire_free(&answer);
    for (uint64_t edition = 2; edition <= 4; edition++)
        ck_assert_uint_eq(service_await(&service, "published", &seen), edition);
    ck_assert_int_eq(
        service_run(&service, out, NULL, sizeof out, "recompute", "--all", "--csv", NULL), 0);
    size_t same = 0;
    for (const char *at = out; (at = strstr(at, ",the same,true,")); at++)
        same++;
    ck_assert_uint_eq(same, 4);
    ck_assert_int_eq(
        service_run(&service, out, NULL, sizeof out, "recompute", "--edition", "9", NULL), 4);
}
END_TEST

START_TEST(a_past_edition_is_shown_as_it_was_with_the_names_of_then) {
    static const char renamed[] = SMALL_AREAS_HEADER "E01,Rowan,R1,North,district,1000000,-1,54\n"
                                                     "E02,Birch,R1,North,district,2000000,-1.5,54\n"
                                                     "E03,Cedar,R1,North,district,3000000,-2,54\n"
                                                     "E07,Gorse,R1,North,city,10,-2,55\n"
                                                     "E04,Damson,R2,South,district,500000,-1,51\n"
                                                     "E05,Elm,R2,South,district,1000000,-1.5,51\n"
                                                     "E06,Fir,R2,South,city,4000000,-2,51\n";
    static const char *const commands[] = {"ranks", "spend"};
    static const char *const more[] = {NULL, "--all"};
    char then[2][4000], now[4000];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            service_run(&service, then[i], NULL, sizeof now, commands[i], "--csv", more[i], NULL),
            0);
    Message *answer = hand_in(plainly(), "soot-2026.csv", SOOT_2026);
    wire_free(&answer);
    load_forgiving(renamed);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 3);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, commands[i], "--csv",
                                     "--edition", "1", more[i], NULL),
                         0);
        ck_assert_str_eq(now, then[i]);
        ck_assert_int_eq(
            service_run(&service, now, NULL, sizeof now, commands[i], "--csv", more[i], NULL), 0);
        ck_assert_str_ne(now, then[i]);
    }
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "show", "Ash", NULL), 0);
    ck_assert_ptr_nonnull(strstr(now, "Rowan (E01)")); /* a former name finds the place */
    ck_assert_int_eq(
        service_run(&service, now, NULL, sizeof now, "show", "Ash", "--edition", "2", NULL), 0);
    ck_assert_ptr_nonnull(strstr(now, "Ash (E01)"));
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "changes", "--all", "--csv",
                                 "--edition", "2", NULL),
                     0);
    ck_assert_ptr_nonnull(strstr(now, "E01,Ash,North,"));
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "trace", "Rowan", "soot", NULL),
                     0);
    ck_assert_int_eq(service_run(&service, now, NULL, sizeof now, "trace", "Ash", "soot",
                                 "--edition", "1", NULL),
                     0);
    ck_assert_ptr_nonnull(strstr(now, "file data/soot/2025.csv"));
    ck_assert_ptr_nonnull(strstr(now, "E01 Ash: line 2, 2025: 5"));
}
END_TEST

START_TEST(a_database_that_was_tampered_with_is_found_out) {
    static const char *const changes[] = {
        /* A score; a figure; which scores an edition has. */
        "UPDATE blob SET content = CAST(substr(content, 1, length(content) - 1) || x'00' AS BLOB)"
        " WHERE hash = (SELECT scores FROM edition WHERE number = 1)",
        "UPDATE blob SET content = CAST(substr(content, 1, length(content) - 1) || x'07' AS BLOB)"
        " WHERE hash = (SELECT observations_hash FROM release WHERE id = 1)",
        "UPDATE edition SET scores = (SELECT scores FROM edition WHERE number = 2)"
        " WHERE number = 1",
        "UPDATE edition SET comparison = (SELECT comparison FROM edition WHERE number = 2)"
        " WHERE number = 1",
    };
    char out[4000], err[2000];
    Message *answer = hand_in(plainly(), "pay-2025.csv",
                              HEADER "E01,2025,120,\nE02,2025,180,\nE03,2025,300,\nE04,2025,410,\n"
                                     "E05,2025,450,\nE06,2025,500,\n");
    (void)received(answer);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &seen), 2);
    run_sql(changes[_i]);
    int status = service_run(&service, out, err, sizeof out, "recompute", "--edition", "1", NULL);
    ck_assert_msg(status == 1, "%s", out);
    ck_assert_ptr_nonnull(strstr(err, "not every edition is what its inputs give"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("releases");
    TCase *tests = tcase_create("releases");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_revision_tells_what_it_revises_and_by_how_much);
    tcase_add_test(tests, a_new_label_is_held_against_the_release_before_in_the_periods_of_both);
    tcase_add_test(tests, what_is_suspicious_is_refused_until_somebody_accepts_it);
    tcase_add_test(tests, a_dataset_lets_in_what_its_own_rule_takes_and_no_more);
    tcase_add_test(tests, a_release_is_held_against_what_came_into_force_while_it_was_read);
    tcase_add_test(tests, the_command_says_how_to_accept_and_does);
    tcase_add_test(tests, a_trial_tells_what_would_be_and_does_nothing);
    tcase_add_test(tests, a_trial_of_what_would_be_refused_says_so);
    tcase_add_test(tests, a_held_release_comes_into_force_at_its_time_and_not_before);
    tcase_add_test(tests,
                   a_release_whose_time_came_while_the_hub_was_down_comes_into_force_at_its_start);
    tcase_add_test(tests, a_held_release_can_be_withdrawn_and_nobody_hears_of_it);
    tcase_add_test(tests, a_time_without_an_offset_is_refused_with_advice);
    tcase_add_test(tests, what_is_withdrawn_gives_way_to_the_release_before_and_an_edition_says_so);
    tcase_add_test(tests, withdrawn_twice_is_withdrawn_once);
    tcase_add_test(tests, without_another_release_a_dataset_has_none);
    tcase_add_test(tests, an_older_release_is_withdrawn_without_an_edition);
    tcase_add_test(tests, the_same_bytes_again_put_a_withdrawn_release_back_into_force);
    tcase_add_test(tests, a_hub_that_is_killed_loses_no_held_release_and_tells_of_none_twice);
    tcase_add_test(tests, every_edition_can_be_computed_again_to_the_same_bits);
    tcase_add_test(tests, a_past_edition_is_shown_as_it_was_with_the_names_of_then);
    tcase_add_loop_test(tests, a_database_that_was_tampered_with_is_found_out, 0, 4);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
