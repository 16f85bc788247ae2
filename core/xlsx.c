#include "core/xlsx_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Relationships of a part: ECMA-376 part 2, 9.3. */
struct relation {
    char *id, *type, *target; /* the target as a member's name */
};

struct relations {
    struct xml *xml;
    const char *folder; /* of the part, "" or ending in '/' */
    struct relation *all;
    size_t count;
};

enum { RELATIONS_MAX = 4096, PATH_MAX_BYTES = 1024 };

/* Brings "/xl/a.xml" or, relative to `folder`, "../xl/a.xml" into the form of a member's name. */
static char *resolve(const char *folder, const char *target) {
    char *path = malloc(strlen(folder) + strlen(target) + 1);
    if (!path)
        return NULL;
    size_t used = 0;
    const char *parts[] = {*target == '/' ? "" : folder, target};
    for (size_t i = 0; i < 2; i++) {
        for (const char *at = parts[i]; *at;) {
            size_t length = strcspn(at, "/");
            bool dot = length == 1 && *at == '.', dots = length == 2 && strncmp(at, "..", 2) == 0;
            if (dots) {
                while (used > 0 && path[--used] != '/')
                    continue;
            } else if (length > 0 && !dot) {
                if (used > 0)
                    path[used++] = '/';
                memcpy(path + used, at, length);
                used += length;
            }
            at += length + (at[length] == '/');
        }
    }
    path[used] = '\0';
    return path;
}

static void relation_start(void *context, const char *name, const char **attributes) {
    struct relations *relations = context;
    (void)name;
    const char *id = xlsx_attribute(attributes, "Id");
    const char *type = xlsx_attribute(attributes, "Type");
    const char *target = xlsx_attribute(attributes, "Target");
    const char *mode = xlsx_attribute(attributes, "TargetMode");
    if (!id || !type || !target || (mode && strcmp(mode, "External") == 0))
        return;
    struct fault fault;
    if (relations->count == RELATIONS_MAX || strlen(target) > PATH_MAX_BYTES) {
        (void)fault_set(&fault, FAULT_INPUT, "more than %d relationships, or one of %d bytes",
                        RELATIONS_MAX, PATH_MAX_BYTES);
        xml_refuse(relations->xml, &fault);
        return;
    }
    struct relation *added = &relations->all[relations->count++];
    *added = (struct relation){strdup(id), strdup(type), resolve(relations->folder, target)};
    if (!added->id || !added->type || !added->target) {
        (void)fault_memory(&fault);
        xml_refuse(relations->xml, &fault);
    }
}

static void no_end(void *context, const char *name) {
    (void)context, (void)name;
}

static void no_text(void *context, const char *text, size_t length) {
    (void)context, (void)text, (void)length;
}

static void free_relations(struct relations *relations) {
    for (size_t i = 0; i < relations->count; i++) {
        free(relations->all[i].id);
        free(relations->all[i].type);
        free(relations->all[i].target);
    }
    free(relations->all);
}

/* Those of the part, "" for the package itself. There may be none. */
static bool read_relations(struct archive *archive, const char *part, char *folder,
                           struct relations *relations, struct fault *fault) {
    const char *slash = strrchr(part, '/');
    int folder_length = slash ? (int)(slash - part) + 1 : 0;
    char path[2 * PATH_MAX_BYTES];
    (void)snprintf(folder, PATH_MAX_BYTES, "%.*s", folder_length, part);
    (void)snprintf(path, sizeof path, "%s_rels/%s.rels", folder, part + folder_length);
    int64_t member = archive_find(archive, path);
    *relations = (struct relations){.folder = folder};
    relations->all = calloc(RELATIONS_MAX, sizeof *relations->all);
    if (!relations->all)
        return fault_memory(fault);
    static const struct xml_handlers handlers = {relation_start, no_end, no_text};
    return member == ARCHIVE_NONE ||
           xml_read(archive, (size_t)member, &handlers, relations, &relations->xml, fault);
}

static bool ends(const char *text, const char *with) {
    size_t length = strlen(text), end = strlen(with);
    return length >= end && strcmp(text + length - end, with) == 0;
}

/* The member of the first relation of a type, whose names differ only in their beginning. */
static int64_t related(const struct archive *archive, const struct relations *relations,
                       const char *type) {
    for (size_t i = 0; i < relations->count; i++) {
        if (ends(relations->all[i].type, type))
            return archive_find(archive, relations->all[i].target);
    }
    return ARCHIVE_NONE;
}

struct workbook_reading {
    struct xlsx *xlsx;
    struct xml *xml;
    const struct relations *relations;
};

static const struct relation *relation_of(const struct relations *relations, const char *id) {
    for (size_t i = 0; id && i < relations->count; i++) {
        if (strcmp(relations->all[i].id, id) == 0)
            return &relations->all[i];
    }
    return NULL;
}

/* r:id, whatever the prefix is. */
static const char *id_of(const char **attributes) {
    for (; *attributes; attributes += 2) {
        if (ends(*attributes, "/relationships id"))
            return attributes[1];
    }
    return NULL;
}

