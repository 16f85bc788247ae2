/* One place among the others: its strengths and weaknesses, each metric beside all and its group.
 */
#include "core/profile.h"
#include "core/neighbours.h"
#include "core/status.h"
#include "services/cli/computed.h"

#include <stdlib.h>
#include <string.h>

/* The places beside which the place's figures are set, itself among them. */
struct groups {
    size_t *areas[3], n[3]; /* by enum peers */
    double *work;
};

static void add_row(struct table *table, const struct computed *c, size_t area,
                    const struct standing *standing, const char *kind,
                    const struct groups *groups) {
    const struct node *node = &c->pack->definition->nodes[standing->node];
    const struct node_scores *scores = &c->edition->nodes[standing->node];
    table_text(table, kind);
    table_text(table, node->id);
    table_text(table, node->name);
    table_rank(table, scores->shown_rank[area]);
    table_count(table, edition_ranked(c->edition, standing->node));
    table_number(table, scores->score.value[area], 1);
    table_number(table, scores->raw.value[area], 2);
    for (int group = 0; group < 3; group++) {
        double x;
        if (profile_median(&scores->raw, groups->areas[group], groups->n[group], groups->work, &x))
            table_number(table, x, 2);
        else
            table_missing(table);
    }
    table_text(table, node->unit);
    table_text(table, scores->imputed[area] ? impute_names[scores->imputed[area]] : "");
}

static bool open_groups(const struct computed *c, size_t area, struct groups *groups) {
    size_t n_areas = c->pack->geography->n_areas;
    groups->work = calloc(n_areas + 1, sizeof *groups->work);
    bool fine = groups->work != NULL;
    for (enum peers group = PEERS_ALL; group <= PEERS_TYPE; group++) {
        groups->areas[group] = calloc(n_areas + 1, sizeof(size_t));
        fine = fine && groups->areas[group];
        if (fine)
            groups->n[group] = profile_peers(c->pack->geography, area, group, groups->areas[group]);
    }
    return fine;
}

static void close_groups(struct groups *groups) {
    for (enum peers group = PEERS_ALL; group <= PEERS_TYPE; group++)
        free(groups->areas[group]);
    free(groups->work);
}

static struct table *profile_table(const struct computed *c, size_t area, uint64_t top) {
    static const char *const keys[] = {"kind",  "metric", "name",   "rank",          "of",
                                       "score", "figure", "median", "region_median", "type_median",
                                       "unit",  "imputed"};
    static const char *const headings[] = {"",       NULL,     "",       "rank", "of",   "score",
                                           "figure", "median", "region", "type", "unit", ""};
    static const char *const sides[] = {"", "weakness", "strength"};
    struct groups groups = {0};
    struct standing *standings = calloc(c->edition->n_nodes, sizeof *standings);
    bool fine = open_groups(c, area, &groups) && standings;
    struct table *table = fine ? table_new(12, keys, headings) : NULL;
    size_t n = table ? profile_standings(c->pack, c->edition, area, standings) : 0;
    for (size_t i = 0; i < n; i++) {
        enum side side = profile_side(standings, n, i, top);
        if (side != SIDE_NEITHER || !top || i < top || n - 1 - i < top)
            add_row(table, c, area, &standings[i], sides[side], &groups);
    }
    free(standings);
    close_groups(&groups);
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

/* --- neighbours ------------------------------------------------------------------------------- */

static struct table *neighbours_table(const struct computed *c, size_t area, uint64_t top) {
    static const char *const keys[] = {"area_code", "area_name", "region", "type",   "rank",
                                       "of",        "distance",  "shared", "metrics"};
    static const char *const headings[] = {"code", "place",    "region", "type",   "rank",
                                           "of",   "distance", "shared", "metrics"};
    struct fault fault = {0};
    size_t n = 0, n_metrics = 0, n_areas = c->edition->n_areas;
    struct neighbour *near = calloc(n_areas + 1, sizeof *near);
    bool fine = near && neighbours_find(c->pack, c->edition, area, top ? top : n_areas, near, &n,
                                        &n_metrics, &fault);
    struct table *table = fine ? table_new(9, keys, headings) : NULL;
    for (size_t i = 0; table && i < n; i++) {
        const struct area *other = &c->pack->geography->areas[near[i].area];
        table_text(table, other->code);
        table_text(table, other->name);
        table_text(table, other->region);
        table_text(table, other->type);
        table_rank(table, c->edition->nodes[0].shown_rank[near[i].area]);
        table_count(table, edition_ranked(c->edition, 0));
        table_number(table, near[i].distance, 3);
        table_count(table, near[i].shared);
        table_count(table, n_metrics);
    }
    free(near);
    return table;
}

static void neighbours_head(const struct computed *c, size_t area) {
    const struct area *place = &c->pack->geography->areas[area];
    printf("The places most like %s (%s) by the metrics of the index, the nearest first: the\n"
           "distance of standardised scores, over the metrics of which both have figures of their "
           "own.\n\n",
           place->name, place->code);
}

/* The place's name is the first argument; what computed_run opens comes after it. */
static int show(const struct computed *computed, const struct command_line *rest) {
    bool near = rest->table && strcmp(rest->table, "neighbours") == 0;
    if (rest->table && !near && strcmp(rest->table, "metrics") != 0)
        return command_failed(EXIT_USAGE, "--table is metrics or neighbours, found '%s'",
                              rest->table);
    size_t area = area_or_suggest(computed->pack->geography, rest->arguments[-1]);
    if (area == SIZE_MAX)
        return EXIT_NOT_FOUND;
    if (rest->format == FORMAT_TEXT)
        (near ? neighbours_head : head)(computed, area);
    uint64_t top = rest->all ? 0 : rest->top ? rest->top : near ? 10 : 5;
    struct table *table = (near ? neighbours_table : profile_table)(computed, area, top);
    return command_print(rest, &table);
}

int profile_command(const struct command_line *line) {
    const struct command_line rest = without_first(line);
    return computed_run(&rest, show);
}
