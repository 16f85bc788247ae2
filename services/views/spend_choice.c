#include "services/views/spend_choice.h"

#include "core/nearest.h"
#include "core/number.h"
#include "services/views/choice.h"

#include <string.h>
#include <strings.h>

static const double RATIO_MAX = 10;

static bool among(const char *const *list, size_t n, const char *text) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

bool spend_choice_leaves_out_type(const struct spend_choice *choice, const char *type) {
    return among(choice->rules.exclude_types, choice->rules.n_exclude_types, type);
}

bool spend_choice_leaves_out_area(const struct spend_choice *choice, const char *code) {
    return among(choice->rules.exclude_areas, choice->rules.n_exclude_areas, code);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A type of place, or an area by its code. There is room for all parameters that a request has. */
static bool leave_out(const char *word, const struct request *request, const struct view *view,
                      struct spend_choice *out, struct answer *answer) {
    const struct geography *geography = view->pack->geography;
    struct nearest nearest = {.word = word};
    for (size_t i = 0; i < geography->n_areas; i++) {
        const struct area *area = &geography->areas[i];
        if (strcasecmp(area->type, word) == 0) {
            if (!spend_choice_leaves_out_type(out, area->type))
                out->types[out->rules.n_exclude_types++] = area->type;
            return true;
        }
        if (strcasecmp(area->code, word) == 0) {
            if (!spend_choice_leaves_out_area(out, area->code))
                out->areas[out->rules.n_exclude_areas++] = area->code;
            return true;
        }
        nearest_offer(&nearest, area->type);
    }
    answer_problem(answer, request, 404,
                   "leave-out is \"%.100s\", which is no type of place and no area's code of this "
                   "edition: did you mean \"%s\"?",
                   word, nearest.best ? nearest.best : "none");
    return false;
}

static bool read_left_out(const struct request *request, const struct view *view,
                          struct spend_choice *out, struct answer *answer) {
    if (!request_get(request, "leave-out"))
        return true;
    out->rules.exclude_types = out->types;
    out->rules.exclude_areas = out->areas;
    out->rules.n_exclude_types = out->rules.n_exclude_areas = 0;
    for (size_t i = 0; i < request->n_parameters; i++) {
        const struct parameter *parameter = &request->parameters[i];
        if (strcmp(parameter->name, "leave-out") != 0 || !*parameter->value ||
            strcmp(parameter->value, "none") == 0)
            continue;
        if (!leave_out(parameter->value, request, view, out, answer))
            return false;
    }
    return true;
}

static bool read_measure(const struct request *request, struct spend_choice *out,
                         struct answer *answer) {
    static const char *const words[] = {"total", "per-head"};
    size_t measure;
    if (!choice_given(request, "measure"))
        return true;
    if (!choice_word(request, "measure", words, 2, &measure, answer))
        return false;
    enum spend_measure chosen = measure == 0 ? SPEND_TOTAL : SPEND_PER_HEAD;
    /* A threshold in pounds is of the definition's measure alone. */
    if (chosen != out->rules.measure && out->rules.spend.kind == THRESHOLD_GIVEN)
        out->rules.spend.kind = THRESHOLD_MEAN;
    out->rules.measure = chosen;
    return true;
}

static bool read_ratio(const struct request *request, struct spend_choice *out,
                       struct answer *answer) {
    const char *text = choice_given(request, "ratio");
    out->ratio = SPEND_RATIO;
    if (!text || (number_read(text, strlen(text), &out->ratio) && out->ratio >= 1 &&
                  out->ratio <= RATIO_MAX))
        return true;
    answer_problem(answer, request, 400,
                   "ratio is \"%.100s\"; expected a number from 1 to %g, such as 1.5", text,
                   RATIO_MAX);
    return false;
}

static bool same_lists(const char *const *a, size_t n_a, const char *const *b, size_t n_b) {
    for (size_t i = 0; i < n_a; i++) {
        if (!among(b, n_b, a[i]))
            return false;
    }
    return n_a == n_b;
}

static bool same_rules(const struct spend_rules *a, const struct spend_rules *b) {
    return a->measure == b->measure &&
           same_lists(a->exclude_types, a->n_exclude_types, b->exclude_types, b->n_exclude_types) &&
           same_lists(a->exclude_areas, a->n_exclude_areas, b->exclude_areas, b->n_exclude_areas);
}

static bool compare(const struct request *request, const struct view *view,
                    struct spend_choice *out, struct answer *answer) {
    struct fault fault = {0};
    out->own = same_rules(&out->rules, &view->pack->definition->spend);
    out->comparison = view->comparison;
    if (!out->own) {
        out->made = spend_compare_by(view->pack, view->comparison, &out->rules, &fault);
        out->comparison = out->made;
    }
    if (!out->comparison && fault.kind == FAULT_INPUT)
        answer_problem(answer, request, 400,
                       "nothing is left to compare; leave fewer types of place out");
    else if (!out->comparison)
        answer_fault(answer, request, &fault);
    if (!out->comparison)
        return false;
    out->share = spend_share(view->pack, out->comparison, out->ratio, &out->unshared);
    if (out->share || out->unshared.kind == FAULT_INPUT)
        return true;
    answer_fault(answer, request, &out->unshared);
    spend_choice_end(out);
    return false;
}

bool spend_compared(struct viewer *viewer, const struct view *view, const struct request *request,
                    struct answer *answer, bool *pending) {
    struct fault fault = {0};
    size_t dataset = view->pack->definition->spend.dataset;
    *pending = false;
    if (view->comparison || dataset == NO_DATASET)
        return view->comparison != NULL;
    const struct release *const *releases = viewer_inputs(viewer, view, &fault);
    *pending = !releases || releases[dataset];
    if (!releases)
        answer_fault(answer, request, &fault);
    else if (*pending)
        answer_problem(
            answer, request, 503,
            "edition %llu is scored, and not compared with spend yet; ask again in a few "
            "seconds%s",
            (unsigned long long)view->number,
            view->number > 1 ? ", or for the edition before" : "");
    return false;
}

bool spend_choice_read(const struct request *request, const struct view *view,
                       struct spend_choice *out, struct answer *answer) {
    *out = (struct spend_choice){.rules = view->pack->definition->spend};
    if (!view->comparison) {
        answer_problem(answer, request, 404,
                       "edition %llu has no comparison with spend: its definition has none, or "
                       "no figures of spend are in",
                       (unsigned long long)view->number);
        return false;
    }
    return read_measure(request, out, answer) && read_left_out(request, view, out, answer) &&
           read_ratio(request, out, answer) && compare(request, view, out, answer);
}

void spend_choice_end(struct spend_choice *choice) {
    spend_share_destroy(&choice->share);
    comparison_destroy(&choice->made);
}
