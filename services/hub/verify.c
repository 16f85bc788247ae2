/* The verification as a whole, and what does not know what the tables mean: the file, its schema,
 * its references, its blobs. */
#include "services/hub/verify_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- noting ----------------------------------------------------------------------------------- */

void verify_begin(struct verifying *v, const char *name, const char *unit) {
    v->check = &v->out->checks[v->out->n_checks++];
    v->check->name = name;
    v->check->unit = unit;
}

bool verify_problem(struct verifying *v, const char *format, ...) {
    struct verify_check *check = v->check;
    if (check->problems < VERIFY_KEPT) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(check->kept[check->problems], VERIFY_TEXT, format, args);
        va_end(args);
    }
    check->problems++;
    v->out->problems++;
    return false;
}

bool verify_stop(struct verifying *v, const struct fault *fault) {
    return verify_problem(v, "the check cannot go on: %s", fault->text);
}

void verify_count(struct verifying *v, uint64_t total) {
    enum { SAY_EACH = 256 };
    v->check->checked++;
    if (v->how->progress && (v->check->checked % SAY_EACH == 0 || v->check->checked == total))
        v->how->progress(v->how->context, v->check->name, v->check->checked, total);
}

static int by_id(const void *key, const void *entry) {
    uint64_t id = *(const uint64_t *)key, other = ((const struct known_release *)entry)->id;
    return (id > other) - (id < other);
}

struct known_release *verify_release(const struct verifying *v, uint64_t id) {
    return bsearch(&id, v->releases, v->n_releases, sizeof *v->releases, by_id);
}

const EditionInfo *verify_edition(const struct verifying *v, uint64_t number, struct told **told) {
    size_t low = 0, high = v->n_editions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->editions[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == v->n_editions || v->editions[low]->number != number)
        return NULL;
    *told = &v->told[low];
    return v->editions[low];
}

/* --- the file --------------------------------------------------------------------------------- */

static void check_file(struct verifying *v) {
    struct fault fault = {0};
    verify_begin(v, "file", "pages");
    sqlite3_stmt *rows = sql_query(v->store, &fault, "PRAGMA integrity_check(20)", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        const char *text = (const char *)sqlite3_column_text(rows, 0);
        if (text && strcmp(text, "ok") != 0)
            verify_problem(v, "SQLite finds: %s", text);
    }
    if (row < 0 || !sql_number(v->store, &fault, 0, &v->check->checked, "PRAGMA page_count", ""))
        verify_stop(v, &fault);
}

/* --- the schema ------------------------------------------------------------------------------- */

static const char *const shapes = "SELECT type || ' ' || name,"
                                  " replace(replace(sql, ' ', ''), char(10), '')"
                                  " FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1";

static const char *column(sqlite3_stmt *row, int at) {
    const char *text = (const char *)sqlite3_column_text(row, at);
    return text ? text : "";
}

/* Both lists are in order: the table, index or view that only one has, or has another way. */
static bool compare_shapes(struct verifying *v, struct store *model, struct fault *fault) {
    sqlite3_stmt *here = sql_query(v->store, fault, shapes, "");
    sqlite3_stmt *there = here ? sql_query(model, fault, shapes, "") : NULL;
    int has = there ? sql_row(v->store, here, fault) : -1;
    int wants = there ? sql_row(model, there, fault) : -1;
    while (has >= 0 && wants >= 0 && has + wants > 0) {
        int order = !has ? 1 : !wants ? -1 : strcmp(column(here, 0), column(there, 0));
        if (order > 0)
            verify_problem(v, "there is no %s", column(there, 0));
        else if (order < 0)
            verify_problem(v, "%s is not of this program's making", column(here, 0));
        else if (strcmp(column(here, 1), column(there, 1)) != 0)
            verify_problem(v, "%s is not as this program makes it", column(here, 0));
        v->check->checked += order >= 0;
        if (order <= 0)
            has = sql_row(v->store, here, fault);
        if (order >= 0)
            wants = sql_row(model, there, fault);
    }
    return has >= 0 && wants >= 0;
}

