#include "services/cli/trace.h"

#include "core/status.h"
#include "services/cli/trace_sources.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct tracing {
    const struct command_line *line;
    struct origin origin;
    struct computed computed;
    Message *releases; /* that the edition was scored from */
    struct trace trace;
};

/* --- the way up ------------------------------------------------------------------------------- */

double trace_share(const struct trace *trace, size_t i) {
    const struct node *nodes = trace->computed->pack->definition->nodes;
    double share = 1.0;
    for (size_t k = trace->path[i]; k != NO_NODE && nodes[k].parent != NO_NODE;
         k = nodes[k].parent) {
        double all = 0.0;
        size_t parent = nodes[k].parent;
        for (size_t c = parent + 1; c < nodes[parent].end; c = nodes[c].end)
            all += scorer_weight(trace->computed->scorer, c);
        share *= scorer_weight(trace->computed->scorer, k) / all;
    }
    return share;
}

static void find_path(struct trace *trace) {
    const struct node *nodes = trace->computed->pack->definition->nodes;
    for (size_t k = trace->node; k != NO_NODE && trace->n_path < 64; k = nodes[k].parent)
        trace->path[trace->n_path++] = k;
}

/* --- the way down ----------------------------------------------------------------------------- */

static const ReleaseInfo *release_of(const struct tracing *t, const char *dataset) {
    for (size_t i = 0; i < t->releases->releases->n_releases; i++) {
        if (strcmp(t->releases->releases->releases[i]->dataset, dataset) == 0)
            return t->releases->releases->releases[i];
    }
    return NULL;
}

/* The period of the release that is called so, or else its newest. */
static size_t period_of(const struct release *release, const char *period) {
    for (size_t i = 0; period && i < release->n_periods; i++) {
        if (strcmp(release->periods[i], period) == 0)
            return i;
    }
    return release_newest(release);
}

/* What the dataset gave the place for a period; where it is carried forward, of the newest period
 * before that gave something. */
