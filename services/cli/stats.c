/* Statistics of an index: its metrics, how they go together, what weighs how much. */
#include "core/aggregate.h"
#include "core/describe.h"
#include "core/nearest.h"
#include "core/status.h"
#include "services/cli/computed.h"

#include <stdlib.h>
#include <string.h>

struct view {
    const struct computed *of;
    const struct definition *definition;
    const struct command_line *line;
    size_t node; /* NO_NODE: all */
    /* for a node's children */
    const struct column **columns;
    size_t *nodes;
    double *work, *values, *loadings;
};

static void number_or_missing(struct table *table, bool there, double x, int decimals) {
    if (there)
        table_number(table, x, decimals);
    else
        table_missing(table);
}

/* --- metrics ---------------------------------------------------------------------------------- */

static void add_metric(struct table *table, const struct view *view, size_t k) {
    const struct node *node = &view->definition->nodes[k];
    const struct outliers *outliers = scorer_outliers(view->of->scorer, k);
    struct summary s;
    describe_column(&view->of->figures->metrics[k].column, scorer_room(view->of->scorer), &s);
    size_t imputed = 0;
    for (size_t r = 0; r < scorer_rows(view->of->scorer); r++)
        imputed += scorer_imputed(view->of->scorer, k)[r] != 0;
    char words[100];
    outliers_words(outliers, words, sizeof words);
    table_text(table, node->id);
    table_text(table, node->name);
    table_count(table, s.n);
    table_count(table, s.missing);
    table_count(table, imputed);
    table_count(table, s.uniques);
    table_count(table, s.zeros);
    table_count(table, s.outliers);
    number_or_missing(table, s.n, s.min, 2);
    number_or_missing(table, s.n, s.quartile_1, 2);
    number_or_missing(table, s.n, s.median, 2);
    number_or_missing(table, s.n, s.mean, 2);
    number_or_missing(table, s.n, s.quartile_3, 2);
    number_or_missing(table, s.n, s.max, 2);
    number_or_missing(table, s.has_sd, s.sd, 2);
    number_or_missing(table, s.has_shape, s.skewness, 2);
    number_or_missing(table, s.has_shape, s.kurtosis, 2);
    table_text(table, outliers->looked ? words : "");
    number_or_missing(table, outliers->looked && outliers->shaped, outliers->skewness_after, 2);
    number_or_missing(table, outliers->looked && outliers->shaped, outliers->kurtosis_after, 2);
    if (outliers->looked)
        table_truth(table, outliers->passes);
    else
        table_missing(table);
}

static struct table *metrics_table(const struct view *view) {
    static const char *const keys[] = {"metric",
                                       "name",
                                       "n",
                                       "missing",
                                       "imputed",
                                       "uniques",
                                       "zeros",
                                       "outliers",
                                       "min",
                                       "q1",
                                       "median",
                                       "mean",
                                       "q3",
                                       "max",
                                       "sd",
                                       "skewness",
                                       "kurtosis",
                                       "treatment",
                                       "skewness_after",
                                       "kurtosis_after",
                                       "passes"};
    static const char *const headings[] = {
        "metric",   NULL,   "n",    "missing",   "imputed", "uniques", "zeros",
        "outliers", "min",  NULL,   "median",    "mean",    NULL,      "max",
        "sd",       "skew", "kurt", "treatment", "skew",    "kurt",    "passes"};
    struct table *table = table_new(21, keys, headings);
    for (size_t k = 0; table && k < view->definition->n_nodes; k++) {
        if (node_is_metric(&view->definition->nodes[k]) &&
            (view->node == NO_NODE || view->node == k))
            add_metric(table, view, k);
    }
    return table;
}

/* --- correlations ----------------------------------------------------------------------------- */

static const char *relation_of(const struct node *nodes, size_t a, size_t b) {
    if (nodes[a].parent == nodes[b].parent)
        return "siblings";
    if (b < nodes[a].end)
        return "above";
    return nodes[a].level == nodes[b].level ? "same level" : "other";
}

