/* Reading a number as people write it in a table: digits, a point, an exponent, a sign. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* False when the text is anything but one finite decimal number: no blanks, no hexadecimal, no
 * "nan" or "inf", no more than 64 characters. */
bool number_read(const char *text, size_t length, double *out);

/* A whole number from `low` to `high`, in digits only. */
bool number_whole(const char *text, size_t length, unsigned long low, unsigned long high,
                  unsigned long *out);

#endif
