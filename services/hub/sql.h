/* SQLite with faults and without repetition; for the store's files only. */
#ifndef HUB_SQL_H
#define HUB_SQL_H

#include "services/hub/store.h"

#include <sqlite3.h>

enum { SQL_CACHED = 128 };

struct store {
    sqlite3 *db;
    int lock, file_lock; /* descriptors */
    int log_pages;       /* at the last commit, since store_tidy */
    char trouble[160];   /* store_trouble */
    bool relaxed;        /* commits are not synced one by one: store_begin_relaxed */
    /* Prepared statements by the address of their text, which is a constant. */
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } cached[SQL_CACHED];
    size_t n_cached;
    /* What is in force, by dataset (store_inputs.c). */
    struct kept_input *inputs;
    size_t n_inputs;
    bool inputs_known;
};

/* A statement with its parameters bound. `types` has a letter a parameter:
 *   i int64_t (0 too), o int64_t or NULL when 0, t text or NULL, b const void * and size_t
 * NULL: the fault says why. Text and bytes must live until the statement is stepped through. */
sqlite3_stmt *sql_query(struct store *store, struct fault *fault, const char *sql,
                        const char *types, ...);

/* The next row. 1: there is one; 0: no more; -1: fault. */
int sql_row(struct store *store, sqlite3_stmt *statement, struct fault *fault);

/* Runs a statement that gives no rows. */
bool sql_run(struct store *store, struct fault *fault, const char *sql, const char *types, ...);

/* A query's single number; `none` when it has no row or the row is NULL. */
bool sql_number(struct store *store, struct fault *fault, uint64_t none, uint64_t *out,
                const char *sql, const char *types, ...);

/* A column as text in the arena; NULL for NULL. *fine becomes false when memory ran out: a text
 * that could not be read is not one that is not there. */
char *sql_text(sqlite3_stmt *statement, int column, struct arena *arena, bool *fine);

/* A fault with what SQLite says. Returns false. */
bool sql_fault(struct store *store, struct fault *fault);

/* --- store_inputs.c --------------------------------------------------------------------------- */

/* What is in force may be something else now. */
void inputs_forget(struct store *store);
/* The release has got the last turn. */
bool inputs_enter(struct store *store, uint64_t release, struct fault *fault);

/* --- store_disk.c ----------------------------------------------------------------------------- */

/* Remembers what SQLite's last result means for store_trouble: nothing, unless the disk is to
 * blame. */
void disk_note(struct store *store, int result);
/* Has each commit say how much lies in the log, for store_tidy. */
void disk_count_pages(struct store *store);

/* Of a row of `release`: it is in force, or was. One that was withdrawn and is held to come again
 * has no turn any more, but the editions that it made. */
#define WAS_IN_FORCE                                                                               \
    "(turn IS NOT NULL OR EXISTS"                                                                  \
    " (SELECT 1 FROM edition_release used WHERE used.release = release.id))"

#endif
