/* The hub with a database in memory, and nobody on its socket but the fuzzer's bytes. An input is a
 * list of steps: a peer says something (any message, true, changed or forged), an honest worker
 * does its task or reports something else, what was said is said again by another, time passes, the
 * hub is restarted. After every step the hub must be whole. What the hub sends and what time it is
 * comes from here, wrapped around at link time (the Makefile). */
#include "services/hub/hub.h"
#include "core/file.h"
#include "services/bus/clock.h"
#include "services/bus/convert.h"
#include "services/bus/process.h"
#include "services/bus/text.h"
#include "services/bus/worker.h"
#include "services/comparison/comparison.h"
#include "services/hub/sql.h"
#include "services/ingestion/read_files.h"
#include "services/scoring/scoring.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/small.h"
#include "tests/fuzz/unheard.h"

#include <unistd.h>

enum { STEPS_MAX = 60, SAID_MAX = 64, PEERS = 5 };

static struct hub hub;
static int64_t time_ms;
static zframe_t *said[SAID_MAX]; /* frames that peers sent */
static size_t n_said;

/* --- what is wrapped -------------------------------------------------------------------------- */

int64_t __wrap_clock_ms(void);
uint64_t __wrap_clock_wall_ms(void);
bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message);
bool __wrap_wire_send_frame(zsock_t *socket, zframe_t *to, zframe_t **frame);
int __wrap_process_lock(const char *path, struct fault *fault);

int64_t __wrap_clock_ms(void) {
    return time_ms;
}

uint64_t __wrap_clock_wall_ms(void) {
    return UINT64_C(1700000000000) + (uint64_t)time_ms;
}

/* What the hub says must be a message that its receiver can read. */
bool __wrap_wire_send_frame(zsock_t *socket, zframe_t *to, zframe_t **frame) {
    (void)socket;
    fuzz_check(to && *frame && zframe_size(*frame) <= WIRE_FRAME_MAX);
    Message *message = wire_read(*frame);
    fuzz_check(message != NULL);
    wire_free(&message);
    zframe_destroy(frame);
    return zframe_data(to)[0] != 'x'; /* a peer that cannot be reached */
}

bool __wrap_wire_send(zsock_t *socket, zframe_t *to, const Message *message) {
    zframe_t *frame = wire_frame(message);
    return __wrap_wire_send_frame(socket, to, &frame);
}

int __wrap_process_lock(const char *path, struct fault *fault) {
    (void)path;
    (void)fault;
    return dup(STDERR_FILENO);
}

/* --- the hub is whole ------------------------------------------------------------------------- */

static uint64_t number(const char *sql) {
    struct fault fault = {0};
    uint64_t out;
    fuzz_check(sql_number(hub.store, &fault, 0, &out, sql, ""));
    return out;
}

static void check_queue(void) {
    uint64_t durable = 0;
    uint32_t leased = 0, leases = 0;
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        uint64_t before = 0;
        for (const struct job *job = hub.queue.first[kind]; job; job = job->next) {
            fuzz_check(job->id > before && (int)job->kind == kind);
            fuzz_check((job->state == JOB_LEASED) == (job->worker != NULL));
            fuzz_check((job->state == JOB_HELD) == (job->result != NULL));
            before = job->id;
            durable += kind != JOB_READ && kind != JOB_STUDY;
            leased += job->worker != NULL;
        }
    }
    for (const struct peer *peer = hub.peers; peer; peer = peer->next) {
        uint32_t held = 0;
        for (int kind = 0; kind < JOB_KINDS; kind++) {
            for (const struct job *job = hub.queue.first[kind]; job; job = job->next)
                held += job->worker == peer && peers_do(peer, (enum job_kind)kind);
        }
        fuzz_check(held == peer->leases && peer->credit <= SCORE_WINDOW);
        leases += held;
    }
    fuzz_check(leases == leased);
    fuzz_check(durable == number("SELECT count(*) FROM task WHERE NOT failed"));
}

