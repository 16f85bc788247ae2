/* Editions: their numbers, their events, their inputs, their scores computed again. */
#include "services/bus/recompute.h"
#include "services/hub/verify_parts.h"

#include <stdlib.h>
#include <string.h>

/* --- numbers and events ----------------------------------------------------------------------- */

static void check_edition(struct verifying *v, const EditionInfo *edition,
                          const struct told *told) {
    unsigned long long number = edition->number;
    uint64_t published;
    struct fault fault = {0};
    if (told->scored != 1)
        verify_problem(v, "edition %llu: %llu events say that it was scored", number,
                       (unsigned long long)told->scored);
    if (told->changes != edition->changes ||
        edition->last_event != edition->first_event + edition->changes)
        verify_problem(v,
                       "edition %llu: %u rank changes are recorded, events %llu to %llu, and the "
                       "log has %llu",
                       number, edition->changes, (unsigned long long)edition->first_event,
                       (unsigned long long)edition->last_event, (unsigned long long)told->changes);
    if (told->compared != (edition->comparison != NULL))
        verify_problem(v,
                       "edition %llu: it has %s comparison with spend, and %llu events tell of "
                       "one",
                       number, edition->comparison ? "a" : "no",
                       (unsigned long long)told->compared);
    if (!sql_number(v->store, &fault, 0, &published,
                    "SELECT published FROM edition WHERE number = ?", "i",
                    (int64_t)edition->number)) {
        verify_stop(v, &fault);
        return;
    }
    if ((published != 0) != (told->published != 0))
        verify_problem(v, "edition %llu is marked as %s, and %llu events say that it is published",
                       number, published ? "published" : "not published",
                       (unsigned long long)told->published);
    if (!published && !told->waits)
        verify_problem(v, "edition %llu is not published, and no task will do it", number);
}

void verify_editions(struct verifying *v) {
    verify_begin(v, "editions", "editions");
    for (size_t i = 0; i < v->n_editions; i++) {
        uint64_t before = i ? v->editions[i - 1]->number : 0;
        if (v->editions[i]->number != before + 1)
            verify_problem(v, "after edition %llu comes edition %llu", (unsigned long long)before,
                           (unsigned long long)v->editions[i]->number);
        if (i >= v->n_retired)
            check_edition(v, v->editions[i], &v->told[i]);
        verify_count(v, v->n_editions);
    }
}

/* --- inputs ----------------------------------------------------------------------------------- */

static const char *observations_of(const EditionScores *scores, const char *dataset) {
    for (size_t i = 0; i < scores->n_inputs; i++) {
        if (strcmp(scores->inputs[i]->dataset, dataset) == 0)
            return scores->inputs[i]->observations;
    }
    return "";
}

/* The scores name their inputs, and so does the table, by the releases. */
static void compare_inputs(struct verifying *v, uint64_t number, const EditionScores *scores) {
    struct fault fault = {0};
    size_t count = 0;
    sqlite3_stmt *rows =
        sql_query(v->store, &fault,
                  "SELECT edition_release.dataset, observations_hash, release.dataset, release"
                  " FROM edition_release LEFT JOIN release ON release.id = release"
                  " WHERE edition = ?",
                  "i", (int64_t)number);
    int row = rows ? 1 : -1;
    while (row == 1 && (row = sql_row(v->store, rows, &fault)) == 1) {
        const char *dataset = (const char *)sqlite3_column_text(rows, 0);
        const char *observations = (const char *)sqlite3_column_text(rows, 1);
        const char *of = (const char *)sqlite3_column_text(rows, 2);
        count++;
        if (!observations || !of || strcmp(of, dataset) != 0 ||
            strcmp(observations_of(scores, dataset), observations) != 0)
            verify_problem(v, "edition %llu: its scores are not of release %lld of %s",
                           (unsigned long long)number, (long long)sqlite3_column_int64(rows, 3),
                           dataset ? dataset : "nothing");
    }
    if (row < 0)
        verify_stop(v, &fault);
    else if (count != scores->n_inputs)
        verify_problem(v, "edition %llu: %zu inputs are recorded, and its scores are of %zu",
                       (unsigned long long)number, count, scores->n_inputs);
}

static void check_inputs(struct verifying *v, const EditionInfo *edition) {
    struct fault fault = {0};
    unsigned long long number = edition->number;
    uint8_t *bytes = NULL;
    size_t length = 0;
    library_turn(v->library);
    if (!store_get_blob(v->store, edition->scores, &bytes, &length, &fault)) {
        verify_problem(v, "edition %llu: its scores: %s", number, fault.text);
        return;
    }
    EditionScores *scores = mindex__v1__edition_scores__unpack(NULL, length, bytes);
    free(bytes);
    if (!scores) {
        verify_problem(v, "edition %llu: its scores cannot be read", number);
        return;
    }
    if (strcmp(scores->pack, edition->pack) != 0)
        verify_problem(v, "edition %llu: its scores are of another pack", number);
    compare_inputs(v, edition->number, scores);
    mindex__v1__edition_scores__free_unpacked(scores, NULL);
    if (!library_edition(v->library, edition->pack, edition->scores, &fault) ||
        (edition->comparison &&
         !library_comparison(v->library, edition->pack, edition->comparison, &fault)))
        verify_problem(v, "edition %llu: %s", number, fault.text);
}

void verify_inputs(struct verifying *v) {
    verify_begin(v, "inputs", "editions' inputs");
    for (size_t i = v->n_retired; i < v->n_editions; i++) {
        check_inputs(v, v->editions[i]);
        verify_count(v, v->n_editions - v->n_retired);
    }
}

/* --- computed again --------------------------------------------------------------------------- */

static void check_again(struct verifying *v, const EditionInfo *edition) {
    struct fault fault = {0};
    struct recomputed now;
    const char *differs;
    if (!recompute_edition(v->library, edition, &now, &fault))
        verify_problem(v, "edition %llu cannot be computed again: %s",
                       (unsigned long long)edition->number, fault.text);
    else if ((differs = recompute_differs(edition, &now)))
        verify_problem(v, "edition %llu computed again: %s", (unsigned long long)edition->number,
                       differs);
}

void verify_again(struct verifying *v) {
    enum { SAMPLE = 8 };
    size_t kept = v->n_editions - v->n_retired;
    size_t count = v->how->depth == VERIFY_ALL || kept < SAMPLE ? kept : SAMPLE;
    verify_begin(v, "recomputed", "editions computed again");
    for (size_t i = 0; i < count; i++) {
        size_t at = count > 1 ? i * (kept - 1) / (count - 1) : 0;
        check_again(v, v->editions[v->n_retired + at]);
        verify_count(v, count);
        if (v->how->progress)
            v->how->progress(v->how->context, v->check->name, i + 1, count);
    }
}
