/* The database: one of schema 1 is brought forward, and what was ordered under it still works. */
#include "services/hub/store.h"
#include "tests/suite.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As the first program wrote it. */
static const char *const schema_1 =
    "CREATE TABLE blob (hash TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;"
    "CREATE TABLE pack (id INTEGER PRIMARY KEY, hash TEXT NOT NULL REFERENCES blob,"
    "  time_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE release (id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, label TEXT NOT NULL,"
    "  file_name TEXT NOT NULL, file_hash TEXT NOT NULL,"
    "  observations_hash TEXT NOT NULL REFERENCES blob, observations INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL, time_ms INTEGER NOT NULL, UNIQUE (dataset, file_hash)) STRICT;"
    "CREATE INDEX release_of_dataset ON release (dataset, id);"
    "CREATE TABLE task (id INTEGER PRIMARY KEY AUTOINCREMENT, release INTEGER REFERENCES release,"
    "  upto INTEGER, attempts INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,"
    "  reason TEXT, work BLOB NOT NULL) STRICT;"
    "CREATE TABLE edition (number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    "  pack TEXT NOT NULL REFERENCES blob, scores TEXT NOT NULL REFERENCES blob,"
    "  cause TEXT NOT NULL, release INTEGER REFERENCES release, ranked INTEGER NOT NULL,"
    "  places_moved INTEGER NOT NULL, changes INTEGER NOT NULL, first_event INTEGER NOT NULL,"
    "  last_event INTEGER NOT NULL, comparison TEXT REFERENCES blob,"
    "  published INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE edition_release (edition INTEGER NOT NULL REFERENCES edition,"
    "  dataset TEXT NOT NULL, release INTEGER NOT NULL REFERENCES release,"
    "  PRIMARY KEY (edition, dataset)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX edition_of_release ON edition_release (release);"
    "CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "PRAGMA application_id=1835623544; PRAGMA user_version=1;";

/* Two releases of soot, one of pay between them, and the scoring of the second in the queue. */
static const char *const content_1 =
    "INSERT INTO blob VALUES ('p', x'00'), ('a', x'01'), ('b', x'02'), ('c', x'03'), ('s', x'04');"
    "INSERT INTO pack VALUES (1, 'p', 1);"
    "INSERT INTO release VALUES (1, 'soot', '2025', 'f', 'h1', 'a', 10, 0, 5),"
    "  (2, 'pay', '2025', 'f', 'h2', 'b', 20, 0, 6), (3, 'soot', '2026', 'f', 'h3', 'c', 30, 0, 7);"
    "INSERT INTO task (release, upto, work) VALUES (2, 2, x'');";

static char folder[64], path[128];
static struct arena *arena;

static int remove_entry(const char *name, const struct stat *info, int type, struct FTW *ftw) {
    (void)info;
    (void)type;
    (void)ftw;
    return remove(name);
}

static void run_sql(const char *sql) {
    sqlite3 *db = NULL;
    char *error = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK, "%s", error);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static int64_t number(const char *sql) {
    sqlite3 *db = NULL;
    sqlite3_stmt *query = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(query), SQLITE_ROW);
    int64_t out = sqlite3_column_int64(query, 0);
    (void)sqlite3_finalize(query);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    return out;
}

static void begin(void) {
    (void)snprintf(folder, sizeof folder, "/tmp/mindex-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/mindex.db", folder);
    arena = arena_new();
    ck_assert_ptr_nonnull(arena);
}