static int find_input(struct tracing *t, size_t dataset, const char *period, bool carried,
                      struct trace_input *out) {
    const struct pack *pack = t->origin.pack;
    const struct release *release = t->origin.releases[dataset];
    out->dataset = &pack->definition->datasets[dataset];
    out->release = release_of(t, out->dataset->id);
    out->status = STATUS_ABSENT;
    if (!release)
        return EXIT_OK;
    struct fault fault = {0};
    size_t p = period_of(release, period);
    bool fine = p == SIZE_MAX || trace_sources(t->origin.arena, release, p, pack->geography,
                                               t->trace.area, out, &fault);
    while (fine && out->status != STATUS_VALUE && carried && p != SIZE_MAX && p-- > 0)
        fine =
            trace_sources(t->origin.arena, release, p, pack->geography, t->trace.area, out, &fault);
    return fine ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

static int find_inputs(struct tracing *t) {
    struct trace *trace = &t->trace;
    const struct node *node = &t->origin.pack->definition->nodes[trace->node];
    const char *period = t->computed.edition->nodes[trace->node].period;
    trace->divided = node->denominator != DENOMINATOR_NONE;
    int status =
        find_input(t, node->dataset, period, trace->imputed == IMPUTE_CARRIED, &trace->figure);
    if (status != EXIT_OK || !trace->divided)
        return status;
    if (node->denominator != DENOMINATOR_POPULATION)
        return find_input(t, node->denominator, period, false, &trace->denominator);
    trace->denominator.status = STATUS_VALUE;
    trace->denominator.value = t->origin.pack->geography->areas[trace->area].population;
    return EXIT_OK;
}

/* The figure as it came, and what was done to it. */
static void find_figure(struct tracing *t) {
    struct trace *trace = &t->trace;
    const struct figures *figures = t->computed.figures;
    const struct node_scores *scores = &t->computed.edition->nodes[trace->node];
    size_t row = (figures->n_periods - 1) * figures->n_areas + trace->area;
    const struct column *came = &figures->metrics[trace->node].column;
    trace->came_status = (enum status)came->status[row];
    if (trace->came_status == STATUS_VALUE)
        trace->came = came->value[row];
    trace->imputed = (enum impute)scores->imputed[trace->area];
}

/* The extent of the figures that were not moved: winsorised ones count as its ends. */
static void find_treatment(struct tracing *t) {
    struct trace *trace = &t->trace;
    const struct node_scores *scores = &t->computed.edition->nodes[trace->node];
    if (scores->outliers.transform)
        return;
    for (size_t a = 0; a < scores->raw.count; a++) {
        if (scores->raw.status[a] != STATUS_VALUE || scores->winsorised[a])
            continue;
        double x = scores->raw.value[a];
        trace->least = trace->n_extent ? fmin(trace->least, x) : x;
        trace->greatest = trace->n_extent ? fmax(trace->greatest, x) : x;
        trace->n_extent++;
    }
    trace->has_treated = trace->n_extent && scores->winsorised[trace->area];
    if (trace->has_treated)
        trace->treated =
            scores->raw.value[trace->area] > trace->greatest ? trace->greatest : trace->least;
}

/* --- the edition ------------------------------------------------------------------------------ */

/* What is computed here must be what was stored: else the pedigree is of something else. */
static int check_stored(const struct tracing *t) {
    const struct edition *stored = t->origin.session.edition, *now = t->computed.edition;
    for (size_t i = 0; i < t->trace.n_path; i++) {
        size_t k = t->trace.path[i], a = t->trace.area;
        const struct node_scores *was = &stored->nodes[k], *is = &now->nodes[k];
        if (was->rank[a] != is->rank[a] || was->score.status[a] != is->score.status[a] ||
            (is->score.status[a] == STATUS_VALUE && was->score.value[a] != is->score.value[a]))
            return command_failed(EXIT_FAILED,
                                  "edition %llu is not what its inputs give; see 'mindex recompute "
                                  "--edition %llu'",
                                  (unsigned long long)t->origin.edition,
                                  (unsigned long long)t->origin.edition);
    }
    return EXIT_OK;
}

static int find_names(struct tracing *t) {
    const struct pack *pack = t->origin.pack;
    struct trace *trace = &t->trace;
    trace->area = area_or_suggest(pack->geography, t->line->arguments[0]);
    if (trace->area == SIZE_MAX)
        return EXIT_NOT_FOUND;
    trace->node = node_or_suggest(pack->definition, t->line->arguments[1]);
    if (trace->node == NO_NODE)
        return EXIT_NOT_FOUND;
    if (!node_is_metric(&pack->definition->nodes[trace->node]))
        return command_failed(EXIT_NOT_FOUND,
                              "'%s' is no metric; 'mindex show %s' lists those below it",
                              t->line->arguments[1], t->line->arguments[0]);
    return EXIT_OK;
}

static int ask_releases(struct tracing *t) {
    Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
    wanted.has_edition = true;
    wanted.edition = t->origin.edition;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &wanted;
    int status = EXIT_OK;
    t->releases =
        session_ask(&t->origin.session, &question, MINDEX__V1__MESSAGE__BODY_RELEASES, &status);
    return status;
}

static int run(struct tracing *t) {
    int status = origin_open_edition(&t->origin, t->line, t->line->edition);
    if (status == EXIT_OK)
        status = find_names(t);
    if (status == EXIT_OK)
        status = ask_releases(t);
    if (status == EXIT_OK)
        status = computed_open(&t->computed, &t->origin);
    if (status != EXIT_OK)
        return status;
    t->trace.computed = &t->computed;
    t->trace.edition = t->origin.session.info;
    find_path(&t->trace);
    status = check_stored(t);
    if (status != EXIT_OK)
        return status;
    find_figure(t);
    find_treatment(t);
    status = find_inputs(t);
    if (status != EXIT_OK)
        return status;
    return t->line->format == FORMAT_JSON ? trace_print_json(&t->trace)
                                          : trace_print_text(&t->trace);
}

int trace_command(const struct command_line *line) {
    if (line->n_arguments != 2)
        return command_failed(EXIT_USAGE,
                              "'mindex trace' takes a place and a metric, found %zu "
                              "argument%s",
                              line->n_arguments, line->n_arguments == 1 ? "" : "s");
    struct tracing t = {.line = line};
    int status = run(&t);
    wire_free(&t.releases);
    computed_close(&t.computed);
    origin_close(&t.origin);
    return status;
}
