#include "services/hub/sql.h"

#include <stdarg.h>
#include <string.h>

bool sql_fault(struct store *store, struct fault *fault) {
    inputs_forget(store); /* SQLite may have undone the transaction by itself */
    disk_note(store, sqlite3_extended_errcode(store->db));
    return fault_set(fault, FAULT_SYSTEM, "the database says: %s", sqlite3_errmsg(store->db));
}

static sqlite3_stmt *prepared(struct store *store, const char *sql, struct fault *fault) {
    for (size_t i = 0; i < store->n_cached; i++) {
        if (store->cached[i].sql == sql)
            return store->cached[i].statement;
    }
    if (store->n_cached == SQL_CACHED) {
        fault_set(fault, FAULT_SYSTEM, "more than %d statements", SQL_CACHED);
        return NULL;
    }
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        sql_fault(store, fault);
        return NULL;
    }
    store->cached[store->n_cached].sql = sql;
    store->cached[store->n_cached++].statement = statement;
    return statement;
}

static int bind_one(sqlite3_stmt *statement, int at, char type, va_list *args) {
    if (type == 't') {
        const char *text = va_arg(*args, const char *);
        return text ? sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC)
                    : sqlite3_bind_null(statement, at);
    }
    if (type == 'b') {
        const void *bytes = va_arg(*args, const void *);
        size_t length = va_arg(*args, size_t);
        return sqlite3_bind_blob64(statement, at, bytes ? bytes : "", length, SQLITE_STATIC);
    }
    int64_t number = va_arg(*args, int64_t);
    return type == 'o' && number == 0 ? sqlite3_bind_null(statement, at)
                                      : sqlite3_bind_int64(statement, at, number);
}

static sqlite3_stmt *query(struct store *store, struct fault *fault, const char *sql,
                           const char *types, va_list *args) {
    sqlite3_stmt *statement = prepared(store, sql, fault);
    if (!statement)
        return NULL;
    (void)sqlite3_reset(statement);
    for (int i = 0; types[i]; i++) {
        if (bind_one(statement, i + 1, types[i], args) == SQLITE_OK)
            continue;
        sql_fault(store, fault);
        return NULL;
    }
    return statement;
}

sqlite3_stmt *sql_query(struct store *store, struct fault *fault, const char *sql,
                        const char *types, ...) {
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = query(store, fault, sql, types, &args);
    va_end(args);
    return statement;
}

int sql_row(struct store *store, sqlite3_stmt *statement, struct fault *fault) {
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return 1;
    if (result != SQLITE_DONE)
        sql_fault(store, fault);
    /* Done with: nothing bound stays behind, and no read transaction stays open. */
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE ? 0 : -1;
}

bool sql_run(struct store *store, struct fault *fault, const char *sql, const char *types, ...) {
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = query(store, fault, sql, types, &args);
    va_end(args);
    return statement && sql_row(store, statement, fault) == 0;
}

bool sql_number(struct store *store, struct fault *fault, uint64_t none, uint64_t *out,
                const char *sql, const char *types, ...) {
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = query(store, fault, sql, types, &args);
    va_end(args);
    if (!statement)
        return false;
    int found = sql_row(store, statement, fault);
    *out = none;
    if (found == 1) {
        if (sqlite3_column_type(statement, 0) != SQLITE_NULL) {
            *out = (uint64_t)sqlite3_column_int64(statement, 0);
        }
        (void)sqlite3_reset(statement);
    }
    return found >= 0;
}

char *sql_text(sqlite3_stmt *statement, int column, struct arena *arena, bool *fine) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(statement, column);
    char *copy = text ? arena_copy(arena, text, strlen(text)) : NULL;
    *fine = *fine && copy;
    return copy;
}
