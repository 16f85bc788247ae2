/* Releases as messages, and figures with their status in general. */
#include "core/status.h"
#include "services/bus/convert.h"
#include "services/bus/convert_parts.h"

#include <math.h>
#include <string.h>

double *convert_present(struct arena *arena, const double *value, const uint8_t *status, size_t n,
                        size_t *count) {
    *count = 0;
    for (size_t i = 0; i < n; i++)
        *count += status[i] == STATUS_VALUE;
    double *out = arena_alloc(arena, *count, sizeof *out);
    if (!out)
        return NULL;
    for (size_t i = 0, k = 0; i < n; i++) {
        if (status[i] == STATUS_VALUE)
            out[k++] = value[i];
    }
    return out;
}

bool convert_spread(const ProtobufCBinaryData *status, const double *values, size_t n_values,
                    size_t n, double *value_out, uint8_t *status_out) {
    if (status->len != n)
        return false;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (status->data[i] >= STATUS_COUNT)
            return false;
        status_out[i] = status->data[i];
        if (status_out[i] != STATUS_VALUE)
            continue;
        if (k == n_values || !isfinite(values[k]))
            return false;
        value_out[i] = values[k++];
    }
    return k == n_values;
}

/* --- observations ----------------------------------------------------------------------------- */

static uint32_t *widen(struct arena *arena, const uint16_t *numbers, size_t n) {
    uint32_t *out = arena_alloc(arena, n, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = numbers[i];
    return out;
}

/* The limits of those observations that have one. */
static double *limits(struct arena *arena, const struct release *release, const double *limit,
                      uint16_t flag, size_t *count) {
    *count = 0;
    for (size_t i = 0; i < release->n; i++)
        *count += (release->flags[i] & flag) != 0;
    double *out = arena_alloc(arena, *count, sizeof *out);
    for (size_t i = 0, k = 0; out && i < release->n; i++) {
        if (release->flags[i] & flag)
            out[k++] = limit[i];
    }
    return out;
}

static bool add_details(struct arena *arena, Observations *out, const struct release *release) {
    if (release->n_sheets) {
        out->n_sheets = release->n_sheets;
        out->sheets = (char **)release->sheets;
        out->n_sheet = release->n;
        out->sheet = widen(arena, release->sheet, release->n);
        if (!out->sheet)
            return false;
    }
    if (release->column) {
        out->n_column = release->n;
        out->column = (uint32_t *)release->column;
    }
    if (!release->flags)
        return true;
    out->n_flags = release->n;
    out->flags = widen(arena, release->flags, release->n);
    out->low = limits(arena, release, release->low, FLAG_HAS_LOW, &out->n_low);
    out->high = limits(arena, release, release->high, FLAG_HAS_HIGH, &out->n_high);
    return out->flags && out->low && out->high;
}

Observations *observations_message(struct arena *arena, const char *dataset,
                                   const struct release *release) {
    Observations *out = arena_alloc(arena, 1, sizeof *out);
    if (!out)
        return NULL;
    mindex__v1__observations__init(out);
    out->dataset = (char *)dataset;
    out->n_codes = release->n_codes;
    out->codes = (char **)release->codes;
    out->n_periods = release->n_periods;
    out->periods = (char **)release->periods;
    out->n_code = out->n_period = out->n_line = release->n;
    out->code = (uint32_t *)release->code;
    out->period = (uint32_t *)release->period;
    out->line = (uint32_t *)release->line;
    out->status.len = release->n;
    out->status.data = (uint8_t *)release->status;
    out->value = convert_present(arena, release->value, release->status, release->n, &out->n_value);
    return out->value && add_details(arena, out, release) ? out : NULL;
}

static const char *const *copy_texts(struct arena *arena, char **texts, size_t n) {
    const char **out = arena_alloc(arena, n, sizeof *out);
    for (size_t i = 0; out && i < n; i++) {
        out[i] = arena_copy(arena, texts[i], strlen(texts[i]));
        if (!out[i])
            return NULL;
    }
    return out;
}

static const uint32_t *copy_numbers(struct arena *arena, const uint32_t *numbers, size_t n) {
    uint32_t *out = arena_alloc(arena, n, sizeof *out);
    if (out && n)
        memcpy(out, numbers, n * sizeof *out);
    return out;
}

static bool below(const uint32_t *numbers, size_t n, size_t limit) {
    for (size_t i = 0; i < n; i++) {
        if (numbers[i] >= limit)
            return false;
    }
    return true;
}

/* A column of `count` entries that may be missing as a whole, all below `limit`. */
static bool optional_column(const uint32_t *numbers, size_t count, size_t n, size_t limit) {
    return count == 0 || (count == n && below(numbers, n, limit));
}

static const uint16_t *narrow(struct arena *arena, const uint32_t *numbers, size_t n) {
    uint16_t *out = arena_alloc(arena, n, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = (uint16_t)numbers[i];
    return out;
}

/* Gives back the limits to the observations that have one; *fits: there are as many, all finite. */
static const double *spread_limits(struct release *out, const double *values, size_t n_values,
                                   uint16_t flag, bool *fits) {
    double *limit = arena_alloc(out->arena, out->n, sizeof *limit);
    size_t k = 0;
    for (size_t i = 0; limit && i < out->n; i++) {
        if (!(out->flags[i] & flag))
            continue;
        if (k == n_values || !isfinite(values[k])) {
            *fits = false;
            return limit;
        }
        limit[i] = values[k++];
    }
    *fits = *fits && k == n_values;
    return limit;
}

static bool fill_flags(struct release *out, const Observations *message, bool *fits,
                       struct fault *fault) {
    if (message->n_flags == 0) {
        *fits = message->n_low == 0 && message->n_high == 0;
        return true;
    }
    out->flags = narrow(out->arena, message->flags, out->n);
    if (!out->flags)
        return fault_memory(fault);
    out->low = spread_limits(out, message->low, message->n_low, FLAG_HAS_LOW, fits);
    out->high = spread_limits(out, message->high, message->n_high, FLAG_HAS_HIGH, fits);
    return (out->low && out->high) || fault_memory(fault);
}

/* What only some releases have: sheets, columns, flags and limits. */
static bool fill_details(struct release *out, const Observations *message, struct fault *fault) {
    size_t n = out->n;
    bool fits = message->n_sheets <= RELEASE_SHEETS_MAX &&
                message->n_sheet == (message->n_sheets ? n : 0) &&
                optional_column(message->sheet, message->n_sheet, n, message->n_sheets) &&
                (message->n_column == 0 || message->n_column == n) &&
                optional_column(message->flags, message->n_flags, n, FLAGS_ALL + 1);
    if (fits && !fill_flags(out, message, &fits, fault))
        return false;
    if (!fits) {
        return fault_set(fault, FAULT_INPUT,
                         "observations of %s whose sheets, flags or limits do "
                         "not fit",
                         message->dataset);
    }
    if (message->n_column) {
        out->column = copy_numbers(out->arena, message->column, n);
        if (!out->column)
            return fault_memory(fault);
    }
    if (message->n_sheets == 0)
        return true;
    out->n_sheets = message->n_sheets;
    out->sheets = copy_texts(out->arena, message->sheets, message->n_sheets);
    out->sheet = narrow(out->arena, message->sheet, n);
    return (out->sheets && out->sheet) || fault_memory(fault);
}

static bool fill_release(struct release *out, const Observations *message, struct fault *fault) {
    size_t n = out->n = message->n_code;
    if (message->n_period != n || message->n_line != n || message->status.len != n ||
        !below(message->code, n, message->n_codes) ||
        !below(message->period, n, message->n_periods)) {
        return fault_set(fault, FAULT_INPUT, "observations of %s whose columns do not fit",
                         message->dataset);
    }
    double *value = arena_alloc(out->arena, n, sizeof *value);
    uint8_t *status = arena_alloc(out->arena, n, 1);
    out->n_codes = message->n_codes;
    out->n_periods = message->n_periods;
    out->codes = copy_texts(out->arena, message->codes, message->n_codes);
    out->periods = copy_texts(out->arena, message->periods, message->n_periods);
    out->code = copy_numbers(out->arena, message->code, n);
    out->period = copy_numbers(out->arena, message->period, n);
    out->line = copy_numbers(out->arena, message->line, n);
    if (!value || !status || !out->codes || !out->periods || !out->code || !out->period ||
        !out->line) {
        return fault_memory(fault);
    }
    out->value = value;
    out->status = status;
    if (!convert_spread(&message->status, message->value, message->n_value, n, value, status)) {
        return fault_set(fault, FAULT_INPUT,
                         "observations of %s whose values do not fit their status",
                         message->dataset);
    }
    return fill_details(out, message, fault);
}

struct release *release_of_message(const Observations *message, struct fault *fault) {
    struct arena *arena = arena_new();
    struct release *release = arena ? arena_alloc(arena, 1, sizeof *release) : NULL;
    if (!release) {
        fault_memory(fault);
        arena_destroy(&arena);
        return NULL;
    }
    release->arena = arena;
    if (!fill_release(release, message, fault))
        release_destroy(&release);
    return release;
}
