#include "core/holes.h"

#include "core/cartogram.h"

#include <stdlib.h>

#define NOBODY SIZE_MAX

struct grid {
    int columns, rows;
    size_t spots;
    size_t *area; /* of each seat, or NOBODY */
    bool *outside;
    size_t *from;  /* the seat before on the way from a hole; NOBODY: not reached */
    size_t *queue; /* of a search; each seat enters it once */
};

/* The seat across an edge, or NOBODY beyond the grid. */
static size_t across(const struct grid *grid, size_t seat, int edge) {
    struct cell cell = {(int)(seat % (size_t)grid->columns), (int)(seat / (size_t)grid->columns)};
    cell = cell_across(cell, edge);
    if (cell.column < 0 || cell.column >= grid->columns || cell.row < 0 || cell.row >= grid->rows)
        return NOBODY;
    return (size_t)cell.row * (size_t)grid->columns + (size_t)cell.column;
}

/* Beyond the grid is outside too. */
static bool borders_outside(const struct grid *grid, size_t seat) {
    for (int edge = 0; edge < CELL_EDGES; edge++) {
        size_t next = across(grid, seat, edge);
        if (next == NOBODY || grid->outside[next])
            return true;
    }
    return false;
}

/* Marks what is open to the outside from `seat`, an empty one that is. */
static void open_up(struct grid *grid, size_t seat) {
    size_t count = 0;
    grid->outside[seat] = true;
    grid->queue[count++] = seat;
    while (count > 0) {
        seat = grid->queue[--count];
        for (int edge = 0; edge < CELL_EDGES; edge++) {
            size_t next = across(grid, seat, edge);
            if (next == NOBODY || grid->outside[next] || grid->area[next] != NOBODY)
                continue;
            grid->outside[next] = true;
            grid->queue[count++] = next;
        }
    }
}

/* The nearest seat with an area that lies at the outside; `from` leads back from it to the hole. */
static size_t nearest_edge(struct grid *grid, size_t hole) {
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < grid->spots; i++)
        grid->from[i] = NOBODY;
    grid->from[hole] = hole;
    grid->queue[tail++] = hole;
    while (head < tail) {
        size_t seat = grid->queue[head++];
        if (grid->area[seat] != NOBODY && borders_outside(grid, seat))
            return seat;
        for (int edge = 0; edge < CELL_EDGES; edge++) {
            size_t next = across(grid, seat, edge);
            if (next == NOBODY || grid->from[next] != NOBODY || grid->area[next] == NOBODY)
                continue;
            grid->from[next] = seat;
            grid->queue[tail++] = next;
        }
    }
    return hole; /* never: a hole has areas around it, and theirs end somewhere */
}

/* Everybody on the way moves up by one towards the hole; the last one's seat becomes empty. */
static void fill(struct grid *grid, size_t hole) {
    size_t edge = nearest_edge(grid, hole);
    size_t moving = NOBODY;
    for (size_t seat = edge;; seat = grid->from[seat]) {
        size_t here = grid->area[seat];
        grid->area[seat] = moving;
        moving = here;
        if (seat == hole)
            break;
    }
    if (edge != hole)
        open_up(grid, edge);
}

static void close_all(struct grid *grid) {
    for (size_t seat = 0; seat < grid->spots; seat++) {
        if (grid->area[seat] == NOBODY && !grid->outside[seat] && borders_outside(grid, seat))
            open_up(grid, seat);
    }
    for (size_t seat = 0; seat < grid->spots; seat++) {
        if (grid->area[seat] == NOBODY && !grid->outside[seat])
            fill(grid, seat);
    }
}

bool holes_close(size_t *chosen, size_t n, int columns, int rows) {
    struct grid grid = {.columns = columns, .rows = rows};
    grid.spots = (size_t)columns * (size_t)rows;
    grid.area = malloc(grid.spots * sizeof *grid.area);
    grid.outside = calloc(grid.spots, sizeof *grid.outside);
    grid.from = malloc(grid.spots * sizeof *grid.from);
    grid.queue = malloc(grid.spots * sizeof *grid.queue);
    bool room = grid.area && grid.outside && grid.from && grid.queue;
    if (room) {
        for (size_t i = 0; i < grid.spots; i++)
            grid.area[i] = NOBODY;
        for (size_t i = 0; i < n; i++)
            grid.area[chosen[i]] = i;
        close_all(&grid);
        for (size_t i = 0; i < grid.spots; i++) {
            if (grid.area[i] != NOBODY)
                chosen[grid.area[i]] = i;
        }
    }
    free(grid.queue);
    free(grid.from);
    free(grid.outside);
    free(grid.area);
    return room;
}
