#include "core/definition.h"

#include "core/definition_parts.h"
#include "core/nearest.h"
#include "core/own_codes.h"
#include "core/succession.h"
#include "core/warnings.h"

#include <stdio.h>
#include <string.h>

enum { BANDS_MIN = 2, BANDS_MAX = 100, DATASETS_MAX = 10000, VINTAGE_LENGTH = 10 };

/* --- datasets --------------------------------------------------------------------------------- */

/* "all", or a list of kinds. */
static bool read_accepts(const struct reading *in, int at, unsigned *out, struct fault *fault) {
    static const char *const all[] = {"all"};
    static const char key[] = "accept-warnings";
    size_t n, kind;
    if (document_is_word(in->document, at)) {
        *out = (1U << WARNING_COUNT) - 1;
        return document_choice(in->document, at, key, all, 1, &kind, fault);
    }
    if (!document_list(in->document, at, key, &n, fault))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!document_choice(in->document, document_entry(in->document, at, i), key, warning_names,
                             WARNING_COUNT, &kind, fault))
            return false;
        *out |= 1U << kind;
    }
    return true;
}

static bool read_dataset(const struct reading *in, int at, struct dataset *out,
                         struct fault *fault) {
    enum {
        ID,
        TITLE,
        PUBLISHER,
        LICENCE,
        URL,
        NOTE,
        LEVEL,
        VINTAGE,
        DESCRIPTION,
        KIND,
        ACCEPT,
        N_KEYS
    };
    static const char *const kinds[] = {"rate", "count"};
    size_t kind = 0;
    struct document_key keys[N_KEYS] = {
        [ID] = {"id", true, 0},
        [TITLE] = {"title", true, 0},
        [PUBLISHER] = {"publisher", true, 0},
        [LICENCE] = {"licence", true, 0},
        [URL] = {"url", false, 0},
        [NOTE] = {"note", false, 0},
        [LEVEL] = {"level", false, 0},
        [VINTAGE] = {"vintage", false, 0},
        [ACCEPT] = {"accept-warnings", false, 0},
        [DESCRIPTION] = {"description", false, 0},
        [KIND] = {"kind", false, 0},
    };
    const char **fields[N_KEYS] = {
        [TITLE] = &out->title, [PUBLISHER] = &out->publisher, [LICENCE] = &out->licence,
        [URL] = &out->url,     [NOTE] = &out->note,           [VINTAGE] = &out->vintage,
    };
    const struct document *document = in->document;
    out->level = OWN_LEVEL;
    if (!document_keys(document, at, "a dataset", keys, N_KEYS, fault) ||
        !document_id(document, keys[ID].value, "id", in->arena, &out->id, fault) ||
        (keys[LEVEL].value &&
         !document_id(document, keys[LEVEL].value, "level", in->arena, &out->level, fault)) ||
        (keys[DESCRIPTION].value && !document_text(document, keys[DESCRIPTION].value, "description",
                                                   in->arena, &out->description, fault)) ||
        (keys[KIND].value &&
         !document_choice(document, keys[KIND].value, "kind", kinds, 2, &kind, fault))) {
        return false;
    }
    out->counts = kind == 1;
    for (size_t i = 0; i < N_KEYS; i++) {
        if (!fields[i])
            continue;
        *fields[i] = "";
        if (keys[i].value &&
            !document_text(document, keys[i].value, keys[i].name, in->arena, fields[i], fault)) {
            return false;
        }
    }
    return !keys[ACCEPT].value || read_accepts(in, keys[ACCEPT].value, &out->accepts, fault);
}

static bool read_datasets(const struct reading *in, int at, struct fault *fault) {
    size_t n;
    if (!document_list(in->document, at, "datasets", &n, fault))
        return false;
    if (n > DATASETS_MAX) {
        return document_fault(in->document, at, fault, "%zu datasets: at most %d can be read", n,
                              DATASETS_MAX);
    }
    struct dataset *datasets = arena_alloc(in->arena, n, sizeof *datasets);
    if (!datasets)
        return fault_memory(fault);
    in->out->datasets = datasets;
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(in->document, at, i);
        if (!read_dataset(in, entry, &datasets[i], fault))
            return false;
        if (definition_dataset(in->out, datasets[i].id) != NO_DATASET) {
            return document_fault(in->document, entry, fault, "a second dataset '%s'",
                                  datasets[i].id);
        }
        in->out->n_datasets = i + 1;
    }
    return true;
}

