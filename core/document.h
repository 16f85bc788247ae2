/* A YAML document, read strictly, with the place of every value, so that a fault can name file,
 * line and column.
 *
 * Refused, on top of what is no YAML: a second document, anchors, aliases and tags (a definition
 * should say what it means where it says it), more than DOCUMENT_DEPTH_MAX values within each
 * other, and, where a mapping is read, a key that is unknown or stands there twice. */
#ifndef CORE_DOCUMENT_H
#define CORE_DOCUMENT_H

#include "core/arena.h"
#include "core/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { DOCUMENT_DEPTH_MAX = 160 };

struct document;

/* `name` is for faults; it stays the caller's. NULL: the fault says why. */
struct document *document_new(const char *name, const char *bytes, size_t length,
                              struct fault *fault);
void document_destroy(struct document **document);

/* Values are known by number; 0 is no value. This is the outermost one's. */
int document_root(const struct document *document);

/* Faults "name:line:column: ..." at the value, and returns false. */
bool document_fault(const struct document *document, int value, struct fault *fault,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Faults that `word` is not a known `kind`, with a suggestion if `best` is not NULL. */
bool document_unknown(const struct document *document, int value, const char *kind,
                      const char *word, const char *best, struct fault *fault);

/* As in core/fault.h. */
#ifdef __clang_analyzer__
#define document_fault(...)   ((void)document_fault(__VA_ARGS__), false)
#define document_unknown(...) ((void)document_unknown(__VA_ARGS__), false)
#endif

/* What may stand in a mapping; document_keys fills in `value`, 0 where the key is not there. */
struct document_key {
    const char *name;
    bool required;
    int value;
};

/* Reads the keys of a mapping, which is `what` in faults ("a level"). */
bool document_keys(const struct document *document, int value, const char *what,
                   struct document_key *keys, size_t n_keys, struct fault *fault);

/* The value of a mapping's key; 0 when there is none, or no mapping. */
int document_find(const struct document *document, int value, const char *key);

/* How many entries a mapping has whose keys are free, and each of them by its place; `what` is the
 * key that holds it. A key that stands there twice is a fault. */
bool document_entries(const struct document *document, int value, const char *what, size_t *count,
                      struct fault *fault);
void document_pair(const struct document *document, int mapping, size_t index, int *key,
                   int *value);

/* The text of a single value, which may be empty; NULL when it is none, or holds a NUL. */
const char *document_word(const struct document *document, int value);

/* The entries of a list; `what` is the key that holds it. */
bool document_list(const struct document *document, int value, const char *what, size_t *count,
                   struct fault *fault);
int document_entry(const struct document *document, int value, size_t index);

/* Text that is not empty and has no control characters but line breaks and tabs, copied to the
 * arena. */
bool document_text(const struct document *document, int value, const char *what,
                   struct arena *arena, const char **out, struct fault *fault);

/* A list of such texts. */
bool document_texts(const struct document *document, int value, const char *what,
                    struct arena *arena, const char ***out, size_t *count, struct fault *fault);

/* Text of letters, digits, hyphens and underscores only. */
bool document_id(const struct document *document, int value, const char *what, struct arena *arena,
                 const char **out, struct fault *fault);

/* A finite number that is not in quotes. */
bool document_number(const struct document *document, int value, const char *what, double *out,
                     struct fault *fault);

/* Whether document_number would take it. */
bool document_is_number(const struct document *document, int value);

/* Whether it is one word or number, and no list or mapping. */
bool document_is_word(const struct document *document, int value);

bool document_bool(const struct document *document, int value, const char *what, bool *out,
                   struct fault *fault);

/* One of several words; *out is its index. */
bool document_choice(const struct document *document, int value, const char *what,
                     const char *const *words, size_t n_words, size_t *out, struct fault *fault);

#endif
