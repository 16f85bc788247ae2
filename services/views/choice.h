/* What a reader chose of an edition, under the same names on every page and resource:
 * edition=N node=ID region=NAME type=NAME band=N. An empty value is as good as none, because a form
 * sends it where nothing was chosen. And the form in which it is chosen. */
#ifndef VIEWS_CHOICE_H
#define VIEWS_CHOICE_H

#include "services/views/answer.h"
#include "services/views/viewer.h"

#include <stdio.h>

/* The value under that name; NULL where there is none or it is empty. */
const char *choice_given(const struct request *request, const char *name);

/* The edition of `edition` (a number; the newest unless told), with what the answer says of it:
 * number and freshness. NULL: the answer is the problem. */
const struct view *choice_view(struct viewer *viewer, const struct request *request,
                               struct answer *answer);

/* The node whose id stands under `name`; `initial` (which may be NO_NODE) unless told. Each of
 * these gives false where there is no such thing, and the answer is a problem that says what was
 * found, and what it may have been meant to be. */
bool choice_node(const struct request *request, const char *name, const struct view *view,
                 size_t initial, size_t *out, struct answer *answer);

/* Places of an edition that are looked at: of one region, one type of place, one band at a node. */
struct choice {
    const char *region, *type; /* of the pack, or NULL: all */
    unsigned band;             /* 0: all */
};

/* Regions by name or code, types by name, bands by number or words; without regard to case. */
bool choice_places(const struct request *request, const struct view *view, struct choice *out,
                   struct answer *answer);
bool choice_takes(const struct choice *choice, const struct view *view, size_t node, size_t area);
/* Whether it leaves any place out. */
bool choice_narrows(const struct choice *choice);

/* One of several words; *out is its index, 0 unless told. */
bool choice_word(const struct request *request, const char *name, const char *const *words,
                 size_t n, size_t *out, struct answer *answer);

/* The regions of a pack (or types of place), each once, in order of first appearance: room for
 * CHOICE_GROUPS_MAX. Returns how many. */
enum { CHOICE_GROUPS_MAX = 100 };
size_t choice_regions(const struct view *view, const char **out);
size_t choice_types(const struct view *view, const char **out);

/* A form of choices that asks for `path` again, and keeps the edition. Between begin and end stand
 * fields; each shows what is chosen. */
void form_begin(FILE *out, const struct request *request, const char *path);
void form_end(FILE *out, const char *button);
/* Keeps what is chosen elsewhere on the page. */
void form_keep(FILE *out, const struct request *request, const char *name);
void form_nodes(FILE *out, const struct view *view, const char *name, const char *label,
                const char *none, size_t chosen); /* none: for NO_NODE; NULL: a node must be */
void form_regions(FILE *out, const struct view *view, const char *chosen); /* NULL: all */
void form_places(FILE *out, const struct view *view, const struct choice *chosen);
/* Ids (which the query has) and words (which people read). */
void form_words(FILE *out, const char *name, const char *label, const char *const *ids,
                const char *const *words, size_t n, size_t chosen);

#endif
