#include "core/cartogram.h"

#include "core/assignment.h"
#include "core/holes.h"

#include <math.h>
#include <stdlib.h>

enum { SPREAD_STEPS = 400, MARGIN = 3 };

static const double KM_A_DEGREE = 111.32; /* of latitude */
static const double PI = 3.14159265358979323846;

struct cell cell_across(struct cell cell, int edge) {
    int odd = cell.row & 1;
    switch (edge) {
    case 0: /* north-east */
        return (struct cell){cell.column + odd, cell.row - 1};
    case 1: /* east */
        return (struct cell){cell.column + 1, cell.row};
    case 2: /* south-east */
        return (struct cell){cell.column + odd, cell.row + 1};
    case 3: /* south-west */
        return (struct cell){cell.column + odd - 1, cell.row + 1};
    case 4: /* west */
        return (struct cell){cell.column - 1, cell.row};
    default: /* north-west */
        return (struct cell){cell.column + odd - 1, cell.row - 1};
    }
}

struct place {
    double x, y; /* km east and north */
};

struct layout {
    size_t n;
    struct place *home, *now;
    double size; /* km from the middle of a hexagon to the next one's */
    double left, top;
    int columns, rows;
};

static void project(struct layout *l, const struct geography *geography) {
    double south = 90, north = -90;
    for (size_t i = 0; i < l->n; i++) {
        double latitude = geography->areas[i].latitude;
        if (latitude < south)
            south = latitude;
        if (latitude > north)
            north = latitude;
    }
    double shrink = cos((south + north) / 2 * PI / 180);
    for (size_t i = 0; i < l->n; i++) {
        l->home[i].x = geography->areas[i].longitude * KM_A_DEGREE * shrink;
        l->home[i].y = geography->areas[i].latitude * KM_A_DEGREE;
        l->now[i] = l->home[i];
    }
}

struct box {
    double left, right, bottom, top;
};

static struct box bounds(const struct place *at, size_t n) {
    struct box box = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t i = 0; i < n; i++) {
        box.left = fmin(box.left, at[i].x);
        box.right = fmax(box.right, at[i].x);
        box.bottom = fmin(box.bottom, at[i].y);
        box.top = fmax(box.top, at[i].y);
    }
    return box;
}

/* A country fills a good half of the box around it: hexagons of that size make its outline. */
static void choose_size(struct layout *l) {
    struct box box = bounds(l->home, l->n);
    double area = (box.right - box.left) * (box.top - box.bottom);
    l->size = sqrt(0.45 * area / (double)l->n * 2 / sqrt(3));
    if (!(l->size > 0))
        l->size = 1; /* one area, or all in one spot */
}

/* Two places that are closer than a hexagon push each other apart. */
static void push(struct layout *l, size_t a, size_t b) {
    double dx = l->now[b].x - l->now[a].x, dy = l->now[b].y - l->now[a].y;
    double distance = hypot(dx, dy);
    if (distance >= l->size)
        return;
    if (distance < 1e-9) { /* the same spot: part them by their order */
        dx = 1e-3 * (double)(b - a);
        dy = 1e-3;
        distance = hypot(dx, dy);
    }
    double move = 0.25 * (l->size - distance) / distance;
    l->now[a].x -= move * dx;
    l->now[a].y -= move * dy;
    l->now[b].x += move * dx;
    l->now[b].y += move * dy;
}

/* Crowded places (London) spread over their surroundings, and these make room in their turn. */
static void spread(struct layout *l) {
    for (int step = 0; step < SPREAD_STEPS; step++) {
        for (size_t a = 0; a < l->n; a++) {
            for (size_t b = a + 1; b < l->n; b++) {
                if (fabs(l->now[a].y - l->now[b].y) < l->size)
                    push(l, a, b);
            }
        }
        double pull = 0.01 * (1 - (double)step / SPREAD_STEPS);
        for (size_t i = 0; i < l->n; i++) {
            l->now[i].x += pull * (l->home[i].x - l->now[i].x);
            l->now[i].y += pull * (l->home[i].y - l->now[i].y);
        }
    }
}

static double row_height(const struct layout *l) {
    return l->size * sqrt(3) / 2;
}

static void lay_grid(struct layout *l) {
    struct box box = bounds(l->now, l->n);
    l->left = box.left - MARGIN * l->size;
    l->top = box.top + MARGIN * row_height(l);
    l->columns = (int)((box.right - l->left) / l->size) + MARGIN + 1;
    l->rows = (int)((l->top - box.bottom) / row_height(l)) + MARGIN + 1;
}

static void fill_costs(const struct layout *l, double *cost) {
    for (size_t i = 0; i < l->n; i++) {
        for (int row = 0; row < l->rows; row++) {
            for (int column = 0; column < l->columns; column++) {
                double dx = l->left + (column + 0.5 * (row & 1)) * l->size - l->now[i].x;
                double dy = l->top - row * row_height(l) - l->now[i].y;
                *cost++ = dx * dx + dy * dy;
            }
        }
    }
}

/* Moves the picture to the corner. An even number of rows, so that odd rows stay the shifted ones.
 */
static void to_corner(struct cell *cells, size_t n) {
    int column = cells[0].column, row = cells[0].row;
    for (size_t i = 1; i < n; i++) {
        if (cells[i].column < column)
            column = cells[i].column;
        if (cells[i].row < row)
            row = cells[i].row;
    }
    row -= row & 1;
    for (size_t i = 0; i < n; i++) {
        cells[i].column -= column;
        cells[i].row -= row;
    }
}

static bool assign(const struct layout *l, struct cell *cells, struct fault *fault) {
    size_t spots = (size_t)l->columns * (size_t)l->rows;
    double *cost = calloc(l->n * spots, sizeof *cost);
    size_t *chosen = calloc(l->n, sizeof *chosen);
    bool fine = cost && chosen;
    if (fine) {
        fill_costs(l, cost);
        fine = assignment_solve(cost, l->n, spots, chosen) &&
               holes_close(chosen, l->n, l->columns, l->rows);
    }
    for (size_t i = 0; fine && i < l->n; i++) {
        cells[i].row = (int)(chosen[i] / (size_t)l->columns);
        cells[i].column = (int)(chosen[i] % (size_t)l->columns);
    }
    if (fine)
        to_corner(cells, l->n);
    free(chosen);
    free(cost);
    return fine || fault_memory(fault);
}

bool cartogram_layout(const struct geography *geography, struct cell *cells, struct fault *fault) {
    struct layout layout = {.n = geography->n_areas};
    if (layout.n == 0 || layout.n > CARTOGRAM_AREAS_MAX) {
        return fault_set(fault, FAULT_INPUT, "a cartogram of %zu areas, expected 1 to %d", layout.n,
                         CARTOGRAM_AREAS_MAX);
    }
    layout.home = calloc(layout.n, sizeof *layout.home);
    layout.now = calloc(layout.n, sizeof *layout.now);
    bool fine = layout.home && layout.now;
    if (fine) {
        project(&layout, geography);
        choose_size(&layout);
        spread(&layout);
        lay_grid(&layout);
        fine = assign(&layout, cells, fault);
    } else {
        fault_memory(fault);
    }
    free(layout.now);
    free(layout.home);
    return fine;
}
