/* The pedigree of one score: from its rank down to the cell of the publisher's file. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include "core/status.h"
#include "services/cli/computed.h"

/* One observation that a figure was made of. */
struct trace_source {
    const struct known_code *code; /* that it was published under */
    double share;                  /* its weight in the mean, or the share of a count */
    enum rule rule;
    /* where it stands in the file */
    const char *sheet;    /* NULL: the file has none, or it is not known */
    uint32_t row, column; /* from 1; column 0: not known */
    const char *period;   /* as published */
    enum status status;
    double value;     /* read only where the status is STATUS_VALUE */
    uint16_t flags;   /* enum flag */
    double low, high; /* read only where FLAG_HAS_LOW, FLAG_HAS_HIGH is set */
};

/* What one dataset gave: the figure, or what it is divided by. */
struct trace_input {
    const struct dataset *dataset;
    const ReleaseInfo *release; /* NULL: the edition had none */
    struct trace_source *sources;
    size_t n_sources;
    enum status status; /* of what reached the place */
    double value;       /* the (weighted) value */
};

struct trace {
    const struct computed *computed;
    const EditionInfo *edition;
    size_t area, node;
    size_t path[64]; /* nodes from the metric up to the root */
    size_t n_path;
    struct trace_input figure;
    bool divided;                   /* the figure is per something */
    struct trace_input denominator; /* dataset NULL: the population of the area table */
    enum status came_status;        /* of the figure, before anything was filled in */
    double came;
    enum impute imputed; /* what filled it in */
    bool has_treated;    /* winsorised: what it counts as, in the publisher's unit */
    double treated;
    size_t n_extent;        /* figures of the metric as they were normalised ... */
    double least, greatest; /* ... in the publisher's unit; none where transformed */
};

/* The share of the root's weight that the node at path[i] has by the weights on the way up. */
double trace_share(const struct trace *trace, size_t i);

/* Each prints it, and returns an exit status. */
int trace_print_text(const struct trace *trace);
int trace_print_json(const struct trace *trace);

#endif
