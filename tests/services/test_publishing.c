/* Publishing: the live stream, replay, and the folder of an edition, on real sockets and files. */
#include "tests/services/small_files.h"

#include <sys/stat.h>

static struct service service;
static pid_t publishing;

static void begin(void) {
    service_begin(&service);
    service_start(&service, "hub", NULL);
    service_start(&service, "ingestion", NULL);
    service_start(&service, "scoring", NULL);
    service_start(&service, "comparison", NULL);
    publishing = service_start(&service, "publishing", NULL);
}

static void end(void) {
    service_end(&service);
}

/* Soot with another figure for Ash each time: an edition each. */
static void hand_in(unsigned number) {
    char text[200], name[40];
    (void)snprintf(text, sizeof text,
                   "area_code,period,value\nE01,2026,%u\nE02,2026,2\nE03,2026,4\nE04,2026,6\n"
                   "E06,2026,8.%u\n",
                   2 * (number * 7 % 5) + 1, number);
    (void)snprintf(name, sizeof name, "soot-%u.csv", number);
    Message *answer = service_hand_in_text(&service, name, text);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
}

/* --- the live stream -------------------------------------------------------------------------- */

static zsock_t *subscribe(const char *topic) {
    zsock_t *live = zsock_new(ZMQ_SUB);
    ck_assert_ptr_nonnull(live);
    zsock_set_rcvtimeo(live, SERVICE_ANSWER_MS);
    zsock_set_subscribe(live, topic);
    zsock_set_subscribe(live, "heartbeat");
    ck_assert_int_eq(zsock_connect(live, "%s", service.places.events), 0);
    /* With the first heartbeat the subscription is in force. */
    char *head = zstr_recv(live);
    ck_assert_str_eq(head, "heartbeat");
    zstr_free(&head);
    zframe_t *body = zframe_recv(live);
    zframe_destroy(&body);
    return live;
}

static Event *next_live(zsock_t *live) {
    for (;;) {
        char *topic = NULL;
        zframe_t *body = NULL;
        ck_assert_int_eq(zsock_recv(live, "sf", &topic, &body), 0);
        bool heartbeat = strcmp(topic, "heartbeat") == 0;
        Event *event = heartbeat
                           ? NULL
                           : mindex__v1__event__unpack(NULL, zframe_size(body), zframe_data(body));
        if (event) {
            bool known = false;
            for (size_t i = 0; i < event->n_topics; i++)
                known |= strcmp(event->topics[i], topic) == 0;
            ck_assert(known);
        }
        zstr_free(&topic);
        zframe_destroy(&body);
        if (heartbeat)
            continue;
        ck_assert_ptr_nonnull(event);
        return event;
    }
}

START_TEST(the_live_stream_is_what_the_log_holds) {
    uint64_t after = 0;
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
    zsock_t *live = subscribe("rank.mission.air.");
    hand_in(1);
    ck_assert_uint_eq(service_await(&service, "published", &after), 2);
    Message *log = service_events(&service, 0, "rank.mission.air.", 0);
    ck_assert_uint_gt(log->events->n_events, 2);
    for (size_t i = 0; i < log->events->n_events; i++) {
        Event *event = next_live(live);
        ck_assert_uint_eq(event->seq, log->events->events[i]->seq);
        ck_assert_str_eq(event->rank_changed->area, log->events->events[i]->rank_changed->area);
        mindex__v1__event__free_unpacked(event, NULL);
    }
    wire_free(&log);
    zsock_destroy(&live);
}
END_TEST

/* --- replay ----------------------------------------------------------------------------------- */

/* Up to seven events after `after`, from the replay socket and not from the hub. */
static Message *replay(struct client *client, uint64_t after) {
    struct fault fault = {0};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after;
    wanted.has_limit = wanted.has_wait_ms = true;
    wanted.limit = 7;
    wanted.wait_ms = 2000;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = client_insist(client, &question, 5000, SERVICE_ANSWER_MS, &fault);
    ck_assert_msg(answer != NULL, "%s", fault.text);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_EVENTS);
    return answer;
}

/* Follows from the beginning until edition `last` is published; `kill_at` kills publishing once
 * that many editions have been seen. */
