/* What a book is made of. For core/book.c and core/book_rows.c. */
#ifndef CORE_BOOK_PARTS_H
#define CORE_BOOK_PARTS_H

#include "core/archive.h"
#include "core/ods.h"
#include "core/xlsx.h"

enum part_kind { PART_CSV, PART_XLSX, PART_ODS };

/* One file that holds tables: the book itself, or a member of its archive. */
struct part {
    enum part_kind kind;
    size_t member;           /* of the book's archive, where it is in one */
    char *held;              /* the bytes of a workbook that was packed; NULL: none */
    struct archive *archive; /* that a workbook is */
    struct xlsx *xlsx;
    struct ods *ods;
};

struct book {
    const char *bytes;
    size_t length;
    enum book_encoding encoding;
    uint64_t budget;         /* left of what archives may unpack to */
    size_t held;             /* bytes in parts */
    bool gzip;               /* the one part is packed so */
    struct archive *archive; /* of parts; NULL: the book is one file */
    struct part *parts;
    size_t n_parts;
    struct sheet *sheets;
    struct {
        size_t part, index;
    } * places; /* of the sheets */
    size_t n_sheets, sheets_room;
};

#endif
