#include "core/table_schema.h"

#include "core/json_bytes.h"
#include "core/number.h"
#include "core/plain_text.h"
#include "core/table_schema_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HEADINGS_MAX = 20, WORDS_MAX = 10000 };

bool schema_fault(const struct schema_reading *in, const char *where, struct fault *fault,
                  const char *format, ...) {
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fault_set(fault, FAULT_INPUT, "%s: %s%s%s", in->name, where, *where ? ": " : "", text);
}

json_t *schema_json(const char *name, const char *bytes, size_t length, struct fault *fault) {
    json_error_t error;
    if (length > SCHEMA_BYTES_MAX) {
        fault_set(fault, FAULT_INPUT, "%s: %zu bytes, expected a schema of at most %d", name,
                  length, SCHEMA_BYTES_MAX);
        return NULL;
    }
    size_t mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    bool no_memory;
    json_t *root = json_bytes_read(bytes + mark, length - mark, 0, &no_memory, &error);
    if (no_memory) {
        (void)fault_memory(fault);
    } else if (!root) {
        fault_set(fault, FAULT_INPUT, "%s:%d:%d: not JSON: %s", name, error.line, error.column,
                  error.text);
    }
    return root;
}

/* --- names of files --------------------------------------------------------------------------- */

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool ends_in(const char *text, size_t length, const char *end) {
    size_t tail = strlen(end);
    return length > tail && strncasecmp(text + length - tail, end, tail) == 0;
}

/* The length without ".gz". */
static size_t unpacked(const char *name) {
    size_t length = strlen(name);
    return ends_in(name, length, ".gz") ? length - 3 : length;
}

bool table_schema_name(const char *table, size_t index, char *out, size_t room) {
    static const struct {
        bool above, named,
            stem; /* in the folder above; begins with the table's name, or its stem */
        const char *rest;
    } forms[] = {
        {false, true, false, "-metadata.json"},    {false, true, true, ".schema.json"},
        {false, true, false, ".schema.json"},      {false, false, false, "csv-metadata.json"},
        {false, false, false, "datapackage.json"}, {true, false, false, "datapackage.json"},
    };
    const char *base = base_of(table);
    size_t folder = (size_t)(base - table), name = unpacked(base);
    if (index >= sizeof forms / sizeof *forms)
        return false;
    if (forms[index].above) {
        if (folder == 0)
            return false;
        for (folder--; folder > 0 && table[folder - 1] != '/';)
            folder--;
    }
    for (size_t i = name; forms[index].stem && i-- > 1;) {
        if (base[i] == '.') {
            name = i;
            break;
        }
    }
    int length = snprintf(out, room, "%.*s%.*s%s", (int)folder, table,
                          forms[index].named ? (int)name : 0, base, forms[index].rest);
    return (size_t)length < room;
}

int schema_names_table(const struct schema_reading *in, const char *address) {
    const char *base = base_of(in->table), *named = base_of(address);
    size_t length = unpacked(named), whole = unpacked(in->table);
    if (length != unpacked(base) || strncmp(base, named, length) != 0)
        return 0;
    if (strncmp(address, "./", 2) == 0)
        address += 2;
    size_t tail = unpacked(address);
    bool path = tail <= whole && strncmp(in->table + whole - tail, address, tail) == 0 &&
                (tail == whole || in->table[whole - tail - 1] == '/');
    return path ? 2 : 1;
}

/* --- values ----------------------------------------------------------------------------------- */

bool schema_linked(const struct schema_reading *in, json_t *value, const char *where, json_t **out,
                   struct fault *fault) {
    char path[SCHEMA_PATH];
    const char *bytes = NULL;
    size_t length;
    *out = NULL;
    if (!value || json_is_null(value))
        return true;
    if (json_is_object(value)) {
        *out = json_incref(value);
        return true;
    }
    if (!json_is_string(value))
        return schema_fault(in, where, fault, "expected an object, or the name of a file");
    const char *name = json_string_value(value);
    if (strstr(name, "://") || *name == '/' || strstr(name, "..")) {
        return schema_fault(in, where, fault,
                            "it is elsewhere, at '%.200s', and nothing is fetched: put it beside "
                            "the file, or write it into the schema",
                            name);
    }
    (void)snprintf(path, sizeof path, "%.*s%s", (int)(base_of(in->name) - in->name), in->name,
                   name);
    if (in->beside.find && !in->beside.find(in->beside.who, path, &bytes, &length, fault))
        return false;
    if (!bytes) {
        return schema_fault(in, where, fault,
                            "there is no file '%.200s' beside the schema: hand it in, too", name);
    }
    json_t *linked = schema_json(path, bytes, length, fault);
    if (json_is_object(linked)) {
        *out = linked;
        return true;
    }
    if (linked)
        (void)schema_fault(in, where, fault, "'%.200s' holds no object", name);
    json_decref(linked);
    return false;
}

