/* The areas of the index, the codes that releases may use, and how a figure that was published
 * under one code reaches an area of the index.
 *
 * Three tables of the pack (CSV with a header; columns in this order):
 *   areas     code,name,region_code,region,type,population,longitude,latitude
 *   geography area_code,level,step,source_code,weight,rule
 *   codes     code,name,level
 * For an area and a level of dataset, `geography` lists steps 1, 2, 3 ...: the first step that
 * gives a number is taken. A step with several rows is the mean of its source codes by weight, and
 * gives a number only if each has one. */
#ifndef CORE_GEOGRAPHY_H
#define CORE_GEOGRAPHY_H

#include "core/definition.h"
#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a figure reached an area. The numbers are on the wire and on disk. */
enum rule {
    RULE_NONE = 0,      /* it did not */
    RULE_DIRECT = 1,    /* published for the area under its own code */
    RULE_RECODED = 2,   /* published for the same place under another code */
    RULE_SUCCESSOR = 3, /* published for the larger authority that replaced the area */
    RULE_CASCADED = 4,  /* published for a county, partnership or force that covers the area */
    RULE_AVERAGED = 5,  /* weighted mean of several partnerships that make up the area */
};

enum { RULE_COUNT = 6 };

/* "", "direct", "recoded", "successor", "cascaded", "averaged". Never NULL. */
const char *rule_name(enum rule rule);

struct area {
    const char *code, *name, *region_code, *region, *type;
    double population;
    double longitude, latitude; /* degrees, WGS 84; about the middle of the area */
};

struct source {
    size_t code;   /* index into codes */
    double weight; /* within its step */
    uint32_t step; /* from 1 */
    enum rule rule;
};

/* A code that a release may use. */
struct known_code {
    const char *code, *name, *level;
    double population; /* people of the area that publishes under it; 0: not known */
};

struct geography {
    const struct area *areas; /* in scope only, in the order of the table */
    size_t n_areas;
    const struct known_code *codes; /* sorted by code */
    size_t n_codes;
    const char *const *levels; /* of datasets: lad, utla, csp, pfa, region ... */
    size_t n_levels;
    /* sources[first[l * n_areas + a]] ... sources[first[l * n_areas + a + 1] - 1] serve area a for
     * datasets of levels[l], by step. */
    const struct source *sources;
    const size_t *first;
    struct arena *arena;
};

/* One table of the pack; bytes stay the caller's. */
struct table {
    const char *name;
    const char *bytes;
    size_t length;
};

/* Reads the three tables and leaves out the areas that the definition excludes. */
struct geography *geography_read(const struct definition *definition, struct table areas,
                                 struct table geography, struct table codes, struct fault *fault);
void geography_destroy(struct geography **geography);

/* SIZE_MAX when there is none. */
size_t geography_area(const struct geography *geography, const char *code);
/* The same, from an index on and then from the beginning: for tables in nearly one order. */
size_t geography_area_from(const struct geography *geography, const char *code, size_t from);
size_t geography_code(const struct geography *geography, const char *code);
size_t geography_level(const struct geography *geography, const char *level);

#endif
