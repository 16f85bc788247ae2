/* More than usual of everything: releases, subscribers, topics, questions, and peers that do not
 * take what they asked for. Nothing is lost, memory stays within what the limits allow, and others
 * are served. `make test-load` runs it with ten times as much. */
#include "tests/services/played_worker.h"

#include <sys/resource.h>

static pid_t hub, publishing;

static unsigned times(unsigned few) {
    return getenv("MINDEX_LOAD") ? 10 * few : few;
}

static void begin(void) {
    service_begin(&service);
}

static void end(void) {
    service_end(&service);
}

static void start(const char *limits) {
    configure(limits);
    hub = service_start(&service, "hub", NULL);
    service_start(&service, "ingestion", NULL);
    service_await_hub(&service);
}

/* --- helpers ---------------------------------------------------------------------------------- */

#ifdef __SANITIZE_ADDRESS__
enum { MEMORY_TELLS = false }; /* the sanitizer keeps what was freed */
#else
enum { MEMORY_TELLS = true };
#endif

/* VmHWM or VmRSS of a process, in KiB; 0 where it tells nothing. */
static long memory_kib(pid_t pid, const char *key) {
    if (!MEMORY_TELLS)
        return 0;
    char path[64], line[200];
    long kib = -1;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (kib < 0 && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtol(line + strlen(key) + 1, NULL, 10);
    }
    (void)fclose(file);
    ck_assert_int_ge(kib, 0);
    return kib;
}

/* So much memory more, in KiB, is less than `most`. Under the address sanitizer, which keeps what
 * was freed, it says nothing. */
static void check_grown(long more, long most) {
#ifdef __SANITIZE_ADDRESS__
    printf("skipped: %ld KiB more (at most %ld), as the sanitizer keeps what was freed\n", more,
           most);
#else
    ck_assert_int_lt(more, most);
#endif
}

static zsock_t *connect_within(const char *endpoint, int in, int out) {
    struct fault fault = {0};
    const struct wire_limits limits = {.in = in, .out = out};
    zsock_t *socket = wire_open(ZMQ_DEALER, &limits, &fault);
    ck_assert_msg(socket && wire_connect(socket, endpoint, NULL, &fault), "%s", fault.text);
    zsock_set_rcvtimeo(socket, SERVICE_ANSWER_MS);
    return socket;
}

/* What a release of soot of that year says: each differs from the one before, and ranks change. */
static void soot_text(char *text, size_t size, unsigned number) {
    (void)snprintf(text, size,
                   "area_code,period,value\nE01,2026,%u\nE02,2026,%u\nE03,2026,%u\nE04,2026,%u\n"
                   "E05,2026,%u\nE06,2026,%u\n",
                   number % 7 + 1, number % 5 + 1, number % 3 + 1, number % 11 + 1, number % 2 + 1,
                   number + 20);
}

static void send_soot(zsock_t *client, unsigned number) {
    char name[64], text[300];
    (void)snprintf(name, sizeof name, "soot-%u.csv", number);
    soot_text(text, sizeof text, number);
    File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    file.name = name;
    file.content = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    body.n_files = 1;
    body.files = files;
    body.has_accept_warnings = body.accept_warnings = true;
    Message message = wire_message(number);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    ck_assert(wire_send(client, NULL, &message));
}

static void hand_in_soot(unsigned number) {
    char name[64], text[300];
    (void)snprintf(name, sizeof name, "soot-%u.csv", number);
    soot_text(text, sizeof text, number);
    Message *answer = service_hand_in_text(&service, name, text);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_RECEIPT);
    wire_free(&answer);
}

static void await_editions(uint64_t count) {
    for (uint64_t after = 0, newest = 0; newest < count;) {
        Message *answer = service_events(&service, after, "edition", SERVICE_ANSWER_MS / 2);
        const Events *events = answer->events;
        ck_assert_msg(events->n_events > 0 || events->through > after, "no edition came");
        if (events->n_events)
            newest = events->events[events->n_events - 1]->edition;
        after = events->through;
        wire_free(&answer);
    }
}

