/* What lies behind the HTTP server: what is asked for, what is kept, who answers, what is told. */
#include "services/publishing/desk.h"
#include "services/publishing/recent.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

/* --- headers ---------------------------------------------------------------------------------- */

static void check_accept(const char *header, const char *expected) {
    char out[ACCEPT_TEXT];
    accept_canonical(header, out);
    ck_assert_str_eq(out, expected);
}

START_TEST(accept_has_one_spelling) {
    check_accept(NULL, "");
    check_accept("", "");
    check_accept("*/*", "");
    check_accept("image/png", "");
    check_accept("text/csv", "text/csv");
    check_accept(" TEXT/CSV ; q=0.1", "text/csv");
    check_accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                 "text/html, */*");
    check_accept("application/json;q=0.2, text/csv;q=0.9", "text/csv, application/json");
    check_accept("text/csv;q=0, application/json", "application/json");
    check_accept("text/csv, text/html, text/csv, application/json, application/geo+json",
                 "text/csv, text/html, application/json");
    check_accept("text/html;q=x, application/json;q=2", "text/html, application/json");
}
END_TEST

START_TEST(gzip_is_sent_to_who_takes_it) {
    ck_assert(accepts_gzip("gzip") && accepts_gzip("br, GZIP;q=0.1") && accepts_gzip("*"));
    ck_assert(accepts_gzip("identity;q=0.5, *;q=0.1") && accepts_gzip("gzip;q=1.000"));
    ck_assert(!accepts_gzip(NULL) && !accepts_gzip("") && !accepts_gzip("gzip;q=0"));
    ck_assert(!accepts_gzip("gzip; q=0.000") && !accepts_gzip("*;q=0") && !accepts_gzip("gzipped"));
    ck_assert(!accepts_gzip("gzip;q=0, *;q=1"));
}
END_TEST

START_TEST(tags_match_weakly) {
    static const char tag[] = "\"1-ab\"";
    ck_assert(etag_matches("\"1-ab\"", tag) && etag_matches("W/\"1-ab\"", tag));
    ck_assert(etag_matches("\"x\",W/\"y\" ,\"1-ab\"", tag) && etag_matches("*", tag));
    ck_assert(!etag_matches(NULL, tag) && !etag_matches("", tag) && !etag_matches("1-ab", tag));
    ck_assert(!etag_matches("\"1-ab", tag) && !etag_matches("\"1-a\"", tag));
    ck_assert(!etag_matches("\"x\", y, \"1-ab\"", tag));
}
END_TEST

/* --- requests --------------------------------------------------------------------------------- */

static struct http_host host;

static struct asked *ask_for(const char *target) {
    char reason[REFUSED_TEXT] = "";
    struct asked *asked;
    const struct asking asking = {.target = target, .host = "localhost:80"};
    ck_assert_msg(asked_read(&asking, &host, &asked, reason) == 0, "%s", reason);
    return asked;
}

static void bind_host(void) {
    struct sockaddr_in *bound = (struct sockaddr_in *)&host.bound;
    bound->sin_family = AF_INET;
    bound->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

START_TEST(a_request_is_decoded) {
    struct asked *asked = ask_for("/places/E07000117?q=St+Helens%26&empty&a=%C3%BC&a=2");
    const struct request *request = &asked->request;
    ck_assert_str_eq(request->path, "/places/E07000117");
    ck_assert_str_eq(request->query, "a=%C3%BC&a=2&empty=&q=St+Helens%26");
    ck_assert_str_eq(request_get(request, "q"), "St Helens&");
    ck_assert_str_eq(request_get(request, "a"), "\xc3\xbc");
    ck_assert_str_eq(request_get(request, "empty"), "");
    ck_assert_ptr_null(request_get(request, "b"));
    ck_assert_str_eq(request->base, "http://localhost:80");
    asked_drop(&asked);
}
END_TEST

START_TEST(equal_questions_have_one_key) {
    static const char *const same[] = {"/a%62?x=1&y=%32", "/ab?y=2&x=1", "/%61b?&x=%31&&y=2&",
                                       "http://LOCALHOST:80/ab?x=1&y=2"};
    static const char *const others[] = {"/ab?x=2&y=1", "/ab?x=1&y=2&y=3", "/ab", "/ab?x=1%26y=2"};
    struct asked *first = ask_for("/ab?x=1&y=2");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct asked *asked = ask_for(same[i]);
        ck_assert_str_eq(asked->key, first->key);
        asked_drop(&asked);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct asked *asked = ask_for(others[i]);
        ck_assert_str_ne(asked->key, first->key);
        asked_drop(&asked);
    }
    asked_drop(&first);
}
END_TEST

