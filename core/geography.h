/* The areas of the index, the codes that releases may use, and how a figure that was published
 * under one code, of any vintage, reaches an area of the index.
 *
 * Tables of the pack (CSV with a header; columns in this order):
 *   areas      code,name,region_code,region,type,population,longitude,latitude
 *   codes      code,name,level or code,name,level,population
 *   geography  area_code,level,step,source_code,weight
 *   changes    core/succession.h; may be left out
 *   aliases    name,code: other names of codes, for core/names.h; may be left out
 * `areas` holds the areas of every vintage: which of them stand on the day of the definition's
 * `vintage` is said by `changes`.
 *
 * For a code and a level of dataset, `geography` lists under step 1, 2 ... the codes under which
 * figures for it are published: its own code, one larger area that covers it, or several that make
 * it up or lie partly in it. `weight` is how many people of the code's area live in the source's;
 * empty: all of them, where the step has one row. What an area was made up of before its vintage,
 * and what it became a part of after, follow from `changes`, and so do further steps:
 *   the steps of its own code,
 *   what its parts have as step 1 at each earlier vintage, the newest first,
 *   what became of it at each later vintage, the oldest first.
 * The first step that gives a number is taken. A step of several sources gives one only if each of
 * them has one. */
#ifndef CORE_GEOGRAPHY_H
#define CORE_GEOGRAPHY_H

#include "core/definition.h"
#include "core/fault.h"
#include "core/succession.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a figure reached an area. The numbers are on the wire and on disk. */
enum rule {
    RULE_NONE = 0,      /* it did not */
    RULE_DIRECT = 1,    /* published for the area under its own code */
    RULE_RECODED = 2,   /* published for the same place under another code */
    RULE_SUCCESSOR = 3, /* a rate of the larger authority that replaced the area */
    RULE_CASCADED = 4,  /* a rate of a county, partnership or force that covers the area */
    RULE_AVERAGED = 5,  /* weighted mean of the rates of several that make up the area */
    RULE_SUMMED = 6,    /* sum of the counts of several that make up the area */
    RULE_SHARED = 7,    /* the area's shares, by people, of counts of larger or crossing areas */
};

enum { RULE_COUNT = 8 };

/* "", "direct", "recoded", "successor", "cascaded", "averaged", "summed", "shared". Never NULL. */
const char *rule_name(enum rule rule);

struct area {
    const char *code, *name, *region_code, *region, *type;
    double population;
    double longitude, latitude; /* degrees, WGS 84; about the middle of the area */
};

struct source {
    size_t code;          /* index into codes */
    double weight;        /* people of the area who live there; 0: not known */
    double share;         /* of the source's people, those who live in the area; 0: not known */
    uint32_t step;        /* from 1 */
    enum rule rule;       /* of a rate */
    enum rule count_rule; /* of a count */
    int32_t since;        /* the day on which the code came into force; 0: before all changes */
};

/* A code that a release may use. */
struct known_code {
    const char *code, *name, *level;
    double population; /* people of the area that publishes under it; 0: not known */
};

/* Another name of a code. */
struct alias {
    const char *name;
    size_t code; /* index into codes */
};

struct geography {
    const struct area *areas; /* in scope and in force only, in the order of the table */
    size_t n_areas;
    const struct known_code *codes; /* sorted by code */
    size_t n_codes;
    const size_t *area_of_code; /* by code: the index of its area; SIZE_MAX: none in the index */
    const char *const *levels;  /* of datasets: lad, utla, csp, pfa, region ... */
    size_t n_levels;
    /* sources[first[l * n_areas + a]] ... sources[first[l * n_areas + a + 1] - 1] serve area a for
     * datasets of levels[l], by step. */
    const struct source *sources;
    const size_t *first;
    size_t most_sources;         /* in one step */
    const struct alias *aliases; /* in the order of the table */
    size_t n_aliases;
    struct succession succession;
    int32_t vintage_day; /* of the definition */
    struct arena *arena;
};

/* The file of one table; bytes stay the caller's. */
struct table_file {
    const char *name;
    const char *bytes;
    size_t length;
};

/* The tables that make up a geography. */
struct geography_tables {
    struct table_file areas, codes, geography;
    struct table_file changes, aliases; /* bytes NULL: none */
};

/* Reads the tables and leaves out the areas that the definition excludes, and those that do not
 * stand in its vintage. */
struct geography *geography_read(const struct definition *definition,
                                 const struct geography_tables *tables, struct fault *fault);
void geography_destroy(struct geography **geography);

/* SIZE_MAX when there is none. Several codes joined ("E06000052, E06000053", with comma, slash,
 * plus or ampersand, in any order) are the code or the alias that joins them by "+" in order. */
size_t geography_area(const struct geography *geography, const char *code);
/* The same, which looks at area `likely` first: for tables in nearly one order. */
size_t geography_area_near(const struct geography *geography, const char *code, size_t likely);
size_t geography_code(const struct geography *geography, const char *code);
/* The same, which looks at code `likely` first: for codes in nearly the order of the table. */
size_t geography_code_near(const struct geography *geography, const char *code, size_t likely);
size_t geography_level(const struct geography *geography, const char *level);

#endif
