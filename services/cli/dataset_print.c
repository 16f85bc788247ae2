/* Readings of a file, in words and as JSON. */
#include "services/bus/refusal.h"
#include "services/cli/dataset.h"
#include "services/cli/dataset_summary.h"

#include "core/status.h"

#include <jansson.h>
#include <string.h>

enum { SHOWN = 12 }; /* periods and areas that are named, in words */

static const char *layout_encoding(const struct layout *layout) {
    return layout->encoding == BOOK_WINDOWS_1252 ? "windows-1252" : "utf-8";
}

/* The heading above a column; "" where there is none. */
static const char *heading_of(const struct header *header, uint32_t column) {
    for (size_t i = 0; i < header->headings.n; i++) {
        if (header->headings.list[i].column == column)
            return header->headings.list[i].label;
    }
    return "";
}

/* --- in words --------------------------------------------------------------------------------- */

static void print_columns(FILE *out, const struct extract_report *report) {
    const struct header *header = &report->header;
    bool first = true;
    (void)fprintf(out, "  columns   ");
    for (int role = 0; role < ROLES; role++) {
        if (header->columns[role] == 0)
            continue;
        (void)fprintf(out, "%s%s: '%s' (%u)", first ? "" : ", ", role_words[role],
                      heading_of(header, header->columns[role]), header->columns[role]);
        first = false;
    }
    if (header->n_periods) {
        (void)fprintf(out, ", %zu periods from '%s' (%u) to '%s' (%u)", header->n_periods,
                      header->periods[0].label, header->periods[0].column,
                      header->periods[header->n_periods - 1].label,
                      header->periods[header->n_periods - 1].column);
    }
    (void)fputs("\n", out);
}

static void print_patterns(FILE *out, const struct patterns *patterns) {
    for (size_t i = 0; i < patterns->n; i++)
        (void)fprintf(out, "%s'%s'", i ? " or " : "", patterns->list[i]);
}

static void print_filters(FILE *out, const struct layout *layout) {
    for (size_t i = 0; i < layout->n_filters; i++) {
        (void)fprintf(out, "  %-9s '%s' %s ", i ? "" : "filters", layout->filters[i].column.list[0],
                      layout->filters[i].except ? "is not" : "is");
        print_patterns(out, &layout->filters[i].values);
        (void)fputs("\n", out);
    }
}

static void print_place(FILE *out, const struct trial *trial) {
    const struct extract_report *report = &trial->report;
    (void)fprintf(out, "  layout    '%s' of %s\n", report->layout->name, trial->description->name);
    (void)fprintf(out, "  header    row %llu%s%s%s, %s\n",
                  (unsigned long long)report->header.headings.row,
                  *report->sheet ? " of sheet '" : "", report->sheet, *report->sheet ? "'" : "",
                  layout_encoding(report->layout));
    print_columns(out, report);
    print_filters(out, report->layout);
    if (report->header.title_period)
        (void)fprintf(out, "  period    '%s', from a title\n", report->header.title_period);
    (void)fprintf(out,
                  "  rows      %zu: %zu taken; passed over: %zu by filters, %zu without a code, "
                  "%zu of other codes, %zu of codes unknown to the pack\n",
                  report->rows, report->taken, report->filtered, report->without_code,
                  report->not_only, report->outside);
}

static void print_counts(FILE *out, const struct summary *summary) {
    size_t first = summary->n_periods > SHOWN ? summary->n_periods - SHOWN : 0;
    if (first)
        (void)fprintf(out, "  periods   %zu, the newest %d of them:\n", summary->n_periods, SHOWN);
    for (size_t i = first; i < summary->n_periods; i++) {
        const struct period_summary *period = &summary->periods[i];
        (void)fprintf(out, "  %-9s %s: %zu figures, %zu of them numbers\n",
                      i == first && !first ? "periods" : "", period->period, period->figures,
                      period->numbers);
    }
    (void)fprintf(out, "  status    %zu numbers", summary->status[STATUS_VALUE]);
    for (int status = 1; status < STATUS_COUNT; status++) {
        if (summary->status[status])
            (void)fprintf(out, ", %zu %s %s", summary->status[status],
                          status_mark((enum status)status), status_words((enum status)status));
    }
    for (size_t bit = 0; bit < 8; bit++) {
        if (summary->flags[bit])
            (void)fprintf(out, "; %zu with %s", summary->flags[bit], flag_words[bit]);
    }
    (void)fputs("\n", out);
}

