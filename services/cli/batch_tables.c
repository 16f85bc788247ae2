#include "services/cli/batch_tables.h"

#include "services/bus/instant.h"
#include "services/bus/study.h"

#include <stdlib.h>
#include <string.h>

/* --- places in the order of a rank ------------------------------------------------------------ */

struct order {
    uint32_t rank;
    size_t area;
};

static int by_rank(const void *left, const void *right) {
    const struct order *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->area < b->area ? -1 : a->area > b->area;
}

/* NULL: memory ran out. Places without a rank come last; `rank` NULL: none has one. */
static struct order *order_places(const uint32_t *rank, size_t n) {
    struct order *order = calloc(n + 1, sizeof *order);
    for (size_t a = 0; order && a < n; a++)
        order[a] = (struct order){rank && rank[a] ? rank[a] : UINT32_MAX, a};
    if (order)
        qsort(order, n, sizeof *order, by_rank);
    return order;
}

struct printing {
    const struct command_line *line;
    const StudyResult *result;
    struct table *table;
    const char **names; /* of the columns: keys, then headings */
    size_t n_names;
    char (*texts)[64]; /* that names point to */
};

/* Columns whose names are not known before. `room`: for how many. */
static bool open_names(struct printing *p, size_t room) {
    p->names = calloc(2 * room, sizeof *p->names);
    p->texts = calloc(room, sizeof *p->texts);
    return p->names && p->texts;
}

static void add_name(struct printing *p, size_t room, const char *key, const char *heading) {
    p->names[p->n_names] = key;
    p->names[room + p->n_names++] = heading;
}

static int close_printing(struct printing *p) {
    int status = command_print(p->line, &p->table);
    free((void *)p->names);
    free(p->texts);
    return status;
}

static bool several_nodes(const struct printing *p) {
    return p->result->study->n_nodes > 1;
}

static void add_place(struct printing *p, size_t node, size_t area) {
    if (several_nodes(p))
        table_text(p->table, p->result->study->nodes[node]);
    table_text(p->table, p->result->areas[area]);
    table_text(p->table, p->result->area_names[area]);
}

static void add_place_names(struct printing *p, size_t room) {
    if (several_nodes(p))
        add_name(p, room, "node", "node");
    add_name(p, room, "area_code", "code");
    add_name(p, room, "area_name", "place");
}

static bool shown(const struct printing *p, size_t i) {
    return !p->line->top || i < p->line->top;
}

/* --- counts of ranks -------------------------------------------------------------------------- */

static void number_or_missing(struct table *table, bool there, double number, int decimals) {
    if (there)
        table_number(table, number, decimals);
    else
        table_missing(table);
}

static void add_spread(struct printing *p, size_t node, const NodeSpread *spread, size_t area) {
    size_t bands = p->result->n_band_names;
    bool there = spread->items[area] > 0;
    add_place(p, node, area);
    table_rank(p->table, spread->nominal[area]);
    number_or_missing(p->table, there, spread->low[area], 1);
    number_or_missing(p->table, there, spread->median[area], 1);
    number_or_missing(p->table, there, spread->high[area], 1);
    number_or_missing(p->table, there, spread->mean[area], 2);
    table_count(p->table, spread->items[area]);
    for (size_t b = 0; b < bands; b++)
        number_or_missing(p->table, there,
                          (double)spread->bands[area * bands + b] / (double)spread->items[area], 2);
}

static void say_bins(const StudyResult *result) {
    uint32_t width = result->spreads[0]->bin_width;
    if (width > 1)
        printf("ranks are counted by %u: low, median and high are within %g of the exact ones\n",
               width, (width - 1) / 2.0);
}

