/* Finding a code or an area of the index by the name that somebody writes.
 *
 * Names are compared without what makes no difference: letter case, "&" for "and", "Saint" for
 * "St", points, apostrophes and hyphens, a note mark at the end ("[note 3]", "(1)", "*"), and the
 * kind of the place around it: "City of", "X, City of", "County", "UA", "District", "Borough",
 * "London Borough of". What is then the same, is the same name. Nothing that is only near is ever
 * taken: the fault suggests the nearest. Where a name belongs to several places it is refused too,
 * unless a level is wanted at which there is one of them, or it is written with its kind ("County
 * Durham") as one of them alone has it. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include "core/arena.h"
#include "core/fault.h"
#include "core/geography.h"

struct names;

/* Of a geography that outlives it. NULL: memory ran out. */
struct names *names_new(const struct geography *geography, struct fault *fault);
void names_destroy(struct names **names);

/* The code of that name; of one place's codes of several vintages the one that stands in the
 * index's. `level` (NULL: any) is the wanted level of dataset: the code serves areas at it, or is
 * of it. SIZE_MAX: there is none, or more than one, and the fault says so. */
size_t names_code(const struct names *names, const char *name, const char *level,
                  struct fault *fault);

/* Whether any place has that name, though it may be several places'. */
bool names_known(const struct names *names, const char *name);

/* The area of the index with that code or name, of any vintage; SIZE_MAX after a fault, which says
 * of a former area what it is a part of now. */
size_t names_area(const struct names *names, const char *text, struct fault *fault);

enum { NAME_MAX_BYTES = 255 };

/* The name as it is compared, with the kind of place (`kind`) or without. Longer names are cut. */
void names_plain(const char *name, bool kind, char out[NAME_MAX_BYTES + 1]);

/* A name beside how it is compared, for who looks through names himself. */
struct name_entry {
    const char *name;        /* as the tables have it: theirs */
    const char *full, *core; /* with the kind of place, and without: the arena's */
    size_t code;             /* index into codes */
};

/* False: memory ran out. */
bool name_entry_set(struct name_entry *entry, struct arena *arena, const char *name, size_t code);

#endif
