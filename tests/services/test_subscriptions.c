/* Subscriptions in the hub, through its socket: made, changed, told of, and what a delivering role
 * that the test plays reports of them. */
#include "services/bus/config.h"
#include "tests/services/filter_text.h"
#include "tests/services/release_life.h"

static char err[4000], out[20000];

static Message *ask(Message *question) {
    struct fault fault = {0};
    Message *answer = client_ask(service.client, question, SERVICE_ANSWER_MS, &fault);
    (void)snprintf(err, sizeof err, "%s", answer ? "" : fault.text);
    return answer;
}

/* Free with wire_free. NULL: the error is in `err`. */
static Message *try_subscribe(Subscription *subscription) {
    Subscribe body = MINDEX__V1__SUBSCRIBE__INIT;
    body.subscription = subscription;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIBE;
    question.subscribe = &body;
    return ask(&question);
}

static Subscription plain(const char *name) {
    Subscription subscription = MINDEX__V1__SUBSCRIPTION__INIT;
    subscription.name = (char *)name;
    subscription.url = "https://example.org/hooks";
    return subscription;
}

static const Subscription *only(const Message *answer) {
    ck_assert_msg(answer != NULL, "%s", err);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS);
    ck_assert_uint_eq(answer->subscriptions->n_subscriptions, 1);
    return answer->subscriptions->subscriptions[0];
}

static void subscribe(const char *name) {
    Subscription subscription = plain(name);
    Message *answer = try_subscribe(&subscription);
    (void)only(answer);
    wire_free(&answer);
}

static Message *change_so(const char *name, const char *action, uint64_t from, uint64_t to) {
    ChangeSubscription body = MINDEX__V1__CHANGE_SUBSCRIPTION__INIT;
    body.name = (char *)name;
    body.action = (char *)action;
    body.has_from = body.has_to = from + to > 0;
    body.from = from;
    body.to = to;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_CHANGE_SUBSCRIPTION;
    question.change_subscription = &body;
    return ask(&question);
}

static Message *change(const char *name, const char *action) {
    return change_so(name, action, 0, 0);
}

static void refused(Message *answer, const char *words) {
    ck_assert_msg(answer == NULL, "it was taken");
    ck_assert_msg(strstr(err, words) != NULL, "%s", err);
}

static Message *find_so(const char *name, bool secrets, uint64_t known) {
    SubscriptionsWanted body = MINDEX__V1__SUBSCRIPTIONS_WANTED__INIT;
    body.name = (char *)name;
    body.has_secrets = body.secrets = secrets;
    body.has_known_version = known > 0;
    body.known_version = known;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS_WANTED;
    question.subscriptions_wanted = &body;
    return ask(&question);
}

static Message *find(const char *name) {
    return find_so(name, false, 0);
}

static Message *report(DeliveriesMade made) {
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_MADE;
    question.deliveries_made = &made;
    return ask(&question);
}

static DeliveriesMade made_up_to(const char *name, uint64_t after) {
    DeliveriesMade made = MINDEX__V1__DELIVERIES_MADE__INIT;
    made.subscription = (char *)name;
    made.has_after = after > 0;
    made.after = after;
    return made;
}

static Delivery attempt(uint64_t event, uint32_t number, const char *error) {
    static uint64_t time_ms = UINT64_C(1700000000000);
    Delivery delivery = MINDEX__V1__DELIVERY__INIT;
    delivery.subscription = "desk";
    delivery.message_id = "msg_1";
    delivery.first_event = delivery.last_event = event;
    delivery.attempt = number;
    delivery.time_ms = time_ms++;
    delivery.took_ms = 12;
    delivery.has_status = true;
    delivery.status = error ? 503 : 204;
    delivery.error = (char *)error;
    return delivery;
}

static Message *ask_deliveries(const char *name, uint32_t limit, bool failed) {
    DeliveriesWanted body = MINDEX__V1__DELIVERIES_WANTED__INIT;
    body.subscription = (char *)name;
    body.has_limit = limit > 0;
    body.limit = limit;
    body.has_failed = body.failed = failed;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_WANTED;
    question.deliveries_wanted = &body;
    return ask(&question);
}