/* The log: numbers without a hole or a double, editions in order, one for each release. */
static void check_log(uint64_t expected) {
    uint64_t seq = 0, editions = 0;
    for (bool more = true; more;) {
        Message *answer = service_events(&service, seq, NULL, 0);
        for (size_t i = 0; i < answer->events->n_events; i++) {
            const Event *event = answer->events->events[i];
            ck_assert_uint_eq(event->seq, ++seq);
            if (strcmp(event->type, "edition.scored") == 0)
                ck_assert_uint_eq(event->edition, ++editions);
        }
        more = seq < answer->events->newest;
        wire_free(&answer);
    }
    ck_assert_uint_eq(editions, expected);
}

/* --- many releases ---------------------------------------------------------------------------- */

START_TEST(a_thousand_releases_at_once_are_all_received_and_scored) {
    unsigned releases = times(1000);
    start("");
    small_load(&service);
    long before = memory_kib(hub, "VmRSS:");
    zsock_t *client = connect_within(service.places.hub, (int)releases, (int)releases);
    for (unsigned i = 1; i <= releases; i++)
        send_soot(client, i);
    service_start(&service, "scoring", NULL);
    service_start(&service, "scoring", NULL);
    bool *received = calloc(releases + 1, sizeof *received);
    ck_assert_ptr_nonnull(received);
    for (unsigned i = 1; i <= releases; i++) {
        Message *answer = expect(client, MINDEX__V1__MESSAGE__BODY_RECEIPT);
        ck_assert_uint_le(answer->request, releases);
        ck_assert(!received[answer->request]);
        received[answer->request] = true;
        wire_free(&answer);
    }
    free(received);
    await_editions(releases + 1);
    check_log(releases + 1);
    /* Tasks of a few hundred bytes and what comes with them: 16 KiB for each release is ample, and
     * 32 MiB for what is kept of packs and editions. */
    check_grown(memory_kib(hub, "VmHWM:") - before, 32 * 1024 + 16 * (long)releases);
    printf("  hub with %u releases at once: %ld KiB, at most %ld KiB\n", releases, before,
           memory_kib(hub, "VmHWM:"));
    zsock_destroy(&client);
}
END_TEST

START_TEST(an_inbox_full_of_files_is_emptied) {
    unsigned releases = times(100);
    char path[SERVICE_PATH], text[300];
    ck_assert_int_eq(mkdir(service.places.inbox, 0700), 0);
    for (unsigned i = 1; i <= releases; i++) {
        (void)snprintf(path, sizeof path, "%s/soot-%u.csv", service.places.inbox, i);
        /* Nothing that somebody should look at. */
        (void)snprintf(text, sizeof text,
                       "area_code,period,value,status\nE01,2026,5,\nE02,2026,1,\nE03,2026,3,\n"
                       "E04,2026,2.%04u,\nE05,2026,9,\nE06,2026,0,\n",
                       i);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fputs(text, file), 0);
        ck_assert_int_eq(fclose(file), 0);
    }
    configure("");
    hub = service_start(&service, "hub", NULL);
    service_start(&service, "scoring", NULL);
    /* The files are refused as long as there is no pack. */
    (void)snprintf(path, sizeof path, "%s.later", service.places.inbox);
    ck_assert_int_eq(rename(service.places.inbox, path), 0);
    service_start(&service, "ingestion", NULL);
    small_load(&service);
    await_editions(1);
    char to[SERVICE_PATH], from[2 * SERVICE_PATH];
    for (unsigned i = 1; i <= releases; i++) {
        (void)snprintf(from, sizeof from, "%s/soot-%u.csv", path, i);
        (void)snprintf(to, sizeof to, "%s/soot-%u.csv", service.places.inbox, i);
        ck_assert_int_eq(rename(from, to), 0);
    }
    await_editions(releases + 1);
    check_log(releases + 1);
    for (unsigned i = 1; i <= releases; i++) {
        (void)snprintf(to, sizeof to, "%s/soot-%u.csv", service.places.accepted, i);
        for (int tries = 0; access(to, F_OK) != 0; tries++) { /* the last is being moved */
            ck_assert_int_lt(tries, 500);
            (void)usleep(10000);
        }
    }
}
END_TEST

/* --- peers that take nothing, or send too much ------------------------------------------------ */