/* `grid`: low and high are the best and the worst. */
static int print_spreads(struct printing *p, bool grid) {
    const StudyResult *result = p->result;
    size_t room = 9 + result->n_band_names, areas = result->n_areas;
    if (!open_names(p, room))
        return close_printing(p);
    add_place_names(p, room);
    add_name(p, room, "rank", "rank");
    add_name(p, room, grid ? "rank_best" : "rank_low", grid ? "best" : "low");
    add_name(p, room, "rank_median", "median");
    add_name(p, room, grid ? "rank_worst" : "rank_high", grid ? "worst" : "high");
    add_name(p, room, "rank_mean", "mean");
    add_name(p, room, grid ? "points" : "replicates", grid ? "points" : NULL);
    for (size_t b = 0; b < result->n_band_names; b++)
        add_name(p, room, result->band_names[b], result->band_names[b]);
    p->table = table_new(p->n_names, p->names, p->names + room);
    for (size_t i = 0; p->table && i < result->n_spreads; i++) {
        const NodeSpread *spread = result->spreads[i];
        struct order *order = order_places(spread->nominal, areas);
        if (!order)
            table_destroy(&p->table);
        for (size_t a = 0; order && a < areas; a++) {
            if (shown(p, a))
                add_spread(p, i, spread, order[a].area);
        }
        free(order);
    }
    return close_printing(p);
}

static int print_uncertainty(struct printing *p) {
    const StudyResult *result = p->result;
    if (p->line->format == FORMAT_TEXT) {
        printf("%s: ranks in %llu replicates, seed %llu; low and high hold %.10g %% of them, and "
               "the last columns\nsay in what share a place is in each band of need\n",
               several_nodes(p) ? "Several nodes" : result->node_names[0],
               (unsigned long long)(result->study->items - result->failed),
               (unsigned long long)result->study->seed, 100.0 * result->spreads[0]->interval);
        say_bins(result);
        printf("\n");
    }
    return print_spreads(p, false);
}

/* --- grids ------------------------------------------------------------------------------------ */

static double mean_shift(const StudyResult *result, double *most) {
    double sum = 0.0;
    size_t n = 0;
    *most = 0.0;
    for (size_t k = 0; k < result->n_grid; k++) {
        if (!result->grid[k]->has_shift)
            continue;
        sum += result->grid[k]->shift;
        n++;
        *most = result->grid[k]->shift > *most ? result->grid[k]->shift : *most;
    }
    return n ? sum / (double)n : 0.0;
}

static void say_grid(const StudyResult *result) {
    double most, mean = mean_shift(result, &most);
    printf("%s: ranks at %llu points, every way to share %u steps of weight among",
           result->node_names[0], (unsigned long long)(result->study->items - result->failed),
           result->study->grid->steps);
    for (size_t i = 0; i < result->n_weighted; i++)
        printf("%s %s", i ? "," : "", result->weighted[i]);
    printf("\nbest and worst are a place's ranks over all points; the last columns say at what "
           "share of them\nit is in each band of need\n");
    if (result->n_grid)
        printf("ranks differ from the definition's own by %.2f on average, and by %.2f at the "
               "point where\nthey differ most\n",
               mean, most);
    say_bins(result);
    printf("\n");
}

/* The points themselves. */
static int print_points(struct printing *p) {
    const StudyResult *result = p->result;
    size_t room = result->n_weighted + 2;
    if (!result->n_grid)
        return command_failed(EXIT_FAILED,
                              "a grid of more than %d points has no numbers by point: take fewer "
                              "steps",
                              STUDY_POINTS_KEPT);
    if (!open_names(p, room))
        return close_printing(p);
    add_name(p, room, "point", "point");
    for (size_t i = 0; i < result->n_weighted; i++)
        add_name(p, room, result->weighted[i], result->weighted[i]);
    add_name(p, room, "mean_shift", "mean shift");
    p->table = table_new(room, p->names, p->names + room);
    for (size_t k = 0; p->table && k < result->n_grid && shown(p, k); k++) {
        const GridPoint *point = result->grid[k];
        table_count(p->table, k);
        for (size_t i = 0; i < point->n_weights; i++)
            table_number(p->table, point->weights[i], 3);
        number_or_missing(p->table, point->has_shift, point->shift, 2);
    }
    return close_printing(p);
}

