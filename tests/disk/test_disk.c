/* Every operation on the disk fails in turn, in every way: the hub says so, loses nothing that it
 * acknowledged, and goes on when the disk is well. */
#include "tests/disk/life.h"

static const char header[] = "area_code,period,value,status\n";

enum { STEPS = 8, WITHDRAWN = 2, STUDY = 4, SUBSCRIBED = 5, DELIVERED = 6, RETIRED = 7 };

struct run {
    struct life life;
    bool crash;        /* after a failure the hub is ended, and started again */
    bool acked[STEPS]; /* what the driver holds a receipt for */
    uint64_t soot;     /* the release to be withdrawn */
    unsigned said;     /* how often the hub said that the disk fails */
};

static Message *take_step(struct run *run, int step) {
    static const char *const soot[] = {"soot-2026.csv"}, *const pay[] = {"pay-2025.csv"};
    char text[400];
    const char *const texts[] = {text};
    if (step == 0)
        return life_hand_in_pack(&run->life);
    if (step == WITHDRAWN)
        return life_withdraw(&run->life, run->soot);
    if (step == STUDY)
        return life_hand_in_study(&run->life, 5);
    if (step == RETIRED)
        return life_retire(&run->life, 1);
    if (step >= SUBSCRIBED)
        return life_subscribe(&run->life, step == DELIVERED ? run->life.hub.newest_event : 0);
    (void)snprintf(text, sizeof text, "%s%s", header,
                   step == 1 ? "E01,2026,5,\nE02,2026,1,\nE03,2026,3,\nE04,2026,2,\nE05,2026,9,\n"
                               "E06,2026,0,\n"
                             : "E01,2025,120,\nE02,2025,180,\nE03,2025,300,\nE04,2025,410,\n"
                               "E05,2025,450,\nE06,2025,500,\n");
    return life_hand_in(&run->life, false, 1, step == 1 ? soot : pay, texts);
}

/* What the driver was told is there, in a copy as a crash would leave it, which is whole. */
static void check_copy(struct run *run) {
    static const char *const queries[STEPS] = {
        "SELECT count(*) FROM pack",
        "SELECT count(*) FROM release WHERE dataset = 'soot' AND label = '2026'",
        "SELECT count(*) FROM release WHERE dataset = 'soot' AND withdrawn_ms IS NOT NULL",
        "SELECT count(*) FROM release WHERE dataset = 'pay' AND label = '2025'",
        "SELECT count(*) FROM job",
        "SELECT count(*) FROM subscription",
        "SELECT count(*) FROM subscription WHERE position > 0",
        "SELECT count(*) FROM retired",
    };
    char copy[128], count[32];
    (void)snprintf(copy, sizeof copy, "%s/copy.db", run->life.folder);
    life_copy(&run->life, copy, -1);
    (void)life_verify(copy);
    for (int i = 0; i < STEPS; i++) {
        if (!run->acked[i])
            continue;
        life_text(copy, queries[i], count, sizeof count);
        ck_assert_msg(strcmp(count, "1") == 0, "step %d was acknowledged: %s", i, count);
    }
}

static void get_well(struct run *run) {
    const char *trouble = store_trouble(run->life.hub.store);
    ck_assert_msg(trouble && *trouble, "a failure that nobody is told of");
    run->said++;
    faulty_mend();
    check_copy(run);
    if (run->crash)
        life_crash(&run->life);
    else
        life_recover(&run->life);
}

static void ask(struct run *run, int step) {
    Message *answer = take_step(run, step);
    if (answer->body_case == MINDEX__V1__MESSAGE__BODY_ERROR) {
        get_well(run);
        wire_free(&answer);
        answer = take_step(run, step);
    }
    /* A commit that failed may be on the disk all the same, after a crash. */
    bool there = step == SUBSCRIBED && run->crash &&
                 answer->body_case == MINDEX__V1__MESSAGE__BODY_ERROR &&
                 strstr(answer->error->reason, "already");
    ck_assert_msg(there || answer->body_case != MINDEX__V1__MESSAGE__BODY_ERROR, "step %d: %s",
                  step, answer->error->reason);
    if (step == RETIRED)
        ck_assert_ptr_null(answer->edition_retired->needed);
    run->acked[step] = true;
    if (step == 1)
        run->soot = answer->receipt->releases[0]->release;
    wire_free(&answer);
}

