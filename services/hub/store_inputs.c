/* What is in force. Each release asks for it several times, and as a rule changes one data set of
 * many, so that the hub, which alone writes, keeps it in memory. What is kept is what the database
 * says within the open transaction: whatever goes wrong with that has it read anew. */
#include "services/hub/sql.h"

#include <stdlib.h>
#include <string.h>

struct kept_input {
    uint64_t release;
    char observations[HASH_TEXT];
    char *dataset;
};

void inputs_forget(struct store *store) {
    for (size_t i = 0; i < store->n_inputs; i++)
        free(store->inputs[i].dataset);
    free(store->inputs);
    store->inputs = NULL;
    store->n_inputs = 0;
    store->inputs_known = false;
}

/* The columns dataset, observations_hash and id of the row. */
static bool keep(sqlite3_stmt *row, struct kept_input *out) {
    const char *dataset = (const char *)sqlite3_column_text(row, 0);
    const char *observations = (const char *)sqlite3_column_text(row, 1);
    if (!dataset || !observations)
        return false;
    (void)sqlite3_snprintf(HASH_TEXT, out->observations, "%s", observations);
    out->release = (uint64_t)sqlite3_column_int64(row, 2);
    if (!out->dataset)
        out->dataset = strdup(dataset);
    return out->dataset != NULL;
}

static bool read_inputs(struct store *store, struct fault *fault) {
    uint64_t most;
    inputs_forget(store);
    if (!sql_number(store, fault, 0, &most, "SELECT count(*) FROM in_force", ""))
        return false;
    store->inputs = calloc(most + 1, sizeof *store->inputs);
    if (!store->inputs)
        return fault_memory(fault);
    sqlite3_stmt *rows = sql_query(
        store, fault, "SELECT dataset, observations_hash, id FROM in_force ORDER BY dataset", "");
    int row = rows ? 1 : -1;
    while (store->n_inputs < most && (row = sql_row(store, rows, fault)) == 1) {
        if (keep(rows, &store->inputs[store->n_inputs++]))
            continue;
        (void)sqlite3_reset(rows);
        inputs_forget(store);
        return fault_memory(fault);
    }
    if (rows)
        (void)sqlite3_reset(rows);
    if (row < 0)
        inputs_forget(store);
    else
        store->inputs_known = store->lock >= 0; /* else others may write */
    return row >= 0;
}

static bool know_inputs(struct store *store, struct fault *fault) {
    return store->inputs_known || read_inputs(store, fault);
}

static struct kept_input *find(const struct store *store, const char *dataset) {
    for (size_t i = 0; i < store->n_inputs; i++) {
        if (strcmp(store->inputs[i].dataset, dataset) == 0)
            return &store->inputs[i];
    }
    return NULL;
}

bool inputs_enter(struct store *store, uint64_t release, struct fault *fault) {
    if (!store->inputs_known)
        return true;
    sqlite3_stmt *found = sql_query(store, fault,
                                    "SELECT dataset, observations_hash, id FROM release"
                                    " WHERE id = ? AND withdrawn_ms IS NULL",
                                    "i", (int64_t)release);
    int row = found ? sql_row(store, found, fault) : -1;
    const char *dataset = row == 1 ? (const char *)sqlite3_column_text(found, 0) : NULL;
    struct kept_input *input = dataset ? find(store, dataset) : NULL;
    if (!input || !keep(found, input))
        inputs_forget(store); /* the first of a data set, and what is not worth a case of its own */
    if (row == 1)
        (void)sqlite3_reset(found);
    return row >= 0;
}

bool store_in_force(struct store *store, const char *dataset, uint64_t *id, struct fault *fault) {
    if (!know_inputs(store, fault))
        return false;
    const struct kept_input *input = find(store, dataset);
    *id = input ? input->release : 0;
    return true;
}

bool store_inputs(struct store *store, struct arena *arena, struct inputs *inputs,
                  struct fault *fault) {
    *inputs = (struct inputs){0};
    if (!know_inputs(store, fault))
        return false;
    Input *list = arena_alloc(arena, store->n_inputs, sizeof *list);
    inputs->list = arena_alloc(arena, store->n_inputs, sizeof *inputs->list);
    inputs->releases = arena_alloc(arena, store->n_inputs, sizeof *inputs->releases);
    if (!list || !inputs->list || !inputs->releases)
        return fault_memory(fault);
    for (size_t i = 0; i < store->n_inputs; i++) {
        const struct kept_input *kept = &store->inputs[i];
        mindex__v1__input__init(&list[i]);
        list[i].dataset = arena_copy(arena, kept->dataset, strlen(kept->dataset));
        list[i].observations = arena_copy(arena, kept->observations, HASH_TEXT - 1);
        if (!list[i].dataset || !list[i].observations)
            return fault_memory(fault);
        inputs->list[i] = &list[i];
        inputs->releases[i] = kept->release;
    }
    inputs->n = store->n_inputs;
    return true;
}

bool store_edition_input(struct store *store, uint64_t edition, const char *dataset,
                         char observations[HASH_TEXT], struct fault *fault) {
    observations[0] = '\0';
    sqlite3_stmt *found = sql_query(
        store, fault,
        "SELECT observations_hash FROM edition_release JOIN release ON release.id = release"
        " WHERE edition = ? AND edition_release.dataset = ?",
        "it", (int64_t)edition, dataset);
    int row = found ? sql_row(store, found, fault) : -1;
    if (row == 1) {
        (void)sqlite3_snprintf(HASH_TEXT, observations, "%s", sqlite3_column_text(found, 0));
        (void)sqlite3_reset(found);
    }
    return row >= 0;
}