int batch_table_known(const struct command_line *line) {
    bool known =
        !line->table || strcmp(line->table, "ranks") == 0 || strcmp(line->table, "points") == 0;
    return known
               ? EXIT_OK
               : command_failed(EXIT_USAGE, "--table is ranks or points, found '%s'", line->table);
}

static int print_weights(struct printing *p) {
    int status = batch_table_known(p->line);
    if (status != EXIT_OK)
        return status;
    if (p->line->table && strcmp(p->line->table, "points") == 0)
        return print_points(p);
    if (p->line->format == FORMAT_TEXT)
        say_grid(p->result);
    return print_spreads(p, true);
}

/* --- sensitivity ------------------------------------------------------------------------------ */

static int print_sensitivity(struct printing *p) {
    static const char *const keys[] = {"factor", "first",     "first_low",  "first_high",
                                       "total",  "total_low", "total_high", "rows"};
    static const char *const headings[] = {"factor", "first order", "low",  "high",
                                           "total",  "low",         "high", "rows"};
    const SensitivityResult *s = p->result->sensitivity;
    const Study *study = p->result->study;
    if (p->line->format == FORMAT_TEXT)
        printf("%s: what makes the ranks differ from the definition's own (mean absolute "
               "difference, %.2f on average)\nfrom %u x (%zu + 2) replicates, seed %llu; "
               "first order by Saltelli (2010), total by Jansen (1999), 95 %% bootstrap "
               "intervals\n\n",
               p->result->node_names[0], s->mean, s->rows, s->n_indexes,
               (unsigned long long)study->seed);
    p->table = table_new(8, keys, headings);
    for (size_t i = 0; p->table && i < s->n_indexes; i++) {
        const SensitivityIndex *index = s->indexes[i];
        const double numbers[] = {index->first, index->first_low, index->first_high,
                                  index->total, index->total_low, index->total_high};
        table_text(p->table, index->factor);
        for (size_t k = 0; k < 6; k++)
            number_or_missing(p->table, s->defined, numbers[k], 3);
        table_count(p->table, s->rows - s->failed_rows);
    }
    return close_printing(p);
}

/* --- alternatives ----------------------------------------------------------------------------- */

static const uint32_t *ranks_of(const StudyResult *result, size_t alternative, size_t node) {
    const AlternativeResult *one = result->alternatives[alternative];
    return one->failure ? NULL : one->ranks[node]->rank;
}

static void say_failures(const StudyResult *result) {
    for (size_t k = 0; k < result->n_alternatives; k++) {
        if (result->alternatives[k]->failure)
            (void)command_failed(0, "%s cannot be scored: %s", result->alternatives[k]->name,
                                 result->alternatives[k]->failure);
    }
}

/* A row a place, a column an alternative; from alternative `first` on. */
static int print_side_by_side(struct printing *p, size_t first, const char *what) {
    const StudyResult *result = p->result;
    size_t n = result->n_alternatives, room = 3 + n - first;
    if (!open_names(p, room))
        return close_printing(p);
    add_place_names(p, room);
    for (size_t k = first; k < n; k++) {
        const char *name = result->alternatives[k]->name;
        (void)snprintf(p->texts[k - first], sizeof *p->texts, "%s%.40s", what, name);
        name = *what ? p->texts[k - first] : name;
        add_name(p, room, name, name);
    }
    p->table = table_new(p->n_names, p->names, p->names + room);
    for (size_t i = 0; p->table && i < result->study->n_nodes; i++) {
        /* By the first alternative, which is the definition as it is; of editions, the last. */
        size_t by = first || *what ? n - 1 : 0;
        struct order *order = order_places(ranks_of(result, by, i), result->n_areas);
        if (!order)
            table_destroy(&p->table);
        for (size_t a = 0; order && a < result->n_areas && shown(p, a); a++) {
            add_place(p, i, order[a].area);
            for (size_t k = first; k < n; k++) {
                const uint32_t *ranks = ranks_of(result, k, i);
                table_rank(p->table, ranks ? ranks[order[a].area] : 0);
            }
        }
        free(order);
    }
    return close_printing(p);
}

