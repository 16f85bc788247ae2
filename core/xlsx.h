/* Workbooks of ECMA-376 (.xlsx): the sheets of an archive's workbook, and the rows of a sheet. What
 * a cell becomes is said in core/book.h. Chart sheets and macro sheets have no cells and are left
 * out. For core/book.c. */
#ifndef CORE_XLSX_H
#define CORE_XLSX_H

#include "core/archive.h"
#include "core/book.h"

struct xlsx;

/* The archive must outlive it. */
struct xlsx *xlsx_open(struct archive *archive, struct fault *fault);
void xlsx_destroy(struct xlsx **xlsx);

size_t xlsx_sheets(const struct xlsx *xlsx);
const char *xlsx_sheet_name(const struct xlsx *xlsx, size_t sheet);
bool xlsx_sheet_hidden(const struct xlsx *xlsx, size_t sheet);

struct xlsx_rows;

/* Several may be open at once; the workbook must outlive them. */
struct xlsx_rows *xlsx_rows_open(struct xlsx *xlsx, size_t sheet, struct fault *fault);
void xlsx_rows_destroy(struct xlsx_rows **rows);
enum rows_result xlsx_rows_next(struct xlsx_rows *rows, struct row *out, struct fault *fault);
uint64_t xlsx_rows_number(const struct xlsx_rows *rows);
uint64_t xlsx_rows_column(const struct xlsx_rows *rows);

#endif
