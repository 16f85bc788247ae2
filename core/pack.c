#include "core/pack.h"

#include "core/description.h"
#include "core/nearest.h"
#include "core/own_codes.h"

#include <stdlib.h>
#include <string.h>

static bool find_file(const char *name, const struct table_file *files, size_t n_files,
                      struct table_file *out, struct fault *fault) {
    struct nearest nearest = {.word = name};
    size_t found = 0;
    for (size_t i = 0; i < n_files; i++) {
        nearest_offer(&nearest, files[i].name);
        if (strcmp(files[i].name, name) != 0)
            continue;
        if (found++ == 0)
            *out = files[i];
    }
    if (found == 1)
        return true;
    if (found > 1) {
        return fault_set(fault, FAULT_INPUT, "the pack has %zu files called '%.200s'", found, name);
    }
    return fault_set(fault, FAULT_INPUT, "the pack has no file '%.200s'%s%s%s", name,
                     nearest.best ? ": did you mean '" : "", nearest.best ? nearest.best : "",
                     nearest.best ? "'?" : "");
}

static bool read_geography(struct pack *pack, const struct table_file *files, size_t n_files,
                           struct fault *fault) {
    const struct definition *definition = pack->definition;
    struct geography_tables tables = {.changes = {.name = ""}, .aliases = {.name = ""}};
    bool own = !definition->codes_file;
    if (!find_file(definition->areas_file, files, n_files, &tables.areas, fault) ||
        (!own &&
         (!find_file(definition->geography_file, files, n_files, &tables.geography, fault) ||
          !find_file(definition->codes_file, files, n_files, &tables.codes, fault))) ||
        (definition->changes_file &&
         !find_file(definition->changes_file, files, n_files, &tables.changes, fault)) ||
        (definition->aliases_file &&
         !find_file(definition->aliases_file, files, n_files, &tables.aliases, fault))) {
        return false;
    }
    if (own && !own_codes_make(&tables, fault))
        return false;
    pack->geography = geography_read(definition, &tables, fault);
    if (own)
        own_codes_free(&tables);
    return pack->geography != NULL;
}

/* --- what the definition says of areas must be true of the tables ----------------------------- */

/* The table that says which levels of dataset there are. */
static const char *levels_file(const struct definition *definition) {
    return definition->geography_file ? definition->geography_file : definition->areas_file;
}

static bool check_levels(const struct pack *pack, const char *name, struct fault *fault) {
    const struct geography *geography = pack->geography;
    for (size_t i = 0; i < pack->definition->n_datasets; i++) {
        const struct dataset *dataset = &pack->definition->datasets[i];
        if (geography_level(geography, dataset->level) != SIZE_MAX)
            continue;
        struct nearest nearest = {.word = dataset->level};
        for (size_t k = 0; k < geography->n_levels; k++) {
            nearest_offer(&nearest, geography->levels[k]);
        }
        return fault_set(fault, FAULT_INPUT,
                         "%s: dataset '%s' is of level '%.100s', which '%s' does not have%s%s%s",
                         name, dataset->id, dataset->level, levels_file(pack->definition),
                         nearest.best ? ": did you mean '" : "", nearest.best ? nearest.best : "",
                         nearest.best ? "'?" : "");
    }
    return true;
}

static bool has_type(const struct geography *geography, const char *type) {
    for (size_t i = 0; i < geography->n_areas; i++) {
        if (strcmp(geography->areas[i].type, type) == 0)
            return true;
    }
    return false;
}

static bool check_spend(const struct pack *pack, const char *name, struct fault *fault) {
    const struct spend_rules *spend = &pack->definition->spend;
    const char *table = pack->definition->areas_file;
    for (size_t i = 0; i < spend->n_exclude_types; i++) {
        if (has_type(pack->geography, spend->exclude_types[i]))
            continue;
        return fault_set(fault, FAULT_INPUT,
                         "%s: spend excludes areas of type '%.100s', of which '%s' has none", name,
                         spend->exclude_types[i], table);
    }
    for (size_t i = 0; i < spend->n_exclude_areas; i++) {
        if (geography_area(pack->geography, spend->exclude_areas[i]) != SIZE_MAX)
            continue;
        return fault_set(fault, FAULT_INPUT,
                         "%s: spend excludes area '%.100s', which is not an area of the index",
                         name, spend->exclude_areas[i]);
    }
    return true;
}