/* The whole life, with the failures that were set. */
static void go(struct run *run) {
    struct fault fault = {0};
    life_begin(&run->life);
    if (!life_open(&run->life, &fault)) {
        ck_assert(*fault.text);
        run->said++;
        life_close(&run->life);
        faulty_mend();
        fault = (struct fault){0};
        ck_assert_msg(life_open(&run->life, &fault), "%s", fault.text);
    }
    for (int step = 0; step < STEPS; step++) {
        ask(run, step);
        if (!life_work(&run->life)) {
            get_well(run);
            ck_assert(life_work(&run->life));
        }
        for (int kind = 0; kind < JOB_KINDS; kind++)
            ck_assert_ptr_null(run->life.hub.queue.first[kind]);
    }
    if (store_trouble(run->life.hub.store))
        get_well(run);
}

static void result(const struct run *run, char out[800]) {
    (void)life_verify(run->life.path);
    life_text(
        run->life.path,
        "SELECT (SELECT count(*) FROM event) || ' events, ' ||"
        " (SELECT count(*) FROM release) || ' releases, ' ||"
        " (SELECT count(*) FROM task) || ' tasks, ' ||"
        " (SELECT sum(published) || ' editions ' || group_concat(scores) FROM edition) || ' ' ||"
        " (SELECT group_concat(state || ' ' || coalesce(result, 'nothing')) FROM job) ||"
        " (SELECT ', ' || count(*) || ' pieces' FROM piece) ||"
        " (SELECT ', ' || group_concat(name || ' at ' || position) FROM subscription)",
        out, 800);
}

/* As many operations as the whole life has. */
static uint64_t undisturbed(char out[800]) {
    struct run run = {0};
    faulty_set(FAULTY_FULL, FAULTY_ANYWHERE, 0, 0);
    go(&run);
    uint64_t operations = faulty->seen;
    result(&run, out);
    ck_assert_uint_eq(run.said, 0);
    life_end(&run.life);
    return operations;
}

/* `make test-disk` visits every operation in every way; a common test run each in one way, and
 * every 24th in the others. */
static uint64_t stride(int way) {
    return way == 0 || getenv("MINDEX_DISK_ALL") ? 1 : 24;
}

/* Each operation once, or from each on until the hub has said so. */
static void fail_each(int way, bool crash) {
    enum faulty_kind kind = (enum faulty_kind)(way % FAULTY_KINDS);
    bool lasting = way >= FAULTY_KINDS;
    char expected[800], found[800];
    uint64_t operations = undisturbed(expected), said = 0, visited = 0;
    uint64_t step = stride(way + crash), n = 1 + (uint64_t)way % step;
    ck_assert_uint_gt(operations, 100);
    for (;; n += step, visited++) {
        struct run run = {.crash = crash};
        faulty_set(kind, FAULTY_ANYWHERE, n, lasting ? UINT64_MAX : n);
        go(&run);
        bool met = faulty->met > 0;
        faulty_mend();
        result(&run, found);
        ck_assert_msg(strcmp(found, expected) == 0, "operation %llu: %s, expected %s",
                      (unsigned long long)n, found, expected);
        said += run.said;
        life_end(&run.life);
        if (!met)
            break;
    }
    ck_assert_uint_ge(n, operations); /* the last one had no failure: the end was reached */
    ck_assert_uint_gt(said, visited / 2);
}

START_TEST(each_operation_that_fails_is_said_and_nothing_is_lost) {
    fail_each(_i, false);
}
END_TEST

START_TEST(a_hub_that_is_killed_after_each_failure_goes_on_where_it_was) {
    fail_each(_i, true);
}
END_TEST