/* What the hub has in memory of batch jobs is what the store has; every item is done, or in a task,
 * or to be cut. */
static void check_batches(void) {
    uint64_t open = 0, done = 0, pieces = 0;
    for (const struct batch *batch = hub.batches; batch; batch = batch->following) {
        unsigned tasks = 0, in_hand = 0;
        uint64_t at = 0;
        for (const struct job *job = hub.queue.first[JOB_STUDY]; job; job = job->next) {
            tasks += job->batch == batch;
            in_hand += job->batch == batch && job->worker != NULL;
            fuzz_check(job->first + job->count <= job->batch->row.items);
        }
        for (size_t i = 0; i < batch->n_pieces; i++) {
            fuzz_check(batch->pieces[i].row.first >= at);
            at = batch->pieces[i].row.first + batch->pieces[i].row.count;
        }
        fuzz_check(tasks == batch->n_tasks && in_hand == batch->in_hand);
        fuzz_check(at <= batch->row.items && batch->cut > 0);
        open++;
        done += batch->done;
        pieces += batch->n_pieces;
    }
    fuzz_check(open == number("SELECT count(*) FROM job WHERE state = 'open'"));
    fuzz_check(pieces == number("SELECT count(*) FROM piece"));
    fuzz_check(done == number("SELECT sum(count) FROM piece"));
}

