/* One place among the others: its strengths and weaknesses, each metric beside all and its group.
 */
#include "core/describe.h"
#include "core/status.h"
#include "services/cli/computed.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    size_t node;
    double share; /* of the places with a score that have more need: 0 is most need */
};

static int by_share(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->share != b->share)
        return a->share < b->share ? -1 : 1;
    return a->node < b->node ? -1 : a->node > b->node;
}

/* The middle of a metric's figures over all places, or those of the same region or type. */
static bool middle(const struct computed *c, size_t node, size_t area, int group, double *out) {
    const struct area *areas = c->pack->geography->areas;
    const struct column *raw = &c->edition->nodes[node].raw;
    double *x = calloc(raw->count + 1, sizeof *x);
    size_t n = 0;
    for (size_t a = 0; x && a < raw->count; a++) {
        bool in = group == 0 || (group == 1 && strcmp(areas[a].region, areas[area].region) == 0) ||
                  (group == 2 && strcmp(areas[a].type, areas[area].type) == 0);
        if (in && raw->status[a] == STATUS_VALUE)
            x[n++] = raw->value[a];
    }
    if (n)
        *out = stats_median(x, n);
    free(x);
    return n > 0;
}

static void add_entry(struct table *table, const struct computed *c, size_t area,
                      const struct entry *entry, const char *kind) {
    const struct node *node = &c->pack->definition->nodes[entry->node];
    const struct node_scores *scores = &c->edition->nodes[entry->node];
    table_text(table, kind);
    table_text(table, node->id);
    table_text(table, node->name);
    table_rank(table, scores->shown_rank[area]);
    table_count(table, edition_ranked(c->edition, entry->node));
    table_number(table, scores->score.value[area], 1);
    table_number(table, scores->raw.value[area], 2);
    for (int group = 0; group < 3; group++) {
        double x;
        if (middle(c, entry->node, area, group, &x))
            table_number(table, x, 2);
        else
            table_missing(table);
    }
    table_text(table, node->unit);
    table_text(table, scores->imputed[area] ? impute_names[scores->imputed[area]] : "");
}

/* Of the places with a score, counted so that it is the same however ties are ranked. */
static double share_above(const struct column *score, size_t area) {
    size_t above = 0, n = 0;
    for (size_t a = 0; a < score->count; a++) {
        n += score->status[a] == STATUS_VALUE;
        above += score->status[a] == STATUS_VALUE && score->value[a] > score->value[area];
    }
    return (double)above / (double)n;
}

static size_t gather(const struct computed *c, size_t area, struct entry *entries) {
    size_t n = 0;
    for (size_t k = 0; k < c->edition->n_nodes; k++) {
        const struct node_scores *scores = &c->edition->nodes[k];
        if (!node_is_metric(&c->pack->definition->nodes[k]) || !scores->rank[area])
            continue;
        entries[n++] = (struct entry){k, share_above(&scores->score, area)};
    }
    qsort(entries, n, sizeof *entries, by_share);
    return n;
}

static struct table *profile_table(const struct computed *c, size_t area, uint64_t top) {
    static const char *const keys[] = {"kind",  "metric", "name",   "rank",          "of",
                                       "score", "figure", "median", "region_median", "type_median",
                                       "unit",  "imputed"};
    static const char *const headings[] = {"",       NULL,     "",       "rank", "of",   "score",
                                           "figure", "median", "region", "type", "unit", ""};
    struct entry *entries = calloc(c->edition->n_nodes, sizeof *entries);
    struct table *table = entries ? table_new(12, keys, headings) : NULL;
    size_t n = table ? gather(c, area, entries) : 0;
    for (size_t i = 0; i < n; i++) {
        size_t after = n - 1 - i; /* of few metrics, those in the first half are weaknesses */
        bool weak = i < top, strong = after < top;
        if (weak || strong || !top)
            add_entry(table, c, area, &entries[i],
                      weak && i < after     ? "weakness"
                      : strong && after < i ? "strength"
                                            : "");
    }
    free(entries);
    return table;
}

static void head(const struct computed *c, size_t area) {
    const struct area *place = &c->pack->geography->areas[area];
    const struct definition *d = c->pack->definition;
    printf("%s (%s), %s, %s\n\n", place->name, place->code, place->type, place->region);
    for (size_t k = 0; k < d->n_nodes; k++) {
        const struct node_scores *scores = &c->edition->nodes[k];
        if (node_is_metric(&d->nodes[k]) || d->nodes[k].level > 1)
            continue;
        if (scores->rank[area])
            printf("%*s%s: rank %u of %zu, %s need\n", (int)d->nodes[k].level * 2, "",
                   d->nodes[k].name, scores->rank[area], edition_ranked(c->edition, k),
                   band_name(d, scores->band[area]));
        else
            printf("%*s%s: no rank, %s\n", (int)d->nodes[k].level * 2, "", d->nodes[k].name,
                   status_words((enum status)scores->score.status[area]));
    }
    printf(
        "\nA weakness is a metric of much need against other places (rank 1 is most), a strength "
        "one of little.\nMedians are of all places, of its region, and of its type.\n\n");
}

/* The place's name is the first argument; what computed_run opens comes after it. */
static int show(const struct computed *computed, const struct command_line *rest) {
    size_t area = area_or_suggest(computed->pack->geography, rest->arguments[-1]);
    if (area == SIZE_MAX)
        return EXIT_NOT_FOUND;
    if (rest->format == FORMAT_TEXT)
        head(computed, area);
    uint64_t top = rest->all ? 0 : rest->top ? rest->top : 5;
    struct table *table = profile_table(computed, area, top);
    return command_print(rest, &table);
}

int profile_command(const struct command_line *line) {
    const struct command_line rest = without_first(line);
    return computed_run(&rest, show);
}
