/* Pieces of a study: checked, and put together. */
#include "services/bus/study_parts.h"

#include <stdlib.h>
#include <string.h>

/* --- checking --------------------------------------------------------------------------------- */

static bool torn(const StudyPiece *piece, const char *what, struct fault *fault) {
    return fault_set(fault, FAULT_INPUT, "the piece from item %llu on: %s",
                     (unsigned long long)piece->first, what);
}

/* Their bytes are checked when they are put together or read. */
static bool check_tallies(const struct study *study, const StudyPiece *piece, struct fault *fault) {
    if (piece->n_tallies != (study_has_tallies(study) ? study->n_nodes : 0))
        return torn(piece, "it has counts of other nodes", fault);
    for (size_t i = 0; i < piece->n_tallies; i++) {
        const struct tally_span span = {piece->tallies[i].data, piece->tallies[i].len};
        struct tally_shape shape;
        if (!tally_shape(&span, &shape, fault))
            return false;
        if (shape.n_areas != study->n_areas || shape.bands != study->pack->definition->bands ||
            shape.bin_width != study->bin_width || shape.items != piece->count - piece->failed)
            return torn(piece, "its counts are of another study", fault);
    }
    return true;
}

static bool check_items(const struct study *study, const StudyPiece *piece, struct fault *fault) {
    bool outcomes = study_has_outcomes(study), ranks = study_has_ranks(study);
    uint64_t failed = 0;
    if (piece->n_outcomes != (outcomes ? piece->count : 0) ||
        piece->scored.len != (outcomes || ranks ? piece->count : 0))
        return torn(piece, "it has outcomes of other items", fault);
    for (size_t k = 0; k < piece->scored.len; k++)
        failed += piece->scored.data[k] != 1;
    return (!outcomes && !ranks) || failed == piece->failed ||
           torn(piece, "another number of its items failed", fault);
}

static bool check_ranks(const struct study *study, const StudyPiece *piece, struct fault *fault) {
    bool ranks = study_has_ranks(study);
    if (piece->n_failures != (ranks ? piece->count : 0) ||
        piece->n_ranks != (ranks ? piece->count * study->n_nodes : 0))
        return torn(piece, "it has ranks of other items", fault);
    for (size_t i = 0; i < piece->n_ranks; i++) {
        if (piece->ranks[i]->n_rank != study->n_areas)
            return torn(piece, "it has ranks of other places", fault);
    }
    return true;
}

static bool check_piece(const struct study *study, const StudyPiece *piece, struct fault *fault) {
    uint64_t items = study->message->items;
    if (strcmp(piece->study, study->hash) != 0)
        return torn(piece, "it is of another study", fault);
    if (piece->count == 0 || piece->count > items || piece->first > items - piece->count ||
        piece->failed > piece->count || piece->has_failed_item != (piece->failed > 0) ||
        (piece->failed > 0) != (piece->failure != NULL) ||
        (piece->failed &&
         (piece->failed_item < piece->first || piece->failed_item - piece->first >= piece->count)))
        return torn(piece, "it cannot have these items", fault);
    return check_tallies(study, piece, fault) && check_items(study, piece, fault) &&
           check_ranks(study, piece, fault);
}

static int by_first(const void *left, const void *right) {
    const StudyPiece *a = *(StudyPiece *const *)left, *b = *(StudyPiece *const *)right;
    return (a->first > b->first) - (a->first < b->first);
}

static bool check_order(StudyPiece *const *pieces, size_t n, struct fault *fault) {
    for (size_t i = 1; i < n; i++) {
        uint64_t next = pieces[i - 1]->first + pieces[i - 1]->count;
        if (pieces[i]->first != next)
            return torn(pieces[i],
                        pieces[i]->first < next ? "some of its items are in another piece, too"
                                                : "there is a gap before it",
                        fault);
    }
    return true;
}

/* --- putting together ------------------------------------------------------------------------- */

struct merging {
    const struct study *study;
    struct arena *arena;
    StudyPiece **pieces; /* in order */
    size_t n;
    StudyPiece *out;
};

