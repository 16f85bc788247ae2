/* The whole chain with every role as a process: from a file to rank changes, spend and files; with
 * scoring workers that are killed, stopped and started in between. */
#include "core/file.h"
#include "tests/services/small_files.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct service service;
static pid_t hub, scoring;

static void begin(void) {
    service_begin(&service);
    hub = service_start(&service, "hub", NULL);
    service_start(&service, "ingestion", NULL);
    service_start(&service, "comparison", NULL);
    service_start(&service, "publishing", NULL);
}

static void end(void) {
    service_end(&service);
}

/* The log from its beginning: numbers without a hole or a double, and one edition for each scoring,
 * in order. Returns how many editions it tells of. */
static uint64_t check_log(void) {
    uint64_t seq = 0, editions = 0;
    for (;;) {
        Message *answer = service_events(&service, seq, NULL, 0);
        for (size_t i = 0; i < answer->events->n_events; i++) {
            const Event *event = answer->events->events[i];
            ck_assert_uint_eq(event->seq, ++seq);
            if (strcmp(event->type, "edition.scored") == 0)
                ck_assert_uint_eq(event->edition, ++editions);
        }
        bool end_of_log = seq == answer->events->newest;
        wire_free(&answer);
        if (end_of_log)
            return editions;
    }
}

/* --- what a release does ---------------------------------------------------------------------- */

static const RankChanged *find_change(const Events *events, const char *area, const char *node) {
    for (size_t i = 0; i < events->n_events; i++) {
        const RankChanged *change = events->events[i]->rank_changed;
        if (strcmp(change->area, area) == 0 && strcmp(change->node, node) == 0)
            return change;
    }
    return NULL;
}

START_TEST(a_release_makes_an_edition_its_changes_and_a_comparison) {
    uint64_t after = 0;
    service_start(&service, "scoring", NULL);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
    /* Elm had no figure of soot; now it has the most. Damson had as much as Cedar; now less. */
    Message *answer = service_hand_in_text(
        &service, "soot-2026.csv",
        "area_code,period,value\n"
        "E01,2026,5\nE02,2026,1\nE03,2026,3\nE04,2026,2\nE05,2026,9\nE06,2026,0\n");
    uint64_t release = answer->receipt->releases[0]->release;
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &after), 2);

    answer = service_events(&service, 0, "rank.mission.air.", 0);
    const RankChanged *elm = find_change(answer->events, "E05", "soot");
    ck_assert_ptr_nonnull(elm);
    ck_assert(!elm->has_old_rank && elm->has_new_rank);
    ck_assert_uint_eq(elm->new_rank, 1);
    ck_assert_str_eq(elm->new_band, "very high");
    ck_assert_str_eq(elm->cause, "release");
    ck_assert_uint_eq(elm->release, release);
    ck_assert_str_eq(elm->dataset, "soot");
    ck_assert_str_eq(elm->label, "2026");
    const RankChanged *damson = find_change(answer->events, "E04", "soot");
    ck_assert_ptr_nonnull(damson);
    ck_assert_uint_eq(damson->old_rank, 2);
    ck_assert_uint_eq(damson->new_rank, 4);
    ck_assert_str_eq(damson->area_name, "Damson");
    for (size_t i = 0; i < answer->events->n_events; i++)
        ck_assert_str_eq(answer->events->events[i]->rank_changed->mission, "air");
    wire_free(&answer);

    answer = service_events(&service, 0, "rank.mission.work.", 0);
    ck_assert_uint_eq(answer->events->n_events, 0); /* soot says nothing of work */
    wire_free(&answer);
    answer = service_events(&service, 0, "spend.work", 0);
    ck_assert_uint_eq(answer->events->n_events, 2); /* one for each edition */
    wire_free(&answer);
    ck_assert_uint_eq(check_log(), 2);
}
END_TEST

START_TEST(one_place_can_be_listened_to) {
    uint64_t after = 0;
    service_start(&service, "scoring", NULL);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
    Message *answer = service_hand_in_text(&service, "soot-2026.csv",
                                           "area_code,period,value\nE01,2026,0\nE02,2026,9\n"
                                           "E03,2026,3\nE04,2026,3\nE06,2026,1\n");
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &after), 2);
    answer = service_events(&service, 0, "rank.place.E02.", 0);
    ck_assert_uint_ge(answer->events->n_events, 2);
    for (size_t i = 0; i < answer->events->n_events; i++)
        ck_assert_str_eq(answer->events->events[i]->rank_changed->area, "E02");
    uint64_t all = answer->events->n_events;
    wire_free(&answer);
    answer = service_events(&service, 0, "rank.place.E02.air.", 0);
    ck_assert_uint_ge(answer->events->n_events, 1);
    ck_assert_uint_lt(answer->events->n_events, all);
    wire_free(&answer);
}
END_TEST

START_TEST(a_release_that_changes_no_rank_makes_no_noise) {
    uint64_t after = 0;
    service_start(&service, "scoring", NULL);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
    Message *answer = service_hand_in_text(&service, "soot-2026.csv", SMALL_SOOT "E07,2025,1\n");
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
    ck_assert_uint_eq(service_await(&service, "published", &after), 2);
    answer = service_events(&service, 0, "edition", 0);
    ck_assert_uint_eq(answer->events->n_events, 2);
    ck_assert_uint_eq(answer->events->events[1]->edition_scored->changes, 0);
    wire_free(&answer);
    answer = service_events(&service, 0, "rank.", 0);
    ck_assert_uint_eq(answer->events->n_events, 0);
    wire_free(&answer);
}
END_TEST