bool schema_text(const struct schema_reading *in, json_t *value, const char **out,
                 struct fault *fault) {
    const char *text = json_string_value(value);
    *out = NULL;
    if (!text || !*text)
        return true;
    *out = arena_copy(in->arena, text, strlen(text));
    return *out || fault_memory(fault);
}

bool schema_role(const struct schema_reading *in, json_t *field, const char *where, int *out,
                 struct fault *fault) {
    const char *word = json_string_value(json_object_get(field, "mindex"));
    *out = -1;
    for (int role = 0; word && role < ROLES; role++) {
        if (strcmp(role_words[role], word) == 0)
            *out = role;
    }
    return !word || *out >= 0 ||
           schema_fault(in, where, fault,
                        "'mindex' is '%.40s', expected code, name, period, value, lower, upper or "
                        "status",
                        word);
}

char schema_character(json_t *value) {
    return json_string_length(value) == 1 ? json_string_value(value)[0] : '\0';
}

bool schema_encoding(const struct schema_reading *in, json_t *value, const char *where,
                     struct table_schema *out, struct fault *fault) {
    /* A browser reads what is called Latin-1 as Windows-1252, and so do publishers write it. */
    static const struct {
        const char *name;
        enum book_encoding encoding;
    } known[] = {
        {"utf-8", BOOK_UTF8},
        {"utf8", BOOK_UTF8},
        {"utf-8-sig", BOOK_UTF8},
        {"us-ascii", BOOK_UTF8},
        {"ascii", BOOK_UTF8},
        {"windows-1252", BOOK_WINDOWS_1252},
        {"cp1252", BOOK_WINDOWS_1252},
        {"iso-8859-1", BOOK_WINDOWS_1252},
        {"iso8859-1", BOOK_WINDOWS_1252},
        {"latin1", BOOK_WINDOWS_1252},
        {"latin-1", BOOK_WINDOWS_1252},
    };
    const char *name = json_string_value(value);
    if (!name)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(known[i].name, name) != 0)
            continue;
        out->encoding = known[i].encoding;
        out->has_encoding = true;
        return true;
    }
    return schema_fault(in, where, fault,
                        "'encoding' is '%.40s', expected utf-8, windows-1252 or iso-8859-1", name);
}

/* How many rows make the header: "headerRows" lists them, or (CSVW) "headerRowCount" counts. */
static bool read_header(const struct schema_reading *in, json_t *dialect, const char *where,
                        struct table_schema *out, struct fault *fault) {
    json_t *rows = json_object_get(dialect, "headerRows");
    json_t *count = json_object_get(dialect, "headerRowCount");
    json_int_t n = json_is_array(rows)      ? (json_int_t)json_array_size(rows)
                   : json_is_integer(count) ? json_integer_value(count)
                                            : -1;
    if (json_is_false(json_object_get(dialect, "header")))
        n = 0;
    if (n < 0)
        return true;
    if (n == 0 || n > HEADER_ROWS_MAX) {
        return schema_fault(in, where, fault,
                            "a table with %" JSON_INTEGER_FORMAT " header rows, expected 1 to %d, "
                            "because columns are found by their headings",
                            n, HEADER_ROWS_MAX);
    }
    out->header_rows = (size_t)n;
    return true;
}

bool schema_dialect(const struct schema_reading *in, json_t *dialect, const char *where,
                    struct table_schema *out, struct fault *fault) {
    const char *delimiter = json_string_value(json_object_get(dialect, "delimiter"));
    json_t *quote = json_object_get(dialect, "quoteChar"), *escape;
    if (delimiter && strcmp(delimiter, "\\t") == 0)
        delimiter = "\t";
    if (delimiter && (strlen(delimiter) != 1 || !strchr(",;\t", *delimiter))) {
        return schema_fault(in, where, fault,
                            "'delimiter' is '%.20s', expected a comma, a semicolon or a tab",
                            delimiter);
    }
    if (json_is_string(quote) && strcmp(json_string_value(quote), "\"") != 0) {
        return schema_fault(in, where, fault, "'quoteChar' is '%.20s', expected '\"'",
                            json_string_value(quote));
    }
    escape = json_object_get(dialect, "escapeChar");
    if (json_is_false(json_object_get(dialect, "doubleQuote")) ||
        (json_is_string(escape) && strcmp(json_string_value(escape), "\"") != 0)) {
        return schema_fault(in, where, fault,
                            "a quote within quotes is escaped, expected it to be doubled");
    }
    if (delimiter)
        out->separator = *delimiter;
    return schema_encoding(in, json_object_get(dialect, "encoding"), where, out, fault) &&
           read_header(in, dialect, where, out, fault);
}

