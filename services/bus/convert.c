#include "services/bus/convert.h"

#include "core/status.h"
#include "core/utf8.h"
#include "services/bus/convert_parts.h"
#include "services/bus/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pack *pack_of_message(const Pack *message, struct fault *fault) {
    struct table_file *files = calloc(message->n_files + 1, sizeof *files);
    if (!files) {
        fault_memory(fault);
        return NULL;
    }
    for (size_t i = 0; i < message->n_files; i++) {
        const File *file = message->files[i];
        files[i] =
            (struct table_file){file->name, (const char *)file->content.data, file->content.len};
    }
    struct pack *pack = pack_read(message->definition, files, message->n_files, fault);
    free(files);
    return pack;
}

static bool add_kinds(struct arena *arena, Refusal *refusal, const struct problems *problems) {
    refusal->kinds = arena_alloc(arena, problems->n_kinds, sizeof *refusal->kinds);
    for (size_t k = 0; refusal->kinds && k < problems->n_kinds; k++) {
        ProblemKind *kind = refusal->kinds[k] = arena_alloc(arena, 1, sizeof *kind);
        if (!kind)
            return false;
        mindex__v1__problem_kind__init(kind);
        kind->name = (char *)problems->kinds[k].name;
        kind->count = problems->kinds[k].count;
        refusal->n_kinds++;
    }
    return refusal->kinds != NULL;
}

/* The problems that were kept; *count says how many. NULL: memory ran out. */
static Problem **problem_messages(struct arena *arena, const struct problems *problems,
                                  size_t *count) {
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT;
    Problem **list = arena_alloc(arena, kept, sizeof *list);
    for (*count = 0; list && *count < kept; (*count)++) {
        const struct problem *from = &problems->kept[*count];
        Problem *to = list[*count] = arena_alloc(arena, 1, sizeof *to);
        if (!to)
            return NULL;
        mindex__v1__problem__init(to);
        to->file = (char *)from->file;
        to->reason = (char *)from->reason;
        to->sheet = from->sheet[0] ? (char *)from->sheet : NULL;
        to->has_line = from->line != 0;
        to->line = from->line;
        to->has_column = from->column != 0;
        to->column = from->column;
    }
    return list;
}

Refusal *refusal_message(struct arena *arena, const struct problems *problems) {
    Refusal *refusal = arena_alloc(arena, 1, sizeof *refusal);
    if (!refusal)
        return NULL;
    mindex__v1__refusal__init(refusal);
    refusal->total = problems->total;
    refusal->problems = problem_messages(arena, problems, &refusal->n_problems);
    return refusal->problems && add_kinds(arena, refusal, problems) ? refusal : NULL;
}

Warnings *warnings_message(struct arena *arena, const struct warnings *warnings, unsigned accepts) {
    Warnings *out = arena_alloc(arena, 1, sizeof *out);
    WarningCount **counts = arena_alloc(arena, WARNING_COUNT, sizeof(WarningCount *));
    if (!out || !counts)
        return NULL;
    mindex__v1__warnings__init(out);
    out->let_in = true;
    out->counts = counts;
    for (size_t kind = 0; kind < WARNING_COUNT; kind++) {
        if (warnings->counts[kind] == 0)
            continue;
        WarningCount *count = counts[out->n_counts++] = arena_alloc(arena, 1, sizeof *count);
        if (!count)
            return NULL;
        mindex__v1__warning_count__init(count);
        count->kind = (char *)warning_names[kind];
        count->count = warnings->counts[kind];
        out->let_in = out->let_in && (accepts & (1U << kind));
    }
    out->problems = problem_messages(arena, &warnings->problems, &out->n_problems);
    return out->problems ? out : NULL;
}

/* --- editions --------------------------------------------------------------------------------- */