/* --- killed in mid-task ----------------------------------------------------------------------- */

/* England's gigabit release with one figure changed: each is new, and a hundred places move. */
static void hand_in_variant(unsigned number) {
    char path[SERVICE_PATH], *text = NULL;
    size_t length = 0;
    struct problems problems = {0};
    (void)snprintf(path, sizeof path, "deploy/england/newer/gigabit-broadband/2026-05-19.csv");
    ck_assert(file_load(path, 1 << 20, &text, &length, &problems));
    char *figure = strstr(text, "E06000001,");
    ck_assert_ptr_nonnull(figure);
    figure = strchr(strchr(figure, ',') + 1, ',') + 1;
    figure[0] = (char)('1' + number % 9);
    char name[100];
    (void)snprintf(name, sizeof name, "gigabit-broadband-%u.csv", number);
    Message *answer = service_hand_in(&service, name, text, length);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
    free(text);
}

static void load_england(void) {
    char err[4000];
    ck_assert_msg(service_run(&service, NULL, err, sizeof err, "load", "deploy/england", NULL) == 0,
                  "%s", err);
}

/* Asks until the scoring worker has a task, or the edition is there already. */
static bool in_mid_task(uint64_t editions) {
    for (;;) {
        Message *status = service_status(&service);
        bool leased = status->status->tasks_leased > 0;
        bool done = status->status->editions > editions;
        wire_free(&status);
        if (leased || done)
            return leased && !done;
    }
}

START_TEST(scoring_workers_killed_in_mid_task_lose_nothing) {
    enum { RELEASES = 6 };
    uint64_t after = 0;
    int killed = 0;
    scoring = service_start(&service, "scoring", NULL);
    load_england();
    for (unsigned i = 1; i <= RELEASES; i++) {
        hand_in_variant(i);
        if (in_mid_task(i)) {
            service_signal(&service, scoring, SIGKILL);
            killed++;
            scoring = service_start(&service, "scoring", NULL);
        }
        while (service_await(&service, "published", &after) < i + 1)
            continue;
    }
    /* A machine may now and then be too quick for a kill, never for all of them. */
    ck_assert_int_gt(killed, 0);
    ck_assert_uint_eq(check_log(), RELEASES + 1);
}
END_TEST

START_TEST(a_worker_that_hangs_is_overtaken_and_its_late_result_does_not_count) {
    uint64_t after = 0;
    scoring = service_start(&service, "scoring", NULL);
    load_england();
    service_signal(&service, scoring, SIGSTOP);
    hand_in_variant(1); /* goes to the stopped worker, which had asked for it */
    ck_assert(in_mid_task(1));
    service_start(&service, "scoring", NULL);
    while (service_await(&service, "published", &after) < 2)
        continue;
    service_signal(&service, scoring, SIGCONT); /* it does the task now, and hands it in */
    hand_in_variant(2);
    while (service_await(&service, "published", &after) < 3)
        continue;
    ck_assert_uint_eq(check_log(), 3);
}
END_TEST

START_TEST(the_hub_killed_in_the_middle_goes_on_where_it_was) {
    uint64_t after = 0;
    scoring = service_start(&service, "scoring", NULL);
    load_england();
    for (unsigned i = 1; i <= 3; i++) {
        hand_in_variant(i);
        service_signal(&service, hub, SIGKILL);
        hub = service_start(&service, "hub", NULL);
        service_await_hub(&service);
        while (service_await(&service, "published", &after) < i + 1)
            continue;
    }
    ck_assert_uint_eq(check_log(), 4);
}
END_TEST

/* A port that the kernel chooses, so that suites side by side do not choose the same; it is free
 * again when the hub binds it. */
static unsigned free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(probe, 0);
    ck_assert_int_eq(bind(probe, (struct sockaddr *)&address, length), 0);
    ck_assert_int_eq(getsockname(probe, (struct sockaddr *)&address, &length), 0);
    (void)close(probe);
    return ntohs(address.sin_port);
}

START_TEST(workers_over_tcp_do_the_same) {
    char endpoint[64];
    struct fault fault = {0};
    uint64_t after = 0;
    (void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", free_port());
    service_begin(&service);
    client_destroy(&service.client);
    service.client = client_new(endpoint, &fault);
    ck_assert_msg(service.client != NULL, "%s", fault.text);
    static const char *const roles[] = {"hub",        "ingestion", "scoring",
                                        "comparison", "scoring",   "publishing"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        service_start(&service, roles[i], "--hub", endpoint, NULL);
    service_await_hub(&service);
    small_load(&service);
    ck_assert_uint_eq(service_await(&service, "published", &after), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("chain");
    TCase *tests = tcase_create("chain");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_release_makes_an_edition_its_changes_and_a_comparison);
    tcase_add_test(tests, one_place_can_be_listened_to);
    tcase_add_test(tests, a_release_that_changes_no_rank_makes_no_noise);
    tcase_add_test(tests, scoring_workers_killed_in_mid_task_lose_nothing);
    tcase_add_test(tests, a_worker_that_hangs_is_overtaken_and_its_late_result_does_not_count);
    tcase_add_test(tests, the_hub_killed_in_the_middle_goes_on_where_it_was);
    suite_add_tcase(suite, tests);
    TCase *over_tcp = tcase_create("over tcp");
    tcase_add_checked_fixture(over_tcp, NULL, end);
    tcase_set_timeout(over_tcp, 120);
    tcase_add_test(over_tcp, workers_over_tcp_do_the_same);
    suite_add_tcase(suite, over_tcp);
    return suite_main(suite);
}