static void follow(uint64_t last, uint64_t kill_at) {
    struct fault fault = {0};
    struct client *client = client_new(service.places.replay, &fault);
    ck_assert_msg(client != NULL, "%s", fault.text);
    uint64_t seq = 0, published = 0;
    bool seen[32] = {0};
    while (published < last) {
        Message *answer = replay(client, seq);
        ck_assert_uint_le(answer->events->n_events, 7);
        for (size_t i = 0; i < answer->events->n_events; i++) {
            const Event *event = answer->events->events[i];
            ck_assert_uint_eq(event->seq, ++seq);
            if (strcmp(event->type, "edition.published") != 0)
                continue;
            /* Each once; one whose publisher was killed may come after those that follow it. */
            ck_assert_uint_le(event->edition, last);
            ck_assert(!seen[event->edition]);
            seen[event->edition] = true;
            published++;
        }
        wire_free(&answer);
        if (kill_at && published >= kill_at) {
            service_signal(&service, publishing, SIGKILL);
            publishing = service_start(&service, "publishing", NULL);
            kill_at = 0;
        }
    }
    client_destroy(&client);
}

START_TEST(replay_and_live_meet_without_a_seam) {
    small_load(&service);
    for (unsigned i = 1; i <= 10; i++)
        hand_in(i);
    follow(11, 0); /* begins in the past, ends with what is made meanwhile */
}
END_TEST

START_TEST(a_publisher_that_is_killed_publishes_each_edition_once) {
    small_load(&service);
    for (unsigned i = 1; i <= 6; i++)
        hand_in(i);
    follow(7, 2);
}
END_TEST

/* --- the folder ------------------------------------------------------------------------------- */

static void read_table(const char *name, char *text, size_t size) {
    char path[SERVICE_PATH];
    (void)snprintf(path, sizeof path, "%s/latest/%s", service.places.editions, name);
    FILE *in = fopen(path, "r");
    ck_assert_msg(in != NULL, "no %s", path);
    text[fread(text, 1, size - 1, in)] = '\0';
    (void)fclose(in);
}

START_TEST(the_folder_shows_missing_as_missing) {
    char text[20000];
    uint64_t after = 0;
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
    read_table("ranks.csv", text, sizeof text);
    ck_assert_ptr_nonnull(
        strstr(text, "\nE01,Ash,North,district,soot,Soot,metric,100,,1,5,very high\n"));
    /* Elm has no figure of soot: no score, no rank, no band, and why. */
    ck_assert_ptr_nonnull(strstr(text, "\nE05,Elm,South,district,soot,Soot,metric,,"));
    ck_assert_ptr_null(strstr(text, "nan"));
    read_table("metrics.csv", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\nE06,Fir,South,city,soot,")); /* a true 0 is a figure */
    ck_assert_ptr_nonnull(strstr(text, ",2025,0,,direct,lad,"));
    read_table("rank-changes.csv", text, sizeof text);
    ck_assert_ptr_null(strstr(text, "\nE")); /* the first edition has nothing to differ from */
}
END_TEST

START_TEST(an_edition_keeps_its_folder_and_latest_moves_on) {
    char first[20000], again[20000], path[SERVICE_PATH], target[64] = "";
    uint64_t after = 0;
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
    read_table("ranks.csv", first, sizeof first);
    hand_in(1);
    ck_assert_uint_eq(service_await(&service, "published", &after), 2);
    read_table("../000001/ranks.csv", again, sizeof again);
    ck_assert_str_eq(first, again);
    (void)snprintf(path, sizeof path, "%s/latest", service.places.editions);
    ck_assert_int_eq(readlink(path, target, sizeof target - 1), 6);
    ck_assert_str_eq(target, "000002");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("publishing");
    TCase *tests = tcase_create("publishing");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 90);
    tcase_add_test(tests, the_live_stream_is_what_the_log_holds);
    tcase_add_test(tests, replay_and_live_meet_without_a_seam);
    tcase_add_test(tests, a_publisher_that_is_killed_publishes_each_edition_once);
    tcase_add_test(tests, the_folder_shows_missing_as_missing);
    tcase_add_test(tests, an_edition_keeps_its_folder_and_latest_moves_on);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