START_TEST(what_a_worker_did_is_kept_until_it_can_be_stored) {
    struct run run = {0};
    struct fault fault = {0};
    life_begin(&run.life);
    ck_assert(life_open(&run.life, &fault));
    ask(&run, 0);
    const struct queue *queue = &run.life.hub.queue;
    faulty_set((enum faulty_kind)_i, FAULTY_ANYWHERE, 1, UINT64_MAX);
    ck_assert(!life_work(&run.life));
    ck_assert_ptr_nonnull(queue->first[JOB_SCORE]);
    ck_assert_int_eq(queue->first[JOB_SCORE]->state, JOB_HELD);
    ck_assert_uint_eq(queue->first[JOB_SCORE]->attempts, 0);
    life_recover(&run.life); /* nobody has scored again, and it is there */
    ck_assert_ptr_null(queue->first[JOB_SCORE]);
    ck_assert_ptr_nonnull(queue->first[JOB_COMPARE]);
    ck_assert(life_work(&run.life));
    (void)life_verify(run.life.path);
    life_end(&run.life);
}
END_TEST

/* --- the log ---------------------------------------------------------------------------------- */

/* A commit of more than the log holds before it is copied into the database. */
static bool put_large(struct store *store, char fill, struct fault *fault) {
    enum { LARGE = 5 << 20 };
    char hash[HASH_TEXT], *bytes = malloc(LARGE);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, fill, LARGE);
    bool put = store_begin(store, fault) && store_put_blob(store, bytes, LARGE, hash, fault) &&
               store_commit(store, fault);
    free(bytes);
    if (!put)
        store_rollback(store);
    return put;
}

START_TEST(a_checkpoint_that_fails_is_said_and_what_was_committed_stays) {
    struct run run = {0};
    struct fault fault = {0};
    char count[32];
    go(&run);
    struct store *store = run.life.hub.store;
    faulty_set((enum faulty_kind)_i, FAULTY_DATABASE, 1, UINT64_MAX);
    ck_assert_msg(put_large(store, 'a', &fault), "%s", fault.text); /* in the log, synced */
    ck_assert_ptr_null(store_trouble(store));
    store_tidy(store);
    ck_assert_ptr_nonnull(store_trouble(store));
    Message *answer = take_step(&run, 3);
    ck_assert_int_eq(answer->body_case, MINDEX__V1__MESSAGE__BODY_ERROR);
    ck_assert_ptr_nonnull(strstr(answer->error->reason, "takes nothing in until it can"));
    wire_free(&answer);
    int64_t now = clock_ms();
    (void)disk_watch(&run.life.hub, now);
    (void)disk_watch(&run.life.hub, run.life.hub.disk.probe_at);
    ck_assert(run.life.hub.disk.failing); /* the probe found it, too */
    faulty_mend();
    check_copy(&run); /* the log has what the database has not */
    life_recover(&run.life);
    life_text(run.life.path, "SELECT count(*) FROM blob WHERE length(content) = 5 << 20", count,
              sizeof count);
    ck_assert_str_eq(count, "1");
    life_end(&run.life);
}
END_TEST

START_TEST(a_log_that_cannot_grow_refuses_the_commit_and_keeps_those_before) {
    struct run run = {0};
    struct fault fault = {0};
    go(&run);
    struct store *store = run.life.hub.store;
    for (uint64_t n = 1; n < 1400; n += 97) { /* a commit of some 650 pages, each a write of two */
        fault = (struct fault){0};
        faulty_set((enum faulty_kind)_i, FAULTY_LOG, n, UINT64_MAX);
        bool put = put_large(store, (char)(n % 100), &fault);
        bool met = faulty->met > 0;
        faulty_mend();
        ck_assert_msg(put != met, "failure %llu", (unsigned long long)n);
        if (!put)
            ck_assert_msg(strstr(fault.text, "the database says"), "%s", fault.text);
        life_recover(&run.life);
        check_copy(&run);
    }
    life_end(&run.life);
}
END_TEST

/* Frames of 24 bytes and a page follow a header of 32. */
enum { LOG_HEADER = 32, LOG_FRAME = 24 + 8192 };