static void add_relation(struct table *table, const struct view *view, size_t a, size_t b) {
    const struct definition *d = view->definition;
    struct relation r;
    describe_relation(scorer_scores(view->of->scorer, a), scorer_scores(view->of->scorer, b),
                      scorer_room(view->of->scorer), &r);
    table_text(table, d->nodes[a].id);
    table_text(table, d->nodes[b].id);
    table_text(table, d->levels[d->nodes[a].level].id);
    table_text(table, d->levels[d->nodes[b].level].id);
    table_text(table, relation_of(d->nodes, a, b));
    table_count(table, r.n);
    number_or_missing(table, r.has_pearson, r.pearson.value, 3);
    number_or_missing(table, r.has_pearson, r.pearson_p, 4);
    number_or_missing(table, r.has_pearson, r.pearson.low, 3);
    number_or_missing(table, r.has_pearson, r.pearson.high, 3);
    number_or_missing(table, r.has_spearman, r.spearman.value, 3);
    number_or_missing(table, r.has_spearman, r.spearman_p, 4);
    bool significant = r.has_pearson && r.pearson_p < 0.05;
    table_text(table, !significant             ? "not significant"
                      : r.pearson.value < 0.0  ? "negative"
                      : r.pearson.value > 0.92 ? "collinear"
                      : r.pearson.value < 0.3  ? "weak"
                                               : "");
}

/* In text the pairs that say something about the index: siblings, and a node with what is above it;
 * with --all, and in CSV and JSON, every pair. */
static struct table *correlations_table(const struct view *view) {
    static const char *const keys[] = {"a",        "b",          "level_a", "level_b", "relation",
                                       "n",        "pearson",    "p",       "low",     "high",
                                       "spearman", "spearman_p", "remark"};
    static const char *const headings[] = {"a",        "b",       NULL,    NULL,  "relation",
                                           "n",        "pearson", "p",     "low", "high",
                                           "spearman", "p",       "remark"};
    struct table *table = table_new(13, keys, headings);
    const struct node *nodes = view->definition->nodes;
    bool every = view->line->all || view->line->format != FORMAT_TEXT;
    for (size_t a = 0; table && a < view->definition->n_nodes; a++) {
        for (size_t b = a + 1; b < view->definition->n_nodes; b++) {
            if (view->node != NO_NODE && view->node != a && view->node != b)
                continue;
            if (!every && view->node == NO_NODE && nodes[a].parent != nodes[b].parent &&
                b >= nodes[a].end)
                continue;
            add_relation(table, view, a, b);
        }
    }
    return table;
}

/* --- a node's children ------------------------------------------------------------------------ */

static struct table *alpha_table(const struct view *view) {
    static const char *const keys[] = {"node", "name", "children", "n", "alpha", "standardised"};
    static const char *const headings[] = {"node",   "",      "children",
                                           "places", "alpha", "standardised"};
    struct table *table = table_new(6, keys, headings);
    for (size_t k = 0; table && k < view->definition->n_nodes; k++) {
        const struct node *node = &view->definition->nodes[k];
        if (node_is_metric(node) || (view->node != NO_NODE && view->node != k))
            continue;
        struct alpha alpha;
        size_t count = children_of(view->of, k, view->columns, view->nodes);
        describe_alpha(view->columns, count, view->work, &alpha);
        table_text(table, node->id);
        table_text(table, node->name);
        table_count(table, alpha.children);
        table_count(table, alpha.n);
        number_or_missing(table, alpha.defined, alpha.raw, 3);
        number_or_missing(table, alpha.defined, alpha.standardised, 3);
    }
    return table;
}

/* There are none, which is not the same as a node that was not looked at. */
static void add_no_components(struct table *table, const struct view *view, size_t k, size_t n) {
    table_text(table, view->definition->nodes[k].id);
    for (int i = 0; i < 6; i++)
        table_missing(table);
    table_count(table, n);
}

static void add_components(struct table *table, const struct view *view, size_t k) {
    size_t n, count = children_of(view->of, k, view->columns, view->nodes);
    if (!describe_components(view->columns, count, view->work, view->values, view->loadings, &n)) {
        add_no_components(table, view, k, n);
        return;
    }
    double cumulative = 0.0;
    for (size_t i = 0; i < count; i++) {
        double share = view->values[i] / (double)count;
        cumulative += share;
        for (size_t c = 0; c < count; c++) {
            table_text(table, view->definition->nodes[k].id);
            table_count(table, i + 1);
            table_number(table, view->values[i], 3);
            table_number(table, share, 3);
            table_number(table, cumulative, 3);
            table_text(table, view->definition->nodes[view->nodes[c]].id);
            table_number(table, view->loadings[i * count + c], 3);
            table_count(table, n);
        }
    }
}

static struct table *components_table(const struct view *view) {
    static const char *const keys[] = {"node",       "component", "eigenvalue", "share",
                                       "cumulative", "child",     "loading",    "n"};
    static const char *const headings[] = {"node",       "component", "eigenvalue", "share",
                                           "cumulative", "child",     "loading",    "places"};
    struct table *table = table_new(8, keys, headings);
    for (size_t k = 0; table && k < view->definition->n_nodes; k++) {
        if (!node_is_metric(&view->definition->nodes[k]) &&
            (view->node == NO_NODE || view->node == k))
            add_components(table, view, k);
    }
    return table;
}

