/* Finding places by what somebody types: a code of any vintage, a name, a former name, an alias,
 * the beginning of one, words of one, or something near to one.
 *
 * Names are compared as core/names.h compares them. Where that refuses what is not one place's
 * name, this lists the places that may be meant, the likeliest first. */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include "core/fault.h"
#include "core/geography.h"

/* How what was typed fits, the best first. */
enum search_match {
    SEARCH_CODE,   /* it is a code */
    SEARCH_NAME,   /* it is a name */
    SEARCH_PREFIX, /* a name begins with it */
    SEARCH_WORDS,  /* each of its words begins a word of a name */
    SEARCH_NEAR,   /* nothing fits, but a name is few letters off */
};

/* What the code or name that was found is to the area. */
enum search_relation {
    SEARCH_ITSELF,
    SEARCH_FORMER, /* a former place that became the area, or a part of it */
    SEARCH_LATER,  /* a later place that the area became, or became a part of */
    SEARCH_LARGER, /* a larger place, as a county, whose figures serve the area */
};

struct search_hit {
    size_t area; /* of the index */
    enum search_match match;
    enum search_relation relation;
    const char *found; /* the code or name that fits, as the tables have it */
    size_t code;       /* whose it is: an index into the geography's codes */
    size_t distance;   /* SEARCH_NEAR: letters to add, drop or change; else 0 */
};

struct search;

/* Of a geography that outlives it. NULL: memory ran out. */
struct search *search_new(const struct geography *geography, struct fault *fault);
void search_destroy(struct search **search);

/* Fills `hits`, which has room for every area of the geography: each area once, by the best of what
 * fits, the likeliest first. Larger places are found by their whole name or code alone; something
 * near is looked for only where nothing else fits. Returns how many. Same inputs, same order. */
size_t search_places(const struct search *search, const char *text, struct search_hit *hits);

/* How many of the n hits are the very code or name that was typed. */
size_t search_exact(const struct search_hit *hits, size_t n);

/* A place that is known by that very name or code, while no area of the index has to do with it, as
 * one that the index leaves out: its name. NULL: none. */
const char *search_outside(const struct search *search, const char *text);

/* What the found place is to the area, for people: "", "former area, now part of it" ... */
const char *search_relation_words(enum search_relation relation);

#endif
