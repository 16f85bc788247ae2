/* How sure the ranks are, which choice makes the difference, and what each metric does. */
#include "core/uncertainty.h"
#include "core/nearest.h"
#include "services/cli/batch.h"
#include "services/cli/computed.h"

#include <stdlib.h>
#include <string.h>

/* --- ranks, sensitivity: as a batch run does it here ------------------------------------------ */

static int compute(const struct command_line *line, enum study_kind kind) {
    struct batch_source source;
    Study study;
    int status = batch_source_open(&source, line);
    if (status == EXIT_OK)
        status = batch_study(&source, kind, line, &study);
    if (status == EXIT_OK)
        status = batch_compute(&source, line, &study);
    batch_source_close(&source);
    return status;
}

static int show_ranks(const struct command_line *line) {
    return compute(line, STUDY_UNCERTAINTY);
}

static int show_sensitivity(const struct command_line *line) {
    return compute(line, STUDY_SENSITIVITY);
}

/* --- leaving metrics out ---------------------------------------------------------------------- */

static void add_left_out(struct table *table, const struct computed *of,
                         const struct left_out *out) {
    const struct node *node = &of->pack->definition->nodes[out->metric];
    const struct area *areas = of->pack->geography->areas;
    table_text(table, node->id);
    table_text(table, node->name);
    if (out->scored) {
        table_count(table, out->compared);
        table_number(table, out->mean_shift, 2);
        table_count(table, out->most_shift);
        table_text(table, out->most_area == SIZE_MAX ? "" : areas[out->most_area].name);
    } else {
        for (int i = 0; i < 4; i++)
            table_missing(table);
    }
    if (out->has_correlation)
        table_number(table, out->correlation, 4);
    else
        table_missing(table);
    table_text(table, out->failure);
}

static int show_without(const struct computed *of, const struct command_line *line) {
    static const char *const keys[] = {"metric",     "name",       "places",      "mean_shift",
                                       "most_shift", "most_place", "correlation", "failure"};
    static const char *const headings[] = {"without", "",   "places",      "mean shift",
                                           "most",    "at", "correlation", ""};
    struct fault fault = {0};
    size_t n = 0, node = node_or_suggest(of->pack->definition, line->node);
    if (node == NO_NODE)
        return EXIT_NOT_FOUND;
    struct left_out *out = calloc(of->pack->definition->n_nodes, sizeof *out);
    if (!out)
        return command_failed(EXIT_FAILED, "out of memory");
    if (!uncertainty_leave_out(of->pack, of->figures, node, out, &n, &fault)) {
        free(out);
        return command_failed(EXIT_FAILED, "%s", fault.text);
    }
    struct table *table = table_new(8, keys, headings);
    for (size_t i = 0; table && i < n; i++)
        add_left_out(table, of, &out[i]);
    free(out);
    return command_print(line, &table);
}

static int show_left_out(const struct command_line *line) {
    return computed_run(line, show_without);
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*show)(const struct command_line *line);
} tables[] = {
    {"ranks", show_ranks}, {"sensitivity", show_sensitivity}, {"leave-out", show_left_out}};

int uncertainty_command(const struct command_line *line) {
    const char *name = line->table ? line->table : "ranks";
    struct nearest near = {.word = name};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (strcmp(tables[i].name, name) == 0)
            return tables[i].show(line);
        nearest_offer(&near, tables[i].name);
    }
    return command_failed(
        EXIT_USAGE, "--table is ranks, sensitivity or leave-out, found '%s'%s%s%s", name,
        near.best ? "; did you mean '" : "", near.best ? near.best : "", near.best ? "'?" : "");
}