static void noted(Message *answer) {
    ck_assert_msg(answer != NULL, "%s", err);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_DELIVERIES_NOTED);
    wire_free(&answer);
}

static void kill_hub(void) {
    service_signal(&service, hub, SIGKILL);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
}

/* The database is sound at the end of every test. */
static void sound_end(void) {
    int status = service_run(&service, out, err, sizeof err, "verify", NULL);
    ck_assert_msg(status == 0, "%s%s", out, err);
    end();
}

/* --- made ------------------------------------------------------------------------------------- */

START_TEST(a_new_subscription_has_its_secret_told_once_and_begins_with_what_comes) {
    Subscription subscription = plain("desk");
    Message *answer = try_subscribe(&subscription);
    const Subscription *new = only(answer);
    ck_assert_uint_eq(new->n_secrets, 1);
    ck_assert_uint_eq(strlen(new->secrets[0]), 6 + 44);
    ck_assert_int_eq(strncmp(new->secrets[0], "whsec_", 6), 0);
    ck_assert_str_eq(new->state, "active");
    ck_assert_uint_eq(new->after, newest_event());
    ck_assert_uint_gt(new->after, 0);
    ck_assert(!new->digest &&new->attempts == 0 && !new->has_next_attempt_ms);
    char secret[80];
    (void)snprintf(secret, sizeof secret, "%s", new->secrets[0]);
    wire_free(&answer);
    answer = find("desk");
    ck_assert_uint_eq(only(answer)->n_secrets, 0);
    ck_assert_uint_eq(only(answer)->secrets_kept, 1);
    wire_free(&answer);
    kill_hub(); /* what was told is on disk */
    answer = find_so("desk", true, 0);
    ck_assert_str_eq(only(answer)->secrets[0], secret);
    wire_free(&answer);
    answer = service_status(&service);
    ck_assert_uint_eq(answer->status->subscriptions, 1);
    wire_free(&answer);
}
END_TEST

START_TEST(what_is_wrong_with_a_subscription_is_said) {
    static const char *const names[] = {"", "-a", "a b", "a/b", "\xc3\xa4", "a.b"};
    /* All that hook_url_fits says has a test of its own. */
    static const char *const urls[][2] = {{"ftp://example.org/", "https://"},
                                          {"https://a@example.org/", "user name"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Subscription subscription = plain(names[i]);
        refused(try_subscribe(&subscription), "expected up to 64 letters");
    }
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        Subscription subscription = plain("desk");
        subscription.url = (char *)urls[i][0];
        refused(try_subscribe(&subscription), urls[i][1]);
    }
    Subscription subscription = plain("desk");
    subscription.has_after = true;
    subscription.after = newest_event() + 1;
    refused(try_subscribe(&subscription), "and the newest is");
    subscription = plain("desk");
    char *secret = "whsec_MTIz";
    subscription.secrets = &secret;
    subscription.n_secrets = 1;
    refused(try_subscribe(&subscription), "the hub makes them itself");
    subscription = plain("desk");
    Filter filter = MINDEX__V1__FILTER__INIT;
    subscription.filter = &filter;
    char *nature = "rumour";
    filter.natures = &nature;
    filter.n_natures = 1;
    refused(try_subscribe(&subscription), "nature");
    ProtobufCMessageUnknownField later = {
        .tag = 99, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1, .data = (uint8_t *)"\x01"};
    filter.n_natures = 0;
    filter.base.n_unknown_fields = 1;
    filter.base.unknown_fields = &later;
    refused(try_subscribe(&subscription), "does not know");
    subscribe("desk");
    subscription = plain("desk");
    refused(try_subscribe(&subscription), "subscribe rotate desk");
}
END_TEST

