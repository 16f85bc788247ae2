/* Dates as a spreadsheet keeps them: a number of days, and a number format that shows a date. */
#ifndef CORE_SERIAL_DATE_H
#define CORE_SERIAL_DATE_H

#include <stdbool.h>

/* Whether the format shows a date; a time of day or a duration alone is none. By its code
 * ("dd/mm/yyyy", ECMA-376 part 1, 18.8.31), or the number of one that has no code in the file. */
bool format_is_date(const char *code);
bool format_number_is_date(unsigned number);

enum { SERIAL_DATE_ROOM = 20 }; /* of "2024-03-31T12:00:00", terminated */

/* Writes the day, and to the second the time unless it is midnight. False where the number is no
 * day: before 1900-01-01 (or 1904-01-01), after 9999, or the 29 February of 1900 that never was. */
bool serial_date(double days, bool from_1904, char out[SERIAL_DATE_ROOM]);

#endif
