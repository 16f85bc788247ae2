/* Periods as publishers write them: "2024", "2024/25", "2023-24", "2023 - 25", "2020 to 2022",
 * "2026-01-01", "2023-01-01/P1Y", "2025-07", "2016/Q2 to 2026/Q1", "2022 Q1", "Q1 2022", "Jul
 * 2024", "31 March 2024", "Apr 2020 to Mar 2023", "October to December 2022", "year ending June
 * 2025", a spreadsheet's "Jan-22", and the Department for Education's "202324" for 2023/24. An en
 * dash is a hyphen. */
#ifndef CORE_PERIOD_H
#define CORE_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that grows with the day on which the period begins (year * 10000 + month * 100 + day; a
 * year alone begins on 1 January). False when the text is no period that is known. A day that the
 * calendar does not have ("2024-09-31") is no period. */
bool period_key(const char *text, size_t length, int32_t *key);

/* The period as an ISO 8601 interval, "2023-04-01/P1Y", where its first day and its length are both
 * told. Else false, and `out` is "": "2024/25" may be a financial or an academic year. */
enum { PERIOD_INTERVAL = 24 };
bool period_interval(const char *text, char out[PERIOD_INTERVAL]);

/* The bytes of the text without a qualifier of its figures at the end: "2022 (p)", "2022p",
 * "2021-22 (revised)"; `length` where there is none. period_key() passes over one, too. */
size_t period_length(const char *text, size_t length);

#endif