START_TEST(urls_that_are_fine_are_taken_and_filters_come_back_as_they_were) {
    static const char *const urls[] = {"http://127.0.0.1:9000/x?a=b&c=%20", "https://[::1]:8443",
                                       "HTTPS://xn--exmple-cua.org"};
    char name[8];
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        (void)snprintf(name, sizeof name, "u%zu", i);
        Subscription subscription = plain(name);
        subscription.url = (char *)urls[i];
        Message *answer = try_subscribe(&subscription);
        ck_assert_str_eq(only(answer)->url, urls[i]);
        wire_free(&answer);
    }
    static const char text[] = "area=E01&mission=air&at-least=5&nature=data";
    struct fault fault = {0};
    Filter *filter = filter_new();
    ck_assert_msg(filter && filter_text_take(filter, text, &fault), "%s", fault.text);
    Subscription subscription = plain("desk");
    subscription.filter = filter;
    subscription.has_digest = subscription.digest = true;
    subscription.has_after = true; /* from the first event on */
    Message *answer = try_subscribe(&subscription);
    wire_free(&answer);
    kill_hub();
    answer = find("desk");
    char *written = filter_write(only(answer)->filter);
    ck_assert_str_eq(written, text);
    ck_assert(only(answer)->digest && only(answer)->after == 0);
    free(written);
    filter_destroy(&filter);
    wire_free(&answer);
}
END_TEST

START_TEST(there_are_no_more_subscriptions_than_the_configuration_says) {
    service_signal(&service, hub, SIGTERM);
    char path[PATH_TEXT + 16];
    (void)snprintf(path, sizeof path, "%s/mindex.conf", service.state);
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs("hub.subscriptions = 2\n", file) >= 0 && fclose(file) == 0);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    subscribe("one");
    subscribe("two");
    Subscription subscription = plain("three");
    refused(try_subscribe(&subscription), "hub.subscriptions");
    Message *answer = change("one", "remove");
    wire_free(&answer);
    subscribe("three");
}
END_TEST

/* --- changed ---------------------------------------------------------------------------------- */

static void check_now(const char *name, const char *state) {
    Message *answer = find(name);
    ck_assert_str_eq(only(answer)->state, state);
    wire_free(&answer);
}

START_TEST(it_is_paused_resumed_and_removed) {
    subscribe("desk");
    Message *answer = change("desk", "pause");
    ck_assert_str_eq(only(answer)->state, "paused");
    wire_free(&answer);
    answer = service_status(&service);
    ck_assert_uint_eq(answer->status->subscriptions, 0);
    wire_free(&answer);
    kill_hub();
    check_now("desk", "paused");
    answer = change("desk", "resume");
    ck_assert_str_eq(only(answer)->state, "active");
    wire_free(&answer);
    answer = change("desk", "remove");
    ck_assert_uint_eq(answer->subscriptions->n_subscriptions, 0);
    wire_free(&answer);
    refused(find("desk"), "there is no subscription 'desk'");
    refused(change("desk", "pause"), "there is no subscription 'desk'");
    refused(ask_deliveries("desk", 0, false), "there is no subscription 'desk'");
    subscribe("desk");
    refused(change("desk", "frobnicate"), "expected pause, resume");
}
END_TEST

START_TEST(a_rotated_secret_stands_beside_the_old_one_until_that_is_forgotten) {
    char old[80], new[80];
    subscribe("desk");
    Message *answer = find_so("desk", true, 0);
    (void)snprintf(old, sizeof old, "%s", only(answer)->secrets[0]);
    wire_free(&answer);
    answer = change("desk", "rotate");
    ck_assert_uint_eq(only(answer)->n_secrets, 1); /* the new one; the old one was told */
    (void)snprintf(new, sizeof new, "%s", only(answer)->secrets[0]);
    ck_assert_str_ne(old, new);
    wire_free(&answer);
    answer = find_so("desk", true, 0);
    ck_assert_uint_eq(only(answer)->n_secrets, 2);
    ck_assert_str_eq(only(answer)->secrets[0], new);
    ck_assert_str_eq(only(answer)->secrets[1], old);
    wire_free(&answer);
    for (unsigned i = 0; i < 2; i++) {
        answer = change("desk", "rotate");
        ck_assert_uint_eq(only(answer)->secrets_kept, 3 + i);
        (void)snprintf(new, sizeof new, "%s", only(answer)->secrets[0]);
        wire_free(&answer);
    }
    refused(change("desk", "rotate"), "forget-secrets desk");
    answer = change("desk", "forget-secrets");
    ck_assert_uint_eq(only(answer)->n_secrets, 0);
    wire_free(&answer);
    answer = find_so("desk", true, 0);
    ck_assert_uint_eq(only(answer)->n_secrets, 1);
    ck_assert_str_eq(only(answer)->secrets[0], new);
    wire_free(&answer);
}
END_TEST

