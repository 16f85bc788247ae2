#include "core/csv.h"

#include <string.h>

enum { LINES = 100, BYTES = 256 << 10 };

/* How many of the first lines that have the separator agree on their number of fields. */
static unsigned agreeing(const char *bytes, size_t length, struct csv_dialect dialect) {
    struct csv *csv = csv_new_dialect(bytes, length, dialect);
    if (!csv)
        return 0;
    uint16_t with[CSV_FIELDS_MAX + 1] = {0}; /* lines by their number of fields */
    unsigned best = 0;
    struct csv_record record;
    struct fault fault;
    for (int i = 0; i < LINES && csv_next(csv, &record, &fault) == CSV_RECORD; i++) {
        if (record.count > 1 && ++with[record.count] > best)
            best = with[record.count];
    }
    csv_destroy(&csv);
    return best;
}

char csv_guess_comma(const char *bytes, size_t length, bool windows_1252) {
    static const char commas[] = {',', ';', '\t'};
    char comma = ',';
    unsigned best = 0;
    for (size_t i = 0; i < sizeof commas; i++) {
        unsigned lines = agreeing(bytes, length < BYTES ? length : BYTES,
                                  (struct csv_dialect){commas[i], windows_1252});
        if (lines > best) {
            best = lines;
            comma = commas[i];
        }
    }
    return comma;
}