/* Where no datasets are listed, each metric is one. */
static bool add_dataset(const struct reading *in, const char *id, size_t *out,
                        struct fault *fault) {
    struct definition *definition = in->out;
    size_t n = definition->n_datasets;
    if ((n & (n - 1)) == 0) { /* 0, 1, 2, 4 ...: as many as there is room for */
        struct dataset *more = arena_alloc(in->arena, n ? 2 * n : 1, sizeof *more);
        if (!more)
            return fault_memory(fault);
        if (n)
            memcpy(more, definition->datasets, n * sizeof *more);
        definition->datasets = more;
    }
    struct dataset *datasets = (struct dataset *)definition->datasets;
    datasets[n] = (struct dataset){.id = id,
                                   .title = id,
                                   .publisher = "",
                                   .licence = "",
                                   .url = "",
                                   .note = "",
                                   .level = OWN_LEVEL,
                                   .vintage = ""};
    definition->n_datasets = n + 1;
    *out = n;
    return true;
}

bool definition_find_dataset(const struct reading *in, int at, const char *id, size_t *out,
                             struct fault *fault) {
    *out = definition_dataset(in->out, id);
    if (*out != NO_DATASET)
        return true;
    if (!in->lists_datasets)
        return add_dataset(in, id, out, fault);
    struct nearest nearest = {.word = id};
    for (size_t i = 0; i < in->out->n_datasets; i++) {
        nearest_offer(&nearest, in->out->datasets[i].id);
    }
    return document_unknown(in->document, at, "dataset", id, nearest.best, fault);
}

/* --- the file --------------------------------------------------------------------------------- */

/* The changes of codes and the day of the index's areas: both or neither. */
static bool read_vintage(const struct reading *in, int at, int changes, int vintage,
                         struct fault *fault) {
    struct definition *out = in->out;
    if (!changes != !vintage) {
        return document_fault(in->document, at, fault, "'areas': %s",
                              changes
                                  ? "'changes' needs 'vintage', the day on which the areas stand"
                                  : "'vintage' needs 'changes', the table of changes of codes");
    }
    if (!changes)
        return true;
    if (!document_text(in->document, changes, "changes", in->arena, &out->changes_file, fault) ||
        !document_text(in->document, vintage, "vintage", in->arena, &out->vintage, fault))
        return false;
    return (strlen(out->vintage) == VINTAGE_LENGTH &&
            day_read(out->vintage, VINTAGE_LENGTH, &out->vintage_day)) ||
           document_fault(in->document, vintage, fault,
                          "'vintage': expected a day such as 2021-04-01, found '%.100s'",
                          out->vintage);
}

/* The tables of codes and of how figures reach an area: both, or neither (core/own_codes.h). */
static bool read_codes(const struct reading *in, int at, int geography, int codes, int changes,
                       struct fault *fault) {
    struct definition *out = in->out;
    if (!geography != !codes || (changes && !codes)) {
        return document_fault(in->document, at, fault,
                              "'areas': 'codes' and 'geography' go together%s",
                              changes ? ", and 'changes' needs them" : "");
    }
    return !codes ||
           (document_text(in->document, geography, "geography", in->arena, &out->geography_file,
                          fault) &&
            document_text(in->document, codes, "codes", in->arena, &out->codes_file, fault));
}

/* The table of boundaries, and what must be said of it. */
static bool read_boundaries(const struct reading *in, int table, int credit, struct fault *fault) {
    struct definition *out = in->out;
    if (credit && !table)
        return document_fault(in->document, credit, fault,
                              "'boundaries-credit' needs 'boundaries', the table that it is about");
    return (!table || document_text(in->document, table, "boundaries", in->arena,
                                    &out->boundaries_file, fault)) &&
           (!credit || document_text(in->document, credit, "boundaries-credit", in->arena,
                                     &out->boundaries_credit, fault));
}

static bool read_areas(const struct reading *in, int at, struct fault *fault) {
    enum {
        TABLE,
        GEOGRAPHY,
        CODES,
        CHANGES,
        ALIASES,
        BOUNDARIES,
        CREDIT,
        VINTAGE,
        EXCLUDE,
        N_KEYS
    };
    struct document_key keys[N_KEYS] = {
        [TABLE] = {"table", true, 0},
        [GEOGRAPHY] = {"geography", false, 0},
        [CODES] = {"codes", false, 0},
        [CHANGES] = {"changes", false, 0},
        [ALIASES] = {"aliases", false, 0},
        [BOUNDARIES] = {"boundaries", false, 0},
        [CREDIT] = {"boundaries-credit", false, 0},
        [VINTAGE] = {"vintage", false, 0},
        [EXCLUDE] = {"exclude", false, 0},
    };
    struct definition *out = in->out;
    const struct document *document = in->document;
    out->boundaries_credit = "";
    if (!at) { /* core/plain.h makes these tables */
        out->areas_file = "areas.csv";
        out->geography_file = "geography.csv";
        out->codes_file = "codes.csv";
        return true;
    }
    return document_keys(document, at, "'areas'", keys, N_KEYS, fault) &&
           document_text(document, keys[TABLE].value, "table", in->arena, &out->areas_file,
                         fault) &&
           read_codes(in, at, keys[GEOGRAPHY].value, keys[CODES].value, keys[CHANGES].value,
                      fault) &&
           read_vintage(in, at, keys[CHANGES].value, keys[VINTAGE].value, fault) &&
           (!keys[ALIASES].value || document_text(document, keys[ALIASES].value, "aliases",
                                                  in->arena, &out->aliases_file, fault)) &&
           read_boundaries(in, keys[BOUNDARIES].value, keys[CREDIT].value, fault) &&
           (!keys[EXCLUDE].value ||
            document_texts(document, keys[EXCLUDE].value, "exclude", in->arena, &out->excluded,
                           &out->n_excluded, fault));
}