/* --- lists ------------------------------------------------------------------------------------ */

/* As it stands in a cell; an object is { "value": ... }. */
static const char *word(const struct schema_reading *in, json_t *value, struct fault *fault) {
    char number[40];
    const char *text = json_string_value(value);
    if (json_is_object(value))
        text = json_string_value(json_object_get(value, "value"));
    if (json_is_integer(value))
        (void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        (void)snprintf(number, sizeof number, "%.15g", json_real_value(value));
    if (json_is_number(value))
        text = number;
    else if (json_is_boolean(value))
        text = json_is_true(value) ? "true" : "false";
    const char *copy = arena_copy(in->arena, text ? text : "", text ? strlen(text) : 0);
    if (!copy)
        fault_memory(fault);
    return copy;
}

bool schema_words(const struct schema_reading *in, json_t *value, const char *where,
                  const char *const **out, size_t *count, struct fault *fault) {
    bool list = json_is_array(value);
    size_t n = list ? json_array_size(value) : value && !json_is_null(value);
    if (n > WORDS_MAX)
        return schema_fault(in, where, fault, "a list of %zu words, expected at most %d", n,
                            WORDS_MAX);
    const char **words = arena_alloc(in->arena, n, sizeof *words);
    if (!words)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        words[i] = word(in, list ? json_array_get(value, i) : value, fault);
        if (!words[i])
            return false;
    }
    *out = words;
    *count = n;
    return true;
}

bool schema_heading(const struct schema_reading *in, struct schema_field *field, const char *text,
                    struct fault *fault) {
    char plain[PATTERN_ROOM];
    if (field->headings.n == HEADINGS_MAX)
        return true;
    const char **list = (const char **)field->headings.list;
    if (!list)
        list = arena_alloc(in->arena, HEADINGS_MAX, sizeof *list);
    if (!list)
        return fault_memory(fault);
    plain_heading(text, strlen(text), plain, sizeof plain);
    list[field->headings.n] = arena_copy(in->arena, plain, strlen(plain));
    if (!list[field->headings.n])
        return fault_memory(fault);
    field->headings.list = list;
    field->headings.n += *plain != '\0';
    return true;
}

bool schema_bound(const struct schema_reading *in, json_t *value, const char *where, bool *has,
                  double *out, struct fault *fault) {
    if (!value || json_is_null(value))
        return true;
    if (json_is_number(value))
        *out = json_number_value(value);
    else if (!json_is_string(value) ||
             !number_read(json_string_value(value), json_string_length(value), out))
        return schema_fault(in, where, fault, "a bound that is no number");
    *has = true;
    return true;
}

/* --- the schema ------------------------------------------------------------------------------- */

static bool is_csvw(json_t *root) {
    json_t *context = json_object_get(root, "@context");
    if (json_is_array(context))
        context = json_array_get(context, 0);
    const char *text = json_string_value(context);
    return (text && strstr(text, "csvw")) || json_object_get(root, "tables") ||
           json_object_get(root, "tableSchema");
}

bool table_schema_read(const char *name, const char *bytes, size_t length, const char *table,
                       struct schema_beside beside, struct arena *arena,
                       const struct table_schema **out, struct fault *fault) {
    const struct schema_reading in = {name, table, beside, arena};
    bool fits = false;
    *out = NULL;
    json_t *root = schema_json(name, bytes, length, fault);
    struct table_schema *schema = arena_alloc(arena, 1, sizeof *schema);
    char *copy = arena_copy(arena, name, strlen(name));
    if (!root || !schema || !copy) {
        if (root)
            fault_memory(fault);
        json_decref(root);
        return false;
    }
    schema->name = copy;
    bool good = is_csvw(root) ? schema_csvw(&in, root, schema, &fits, fault)
                              : schema_frictionless(&in, root, schema, &fits, fault);
    json_decref(root);
    if (good && fits)
        *out = schema;
    return good;
}

bool table_schema_find(const char *table, struct schema_beside beside, struct arena *arena,
                       const struct table_schema **out, struct fault *fault) {
    char name[SCHEMA_PATH];
    *out = NULL;
    for (size_t i = 0; !*out && table_schema_name(table, i, name, sizeof name); i++) {
        const char *bytes = NULL;
        size_t length = 0;
        if (!beside.find(beside.who, name, &bytes, &length, fault))
            return false;
        if (bytes && !table_schema_read(name, bytes, length, table, beside, arena, out, fault))
            return false;
    }
    return true;
}
