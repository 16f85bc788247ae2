#include "core/ods_names.h"

#include <stdlib.h>
#include <string.h>

/* Reads through the content once, for its tables. */
struct scan {
    struct ods *ods;
    struct xml *xml;
    char *style;                   /* the table style at hand; NULL: none */
    char *hidden[BOOK_SHEETS_MAX]; /* the table styles that are not displayed */
    size_t n_hidden;
};

static const char *attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2) {
        if (strcmp(*attributes, name) == 0)
            return attributes[1];
    }
    return NULL;
}

static bool is_hidden(const struct scan *scan, const char *style) {
    for (size_t i = 0; style && i < scan->n_hidden; i++) {
        if (strcmp(scan->hidden[i], style) == 0)
            return true;
    }
    return false;
}

static bool add_table(struct scan *scan, const char **attributes, struct fault *fault) {
    struct ods *ods = scan->ods;
    const char *name = attribute(attributes, ODS_TABLE " name");
    if (ods->n_tables == BOOK_SHEETS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d tables", BOOK_SHEETS_MAX);
    struct ods_table *table = &ods->tables[ods->n_tables];
    table->name = strdup(name ? name : "");
    if (!table->name)
        return fault_memory(fault);
    bool link = strncmp(table->name, "'file:", 6) == 0 || strncmp(table->name, "'http", 5) == 0;
    bool hidden = is_hidden(scan, attribute(attributes, ODS_TABLE " style-name"));
    table->hidden = link || hidden;
    ods->n_tables++;
    return true;
}

static bool start_style(struct scan *scan, const char **attributes, struct fault *fault) {
    const char *family = attribute(attributes, ODS_STYLE " family");
    const char *name = attribute(attributes, ODS_STYLE " name");
    free(scan->style);
    scan->style = NULL;
    if (!family || !name || strcmp(family, "table") != 0)
        return true;
    scan->style = strdup(name);
    return scan->style || fault_memory(fault);
}

static bool table_properties(struct scan *scan, const char **attributes, struct fault *fault) {
    const char *display = attribute(attributes, ODS_TABLE " display");
    if (!scan->style || !display || strcmp(display, "false") != 0)
        return true;
    if (scan->n_hidden == BOOK_SHEETS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d hidden styles", BOOK_SHEETS_MAX);
    scan->hidden[scan->n_hidden++] = scan->style;
    scan->style = NULL;
    return true;
}

static void scan_start(void *context, const char *name, const char **attributes) {
    struct scan *scan = context;
    unsigned depth = xml_depth(scan->xml);
    if (depth > ODS_TABLE_DEPTH + 1)
        return;
    struct fault fault;
    bool fine = true;
    const char *table = ODS_LOCAL(name, ODS_TABLE), *style = ODS_LOCAL(name, ODS_STYLE);
    if (table && depth == ODS_TABLE_DEPTH && strcmp(table, "table") == 0)
        fine = add_table(scan, attributes, &fault);
    else if (table && depth > ODS_TABLE_DEPTH && strcmp(table, "table-source") == 0 &&
             scan->ods->n_tables > 0)
        scan->ods->tables[scan->ods->n_tables - 1].hidden = true;
    else if (style && strcmp(style, "style") == 0)
        fine = start_style(scan, attributes, &fault);
    else if (style && strcmp(style, "table-properties") == 0)
        fine = table_properties(scan, attributes, &fault);
    if (!fine)
        xml_refuse(scan->xml, &fault);
}

static void scan_end(void *context, const char *name) {
    (void)context, (void)name;
}

static void scan_text(void *context, const char *text, size_t length) {
    (void)context, (void)text, (void)length;
}

static bool read_tables(struct ods *ods, struct fault *fault) {
    static const struct xml_handlers handlers = {scan_start, scan_end, scan_text};
    struct scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        return fault_memory(fault);
    scan->ods = ods;
    bool fine = xml_read(ods->archive, ods->content, &handlers, scan, &scan->xml, fault);
    for (size_t i = 0; i < scan->n_hidden; i++)
        free(scan->hidden[i]);
    free(scan->style);
    free(scan);
    return fine &&
           (ods->n_tables > 0 || fault_set(fault, FAULT_INPUT, "the spreadsheet has no table"));
}

/* Not as XML: writers before ODF 1.2 put a document type declaration into the manifest. */
static bool check_encryption(struct archive *archive, struct fault *fault) {
    enum { MANIFEST_MAX = 16 << 20 };
    int64_t member = archive_find(archive, "META-INF/manifest.xml");
    if (member == ARCHIVE_NONE)
        return true;
    struct unpacking *manifest = archive_unpack(archive, (size_t)member, fault);
    if (!manifest)
        return false;
    static const char mark[] = "encryption-data";
    char *bytes;
    size_t length;
    bool fine = unpacking_all(manifest, MANIFEST_MAX, &bytes, &length, fault);
    unpacking_destroy(&manifest);
    if (!fine)
        return false;
    fine = !memmem(bytes, length, mark, sizeof mark - 1) ||
           fault_set(fault, FAULT_INPUT,
                     "the spreadsheet is encrypted; save it without a password first");
    free(bytes);
    return fine;
}

struct ods *ods_open(struct archive *archive, struct fault *fault) {
    struct ods *ods = calloc(1, sizeof *ods);
    if (ods)
        ods->tables = calloc(BOOK_SHEETS_MAX, sizeof *ods->tables);
    if (!ods || !ods->tables) {
        (void)fault_memory(fault);
        ods_destroy(&ods);
        return NULL;
    }
    ods->archive = archive;
    int64_t content = archive_find(archive, "content.xml");
    ods->content = (size_t)content;
    if (content == ARCHIVE_NONE)
        (void)fault_set(fault, FAULT_INPUT, "the spreadsheet has no 'content.xml'");
    if (content == ARCHIVE_NONE || !check_encryption(archive, fault) || !read_tables(ods, fault))
        ods_destroy(&ods);
    return ods;
}

void ods_destroy(struct ods **ods) {
    if (!*ods)
        return;
    for (size_t i = 0; i < (*ods)->n_tables; i++)
        free((*ods)->tables[i].name);
    free((*ods)->tables);
    ods_rows_free(&(*ods)->parked);
    free(*ods);
    *ods = NULL;
}

size_t ods_tables(const struct ods *ods) {
    return ods->n_tables;
}

const char *ods_table_name(const struct ods *ods, size_t table) {
    return ods->tables[table].name;
}

bool ods_table_hidden(const struct ods *ods, size_t table) {
    return ods->tables[table].hidden;
}
