#include "core/book_kind.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct {
    size_t at;
    const char *bytes;
    const char *is; /* of zip and gzip NULL */
    enum book_kind kind;
} magic[] = {
    {0, "PK\x03\x04", NULL, BOOK_IS_ZIP},
    {0, "PK\x05\x06", NULL, BOOK_IS_ZIP}, /* empty */
    {0, "\x1f\x8b", NULL, BOOK_IS_GZIP},
    {0, "%PDF-", "a PDF, from which no table is read; get the tables as CSV, XLSX or ODS",
     BOOK_IS_OTHER},
    {0, "Rar!\x1a\x07", "a RAR archive; unpack it first, or pack it as zip", BOOK_IS_OTHER},
    {0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first, or pack it as zip", BOOK_IS_OTHER},
    {0, "\xfd\x37zXZ", "packed by xz; unpack it first", BOOK_IS_OTHER},
    {4, "1AY&SY", "packed by bzip2; unpack it first", BOOK_IS_OTHER},
    {0, "\x28\xb5\x2f\xfd", "packed by zstd; unpack it first", BOOK_IS_OTHER},
    {257, "ustar", "a tar archive; unpack it first, or pack it as zip", BOOK_IS_OTHER},
    {0, "PAR1\x15", "a Parquet file; save it as CSV", BOOK_IS_OTHER},
    {0, "SQLite format 3", "an SQLite database; save the table as CSV", BOOK_IS_OTHER},
    {0, "\x89PNG", "a picture", BOOK_IS_OTHER},
    {0, "\xff\xd8\xff", "a picture", BOOK_IS_OTHER},
    {0, "GIF89a", "a picture", BOOK_IS_OTHER},
    {0, "\xff\xfe", "text in UTF-16; save it as 'CSV UTF-8'", BOOK_IS_OTHER},
    {0, "\xfe\xff", "text in UTF-16; save it as 'CSV UTF-8'", BOOK_IS_OTHER},
};

static const struct {
    const char *begins; /* in any case of letters, after blanks */
    const char *is;
} texts[] = {
    {"<!doctype html", "a web page (HTML), as a site gives in place of a file; download the file "
                       "itself"},
    {"<html", "a web page (HTML), as a site gives in place of a file; download the file itself"},
    {"<?xml", "XML; save it as CSV, XLSX or ODS"},
    {"{\"", "JSON; save it as CSV"},
    {"[{", "JSON; save it as CSV"},
};

/* A compound file holds either a workbook of before 2007 or an encrypted one of after. */
static const char *compound(const char *bytes, size_t length) {
    static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    return memmem(bytes, length, encrypted, sizeof encrypted - 1)
               ? "a workbook with a password; save it without one"
               : "a workbook of Excel 97-2003 (.xls); open it and save it as .xlsx";
}

static const char *other_text(const char *bytes, size_t length) {
    const char *end = bytes + length;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3;
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): a zero byte is no space */
    while (bytes < end && memchr(" \t\r\n", *bytes, 4))
        bytes++;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t needed = strlen(texts[i].begins);
        if ((size_t)(end - bytes) >= needed && strncasecmp(bytes, texts[i].begins, needed) == 0)
            return texts[i].is;
    }
    return NULL;
}

enum book_kind book_kind(const char *bytes, size_t length, struct fault *fault) {
    static const char cfb[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    const char *is = NULL;
    for (size_t i = 0; !is && i < sizeof magic / sizeof *magic; i++) {
        size_t needed = strlen(magic[i].bytes);
        if (length >= magic[i].at + needed &&
            memcmp(bytes + magic[i].at, magic[i].bytes, needed) == 0) {
            if (!magic[i].is)
                return magic[i].kind;
            is = magic[i].is;
        }
    }
    if (!is && length >= sizeof cfb - 1 && memcmp(bytes, cfb, sizeof cfb - 1) == 0)
        is = compound(bytes, length);
    if (!is)
        is = other_text(bytes, length);
    if (!is)
        return BOOK_IS_TEXT;
    (void)fault_set(fault, FAULT_INPUT, "is %s", is);
    return BOOK_IS_OTHER;
}