/* Asks for everything in the log, in one answer. */
static void send_question(zsock_t *client, uint64_t request, uint64_t after, uint32_t wait_ms) {
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = after;
    wanted.has_limit = wanted.has_wait_ms = true;
    wanted.limit = 5000;
    wanted.wait_ms = wait_ms;
    Message question = wire_message(request);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    ck_assert(wire_send(client, NULL, &question));
}

START_TEST(a_client_that_takes_no_answers_costs_the_hub_only_a_few) {
    start("hub.peer_frames = 4\n");
    service_start(&service, "scoring", NULL);
    small_load(&service);
    for (unsigned i = 1; i <= 60; i++)
        hand_in_soot(i);
    await_editions(61);
    long before = memory_kib(hub, "VmHWM:");
    zsock_t *greedy = connect_within(service.places.hub, 1, 5000);
    for (unsigned i = 1; i <= times(300); i++)
        send_question(greedy, i, 0, 0); /* some 300 KiB each time */
    hand_in_soot(61);                   /* others are served meanwhile */
    await_editions(62);
    long more = memory_kib(hub, "VmHWM:") - before;
    check_grown(more, 12 * 1024); /* without a bound some 27 MiB */
    printf("  hub with a client that takes none of %u answers: %ld KiB more\n", times(300), more);
    /* What is kept comes when it is taken; what is asked anew is answered. */
    Message *answer = expect(greedy, MINDEX__V1__MESSAGE__BODY_EVENTS);
    ck_assert_uint_eq(answer->request, 1);
    wire_free(&answer);
    zsock_destroy(&greedy);
}
END_TEST

START_TEST(a_peer_that_sends_faster_than_the_hub_takes_fills_no_memory) {
    enum { BYTES = 4 << 20, FRAMES = 60 };
    configure("hub.intake_mib = 8\nhub.peer_frames = 2\n");
    hub = service_start(&service, "hub", NULL); /* and nobody reads what is handed in */
    service_await_hub(&service);
    long before = memory_kib(hub, "VmHWM:");
    zsock_t *flood = connect_within(service.places.hub, 1000, 1000);
    uint8_t *bytes = calloc(1, BYTES);
    ck_assert_ptr_nonnull(bytes);
    for (unsigned i = 1; i <= FRAMES; i++) {
        File file = MINDEX__V1__FILE__INIT, *files[] = {&file};
        HandIn body = MINDEX__V1__HAND_IN__INIT;
        file.name = "soot-2026.csv";
        bytes[0] = (uint8_t)i; /* each is another */
        file.content = (ProtobufCBinaryData){BYTES, bytes};
        body.n_files = 1;
        body.files = files;
        Message message = wire_message(i);
        message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
        message.hand_in = &body;
        ck_assert(wire_send(flood, NULL, &message));
    }
    free(bytes);
    unsigned turned_away = 0;
    for (; turned_away < FRAMES - 3; turned_away++) { /* three are above 8 MiB */
        Message *answer = expect(flood, MINDEX__V1__MESSAGE__BODY_ERROR);
        ck_assert_ptr_nonnull(strstr(answer->error->reason, "hand this in again"));
        wire_free(&answer);
    }
    long more = memory_kib(hub, "VmHWM:") - before;
    printf("  hub with %d hand-ins of 4 MiB at once: %ld KiB more\n", FRAMES, more);
    /* 12 MiB wait; of the peer's, 2 are held, one is on its way in, one is taken apart and put
     * together again. */
    check_grown(more, (12 + 5 * 4 + 16) * 1024);
    zsock_destroy(&flood);
}
END_TEST

START_TEST(a_worker_whose_hub_was_away_takes_one_task_at_a_time_when_it_is_back) {
    start("hub.worker_silence_ms = 500\n");
    pid_t scoring = service_start(&service, "scoring", NULL);
    small_load(&service);
    await_editions(1);
    service_signal(&service, scoring, SIGSTOP);
    for (unsigned i = 1; i <= 5; i++)
        hand_in_soot(i);
    service_signal(&service, hub, SIGKILL);
    service_signal(&service, scoring, SIGCONT);
    (void)usleep(1500000); /* fifteen heartbeats without a hub are what the test is about */
    int64_t began = clock_ms();
    hub = service_start(&service, "hub", NULL);
    service_await_hub(&service);
    await_editions(6);
    ck_assert_int_lt(clock_ms() - began, 20000); /* not after a lease of 60 s */
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->tasks_failed, 0);
    wire_free(&status);
}
END_TEST

