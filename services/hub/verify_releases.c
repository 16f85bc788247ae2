/* Releases: figures, differences, and which are in force. */
#include "services/bus/convert.h"
#include "services/hub/verify_parts.h"

#include <stdlib.h>
#include <string.h>

static bool read_release(struct verifying *v, sqlite3_stmt *row, struct known_release *out) {
    bool fine = true;
    out->id = (uint64_t)sqlite3_column_int64(row, 0);
    out->dataset = sql_text(row, 1, v->arena, &fine);
    out->file_hash = sql_text(row, 2, v->arena, &fine);
    out->observations = sql_text(row, 3, v->arena, &fine);
    out->difference = sql_text(row, 4, v->arena, &fine);
    out->figures = (uint64_t)sqlite3_column_int64(row, 5);
    out->turn = (uint64_t)sqlite3_column_int64(row, 6);
    out->withdrawn_ms = (uint64_t)sqlite3_column_int64(row, 7);
    return fine;
}

static bool load(struct verifying *v, struct fault *fault) {
    uint64_t count;
    if (!sql_number(v->store, fault, 0, &count, "SELECT count(*) FROM release", ""))
        return false;
    v->releases = arena_alloc(v->arena, count, sizeof *v->releases);
    if (!v->releases)
        return fault_memory(fault);
    sqlite3_stmt *rows = sql_query(v->store, fault,
                                   "SELECT id, dataset, file_hash, observations_hash, difference,"
                                   " observations, turn, withdrawn_ms FROM release ORDER BY id",
                                   "");
    int row = rows ? 1 : -1;
    while (row == 1 && v->n_releases < count && (row = sql_row(v->store, rows, fault)) == 1) {
        if (!read_release(v, rows, &v->releases[v->n_releases++])) {
            (void)sqlite3_reset(rows);
            return fault_memory(fault);
        }
    }
    if (rows)
        (void)sqlite3_reset(rows);
    return row >= 0;
}

static void check_figures(struct verifying *v, const struct known_release *of) {
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!store_get_blob(v->store, of->observations, &bytes, &length, &fault)) {
        verify_problem(v, "release %llu: %s", (unsigned long long)of->id, fault.text);
        return;
    }
    Observations *figures = mindex__v1__observations__unpack(NULL, length, bytes);
    free(bytes);
    struct release *release = NULL;
    if (!figures) {
        verify_problem(v, "release %llu: its figures cannot be read", (unsigned long long)of->id);
    } else if (figures->n_code != of->figures || strcmp(figures->dataset, of->dataset) != 0) {
        verify_problem(v, "release %llu: %zu figures of %s, recorded are %llu of %s",
                       (unsigned long long)of->id, figures->n_code, figures->dataset,
                       (unsigned long long)of->figures, of->dataset);
    } else if (!(release = release_of_message(figures, &fault))) {
        verify_problem(v, "release %llu: %s", (unsigned long long)of->id, fault.text);
    }
    if (release)
        release_destroy(&release);
    if (figures)
        mindex__v1__observations__free_unpacked(figures, NULL);
}

static void check_difference(struct verifying *v, const struct known_release *of) {
    struct fault fault = {0};
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (!of->difference)
        return;
    if (!store_get_blob(v->store, of->difference, &bytes, &length, &fault)) {
        verify_problem(v, "release %llu: %s", (unsigned long long)of->id, fault.text);
        return;
    }
    Difference *difference = mindex__v1__difference__unpack(NULL, length, bytes);
    free(bytes);
    if (!difference || !difference_fits(difference))
        verify_problem(v, "release %llu: what it changed cannot be read",
                       (unsigned long long)of->id);
    if (difference)
        mindex__v1__difference__free_unpacked(difference, NULL);
}

/* In force is the last of a dataset that came into force and is not withdrawn: found here without
 * the view that the hub asks. */
static bool is_in_force(const struct verifying *v, const struct known_release *of) {
    if (!of->turn || of->withdrawn_ms)
        return false;
    for (size_t i = 0; i < v->n_releases; i++) {
        const struct known_release *other = &v->releases[i];
        if (other->turn > of->turn && !other->withdrawn_ms &&
            strcmp(other->dataset, of->dataset) == 0)
            return false;
    }
    return true;
}

/* Which the hub takes to be in force. */
static bool look_at_view(struct verifying *v, struct fault *fault) {
    sqlite3_stmt *rows = sql_query(v->store, fault, "SELECT id FROM in_force", "");
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, fault)) == 1) {
        uint64_t id = (uint64_t)sqlite3_column_int64(rows, 0);
        struct known_release *release = verify_release(v, id);
        if (release)
            release->in_view = true;
    }
    return row == 0;
}

void verify_releases(struct verifying *v) {
    struct fault fault = {0};
    verify_begin(v, "releases", "releases");
    if (!load(v, &fault)) {
        v->n_releases = 0;
        verify_stop(v, &fault);
        return;
    }
    if (!look_at_view(v, &fault))
        verify_stop(v, &fault);
    for (size_t i = 0; i < v->n_releases; i++) {
        check_figures(v, &v->releases[i]);
        check_difference(v, &v->releases[i]);
        if (v->releases[i].in_view != is_in_force(v, &v->releases[i]))
            verify_problem(v, "release %llu of %s: the view of what is in force %s it",
                           (unsigned long long)v->releases[i].id, v->releases[i].dataset,
                           v->releases[i].in_view ? "has" : "lacks");
        verify_count(v, v->n_releases);
    }
}