static struct table *weights_table(const struct view *view) {
    static const char *const keys[] = {"node", "name", "parent", "given", "weight", "of_index"};
    static const char *const headings[] = {"node", "", "below", "given", "share", "of the index"};
    struct table *table = table_new(6, keys, headings);
    const struct definition *d = view->definition;
    double *effective = view->work; /* room for every node */
    for (size_t k = 0; table && k < d->n_nodes; k++) {
        const struct node *node = &d->nodes[k];
        double all = 0.0, weight = scorer_weight(view->of->scorer, k);
        size_t parent = node->parent;
        for (size_t c = parent == NO_NODE ? d->n_nodes : parent + 1;
             parent != NO_NODE && c < d->nodes[parent].end; c = d->nodes[c].end)
            all += scorer_weight(view->of->scorer, c);
        double share = parent == NO_NODE ? 1.0 : all > 0.0 ? weight / all : 0.0;
        effective[k] = parent == NO_NODE ? 1.0 : effective[parent] * share;
        if (view->node != NO_NODE && view->node != k && view->node != parent)
            continue;
        table_text(table, node->id);
        table_text(table, node->name);
        table_text(table, parent == NO_NODE ? "" : d->nodes[parent].id);
        table_number(table, d->method.nodes[k].weight, 3);
        table_number(table, share, 4);
        table_number(table, effective[k], 4);
    }
    return table;
}

/* Each place against each other, by the children of one node. */
static struct table *outranking_table(const struct view *view) {
    static const char *const keys[] = {"area_code", "other_code", "outranks"};
    static const char *const headings[] = {"place", "other", "outranks it by"};
    size_t node = view->node == NO_NODE ? 0 : view->node;
    size_t count = children_of(view->of, node, view->columns, view->nodes);
    for (size_t c = 0; c < count; c++)
        view->work[c] = scorer_weight(view->of->scorer, view->nodes[c]);
    struct table *table = table_new(3, keys, headings);
    const struct geography *geography = view->of->pack->geography;
    size_t first = scorer_rows(view->of->scorer) - geography->n_areas;
    for (size_t i = 0; table && i < geography->n_areas; i++) {
        for (size_t k = 0; k < geography->n_areas; k++) {
            if (i == k)
                continue;
            table_text(table, geography->areas[i].code);
            table_text(table, geography->areas[k].code);
            table_number(table,
                         aggregate_outranks(view->columns, view->work, count, first + i, first + k),
                         3);
        }
    }
    return table;
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    struct table *(*make)(const struct view *view);
} tables[] = {
    {"metrics", metrics_table}, {"correlations", correlations_table},
    {"alpha", alpha_table},     {"components", components_table},
    {"weights", weights_table}, {"outranking", outranking_table},
};

static int unknown_table(const char *name) {
    struct nearest near = {.word = name};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        nearest_offer(&near, tables[i].name);
    return command_failed(EXIT_USAGE,
                          "--table is metrics, correlations, alpha, components, weights or "
                          "outranking, found '%s'%s%s%s",
                          name, near.best ? "; did you mean '" : "", near.best ? near.best : "",
                          near.best ? "'?" : "");
}

static bool make_room(struct view *view) {
    size_t n = view->definition->n_nodes, most = definition_most_children(view->definition);
    view->columns = calloc(n, sizeof *view->columns);
    view->nodes = calloc(n, sizeof *view->nodes);
    view->work = calloc(DESCRIBE_WORK(most) + n, sizeof *view->work);
    view->values = calloc(most, sizeof *view->values);
    view->loadings = calloc(most * most, sizeof *view->loadings);
    return view->columns && view->nodes && view->work && view->values && view->loadings;
}

static int show(const struct computed *computed, const struct command_line *line) {
    struct view view = {
        .of = computed, .definition = computed->pack->definition, .line = line, .node = NO_NODE};
    const char *name = line->table ? line->table : "metrics";
    size_t i = 0;
    while (i < sizeof tables / sizeof *tables && strcmp(tables[i].name, name) != 0)
        i++;
    if (i == sizeof tables / sizeof *tables)
        return unknown_table(name);
    if (line->node && (view.node = node_or_suggest(view.definition, line->node)) == NO_NODE)
        return EXIT_NOT_FOUND;
    struct table *table = make_room(&view) ? tables[i].make(&view) : NULL;
    free(view.columns);
    free(view.nodes);
    free(view.work);
    free(view.values);
    free(view.loadings);
    return command_print(line, &table);
}

int stats_command(const struct command_line *line) {
    return computed_run(line, show);
}