static unsigned count_held(void) {
    Mindex__V1__TasksWanted wanted = MINDEX__V1__TASKS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_TASKS_WANTED;
    question.tasks_wanted = &wanted;
    Message *answer = service_ask(&service, &question);
    unsigned held = 0;
    for (size_t i = 0; i < answer->tasks->n_tasks; i++)
        held += strcmp(answer->tasks->tasks[i]->state, "held") == 0;
    wire_free(&answer);
    return held;
}

START_TEST(while_one_worker_is_slow_others_score_ahead_and_no_further_than_a_window) {
    start("");
    pid_t scoring = service_start(&service, "scoring", NULL);
    small_load(&service);
    await_editions(1);
    service_signal(&service, scoring, SIGTERM);
    zsock_t *slow = join("scoring", 1);
    hand_in_soot(1);
    (void)next_task(slow);
    for (unsigned i = 2; i <= 30; i++)
        hand_in_soot(i);
    service_start(&service, "scoring", NULL);
    while (count_held() < 15) /* of a window of 16, all but the slow one's */
        send_heartbeat(slow);
    Message *status = service_status(&service);
    ck_assert_uint_eq(status->status->editions, 1);
    ck_assert_uint_eq(status->status->tasks_leased, 1);
    wire_free(&status);
    send_goodbye(slow);
    await_editions(31);
    check_log(31);
    zsock_destroy(&slow);
}
END_TEST

/* --- many subscribers ------------------------------------------------------------------------- */

START_TEST(ten_thousand_waiting_questions_are_all_answered_by_one_event) {
    enum { SOCKETS = 10, EACH = 990 };
    start("");
    service_start(&service, "scoring", NULL);
    small_load(&service);
    await_editions(1);
    Message *status = service_status(&service);
    uint64_t newest = status->status->newest_event;
    wire_free(&status);
    zsock_t *clients[SOCKETS];
    for (size_t i = 0; i < SOCKETS; i++) {
        clients[i] = connect_within(service.places.hub, 0, 0);
        for (uint64_t k = 1; k <= EACH; k++)
            send_question(clients[i], k, newest, 60000);
        /* Answered at once, behind all of them: they wait now. */
        send_question(clients[i], 1000, 0, 0);
        Message *answer = expect(clients[i], MINDEX__V1__MESSAGE__BODY_EVENTS);
        ck_assert_uint_eq(answer->request, 1000);
        wire_free(&answer);
    }
    int64_t began = clock_ms();
    hand_in_soot(1);
    for (size_t i = 0; i < SOCKETS; i++) {
        bool heard[EACH + 1] = {0};
        for (size_t k = 0; k < EACH; k++) {
            Message *answer = expect(clients[i], MINDEX__V1__MESSAGE__BODY_EVENTS);
            ck_assert_uint_le(answer->request, EACH);
            ck_assert(!heard[answer->request]);
            heard[answer->request] = true;
            ck_assert_uint_eq(answer->events->events[0]->seq, newest + 1);
            wire_free(&answer);
        }
        zsock_destroy(&clients[i]);
    }
    printf("  %d waiting questions answered within %lld ms; hub at most %ld KiB\n", SOCKETS * EACH,
           (long long)(clock_ms() - began), memory_kib(hub, "VmHWM:"));
    await_editions(2);
}
END_TEST

START_TEST(one_question_more_than_may_wait_is_turned_away) {
    start("hub.waiting_questions = 3\n");
    zsock_t *client = connect_worker();
    for (uint64_t k = 1; k <= 4; k++)
        send_question(client, k, 0, 60000);
    Message *answer = expect(client, MINDEX__V1__MESSAGE__BODY_ERROR);
    ck_assert_uint_eq(answer->request, 4);
    ck_assert_ptr_nonnull(strstr(answer->error->reason, "too many subscribers"));
    wire_free(&answer);
    zsock_destroy(&client);
}
END_TEST

static zsock_t *subscribe(const char *topic) {
    zsock_t *socket = zsock_new(ZMQ_SUB);
    ck_assert_ptr_nonnull(socket);
    zsock_set_linger(socket, 0);
    zsock_set_sndhwm(socket, 0); /* by which libzmq bounds the topics too: 1000 unless told */
    zsock_set_rcvtimeo(socket, SERVICE_ANSWER_MS);
    ck_assert_int_eq(zsock_connect(socket, "%s", service.places.events), 0);
    zsock_set_subscribe(socket, topic);
    return socket;
}

