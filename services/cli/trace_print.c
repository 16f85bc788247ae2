#include "core/normalise.h"
#include "core/status.h"
#include "services/cli/trace.h"

#include <jansson.h>
#include <string.h>

static const struct node *node_of(const struct trace *t, size_t node) {
    return &t->computed->pack->definition->nodes[node];
}

static const struct node_scores *scores_of(const struct trace *t, size_t node) {
    return &t->computed->edition->nodes[node];
}

static const char *level_name(const struct trace *t, size_t node) {
    return t->computed->pack->definition->levels[node_of(t, node)->level].id;
}

static const struct scale *scale_of(const struct trace *t) {
    return &t->computed->pack->definition->method.nodes[t->node].scale;
}

/* What the rule by which an observation reaches the place means. */
static const char *rule_words(enum rule rule) {
    static const char *const words[RULE_COUNT] = {
        [RULE_NONE] = "",
        [RULE_DIRECT] = "published for the place itself",
        [RULE_RECODED] = "published for the same place under another code",
        [RULE_SUCCESSOR] = "published for the larger authority that replaced it",
        [RULE_CASCADED] = "published for an area that covers it",
        [RULE_AVERAGED] = "a mean of areas that make it up",
    };
    return words[rule];
}

/* --- text ------------------------------------------------------------------------------------- */

static void say_path(const struct trace *t) {
    for (size_t i = t->n_path; i-- > 0;) {
        size_t k = t->path[i];
        const struct node_scores *scores = scores_of(t, k);
        printf("%-10s %-34.34s ", level_name(t, k), node_of(t, k)->name);
        if (scores->score.status[t->area] == STATUS_VALUE)
            printf("rank %g of %zu, score %.4f", scores->shown_rank[t->area],
                   edition_ranked(t->computed->edition, k), scores->score.value[t->area]);
        else
            printf("no score: %s", status_words((enum status)scores->score.status[t->area]));
        if (node_of(t, k)->parent != NO_NODE)
            printf("; weight %g, %.2f %% of the whole", scorer_weight(t->computed->scorer, k),
                   100.0 * trace_share(t, i));
        printf("\n");
    }
}

static void say_value(enum status status, double value) {
    if (status == STATUS_VALUE)
        printf("%.10g", value);
    else
        printf("%s (%s)", status_mark(status), status_words(status));
}

static void say_normalised(const struct trace *t) {
    const struct node_scores *scores = scores_of(t, t->node);
    const struct scale *scale = scale_of(t);
    printf("normalised   %s", normalise_name(scale->method));
    if (scale->method != NORMALISE_NONE)
        printf(", from %g to %g", scale->low, scale->high);
    if (t->n_extent && scale->method == NORMALISE_MIN_MAX)
        printf("; figures from %.10g to %.10g", t->least, t->greatest);
    if (node_of(t, t->node)->direction == LOWER_IS_NEED)
        printf("; turned, for lower is more need");
    if (scores->score.status[t->area] == STATUS_VALUE)
        printf("\n             score %.10g\n", scores->score.value[t->area]);
    else
        printf("\n             no score: %s\n",
               status_words((enum status)scores->score.status[t->area]));
}

static void say_treated(const struct trace *t) {
    char words[200];
    const struct outliers *outliers = &scores_of(t, t->node)->outliers;
    if (!outliers->looked)
        return;
    outliers_words(outliers, words, sizeof words);
    printf("outliers     %s", *words ? words : "within the limits, nothing was done");
    if (t->has_treated)
        printf("; this place's figure was moved, and counts as %.10g", t->treated);
    printf("\n");
}

static void say_figure(const struct trace *t) {
    const struct node *node = node_of(t, t->node);
    const struct node_scores *scores = scores_of(t, t->node);
    printf("figure       ");
    say_value(t->came_status, t->came);
    printf(" %s%s%s%s\n", node->unit, scores->period ? ", " : "",
           scores->period ? scores->period : "", node->proxy ? ", a proxy" : "");
    if (t->imputed && t->imputed != IMPUTE_CARRIED)
        printf("filled in    %.10g, by %s\n", scores->raw.value[t->area], impute_names[t->imputed]);
    else if (t->imputed)
        printf("filled in    by %s: it is an older period's\n", impute_names[t->imputed]);
}

