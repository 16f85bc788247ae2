#include "core/document.h"

#include "core/nearest.h"
#include "core/number.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#undef document_fault
#undef document_unknown

struct document {
    const char *name;
    yaml_document_t yaml;
};

/* --- reading ---------------------------------------------------------------------------------- */

static bool mark_fault(const char *name, yaml_mark_t mark, struct fault *fault, const char *text) {
    return fault_set(fault, FAULT_INPUT, "%s:%zu:%zu: %s", name, mark.line + 1, mark.column + 1,
                     text);
}

static bool parser_fault(const yaml_parser_t *parser, const char *name, struct fault *fault) {
    /* libyaml's words for a tab that begins a line: that no token begins with such a character. */
    static const char no_token[] = "found character that cannot start any token";
    /* libyaml says nothing where it is the copy of a tag that it had no memory for. */
    if (parser->error == YAML_MEMORY_ERROR || !parser->problem)
        return fault_memory(fault);
    if (parser->error == YAML_READER_ERROR) {
        return fault_set(fault, FAULT_INPUT, "%s: byte %zu: not YAML text: %s", name,
                         parser->problem_offset + 1, parser->problem);
    }
    return fault_set(
        fault, FAULT_INPUT, "%s:%zu:%zu: not YAML: %s%s", name, parser->problem_mark.line + 1,
        parser->problem_mark.column + 1, parser->problem,
        strcmp(parser->problem, no_token) == 0 ? ", such as a tab: indent by blanks" : "");
}

struct scan {
    const char *name;
    size_t depth, documents;
};

static bool check_extras(const yaml_event_t *event, const unsigned char *anchor,
                         const unsigned char *tag, const char *name, struct fault *fault) {
    if (anchor) {
        return mark_fault(name, event->start_mark, fault,
                          "an anchor (&): write the value out wherever it is meant");
    }
    if (tag) {
        return mark_fault(name, event->start_mark, fault, "a tag (!): write the value without it");
    }
    return true;
}

static bool check_event(struct scan *scan, const yaml_event_t *event, struct fault *fault) {
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return mark_fault(scan->name, event->start_mark, fault,
                          "an alias (*): write the value out wherever it is meant");
    case YAML_DOCUMENT_START_EVENT:
        return ++scan->documents == 1 ||
               mark_fault(scan->name, event->start_mark, fault, "a second document: expected one");
    case YAML_SCALAR_EVENT:
        return check_extras(event, event->data.scalar.anchor, event->data.scalar.tag, scan->name,
                            fault);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        if (++scan->depth > DOCUMENT_DEPTH_MAX) {
            return mark_fault(scan->name, event->start_mark, fault, "nested too deep");
        }
        if (event->type == YAML_SEQUENCE_START_EVENT) {
            return check_extras(event, event->data.sequence_start.anchor,
                                event->data.sequence_start.tag, scan->name, fault);
        }
        return check_extras(event, event->data.mapping_start.anchor, event->data.mapping_start.tag,
                            scan->name, fault);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        scan->depth--;
        return true;
    default:
        return true;
    }
}

/* A document loaded by libyaml no longer shows anchors, aliases or how many documents there were,
 * so these are looked for in the events first. */
static bool scan_events(yaml_parser_t *parser, const char *name, struct fault *fault) {
    struct scan scan = {.name = name};
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return parser_fault(parser, name, fault);
        more = event.type != YAML_STREAM_END_EVENT;
        bool good = check_event(&scan, &event, fault);
        yaml_event_delete(&event);
        if (!good)
            return false;
    }
    return scan.documents > 0 || fault_set(fault, FAULT_INPUT, "%s: empty", name);
}

static bool scan_text(const char *name, const char *bytes, size_t length, struct fault *fault) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return fault_memory(fault);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    bool good = scan_events(&parser, name, fault);
    yaml_parser_delete(&parser);
    return good;
}

static bool load(struct document *document, const char *bytes, size_t length, struct fault *fault) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return fault_memory(fault);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    bool good = yaml_parser_load(&parser, &document->yaml);
    if (!good)
        parser_fault(&parser, document->name, fault);
    yaml_parser_delete(&parser);
    return good;
}

struct document *document_new(const char *name, const char *bytes, size_t length,
                              struct fault *fault) {
    /* The byte-order mark that some editors begin a file with is none of its text. */
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    if (!scan_text(name, bytes, length, fault))
        return NULL;
    struct document *document = calloc(1, sizeof *document);
    if (!document) {
        fault_memory(fault);
        return NULL;
    }
    document->name = name;
    if (load(document, bytes, length, fault))
        return document;
    free(document);
    return NULL;
}

void document_destroy(struct document **document) {
    if (!*document)
        return;
    yaml_document_delete(&(*document)->yaml);
    free(*document);
    *document = NULL;
}