/* The number of the next event on a topic. */
static uint64_t next_live(zsock_t *socket, char topic[400]) {
    zmsg_t *frames = zmsg_recv(socket);
    ck_assert_msg(frames != NULL, "nothing came");
    char *name = zmsg_popstr(frames);
    zframe_t *body = zmsg_pop(frames);
    (void)snprintf(topic, 400, "%s", name);
    uint64_t seq = 0;
    if (strcmp(name, "heartbeat") != 0) {
        Event *event = mindex__v1__event__unpack(NULL, zframe_size(body), zframe_data(body));
        ck_assert_ptr_nonnull(event);
        seq = event->seq;
        mindex__v1__event__free_unpacked(event, NULL);
    }
    freen(name);
    zframe_destroy(&body);
    zmsg_destroy(&frames);
    return seq;
}

/* The stream has begun, and heeds this subscriber, when a heartbeat has come. */
static void await_heartbeat(zsock_t *socket) {
    char topic[400] = "";
    while (strcmp(topic, "heartbeat") != 0)
        (void)next_live(socket, topic);
}

START_TEST(ten_thousand_topics_of_one_subscriber_are_heeded) {
    start("");
    service_start(&service, "scoring", NULL);
    publishing = service_start(&service, "publishing", NULL);
    zsock_t *many = subscribe("heartbeat");
    char topic[400];
    for (unsigned i = 0; i < 10000; i++) {
        (void)snprintf(topic, sizeof topic, "rank.place.X%05u.", i);
        zsock_set_subscribe(many, topic);
    }
    zsock_set_subscribe(many, "rank.place.E02.");
    await_heartbeat(many);
    small_load(&service);
    await_editions(1);
    for (unsigned i = 1; i <= 4; i++)
        hand_in_soot(i);
    do {
        (void)next_live(many, topic);
    } while (strncmp(topic, "rank.", 5) != 0);
    ck_assert_int_eq(strncmp(topic, "rank.place.E02.", 15), 0);
    zsock_destroy(&many);

    /* The same of the replay endpoint, in one question. */
    enum { TOPICS = 10001 };
    char **topics = calloc(TOPICS, sizeof *topics);
    ck_assert_ptr_nonnull(topics);
    for (unsigned i = 0; i < TOPICS; i++) {
        (void)snprintf(topic, sizeof topic, "rank.place.%c%05u.", i ? 'X' : 'E', i);
        topics[i] = strdup(i ? topic : "rank.place.E02.");
        ck_assert_ptr_nonnull(topics[i]);
    }
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.n_topics = TOPICS;
    wanted.topics = topics;
    Message question = wire_message(5);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    zsock_t *client = connect_within(service.places.replay, 0, 0);
    ck_assert(wire_send(client, NULL, &question));
    Message *answer = expect(client, MINDEX__V1__MESSAGE__BODY_EVENTS);
    ck_assert_uint_gt(answer->events->n_events, 0);
    for (size_t i = 0; i < answer->events->n_events; i++)
        ck_assert_str_eq(answer->events->events[i]->rank_changed->area, "E02");
    wire_free(&answer);
    zsock_destroy(&client);
    for (unsigned i = 0; i < TOPICS; i++)
        free(topics[i]);
    free(topics);
}
END_TEST

START_TEST(hundreds_of_subscribers_with_questions_each_hear_the_next_event) {
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    /* As many as this process and the service have descriptors for, up to 400. */
    size_t sockets = limit.rlim_cur / 3 < 400 ? limit.rlim_cur / 3 : 400;
    start("");
    publishing = service_start(&service, "publishing", NULL);
    zsock_t **clients = calloc(sockets, sizeof *clients);
    ck_assert_ptr_nonnull(clients);
    for (size_t i = 0; i < sockets; i++) {
        clients[i] = connect_within(service.places.replay, 0, 0);
        for (uint64_t k = 1; k <= 10; k++)
            send_question(clients[i], k, 0, 60000);
    }
    small_load(&service);
    for (size_t i = 0; i < sockets; i++) {
        for (size_t k = 0; k < 10; k++) {
            Message *answer = expect(clients[i], MINDEX__V1__MESSAGE__BODY_EVENTS);
            ck_assert_uint_eq(answer->events->events[0]->seq, 1);
            wire_free(&answer);
        }
        zsock_destroy(&clients[i]);
    }
    free(clients);
    printf("  %zu subscribers with 10 questions each\n", sockets);
}
END_TEST

