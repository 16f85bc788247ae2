/* The league table, and one place's page. */
#include "core/status.h"
#include "services/cli/session.h"
#include "services/cli/tables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- ranks ------------------------------------------------------------------------------------ */

struct placing {
    uint32_t rank; /* UINT32_MAX: none, so that it sorts last */
    size_t area;
};

static int by_rank(const void *a, const void *b) {
    const struct placing *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->area < right->area ? -1 : left->area > right->area;
}

static void add_rank_row(struct table *table, const struct pack *pack,
                         const struct node_scores *scores, const struct placing *placing) {
    const struct area *area = &pack->geography->areas[placing->area];
    enum status status = scores->score.status[placing->area];
    bool ranked = status == STATUS_VALUE;
    table_rank(table, scores->shown_rank[placing->area]);
    table_text(table, area->code);
    table_text(table, area->name);
    table_text(table, area->region);
    table_text(table, area->type);
    if (ranked)
        table_number(table, scores->score.value[placing->area], 1);
    else
        table_missing(table);
    table_text(table, ranked ? "" : status_words(status));
    if (ranked)
        table_text(table, band_name(pack->definition, scores->band[placing->area]));
    else
        table_missing(table);
}

struct table *ranks_table(const struct pack *pack, const struct edition *edition, size_t node,
                          const char *region, uint64_t top) {
    static const char *const keys[] = {"rank", "area_code", "area_name", "region",
                                       "type", "score",     "status",    "band"};
    static const char *const headings[] = {"rank", "code",  "place", "region",
                                           NULL,   "score", NULL,    "need"};
    const struct node_scores *scores = &edition->nodes[node];
    struct table *table = table_new(8, keys, headings);
    struct placing *order = calloc(edition->n_areas + 1, sizeof *order);
    if (!table || !order) {
        table_destroy(&table);
        free(order);
        return NULL;
    }
    for (size_t i = 0; i < edition->n_areas; i++) {
        order[i] = (struct placing){scores->rank[i] ? scores->rank[i] : UINT32_MAX, i};
    }
    qsort(order, edition->n_areas, sizeof *order, by_rank);
    for (size_t i = 0; i < edition->n_areas && (!top || table_rows(table) < top); i++) {
        const struct area *area = &pack->geography->areas[order[i].area];
        if (region && strcasecmp(region, area->region) != 0)
            continue;
        add_rank_row(table, pack, scores, &order[i]);
    }
    free(order);
    return table;
}

static void add_score_row(struct table *table, const struct pack *pack,
                          const struct edition *edition, size_t k, size_t a) {
    const struct node *node = &pack->definition->nodes[k];
    const struct node_scores *scores = &edition->nodes[k];
    table_text(table, pack->geography->areas[a].code);
    table_text(table, pack->geography->areas[a].name);
    table_text(table, node->id);
    table_text(table, pack->definition->levels[node->level].id);
    if (node_is_metric(node) && scores->raw.status[a] == STATUS_VALUE)
        table_number(table, scores->raw.value[a], 2);
    else
        table_missing(table);
    bool scored = scores->score.status[a] == STATUS_VALUE;
    if (scored)
        table_number(table, scores->score.value[a], 4);
    else
        table_missing(table);
    table_text(table, scored ? "" : status_words((enum status)scores->score.status[a]));
    table_rank(table, scores->shown_rank[a]);
    table_text(table, scored ? band_name(pack->definition, scores->band[a]) : "");
    bool metric = node_is_metric(node);
    table_text(table, metric && scores->imputed[a] ? impute_names[scores->imputed[a]] : "");
    table_text(table, metric && scores->winsorised[a] ? "winsorised" : "");
}

static void add_score_rows(struct table *table, const struct pack *pack,
                           const struct edition *edition, size_t node, const char *period) {
    for (size_t k = 0; k < edition->n_nodes; k++) {
        for (size_t a = 0; (node == NO_NODE || node == k) && a < edition->n_areas; a++) {
            if (period)
                table_text(table, period);
            add_score_row(table, pack, edition, k, a);
        }
    }
}

static const char *const score_keys[] = {"period", "area_code", "area_name", "node",
                                         "level",  "figure",    "score",     "status",
                                         "rank",   "band",      "imputed",   "winsorised"};
static const char *const score_headings[] = {"period", "code", "place", "at",   "level",   "figure",
                                             "score",  NULL,   "rank",  "need", "imputed", ""};