int document_root(const struct document *document) {
    return document->yaml.nodes.start == document->yaml.nodes.top ? 0 : 1;
}

/* libyaml asks for a document that may change, though this only reads. */
static const yaml_node_t *node_of(const struct document *document, int value) {
    return yaml_document_get_node((yaml_document_t *)&document->yaml, value);
}

/* --- faults ----------------------------------------------------------------------------------- */

bool document_fault(const struct document *document, int value, struct fault *fault,
                    const char *format, ...) {
    char text[sizeof fault->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const yaml_node_t *node = node_of(document, value);
    if (!node)
        return fault_set(fault, FAULT_INPUT, "%s: %s", document->name, text);
    return mark_fault(document->name, node->start_mark, fault, text);
}

bool document_unknown(const struct document *document, int value, const char *kind,
                      const char *word, const char *best, struct fault *fault) {
    if (!best)
        return document_fault(document, value, fault, "unknown %s '%.100s'", kind, word);
    return document_fault(document, value, fault, "unknown %s '%.100s': did you mean '%s'?", kind,
                          word, best);
}

static const char *found(const yaml_node_t *node) {
    if (!node)
        return "nothing";
    if (node->type == YAML_MAPPING_NODE)
        return "a mapping";
    if (node->type == YAML_SEQUENCE_NODE)
        return "a list";
    return "one value";
}

/* --- mappings and lists ----------------------------------------------------------------------- */

static const char *scalar_text(const yaml_node_t *node) {
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool take_pair(const struct document *document, const yaml_node_pair_t *pair,
                      const char *what, struct document_key *keys, size_t n_keys,
                      struct fault *fault) {
    const char *name = scalar_text(node_of(document, pair->key));
    if (!name)
        return document_fault(document, pair->key, fault, "a key that is not a word");
    struct nearest nearest = {.word = name};
    for (size_t i = 0; i < n_keys; i++) {
        nearest_offer(&nearest, keys[i].name);
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (keys[i].value) {
            return document_fault(document, pair->key, fault, "'%s' stands here twice in %s", name,
                                  what);
        }
        keys[i].value = pair->value;
        return true;
    }
    char kind[80];
    (void)snprintf(kind, sizeof kind, "key in %s", what);
    return document_unknown(document, pair->key, kind, name, nearest.best, fault);
}

bool document_keys(const struct document *document, int value, const char *what,
                   struct document_key *keys, size_t n_keys, struct fault *fault) {
    const yaml_node_t *node = node_of(document, value);
    if (!node || node->type != YAML_MAPPING_NODE) {
        return document_fault(document, value, fault, "expected %s (key: value), found %s", what,
                              found(node));
    }
    for (size_t i = 0; i < n_keys; i++)
        keys[i].value = 0;
    const yaml_node_pair_t *end = node->data.mapping.pairs.top;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
        if (!take_pair(document, pair, what, keys, n_keys, fault))
            return false;
    }
    for (size_t i = 0; i < n_keys; i++) {
        if (!keys[i].required || keys[i].value)
            continue;
        return document_fault(document, value, fault, "%s needs the key '%s'", what, keys[i].name);
    }
    return true;
}

int document_find(const struct document *document, int value, const char *key) {
    const yaml_node_t *node = node_of(document, value);
    if (!node || node->type != YAML_MAPPING_NODE)
        return 0;
    const yaml_node_pair_t *end = node->data.mapping.pairs.top;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
        const char *name = scalar_text(node_of(document, pair->key));
        if (name && strcmp(name, key) == 0)
            return pair->value;
    }
    return 0;
}

void document_pair(const struct document *document, int mapping, size_t index, int *key,
                   int *value) {
    const yaml_node_pair_t *pair = &node_of(document, mapping)->data.mapping.pairs.start[index];
    *key = pair->key;
    *value = pair->value;
}

const char *document_word(const struct document *document, int value) {
    const yaml_node_t *node = node_of(document, value);
    const char *text = scalar_text(node);
    return text && strlen(text) == node->data.scalar.length ? text : NULL;
}

bool document_entries(const struct document *document, int value, const char *what, size_t *count,
                      struct fault *fault) {
    const yaml_node_t *node = node_of(document, value);
    if (!node || node->type != YAML_MAPPING_NODE) {
        return document_fault(document, value, fault,
                              "'%s': expected a mapping (key: value), found %s", what, found(node));
    }
    *count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    for (size_t i = 0; i < *count; i++) {
        const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
        const char *name = document_word(document, pairs[i].key);
        if (!name)
            return document_fault(document, pairs[i].key, fault, "a key that is not a word");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(name, document_word(document, pairs[k].key)) == 0)
                return document_fault(document, pairs[i].key, fault,
                                      "'%.100s' stands here twice in '%s'", name, what);
        }
    }
    return true;
}