/* What a crashed machine may leave of the log: cut at each frame, and within each. */
START_TEST(a_log_that_was_cut_holds_a_prefix_of_the_commits) {
    struct run run = {0};
    struct fault fault = {0};
    char copy[128], page[32], log[160];
    life_begin(&run.life);
    ck_assert(life_open(&run.life, &fault));
    life_close(&run.life); /* the tables are in the database, not in the log */
    ck_assert(life_open(&run.life, &fault));
    for (int step = 0; step < STEPS; step++) {
        ask(&run, step);
        ck_assert(life_work(&run.life));
    }
    life_text(run.life.path, "PRAGMA page_size", page, sizeof page);
    ck_assert_str_eq(page, "8192");
    (void)snprintf(copy, sizeof copy, "%s/cut.db", run.life.folder);
    (void)snprintf(log, sizeof log, "%s-wal", run.life.path);
    struct stat info;
    ck_assert_int_eq(stat(log, &info), 0);
    long frames = (info.st_size - LOG_HEADER) / LOG_FRAME;
    ck_assert_int_gt(frames, 50);
    static const long within[] = {0, 1, 20, 24, 2000, LOG_FRAME - 1};
    uint64_t before = 0;
    unsigned commits = 0;
    for (long frame = 0; frame <= frames; frame++) {
        uint64_t here = 0;
        for (size_t i = 0; i < sizeof within / sizeof *within; i++) {
            life_copy(&run.life, copy, LOG_HEADER + frame * LOG_FRAME + within[i]);
            uint64_t newest = life_verify(copy);
            ck_assert(i == 0 || newest == here); /* half a frame is no frame */
            here = newest;
            if (frame == frames)
                break;
        }
        ck_assert_uint_ge(here, before);
        commits += here > before;
        before = here;
    }
    ck_assert_uint_eq(before, run.life.hub.newest_event);
    ck_assert_uint_ge(commits, 10);
    life_end(&run.life);
}
END_TEST

/* --- bringing forward ------------------------------------------------------------------------- */

static void make_schema_1(const char *path) {
    FILE *in = fopen("tests/disk/schema-1.sql", "rb");
    ck_assert_msg(in != NULL, "run from the top folder");
    char *sql = calloc(1, 1 << 20);
    ck_assert_uint_gt(fread(sql, 1, (1 << 20) - 1, in), 0);
    (void)fclose(in);
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    free(sql);
}

START_TEST(a_database_that_cannot_be_brought_forward_stays_as_it_was) {
    char version[32], newest[32];
    unsigned refused = 0;
    struct life life;
    struct fault fault = {0};
    life_begin(&life);
    ck_assert_msg(life_open(&life, &fault), "%s", fault.text);
    life_text(life.path, "PRAGMA user_version", newest, sizeof newest);
    life_end(&life);
    for (uint64_t n = 1;; n++) {
        life_begin(&life);
        make_schema_1(life.path);
        faulty_set((enum faulty_kind)_i, FAULTY_ANYWHERE, n, UINT64_MAX);
        bool open = life_open(&life, &fault);
        bool met = faulty->met > 0;
        life_close(&life);
        faulty_mend();
        life_text(life.path, "PRAGMA user_version", version, sizeof version);
        ck_assert_msg(open || *fault.text, "no reason");
        ck_assert_msg(strcmp(version, "1") == 0 || strcmp(version, newest) == 0, "%s", version);
        ck_assert(!open || strcmp(version, newest) == 0);
        refused += strcmp(version, "1") == 0;
        ck_assert_msg(life_open(&life, &fault), "%s", fault.text);
        life_text(life.path, "PRAGMA user_version", version, sizeof version);
        ck_assert_str_eq(version, newest);
        (void)life_verify(life.path);
        life_end(&life);
        if (!met)
            break;
    }
    ck_assert_uint_gt(refused, 5);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("disk");
    TCase *tests = tcase_create("disk");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, each_operation_that_fails_is_said_and_nothing_is_lost, 0,
                        2 * FAULTY_KINDS);
    tcase_add_loop_test(tests, a_hub_that_is_killed_after_each_failure_goes_on_where_it_was, 0,
                        2 * FAULTY_KINDS);
    tcase_add_loop_test(tests, what_a_worker_did_is_kept_until_it_can_be_stored, 0, FAULTY_KINDS);
    tcase_add_loop_test(tests, a_checkpoint_that_fails_is_said_and_what_was_committed_stays, 0,
                        FAULTY_KINDS);
    tcase_add_loop_test(tests, a_log_that_cannot_grow_refuses_the_commit_and_keeps_those_before, 0,
                        FAULTY_KINDS);
    tcase_add_test(tests, a_log_that_was_cut_holds_a_prefix_of_the_commits);
    tcase_add_loop_test(tests, a_database_that_cannot_be_brought_forward_stays_as_it_was, 0,
                        FAULTY_KINDS);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