/* --- what is kept ----------------------------------------------------------------------------- */

static struct reply *reply_of(size_t length, enum freshness freshness) {
    struct asked *asked = ask_for("/x");
    struct answer answer = {.status = 200,
                            .type = "application/octet-stream",
                            .body = calloc(1, length + 1),
                            .length = length,
                            .freshness = freshness};
    struct reply *reply = reply_new(&answer, asked);
    ck_assert_ptr_nonnull(reply);
    asked_drop(&asked);
    return reply;
}

static void keep(struct cache *cache, const char *key, size_t length, enum freshness freshness,
                 struct stamp made) {
    struct reply *reply = reply_of(length, freshness);
    cache_put(cache, key, reply, made);
    reply_drop(&reply);
}

START_TEST(what_is_kept_holds_as_long_as_the_log) {
    struct cache *cache = cache_new(10, 1 << 20);
    const struct stamp at = {1, 7}, later = {1, 8}, other = {2, 7};
    keep(cache, "newest", 10, FRESH_UNTIL_EVENT, at);
    keep(cache, "numbered", 10, FRESH_IN_THE_LOG, at);
    keep(cache, "never", 10, FRESH_NEVER, at);
    keep(cache, "unknown", 10, FRESH_IN_THE_LOG, (struct stamp){0});
    ck_assert_uint_eq(cache_replies(cache), 2);
    ck_assert(cache_get(cache, "newest", at) && cache_get(cache, "numbered", at));
    ck_assert(!cache_get(cache, "newest", later) && cache_get(cache, "numbered", later));
    ck_assert(!cache_get(cache, "newest", at)); /* it is gone */
    ck_assert(!cache_get(cache, "numbered", other));
    ck_assert_uint_eq(cache_replies(cache), 0);
    ck_assert_uint_eq(cache_bytes(cache), 0);
    cache_destroy(&cache);
}
END_TEST

START_TEST(what_is_kept_has_a_bound) {
    struct cache *cache = cache_new(100, 200000);
    const struct stamp at = {1, 1};
    char key[20];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof key, "%d", i);
        keep(cache, key, (size_t)i % 3000, FRESH_UNTIL_EVENT, at);
        ck_assert(i < 5 || cache_get(cache, "asked for", at));
        if (i == 4)
            keep(cache, "asked for", 10, FRESH_UNTIL_EVENT, at);
        ck_assert_uint_le(cache_replies(cache), 100);
        ck_assert_uint_le(cache_bytes(cache), 200000);
    }
    ck_assert(cache_get(cache, "999", at) && !cache_get(cache, "0", at));
    size_t before = cache_replies(cache);
    keep(cache, "huge", 60000, FRESH_UNTIL_EVENT, at); /* it would drive out a quarter of all */
    ck_assert(!cache_get(cache, "huge", at));
    ck_assert_uint_eq(cache_replies(cache), before);
    keep(cache, "999", 20, FRESH_UNTIL_EVENT, at); /* in place of the other */
    ck_assert_uint_eq(cache_replies(cache), before);
    cache_destroy(&cache);
}
END_TEST

/* --- who answers ------------------------------------------------------------------------------ */

/* A clerk who waits until he is let go on. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned begun, ended, ready; /* answers; orders that were told */
    bool open;
};

static struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void answer_at_gate(void *context, struct request *request, struct answer *answer) {
    (void)context;
    (void)pthread_mutex_lock(&gate.lock);
    gate.begun++;
    (void)pthread_cond_broadcast(&gate.changed);
    while (!gate.open)
        (void)pthread_cond_wait(&gate.changed, &gate.lock);
    gate.ended++;
    (void)pthread_mutex_unlock(&gate.lock);
    answer->body = strdup(request->path);
    answer->length = strlen(request->path);
    answer->freshness = FRESH_NEVER;
}

static void set_gate(bool open) {
    (void)pthread_mutex_lock(&gate.lock);
    gate.open = open;
    (void)pthread_cond_broadcast(&gate.changed);
    (void)pthread_mutex_unlock(&gate.lock);
}

static void on_ready(struct order *order) {
    (void)order;
    (void)pthread_mutex_lock(&gate.lock);
    gate.ready++;
    (void)pthread_cond_broadcast(&gate.changed);
    (void)pthread_mutex_unlock(&gate.lock);
}

static void await(const unsigned *count, unsigned least) {
    (void)pthread_mutex_lock(&gate.lock);
    while (*count < least)
        (void)pthread_cond_wait(&gate.changed, &gate.lock);
    (void)pthread_mutex_unlock(&gate.lock);
}

static struct desk *open_desk(size_t line) {
    const struct clerk clerk = {answer_at_gate, NULL};
    const struct desk_limits limits = {.line = line};
    struct fault fault = {0};
    gate.begun = gate.ended = gate.ready = 0;
    gate.open = false;
    struct desk *desk = desk_new(&clerk, 1, &limits, NULL, &fault);
    ck_assert_msg(desk != NULL, "%s", fault.text);
    return desk;
}

static void order(struct desk *desk, struct order *order, const char *target) {
    *order = (struct order){.asked = ask_for(target), .ready = on_ready};
    desk_ask(desk, order);
}

static void finish(struct order *order) {
    asked_drop(&order->asked);
    reply_drop(&order->reply);
}

START_TEST(what_several_ask_is_answered_once) {
    struct desk *desk = open_desk(4);
    struct order orders[10], other, waiting[3], full;
    order(desk, &orders[0], "/a?x=1&y=2");
    await(&gate.begun, 1);
    for (size_t i = 1; i < 10; i++)
        order(desk, &orders[i], "/a?y=2&x=1");
    order(desk, &other, "/b");
    order(desk, &waiting[0], "/c");
    order(desk, &waiting[1], "/d");
    order(desk, &waiting[2], "/e");
    order(desk, &full, "/f"); /* one is in hand, four wait */
    ck_assert_int_eq(full.end, ORDER_NO_ROOM);
    ck_assert_uint_eq(gate.ready, 1);
    set_gate(true);
    await(&gate.ready, 15);
    ck_assert_uint_eq(gate.ended, 5);
    for (size_t i = 0; i < 10; i++) {
        ck_assert_int_eq(orders[i].end, ORDER_REPLIED);
        ck_assert_ptr_eq(orders[i].reply, orders[0].reply);
    }
    ck_assert_ptr_ne(other.reply, orders[0].reply);
    struct desk_counts counts;
    desk_count(desk, &counts);
    ck_assert_uint_eq(counts.joined, 9);
    ck_assert_uint_eq(counts.misses, 5);
    ck_assert_uint_eq(counts.refused, 1);
    for (size_t i = 0; i < 10; i++)
        finish(&orders[i]);
    for (size_t i = 0; i < 3; i++)
        finish(&waiting[i]);
    finish(&other);
    finish(&full);
    ck_assert(desk_close(desk, 10000));
    desk_destroy(&desk);
}
END_TEST