struct table *all_scores_table(const struct pack *pack, const struct edition *edition,
                               size_t node) {
    struct table *table = table_new(11, score_keys + 1, score_headings + 1);
    if (table)
        add_score_rows(table, pack, edition, node, NULL);
    return table;
}

struct table *panel_table(void) {
    return table_new(12, score_keys, score_headings);
}

void panel_table_add(struct table *table, const struct pack *pack, const struct edition *edition,
                     size_t node, const char *period) {
    add_score_rows(table, pack, edition, node, period);
}

int ranks_command(const struct command_line *line) {
    struct session session;
    int status = session_open(&session, line);
    if (status == EXIT_OK)
        status = session_edition(&session, line->edition);
    size_t node = status == EXIT_OK ? node_or_suggest(session.pack->definition, line->node) : 0;
    if (node == NO_NODE)
        status = EXIT_NOT_FOUND;
    if (status == EXIT_OK && !region_or_suggest(session.pack->geography, line->region))
        status = EXIT_NOT_FOUND;
    if (status == EXIT_OK) {
        if (line->format == FORMAT_TEXT) {
            printf("%s, edition %llu: rank 1 is most need, of %zu places with a rank\n\n",
                   session.pack->definition->nodes[node].name,
                   (unsigned long long)session.info->number, edition_ranked(session.edition, node));
        }
        struct table *table =
            ranks_table(session.pack, session.edition, node, line->region, line->top);
        status = command_print(line, &table);
    }
    session_close(&session);
    return status;
}

/* --- show ------------------------------------------------------------------------------------- */

/* The name stands `indent` blanks further in for each level: a tree for the eye only. */
static void add_node_row(struct table *table, const struct pack *pack,
                         const struct edition *edition, size_t k, size_t area, int indent) {
    const struct node *node = &pack->definition->nodes[k];
    const struct node_scores *scores = &edition->nodes[k];
    enum status status = scores->score.status[area];
    char indented[300];
    (void)snprintf(indented, sizeof indented, "%*s%s", (int)node->level * indent, "", node->name);
    table_text(table, node->id);
    table_text(table, pack->definition->levels[node->level].id);
    table_text(table, indented);
    table_rank(table, scores->shown_rank[area]);
    table_count(table, edition_ranked(edition, k));
    if (status == STATUS_VALUE)
        table_number(table, scores->score.value[area], 1);
    else
        table_missing(table);
    if (status == STATUS_VALUE)
        table_text(table, band_name(pack->definition, scores->band[area]));
    else
        table_text(table, status_words(status));
    bool metric = node_is_metric(node);
    if (metric && scores->raw.status[area] == STATUS_VALUE) {
        table_number(table, scores->raw.value[area], 2);
    } else {
        table_missing(table);
    }
    table_text(table, metric ? node->unit : "");
    table_text(table, metric && scores->period ? scores->period : "");
    table_text(table, metric ? rule_name(scores->raw.rule[area]) : "");
    table_text(table, metric && node->proxy ? "proxy" : "");
    bool imputed = metric && scores->imputed[area];
    table_text(table, imputed ? impute_names[scores->imputed[area]] : "");
}

int show_command(const struct command_line *line) {
    static const char *const keys[] = {"node",  "level", "name",   "rank", "of",
                                       "score", "need",  "value",  "unit", "period",
                                       "rule",  "proxy", "imputed"};
    static const char *const headings[] = {NULL,    NULL,   "",       "rank", "of", "score", "need",
                                           "value", "unit", "period", "rule", "",   ""};
    struct session session;
    int status = session_open(&session, line);
    if (status == EXIT_OK)
        status = session_edition(&session, line->edition);
    size_t area =
        status == EXIT_OK ? area_or_suggest(session.pack->geography, line->arguments[0]) : 0;
    if (area == SIZE_MAX)
        status = EXIT_NOT_FOUND;
    if (status == EXIT_OK) {
        const struct area *place = &session.pack->geography->areas[area];
        if (line->format == FORMAT_TEXT) {
            printf("%s (%s), %s, %s, population %.0f; edition %llu\n\n", place->name, place->code,
                   place->type, place->region, place->population,
                   (unsigned long long)session.info->number);
        }
        struct table *table = table_new(13, keys, headings);
        int indent = line->format == FORMAT_TEXT ? 2 : 0;
        for (size_t k = 0; table && k < session.edition->n_nodes; k++) {
            add_node_row(table, session.pack, session.edition, k, area, indent);
        }
        status = command_print(line, &table);
    }
    session_close(&session);
    return status;
}
