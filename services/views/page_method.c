/* How the index is made and what not to read into it, in plain words, out of the definition that is
 * in force: so that it is true of any index. */
#include "core/status.h"
#include "services/views/choice.h"
#include "services/views/html.h"
#include "services/views/method_words.h"
#include "services/views/metric_facts.h"
#include "services/views/pages.h"

#include <string.h>

static void section(FILE *out, const char *id, const char *title) {
    (void)fprintf(out, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

static size_t nodes_of_level(const struct definition *definition, size_t level) {
    size_t n = 0;
    for (size_t k = 0; k < definition->n_nodes; k++)
        n += definition->nodes[k].level == level;
    return n;
}

/* --- what it is made of ----------------------------------------------------------------------- */

static void parts(FILE *out, const struct request *request, const struct definition *definition) {
    const struct node *nodes = definition->nodes;
    section(out, "parts", "What it is made of");
    (void)fputs("<p>From the top down: ", out);
    for (size_t l = 0; l < definition->n_levels; l++) {
        (void)fputs(l == 0 ? "" : ", ", out);
        html_text(out, definition->levels[l].name);
        (void)fprintf(out, " (%zu)", nodes_of_level(definition, l));
    }
    (void)fputs(". <a href=\"", out);
    html_href(out, request, "/metrics-table");
    (void)fputs("\">All metrics with their sources</a>.</p>\n", out);
    table_begin(out, "parts-table", "", "The parts just below the whole");
    (void)fputs("<thead><tr><th scope=\"col\">Part</th><th scope=\"col\" class=\"n\">Weight</th>"
                "<th scope=\"col\" class=\"n\">Metrics</th></tr></thead>\n<tbody>\n",
                out);
    for (size_t k = 1; k < definition->n_nodes; k++) {
        size_t metrics = 0;
        if (nodes[k].level != 1)
            continue;
        for (size_t i = k; i < nodes[k].end; i++)
            metrics += node_is_metric(&nodes[i]);
        (void)fputs("<tr><th scope=\"row\"><a href=\"/league", out);
        html_with(out, request, "node", nodes[k].id);
        (void)fputs("\">", out);
        html_text(out, nodes[k].name);
        (void)fprintf(out, "</a></th><td class=\"n\">%.1f %%</td><td class=\"n\">%zu</td></tr>\n",
                      100 * weight_within(definition, k, 0), metrics);
    }
    (void)fputs("</tbody>\n", out);
    table_end(out);
}

static void places(FILE *out, const struct view *view) {
    const struct definition *definition = view->pack->definition;
    const struct geography *geography = view->pack->geography;
    section(out, "places", "Which places");
    (void)fprintf(out, "<p>%zu places", geography->n_areas);
    if (definition->vintage) {
        (void)fputs(", as they stood on ", out);
        html_period(out, definition->vintage);
        (void)fputs(
            ". Figures published under older or newer codes are brought to them by the dated "
            "changes of codes",
            out);
    }
    (void)fputs(".", out);
    for (size_t i = 0; i < definition->n_excluded; i++) {
        size_t code = geography_code(geography, definition->excluded[i]);
        (void)fputs(i == 0 ? " Left out: " : ", ", out);
        html_text(out, code == SIZE_MAX ? definition->excluded[i] : geography->codes[code].name);
    }
    (void)fputs(definition->n_excluded ? ".</p>\n" : "</p>\n", out);
}

/* --- from figures to scores ------------------------------------------------------------------- */

static const char *rule_words(int rule) {
    static const char *const words[RULE_COUNT] = {
        [RULE_DIRECT] = "published for the place itself",
        [RULE_RECODED] = "published for the same place under another code",
        [RULE_SUCCESSOR] = "of the larger area that replaced the place",
        [RULE_CASCADED] = "of a larger area that covers the place and others",
        [RULE_AVERAGED] = "the mean, by people, of several areas that make up the place",
        [RULE_SUMMED] = "the sum of several areas that make up the place",
        [RULE_SHARED] = "the place's share, by people, of a larger area",
    };
    return words[rule] ? words[rule] : "";
}

/* Whether the definition lets a gap be filled in at any metric. */
static bool fills_gaps(const struct definition *definition) {
    for (size_t k = 0; k < definition->n_nodes; k++) {
        if (node_is_metric(&definition->nodes[k]) &&
            definition->method.nodes[k].imputation.method != IMPUTE_NONE)
            return true;
    }
    return false;
}

static void figures(FILE *out, const struct view *view) {
    const struct definition *definition = view->pack->definition;
    size_t by_rule[RULE_COUNT] = {0}, missing = 0, imputed = 0, all = 0;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        struct metric_facts facts;
        if (!node_is_metric(&definition->nodes[k]))
            continue;
        metric_facts(view, k, NULL, &facts);
        for (int rule = 0; rule < RULE_COUNT; rule++)
            by_rule[rule] += facts.by_rule[rule];
        missing += facts.missing;
        imputed += facts.imputed;
        all += view->edition->n_areas;
    }
    section(out, "figures", "Where a place’s figures come from");
    (void)fputs("<p>Of the ", out);
    html_number(out, (double)all);
    (void)fputs(" figures that a full table would hold:</p>\n", out);
    table_begin(out, "rules-table", "", "How figures reached the places in this edition");
    (void)fputs("<thead><tr><th scope=\"col\">Mark</th><th scope=\"col\">The figure is</th>"
                "<th scope=\"col\" class=\"n\">Figures</th></tr></thead>\n<tbody>\n",
                out);
    for (int rule = RULE_DIRECT; rule < RULE_COUNT; rule++) {
        if (by_rule[rule])
            (void)fprintf(out,
                          "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"n\">%zu</td></tr>\n",
                          rule_name((enum rule)rule), rule_words(rule), by_rule[rule]);
    }
    if (imputed)
        (void)fprintf(out,
                      "<tr><th scope=\"row\">imputed</th><td>filled in by the method</td>"
                      "<td class=\"n\">%zu</td></tr>\n",
                      imputed);
    (void)fprintf(out,
                  "<tr><th scope=\"row\">missing</th><td>not published, and never taken for 0%s"
                  "</td><td class=\"n\">%zu</td></tr>\n</tbody>\n",
                  fills_gaps(definition) ? "" : " or for the mean", missing);
    table_end(out);
}

static void step(FILE *out, const char *name) {
    (void)fprintf(out, "<dt>%s</dt><dd>", name);
}

/* How many metrics say something of their own in place of their level's. */
static void own_choices(FILE *out, size_t n) {
    if (n)
        (void)fprintf(out, " (%zu %s a way of %s own)", n, n == 1 ? "metric has" : "metrics have",
                      n == 1 ? "its" : "their");
    (void)fputs(".</dd>\n", out);
}

struct own {
    size_t scales, imputations, treatments, higher, lower, denominators;
};

static struct own count_own(const struct definition *definition) {
    struct own own = {0};
    for (size_t k = 0; k < definition->n_nodes; k++) {
        const struct node *node = &definition->nodes[k];
        const struct node_method *method = &definition->method.nodes[k];
        if (!node_is_metric(node))
            continue;
        own.scales += method->scale.own;
        own.imputations += method->imputation.own;
        own.treatments += method->treatment.own;
        own.higher += node->direction == HIGHER_IS_NEED;
        own.lower += node->direction == LOWER_IS_NEED;
        own.denominators += node->denominator != DENOMINATOR_NONE;
    }
    return own;
}

static void screening(FILE *out, const struct screening *screening) {
    if (screening->place_available > 0 || screening->place_non_zero > 0) {
        step(out, "Places with too little");
        (void)fprintf(out,
                      "A place is left out with figures for less than %.0f %% of the metrics, or "
                      "fewer than %.0f %% of them above or below 0.</dd>\n",
                      100 * screening->place_available, 100 * screening->place_non_zero);
    }
    if (screening->metric_available > 0 || screening->metric_non_zero > 0) {
        step(out, "Metrics with too little");
        (void)fprintf(out,
                      "A metric is left out with figures for less than %.0f %% of the places, or "
                      "fewer than %.0f %% of them above or below 0.</dd>\n",
                      100 * screening->metric_available, 100 * screening->metric_non_zero);
    }
}

static void metrics_steps(FILE *out, const struct definition *definition) {
    const struct node_method *method = &definition->levels[definition->n_levels - 1].method;
    struct own own = count_own(definition);
    screening(out, &definition->method.screening);
    if (own.denominators) {
        step(out, "Denominators");
        (void)fprintf(out,
                      "%zu metric%s divided by another figure, such as the people who live "
                      "there.</dd>\n",
                      own.denominators, own.denominators == 1 ? " is" : "s are");
    }
    step(out, "Gaps");
    (void)fputs("Gaps ", out);
    words_impute(out, &method->imputation);
    own_choices(out, own.imputations);
    step(out, "Direction");
    (void)fprintf(
        out,
        "Every figure is turned so that more is more need: of %zu metric%s a higher figure "
        "is more need, of %zu a lower one.</dd>\n",
        own.higher, own.higher == 1 ? "" : "s", own.lower);
    step(out, "Outliers");
    (void)fputs("Extreme figures ", out);
    words_treat(out, &method->treatment);
    own_choices(out, own.treatments);
    step(out, "Common scale");
    (void)fputs("A figure ", out);
    words_normalise(out, &method->scale);
    own_choices(out, own.scales);
}

static void parent_step(FILE *out, const struct level *level) {
    const struct node_method *method = &level->method;
    (void)fputs("<dt>", out);
    html_text(out, level->name);
    (void)fputs("</dt><dd>A score is ", out);
    words_aggregate(out, &method->combination);
    (void)fputs(". Its parts ", out);
    words_weights(out, method->weighting);
    (void)fputs("; the weight of a gap is shared among the rest. ", out);
    if (method->coverage > 0)
        (void)fprintf(out, "With less than %.0f %% of %s there is no score and no rank. ",
                      100 * method->coverage,
                      method->of_children ? "its parts" : "the weight of its metrics");
    else
        (void)fputs("One figure is enough for a score. ", out);
    (void)fputs("The score then ", out);
    words_normalise(out, &method->scale);
    (void)fputs(".</dd>\n", out);
}

static const char *ties_words(enum ties ties) {
    switch (ties) {
    case TIES_MIN:
        return "places with the same score share the best of their ranks";
    case TIES_MAX:
        return "places with the same score share the worst of their ranks";
    case TIES_DENSE:
        return "places with the same score share a rank, and the next rank follows";
    case TIES_AVERAGE:
        break;
    }
    return "places with the same score share the mean of their ranks";
}

static void ranks_step(FILE *out, const struct definition *definition) {
    step(out, "Ranks");
    (void)fprintf(out, "Rank 1 is the highest score and most need; %s.</dd>\n",
                  ties_words(definition->ties));
    step(out, "Bands");
    if (definition->band_thresholds) {
        (void)fprintf(out, "%u bands by score: ", definition->bands);
        for (unsigned band = 1; band < definition->bands; band++) {
            html_text(out, band_name(definition, band));
            (void)fprintf(out, " from %g up, ", definition->band_thresholds[band - 1]);
        }
        html_text(out, band_name(definition, definition->bands));
        (void)fputs(" below.</dd>\n", out);
        return;
    }
    (void)fprintf(out, "%u bands of as many places each, by rank: ", definition->bands);
    for (unsigned band = 1; band <= definition->bands; band++) {
        (void)fputs(band == 1 ? "" : band == definition->bands ? " and " : ", ", out);
        html_text(out, band_name(definition, band));
    }
    (void)fputs(" need. A place’s band says where it stands among the others, not how much need "
                "there is.</dd>\n",
                out);
}

static void scoring(FILE *out, const struct definition *definition) {
    section(out, "scores", "From figures to ranks");
    (void)fputs("<dl class=\"facts\">\n", out);
    metrics_steps(out, definition);
    for (size_t l = definition->n_levels - 1; l-- > 0;)
        parent_step(out, &definition->levels[l]);
    ranks_step(out, definition);
    if (definition->panel.n_periods) {
        step(out, "Periods");
        (void)fprintf(out, "%zu periods, on one scale %s; what is shown is the newest.</dd>\n",
                      definition->panel.n_periods,
                      definition->panel.within ? "for each of them" : "for all of them");
    }
    (void)fputs("</dl>\n", out);
}

/* --- how sure, and what for ------------------------------------------------------------------- */

static void uncertainty(FILE *out, const struct request *request,
                        const struct definition *definition) {
    const struct uncertainty *of = &definition->uncertainty;
    section(out, "sure", "How sure a rank is");
    if (of->n_factors == 0) {
        (void)fputs("<p>The definition does not say which of its choices could have been made "
                    "otherwise, so ranks have no interval. That does not make them certain.</p>\n",
                    out);
        return;
    }
    (void)fprintf(out,
                  "<p>The choices above could have been made otherwise. The index is computed %u "
                  "times with other choices, and a rank’s interval holds %.0f %% of the ranks that "
                  "come of it. What is chosen otherwise:</p>\n<ul>\n",
                  of->replicates, 100 * of->interval);
    for (size_t i = 0; i < of->n_factors; i++) {
        (void)fputs("<li>", out);
        words_factor(out, definition, &of->factors[i]);
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n<p>The interval knows nothing of errors in the figures themselves: of "
                "surveys with few people asked, of late or wrong returns. <a href=\"",
                out);
    html_href(out, request, "/league");
    (void)fputs("\">The league table shows every interval</a>.</p>\n", out);
}

static void threshold(FILE *out, const struct threshold *of) {
    if (of->kind == THRESHOLD_GIVEN)
        (void)fprintf(out, "%g", of->given);
    else
        (void)fputs(of->kind == THRESHOLD_MEAN ? "the mean" : "the median", out);
}

static void spend(FILE *out, const struct request *request, const struct view *view) {
    const struct definition *definition = view->pack->definition;
    const struct spend_rules *of = &definition->spend;
    if (of->dataset == NO_DATASET)
        return;
    section(out, "spend", "Need against public spending");
    (void)fputs("<p>Need for ", out);
    html_text(out, definition->nodes[of->node].name);
    (void)fputs(" is set beside ", out);
    html_text(out, of->name);
    (void)fputs(". Spending is published a head and for ", out);
    html_text(out, level_words(definition->datasets[of->dataset].level));
    (void)fprintf(out, "; a place’s %s. High need is above ",
                  of->measure == SPEND_TOTAL ? "total is that times the people who live there"
                                             : "own is taken to be that of its region");
    threshold(out, &of->need);
    (void)fputs(" of the places compared, high spending above ", out);
    threshold(out, &of->spend);
    (void)fputs(".", out);
    for (size_t i = 0; i < of->n_exclude_types; i++) {
        (void)fputs(i == 0 ? " Not compared are places of the type " : ", ", out);
        html_text(out, of->exclude_types[i]);
    }
    (void)fputs(of->n_exclude_types ? ".</p>\n" : "</p>\n", out);
    (void)fputs(
        "<p>It does not say what a place itself was given or spent, nor whether that was too "
        "much or too little. <a href=\"",
        out);
    html_href(out, request, "/spend");
    (void)fputs("\">Need and spend</a>.</p>\n", out);
}

/* --- limits ----------------------------------------------------------------------------------- */

static void limits(FILE *out, const struct view *view) {
    const struct definition *definition = view->pack->definition;
    size_t n = view->edition->n_areas, proxies = 0;
    for (size_t k = 0; k < definition->n_nodes; k++)
        proxies += node_is_metric(&definition->nodes[k]) && definition->nodes[k].proxy;
    section(out, "limits", "What not to read into it");
    (void)fputs(
        "<ul>\n<li><strong>It ranks places, not councils.</strong> High need says what people in a "
        "place are up against, not how well anybody there does their work. Much of it is not for a "
        "council to change.</li>\n"
        "<li><strong>A few ranks are no difference.</strong> Where the intervals of two places "
        "overlap, neither has more need for certain.</li>\n"
        "<li><strong>A rank is about the others, too.</strong> A place may fall without anything "
        "having changed there, because others moved. What changed says which it was.</li>\n",
        out);
    (void)fprintf(
        out,
        "<li><strong>%s</strong> What is not published is not taken for 0%s, and a place with too "
        "many gaps has no rank: that is neither good nor bad news.</li>\n",
        fills_gaps(definition) ? "A gap that was filled is an estimate." : "A gap is a gap.",
        fills_gaps(definition) ? "; what the method fills in is marked as imputed"
                               : ", nor for the mean");
    (void)fputs(
        "<li><strong>Shared figures do not tell neighbours apart.</strong> Where a figure is "
        "published for a county, a partnership or a force, all places in it have the same; "
        "such figures are marked as cascaded.</li>\n",
        out);
    if (proxies)
        (void)fprintf(out,
                      "<li><strong>%zu of the metrics stand%s in for something else.</strong> They "
                      "are marked as proxies.</li>\n",
                      proxies, proxies == 1 ? "s" : "");
    (void)fprintf(
        out,
        "<li><strong>Somebody is always first.</strong> With %zu places one has rank 1 and "
        "one rank %zu, however much or little need there is in all of them together.</li>\n"
        "<li><strong>Figures are of different years.</strong> Each metric is of the newest "
        "period that its publisher has; the metric table says which.</li>\n"
        "<li><strong>It is nobody’s official figure.</strong> The choice of metrics, their "
        "directions and weights are this index’s own.</li>\n</ul>\n",
        n, n);
}

void page_method(struct viewer *viewer, const struct request *request, struct answer *answer) {
    const struct view *view = choice_view(viewer, request, answer);
    FILE *out = view ? page_open(answer) : NULL;
    if (!out)
        return;
    const struct definition *definition = view->pack->definition;
    const struct page page = {.title = "Method and limits",
                              .description = "How the index is made, how sure it is, and what not "
                                             "to read into it.",
                              .nav = "/method",
                              .view = view,
                              .request = request};
    page_begin(out, &page);
    (void)fputs("<h1>Method and limits</h1>\n<p class=\"lead\">", out);
    html_text(out, definition->title);
    (void)fprintf(out,
                  " ranks %zu places by need, from %zu metrics. Rank 1 is most need.</p>\n"
                  "<ul class=\"plain-links\"><li><a href=\"#limits\">What not to read into it</a>"
                  "</li><li><a href=\"#sure\">How sure a rank is</a></li></ul>\n",
                  view->edition->n_areas, nodes_of_level(definition, definition->n_levels - 1));
    parts(out, request, definition);
    places(out, view);
    figures(out, view);
    scoring(out, definition);
    uncertainty(out, request, definition);
    spend(out, request, view);
    limits(out, view);
    page_end(out, &page);
    page_close(answer, out);
}