static void check_schema(struct verifying *v) {
    struct fault fault = {0};
    verify_begin(v, "schema", "tables, indexes and views");
    struct store *model = store_open_alone(":memory:", &fault);
    if (!model || !compare_shapes(v, model, &fault))
        verify_stop(v, &fault);
    store_close(&model);
}

/* --- references and blobs --------------------------------------------------------------------- */

static void check_references(struct verifying *v) {
    struct fault fault = {0};
    verify_begin(v, "references", "references that lead nowhere");
    sqlite3_stmt *rows = sql_query(v->store, &fault, "PRAGMA foreign_key_check", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        verify_problem(v, "table %s, row %lld: what it names in table %s is not there",
                       column(rows, 0), (long long)sqlite3_column_int64(rows, 1), column(rows, 2));
    }
    v->check->checked = v->check->problems;
    if (row < 0)
        verify_stop(v, &fault);
}

static void check_blobs(struct verifying *v) {
    struct fault fault = {0};
    uint64_t total;
    verify_begin(v, "blobs", "blobs");
    if (!sql_number(v->store, &fault, 0, &total, "SELECT count(*) FROM blob", "")) {
        verify_stop(v, &fault);
        return;
    }
    sqlite3_stmt *rows = sql_query(v->store, &fault, "SELECT hash, content FROM blob", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        char hash[HASH_TEXT];
        hash_of(sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1), hash);
        if (strcmp(hash, column(rows, 0)) != 0)
            verify_problem(v, "blob %.64s: its content has the hash %s", column(rows, 0), hash);
        verify_count(v, total);
    }
    if (row < 0)
        verify_stop(v, &fault);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* What the checks look up: they say themselves what is wrong with it. */
static bool load_editions(struct verifying *v, struct fault *fault) {
    uint64_t count;
    if (!sql_number(v->store, fault, 0, &count, "SELECT count(*) FROM edition", "") ||
        !store_editions(v->store, v->arena, 0, (uint32_t)count, &v->editions, &v->n_editions,
                        fault))
        return false;
    for (size_t i = 0; i < v->n_editions / 2; i++) {
        EditionInfo *newer = v->editions[i];
        v->editions[i] = v->editions[v->n_editions - 1 - i];
        v->editions[v->n_editions - 1 - i] = newer;
    }
    while (v->n_retired < v->n_editions && v->editions[v->n_retired]->has_retired_ms)
        v->n_retired++;
    v->told = arena_alloc(v->arena, v->n_editions, sizeof *v->told);
    return v->told || fault_memory(fault);
}

static void check_all(struct verifying *v) {
    struct fault fault = {0};
    check_file(v);
    check_schema(v);
    check_references(v);
    check_blobs(v);
    verify_releases(v);
    verify_jobs(v);
    verify_pieces(v);
    if (!load_editions(v, &fault)) {
        verify_begin(v, "editions", "editions");
        verify_stop(v, &fault);
        return;
    }
    verify_events(v);
    verify_subscriptions(v);
    verify_tasks(v);
    verify_editions(v);
    verify_retired(v);
    verify_inputs(v);
    if (v->how->depth != VERIFY_STORED)
        verify_again(v);
    v->out->newest_edition = v->n_editions ? v->editions[v->n_editions - 1]->number : 0;
}

/* In one read transaction: a hub that works on meanwhile does not show. */
static bool verify_open(struct verifying *v, struct fault *fault) {
    v->arena = arena_new();
    v->library = library_new(store_get_blob, v->store);
    v->out = calloc(1, sizeof *v->out);
    if (!v->arena || !v->library || !v->out)
        return fault_memory(fault);
    if (!sql_run(v->store, fault, "BEGIN", ""))
        return false;
    check_all(v);
    return true;
}

struct verified *verify_database(const char *path, const struct verify_how *how,
                                 struct fault *fault) {
    struct verifying v = {.how = how, .store = store_open_reading(path, fault)};
    if (v.store && !verify_open(&v, fault))
        verified_destroy(&v.out);
    library_destroy(&v.library);
    arena_destroy(&v.arena);
    store_close(&v.store);
    return v.out;
}

void verified_destroy(struct verified **verified) {
    free(*verified);
    *verified = NULL;
}