static void print_range(FILE *out, const struct trial *trial, const struct summary *summary) {
    const struct release *release = trial->release;
    if (summary->low == SIZE_MAX)
        return;
    (void)fprintf(out, "  range     %.10g (%s, %s) to %.10g (%s, %s)%s%s\n",
                  release->value[summary->low], release->codes[release->code[summary->low]],
                  release->periods[release->period[summary->low]], release->value[summary->high],
                  release->codes[release->code[summary->high]],
                  release->periods[release->period[summary->high]],
                  *trial->description->unit ? ", " : "", trial->description->unit);
}

static void print_areas(FILE *out, const struct summary *summary) {
    if (!summary->reaches)
        return;
    (void)fprintf(out, "  areas     %zu of %zu have a number in %s", summary->reached,
                  summary->n_areas, summary->periods[summary->newest].period);
    for (size_t i = 0; i < summary->n_not_reached && i < SHOWN; i++)
        (void)fprintf(out, "%s%s", i ? ", " : "; not ", summary->not_reached[i]);
    if (summary->n_not_reached > SHOWN)
        (void)fprintf(out, " and %zu more", summary->n_not_reached - SHOWN);
    (void)fputs("\n", out);
}

void trial_print(FILE *out, const struct trial *trial, const struct geography *geography) {
    (void)fprintf(out, "%s%s%s\n", trial->file, trial->dataset ? " as " : "",
                  trial->dataset ? trial->dataset : "");
    if (trial->report.layout)
        print_place(out, trial);
    if (trial->tidy)
        (void)fputs("  layout    tidy: area_code, period, value\n", out);
    if (trial->result == EXTRACT_NO_FIT || trial->result == EXTRACT_NOTHING) {
        (void)fprintf(out, "does not fit: %s\n", trial->report.misfit);
        return;
    }
    if (trial->result != EXTRACT_DONE) {
        (void)fprintf(out, "would be refused: %zu problem%s\n", trial->problems.total,
                      trial->problems.total == 1 ? "" : "s");
        problems_write(out, &trial->problems);
        return;
    }
    struct arena *arena = arena_new();
    const struct summary *summary =
        arena ? summarise(arena, trial->release, geography, trial->level) : NULL;
    if (summary) {
        print_counts(out, summary);
        print_range(out, trial, summary);
        print_areas(out, summary);
    }
    (void)fprintf(out, "would be taken: %zu figures for %zu areas\n", trial->release->n,
                  trial->release->n_codes);
    arena_destroy(&arena);
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static json_t *columns_json(const struct extract_report *report) {
    json_t *out = json_object();
    const struct header *header = &report->header;
    for (int role = 0; role < ROLES; role++) {
        if (header->columns[role])
            (void)json_object_set_new(out, role_words[role],
                                      json_pack("{s:i, s:s}", "column", (int)header->columns[role],
                                                "heading",
                                                heading_of(header, header->columns[role])));
    }
    json_t *periods = json_array();
    for (size_t i = 0; i < header->n_periods; i++) {
        (void)json_array_append_new(periods, json_pack("{s:i, s:s, s:s}", "column",
                                                       (int)header->periods[i].column, "heading",
                                                       header->periods[i].label, "period",
                                                       header->periods[i].period));
    }
    if (header->n_periods)
        (void)json_object_set(out, "periods", periods);
    json_decref(periods);
    return out;
}

static json_t *problems_json(const struct problems *problems) {
    json_t *list = json_array(), *kinds = json_object();
    size_t kept = problems->total < PROBLEMS_KEPT ? problems->total : PROBLEMS_KEPT;
    for (size_t i = 0; i < kept; i++) {
        const struct problem *problem = &problems->kept[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:I, s:s}", "file", problem->file, "sheet",
                            problem->sheet, "row", (json_int_t)problem->line, "column",
                            (json_int_t)problem->column, "reason", problem->reason));
    }
    for (size_t i = 0; i < problems->n_kinds; i++)
        (void)json_object_set_new(kinds, problems->kinds[i].name,
                                  json_integer((json_int_t)problems->kinds[i].count));
    return json_pack("{s:I, s:o, s:o}", "total", (json_int_t)problems->total, "kinds", kinds,
                     "first", list);
}