/* --- boundaries ------------------------------------------------------------------------------- */

/* A place that is not on the map would not be missed by who looks at it. */
static bool read_boundaries(struct pack *pack, const struct table_file *files, size_t n_files,
                            struct fault *fault) {
    const struct definition *definition = pack->definition;
    const struct geography *geography = pack->geography;
    struct table_file file;
    if (!definition->boundaries_file)
        return true;
    if (!find_file(definition->boundaries_file, files, n_files, &file, fault))
        return false;
    pack->boundaries = boundaries_of_table(file, definition->boundaries_credit, fault);
    if (!pack->boundaries)
        return false;
    for (size_t i = 0; i < geography->n_areas; i++) {
        if (!boundaries_find(pack->boundaries, geography->areas[i].code))
            return fault_set(fault, FAULT_INPUT, "%s: no boundary of the area '%.100s' of '%s'",
                             file.name, geography->areas[i].code, definition->areas_file);
    }
    return true;
}

/* --- descriptions ----------------------------------------------------------------------------- */

static bool read_description(struct pack *pack, size_t dataset, const struct table_file *files,
                             size_t n_files, struct fault *fault) {
    struct table_file file;
    const char *name = pack->definition->datasets[dataset].description;
    if (!name)
        return true;
    if (!find_file(name, files, n_files, &file, fault))
        return false;
    struct description *out = description_read(name, file.bytes, file.length, fault);
    pack->descriptions[dataset] = out;
    if (!out || !out->level || geography_level(pack->geography, out->level) != SIZE_MAX)
        return out != NULL;
    return fault_set(fault, FAULT_INPUT, "%s: the level '%.100s' is none that '%s' has", name,
                     out->level, levels_file(pack->definition));
}

static bool read_descriptions(struct pack *pack, const struct table_file *files, size_t n_files,
                              struct fault *fault) {
    size_t n = pack->definition->n_datasets;
    pack->descriptions = calloc(n + 1, sizeof *pack->descriptions);
    if (!pack->descriptions)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        if (!read_description(pack, i, files, n_files, fault))
            return false;
    }
    return true;
}

static bool read_parts(struct pack *pack, const char *name, const struct table_file *files,
                       size_t n_files, struct fault *fault) {
    struct table_file file;
    if (!find_file(name, files, n_files, &file, fault))
        return false;
    pack->definition = definition_read(name, file.bytes, file.length, fault);
    return pack->definition && read_geography(pack, files, n_files, fault) &&
           check_levels(pack, name, fault) && check_spend(pack, name, fault) &&
           read_boundaries(pack, files, n_files, fault) &&
           read_descriptions(pack, files, n_files, fault);
}

struct pack *pack_read(const char *name, const struct table_file *files, size_t n_files,
                       struct fault *fault) {
    struct pack *pack = calloc(1, sizeof *pack);
    if (!pack) {
        fault_memory(fault);
        return NULL;
    }
    if (!read_parts(pack, name, files, n_files, fault))
        pack_destroy(&pack);
    return pack;
}

void pack_destroy(struct pack **pack) {
    if (!*pack)
        return;
    for (size_t i = 0; (*pack)->descriptions && i < (*pack)->definition->n_datasets; i++)
        description_destroy(&(*pack)->descriptions[i]);
    free((*pack)->descriptions);
    definition_destroy(&(*pack)->definition);
    geography_destroy(&(*pack)->geography);
    boundaries_destroy(&(*pack)->boundaries);
    free(*pack);
    *pack = NULL;
}