static Treatment *treatment_message(struct arena *arena, const struct node_scores *scores,
                                    size_t n) {
    const struct outliers *outliers = &scores->outliers;
    Treatment *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__treatment__init(out);
    out->passes = outliers->passes;
    out->has_skewness_before = out->has_kurtosis_before = outliers->shaped;
    out->has_skewness_after = out->has_kurtosis_after = outliers->shaped;
    out->skewness_before = outliers->skewness_before;
    out->kurtosis_before = outliers->kurtosis_before;
    out->skewness_after = outliers->skewness_after;
    out->kurtosis_after = outliers->kurtosis_after;
    out->has_moved_high = outliers->moved_high != 0;
    out->moved_high = outliers->moved_high;
    out->has_moved_low = outliers->moved_low != 0;
    out->moved_low = outliers->moved_low;
    if (outliers->transform)
        out->transform = (char *)transform_names[outliers->transform];
    if (outliers->rejected)
        out->rejected = (char *)transform_names[outliers->rejected];
    out->has_winsorised = outliers->moved_high != 0 || outliers->moved_low != 0;
    if (out->has_winsorised)
        out->winsorised = (ProtobufCBinaryData){n, scores->winsorised};
    out->has_lambda = outliers->transform == TRANSFORM_BOX_COX;
    out->lambda = outliers->lambda;
    return out;
}

static bool transform_of_name(const char *name, enum transform *out) {
    for (int i = 0; name && i < TRANSFORM_COUNT; i++) {
        if (strcmp(transform_names[i], name) == 0) {
            *out = (enum transform)i;
            return true;
        }
    }
    return !name;
}

static bool fill_winsorised(uint8_t *out, const Treatment *from, size_t n) {
    if (!from->has_winsorised)
        return true;
    if (from->winsorised.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (from->winsorised.data[i] > 1)
            return false;
        out[i] = from->winsorised.data[i];
    }
    return true;
}

static bool fill_treatment(struct outliers *out, const Treatment *from) {
    *out = (struct outliers){.looked = true,
                             .shaped = from->has_skewness_before,
                             .passes = from->passes,
                             .skewness_before = from->skewness_before,
                             .kurtosis_before = from->kurtosis_before,
                             .skewness_after = from->skewness_after,
                             .kurtosis_after = from->kurtosis_after,
                             .moved_high = from->moved_high,
                             .moved_low = from->moved_low,
                             .lambda = from->lambda};
    return isfinite(out->skewness_before) && isfinite(out->kurtosis_before) &&
           isfinite(out->skewness_after) && isfinite(out->kurtosis_after) &&
           isfinite(out->lambda) && transform_of_name(from->transform, &out->transform) &&
           transform_of_name(from->rejected, &out->rejected);
}

static bool any_imputed(const struct node_scores *scores, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (scores->imputed[i])
            return true;
    }
    return false;
}

static NodeScores *node_message(struct arena *arena, const struct node *node,
                                const struct node_scores *scores, size_t n) {
    NodeScores *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__node_scores__init(out);
    out->node = (char *)node->id;
    out->status = (ProtobufCBinaryData){n, scores->score.status};
    out->score =
        convert_present(arena, scores->score.value, scores->score.status, n, &out->n_score);
    out->n_rank = n;
    out->rank = scores->rank;
    out->band = (ProtobufCBinaryData){n, scores->band};
    if (!out->score)
        return NULL;
    if (!node_is_metric(node))
        return out;
    out->period = (char *)scores->period;
    out->has_raw_status = out->has_rule = true;
    out->raw_status = (ProtobufCBinaryData){n, scores->raw.status};
    out->rule = (ProtobufCBinaryData){n, scores->raw.rule};
    out->raw = convert_present(arena, scores->raw.value, scores->raw.status, n, &out->n_raw);
    out->has_imputed = any_imputed(scores, n);
    if (out->has_imputed)
        out->imputed = (ProtobufCBinaryData){n, scores->imputed};
    if (scores->outliers.looked)
        out->treatment = treatment_message(arena, scores, n);
    return out->raw && (out->treatment || !scores->outliers.looked) ? out : NULL;
}