/* What the publisher says beside the number. */
static void say_flags(const struct trace_source *source) {
    for (unsigned bit = 0; 1U << bit < FLAG_HAS_LOW; bit++) {
        if (source->flags & 1U << bit)
            printf(", %s", flag_words[bit]);
    }
    if ((source->flags & FLAG_HAS_LOW) && (source->flags & FLAG_HAS_HIGH))
        printf(", limits %.10g to %.10g", source->low, source->high);
}

static void say_source(const struct trace_source *source, size_t n) {
    printf("  %s %s", source->code->code, source->code->name);
    if (n > 1)
        printf(", weight %.6g", source->share);
    printf(": ");
    if (source->sheet)
        printf("sheet %s, ", source->sheet);
    printf("%s %u", source->sheet ? "row" : "line", source->row);
    if (source->column)
        printf(", column %u", source->column);
    printf(", %s: ", source->period);
    say_value(source->status, source->value);
    say_flags(source);
    printf("\n");
}

static void say_input(const char *what, const struct trace_input *input) {
    printf("\n%s: dataset %s (%s, %s)\n", what, input->dataset->id, input->dataset->title,
           input->dataset->publisher);
    if (!input->release) {
        printf("  no release was in force\n");
        return;
    }
    printf("  release %llu, '%s', file %s\n  SHA-256 %s\n",
           (unsigned long long)input->release->release, input->release->label,
           input->release->file_name, input->release->file_hash);
    if (input->n_sources == 0)
        printf("  no row serves the place\n");
    else if (input->sources[0].rule)
        printf("  %s (%s)\n", rule_name(input->sources[0].rule),
               rule_words(input->sources[0].rule));
    for (size_t i = 0; i < input->n_sources; i++)
        say_source(&input->sources[i], input->n_sources);
    if (input->n_sources > 1 && input->status == STATUS_VALUE)
        printf("  together %.10g\n", input->value);
}

int trace_print_text(const struct trace *t) {
    const struct node *node = node_of(t, t->node);
    const struct area *area = &t->computed->pack->geography->areas[t->area];
    printf("%s (%s), %s; edition %llu\n\n", area->name, area->code, node->name,
           (unsigned long long)t->edition->number);
    say_path(t);
    printf("\n");
    say_normalised(t);
    say_treated(t);
    say_figure(t);
    if (t->divided) {
        printf("divided      ");
        say_value(t->figure.status, t->figure.value);
        printf(" by ");
        say_value(t->denominator.status, t->denominator.value);
        printf(", times %g\n", node->per);
    }
    say_input("Source", &t->figure);
    if (t->divided && t->denominator.dataset)
        say_input("Divided by", &t->denominator);
    else if (t->divided)
        printf("\nDivided by: the population of the pack's area table\n");
    return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *value_json(enum status status, double value) {
    return status == STATUS_VALUE ? json_real(value) : json_null();
}

static json_t *number_json(bool has, double value) {
    return has ? json_real(value) : json_null();
}

static json_t *path_json(const struct trace *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < t->n_path; i++) {
        size_t k = t->path[i];
        const struct node_scores *scores = scores_of(t, k);
        enum status status = (enum status)scores->score.status[t->area];
        bool root = node_of(t, k)->parent == NO_NODE;
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:o, s:I, s:o, s:s, s:s, s:o, s:f}", "node",
                      node_of(t, k)->id, "name", node_of(t, k)->name, "level", level_name(t, k),
                      "rank", number_json(status == STATUS_VALUE, scores->shown_rank[t->area]),
                      "of", (json_int_t)edition_ranked(t->computed->edition, k), "score",
                      value_json(status, scores->score.value[t->area]), "status",
                      status == STATUS_VALUE ? "" : status_words(status), "band",
                      band_name(t->computed->pack->definition, scores->band[t->area]), "weight",
                      number_json(!root, scorer_weight(t->computed->scorer, k)), "share_of_root",
                      trace_share(t, i)));
    }
    return list;
}

static json_t *flags_json(const struct trace_source *source) {
    json_t *out = json_array();
    for (unsigned bit = 0; 1U << bit < FLAG_HAS_LOW; bit++) {
        if (source->flags & 1U << bit)
            (void)json_array_append_new(out, json_string(flag_words[bit]));
    }
    return out;
}

