/* How sure the ranks are, which choice makes the difference, and what each metric does. */
#include "core/uncertainty.h"
#include "core/nearest.h"
#include "services/cli/computed.h"

#include <stdlib.h>
#include <string.h>

enum { BOOTSTRAP = 1000 };

struct asking {
    const struct computed *of;
    const struct command_line *line;
    size_t node;
    uint32_t replicates;
    uint64_t seed;
};

static void say_failures(uint32_t failed, uint32_t of, const char *what, const char *why) {
    if (failed)
        (void)fprintf(stderr,
                      "mindex: %u of %u %s could not be scored and are left out; the first: %s\n",
                      failed, of, what, why);
}

/* --- ranks ------------------------------------------------------------------------------------ */

static struct table *ranks_table_of(const struct asking *ask, const struct spread *spread,
                                    const char ***keys_out) {
    static const char *const fixed[] = {"area_code",   "area_name", "rank",      "rank_low",
                                        "rank_median", "rank_high", "rank_mean", "replicates"};
    static const char *const shown[] = {"code",   "place", "rank", "low",
                                        "median", "high",  "mean", NULL};
    size_t n = 8 + spread->bands;
    const char **keys = calloc(2 * n, sizeof *keys);
    if (!keys)
        return NULL;
    memcpy(keys, fixed, sizeof fixed);
    memcpy(keys + n, shown, sizeof shown);
    for (unsigned b = 1; b <= spread->bands; b++)
        keys[7 + b] = keys[n + 7 + b] = band_name(ask->of->pack->definition, b);
    *keys_out = keys;
    return table_new(n, keys, keys + n);
}

static void add_spread(struct table *table, const struct asking *ask, const struct spread *spread,
                       size_t a) {
    const struct area *area = &ask->of->pack->geography->areas[a];
    const struct rank_spread *s = &spread->areas[a];
    table_text(table, area->code);
    table_text(table, area->name);
    table_rank(table, s->nominal);
    const double figures[] = {s->low, s->median, s->high, s->mean};
    for (size_t i = 0; i < 4; i++) {
        if (s->n)
            table_number(table, figures[i], i == 3 ? 2 : 1);
        else
            table_missing(table);
    }
    table_count(table, s->n);
    for (unsigned b = 0; b < spread->bands; b++) {
        if (s->n)
            table_number(table, (double)spread->band_counts[a * spread->bands + b] / (double)s->n,
                         2);
        else
            table_missing(table);
    }
}

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

static int show_ranks(const struct asking *ask) {
    struct fault fault = {0};
    struct spread *spread = NULL;
    const char **keys = NULL;
    if (!uncertainty_spread(ask->of->pack, ask->of->figures, &ask->node, 1, ask->replicates,
                            ask->seed, &spread, &fault))
        return command_failed(EXIT_FAILED, "%s", fault.text);
    say_failures(spread->failed, spread->replicates, "replicates", spread->failure);
    struct table *table = ranks_table_of(ask, spread, &keys);
    struct order *order = calloc(spread->n_areas + 1, sizeof *order);
    if (!order)
        table_destroy(&table);
    for (size_t a = 0; order && a < spread->n_areas; a++)
        order[a] =
            (struct order){spread->areas[a].nominal ? spread->areas[a].nominal : UINT32_MAX, a};
    if (order)
        qsort(order, spread->n_areas, sizeof *order, by_rank);
    for (size_t i = 0; table && order && i < spread->n_areas; i++) {
        if (!ask->line->top || i < ask->line->top)
            add_spread(table, ask, spread, order[i].area);
    }
    if (ask->line->format == FORMAT_TEXT)
        printf("%s: ranks in %u replicates, seed %llu; low and high hold %.10g %% of them, and the "
               "last columns\nsay in what share a place is in each band of need\n\n",
               ask->of->pack->definition->nodes[ask->node].name,
               spread->replicates - spread->failed, (unsigned long long)ask->seed,
               100.0 * ask->of->pack->definition->uncertainty.interval);
    int status = command_print(ask->line, &table);
    free(order);
    free((void *)keys);
    spread_destroy(&spread);
    return status;
}

/* --- sensitivity ------------------------------------------------------------------------------ */

static struct table *indices_table(const struct definition *d, const struct sensitivity *s) {
    static const char *const keys[] = {"factor", "first",     "first_low",  "first_high",
                                       "total",  "total_low", "total_high", "rows"};
    static const char *const headings[] = {"factor", "first order", "low",  "high",
                                           "total",  "low",         "high", "rows"};
    struct table *table = table_new(8, keys, headings);
    for (size_t f = 0; table && f < s->n_factors; f++) {
        const struct sensitivity_index *both[] = {&s->first[f], &s->total[f]};
        table_text(table, d->uncertainty.factors[f].name);
        for (size_t i = 0; i < 2; i++) {
            const double numbers[] = {both[i]->value, both[i]->low, both[i]->high};
            for (size_t k = 0; k < 3; k++) {
                if (s->defined)
                    table_number(table, numbers[k], 3);
                else
                    table_missing(table);
            }
        }
        table_count(table, s->rows - s->failed);
    }
    return table;
}

