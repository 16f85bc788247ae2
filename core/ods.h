/* Spreadsheets of OpenDocument 1.2 (.ods): the tables of an archive's content.xml, and the rows of
 * a table. What a cell becomes is said in core/book.h. For core/book.c.
 *
 * All tables are in one stream, so opening reads it once through; rows that are opened in the order
 * of the tables go on from where the last ended. */
#ifndef CORE_ODS_H
#define CORE_ODS_H

#include "core/archive.h"
#include "core/book.h"

struct ods;

/* The archive must outlive it. */
struct ods *ods_open(struct archive *archive, struct fault *fault);
void ods_destroy(struct ods **ods);

/* Hidden are also the copies of other files' tables that a file keeps for its links to them. */
size_t ods_tables(const struct ods *ods);
const char *ods_table_name(const struct ods *ods, size_t table);
bool ods_table_hidden(const struct ods *ods, size_t table);

struct ods_rows;

/* Several may be open at once; the spreadsheet must outlive them. */
struct ods_rows *ods_rows_open(struct ods *ods, size_t table, struct fault *fault);
void ods_rows_destroy(struct ods_rows **rows);
enum rows_result ods_rows_next(struct ods_rows *rows, struct row *out, struct fault *fault);
uint64_t ods_rows_number(const struct ods_rows *rows);
uint64_t ods_rows_column(const struct ods_rows *rows);

#endif