START_TEST(a_range_that_the_log_has_is_to_be_sent_again_until_it_is_done) {
    uint64_t newest = newest_event();
    subscribe("desk");
    refused(change_so("desk", "resend", 0, 1), "expected a range within 1 to");
    refused(change_so("desk", "resend", 3, 2), "expected a range within 1 to");
    refused(change_so("desk", "resend", 1, newest + 1), "expected a range within 1 to");
    refused(change("desk", "resend"), "expected a range within 1 to");
    Message *answer = change_so("desk", "resend", 2, newest);
    ck_assert_uint_eq(only(answer)->n_resends, 1);
    uint64_t id = only(answer)->resends[0]->id;
    ck_assert(only(answer)->resends[0]->from == 2 && only(answer)->resends[0]->to == newest);
    wire_free(&answer);
    answer = change("desk", "test");
    ck_assert_uint_eq(only(answer)->n_resends, 2);
    ck_assert(only(answer)->resends[1]->test && !only(answer)->resends[1]->has_from);
    wire_free(&answer);
    kill_hub();
    DeliveriesMade made = made_up_to("desk", 0);
    made.resends_done = &id;
    made.n_resends_done = 1;
    noted(report(made));
    answer = find("desk");
    ck_assert_uint_eq(only(answer)->n_resends, 1);
    ck_assert(only(answer)->resends[0]->test);
    wire_free(&answer);
    /* A question may be asked twice where the answer took its time. */
    for (int i = 0; i < 100 && (answer = change("desk", "test")) != NULL; i++)
        wire_free(&answer);
    refused(answer, "no more are taken");
    answer = find("desk");
    ck_assert_uint_eq(only(answer)->n_resends, 50);
    wire_free(&answer);
}
END_TEST

START_TEST(who_knows_the_version_hears_nothing_until_something_is_changed) {
    subscribe("desk");
    Message *answer = find_so(NULL, true, 0);
    uint64_t version = answer->subscriptions->version;
    ck_assert_uint_eq(answer->subscriptions->n_subscriptions, 1);
    wire_free(&answer);
    noted(report(made_up_to("desk", newest_event())));
    answer = find_so(NULL, true, version);
    ck_assert_uint_eq(answer->subscriptions->n_subscriptions, 0);
    ck_assert_uint_eq(answer->subscriptions->version, version);
    wire_free(&answer);
    subscribe("other");
    answer = find_so(NULL, true, version);
    ck_assert_uint_eq(answer->subscriptions->n_subscriptions, 2);
    ck_assert_uint_gt(answer->subscriptions->version, version);
    version = answer->subscriptions->version;
    wire_free(&answer);
    kill_hub(); /* another hub may have another database */
    answer = find_so(NULL, true, version);
    ck_assert_uint_eq(answer->subscriptions->n_subscriptions, 2);
    ck_assert_uint_gt(answer->subscriptions->version, version);
    wire_free(&answer);
}
END_TEST

/* --- delivered -------------------------------------------------------------------------------- */

START_TEST(a_position_goes_forward_alone_and_within_the_log) {
    uint64_t newest = newest_event();
    Subscription subscription = plain("desk");
    subscription.has_after = true;
    Message *answer = try_subscribe(&subscription);
    uint64_t created = only(answer)->created_ms;
    wire_free(&answer);
    ck_assert_uint_gt(newest, 3);
    noted(report(made_up_to("desk", 3)));
    noted(report(made_up_to("desk", 2))); /* late, and true when it was sent */
    kill_hub();
    answer = find("desk");
    ck_assert_uint_eq(only(answer)->after, 3);
    ck_assert_uint_eq(answer->subscriptions->newest, newest);
    wire_free(&answer);
    refused(report(made_up_to("desk", newest + 1)), "restored from an older copy");
    DeliveriesMade made = made_up_to("desk", 4);
    made.has_after_time_ms = true;
    made.after_time_ms = 1;
    refused(report(made), "another event 4");
    made.has_after_time_ms = false;
    made.has_created_ms = true;
    made.created_ms = created + 1;
    refused(report(made), "is no more");
    refused(report(made_up_to("other", 4)), "is no more");
    made.created_ms = created;
    noted(report(made));
    answer = find("desk");
    ck_assert_uint_eq(only(answer)->after, 4);
    wire_free(&answer);
}
END_TEST