static bool name_bands(const struct reading *in, struct fault *fault) {
    static const char *const words[] = {"very high", "high", "medium", "low", "very low"};
    unsigned bands = in->out->bands;
    const char **names = arena_alloc(in->arena, bands, sizeof *names);
    if (!names)
        return fault_memory(fault);
    for (unsigned i = 0; i < bands; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "band %u", i + 1);
        names[i] = bands == sizeof words / sizeof *words
                       ? words[i]
                       : arena_copy(in->arena, name, (size_t)length);
        if (!names[i])
            return fault_memory(fault);
    }
    in->out->band_names = names;
    return true;
}

/* A list of thresholds makes one band more than it has entries. */
static bool read_thresholds(const struct reading *in, int at, struct fault *fault) {
    const struct document *document = in->document;
    struct document_key keys[] = {{"thresholds", true, 0}};
    size_t n;
    if (!document_keys(document, at, "bands", keys, 1, fault) ||
        !document_list(document, keys[0].value, "thresholds", &n, fault)) {
        return false;
    }
    if (n < BANDS_MIN - 1 || n > BANDS_MAX - 1) {
        return document_fault(document, keys[0].value, fault,
                              "'thresholds': expected %d to %d scores, found %zu", BANDS_MIN - 1,
                              BANDS_MAX - 1, n);
    }
    double *thresholds = arena_alloc(in->arena, n, sizeof *thresholds);
    if (!thresholds)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(document, keys[0].value, i);
        if (!document_number(document, entry, "thresholds", &thresholds[i], fault))
            return false;
        if (i && thresholds[i] >= thresholds[i - 1]) {
            return document_fault(document, entry, fault,
                                  "'thresholds': expected scores that fall, found %g after %g",
                                  thresholds[i], thresholds[i - 1]);
        }
    }
    in->out->band_thresholds = thresholds;
    in->out->bands = (unsigned)n + 1;
    return name_bands(in, fault);
}

static bool read_ties(const struct reading *in, int at, struct fault *fault) {
    static const char *const words[] = {"average", "min", "max", "dense"}; /* enum ties */
    size_t choice = TIES_MIN;
    if (at && !document_choice(in->document, at, "ties", words, 4, &choice, fault))
        return false;
    in->out->ties = (enum ties)choice;
    return true;
}

static bool read_bands(const struct reading *in, int at, struct fault *fault) {
    double bands;
    if (!document_is_number(in->document, at) && document_find(in->document, at, "thresholds"))
        return read_thresholds(in, at, fault);
    if (!document_number(in->document, at, "bands", &bands, fault))
        return false;
    if (!(bands >= BANDS_MIN && bands <= BANDS_MAX) || bands != (double)(unsigned)bands) {
        return document_fault(in->document, at, fault,
                              "'bands': expected a whole number from %d to %d, found %g", BANDS_MIN,
                              BANDS_MAX, bands);
    }
    in->out->bands = (unsigned)bands;
    return name_bands(in, fault);
}

/* What may be left out, and needs the tree. */
static bool read_rest(const struct reading *in, const struct document_key *keys, size_t n_keys,
                      struct fault *fault) {
    static const struct {
        const char *key;
        bool (*read)(const struct reading *in, int at, struct fault *fault);
    } parts[] = {
        {"screen", definition_read_screening},        {"weight-sets", definition_read_weight_sets},
        {"weights", definition_use_weights},          {"panel", definition_read_panel},
        {"uncertainty", definition_read_uncertainty}, {"spend", definition_read_spend},
    };
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        for (size_t k = 0; k < n_keys; k++) {
            if (keys[k].value && strcmp(keys[k].name, parts[p].key) == 0 &&
                !parts[p].read(in, keys[k].value, fault))
                return false;
        }
    }
    return true;
}