static void check_subscriptions(void) {
    static const char *const never[] = {
        "SELECT count(*) FROM subscription WHERE position NOT BETWEEN"
        " (SELECT coalesce(min(seq) - 1, 0) FROM event) AND"
        " (SELECT coalesce(max(seq), 0) FROM event)",
        "SELECT count(*) FROM subscription WHERE id NOT IN (SELECT subscription FROM secret)",
        ("SELECT count(*) FROM resend WHERE first < 1 OR first > last OR last >"
         " (SELECT coalesce(max(seq), 0) FROM event)"),
        "SELECT count(*) FROM pragma_foreign_key_check",
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        fuzz_check(number(never[i]) == 0);
}

static void check_step(void) {
    fuzz_check(sqlite3_get_autocommit(hub.store->db) != 0);
    uint64_t newest = number("SELECT max(seq) FROM event");
    uint64_t kept = newest + 1 - hub.oldest_event;
    fuzz_check(newest == hub.newest_event && number("SELECT count(*) FROM event") == kept);
    fuzz_check(kept == 0 || number("SELECT min(seq) FROM event") == hub.oldest_event);
    check_queue();
    check_batches();
    check_subscriptions();
}

static void check_event(const Event *event) {
    fuzz_check(event->n_topics > 0 && text_is_plain(event->type, 100));
    for (size_t i = 0; i < event->n_topics; i++)
        fuzz_check(text_is_plain(event->topics[i], 1000));
}

/* Everything that was stored can be used. */
static void check_all(void) {
    struct fault fault = {0};
    fuzz_check(number("SELECT count(*) FROM pragma_foreign_key_check") == 0);
    fuzz_check(number("SELECT count(*) FROM edition") == number("SELECT max(number) FROM edition"));
    if (hub.pack[0])
        fuzz_check(library_pack(hub.library, hub.pack, &fault) != NULL);
    struct arena *arena = arena_new();
    EditionInfo **editions;
    size_t count;
    fuzz_check(store_editions(hub.store, arena, 0, 100, &editions, &count, &fault));
    for (size_t i = 0; i < count; i++)
        fuzz_check(library_edition(hub.library, editions[i]->pack, editions[i]->scores, &fault) !=
                   NULL);
    arena_destroy(&arena);
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    struct packed_events packed = {0};
    fuzz_check(store_events(hub.store, &wanted, 5000, &packed, &fault));
    /* They are fields of an answer that is nothing else, which lacks only its own numbers. */
    static const uint8_t through_and_newest[] = {2 << 3, 0, 3 << 3, 0};
    uint8_t *answer = malloc(packed.length + sizeof through_and_newest);
    if (packed.length)
        memcpy(answer, packed.bytes, packed.length);
    memcpy(answer + packed.length, through_and_newest, sizeof through_and_newest);
    Events *events =
        mindex__v1__events__unpack(NULL, packed.length + sizeof through_and_newest, answer);
    fuzz_check(events && events->n_events == packed.count);
    for (size_t i = 0; i < packed.count; i++)
        check_event(events->events[i]);
    mindex__v1__events__free_unpacked(events, NULL);
    free(answer);
    free(packed.bytes);
}

/* --- the hub's life --------------------------------------------------------------------------- */

static void open_hub(struct store *store) {
    struct fault fault = {0};
    static struct config config;
    config_init(&config);
    hub = (struct hub){.store = store, .config = &config, .database = "fuzz", .started = time_ms};
    hub.library = library_new(store_get_blob, hub.store);
    hub.last_read_task = UINT64_C(1) << 62;
    fuzz_check(hub.library && store_pack(hub.store, hub.pack, &fault) &&
               store_newest_event(hub.store, &hub.newest_event, &fault) &&
               store_oldest_event(hub.store, &hub.oldest_event, &fault) &&
               store_next_due(hub.store, &hub.next_due, &fault) && chain_resume(&hub, &fault) &&
               jobs_resume(&hub, &fault) && subscriptions_open(&hub, &fault));
}

static struct store *close_hub(void) {
    peers_clear(&hub);
    events_clear(&hub);
    repeats_clear(&hub);
    queue_clear(&hub.queue);
    jobs_clear(&hub);
    library_destroy(&hub.library);
    return hub.store;
}

/* What follows a turn's messages in the hub's loop. */
static void turn(void) {
    studies_settle(&hub);
    (void)releases_due(&hub, time_ms);
    (void)peers_sweep(&hub, time_ms);
    peers_dispatch(&hub, time_ms);
    (void)events_serve(&hub, time_ms);
}

static zframe_t *peer_id(uint8_t which) {
    char name[2] = {which % 11 == 10 ? 'x' : (char)('a' + which % PEERS), 0};
    return zframe_new(name, 1);
}

/* A peer says it: now, and again later. */
static void say(uint8_t peer, zframe_t *body) {
    zframe_t *from = peer_id(peer);
    fuzz_check(from && body);
    zframe_destroy(&said[n_said % SAID_MAX]);
    said[n_said++ % SAID_MAX] = body;
    zframe_t *frame = zframe_dup(body);
    hub_take(&hub, from, &frame);
    fuzz_check(!frame);
    zframe_destroy(&from);
}

static void say_message(uint8_t peer, const Message *message) {
    say(peer, wire_frame(message));
}

/* --- what honest peers say -------------------------------------------------------------------- */

static void hello(uint8_t peer, uint8_t kind) {
    Mindex__V1__Hello body = MINDEX__V1__HELLO__INIT;
    body.role = (char *)job_role((enum job_kind)(kind % JOB_KINDS));
    body.name = "w\x1b";
    body.build = "1";
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO;
    message.hello = &body;
    say_message(peer, &message);
}

static void credit(uint8_t peer, uint32_t tasks) {
    Mindex__V1__Credit body = MINDEX__V1__CREDIT__INIT;
    body.tasks = tasks;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_CREDIT;
    message.credit = &body;
    say_message(peer, &message);
}

static void hand_in(uint8_t peer, const char *const *names, const char *const *texts, size_t n,
                    struct fuzz_input *in) {
    File files[8], *list[8];
    for (size_t i = 0; i < n; i++) {
        files[i] = (File)MINDEX__V1__FILE__INIT;
        files[i].name = (char *)names[i];
        files[i].content = (ProtobufCBinaryData){strlen(texts[i]), (uint8_t *)texts[i]};
        list[i] = &files[i];
    }
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    uint8_t how = fuzz_byte(in);
    body.n_files = n;
    body.files = list;
    body.has_pack = body.pack = n > 1;
    body.has_accept_warnings = body.accept_warnings = !(how & 1);
    body.has_dry_run = body.dry_run = (how & 6) == 6;
    body.has_publish_at_ms = (how & 24) == 24;
    body.publish_at_ms = clock_wall_ms() + (uint64_t)fuzz_byte(in) * 1000;
    Message message = wire_message(7);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    say_message(peer, &message);
}

static void hand_in_pack(struct fuzz_input *in) {
    static const char *const names[] = {"index.yaml",         "areas.csv",
                                        "geography.csv",      "codes.csv",
                                        "data/pay/2024.csv",  "data/county-jobs/2024.csv",
                                        "data/soot/2025.csv", "data/money/2022-23.csv"};
    static const char *const texts[] = {SMALL_DEFINITION, SMALL_AREAS, SMALL_GEOGRAPHY,
                                        SMALL_CODES,      SMALL_PAY,   SMALL_JOBS,
                                        SMALL_SOOT,       SMALL_MONEY};
    hand_in(0, names, texts, 8, in);
}

static void hand_in_soot(uint8_t peer, struct fuzz_input *in) {
    char name[40], text[200];
    uint8_t year = fuzz_byte(in) % 8, value = fuzz_byte(in) % 10;
    (void)snprintf(name, sizeof name, "soot-202%u.csv", year);
    (void)snprintf(text, sizeof text,
                   "area_code,period,value\nE01,202%u,%u\nE02,202%u,1\nE03,202%u,3\nE04,202%u,3\n",
                   year, value, year, year, year);
    const char *names[] = {name}, *texts[] = {text};
    hand_in(peer, names, texts, 1, in);
}

/* --- what workers bring ----------------------------------------------------------------------- */

static zframe_t *read_result(const Task *task, struct fault *fault) {
    static struct problems problems;
    memset(&problems, 0, sizeof problems);
    struct arena *arena = arena_new();
    const ReadTask *order = task->read;
    const struct pack *pack = order->pack ? library_pack(hub.library, order->pack, fault) : NULL;
    ReadResult *read = read_files(arena, pack, order->hand_in, &problems);
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case =
        read ? MINDEX__V1__TASK_DONE__RESULT_READ : MINDEX__V1__TASK_DONE__RESULT_REFUSAL;
    if (read)
        done.read = read;
    else
        done.refusal = refusal_message(arena, &problems);
    zframe_t *frame = worker_result(&done);
    arena_destroy(&arena);
    return frame;
}

static zframe_t *publish_result(const Task *task) {
    Mindex__V1__Published body = MINDEX__V1__PUBLISHED__INIT;
    body.folder = "/editions/000001";
    body.files = 9;
    TaskDone done = MINDEX__V1__TASK_DONE__INIT;
    done.task = task->task;
    done.result_case = MINDEX__V1__TASK_DONE__RESULT_PUBLISHED;
    done.published = &body;
    return worker_result(&done);
}

static zframe_t *work_out(enum job_kind kind, const Task *task) {
    struct fault fault = {0};
    library_turn(hub.library);
    if (kind == JOB_READ)
        return read_result(task, &fault);
    if (kind == JOB_PUBLISH)
        return publish_result(task);
    return kind == JOB_SCORE || kind == JOB_STUDY
               ? scoring_perform(hub.library, task, NULL, &fault)
               : comparison_perform(hub.library, task, NULL, &fault);
}

/* The result of an order depends on nothing but the order, and is worked out once. */
static zframe_t *honest_result(const struct job *job) {
    enum { KEPT = 512 };
    static struct {
        char order[HASH_TEXT];
        zframe_t *result;
    } known[KEPT];
    Message *order = wire_read(job->task);
    uint64_t number = order->task->task;
    order->task->task = 0;
    zframe_t *plain = wire_frame(order);
    char hash[HASH_TEXT];
    hash_of(zframe_data(plain), zframe_size(plain), hash);
    zframe_destroy(&plain);
    size_t at = (strtoul(hash + 56, NULL, 16)) % KEPT;
    if (strcmp(known[at].order, hash) != 0) {
        zframe_destroy(&known[at].result);
        known[at].result = work_out(job->kind, order->task);
        memcpy(known[at].order, hash, sizeof hash);
    }
    wire_free(&order);
    Message *result = known[at].result ? wire_read(known[at].result) : NULL;
    if (!result)
        return NULL;
    result->task_done->task = number;
    zframe_t *frame = wire_frame(result);
    wire_free(&result);
    return frame;
}

/* Some job, leased or not. */
static const struct job *some_job(uint8_t which) {
    const struct job *found = NULL;
    size_t n = 0;
    for (int kind = 0; kind < JOB_KINDS; kind++) {
        for (const struct job *job = hub.queue.first[kind]; job; job = job->next, n++) {
            if (n <= which % 5u)
                found = job;
        }
    }
    return found;
}

static void bring(uint8_t peer, struct fuzz_input *in, bool changed) {
    const struct job *job = some_job(fuzz_byte(in));
    zframe_t *frame = job && job->state != JOB_HELD ? honest_result(job) : NULL;
    if (!frame)
        return;
    if (changed) {
        Message *message = wire_read(frame);
        for (int i = fuzz_byte(in) % 3; i >= 0; i--)
            fuzz_message(&message->base, in);
        message->version = WIRE_VERSION;
        zframe_destroy(&frame);
        frame = wire_frame(message);
        wire_free(&message);
    }
    say(peer, frame);
}

static void report_failure(uint8_t peer, struct fuzz_input *in) {
    const struct job *job = some_job(fuzz_byte(in));
    Mindex__V1__TaskFailed body = MINDEX__V1__TASK_FAILED__INIT;
    body.task = job ? job->id : fuzz_whole(in);
    body.reason = "because \x1b\n";
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_FAILED;
    message.task_failed = &body;
    say_message(peer, &message);
}

/* --- what anybody may ask --------------------------------------------------------------------- */

static void ask(uint8_t peer, struct fuzz_input *in) {
    Message message = wire_message(fuzz_whole(in));
    Mindex__V1__Withdraw withdraw = MINDEX__V1__WITHDRAW__INIT;
    Mindex__V1__ReleasesWanted releases = MINDEX__V1__RELEASES_WANTED__INIT;
    Mindex__V1__EditionWanted edition = MINDEX__V1__EDITION_WANTED__INIT;
    Mindex__V1__EditionsWanted editions = MINDEX__V1__EDITIONS_WANTED__INIT;
    Mindex__V1__StatusWanted status = MINDEX__V1__STATUS_WANTED__INIT;
    Mindex__V1__BlobWanted blob = MINDEX__V1__BLOB_WANTED__INIT;
    Mindex__V1__Heartbeat beat = MINDEX__V1__HEARTBEAT__INIT;
    Mindex__V1__Goodbye bye = MINDEX__V1__GOODBYE__INIT;
    EventsWanted events = MINDEX__V1__EVENTS_WANTED__INIT;
    char *text = fuzz_text(in), *topics[] = {text};
    switch (fuzz_byte(in) % 9) {
    case 0:
        message.body_case = MINDEX__V1__MESSAGE__BODY_WITHDRAW;
        message.withdraw = &withdraw;
        withdraw.release = fuzz_whole(in) % 16;
        withdraw.reason = fuzz_byte(in) % 4 ? "wrong" : text;
        break;
    case 1:
        message.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
        message.releases_wanted = &releases;
        releases.dataset = fuzz_byte(in) % 2 ? text : NULL;
        releases.has_release = fuzz_byte(in) % 2;
        releases.release = fuzz_whole(in);
        releases.has_edition = fuzz_byte(in) % 2;
        releases.edition = fuzz_whole(in);
        break;
    case 2:
        message.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
        message.edition_wanted = &edition;
        edition.has_number = fuzz_byte(in) % 2;
        edition.number = fuzz_whole(in);
        break;
    case 3:
        message.body_case = MINDEX__V1__MESSAGE__BODY_EDITIONS_WANTED;
        message.editions_wanted = &editions;
        editions.has_before = editions.has_limit = true;
        editions.before = fuzz_whole(in);
        editions.limit = (uint32_t)fuzz_whole(in);
        break;
    case 4:
        message.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
        message.status_wanted = &status;
        break;
    case 5:
        message.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
        message.blob_wanted = &blob;
        blob.hash = fuzz_byte(in) % 2 ? text : hub.pack;
        break;
    case 6:
        message.body_case = MINDEX__V1__MESSAGE__BODY_HEARTBEAT;
        message.heartbeat = &beat;
        break;
    case 7:
        message.body_case = MINDEX__V1__MESSAGE__BODY_GOODBYE;
        message.goodbye = &bye;
        break;
    default:
        message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
        message.events_wanted = &events;
        events.after = fuzz_whole(in);
        events.has_limit = events.has_wait_ms = true;
        events.limit = (uint32_t)fuzz_whole(in);
        events.wait_ms = (uint32_t)fuzz_whole(in);
        events.n_topics = fuzz_byte(in) % 2;
        events.topics = topics;
    }
    say_message(peer, &message);
    free(text);
}

/* A study of the figures in force, small enough to be done; or what is none. */
static void hand_in_study(uint8_t peer, struct fuzz_input *in) {
    struct fault fault = {0};
    struct inputs inputs;
    struct arena *arena = arena_new();
    fuzz_check(arena && store_inputs(hub.store, arena, &inputs, &fault));
    uint32_t steps = fuzz_byte(in) % 12;
    char *nodes[] = {"all"};
    Mindex__V1__WeightGrid grid = MINDEX__V1__WEIGHT_GRID__INIT;
    grid.level = "metric";
    grid.steps = steps;
    Study study = MINDEX__V1__STUDY__INIT;
    study.kind = "weights";
    study.pack = hub.pack;
    study.inputs = inputs.list;
    study.n_inputs = inputs.n;
    study.nodes = nodes;
    study.n_nodes = 1;
    study.items = (uint64_t)(steps + 2) * (steps + 1) / 2;
    study.grid = &grid;
    if (fuzz_byte(in) % 4 == 0)
        study.items = fuzz_whole(in);
    Mindex__V1__SubmitStudy body = MINDEX__V1__SUBMIT_STUDY__INIT;
    body.study = &study;
    Message message = wire_message(7);
    message.body_case = MINDEX__V1__MESSAGE__BODY_SUBMIT_STUDY;
    message.submit_study = &body;
    say_message(peer, &message);
    arena_destroy(&arena);
}

static void ask_of_jobs(uint8_t peer, struct fuzz_input *in) {
    Mindex__V1__JobsWanted wanted = MINDEX__V1__JOBS_WANTED__INIT;
    Mindex__V1__CancelJob cancel = MINDEX__V1__CANCEL_JOB__INIT;
    Message message = wire_message(fuzz_whole(in));
    if (fuzz_byte(in) % 3) {
        message.body_case = MINDEX__V1__MESSAGE__BODY_JOBS_WANTED;
        message.jobs_wanted = &wanted;
        wanted.has_job = fuzz_byte(in) % 2;
        wanted.job = fuzz_whole(in) % 8;
        wanted.has_limit = fuzz_byte(in) % 2;
        wanted.limit = (uint32_t)fuzz_whole(in);
    } else {
        message.body_case = MINDEX__V1__MESSAGE__BODY_CANCEL_JOB;
        message.cancel_job = &cancel;
        cancel.job = fuzz_whole(in) % 8;
    }
    say_message(peer, &message);
}

/* Under one of three names, so that they meet. */
static void subscribe(uint8_t peer, struct fuzz_input *in) {
    static const char *const names[] = {"desk", "d-2", "-"};
    static const char *const areas[] = {"E01", "E02"};
    Filter filter = MINDEX__V1__FILTER__INIT;
    Subscription of = MINDEX__V1__SUBSCRIPTION__INIT;
    Subscribe body = MINDEX__V1__SUBSCRIBE__INIT;
    of.name = (char *)names[fuzz_byte(in) % 3];
    of.url = "https://example.org/";
    of.filter = fuzz_byte(in) % 2 ? &filter : NULL;
    filter.n_areas = fuzz_byte(in) % 3;
    filter.areas = (char **)areas;
    of.has_after = fuzz_byte(in) % 2;
    of.after = fuzz_whole(in);
    body.subscription = &of;
    Message message = wire_message(7);
    message.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIBE;
    message.subscribe = &body;
    say_message(peer, &message);
}

static void change_subscription(uint8_t peer, struct fuzz_input *in) {
    static const char *const actions[] = {"pause",          "resume", "remove", "rotate",
                                          "forget-secrets", "resend", "test",   "brew"};
    ChangeSubscription body = MINDEX__V1__CHANGE_SUBSCRIPTION__INIT;
    body.name = fuzz_byte(in) % 2 ? "desk" : "d-2";
    body.action = (char *)actions[fuzz_byte(in) % 8];
    body.has_from = body.has_to = fuzz_byte(in) % 4 != 0;
    body.from = fuzz_whole(in);
    body.to = fuzz_whole(in);
    Message message = wire_message(7);
    message.body_case = MINDEX__V1__MESSAGE__BODY_CHANGE_SUBSCRIPTION;
    message.change_subscription = &body;
    say_message(peer, &message);
}

static void report_deliveries(uint8_t peer, struct fuzz_input *in) {
    Delivery delivery = MINDEX__V1__DELIVERY__INIT, *list[] = {&delivery};
    DeliveriesMade body = MINDEX__V1__DELIVERIES_MADE__INIT;
    uint64_t done = fuzz_whole(in) % 4;
    body.subscription = delivery.subscription = fuzz_byte(in) % 2 ? "desk" : "d-2";
    delivery.message_id = "m";
    delivery.first_event = fuzz_whole(in);
    delivery.last_event = delivery.first_event + fuzz_byte(in) % 2;
    delivery.attempt = fuzz_byte(in) % 3;
    delivery.time_ms = fuzz_whole(in);
    delivery.error = fuzz_byte(in) % 2 ? "no answer" : NULL;
    body.deliveries = list;
    body.n_deliveries = fuzz_byte(in) % 2;
    body.resends_done = &done;
    body.n_resends_done = fuzz_byte(in) % 2;
    body.has_after = fuzz_byte(in) % 2;
    body.after = fuzz_whole(in);
    body.has_attempts = fuzz_byte(in) % 2;
    body.attempts = (uint32_t)fuzz_whole(in);
    body.disable = fuzz_byte(in) % 8 == 0 ? "gone" : NULL;
    Message message = wire_message(7);
    message.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_MADE;
    message.deliveries_made = &body;
    say_message(peer, &message);
}

static void ask_of_subscriptions(uint8_t peer, struct fuzz_input *in) {
    SubscriptionsWanted wanted = MINDEX__V1__SUBSCRIPTIONS_WANTED__INIT;
    DeliveriesWanted deliveries = MINDEX__V1__DELIVERIES_WANTED__INIT;
    Message message = wire_message(7);
    if (fuzz_byte(in) % 2) {
        message.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS_WANTED;
        message.subscriptions_wanted = &wanted;
        wanted.name = fuzz_byte(in) % 2 ? "desk" : NULL;
        wanted.has_secrets = wanted.secrets = fuzz_byte(in) % 2;
    } else {
        message.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_WANTED;
        message.deliveries_wanted = &deliveries;
        deliveries.subscription = "desk";
        deliveries.has_limit = fuzz_byte(in) % 2;
        deliveries.limit = (uint32_t)fuzz_whole(in);
    }
    say_message(peer, &message);
}

static void of_subscriptions(uint8_t peer, struct fuzz_input *in) {
    static void (*const acts[])(uint8_t peer, struct fuzz_input * in) = {
        subscribe, change_subscription, report_deliveries, ask_of_subscriptions};
    acts[fuzz_byte(in) % 4](peer, in);
}

/* What somebody said, again, from another or changed. */
static void say_again(uint8_t peer, struct fuzz_input *in) {
    if (n_said == 0)
        return;
    size_t kept = n_said < SAID_MAX ? n_said : SAID_MAX;
    zframe_t *frame = zframe_dup(said[fuzz_byte(in) % kept]);
    uint8_t how = fuzz_byte(in) % 4;
    size_t length = zframe_size(frame);
    if (how == 1 && length) { /* bytes of it */
        zframe_data(frame)[fuzz_byte(in) * length / 256] ^= (uint8_t)(fuzz_byte(in) | 1);
    } else if (how == 2) { /* cut */
        zframe_t *cut = zframe_new(zframe_data(frame), fuzz_byte(in) * length / 256);
        zframe_destroy(&frame);
        frame = cut;
    } else if (how == 3) { /* fields of it */
        Message *message = wire_read(frame);
        for (int i = fuzz_byte(in) % 4; message && i >= 0; i--)
            fuzz_message(&message->base, in);
        if (message) {
            zframe_destroy(&frame);
            frame = wire_frame(message);
        }
        wire_free(&message);
    }
    say(peer, frame);
}

static void say_bytes(uint8_t peer, struct fuzz_input *in) {
    size_t length = fuzz_byte(in) % 64;
    if (length > (size_t)(in->end - in->at))
        length = (size_t)(in->end - in->at);
    zframe_t *frame = zframe_new(in->at, length);
    in->at += length;
    if (length == 5) { /* another number of frames than one */
        zframe_t *from = peer_id(peer);
        hub_take(&hub, from, &(zframe_t *){NULL});
        zframe_destroy(&from);
    }
    say(peer, frame);
}

static void step(struct fuzz_input *in) {
    static const int64_t times[] = {0, 1, 300, 1000, 3000, 61000, 400000, 86400000};
    uint8_t what = fuzz_byte(in), peer = fuzz_byte(in);
    switch (what % 16) {
    case 0:
        hello(peer, fuzz_byte(in));
        credit(peer, (uint32_t)fuzz_whole(in));
        break;
    case 1:
        credit(peer, (uint32_t)fuzz_whole(in));
        break;
    case 2:
        hand_in_pack(in);
        break;
    case 3:
    case 4:
        hand_in_soot(peer, in);
        break;
    case 5:
    case 6:
        bring(peer, in, false);
        break;
    case 7:
        bring(peer, in, true);
        break;
    case 8:
        report_failure(peer, in);
        break;
    case 9:
        ask(peer, in);
        break;
    case 10:
        say_again(peer, in);
        break;
    case 11:
        say_bytes(peer, in);
        break;
    case 13:
        hand_in_study(peer, in);
        break;
    case 14:
        ask_of_jobs(peer, in);
        break;
    case 15:
        of_subscriptions(peer, in);
        break;
    default:
        time_ms += times[fuzz_byte(in) % (sizeof times / sizeof *times)];
        if (peer % 8 == 7)
            open_hub(close_hub());
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct fault fault = {0};
    struct fuzz_input in = {bytes, bytes + length};
    time_ms = 1000000;
    struct store *store = store_open(":memory:", &fault);
    fuzz_check(store != NULL);
    open_hub(store);
    for (int i = 0; i < STEPS_MAX && in.at < in.end; i++) {
        step(&in);
        turn();
        check_step();
    }
    check_all();
    store = close_hub();
    store_close(&store);
    for (size_t i = 0; i < SAID_MAX; i++)
        zframe_destroy(&said[i]);
    n_said = 0;
    return 0;
}