START_TEST(attempts_are_kept_counted_and_told_newest_first) {
    subscribe("desk");
    Delivery list[3] = {attempt(3, 1, "503"), attempt(3, 2, "no answer"), attempt(3, 3, NULL)};
    Delivery *two[] = {&list[0], &list[1]}, *one[] = {&list[2]};
    DeliveriesMade made = made_up_to("desk", 0);
    made.deliveries = two;
    made.n_deliveries = 2;
    made.has_attempts = made.has_next_attempt_ms = true;
    made.attempts = 2;
    made.next_attempt_ms = list[1].next_attempt_ms = list[1].time_ms + 300000;
    list[1].has_next_attempt_ms = true;
    noted(report(made));
    noted(report(made)); /* its answer was lost, and it is reported again */
    kill_hub();
    Message *answer = find("desk");
    ck_assert_uint_eq(only(answer)->attempts, 2);
    ck_assert_uint_eq(only(answer)->next_attempt_ms, made.next_attempt_ms);
    ck_assert(only(answer)->failed == 2 && only(answer)->delivered == 0);
    wire_free(&answer);
    made = made_up_to("desk", newest_event());
    made.deliveries = one;
    made.n_deliveries = 1;
    made.has_attempts = true;
    noted(report(made));
    answer = find("desk");
    ck_assert(only(answer)->attempts == 0 && !only(answer)->has_next_attempt_ms);
    ck_assert(only(answer)->failed == 2 && only(answer)->delivered == 1);
    wire_free(&answer);
    answer = ask_deliveries("desk", 0, false);
    const Deliveries *told = answer->deliveries;
    ck_assert_uint_eq(told->n_deliveries, 3);
    ck_assert(told->deliveries[0]->attempt == 3 && !told->deliveries[0]->error);
    ck_assert_str_eq(told->deliveries[1]->error, "no answer");
    ck_assert_uint_eq(told->deliveries[1]->next_attempt_ms, list[1].next_attempt_ms);
    ck_assert_str_eq(told->deliveries[2]->subscription, "desk");
    wire_free(&answer);
    answer = ask_deliveries("desk", 1, true);
    ck_assert_uint_eq(answer->deliveries->n_deliveries, 1);
    ck_assert_uint_eq(answer->deliveries->deliveries[0]->attempt, 2);
    wire_free(&answer);
}
END_TEST

START_TEST(the_newest_thousand_attempts_are_kept) {
    enum { EACH = 500, TIMES = 3 };
    static Delivery list[EACH], *all[EACH];
    subscribe("desk");
    subscribe("other");
    for (uint32_t time = 0; time < TIMES; time++) {
        for (uint32_t i = 0; i < EACH; i++) {
            list[i] = attempt(1, time * EACH + i + 1, NULL);
            all[i] = &list[i];
        }
        DeliveriesMade made = made_up_to(time == 0 ? "other" : "desk", 0);
        made.deliveries = all;
        made.n_deliveries = EACH;
        noted(report(made));
        if (time) {
            made.subscription = "desk";
            all[0] = &list[0];
        }
    }
    Delivery one = attempt(1, 5000, NULL), *last[] = {&one};
    DeliveriesMade made = made_up_to("desk", 0);
    made.deliveries = last;
    made.n_deliveries = 1;
    noted(report(made));
    Message *answer = ask_deliveries("desk", 5000, false);
    ck_assert_uint_eq(answer->deliveries->n_deliveries, 1000);
    ck_assert_uint_eq(answer->deliveries->deliveries[0]->attempt, 5000);
    ck_assert_uint_eq(answer->deliveries->deliveries[999]->attempt, EACH + 2);
    wire_free(&answer);
    answer = ask_deliveries("other", 5000, false);
    ck_assert_uint_eq(answer->deliveries->n_deliveries, EACH);
    wire_free(&answer);
    answer = find("desk");
    ck_assert_uint_eq(only(answer)->delivered, 2 * EACH + 1);
    wire_free(&answer);
}
END_TEST

