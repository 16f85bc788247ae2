#include "core/explain_words.h"

#include "core/status.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Causes that are told; a fourth is told where it is the last. */
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

/* The place in the older pack; SIZE_MAX: it is not there. */
static size_t old_area(const struct explain_case *c) {
    if (c->older == c->newer)
        return c->area;
    return geography_area(c->older->geography, c->newer->geography->areas[c->area].code);
}

/* The figure of a metric in an edition; false where there is none. */
static bool figure_of(const struct pack *pack, const struct edition *edition, size_t area,
                      size_t node, double *out, const char **unit) {
    if (node == NO_NODE || area == SIZE_MAX || !node_is_metric(&pack->definition->nodes[node]))
        return false;
    const struct column *raw = &edition->nodes[node].raw;
    *unit = pack->definition->nodes[node].unit;
    *out = raw->value[area];
    return raw->status[area] == STATUS_VALUE;
}

bool explain_figures(const struct explain_case *c, const struct explain_cause *cause,
                     double *before, double *after, const char **unit) {
    bool own = cause->cause == CAUSE_OWN || cause->cause == CAUSE_FILLED;
    return own && cause->node &&
           figure_of(c->older, c->before, old_area(c), cause->in_older, before, unit) &&
           figure_of(c->newer, c->after, c->area, cause->in_newer, after, unit);
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

static const char *name_of(const struct explain_case *c, const struct explain_cause *cause) {
    if (cause->in_newer != NO_NODE)
        return c->newer->definition->nodes[cause->in_newer].name;
    return cause->in_older != NO_NODE ? c->older->definition->nodes[cause->in_older].name
                                      : cause->node;
}

/* A cause's metric in one edition; `metric` is false where the cause is not of one metric. */
struct there {
    bool metric, value, imputed, screened;
    double figure;
};

static struct there look(const struct explain_case *c, const struct explain_cause *cause,
                         bool newer) {
    const struct pack *pack = newer ? c->newer : c->older;
    const struct edition *edition = newer ? c->after : c->before;
    size_t node = newer ? cause->in_newer : cause->in_older;
    size_t area = newer ? c->area : old_area(c);
    if (node == NO_NODE || area == SIZE_MAX || !node_is_metric(&pack->definition->nodes[node]))
        return (struct there){0};
    const struct node_scores *scores = &edition->nodes[node];
    return (struct there){.metric = true,
                          .value = scores->raw.status[area] == STATUS_VALUE,
                          .imputed = scores->imputed[area] != 0,
                          .screened = scores->score.status[area] == STATUS_SCREENED,
                          .figure = scores->raw.value[area]};
}

static void say_figures(struct words *words, const struct explain_case *c,
                        const struct explain_cause *cause) {
    const char *unit = "";
    double before, after;
    if (explain_figures(c, cause, &before, &after, &unit))
        say(words, " (%.10g to %.10g%s%s)", before, after, *unit ? " " : "", unit);
}

static void say_own(struct words *words, const struct explain_case *c,
                    const struct explain_cause *cause, const char *name) {
    struct there was = look(c, cause, false), is = look(c, cause, true);
    bool one = was.metric && is.metric;
    say(words, "its own figure%s for %s", one ? "" : "s", name);
    say_figures(words, c, cause);
    if (one && was.value != is.value)
        say(words, ", which %s missing", is.value ? "was" : "is now");
}

static void say_filled(struct words *words, const struct explain_case *c,
                       const struct explain_cause *cause, const char *name) {
    struct there was = look(c, cause, false), is = look(c, cause, true);
    if (!was.metric || !is.metric) {
        say(words, "figures for %s that are estimates, or a larger area's, in either edition",
            name);
        return;
    }
    if (was.imputed && is.imputed)
        say(words, "the estimate of its missing figure for %s", name);
    else
        say(words, "its figure for %s", name);
    say_figures(words, c, cause);
    if (was.imputed && !is.imputed)
        say(words, ", which was an estimate and is now %s", is.value ? "published" : "missing");
    else if (is.imputed && !was.imputed)
        say(words, ", which was %s and is now an estimate", was.value ? "published" : "missing");
    else if (!was.imputed)
        say(words, ", which now comes from another kind of area");
}

static void say_others(struct words *words, const struct explain_case *c,
                       const struct explain_cause *cause, const char *name) {
    bool was = look(c, cause, false).screened, is = look(c, cause, true).screened;
    if (was == is)
        say(words, "other places' figures for %s, by which its own is measured", name);
    else if (is)
        say(words, "leaving out %s, for which there are now too few usable figures", name);
    else
        say(words, "counting %s, for which there are now enough usable figures", name);
}

static bool same_places(const struct explain_case *c) {
    const struct geography *was = c->older->geography, *is = c->newer->geography;
    for (size_t a = 0; was->n_areas == is->n_areas && a < is->n_areas; a++) {
        if (geography_area_near(was, is->areas[a].code, a) == SIZE_MAX)
            return false;
    }
    return was->n_areas == is->n_areas;
}

static void say_definition(struct words *words, const struct explain_case *c) {
    bool defined = !definition_same(c->older->definition, c->newer->definition);
    if (defined)
        say(words, "a changed definition of the index");
    if (!same_places(c))
        say(words, "%splaces that joined or left the index", defined ? " and " : "");
    else if (!defined)
        say(words, "changed tables of places");
}

static void say_cause(struct words *words, const struct explain_case *c,
                      const struct explain_cause *cause) {
    const char *name = cause->node ? name_of(c, cause) : "";
    switch (cause->cause) {
    case CAUSE_OWN:
        say_own(words, c, cause, name);
        break;
    case CAUSE_FILLED:
        say_filled(words, c, cause, name);
        break;
    case CAUSE_OTHERS:
        say_others(words, c, cause, name);
        break;
    case CAUSE_DEFINITION:
        say_definition(words, c);
        break;
    default:
        say(words, "several causes that cannot be told apart");
        break;
    }
}

static size_t old_node(const struct explain_case *c, size_t node) {
    return c->older == c->newer
               ? node
               : definition_node(c->older->definition, c->newer->definition->nodes[node].id);
}

/* `still`: the score did not change, so that a rank that did needs a "but". */
static void say_rank(struct words *words, const struct explain_case *c, size_t node, bool still) {
    size_t was = old_node(c, node), area = old_area(c);
    uint32_t now = c->after->nodes[node].rank[c->area];
    uint32_t before = was == NO_NODE || area == SIZE_MAX ? 0 : c->before->nodes[was].rank[area];
    if (!before || !now)
        return;
    size_t of = edition_ranked(c->after, node), of_before = edition_ranked(c->before, was);
    if (before == now) {
        say(words, ", and its rank stayed %u", now);
    } else {
        say(words, still ? ", but its rank went from %u" : ", from rank %u", before);
        if (of_before != of)
            say(words, " of %zu", of_before);
        say(words, " to %u", now);
    }
    say(words, " of %zu", of);
    if (before == now && of_before != of)
        say(words, ", no longer of %zu", of_before);
}

static void say_causes(struct words *words, const struct explain_case *c, size_t node,
                       const size_t *order, size_t n) {
    const struct explanation *e = c->explanation;
    size_t shown = n == SHOWN + 1 ? n : SHOWN;
    double rest = 0.0;
    for (size_t i = 0; i < n; i++) {
        double amount = explanation_amount(e, c->at, node, order[i]);
        if (i >= shown) {
            rest += amount;
            continue;
        }
        say(words, i == 0 ? ": " : n <= shown && i + 1 == n ? ", and " : ", ");
        say_amount(words, sign_of(amount), amount);
        say(words, " from ");
        say_cause(words, c, &e->causes[order[i]]);
    }
    if (n > shown) {
        say(words, ", and ");
        say_amount(words, sign_of(rest), rest);
        say(words, " from %zu smaller causes", n - shown);
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
        say(&words, "The score of %s for %s did not change", area->name, name);
        say_rank(&words, c, node, true);
        say(&words, ".");
        return;
    }
    say(&words, "The score of %s for %s ", area->name, name);
    if (change == 0.0) {
        say(&words, "stayed %.2f", e->after[at]);
    } else {
        say(&words, "%s by ", change > 0.0 ? "rose" : "fell");
        say_amount(&words, "", fabs(change));
        say(&words, " to %.2f (%s need)", e->after[at], change > 0.0 ? "more" : "less");
    }
    say_rank(&words, c, node, change == 0.0);
    say_causes(&words, c, node, order, n);
}