static int print_what_if(struct printing *p) {
    say_failures(p->result);
    if (p->line->format == FORMAT_TEXT && !several_nodes(p))
        printf("%s: ranks by each definition\n\n", p->result->node_names[0]);
    return print_side_by_side(p, 0, "");
}

/* --- back-casts ------------------------------------------------------------------------------- */

enum { EDITIONS_BESIDE = 12 }; /* columns of text */

static void say_editions(const StudyResult *result, size_t first) {
    if (result->study->n_nodes == 1)
        printf("%s: ", result->node_names[0]);
    printf("ranks by the same definition, from each edition's figures\n");
    if (first)
        printf("the last %d of %zu editions; --csv has them all\n", EDITIONS_BESIDE,
               result->n_alternatives);
    for (size_t k = first; k < result->n_alternatives; k++) {
        const Alternative *edition = result->study->alternatives[k];
        char time[INSTANT_TEXT];
        printf("  %-4s %.10s  %s\n", edition->name, instant_write(edition->time_ms, time),
               edition->label ? edition->label : "");
    }
    printf("\n");
}

/* A row for each place and edition. */
static int print_editions(struct printing *p) {
    const StudyResult *result = p->result;
    static const char *const keys[] = {"node",    "area_code", "area_name", "rank",
                                       "edition", "time",      "label"};
    const char *const *mine = keys + !several_nodes(p);
    p->table = table_new(several_nodes(p) ? 7 : 6, mine, mine);
    for (size_t i = 0; p->table && i < result->study->n_nodes; i++) {
        for (size_t a = 0; a < result->n_areas && shown(p, a); a++) {
            for (size_t k = 0; k < result->n_alternatives; k++) {
                const Alternative *edition = result->study->alternatives[k];
                const uint32_t *ranks = ranks_of(result, k, i);
                add_place(p, i, a);
                table_rank(p->table, ranks ? ranks[a] : 0);
                table_text(p->table, edition->name);
                table_instant(p->table, edition->time_ms);
                table_text(p->table, edition->label);
            }
        }
    }
    return close_printing(p);
}

static int print_back_cast(struct printing *p) {
    size_t n = p->result->n_alternatives, first = n > EDITIONS_BESIDE ? n - EDITIONS_BESIDE : 0;
    say_failures(p->result);
    if (p->line->format != FORMAT_TEXT)
        return print_editions(p);
    say_editions(p->result, first);
    return print_side_by_side(p, first, "edition ");
}

/* --- whichever it is -------------------------------------------------------------------------- */

static void say_left_out(const StudyResult *result) {
    const SensitivityResult *s = result->sensitivity;
    uint64_t failed = s ? s->failed_rows : result->failed, of = s ? s->rows : result->study->items;
    const char *what = s                     ? "rows of the design"
                       : result->study->grid ? "points of the grid"
                                             : "replicates";
    if (failed && !result->n_alternatives)
        (void)fprintf(stderr,
                      "mindex: %llu of %llu %s could not be scored and are left out; the first: "
                      "%s\n",
                      (unsigned long long)failed, (unsigned long long)of, what,
                      result->failure ? result->failure : "");
}

int batch_result_print(const struct command_line *line, const StudyResult *result) {
    static int (*const print[STUDY_KINDS])(struct printing *) = {
        print_uncertainty, print_sensitivity, print_weights, print_what_if, print_back_cast};
    struct printing p = {.line = line, .result = result};
    say_left_out(result);
    int kind = 0;
    while (strcmp(result->study->kind, study_kinds[kind]) != 0)
        kind++; /* it was checked that there is one */
    return print[kind](&p);
}
