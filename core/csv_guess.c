#include "core/csv.h"

#include <string.h>

enum { LINES = 100, BYTES = 256 << 10 };

/* How many of the first lines that have the separator agree on their number of fields. False: out
 * of memory. */
static bool agreeing(const char *bytes, size_t length, struct csv_dialect dialect, unsigned *best,
                     struct fault *fault) {
    struct csv *csv = csv_new_dialect(bytes, length, dialect);
    if (!csv)
        return fault_memory(fault);
    uint16_t with[CSV_FIELDS_MAX + 1] = {0}; /* lines by their number of fields */
    struct csv_record record;
    struct fault bad = {0};
    *best = 0;
    for (int i = 0; i < LINES && csv_next(csv, &record, &bad) == CSV_RECORD; i++) {
        if (record.count > 1 && ++with[record.count] > *best)
            *best = with[record.count];
    }
    csv_destroy(&csv);
    return bad.kind != FAULT_MEMORY || fault_memory(fault);
}

bool csv_guess_comma(const char *bytes, size_t length, bool windows_1252, char *out,
                     struct fault *fault) {
    static const char commas[] = {',', ';', '\t'};
    unsigned best = 0;
    *out = ',';
    for (size_t i = 0; i < sizeof commas; i++) {
        const struct csv_dialect dialect = {commas[i], windows_1252};
        unsigned lines;
        if (!agreeing(bytes, length < BYTES ? length : BYTES, dialect, &lines, fault))
            return false;
        if (lines > best) {
            best = lines;
            *out = commas[i];
        }
    }
    return true;
}
