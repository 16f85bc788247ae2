/* The parts of a workbook that its sheets refer to. For core/xlsx.c and core/xlsx_rows.c. */
#ifndef CORE_XLSX_PARTS_H
#define CORE_XLSX_PARTS_H

#include "core/cells.h"
#include "core/xlsx.h"
#include "core/xml.h"

/* The local part of a name of SpreadsheetML, of its transitional or its strict form; else NULL. */
const char *xlsx_local(const char *name);

/* The value of an attribute without a namespace, or NULL. */
const char *xlsx_attribute(const char **attributes, const char *name);

/* Text of the type ST_Xstring: puts the character in place of each _xHHHH_. Returns its length. */
size_t xlsx_unescape(char *text, size_t length);

struct xlsx_strings {
    char *text; /* each terminated */
    size_t used, room;
    uint32_t *starts; /* where each begins, and one more for the end */
    size_t count, starts_room;
};

bool xlsx_read_strings(struct archive *archive, size_t member, struct xlsx_strings *strings,
                       struct fault *fault);
void xlsx_free_strings(struct xlsx_strings *strings);

struct xlsx_styles {
    bool *is_date; /* of each cell format */
    size_t count, room;
};

bool xlsx_read_styles(struct archive *archive, size_t member, struct xlsx_styles *styles,
                      struct fault *fault);

struct xlsx_sheet {
    char *name;
    int64_t member;
    bool hidden;
};

struct xlsx {
    struct archive *archive;
    struct xlsx_sheet *sheets;
    size_t n_sheets;
    bool from_1904;
    int64_t strings_member, styles_member; /* ARCHIVE_NONE: there is none */
    bool parts_read;
    struct xlsx_strings strings;
    struct xlsx_styles styles;
};

#endif