START_TEST(who_waits_is_told_at_the_end) {
    struct desk *desk = open_desk(4);
    struct order in_hand, waiting, late;
    order(desk, &in_hand, "/a");
    await(&gate.begun, 1);
    order(desk, &waiting, "/b");
    ck_assert(!desk_close(desk, 1)); /* the clerk is at work */
    ck_assert_uint_eq(gate.ready, 2);
    ck_assert(in_hand.end == ORDER_FAILED && waiting.end == ORDER_FAILED);
    order(desk, &late, "/c");
    ck_assert(late.end == ORDER_FAILED && !late.reply);
    set_gate(true);
    ck_assert(desk_close(desk, 10000));
    ck_assert_uint_eq(gate.ready, 3);
    finish(&in_hand);
    finish(&waiting);
    finish(&late);
    desk_destroy(&desk);
}
END_TEST

/* --- what was told lately --------------------------------------------------------------------- */

/* A message with events `first` to `last`. */
static Message *events(uint64_t first, uint64_t last) {
    Events told = MINDEX__V1__EVENTS__INIT;
    size_t count = (size_t)(last - first + 1);
    Event *events = calloc(count, sizeof *events), **list = calloc(count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        mindex__v1__event__init(&events[i]);
        events[i].seq = first + i;
        events[i].time_ms = 1000 + first + i;
        events[i].type = (char *)"release.accepted";
        list[i] = &events[i];
    }
    told.n_events = count;
    told.events = list;
    Message message = wire_message(1);
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS;
    message.events = &told;
    zframe_t *frame = wire_frame(&message);
    Message *read = wire_read(frame);
    ck_assert_ptr_nonnull(read);
    zframe_destroy(&frame);
    free(list);
    free(events);
    return read;
}

static void take(struct recent *recent, uint64_t first, uint64_t last) {
    Message *message = events(first, last);
    recent_take(recent, &message);
    ck_assert_ptr_null(message);
}

START_TEST(the_newest_events_are_there_without_a_gap) {
    struct recent *recent = recent_new(10);
    recent_begin(recent, 5, 1005);
    ck_assert_uint_eq(recent_newest_ms(recent), 1005);
    ck_assert(recent_knows(recent, 5) && !recent_knows(recent, 4) && !recent_knows(recent, 6));
    ck_assert_ptr_null(recent_next(recent, 5));
    take(recent, 6, 9);
    take(recent, 10, 12);
    for (uint64_t after = 5; after < 12; after++)
        ck_assert_uint_eq(recent_next(recent, after)->seq, after + 1);
    const Event *event = recent_next(recent, 7);
    const char *text = recent_text(recent, event);
    ck_assert(strstr(text, "\"seq\":8") && recent_text(recent, event) == text);
    take(recent, 13, 18); /* more than ten: the first four go */
    ck_assert(recent_knows(recent, 9) && !recent_knows(recent, 8));
    ck_assert_uint_eq(recent_newest(recent), 18);
    ck_assert_uint_eq(recent_newest_ms(recent), 1018);
    take(recent, 20, 21); /* 19 is missing */
    ck_assert(recent_knows(recent, 21) && !recent_knows(recent, 20));
    ck_assert_uint_eq(recent_newest_ms(recent), 1021);
    recent_begin(recent, 3, 1003); /* another log */
    ck_assert(recent_knows(recent, 3) && !recent_knows(recent, 21));
    recent_destroy(&recent);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("what lies behind the HTTP server");
    TCase *tcase = tcase_create("serving");
    bind_host();
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, accept_has_one_spelling);
    tcase_add_test(tcase, gzip_is_sent_to_who_takes_it);
    tcase_add_test(tcase, tags_match_weakly);
    tcase_add_test(tcase, a_request_is_decoded);
    tcase_add_test(tcase, equal_questions_have_one_key);
    tcase_add_test(tcase, what_is_kept_holds_as_long_as_the_log);
    tcase_add_test(tcase, what_is_kept_has_a_bound);
    tcase_add_test(tcase, what_several_ask_is_answered_once);
    tcase_add_test(tcase, who_waits_is_told_at_the_end);
    tcase_add_test(tcase, the_newest_events_are_there_without_a_gap);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
