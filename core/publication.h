/* A publisher's file as it was handed in: a name and bytes, opened as a book in whatever encoding a
 * layout asks for, once for each. */
#ifndef CORE_PUBLICATION_H
#define CORE_PUBLICATION_H

#include "core/book.h"
#include "core/glance.h"

struct publication;

/* The name and the bytes stay the caller's and must outlive it. NULL: out of memory. */
struct publication *publication_new(const char *name, const void *bytes, size_t length);
void publication_destroy(struct publication **publication);

const char *publication_name(const struct publication *publication);

/* NULL: the fault says why it is no file that can be read. */
struct book *publication_book(struct publication *publication, enum book_encoding encoding,
                              struct fault *fault);

/* The first rows of a sheet, read once for all layouts that want it in this encoding and with this
 * separator (0: found out). Valid until the next call. NULL: the fault says why. */
struct glance *publication_glance(struct publication *publication, enum book_encoding encoding,
                                  size_t sheet, char separator, struct fault *fault);

/* What a sheet is called in messages and pedigrees: its name, with the archive's file before it
 * where there is one; "" for a plain CSV. Lives as long as the publication. */
const char *publication_sheet_name(struct publication *publication, enum book_encoding encoding,
                                   size_t sheet);

#endif