EditionScores *edition_message(struct arena *arena, const struct pack *pack, const char *pack_hash,
                               const struct edition *edition, Input **inputs, size_t n_inputs) {
    EditionScores *out = arena_alloc(arena, 1, sizeof *out);
    NodeScores **nodes = arena_alloc(arena, edition->n_nodes, sizeof *nodes);
    char **areas = arena_alloc(arena, edition->n_areas, sizeof *areas);
    if (!out || !nodes || !areas)
        return NULL;
    mindex__v1__edition_scores__init(out);
    out->pack = (char *)pack_hash;
    out->inputs = inputs;
    out->n_inputs = n_inputs;
    out->areas = areas;
    out->n_areas = edition->n_areas;
    for (size_t i = 0; i < edition->n_areas; i++) {
        areas[i] = (char *)pack->geography->areas[i].code;
    }
    out->nodes = nodes;
    out->n_nodes = edition->n_nodes;
    for (size_t i = 0; i < edition->n_nodes; i++) {
        nodes[i] =
            node_message(arena, &pack->definition->nodes[i], &edition->nodes[i], edition->n_areas);
        if (!nodes[i])
            return NULL;
    }
    return out;
}

/* Ranks are 1 ... n where there is a score and 0 where there is none; bands likewise. */
static bool fill_ranks(struct node_scores *out, const NodeScores *from, size_t n, unsigned bands) {
    if (from->n_rank != n || from->band.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool ranked = out->score.status[i] == STATUS_VALUE;
        if (ranked != (from->rank[i] > 0) || from->rank[i] > n)
            return false;
        if (ranked != (from->band.data[i] > 0) || from->band.data[i] > bands)
            return false;
        out->rank[i] = from->rank[i];
        out->band[i] = from->band.data[i];
    }
    return true;
}

static bool fill_raw(struct node_scores *out, const NodeScores *from, size_t n) {
    if (!from->has_raw_status || !from->has_rule || from->rule.len != n ||
        !convert_spread(&from->raw_status, from->raw, from->n_raw, n, out->raw.value,
                        out->raw.status)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (from->rule.data[i] >= RULE_COUNT)
            return false;
        out->raw.rule[i] = from->rule.data[i];
    }
    if (from->has_imputed && from->imputed.len != n)
        return false;
    for (size_t i = 0; from->has_imputed && i < n; i++) {
        if (from->imputed.data[i] >= IMPUTE_COUNT)
            return false;
        out->imputed[i] = from->imputed.data[i];
    }
    return !from->treatment || (fill_treatment(&out->outliers, from->treatment) &&
                                fill_winsorised(out->winsorised, from->treatment, n));
}

enum { PERIOD_BYTES_MAX = 200 };

/* A false without a fault: it does not fit. */
static bool fill_node(struct edition *edition, size_t k, const NodeScores *from,
                      const struct pack *pack, struct fault *fault) {
    const struct node *node = &pack->definition->nodes[k];
    struct node_scores *out = &edition->nodes[k];
    size_t n = edition->n_areas;
    if (strcmp(from->node, node->id) != 0)
        return false;
    if (!convert_spread(&from->status, from->score, from->n_score, n, out->score.value,
                        out->score.status) ||
        !fill_ranks(out, from, n, pack->definition->bands)) {
        return false;
    }
    if (!node_is_metric(node))
        return true;
    if (!fill_raw(out, from, n))
        return false;
    if (!from->period)
        return true;
    if (strnlen(from->period, PERIOD_BYTES_MAX + 1) > PERIOD_BYTES_MAX)
        return false;
    out->period = arena_copy(edition->arena, from->period, strlen(from->period));
    return out->period || fault_memory(fault);
}

static bool same_areas(const EditionScores *message, const struct geography *geography) {
    if (message->n_areas != geography->n_areas)
        return false;
    for (size_t i = 0; i < message->n_areas; i++) {
        if (strcmp(message->areas[i], geography->areas[i].code) != 0)
            return false;
    }
    return true;
}

