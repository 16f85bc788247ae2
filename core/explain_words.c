#include "core/explain_words.h"

#include "core/status.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 3 };

size_t explain_largest(const struct explain_case *c, size_t node, size_t *out) {
    const struct explanation *e = c->explanation;
    size_t n = 0;
    for (size_t i = 0; i < e->n_causes; i++) {
        double amount = fabs(explanation_amount(e, c->at, node, i));
        if (amount == 0.0)
            continue;
        size_t k = n++;
        for (; k > 0 && fabs(explanation_amount(e, c->at, node, out[k - 1])) < amount; k--)
            out[k] = out[k - 1];
        out[k] = i;
    }
    return n;
}

/* The figure of the metric called `id` in an edition; false where there is none. */
static bool figure_of(const struct pack *pack, const struct edition *edition, const char *code,
                      const char *id, double *out, const char **unit) {
    size_t node = definition_node(pack->definition, id);
    size_t area = geography_area(pack->geography, code);
    if (node == NO_NODE || area == SIZE_MAX || !node_is_metric(&pack->definition->nodes[node]))
        return false;
    const struct column *raw = &edition->nodes[node].raw;
    *unit = pack->definition->nodes[node].unit;
    *out = raw->value[area];
    return raw->status[area] == STATUS_VALUE;
}

bool explain_figures(const struct explain_case *c, const struct explain_cause *cause,
                     double *before, double *after, const char **unit) {
    const char *code = c->newer->geography->areas[c->area].code;
    bool own = cause->cause == CAUSE_OWN || cause->cause == CAUSE_FILLED;
    return own && cause->node && figure_of(c->older, c->before, code, cause->node, before, unit) &&
           figure_of(c->newer, c->after, code, cause->node, after, unit);
}

/* --- words ------------------------------------------------------------------------------------ */

struct words {
    char *text;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *words, const char *format,
                                                      ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(words->text + words->used, EXPLAIN_WORDS - words->used, format, args);
    va_end(args);
    if (n > 0)
        words->used += (size_t)n;
    if (words->used >= EXPLAIN_WORDS)
        words->used = EXPLAIN_WORDS - 1;
}

/* The size of an amount, with as many decimals as a small one needs to be one. */
static void say_amount(struct words *words, const char *sign, double amount) {
    double size = fabs(amount);
    int decimals = size >= 0.095 || size == 0.0 ? 2 : size >= 0.00095 ? 4 : 6;
    say(words, "%s%.*f", sign, decimals, size);
}

static const char *sign_of(double amount) {
    return amount < 0.0 ? "-" : "+";
}

static const char *name_of(const struct explain_case *c, const char *id) {
    size_t node = definition_node(c->newer->definition, id);
    if (node != NO_NODE)
        return c->newer->definition->nodes[node].name;
    node = definition_node(c->older->definition, id);
    return node != NO_NODE ? c->older->definition->nodes[node].name : id;
}

static void say_cause(struct words *words, const struct explain_case *c,
                      const struct explain_cause *cause) {
    const char *name = cause->node ? name_of(c, cause->node) : "", *unit = "";
    double before, after;
    switch (cause->cause) {
    case CAUSE_OWN:
        if (explain_figures(c, cause, &before, &after, &unit))
            say(words, "its own figure for %s (%.10g to %.10g%s%s)", name, before, after,
                *unit ? " " : "", unit);
        else
            say(words, "its own figures for %s", name);
        break;
    case CAUSE_FILLED:
        say(words, "how its figure for %s is come by (an estimate, or a larger area's)", name);
        break;
    case CAUSE_OTHERS:
        say(words, "other places' figures for %s, by which its own is measured", name);
        break;
    case CAUSE_DEFINITION:
        say(words, "a changed definition of the index");
        break;
    default:
        say(words, "several causes that cannot be told apart");
        break;
    }
}

static void say_rank(struct words *words, const struct explain_case *c, size_t node) {
    const char *code = c->newer->geography->areas[c->area].code;
    size_t was = definition_node(c->older->definition, c->newer->definition->nodes[node].id);
    size_t old_area = geography_area(c->older->geography, code);
    uint32_t now = c->after->nodes[node].rank[c->area];
    uint32_t before =
        was == NO_NODE || old_area == SIZE_MAX ? 0 : c->before->nodes[was].rank[old_area];
    if (before && now && before != now)
        say(words, "from rank %u to %u of %zu", before, now, edition_ranked(c->after, node));
    else if (now)
        say(words, "and its rank stayed %u of %zu", now, edition_ranked(c->after, node));
}

static void say_causes(struct words *words, const struct explain_case *c, size_t node,
                       const size_t *order, size_t n) {
    const struct explanation *e = c->explanation;
    double rest = 0.0;
    for (size_t i = 0; i < n; i++) {
        double amount = explanation_amount(e, c->at, node, order[i]);
        if (i >= SHOWN) {
            rest += amount;
            continue;
        }
        say(words, i == 0 ? ": " : n <= SHOWN && i + 1 == n ? ", and " : ", ");
        say_amount(words, sign_of(amount), amount);
        say(words, " from ");
        say_cause(words, c, &e->causes[order[i]]);
    }
    if (n > SHOWN) {
        say(words, ", and ");
        say_amount(words, sign_of(rest), rest);
        say(words, " from %zu smaller causes", n - SHOWN);
    }
    say(words, ".");
}

void explain_sentence(const struct explain_case *c, size_t node, char text[EXPLAIN_WORDS]) {
    const struct explanation *e = c->explanation;
    const struct area *area = &c->newer->geography->areas[c->area];
    const char *name = c->newer->definition->nodes[node].name;
    size_t at = c->at * e->n_nodes + node, order[64];
    struct words words = {.text = text};
    text[0] = '\0';
    if (!e->known[at]) {
        say(&words, "%s has no score for %s %s, so there is no change to explain.", area->name,
            name, c->after->nodes[node].score.status[c->area] == STATUS_VALUE ? "before" : "now");
        return;
    }
    double change = e->after[at] - e->before[at];
    size_t n = e->n_causes <= sizeof order / sizeof *order ? explain_largest(c, node, order) : 0;
    if (change == 0.0 && n == 0) {
        say(&words, "The score of %s for %s did not change, ", area->name, name);
        say_rank(&words, c, node);
        say(&words, ".");
        return;
    }
    say(&words, "The score of %s for %s ", area->name, name);
    if (change == 0.0) {
        say(&words, "stayed %.2f, ", e->after[at]);
    } else {
        say(&words, "%s by ", change > 0.0 ? "rose" : "fell");
        say_amount(&words, "", fabs(change));
        say(&words, " to %.2f (%s need), ", e->after[at], change > 0.0 ? "more" : "less");
    }
    say_rank(&words, c, node);
    say_causes(&words, c, node, order, n);
}
