/* The index definition: what the index is made of and how it is computed, read from a YAML file.
 *
 * The tree is an array of nodes in preorder: the root is node 0, a parent stands before its
 * children, and the nodes below node k are k + 1 ... nodes[k].end - 1. Leaves are metrics.
 * After definition_read it is only read. Text belongs to the definition. The format is described,
 * key by key, in deploy/definition.md. */
#ifndef CORE_DEFINITION_H
#define CORE_DEFINITION_H

#include "core/fault.h"
#include "core/method.h"
#include "core/variation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_NODE    SIZE_MAX
#define NO_DATASET SIZE_MAX

#define DENOMINATOR_NONE       SIZE_MAX
#define DENOMINATOR_POPULATION (SIZE_MAX - 1) /* of the area table */

enum direction { HIGHER_IS_NEED = 1, LOWER_IS_NEED = -1 };

/* One depth of the tree; levels[0] is the root's. */
struct level {
    const char *id;            /* index, mission, objective, metric */
    const char *name;          /* for people */
    struct node_method method; /* of its nodes, where they have none of their own */
};

struct dataset {
    const char *id, *title, *publisher, *licence, *url, *note;
    const char *level;   /* lad, utla, csp, pfa, region: what its area codes are */
    const char *vintage; /* the year of those codes, in words */
    unsigned accepts;    /* warnings that keep no release of it out: bits 1 << enum warning */
    /* The file in the pack that says how the publisher's files are read (core/description.h); NULL:
     * only tidy files are (core/release.h), which every dataset takes. */
    const char *description;
    bool counts; /* its figures are of people or things, and add up; else they are rates */
};

struct node {
    const char *id, *name, *description;
    size_t level;  /* index into levels; the depth */
    size_t parent; /* NO_NODE for the root */
    size_t end;    /* one past the last node below */
    double weight; /* among its siblings, relative, as the tree has it */
    /* metrics only */
    size_t dataset;     /* NO_DATASET for others */
    size_t denominator; /* a dataset, DENOMINATOR_NONE or DENOMINATOR_POPULATION */
    double per;         /* what the figure by its denominator is multiplied by */
    enum direction direction;
    const char *unit;
    bool proxy;
};

/* Weights under a name, to be used in place of the tree's. */
struct weight_set {
    const char *name;
    const double *weights; /* by node; the tree's where the set says nothing */
};

/* Several periods at once. */
struct panel {
    const char *const *periods; /* as the definition writes them, oldest first */
    const int32_t *keys;        /* core/period.h */
    size_t n_periods;           /* 0: no panel */
    bool within;                /* normalised within each period, else over all together */
};

enum threshold_kind { THRESHOLD_MEAN, THRESHOLD_MEDIAN, THRESHOLD_GIVEN };

struct threshold {
    enum threshold_kind kind;
    double given;
};

enum spend_measure { SPEND_TOTAL, SPEND_PER_HEAD };

/* The comparison with spend; present only when `dataset` is not NO_DATASET. */
struct spend_rules {
    size_t dataset;
    const char *name; /* what the money is for, for people */
    size_t node;      /* the need that is compared */
    enum spend_measure measure;
    struct threshold need, spend;
    const char **exclude_types; /* as in the area table */
    size_t n_exclude_types;
    const char **exclude_areas; /* codes */
    size_t n_exclude_areas;
};

struct definition {
    const char *id, *title;
    /* Names in the pack. The last two: NULL where areas publish under their own codes. */
    const char *areas_file, *geography_file, *codes_file;
    const char *changes_file;      /* NULL: none, and every area of the table is of the index */
    const char *aliases_file;      /* NULL: none */
    const char *boundaries_file;   /* NULL: none */
    const char *boundaries_credit; /* what maps must say of them; "" */
    const char *vintage;   /* "2021-04-01": the day on which the index's areas stand; or NULL */
    int32_t vintage_day;   /* core/succession.h; 0 without a vintage */
    const char **excluded; /* codes of areas that are not in the index */
    size_t n_excluded;
    const struct level *levels;
    size_t n_levels;
    const struct node *nodes;
    size_t n_nodes;
    const struct dataset *datasets;
    size_t n_datasets;
    enum ties ties; /* of ranks */
    unsigned bands; /* how many; 5 */
    const double
        *band_thresholds; /* bands - 1 scores, falling; NULL: bands are quantiles of rank */
    const char *const *band_names; /* of band 1, 2 ... */
    struct method method;          /* the definition's own */
    const struct weight_set *weight_sets;
    size_t n_weight_sets;
    struct panel panel;
    struct uncertainty uncertainty;
    struct spend_rules spend;
    const char *text; /* the file, to tell whether two definitions are the same */
    size_t length;
    struct arena *arena;
};

/* Reads the definition called `name` (for messages) from `length` bytes of YAML. NULL: the fault
 * says file, line, column, what was found and what was expected. Unknown keys are faults. */
struct definition *definition_read(const char *name, const char *bytes, size_t length,
                                   struct fault *fault);
void definition_destroy(struct definition **definition);

/* Whether both were read from the same text. */
bool definition_same(const struct definition *a, const struct definition *b);

/* NO_NODE or NO_DATASET when there is none. */
size_t definition_node(const struct definition *definition, const char *id);
size_t definition_dataset(const struct definition *definition, const char *id);

/* The node's ancestor just below the root ("mission"); the root itself for the root. */
size_t definition_mission(const struct definition *definition, size_t node);

/* Whether the definition names a table or a dataset description that is called so, which is then a
 * part of the pack. */
bool definition_names_file(const struct definition *definition, const char *name);

bool node_is_metric(const struct node *node);

/* How many children the node with most of them has. */
size_t definition_most_children(const struct definition *definition);

/* "very high", "high", "medium", "low", "very low" for five bands; "band 1", "band 2" ... for
 * another number; "" for band 0, no band. Band 1 is most need. */
const char *band_name(const struct definition *definition, unsigned band);

#endif
