/* Why a place's scores changed between two editions, or between two sets of figures. */
#include "core/explain_words.h"
#include "services/cli/computed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { UNIONS = 8 };

struct telling {
    const struct command_line *line;
    struct explain_case c;
    uint64_t from, to;          /* editions; 0: offline */
    const EditionInfo *edition; /* the newer; NULL: offline */
    size_t node;                /* NO_NODE: all that changed */
};

static bool changed(const struct telling *t, size_t node) {
    const struct explanation *e = t->c.explanation;
    size_t at = t->c.at * e->n_nodes + node;
    if (!e->known[at])
        return false;
    for (size_t i = 0; i < e->n_causes; i++) {
        if (explanation_amount(e, t->c.at, node, i) != 0.0)
            return true;
    }
    return false;
}

/* The node asked for; or else the root, and the missions that changed. */
static bool in_words(const struct telling *t, size_t node) {
    if (t->node != NO_NODE)
        return node == t->node;
    size_t level = t->c.newer->definition->nodes[node].level;
    return level == 0 || (level == 1 && changed(t, node));
}

/* What made the edition. */
static void tell_occasion(const EditionInfo *edition) {
    if (!edition->dataset)
        printf(": the definition changed");
    else if (strcmp(edition->cause, "withdrawal") == 0)
        printf(": the release '%s' of %s was withdrawn", edition->label, edition->dataset);
    else
        printf(": the release '%s' of %s came", edition->label, edition->dataset);
}

static void tell(const struct telling *t) {
    const struct area *area = &t->c.newer->geography->areas[t->c.area];
    char text[EXPLAIN_WORDS];
    printf("%s (%s)", area->name, area->code);
    if (t->to)
        printf(", edition %llu to %llu", (unsigned long long)t->from, (unsigned long long)t->to);
    if (t->edition && t->from + 1 == t->to)
        tell_occasion(t->edition);
    printf("\n\n");
    for (size_t k = 0; k < t->c.explanation->n_nodes; k++) {
        if (!in_words(t, k))
            continue;
        explain_sentence(&t->c, k, text);
        printf("%s\n\n", text);
    }
}

static void add_row(struct table *table, const struct telling *t, size_t node, size_t cause) {
    const struct explanation *e = t->c.explanation;
    const struct definition *d = t->c.newer->definition;
    const struct explain_cause *why = &e->causes[cause];
    size_t at = t->c.at * e->n_nodes + node;
    double before, after;
    const char *unit;
    table_text(table, t->c.newer->geography->areas[t->c.area].code);
    table_text(table, d->nodes[node].id);
    table_text(table, d->levels[d->nodes[node].level].id);
    table_number(table, e->before[at], 3);
    table_number(table, e->after[at], 3);
    table_text(table, cause_name(why->cause));
    table_text(table, why->node ? why->node : "");
    table_number(table, explanation_amount(e, t->c.at, node, cause), 4);
    bool figures = explain_figures(&t->c, why, &before, &after, &unit);
    if (figures) {
        table_number(table, before, 2);
        table_number(table, after, 2);
    } else {
        table_missing(table);
        table_missing(table);
    }
    table_text(table, figures ? unit : "");
}

static struct table *causes_table(const struct telling *t) {
    static const char *const keys[] = {"area_code",  "node",       "level",  "old_score",
                                       "new_score",  "cause",      "metric", "amount",
                                       "old_figure", "new_figure", "unit"};
    static const char *const headings[] = {NULL, "at",     NULL,         "was", "is",  "cause",
                                           "of", "amount", "figure was", "is",  "unit"};
    const struct explanation *e = t->c.explanation;
    struct table *table = table_new(11, keys, headings);
    size_t *order = calloc(e->n_causes, sizeof *order);
    if (!order)
        table_destroy(&table);
    for (size_t k = 0; table && order && k < e->n_nodes; k++) {
        if (!changed(t, k) || (t->node != NO_NODE && t->node != k))
            continue;
        size_t n = explain_largest(&t->c, k, order);
        for (size_t i = 0; i < n; i++)
            add_row(table, t, k, order[i]);
    }
    free(order);
    return table;
}

static int show(struct telling *t, const struct command_line *line) {
    if (line->node) {
        t->node = node_or_suggest(t->c.newer->definition, line->node);
        if (t->node == NO_NODE)
            return EXIT_NOT_FOUND;
    }
    if (line->format == FORMAT_TEXT)
        tell(t);
    struct table *table = causes_table(t);
    return command_print(line, &table);
}

/* The place called `name` in the older edition alone; NULL: there is none. */
static const struct area *area_that_left(const struct geography *older,
                                         const struct geography *newer, const char *name) {
    for (size_t a = 0; a < older->n_areas; a++) {
        const struct area *area = &older->areas[a];
        if ((strcasecmp(area->code, name) == 0 || strcasecmp(area->name, name) == 0) &&
            geography_area(newer, area->code) == SIZE_MAX)
            return area;
    }
    return NULL;
}

static int explain_area(const struct origin *from, const struct origin *to,
                        const struct computed *old, const struct computed *new, const char *name,
                        const struct command_line *line) {
    struct fault fault = {0};
    const struct area *left = area_that_left(from->pack->geography, to->pack->geography, name);
    if (left) {
        return command_failed(EXIT_NOT_FOUND,
                              "%s (%s) is no longer in the index, so there is no change to explain",
                              left->name, left->code);
    }
    size_t area = area_or_suggest(to->pack->geography, name);
    if (area == SIZE_MAX)
        return EXIT_NOT_FOUND;
    const struct explain_side older = {from->pack, from->releases};
    const struct explain_side newer = {to->pack, to->releases};
    struct explanation *e = explain(&older, &newer, &area, 1, UNIONS, &fault);
    if (!e)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    struct telling t = {.line = line,
                        .c = {e, from->pack, to->pack, old->edition, new->edition, 0, area},
                        .from = from->edition,
                        .to = to->edition,
                        .edition = to->edition ? to->session.info : NULL,
                        .node = NO_NODE};
    int status = show(&t, line);
    explanation_destroy(&e);
    return status;
}

/* The same definition is one pack, so that it is no cause. */
static void share_pack(struct origin *from, const struct origin *to,
                       const struct command_line *line) {
    bool same = (line->pack && !line->with) ||
                (from->session.info && to->session.info &&
                 strcmp(from->session.info->pack, to->session.info->pack) == 0);
    if (same)
        from->pack = to->pack;
}

int explain_command(const struct command_line *line) {
    struct command_line rest = without_first(line);
    struct origin from, to;
    struct computed old = {0}, new = {0};
    int status = origin_open_two(&from, &to, &rest);
    if (status == EXIT_OK) {
        share_pack(&from, &to, line);
        status = computed_open(&old, &from);
    }
    if (status == EXIT_OK)
        status = computed_open(&new, &to);
    if (status == EXIT_OK)
        status = explain_area(&from, &to, &old, &new, line->arguments[0], line);
    computed_close(&old);
    computed_close(&new);
    origin_close(&from);
    origin_close(&to);
    return status;
}