struct edition *edition_of_message(const EditionScores *message, const struct pack *pack,
                                   struct fault *fault) {
    if (message->n_nodes != pack->definition->n_nodes || !same_areas(message, pack->geography)) {
        fault_set(fault, FAULT_INPUT, "an edition whose nodes or areas are not those of its pack");
        return NULL;
    }
    struct edition *edition = edition_new(pack, fault);
    for (size_t k = 0; edition && k < message->n_nodes; k++) {
        if (fill_node(edition, k, message->nodes[k], pack, fault))
            continue;
        if (fault->kind != FAULT_MEMORY)
            fault_set(fault, FAULT_INPUT, "an edition whose node %s does not fit its pack",
                      pack->definition->nodes[k].id);
        edition_destroy(&edition);
    }
    if (edition && !edition_show_ranks(edition, pack->definition->ties, fault))
        edition_destroy(&edition);
    return edition;
}

/* --- insights --------------------------------------------------------------------------------- */

/* Beyond what core/explain.h and a definition's texts come to. */
enum { WORD_BYTES_MAX = 2000 };

/* Numbers of fields in bus.proto and events.proto: what is told is not unpacked. */
enum {
    TOLD_CAUSES = 17,
    TOLD_WHY = 18,
    TOLD_LOW = 19,
    TOLD_HIGH = 20,
    TOLD_BEYOND = 21,
    CAUSE_KIND = 1,
    CAUSE_NODE = 2,
    CAUSE_AMOUNT = 3,
    CAUSE_OLD_FIGURE = 4,
    CAUSE_NEW_FIGURE = 5,
    CAUSE_UNIT = 6,
};

static bool word_fits(const struct field *field) {
    const unsigned char *at = field->bytes, *end = at + field->length;
    bool fits = field->kind == FIELD_BYTES && field->length <= WORD_BYTES_MAX;
    while (fits && at < end)
        at += utf8_plain(at, end, &fits);
    return fits;
}

static bool number_fits(const struct field *field) {
    return field->kind == FIELD_64 && isfinite(field_double(field));
}

static bool cause_fits(const struct field *cause) {
    struct fields fields = fields_of(cause->bytes, cause->length);
    struct field field;
    bool fits = cause->kind == FIELD_BYTES, kind = false, amount = false;
    while (fits && fields_next(&fields, &field)) {
        if (field.number == CAUSE_KIND || field.number == CAUSE_NODE || field.number == CAUSE_UNIT)
            fits = word_fits(&field);
        else
            fits = (field.number == CAUSE_AMOUNT || field.number == CAUSE_OLD_FIGURE ||
                    field.number == CAUSE_NEW_FIGURE) &&
                   number_fits(&field);
        kind = kind || field.number == CAUSE_KIND;
        amount = amount || field.number == CAUSE_AMOUNT;
    }
    return fits && !fields.broken && kind && amount;
}

static bool told_fits(const ProtobufCBinaryData *told) {
    struct fields fields = fields_of(told->data, told->len);
    struct field field;
    size_t n = 0;
    bool fits = true;
    while (fits && fields_next(&fields, &field)) {
        fits = ++n <= TOLD_FIELDS_MAX && (field.number == TOLD_CAUSES ? cause_fits(&field)
                                          : field.number == TOLD_WHY  ? word_fits(&field)
                                          : field.number == TOLD_LOW || field.number == TOLD_HIGH
                                              ? number_fits(&field)
                                              : field.number == TOLD_BEYOND &&
                                                    field.kind == FIELD_VARINT && field.value <= 1);
    }
    return fits && !fields.broken;
}

bool insight_fits(const Insight *message, const struct pack *pack) {
    bool fits = true;
    for (size_t i = 0; fits && i < message->n_reasons; i++) {
        const Reason *reason = message->reasons[i];
        fits = reason->node < pack->definition->n_nodes &&
               reason->area < pack->geography->n_areas &&
               (!reason->has_told || told_fits(&reason->told));
    }
    return fits;
}