static bool add_sheet(struct workbook_reading *reading, const char **attributes,
                      struct fault *fault) {
    struct xlsx *xlsx = reading->xlsx;
    const char *name = xlsx_attribute(attributes, "name");
    const char *state = xlsx_attribute(attributes, "state");
    const struct relation *relation = relation_of(reading->relations, id_of(attributes));
    if (!name || !relation) {
        return fault_set(fault, FAULT_INPUT, "the sheet '%.100s' has no name or no part",
                         name ? name : "");
    }
    if (!ends(relation->type, "/worksheet"))
        return true;
    if (xlsx->n_sheets == BOOK_SHEETS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d sheets", BOOK_SHEETS_MAX);
    int64_t member = archive_find(xlsx->archive, relation->target);
    if (member == ARCHIVE_NONE) {
        return fault_set(fault, FAULT_INPUT, "the sheet '%.100s' is in '%.200s', which is missing",
                         name, relation->target);
    }
    struct xlsx_sheet *sheet = &xlsx->sheets[xlsx->n_sheets];
    sheet->name = strdup(name);
    if (!sheet->name)
        return fault_memory(fault);
    sheet->member = member;
    sheet->hidden = state && (strcmp(state, "hidden") == 0 || strcmp(state, "veryHidden") == 0);
    xlsx->n_sheets++;
    return true;
}

static void workbook_start(void *context, const char *name, const char **attributes) {
    struct workbook_reading *reading = context;
    const char *local = xlsx_local(name);
    unsigned depth = xml_depth(reading->xml);
    struct fault fault;
    if (local && depth == 3 && strcmp(local, "sheet") == 0) {
        if (!add_sheet(reading, attributes, &fault))
            xml_refuse(reading->xml, &fault);
    } else if (local && depth == 2 && strcmp(local, "workbookPr") == 0) {
        const char *value = xlsx_attribute(attributes, "date1904");
        reading->xlsx->from_1904 = value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
    }
}

static bool read_workbook(struct xlsx *xlsx, size_t member, struct fault *fault) {
    static const struct xml_handlers handlers = {workbook_start, no_end, no_text};
    char folder[PATH_MAX_BYTES];
    struct relations relations;
    const char *part = archive_name(xlsx->archive, member);
    if (strlen(part) >= PATH_MAX_BYTES)
        return fault_set(fault, FAULT_INPUT, "a workbook with a name of %zu bytes", strlen(part));
    bool fine = read_relations(xlsx->archive, part, folder, &relations, fault);
    if (fine) {
        xlsx->strings_member = related(xlsx->archive, &relations, "/sharedStrings");
        xlsx->styles_member = related(xlsx->archive, &relations, "/styles");
        struct workbook_reading reading = {.xlsx = xlsx, .relations = &relations};
        fine = xml_read(xlsx->archive, member, &handlers, &reading, &reading.xml, fault);
    }
    free_relations(&relations);
    return fine && (xlsx->n_sheets > 0 ||
                    fault_set(fault, FAULT_INPUT, "the workbook has no sheet of cells"));
}

static bool find_workbook(struct xlsx *xlsx, int64_t *member, struct fault *fault) {
    char folder[PATH_MAX_BYTES];
    struct relations relations;
    bool fine = read_relations(xlsx->archive, "", folder, &relations, fault);
    *member = fine ? related(xlsx->archive, &relations, "/officeDocument") : ARCHIVE_NONE;
    free_relations(&relations);
    if (fine && *member == ARCHIVE_NONE)
        *member = archive_find(xlsx->archive, "xl/workbook.xml");
    if (!fine)
        return false;
    const char *name = *member == ARCHIVE_NONE ? "" : archive_name(xlsx->archive, (size_t)*member);
    if (ends(name, ".bin"))
        return fault_set(fault, FAULT_INPUT, "is a binary workbook (.xlsb); save it as .xlsx");
    return ends(name, ".xml") && !ends(name, "document.xml") && !ends(name, "presentation.xml")
               ? true
               : fault_set(fault, FAULT_INPUT,
                           "is a document of an office suite but no workbook; expected .xlsx");
}

struct xlsx *xlsx_open(struct archive *archive, struct fault *fault) {
    struct xlsx *xlsx = calloc(1, sizeof *xlsx);
    if (xlsx)
        xlsx->sheets = calloc(BOOK_SHEETS_MAX, sizeof *xlsx->sheets);
    if (!xlsx || !xlsx->sheets) {
        (void)fault_memory(fault);
        xlsx_destroy(&xlsx);
        return NULL;
    }
    xlsx->archive = archive;
    int64_t member;
    if (!find_workbook(xlsx, &member, fault) || !read_workbook(xlsx, (size_t)member, fault))
        xlsx_destroy(&xlsx);
    return xlsx;
}

void xlsx_destroy(struct xlsx **xlsx) {
    if (!*xlsx)
        return;
    for (size_t i = 0; i < (*xlsx)->n_sheets; i++)
        free((*xlsx)->sheets[i].name);
    free((*xlsx)->sheets);
    xlsx_free_strings(&(*xlsx)->strings);
    free((*xlsx)->styles.is_date);
    free(*xlsx);
    *xlsx = NULL;
}

size_t xlsx_sheets(const struct xlsx *xlsx) {
    return xlsx->n_sheets;
}

const char *xlsx_sheet_name(const struct xlsx *xlsx, size_t sheet) {
    return xlsx->sheets[sheet].name;
}

bool xlsx_sheet_hidden(const struct xlsx *xlsx, size_t sheet) {
    return xlsx->sheets[sheet].hidden;
}
