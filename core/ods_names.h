/* Names of OpenDocument. For core/ods.c and core/ods_rows.c. */
#ifndef CORE_ODS_NAMES_H
#define CORE_ODS_NAMES_H

#include "core/ods.h"
#include "core/xml.h"

#define ODS_SPACE  "urn:oasis:names:tc:opendocument:xmlns:"
#define ODS_TABLE  ODS_SPACE "table:1.0"
#define ODS_TEXT   ODS_SPACE "text:1.0"
#define ODS_STYLE  ODS_SPACE "style:1.0"
#define ODS_OFFICE ODS_SPACE "office:1.0"

/* The local part of a name in one of the namespaces above, or NULL. */
#define ODS_LOCAL(name, space) xml_local(name, space, sizeof(space) - 1)

enum { ODS_TABLE_DEPTH = 4 }; /* document-content, body, spreadsheet, table */

struct ods_table {
    char *name;
    bool hidden;
};

struct ods {
    struct archive *archive;
    size_t content; /* the member */
    struct ods_table *tables;
    size_t n_tables;
    struct ods_rows *parked; /* a reader that can go on to a later table; NULL: none */
};

/* Frees a reader that is not to be parked. */
void ods_rows_free(struct ods_rows **rows);

#endif
