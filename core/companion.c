#include "core/companion.h"

#include "core/document.h"
#include "core/plain_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_MAX = 500, NAMES_MAX = 6 };

static const char metadata_end[] = "-metadata.json", package[] = "datapackage.json";

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool companion_is_one(const char *name) {
    size_t length = strlen(name), end = sizeof metadata_end - 1;
    return strcmp(base_of(name), package) == 0 ||
           (length > end && strcmp(name + length - end, metadata_end) == 0);
}

bool companion_is_for(const char *name, const char *table) {
    size_t folder = (size_t)(base_of(table) - table), length = strlen(table);
    if (strncmp(name, table, length) == 0 && strcmp(name + length, metadata_end) == 0)
        return true;
    return strncmp(name, table, folder) == 0 && strcmp(name + folder, package) == 0;
}

struct reading {
    const struct document *document;
    struct arena *arena;
    bool csvw;
    const struct description *own;
    struct layout *layout;
};

/* --- the table among others ------------------------------------------------------------------- */

static bool is_table(const struct document *document, int at, const char *key, const char *table) {
    const char *path = document_word(document, document_find(document, at, key));
    return path && strcmp(base_of(path), base_of(table)) == 0;
}

/* The resource or table that describes `table`; 0: none does. */
static int find_table(struct reading *in, const char *table) {
    const struct document *document = in->document;
    int root = document_root(document);
    int list = document_find(document, root, "resources");
    struct fault ignored;
    size_t n = 0;
    in->csvw = list == 0;
    if (in->csvw)
        list = document_find(document, root, "tables");
    const char *key = in->csvw ? "url" : "path";
    if (!list)
        return is_table(document, root, key, table) ? root : 0;
    if (!document_list(document, list, key, &n, &ignored))
        return 0;
    for (size_t i = 0; i < n; i++) {
        int entry = document_entry(document, list, i);
        if (is_table(document, entry, key, table))
            return entry;
    }
    return 0;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* What columns of each role are called where nothing else says so, as plain_heading makes it. */
static const char *const well_known[ROLES][NAMES_MAX] = {
    [ROLE_CODE] = {"areacd", "area_code", "area code", "gss code", "geography code", "*_cd"},
    [ROLE_NAME] = {"areanm", "area_name", "area name", "geography name"},
    [ROLE_PERIOD] = {"period", "time_period", "time period", "year", "date"},
    [ROLE_VALUE] = {"value", "observation", "obs_value"},
    [ROLE_LOWER] = {"lower", "lci*", "lower_*", "lower confidence*"},
    [ROLE_UPPER] = {"upper", "uci*", "upper_*", "upper confidence*"},
    [ROLE_STATUS] = {"status", "observation_status", "obs_status", "observation status"},
};

struct field {
    const char *names[NAMES_MAX]; /* name and titles, as headings are compared */
    size_t n_names;
    const char *role; /* the property "mindex"; NULL: none */
    int at;           /* of the field */
};

static bool add_name(struct reading *in, int at, struct field *out, struct fault *fault) {
    const char *text = document_word(in->document, at);
    char plain[PATTERN_ROOM];
    if (!text || !*text || out->n_names == NAMES_MAX)
        return true;
    plain_heading(text, strlen(text), plain, sizeof plain);
    out->names[out->n_names] = arena_copy(in->arena, plain, strlen(plain));
    return out->names[out->n_names++] != NULL || fault_memory(fault);
}

/* A CSVW column is headed by its titles, by its name where there are none; a Frictionless field by
 * its name. "titles" may be one text, a list, or such by language. */
static bool read_field(struct reading *in, int at, struct field *out, struct fault *fault) {
    const struct document *document = in->document;
    int titles = document_find(document, at, in->csvw ? "titles" : "title");
    struct fault ignored;
    size_t n = 0;
    *out = (struct field){.at = at,
                          .role = document_word(document, document_find(document, at, "mindex"))};
    if (!add_name(in, document_find(document, at, "name"), out, fault))
        return false;
    if (titles && document_entries(document, titles, "titles", &n, &ignored) && n > 0) {
        int key;
        document_pair(document, titles, 0, &key, &titles);
    }
    if (titles && document_is_word(document, titles))
        return add_name(in, titles, out, fault);
    if (!titles || !document_list(document, titles, "titles", &n, &ignored))
        return true;
    for (size_t i = 0; i < n; i++) {
        if (!add_name(in, document_entry(document, titles, i), out, fault))
            return false;
    }
    return true;
}

static bool named(const struct field *field, const char *const *patterns, size_t n) {
    for (size_t i = 0; i < n && patterns[i]; i++) {
        for (size_t k = 0; k < field->n_names; k++) {
            if (plain_matches(patterns[i], field->names[k]))
                return true;
        }
    }
    return false;
}

/* Whether the dataset's own description calls a column of the role so. */
static bool named_by_own(const struct reading *in, const struct field *field, int role) {
    for (size_t i = 0; in->own && i < in->own->n_layouts; i++) {
        const struct patterns *columns = &in->own->layouts[i].columns[role];
        if (named(field, columns->list, columns->n))
            return true;
    }
    return false;
}

static const struct field *find_role(const struct reading *in, const struct field *fields, size_t n,
                                     int role) {
    for (int way = 0; way < 3; way++) {
        for (size_t i = 0; i < n; i++) {
            bool is = way == 0   ? fields[i].role && strcmp(fields[i].role, role_words[role]) == 0
                      : way == 1 ? named_by_own(in, &fields[i], role)
                                 : named(&fields[i], well_known[role], NAMES_MAX);
            if (is)
                return &fields[i];
        }
    }
    return NULL;
}

static bool set_roles(struct reading *in, const struct field *fields, size_t n,
                      const struct field **value, struct fault *fault) {
    for (int role = 0; role < ROLES; role++) {
        const struct field *field = find_role(in, fields, n, role);
        if (role == ROLE_VALUE)
            *value = field;
        if (!field)
            continue;
        const char **names = arena_alloc(in->arena, field->n_names, sizeof *names);
        if (!names)
            return fault_memory(fault);
        for (size_t i = 0; i < field->n_names; i++)
            names[i] = field->names[i];
        in->layout->columns[role] = (struct patterns){names, field->n_names};
    }
    if (!in->layout->columns[ROLE_CODE].n && !in->layout->columns[ROLE_NAME].n)
        return fault_set(fault, FAULT_INPUT, "no field is known to hold area codes or names");
    if (!in->layout->columns[ROLE_VALUE].n)
        return fault_set(fault, FAULT_INPUT, "no field is known to hold the values");
    bool period = in->layout->period_from != PERIOD_FROM_COLUMN;
    if (in->layout->columns[ROLE_PERIOD].n)
        in->layout->period_from = PERIOD_FROM_COLUMN;
    else if (!period || in->layout->period_from == PERIOD_FROM_HEADINGS)
        return fault_set(fault, FAULT_INPUT, "no field is known to hold the periods");
    return true;
}

/* Filters of the dataset's own description whose columns the table has. */
static bool keep_filters(struct reading *in, const struct field *fields, size_t n,
                         struct fault *fault) {
    const struct layout *from = in->layout;
    struct filter *filters = arena_alloc(in->arena, from->n_filters, sizeof *filters);
    size_t kept = 0;
    if (!filters)
        return fault_memory(fault);
    for (size_t i = 0; i < from->n_filters; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there |= named(&fields[k], from->filters[i].column.list, 1);
        if (there)
            filters[kept++] = from->filters[i];
    }
    in->layout->filters = filters;
    in->layout->n_filters = kept;
    return true;
}

/* --- how it is written ------------------------------------------------------------------------ */

static char one_character(const struct document *document, int at) {
    const char *text = document_word(document, at);
    return text && strlen(text) == 1 ? text[0] : '\0';
}

static bool read_form(struct reading *in, int table, const struct field *value,
                      struct fault *fault) {
    const struct document *document = in->document;
    int dialect = document_find(document, table, "dialect");
    const char *encoding =
        document_word(document, document_find(document, in->csvw ? dialect : table, "encoding"));
    char separator = one_character(document, document_find(document, dialect, "delimiter"));
    if (separator && !strchr(",;\t", separator))
        return fault_set(fault, FAULT_INPUT, "the delimiter '%c': expected , ; or a tab",
                         separator);
    in->layout->separator = separator;
    in->layout->encoding = BOOK_UTF8;
    if (encoding &&
        (strcasecmp(encoding, "windows-1252") == 0 || strcasecmp(encoding, "cp1252") == 0 ||
         strcasecmp(encoding, "iso-8859-1") == 0))
        in->layout->encoding = BOOK_WINDOWS_1252;
    else if (encoding && strcasecmp(encoding, "utf-8") != 0 && strcasecmp(encoding, "utf8") != 0)
        return fault_set(fault, FAULT_INPUT, "the encoding '%.40s': expected utf-8 or windows-1252",
                         encoding);
    int format = document_find(document, value->at, "datatype");
    int spelled = document_find(document, format, "format");
    int from = !in->csvw                                         ? value->at
               : spelled && !document_is_word(document, spelled) ? spelled
                                                                 : format;
    in->layout->marks.decimal =
        one_character(document, document_find(document, from, "decimalChar"));
    in->layout->marks.group = one_character(document, document_find(document, from, "groupChar"));
    return true;
}

/* Texts that stand for a missing value, beside the marks that the dataset's description has. */
static bool read_missing(struct reading *in, int at, struct fault *fault) {
    const struct document *document = in->document;
    const struct marks *had = &in->layout->marks;
    struct fault ignored;
    size_t n = 1, kept = had->n_own;
    bool word = document_is_word(document, at);
    if (!at || (!word && !document_list(document, at, "missing values", &n, &ignored)))
        return true;
    struct mark *marks = arena_alloc(in->arena, n + kept, sizeof *marks);
    if (!marks)
        return fault_memory(fault);
    for (size_t i = 0; i < kept; i++)
        marks[i] = had->own[i];
    for (size_t i = 0; i < n; i++) {
        const char *text = document_word(document, word ? at : document_entry(document, at, i));
        struct figure figure;
        const char *expected;
        if (!text || marks_read(had, text, strlen(text), CELL_TEXT, &figure, &expected))
            continue; /* it is known, and says more than that the value is missing */
        marks[kept].text = arena_copy(in->arena, text, strlen(text));
        marks[kept].meaning = MEANS_NOT_AVAILABLE;
        if (!marks[kept++].text)
            return fault_memory(fault);
    }
    in->layout->marks.own = marks;
    in->layout->marks.n_own = kept;
    return true;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool read_schema(struct reading *in, int table, struct fault *fault) {
    const struct document *document = in->document;
    int schema = document_find(document, table, in->csvw ? "tableSchema" : "schema");
    int list = document_find(document, schema, in->csvw ? "columns" : "fields");
    const struct field *value = NULL;
    size_t n = 0;
    if (!list || !document_list(document, list, "fields", &n, fault) || n > FIELDS_MAX)
        return fault_set(fault, FAULT_INPUT, "no schema with a list of 1 to %d fields", FIELDS_MAX);
    struct field *fields = arena_alloc(in->arena, n, sizeof *fields);
    if (!fields)
        return fault_memory(fault);
    for (size_t i = 0; i < n; i++) {
        if (!read_field(in, document_entry(document, list, i), &fields[i], fault))
            return false;
    }
    if (!set_roles(in, fields, n, &value, fault) || !keep_filters(in, fields, n, fault) ||
        !read_form(in, table, value, fault))
        return false;
    int missing = in->csvw ? document_find(document, value->at, "null")
                           : document_find(document, schema, "missingValues");
    return read_missing(in, missing, fault);
}

static struct description *begin(struct arena *arena, const char *name,
                                 const struct description *own, struct layout **layout) {
    struct description *out = arena_alloc(arena, 1, sizeof *out);
    *layout = arena_alloc(arena, 1, sizeof **layout);
    if (!out || !*layout)
        return NULL;
    if (own) {
        *out = *own;
        **layout = own->layouts[0];
        memset((*layout)->columns, 0, sizeof(*layout)->columns);
    } else {
        out->unit = "";
        (*layout)->scale = 1;
    }
    (*layout)->name = "the file's own schema";
    (*layout)->files = (*layout)->sheets = (struct patterns){0};
    (*layout)->header_rows = 1;
    out->name = arena_copy(arena, name, strlen(name));
    out->layouts = *layout;
    out->n_layouts = 1;
    out->arena = NULL;
    return out->name ? out : NULL;
}

const struct description *companion_read(const char *name, const char *bytes, size_t length,
                                         const char *table, const struct description *own,
                                         struct arena *arena, struct fault *fault) {
    struct document *document = document_new(name, bytes, length, fault);
    if (!document)
        return NULL;
    struct reading in = {.document = document, .arena = arena, .own = own};
    struct description *out = begin(arena, name, own, &in.layout);
    bool good = out != NULL || fault_memory(fault);
    int at = find_table(&in, table);
    if (good && !at)
        good = fault_set(fault, FAULT_INPUT, "it does not describe '%.100s'", base_of(table));
    good = good && read_schema(&in, at, fault);
    if (!good)
        fault_within(fault, "%.100s", name);
    document_destroy(&document);
    return good ? out : NULL;
}

/* --- in an archive ---------------------------------------------------------------------------- */

/* The description of one table by one member; NULL without a fault: there is no such member. */
static const struct description *of_member(struct book *book, const char *member, const char *table,
                                           const struct description *own, struct arena *arena,
                                           struct fault *fault) {
    char *bytes = NULL;
    size_t length = 0;
    if (!book_member(book, member, &bytes, &length, fault) || !bytes)
        return NULL;
    const struct description *out = companion_read(member, bytes, length, table, own, arena, fault);
    free(bytes);
    return out;
}

static const struct description *of_table(struct book *book, const char *table,
                                          const struct description *own, struct arena *arena,
                                          struct fault *fault) {
    char member[600];
    size_t folder = (size_t)(base_of(table) - table);
    (void)snprintf(member, sizeof member, "%s%s", table, metadata_end);
    const struct description *out = of_member(book, member, table, own, arena, fault);
    if (out || fault->kind != FAULT_NONE)
        return out;
    (void)snprintf(member, sizeof member, "%.*s%s", (int)folder, table, package);
    return of_member(book, member, table, own, arena, fault);
}

const struct description *companion_within(struct publication *publication,
                                           const struct description *own, struct arena *arena,
                                           struct fault *fault) {
    struct book *book = publication_book(publication, BOOK_UTF8, fault);
    *fault = (struct fault){0}; /* what cannot be read will be said when it is read */
    for (size_t i = 0; book && i < book_sheets(book); i++) {
        const char *table = book_sheet(book, i)->member;
        const struct description *out = table ? of_table(book, table, own, arena, fault) : NULL;
        if (!out)
            continue;
        const char **name = arena_alloc(arena, 1, sizeof *name);
        char plain[PATTERN_ROOM];
        plain_heading(table, strlen(table), plain, sizeof plain);
        if (name)
            *name = arena_copy(arena, plain, strlen(plain));
        if (!name || !*name) {
            fault_memory(fault);
            return NULL;
        }
        *fault = (struct fault){0};
        ((struct layout *)out->layouts)->sheets = (struct patterns){name, 1};
        return out;
    }
    return NULL;
}