START_TEST(one_that_is_disabled_says_why_and_can_be_resumed) {
    subscribe("desk");
    DeliveriesMade made = made_up_to("desk", 0);
    made.disable = "its receiver answered 410 Gone";
    made.has_attempts = true;
    made.attempts = 1;
    noted(report(made));
    kill_hub();
    Message *answer = find("desk");
    ck_assert_str_eq(only(answer)->state, "disabled");
    ck_assert_str_eq(only(answer)->reason, "its receiver answered 410 Gone");
    wire_free(&answer);
    refused(change("desk", "pause"), "is disabled");
    answer = change("desk", "resume");
    ck_assert_str_eq(only(answer)->state, "active");
    ck_assert(!only(answer)->reason && only(answer)->attempts == 0);
    wire_free(&answer);
}
END_TEST

START_TEST(reports_that_cannot_be_are_refused_and_change_nothing) {
    uint64_t newest = newest_event();
    subscribe("desk");
    Delivery bad = attempt(newest + 1, 1, NULL), *list[] = {&bad};
    DeliveriesMade made = made_up_to("desk", newest);
    made.deliveries = list;
    made.n_deliveries = 1;
    refused(report(made), "a delivery of events");
    bad = attempt(2, 1, NULL);
    bad.first_event = 3;
    refused(report(made), "a delivery of events");
    bad = attempt(2, 0, NULL);
    refused(report(made), "at no attempt");
    bad = attempt(2, 1, NULL);
    bad.time_ms = UINT64_MAX;
    refused(report(made), "at no attempt");
    bad = attempt(2, 1, NULL);
    bad.message_id = "";
    refused(report(made), "no id");
    Message *answer = ask_deliveries("desk", 0, false);
    ck_assert_uint_eq(answer->deliveries->n_deliveries, 0);
    wire_free(&answer);
}
END_TEST

/* What no hub does: somebody took events out of the log by hand. */
START_TEST(a_subscription_that_is_further_than_the_log_is_set_back) {
    uint64_t newest = newest_event();
    subscribe("desk");
    service_signal(&service, hub, SIGTERM);
    run_sql("UPDATE subscription SET position = 1000000");
    ck_assert_int_ne(service_run(&service, out, err, sizeof err, "verify", NULL), 0);
    ck_assert_msg(strstr(err, "'desk' is at event 1000000, and the log ends at") != NULL, "%s",
                  err);
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    Message *answer = find("desk");
    ck_assert_uint_eq(only(answer)->after, newest);
    wire_free(&answer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("subscriptions");
    TCase *tests = tcase_create("subscriptions");
    tcase_add_checked_fixture(tests, begin, sound_end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_new_subscription_has_its_secret_told_once_and_begins_with_what_comes);
    tcase_add_test(tests, what_is_wrong_with_a_subscription_is_said);
    tcase_add_test(tests, urls_that_are_fine_are_taken_and_filters_come_back_as_they_were);
    tcase_add_test(tests, there_are_no_more_subscriptions_than_the_configuration_says);
    tcase_add_test(tests, it_is_paused_resumed_and_removed);
    tcase_add_test(tests, a_rotated_secret_stands_beside_the_old_one_until_that_is_forgotten);
    tcase_add_test(tests, a_range_that_the_log_has_is_to_be_sent_again_until_it_is_done);
    tcase_add_test(tests, who_knows_the_version_hears_nothing_until_something_is_changed);
    tcase_add_test(tests, a_position_goes_forward_alone_and_within_the_log);
    tcase_add_test(tests, attempts_are_kept_counted_and_told_newest_first);
    tcase_add_test(tests, the_newest_thousand_attempts_are_kept);
    tcase_add_test(tests, one_that_is_disabled_says_why_and_can_be_resumed);
    tcase_add_test(tests, reports_that_cannot_be_are_refused_and_change_nothing);
    tcase_add_test(tests, a_subscription_that_is_further_than_the_log_is_set_back);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