bool document_list(const struct document *document, int value, const char *what, size_t *count,
                   struct fault *fault) {
    const yaml_node_t *node = node_of(document, value);
    if (!node || node->type != YAML_SEQUENCE_NODE) {
        return document_fault(document, value, fault, "'%s': expected a list, found %s", what,
                              found(node));
    }
    *count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    return true;
}

int document_entry(const struct document *document, int value, size_t index) {
    return node_of(document, value)->data.sequence.items.start[index];
}

/* Texts of a definition are shown on terminals; line breaks are for long ones. */
static bool holds_controls(const char *text) {
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    while (at < end) {
        size_t length = utf8_sequence(at, end); /* libyaml takes nothing but UTF-8 */
        if (*at != '\n' && *at != '\t' && utf8_controls(at, length))
            return true;
        at += length ? length : 1;
    }
    return false;
}

/* --- single values ---------------------------------------------------------------------------- */

static bool check_scalar(const struct document *document, int value, const char *what,
                         struct fault *fault) {
    const yaml_node_t *node = node_of(document, value);
    const char *text = scalar_text(node);
    if (!text) {
        return document_fault(document, value, fault, "'%s': expected one value, found %s", what,
                              found(node));
    }
    if (node->data.scalar.length == 0) {
        return document_fault(document, value, fault, "'%s' is empty", what);
    }
    return strlen(text) == node->data.scalar.length ||
           document_fault(document, value, fault, "'%s' holds a NUL character", what);
}

bool document_text(const struct document *document, int value, const char *what,
                   struct arena *arena, const char **out, struct fault *fault) {
    if (!check_scalar(document, value, what, fault))
        return false;
    const char *text = scalar_text(node_of(document, value));
    if (holds_controls(text))
        return document_fault(document, value, fault, "'%s' holds a control character", what);
    *out = arena_copy(arena, text, strlen(text));
    return *out || fault_memory(fault);
}

bool document_texts(const struct document *document, int value, const char *what,
                    struct arena *arena, const char ***out, size_t *count, struct fault *fault) {
    size_t n = 0;
    if (!document_list(document, value, what, &n, fault))
        return false;
    const char **texts = arena_alloc(arena, n, sizeof *texts);
    if (!texts)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(document, value, i);
        if (!document_text(document, entry, what, arena, &texts[i], fault))
            return false;
    }
    *out = texts;
    *count = n;
    return true;
}

bool document_id(const struct document *document, int value, const char *what, struct arena *arena,
                 const char **out, struct fault *fault) {
    if (!document_text(document, value, what, arena, out, fault))
        return false;
    if ((*out)[strspn(*out, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] ==
        '\0')
        return true;
    return document_fault(document, value, fault,
                          "'%s': '%.100s' may hold letters, digits, hyphens and underscores only",
                          what, *out);
}

static bool is_plain(const yaml_node_t *node) {
    return scalar_text(node) && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool plain_number(const yaml_node_t *node, double *out) {
    return is_plain(node) && number_read(scalar_text(node), node->data.scalar.length, out);
}

bool document_is_number(const struct document *document, int value) {
    double ignored;
    return plain_number(node_of(document, value), &ignored);
}

bool document_is_word(const struct document *document, int value) {
    const yaml_node_t *node = node_of(document, value);
    return node && node->type == YAML_SCALAR_NODE;
}

bool document_number(const struct document *document, int value, const char *what, double *out,
                     struct fault *fault) {
    if (!check_scalar(document, value, what, fault))
        return false;
    const yaml_node_t *node = node_of(document, value);
    return plain_number(node, out) ||
           document_fault(document, value, fault, "'%s': expected a number, found '%.100s'", what,
                          scalar_text(node));
}

bool document_bool(const struct document *document, int value, const char *what, bool *out,
                   struct fault *fault) {
    static const char *const words[] = {"false", "true"};
    size_t choice = 0;
    if (!document_choice(document, value, what, words, 2, &choice, fault))
        return false;
    *out = choice == 1;
    return true;
}

bool document_choice(const struct document *document, int value, const char *what,
                     const char *const *words, size_t n_words, size_t *out, struct fault *fault) {
    if (!check_scalar(document, value, what, fault))
        return false;
    const char *text = scalar_text(node_of(document, value));
    char expected[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return true;
        }
        const char *comma = i == 0 ? "" : i + 1 == n_words ? " or " : ", ";
        int n = snprintf(expected + used, sizeof expected - used, "%s%s", comma, words[i]);
        if (n > 0 && used + (size_t)n < sizeof expected)
            used += (size_t)n;
    }
    return document_fault(document, value, fault, "'%s': expected %s, found '%.100s'", what,
                          expected, text);
}