START_TEST(a_subscriber_that_never_reads_misses_events_that_replay_has) {
    unsigned releases = times(120);
    start("stream.subscriber_events = 1000\n");
    service_start(&service, "scoring", NULL);
    publishing = service_start(&service, "publishing", NULL);
    zsock_t *idle = zsock_new(ZMQ_SUB);
    ck_assert_ptr_nonnull(idle);
    zsock_set_rcvhwm(idle, 10);
    zsock_set_rcvbuf(idle, 4096);
    zsock_set_linger(idle, 0);
    ck_assert_int_eq(zsock_connect(idle, "%s", service.places.events), 0);
    zsock_set_subscribe(idle, "");
    zsock_set_rcvtimeo(idle, SERVICE_ANSWER_MS);
    await_heartbeat(idle);
    zsock_t *other = subscribe("edition");
    zsock_set_subscribe(other, "heartbeat");
    await_heartbeat(other);
    small_load(&service);
    await_editions(1);
    long before = memory_kib(publishing, "VmHWM:");
    for (unsigned i = 1; i <= releases; i++)
        hand_in_soot(i);
    /* The other subscriber hears of all editions. */
    char topic[400];
    for (uint64_t heard = 0; heard < releases + 1;) {
        (void)next_live(other, topic);
        heard += strcmp(topic, "edition") == 0;
    }
    await_editions(releases + 1);
    printf("  publishing with a subscriber that reads nothing: %ld KiB, at most %ld KiB\n", before,
           memory_kib(publishing, "VmHWM:"));
    check_grown(memory_kib(publishing, "VmHWM:") - before, 8 * 1024);
    /* Back at last: it hears a beginning, then nothing up to the newest, and asks for the rest. */
    uint64_t last = 0, seq;
    zsock_set_rcvtimeo(idle, 3000);
    do {
        seq = next_live(idle, topic);
        if (seq != 0 && seq > last + 1)
            break; /* the gap is found by the numbers */
        last = seq ? seq : last;
    } while (strcmp(topic, "heartbeat") != 0);
    Message *answer = service_events(&service, last, NULL, 0);
    ck_assert_uint_gt(answer->events->newest, last);
    wire_free(&answer);
    while (true) {
        answer = service_events(&service, last, NULL, 0);
        for (size_t i = 0; i < answer->events->n_events; i++)
            ck_assert_uint_eq(answer->events->events[i]->seq, ++last);
        bool whole = last == answer->events->newest;
        wire_free(&answer);
        if (whole)
            break;
    }
    zsock_destroy(&other);
    zsock_destroy(&idle);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("overload");
    TCase *tests = tcase_create("overload");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, getenv("MINDEX_LOAD") ? 900 : 90);
    tcase_add_test(tests, a_thousand_releases_at_once_are_all_received_and_scored);
    tcase_add_test(tests, an_inbox_full_of_files_is_emptied);
    tcase_add_test(tests, a_client_that_takes_no_answers_costs_the_hub_only_a_few);
    tcase_add_test(tests, a_peer_that_sends_faster_than_the_hub_takes_fills_no_memory);
    tcase_add_test(tests, a_worker_whose_hub_was_away_takes_one_task_at_a_time_when_it_is_back);
    tcase_add_test(tests, while_one_worker_is_slow_others_score_ahead_and_no_further_than_a_window);
    tcase_add_test(tests, ten_thousand_waiting_questions_are_all_answered_by_one_event);
    tcase_add_test(tests, one_question_more_than_may_wait_is_turned_away);
    tcase_add_test(tests, ten_thousand_topics_of_one_subscriber_are_heeded);
    tcase_add_test(tests, hundreds_of_subscribers_with_questions_each_hear_the_next_event);
    tcase_add_test(tests, a_subscriber_that_never_reads_misses_events_that_replay_has);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
