/* What a file is, by its bytes. For core/book.c. */
#ifndef CORE_BOOK_KIND_H
#define CORE_BOOK_KIND_H

#include "core/fault.h"

#include <stddef.h>

enum book_kind { BOOK_IS_TEXT, BOOK_IS_ZIP, BOOK_IS_GZIP, BOOK_IS_OTHER };

/* `length` bytes from the beginning of the file, of which a few hundred are enough. BOOK_IS_OTHER:
 * the fault says what it is and what to do about it. */
enum book_kind book_kind(const char *bytes, size_t length, struct fault *fault);

#endif