static bool merge_tallies(struct merging *m, struct fault *fault) {
    size_t nodes = m->pieces[0]->n_tallies;
    m->out->tallies = arena_alloc(m->arena, nodes, sizeof *m->out->tallies);
    struct tally_span *spans = arena_alloc(m->arena, m->n, sizeof *spans);
    if (!m->out->tallies || !spans)
        return fault_memory(fault);
    for (size_t i = 0; i < nodes; i++) {
        for (size_t p = 0; p < m->n; p++)
            spans[p] =
                (struct tally_span){m->pieces[p]->tallies[i].data, m->pieces[p]->tallies[i].len};
        size_t length;
        uint8_t *bytes = tally_merge(spans, m->n, &length, fault);
        if (!bytes)
            return false;
        m->out->tallies[i].data = (uint8_t *)arena_copy(m->arena, (const char *)bytes, length);
        m->out->tallies[i].len = length;
        free(bytes);
        if (!m->out->tallies[i].data)
            return fault_memory(fault);
        m->out->n_tallies++;
    }
    return true;
}

static bool merge_items(struct merging *m, struct fault *fault) {
    StudyPiece *out = m->out;
    size_t outcomes = 0, scored = 0, ranks = 0, failures = 0;
    for (size_t p = 0; p < m->n; p++) {
        outcomes += m->pieces[p]->n_outcomes;
        scored += m->pieces[p]->scored.len;
        ranks += m->pieces[p]->n_ranks;
        failures += m->pieces[p]->n_failures;
    }
    out->outcomes = arena_alloc(m->arena, outcomes, sizeof *out->outcomes);
    out->scored.data = arena_alloc(m->arena, scored, 1);
    out->ranks = arena_alloc(m->arena, ranks, sizeof *out->ranks);
    out->failures = arena_alloc(m->arena, failures, sizeof *out->failures);
    if (!out->outcomes || !out->scored.data || !out->ranks || !out->failures)
        return fault_memory(fault);
    out->has_scored = scored > 0;
    for (size_t p = 0; p < m->n; p++) {
        const StudyPiece *one = m->pieces[p];
        for (size_t k = 0; k < one->n_outcomes; k++)
            out->outcomes[out->n_outcomes++] = one->outcomes[k];
        for (size_t k = 0; k < one->scored.len; k++)
            out->scored.data[out->scored.len++] = one->scored.data[k];
        for (size_t k = 0; k < one->n_ranks; k++)
            out->ranks[out->n_ranks++] = one->ranks[k];
        for (size_t k = 0; k < one->n_failures; k++)
            out->failures[out->n_failures++] = one->failures[k];
    }
    return true;
}

static void merge_counts(struct merging *m) {
    for (size_t p = 0; p < m->n; p++) {
        StudyPiece *one = m->pieces[p];
        m->out->count += one->count;
        m->out->failed += one->failed;
        if (one->failed && !m->out->has_failed_item) { /* the least: they are in order */
            m->out->has_failed_item = true;
            m->out->failed_item = one->failed_item;
            m->out->failure = one->failure;
        }
    }
}

static bool sort_pieces(struct merging *m, StudyPiece *const *pieces, struct fault *fault) {
    if (m->n == 0)
        return fault_set(fault, FAULT_INPUT, "no piece of a study");
    m->out = arena_alloc(m->arena, 1, sizeof *m->out);
    m->pieces = arena_alloc(m->arena, m->n, sizeof(StudyPiece *));
    if (!m->out || !m->pieces)
        return fault_memory(fault);
    memcpy(m->pieces, pieces, m->n * sizeof(StudyPiece *));
    for (size_t i = 0; i < m->n; i++) {
        if (!check_piece(m->study, m->pieces[i], fault))
            return false;
    }
    qsort(m->pieces, m->n, sizeof(StudyPiece *), by_first);
    return check_order(m->pieces, m->n, fault);
}

StudyPiece *study_merge(const struct study *study, struct arena *arena, StudyPiece *const *pieces,
                        size_t n, struct fault *fault) {
    struct merging m = {.study = study, .arena = arena, .n = n};
    if (!sort_pieces(&m, pieces, fault))
        return NULL;
    mindex__v1__study_piece__init(m.out);
    m.out->study = (char *)study->hash;
    m.out->first = m.pieces[0]->first;
    merge_counts(&m);
    return merge_tallies(&m, fault) && merge_items(&m, fault) ? m.out : NULL;
}