static void end(void) {
    arena_destroy(&arena);
    (void)nftw(folder, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
}

static struct store *open_store(void) {
    struct fault fault = {0};
    struct store *store = store_open(path, &fault);
    ck_assert_msg(store != NULL, "%s", fault.text);
    return store;
}

static void check_inputs(struct store *store, const char *pay, const char *soot) {
    struct fault fault = {0};
    struct inputs inputs;
    ck_assert(store_inputs(store, arena, &inputs, &fault));
    ck_assert_uint_eq(inputs.n, (size_t)(*pay != 0) + (*soot != 0));
    for (size_t i = 0; i < inputs.n; i++) {
        bool is_pay = strcmp(inputs.list[i]->dataset, "pay") == 0;
        ck_assert_str_eq(inputs.list[i]->observations, is_pay ? pay : soot);
    }
}

START_TEST(a_database_of_schema_1_is_brought_forward) {
    run_sql(schema_1);
    run_sql(content_1);
    struct store *store = open_store();
    check_inputs(store, "b", "c");
    store_close(&store);
    ck_assert_int_eq(number("PRAGMA user_version"), 6);
    ck_assert_int_eq(number("SELECT count(*) FROM release WHERE turn = id"), 3);
    ck_assert_int_eq(number("SELECT count(*) FROM task"), 1);
    store = open_store(); /* and stays so */
    check_inputs(store, "b", "c");
    store_close(&store);
}
END_TEST

START_TEST(a_new_database_has_the_tables_of_one_that_was_brought_forward) {
    static const char *const shape =
        "SELECT sum(length(name) * 31 + length(replace(replace(sql, ' ', ''), char(10), '')))"
        " FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'";
    run_sql(schema_1);
    struct store *store = open_store();
    store_close(&store);
    int64_t forward = number(shape);
    (void)remove(path);
    store = open_store();
    store_close(&store);
    ck_assert_int_eq(number(shape), forward);
}
END_TEST

START_TEST(scoring_that_was_ordered_under_schema_1_has_the_inputs_of_then) {
    run_sql(schema_1);
    run_sql(content_1);
    struct store *store = open_store();
    struct fault fault = {0};
    struct task_row *tasks;
    size_t count;
    ck_assert(store_tasks(store, arena, false, &tasks, &count, &fault));
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(tasks[0].upto, 2);
    EditionInfo info = MINDEX__V1__EDITION_INFO__INIT;
    info.number = 1;
    info.pack = "p";
    info.scores = "s";
    info.cause = "release";
    info.release = 2;
    char observations[HASH_TEXT];
    ck_assert(store_begin(store, &fault));
    ck_assert(store_add_edition(store, &info, NULL, 0, tasks[0].upto, &fault));
    ck_assert(store_commit(store, &fault));
    ck_assert(store_edition_input(store, 1, "soot", observations, &fault));
    ck_assert_str_eq(observations, "a"); /* not the one that came later */
    store_close(&store);
}
END_TEST

START_TEST(a_newer_schema_and_a_strange_database_are_refused) {
    struct fault fault = {0};
    struct store *store = open_store();
    store_close(&store);
    run_sql("PRAGMA user_version=7");
    ck_assert_ptr_null(store_open(path, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "schema version 7"));
    run_sql("PRAGMA user_version=6; PRAGMA application_id=7");
    ck_assert_ptr_null(store_open(path, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "not one of mindex"));
}
END_TEST

START_TEST(a_migration_that_fails_leaves_everything_as_it_was) {
    struct fault fault = {0};
    run_sql(schema_1);
    run_sql(content_1);
    run_sql("CREATE TABLE in_force (a INTEGER)"); /* the last step of the migration makes a view */
    ck_assert_ptr_null(store_open(path, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "in_force"));
    ck_assert_int_eq(number("PRAGMA user_version"), 1);
    ck_assert_int_eq(
        number("SELECT count(*) FROM pragma_table_info('release') WHERE name = 'turn'"), 0);
}
END_TEST

/* --- turns ------------------------------------------------------------------------------------ */

static uint64_t add(struct store *store, const char *dataset, const char *hash,
                    uint64_t publish_at_ms) {
    struct fault fault = {0};
    struct new_release release = {.dataset = dataset,
                                  .label = "l",
                                  .file_name = "f",
                                  .file_hash = hash,
                                  .observations_hash = hash,
                                  .time_ms = 1,
                                  .request_id = "00c0ffee00c0ffee",
                                  .publish_at_ms = publish_at_ms};
    uint64_t id = 0;
    ck_assert_msg(store_add_release(store, &release, &id, &fault), "%s", fault.text);
    return id;
}

static void enter(struct store *store, uint64_t id) {
    struct fault fault = {0};
    struct release_difference none = {0};
    ck_assert_msg(store_put_in_force(store, id, &none, &fault), "%s", fault.text);
}

static struct store *with_blobs(void) {
    struct store *store = open_store();
    store_close(&store);
    run_sql("INSERT INTO blob VALUES ('a', x'01'), ('b', x'02'), ('c', x'03')");
    return open_store();
}

START_TEST(the_release_in_force_is_the_last_that_came_into_force_and_is_not_withdrawn) {
    struct fault fault = {0};
    struct store *store = with_blobs();
    uint64_t held = add(store, "soot", "a", 900), other = add(store, "soot", "b", 0);
    check_inputs(store, "", "");
    enter(store, other);
    check_inputs(store, "", "b");
    enter(store, held); /* with a lower number, but later */
    check_inputs(store, "", "a");
    ck_assert(store_withdraw(store, held, "wrong", 5, "cafe", &fault));
    check_inputs(store, "", "b");
    ck_assert(store_withdraw(store, other, "wrong too", 6, NULL, &fault));
    check_inputs(store, "", "");
    ck_assert(store_hold_again(store, held, 0, NULL, "f00d", &fault));
    check_inputs(store, "", "");
    enter(store, held);
    check_inputs(store, "", "a");
    store_close(&store);
}
END_TEST

static void check_requests(struct store *store, uint64_t id, const char *came,
                           const char *withdrawn) {
    struct fault fault = {0};
    struct release_row *row;
    ck_assert(store_release(store, arena, id, &row, &fault));
    ck_assert_pstr_eq(row->request_id, came);
    ck_assert_pstr_eq(row->withdrawn_request_id, withdrawn);
}

START_TEST(a_release_keeps_the_requests_that_brought_it_and_took_it_away) {
    struct fault fault = {0};
    struct store *store = with_blobs();
    uint64_t id = add(store, "soot", "a", 0);
    check_requests(store, id, "00c0ffee00c0ffee", NULL);
    enter(store, id);
    ck_assert(store_withdraw(store, id, "wrong", 5, "cafe", &fault));
    check_requests(store, id, "00c0ffee00c0ffee", "cafe");
    ck_assert(store_hold_again(store, id, 900, NULL, "f00d", &fault));
    check_requests(store, id, "f00d", NULL);
    store_close(&store);
}
END_TEST

/* Everybody may know of the first release that it was there; not that it is to come again. */
START_TEST(a_reader_is_not_told_the_request_that_holds_a_withdrawn_release_again) {
    struct fault fault = {0};
    struct store *store = with_blobs();
    uint64_t id = add(store, "soot", "a", 0);
    enter(store, id);
    run_sql("INSERT INTO edition (number, time_ms, pack, scores, cause, ranked, places_moved,"
            " changes, first_event, last_event) VALUES (1, 1, 'a', 'a', 'release', 0, 0, 0, 0, 0);"
            "INSERT INTO edition_release VALUES (1, 'soot', 1)");
    for (int told_only = 0; told_only < 2; told_only++) {
        Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
        wanted.has_told_only = wanted.told_only = told_only;
        ReleaseInfo **list;
        size_t count;
        ck_assert(store_releases(store, arena, &wanted, &list, &count, &fault));
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(list[0]->request_id, "00c0ffee00c0ffee");
        ck_assert(store_withdraw(store, id, "wrong", 5, "cafe", &fault));
        ck_assert(store_hold_again(store, id, 900, NULL, "f00d", &fault));
        ck_assert(store_releases(store, arena, &wanted, &list, &count, &fault));
        ck_assert_pstr_eq(list[0]->request_id, told_only ? NULL : "f00d");
        run_sql("UPDATE release SET turn = 1, request_id = '00c0ffee00c0ffee'");
    }
    store_close(&store);
}
END_TEST

/* The store remembers what is in force; what is undone is forgotten. */
START_TEST(what_is_in_force_within_a_transaction_is_not_after_it_was_undone) {
    struct fault fault = {0};
    struct store *store = with_blobs();
    uint64_t id;
    enter(store, add(store, "soot", "a", 0));
    check_inputs(store, "", "a");
    ck_assert(store_begin(store, &fault));
    enter(store, add(store, "soot", "b", 0));
    enter(store, add(store, "pay", "c", 0));
    check_inputs(store, "c", "b");
    store_rollback(store);
    check_inputs(store, "", "a");
    ck_assert(store_begin(store, &fault));
    enter(store, add(store, "soot", "b", 0));
    ck_assert(store_in_force(store, "soot", &id, &fault) && id == 2);
    struct new_release lost = {.dataset = "soot",
                               .label = "l",
                               .file_name = "f",
                               .file_hash = "d",
                               .observations_hash = "no such blob",
                               .time_ms = 1};
    ck_assert(!store_add_release(store, &lost, &id, &fault));
    check_inputs(store, "", "b"); /* still open */
    ck_assert(store_commit(store, &fault));
    check_inputs(store, "", "b");
    ck_assert(store_in_force(store, "pay", &id, &fault) && id == 0);
    store_close(&store);
}
END_TEST

/* Who reads beside the hub hears of what it writes. */
START_TEST(a_reader_sees_what_has_come_into_force_since_it_last_looked) {
    struct fault fault = {0};
    struct store *store = with_blobs();
    enter(store, add(store, "soot", "a", 0));
    struct store *reader = store_open_reading(path, &fault);
    ck_assert_msg(reader != NULL, "%s", fault.text);
    check_inputs(reader, "", "a");
    enter(store, add(store, "soot", "b", 0));
    check_inputs(reader, "", "b");
    store_close(&reader);
    store_close(&store);
}
END_TEST

START_TEST(what_is_due_is_what_was_handed_in_together_and_is_due_first) {
    struct fault fault = {0};
    struct store *store = with_blobs();
    uint64_t *ids, time;
    size_t count;
    ck_assert(store_next_due(store, &time, &fault) && time == UINT64_MAX);
    uint64_t late = add(store, "soot", "a", 900), first = add(store, "pay", "b", 500);
    uint64_t second = add(store, "jobs", "c", 500);
    ck_assert(store_next_due(store, &time, &fault) && time == 500);
    ck_assert(store_due(store, arena, 499, &ids, &count, &fault) && count == 0);
    ck_assert(store_due(store, arena, 1000, &ids, &count, &fault));
    ck_assert_uint_eq(count, 2);
    ck_assert(ids[0] == first && ids[1] == second);
    enter(store, first);
    enter(store, second);
    ck_assert(store_due(store, arena, 1000, &ids, &count, &fault));
    ck_assert(count == 1 && ids[0] == late);
    ck_assert(store_withdraw(store, late, "not yet", 5, NULL, &fault));
    ck_assert(store_next_due(store, &time, &fault) && time == UINT64_MAX);
    store_close(&store);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_database_of_schema_1_is_brought_forward);
    tcase_add_test(tests, a_new_database_has_the_tables_of_one_that_was_brought_forward);
    tcase_add_test(tests, scoring_that_was_ordered_under_schema_1_has_the_inputs_of_then);
    tcase_add_test(tests, a_newer_schema_and_a_strange_database_are_refused);
    tcase_add_test(tests, a_migration_that_fails_leaves_everything_as_it_was);
    tcase_add_test(tests,
                   the_release_in_force_is_the_last_that_came_into_force_and_is_not_withdrawn);
    tcase_add_test(tests, a_release_keeps_the_requests_that_brought_it_and_took_it_away);
    tcase_add_test(tests, a_reader_is_not_told_the_request_that_holds_a_withdrawn_release_again);
    tcase_add_test(tests, what_is_in_force_within_a_transaction_is_not_after_it_was_undone);
    tcase_add_test(tests, a_reader_sees_what_has_come_into_force_since_it_last_looked);
    tcase_add_test(tests, what_is_due_is_what_was_handed_in_together_and_is_due_first);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