static json_t *summary_json(const struct trial *trial, const struct summary *summary) {
    const struct release *release = trial->release;
    json_t *periods = json_array(), *status = json_object(), *flags = json_object(),
           *missed = json_array();
    for (size_t i = 0; i < summary->n_periods; i++) {
        (void)json_array_append_new(
            periods, json_pack("{s:s, s:I, s:I}", "period", summary->periods[i].period, "figures",
                               (json_int_t)summary->periods[i].figures, "numbers",
                               (json_int_t)summary->periods[i].numbers));
    }
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *name = i ? status_mark((enum status)i) : "value";
        if (summary->status[i])
            (void)json_object_set_new(status, name, json_integer((json_int_t)summary->status[i]));
    }
    for (size_t bit = 0; bit < 8; bit++) {
        if (summary->flags[bit])
            (void)json_object_set_new(flags, flag_words[bit],
                                      json_integer((json_int_t)summary->flags[bit]));
    }
    for (size_t i = 0; i < summary->n_not_reached; i++)
        (void)json_array_append_new(missed, json_string(summary->not_reached[i]));
    json_t *out =
        json_pack("{s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:o}", "figures", (json_int_t)release->n,
                  "codes", (json_int_t)release->n_codes, "periods", periods, "status", status,
                  "flags", flags, "areas", (json_int_t)summary->n_areas, "areas_reached",
                  (json_int_t)summary->reached, "areas_not_reached", missed);
    if (summary->low != SIZE_MAX)
        (void)json_object_set_new(
            out, "range",
            json_pack("[f, f]", release->value[summary->low], release->value[summary->high]));
    return out;
}

static json_t *layout_json(const struct trial *trial) {
    const struct extract_report *report = &trial->report;
    return json_pack(
        "{s:s, s:s, s:I, s:s, s:o, s:s?, s:{s:I, s:I, s:I, s:I, s:I, s:I}}", "layout",
        report->layout->name, "sheet", report->sheet, "header_row",
        (json_int_t)report->header.headings.row, "encoding", layout_encoding(report->layout),
        "columns", columns_json(report), "title_period", report->header.title_period, "rows", "all",
        (json_int_t)report->rows, "taken", (json_int_t)report->taken, "filtered",
        (json_int_t)report->filtered, "without_code", (json_int_t)report->without_code,
        "other_codes", (json_int_t)report->not_only, "codes_unknown", (json_int_t)report->outside);
}

static json_t *trial_json(const struct trial *trial, const struct geography *geography) {
    static const char *const results[] = {"accepted", "no fit", "nothing", "refused"};
    json_t *out =
        json_pack("{s:s, s:s?, s:s, s:s}", "file", trial->file, "dataset", trial->dataset,
                  "description", trial->description->name, "result", results[trial->result]);
    if (out && trial->report.layout)
        (void)json_object_set_new(out, "read", layout_json(trial));
    if (out && trial->report.misfit[0])
        (void)json_object_set_new(out, "misfit", json_string(trial->report.misfit));
    if (out && trial->result == EXTRACT_REFUSED)
        (void)json_object_set_new(out, "problems", problems_json(&trial->problems));
    struct arena *arena = arena_new();
    const struct summary *summary =
        arena && trial->release ? summarise(arena, trial->release, geography, trial->level) : NULL;
    if (out && summary)
        (void)json_object_set_new(out, "release", summary_json(trial, summary));
    arena_destroy(&arena);
    return out;
}

bool trials_print_json(FILE *out, const struct trial *trials, size_t n,
                       const struct geography *geography) {
    json_t *list = json_array();
    bool fine = list != NULL;
    for (size_t i = 0; fine && i < n; i++)
        fine = json_array_append_new(list, trial_json(&trials[i], geography)) == 0;
    fine = fine && json_dumpf(list, out, JSON_INDENT(2)) == 0 && fputs("\n", out) >= 0 &&
           fflush(out) == 0;
    json_decref(list);
    return fine;
}