static int show_sensitivity(const struct asking *ask) {
    struct fault fault = {0};
    const struct definition *d = ask->of->pack->definition;
    struct sensitivity *s = uncertainty_sensitivity(ask->of->pack, ask->of->figures, ask->node,
                                                    ask->replicates, ask->seed, BOOTSTRAP, &fault);
    if (!s)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    say_failures(s->failed, s->rows, "rows of the design", s->failure);
    if (ask->line->format == FORMAT_TEXT)
        printf("%s: what makes the ranks differ from the definition's own (mean absolute "
               "difference, %.2f on average)\nfrom %u x (%zu + 2) replicates, seed %llu; "
               "first order by Saltelli (2010), total by Jansen (1999), 95 %% bootstrap "
               "intervals\n\n",
               d->nodes[ask->node].name, s->mean, s->rows, s->n_factors,
               (unsigned long long)ask->seed);
    struct table *table = indices_table(d, s);
    int status = command_print(ask->line, &table);
    sensitivity_destroy(&s);
    return status;
}

/* --- leaving metrics out ---------------------------------------------------------------------- */

static void add_left_out(struct table *table, const struct computed *of,
                         const struct left_out *out) {
    const struct node *node = &of->pack->definition->nodes[out->metric];
    const struct area *areas = of->pack->geography->areas;
    table_text(table, node->id);
    table_text(table, node->name);
    if (out->scored) {
        table_count(table, out->compared);
        table_number(table, out->mean_shift, 2);
        table_count(table, out->most_shift);
        table_text(table, out->most_area == SIZE_MAX ? "" : areas[out->most_area].name);
    } else {
        for (int i = 0; i < 4; i++)
            table_missing(table);
    }
    if (out->has_correlation)
        table_number(table, out->correlation, 4);
    else
        table_missing(table);
    table_text(table, out->failure);
}

static int show_left_out(const struct asking *ask) {
    static const char *const keys[] = {"metric",     "name",       "places",      "mean_shift",
                                       "most_shift", "most_place", "correlation", "failure"};
    static const char *const headings[] = {"without", "",   "places",      "mean shift",
                                           "most",    "at", "correlation", ""};
    struct fault fault = {0};
    const struct computed *of = ask->of;
    struct left_out *out = calloc(of->pack->definition->n_nodes, sizeof *out);
    size_t n = 0;
    if (!out)
        return command_failed(EXIT_FAILED, "out of memory");
    if (!uncertainty_leave_out(of->pack, of->figures, ask->node, out, &n, &fault)) {
        free(out);
        return command_failed(EXIT_FAILED, "%s", fault.text);
    }
    struct table *table = table_new(8, keys, headings);
    for (size_t i = 0; table && i < n; i++)
        add_left_out(table, of, &out[i]);
    free(out);
    return command_print(ask->line, &table);
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*show)(const struct asking *ask);
} tables[] = {
    {"ranks", show_ranks}, {"sensitivity", show_sensitivity}, {"leave-out", show_left_out}};

static int show(const struct computed *computed, const struct command_line *line) {
    const struct uncertainty *u = &computed->pack->definition->uncertainty;
    const char *name = line->table ? line->table : "ranks";
    struct asking ask = {.of = computed,
                         .line = line,
                         .node = node_or_suggest(computed->pack->definition, line->node),
                         .replicates = u->n_factors ? u->replicates : 2,
                         .seed = line->has_seed ? line->seed : u->seed};
    if (ask.node == NO_NODE)
        return EXIT_NOT_FOUND;
    if (line->has_replicates) {
        if (line->replicates < 2 || line->replicates > 10000000)
            return command_failed(EXIT_USAGE, "--replicates takes 2 to 10000000");
        ask.replicates = (uint32_t)line->replicates;
    }
    struct nearest near = {.word = name};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(tables[i].name, name) == 0)
            return tables[i].show(&ask);
        nearest_offer(&near, tables[i].name);
    }
    return command_failed(
        EXIT_USAGE, "--table is ranks, sensitivity or leave-out, found '%s'%s%s%s", name,
        near.best ? "; did you mean '" : "", near.best ? near.best : "", near.best ? "'?" : "");
}

int uncertainty_command(const struct command_line *line) {
    return computed_run(line, show);
}