static bool read_file(struct reading *in, struct fault *fault) {
    enum { INDEX, TITLE, AREAS, TIES, BANDS, LEVELS, TREE, DATASETS, REST, N_KEYS = REST + 6 };
    struct document_key keys[N_KEYS] = {
        [INDEX] = {"index", true, 0},  [TITLE] = {"title", true, 0},
        [AREAS] = {"areas", false, 0}, [TIES] = {"ties", false, 0},
        [BANDS] = {"bands", true, 0},  [LEVELS] = {"levels", true, 0},
        [TREE] = {"tree", true, 0},    [DATASETS] = {"datasets", false, 0},
        [REST] = {"screen", false, 0}, {"weight-sets", false, 0},
        {"weights", false, 0},         {"panel", false, 0},
        {"uncertainty", false, 0},     {"spend", false, 0},
    };
    const struct document *document = in->document;
    struct definition *out = in->out;
    out->spend.dataset = NO_DATASET;
    out->spend.node = NO_NODE;
    if (!document_keys(document, document_root(document), "an index definition", keys, N_KEYS,
                       fault)) {
        return false;
    }
    in->lists_datasets = keys[DATASETS].value != 0;
    return document_id(document, keys[INDEX].value, "index", in->arena, &out->id, fault) &&
           document_text(document, keys[TITLE].value, "title", in->arena, &out->title, fault) &&
           read_areas(in, keys[AREAS].value, fault) && read_ties(in, keys[TIES].value, fault) &&
           read_bands(in, keys[BANDS].value, fault) &&
           definition_read_levels(in, keys[LEVELS].value, fault) &&
           (!in->lists_datasets || read_datasets(in, keys[DATASETS].value, fault)) &&
           definition_read_tree(in, keys[TREE].value, fault) && read_rest(in, keys, N_KEYS, fault);
}

struct definition *definition_read(const char *name, const char *bytes, size_t length,
                                   struct fault *fault) {
    struct document *document = document_new(name, bytes, length, fault);
    if (!document)
        return NULL;
    struct arena *arena = arena_new();
    struct definition *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (out) {
        out->arena = arena;
        struct reading in = {.document = document, .out = out, .arena = arena};
        out->text = arena_copy(arena, bytes, length);
        out->length = length;
        if (!(out->text ? read_file(&in, fault) : fault_memory(fault)))
            definition_destroy(&out);
    } else {
        fault_memory(fault);
        arena_destroy(&arena);
    }
    document_destroy(&document);
    return out;
}

void definition_destroy(struct definition **definition) {
    if (!*definition)
        return;
    /* The definition lies in its own arena. */
    struct arena *arena = (*definition)->arena;
    arena_destroy(&arena);
    *definition = NULL;
}

bool definition_same(const struct definition *a, const struct definition *b) {
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* --- looking up ------------------------------------------------------------------------------- */

size_t definition_node(const struct definition *definition, const char *id) {
    for (size_t i = 0; i < definition->n_nodes; i++) {
        if (strcmp(definition->nodes[i].id, id) == 0)
            return i;
    }
    return NO_NODE;
}

size_t definition_dataset(const struct definition *definition, const char *id) {
    for (size_t i = 0; i < definition->n_datasets; i++) {
        if (strcmp(definition->datasets[i].id, id) == 0)
            return i;
    }
    return NO_DATASET;
}

size_t definition_mission(const struct definition *definition, size_t node) {
    while (definition->nodes[node].level > 1)
        node = definition->nodes[node].parent;
    return node;
}

bool definition_names_file(const struct definition *definition, const char *name) {
    const char *const files[] = {definition->areas_file,   definition->geography_file,
                                 definition->codes_file,   definition->changes_file,
                                 definition->aliases_file, definition->boundaries_file};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i] && strcmp(files[i], name) == 0)
            return true;
    }
    for (size_t i = 0; i < definition->n_datasets; i++) {
        const char *description = definition->datasets[i].description;
        if (description && strcmp(description, name) == 0)
            return true;
    }
    return false;
}

bool node_is_metric(const struct node *node) {
    return node->dataset != NO_DATASET;
}

size_t definition_most_children(const struct definition *definition) {
    size_t most = 0;
    for (size_t k = 0; k < definition->n_nodes; k++) {
        size_t children = 0;
        for (size_t c = k + 1; c < definition->nodes[k].end; c = definition->nodes[c].end)
            children++;
        most = children > most ? children : most;
    }
    return most;
}

const char *band_name(const struct definition *definition, unsigned band) {
    return band == 0 || band > definition->bands ? "" : definition->band_names[band - 1];
}