static json_t *sources_json(const struct trace_input *input) {
    json_t *list = json_array();
    for (size_t i = 0; i < input->n_sources; i++) {
        const struct trace_source *source = &input->sources[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:f, s:s, s:s?, s:I, s:o, s:s, s:o, s:s, s:o, s:o, s:o}",
                      "area_code", source->code->code, "area_name", source->code->name, "weight",
                      source->share, "rule", rule_name(source->rule), "sheet", source->sheet,
                      "line", (json_int_t)source->row, "column",
                      source->column ? json_integer(source->column) : json_null(), "period",
                      source->period, "value", value_json(source->status, source->value), "mark",
                      source->status == STATUS_VALUE ? "" : status_mark(source->status), "flags",
                      flags_json(source), "lower",
                      number_json(source->flags & FLAG_HAS_LOW, source->low), "upper",
                      number_json(source->flags & FLAG_HAS_HIGH, source->high)));
    }
    return list;
}

static json_t *input_json(const struct trace_input *input) {
    json_t *out = json_pack("{s:s, s:s, s:s, s:o, s:s, s:o}", "dataset", input->dataset->id,
                            "title", input->dataset->title, "publisher", input->dataset->publisher,
                            "value", value_json(input->status, input->value), "mark",
                            input->status == STATUS_VALUE ? "" : status_mark(input->status),
                            "sources", sources_json(input));
    const ReleaseInfo *release = input->release;
    if (out)
        (void)json_object_set_new(
            out, "release",
            release ? json_pack("{s:I, s:s, s:s, s:s}", "release", (json_int_t)release->release,
                                "label", release->label, "file_name", release->file_name,
                                "file_hash", release->file_hash)
                    : json_null());
    return out;
}

/* The population of the area table is no dataset. */
static json_t *denominator_json(const struct trace *t) {
    if (!t->divided)
        return json_null();
    json_t *out = t->denominator.dataset
                      ? input_json(&t->denominator)
                      : json_pack("{s:n, s:o}", "dataset", "value",
                                  value_json(t->denominator.status, t->denominator.value));
    if (out)
        (void)json_object_set_new(out, "times", json_real(node_of(t, t->node)->per));
    return out;
}

static json_t *steps_json(const struct trace *t) {
    const struct node_scores *scores = scores_of(t, t->node);
    const struct node *node = node_of(t, t->node);
    bool filled = scores->raw.status[t->area] == STATUS_VALUE;
    char words[200] = "";
    if (scores->outliers.looked)
        outliers_words(&scores->outliers, words, sizeof words);
    return json_pack(
        "{s:o, s:s, s:s, s:s?, s:b, s:s, s:o, s:s, s:b, s:o, s:s, s:b, s:f, s:f, s:o, s:o}",
        "figure", value_json(t->came_status, t->came), "mark",
        t->came_status == STATUS_VALUE ? "" : status_mark(t->came_status), "unit", node->unit,
        "period", scores->period, "proxy", (int)node->proxy, "imputed",
        t->imputed ? impute_names[t->imputed] : "", "scored_figure",
        number_json(filled, scores->raw.value[t->area]), "outliers", words, "winsorised",
        (int)scores->winsorised[t->area], "counts_as", number_json(t->has_treated, t->treated),
        "normalise", normalise_name(scale_of(t)->method), "turned",
        (int)(node->direction == LOWER_IS_NEED), "low", scale_of(t)->low, "high", scale_of(t)->high,
        "least", number_json(t->n_extent != 0, t->least), "greatest",
        number_json(t->n_extent != 0, t->greatest));
}

int trace_print_json(const struct trace *t) {
    const struct area *area = &t->computed->pack->geography->areas[t->area];
    json_t *out =
        json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "edition",
                  (json_int_t)t->edition->number, "area_code", area->code, "area_name", area->name,
                  "metric", node_of(t, t->node)->id, "path", path_json(t), "steps", steps_json(t),
                  "source", input_json(&t->figure), "denominator", denominator_json(t));
    bool printed = out && json_dumpf(out, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
    json_decref(out);
    return printed ? EXIT_OK : command_failed(EXIT_FAILED, "the pedigree cannot be written");
}
