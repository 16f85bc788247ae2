#include "core/assignment.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct solving {
    const double *cost;
    size_t m;
    double *person, *seat; /* potentials */
    size_t *owner;         /* of a seat; SIZE_MAX: free */
    double *reach;         /* length of the shortest path to a seat */
    size_t *from;          /* the seat before it on that path; SIZE_MAX: the start */
    bool *done;
};

/* The seat that is nearest among those not done, after the paths through `i` were looked at. */
static size_t nearest(struct solving *s, size_t i, size_t through, double length) {
    size_t best = SIZE_MAX;
    for (size_t k = 0; k < s->m; k++) {
        if (s->done[k])
            continue;
        double path = length + s->cost[i * s->m + k] - s->person[i] - s->seat[k];
        if (path < s->reach[k]) {
            s->reach[k] = path;
            s->from[k] = through;
        }
        if (best == SIZE_MAX || s->reach[k] < s->reach[best])
            best = k;
    }
    return best;
}

/* Seats person i, moving others on along the shortest path to a free seat. */
static void seat_one(struct solving *s, size_t i) {
    for (size_t k = 0; k < s->m; k++) {
        s->reach[k] = INFINITY;
        s->done[k] = false;
    }
    size_t at = nearest(s, i, SIZE_MAX, 0);
    /* There are no more people than seats, so that one is always found.
     * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    while (s->owner[at] != SIZE_MAX) {
        s->done[at] = true;
        at = nearest(s, s->owner[at], at, s->reach[at]);
    }
    double length = s->reach[at];
    for (size_t k = 0; k < s->m; k++) {
        if (!s->done[k])
            continue;
        s->seat[k] += s->reach[k] - length;
        s->person[s->owner[k]] += length - s->reach[k];
    }
    s->person[i] += length;
    for (size_t before; at != SIZE_MAX; at = before) {
        before = s->from[at];
        s->owner[at] = before == SIZE_MAX ? i : s->owner[before];
    }
}

bool assignment_solve(const double *cost, size_t n, size_t m, size_t *chosen) {
    struct solving s = {.cost = cost, .m = m};
    s.person = calloc(n, sizeof *s.person);
    s.seat = calloc(m, sizeof *s.seat);
    s.owner = malloc(m * sizeof *s.owner);
    s.reach = calloc(m, sizeof *s.reach);
    s.from = calloc(m, sizeof *s.from);
    s.done = calloc(m, sizeof *s.done);
    bool room = s.person && s.seat && s.owner && s.reach && s.from && s.done;
    for (size_t k = 0; room && k < m; k++)
        s.owner[k] = SIZE_MAX;
    for (size_t i = 0; room && i < n; i++)
        seat_one(&s, i);
    for (size_t k = 0; room && k < m; k++) {
        if (s.owner[k] != SIZE_MAX)
            chosen[s.owner[k]] = k;
    }
    free(s.person);
    free(s.seat);
    free(s.owner);
    free(s.reach);
    free(s.from);
    free(s.done);
    return room;
}
