#include "core/csv.h"
#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where the reader is. The column follows from the pointers, so it costs nothing on the way. */
struct place {
    const unsigned char *at;
    const unsigned char *line_start;
    uint64_t line;
    size_t continued; /* bytes since line_start that begin no character */
};

struct csv {
    struct place place;
    const unsigned char *end;  /* of the bytes in memory */
    const unsigned char *stop; /* end, or where the record at hand gets too long */
    struct csv_dialect dialect;
    char *text; /* the fields of the record, each terminated; room for the longest */
    size_t used;
    struct csv_field *fields;
    size_t n_fields, fields_room;
    csv_more *more; /* NULL: all is in memory */
    void *context;
    unsigned char *window;
};

enum {
    FIRST_FIELDS = 32,
    BLOCK = 16,               /* bytes looked at in one go */
    AHEAD = CSV_LINE_MAX + 2, /* a window of less may cut a record off */
    WINDOW = 2 * AHEAD,
};

/* `length` is of all bytes, or what the longest record may have. */
static struct csv *new_reader(struct csv_dialect dialect, size_t length) {
    struct csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return NULL;
    csv->dialect = dialect;
    /* A character of Windows-1252 is up to three bytes of UTF-8, a comma becomes a terminator. The
     * system gives memory as it is touched. */
    size_t longest = length < CSV_LINE_MAX ? length : CSV_LINE_MAX;
    csv->text = malloc((dialect.windows_1252 ? 3 : 1) * longest + (size_t)2 * BLOCK);
    csv->fields = malloc(FIRST_FIELDS * sizeof *csv->fields);
    csv->fields_room = FIRST_FIELDS;
    if (!csv->text || !csv->fields)
        csv_destroy(&csv);
    return csv;
}

static void begin(struct csv *csv, const unsigned char *bytes, size_t length) {
    csv->end = bytes + length;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        csv->dialect.windows_1252 = false;
    }
    csv->place = (struct place){.at = bytes, .line_start = bytes, .line = 1};
}

struct csv *csv_new(const char *bytes, size_t length) {
    return csv_new_dialect(bytes, length, (struct csv_dialect){.comma = ','});
}

struct csv *csv_new_dialect(const char *bytes, size_t length, struct csv_dialect dialect) {
    struct csv *csv = new_reader(dialect, length);
    if (csv)
        begin(csv, (const unsigned char *)bytes, length);
    return csv;
}

/* Fills the window behind what is left in it. */
static bool fill(struct csv *csv, struct fault *fault) {
    size_t left = (size_t)(csv->end - csv->place.at);
    if (!csv->more || left >= AHEAD)
        return true;
    memmove(csv->window, csv->place.at, left);
    while (left < WINDOW) {
        size_t got = 0;
        if (!csv->more(csv->context, csv->window + left, WINDOW - left, &got, fault))
            return false;
        left += got;
        if (got == 0) {
            csv->more = NULL;
            break;
        }
    }
    csv->place.at = csv->place.line_start = csv->window;
    csv->end = csv->window + left;
    return true;
}

struct csv *csv_new_stream(csv_more *more, void *context, bool windows_1252, struct fault *fault) {
    struct csv *csv = new_reader((struct csv_dialect){',', windows_1252}, CSV_LINE_MAX);
    if (csv)
        csv->window = malloc(WINDOW);
    if (!csv || !csv->window) {
        csv_destroy(&csv);
        (void)fault_memory(fault);
        return NULL;
    }
    csv->more = more;
    csv->context = context;
    csv->place.at = csv->end = csv->window;
    if (fill(csv, fault))
        begin(csv, csv->window, (size_t)(csv->end - csv->window));
    else
        csv_destroy(&csv);
    return csv;
}

void csv_destroy(struct csv **csv) {
    if (!*csv)
        return;
    free((*csv)->text);
    free((*csv)->fields);
    free((*csv)->window);
    free(*csv);
    *csv = NULL;
}

const char *csv_ahead(const struct csv *csv, size_t *length) {
    *length = (size_t)(csv->end - csv->place.at);
    return (const char *)csv->place.at;
}

void csv_set_comma(struct csv *csv, char comma) {
    csv->dialect.comma = comma;
}

uint64_t csv_line(const struct csv *csv) {
    return csv->place.line;
}

uint64_t csv_column(const struct csv *csv) {
    return (uint64_t)(csv->place.at - csv->place.line_start) - csv->place.continued + 1;
}

static bool needs_a_look(unsigned char byte, char comma) {
    return byte >= 0x80 || byte <= '\r' || byte == '"' || byte == (unsigned char)comma;
}

/* Which of the BLOCK bytes at `at` need a look, from the lowest bit on. */
static unsigned look_at(const unsigned char *at, char comma) {
#ifdef __SSE2__
    __m128i block = _mm_loadu_si128((const __m128i *)at);
    __m128i found = _mm_cmplt_epi8(block, _mm_set1_epi8('\r' + 1)); /* signed: from 0x80 on too */
    found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8(comma)));
    return (unsigned)_mm_movemask_epi8(found);
#else
    unsigned found = 0;
    for (unsigned i = 0; i < BLOCK; i++)
        found |= (unsigned)needs_a_look(at[i], comma) << i;
    return found;
#endif
}

/* Takes what needs no look. The text has room for a block more than the longest record. */
static void take_plain(struct csv *csv) {
    const unsigned char *at = csv->place.at;
    char *to = csv->text + csv->used;
    const char comma = csv->dialect.comma;
    unsigned found = 0;
    while (!found && csv->stop - at >= BLOCK) {
        found = look_at(at, comma);
        memcpy(to, at, BLOCK);
        size_t plain = found ? (size_t)__builtin_ctz(found) : BLOCK;
        at += plain;
        to += plain;
    }
    while (!found && at < csv->stop && !needs_a_look(*at, comma))
        *to++ = (char)*at++;
    csv->place.at = at;
    csv->used = (size_t)(to - csv->text);
}

/* Takes one character into the field at hand, and steps over it. */
static bool take(struct csv *csv, struct fault *fault) {
    struct place *place = &csv->place;
    const unsigned char byte = *place->at;
    if (byte == '\0')
        return fault_set(fault, FAULT_INPUT, "a NUL byte, expected text");
    if (csv->dialect.windows_1252) {
        size_t length = utf8_from_windows_1252(byte, csv->text + csv->used);
        if (length == 0) {
            return fault_set(fault, FAULT_INPUT,
                             "the byte 0x%02x is not in Windows-1252; save the file as 'CSV UTF-8'",
                             byte);
        }
        csv->used += length;
        place->at++;
    } else {
        size_t length = utf8_sequence(place->at, csv->end);
        if (length == 0) {
            return fault_set(fault, FAULT_INPUT,
                             "the byte 0x%02x is not UTF-8; save the file as 'CSV UTF-8', or say "
                             "in the description of its dataset: encoding: windows-1252",
                             byte);
        }
        memcpy(csv->text + csv->used, place->at, length);
        csv->used += length;
        place->at += length;
        place->continued += length - 1;
    }
    if (byte == '\n') {
        place->line++;
        place->line_start = place->at;
        place->continued = 0;
    }
    return true;
}

static bool at_line_end(const struct csv *csv) {
    const unsigned char *at = csv->place.at;
    return at == csv->end || *at == '\n' || (*at == '\r' && (at + 1 == csv->end || at[1] == '\n'));
}

static void skip_line_end(struct csv *csv) {
    struct place *place = &csv->place;
    if (place->at < csv->end && *place->at == '\r')
        place->at++;
    if (place->at < csv->end && *place->at == '\n')
        place->at++;
    place->line++;
    place->line_start = place->at;
    place->continued = 0;
}

/* Past `stop`: the record is too long, for the end of the bytes is looked for first. */
static bool too_long(const struct csv *csv, struct fault *fault) {
    return csv->place.at >= csv->stop &&
           !fault_set(fault, FAULT_INPUT, "a line longer than %d bytes; is this a CSV file?",
                      CSV_LINE_MAX);
}

static bool quoted(struct csv *csv, struct fault *fault) {
    const struct place opens = csv->place;
    csv->place.at++;
    for (;;) {
        take_plain(csv);
        if (csv->place.at == csv->end) {
            csv->place = opens;
            return fault_set(fault, FAULT_INPUT,
                             "a quote that opens here never closes; is the file cut short?");
        }
        if (too_long(csv, fault))
            return false;
        if (*csv->place.at == '"') {
            csv->place.at++;
            if (csv->place.at == csv->end || *csv->place.at != '"')
                return true;
        }
        if (!take(csv, fault))
            return false;
    }
}

static bool plain(struct csv *csv, struct fault *fault) {
    for (;;) {
        take_plain(csv);
        if (at_line_end(csv) || *csv->place.at == (unsigned char)csv->dialect.comma)
            return true;
        if (too_long(csv, fault))
            return false;
        if (*csv->place.at == '"') {
            return fault_set(fault, FAULT_INPUT,
                             "a quote inside a field that does not begin with "
                             "one; write it as \"\" within quotes");
        }
        if (!take(csv, fault))
            return false;
    }
}

static bool more_fields(struct csv *csv, struct fault *fault) {
    if (csv->n_fields == CSV_FIELDS_MAX) {
        return fault_set(fault, FAULT_INPUT, "more than %d fields in one record", CSV_FIELDS_MAX);
    }
    /* There is room for FIRST_FIELDS from the start.
     * NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI) */
    struct csv_field *fields = realloc(csv->fields, 2 * csv->fields_room * sizeof *csv->fields);
    if (!fields)
        return fault_memory(fault);
    csv->fields = fields;
    csv->fields_room *= 2;
    return true;
}

static const char *comma_name(char comma) {
    return comma == ';' ? "semicolon" : comma == '\t' ? "tab" : "comma";
}

static bool field(struct csv *csv, struct fault *fault) {
    if (csv->n_fields == csv->fields_room && !more_fields(csv, fault))
        return false;
    struct csv_field *out = &csv->fields[csv->n_fields++];
    out->line = csv_line(csv);
    out->column = csv_column(csv);
    size_t start = csv->used;
    bool in_quotes = csv->place.at < csv->stop && *csv->place.at == '"';
    if (!(in_quotes ? quoted(csv, fault) : plain(csv, fault)))
        return false;
    if (in_quotes && !at_line_end(csv) && *csv->place.at != (unsigned char)csv->dialect.comma) {
        return fault_set(fault, FAULT_INPUT, "text after a closing quote, expected a %s",
                         comma_name(csv->dialect.comma));
    }
    out->text = csv->text + start;
    out->length = csv->used - start;
    csv->text[csv->used++] = '\0';
    return true;
}

/* The fields of a record up to the first that holds or ends in anything but a separator or a line's
 * end: nearly all of most files. True: they are the whole record, and the reader is at its end. */
static bool simple_fields(struct csv *csv) {
    const unsigned char *const record = csv->place.at, comma = (unsigned char)csv->dialect.comma;
    const unsigned char *begins = record; /* of the field at hand */
    const struct csv_field start = {.line = csv->place.line};
    bool ends = false, simple = true;
    for (const unsigned char *at = record; simple && csv->stop - at > BLOCK; at += BLOCK) {
        unsigned found = look_at(at, csv->dialect.comma);
        memcpy(csv->text + (at - record), at, BLOCK);
        for (; found && simple; found &= found - 1) {
            const unsigned char *stop = at + __builtin_ctz(found);
            ends = *stop == '\n' || (*stop == '\r' && stop[1] == '\n');
            simple = (*stop == comma || ends) && csv->n_fields < csv->fields_room;
            if (!simple)
                break;
            struct csv_field *out = &csv->fields[csv->n_fields++];
            *out = start;
            out->text = csv->text + (begins - record);
            out->length = (size_t)(stop - begins);
            out->column = (uint64_t)(begins - record) + 1;
            csv->text[stop - record] = '\0';
            begins = stop + 1;
            if (ends) {
                csv->place.at = stop;
                return true;
            }
        }
    }
    csv->place.at = begins;
    csv->used = (size_t)(begins - record);
    return false;
}

static enum csv_result whole_record(struct csv *csv, struct csv_record *out) {
    bool ended = csv->place.at < csv->end;
    if (ended)
        skip_line_end(csv);
    *out = (struct csv_record){csv->fields, csv->n_fields, csv->fields[0].line, ended};
    return CSV_RECORD;
}

enum csv_result csv_next(struct csv *csv, struct csv_record *out, struct fault *fault) {
    do {
        if (!fill(csv, fault))
            return CSV_BAD;
        if (csv->place.at == csv->end)
            return CSV_END;
        while (csv->place.at < csv->end && at_line_end(csv))
            skip_line_end(csv);
    } while (csv->more && csv->end - csv->place.at < AHEAD);
    if (csv->place.at == csv->end)
        return CSV_END;
    csv->used = csv->n_fields = 0;
    csv->stop = csv->end - csv->place.at > CSV_LINE_MAX ? csv->place.at + CSV_LINE_MAX : csv->end;
    if (simple_fields(csv))
        return whole_record(csv, out);
    while (field(csv, fault)) {
        if (at_line_end(csv))
            return whole_record(csv, out);
        csv->place.at++; /* the comma */
    }
    return CSV_BAD;
}

void csv_write(FILE *out, const char *text) {
    bool blank_edge = *text == ' ' || (*text && text[strlen(text) - 1] == ' ');
    if (!blank_edge && !strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            (void)fputc('"', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

void csv_write_number(FILE *out, double value) {
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    (void)fputs(text, out);
}

bool csv_close(FILE *out, char *const *text) {
    if (!out)
        return false;
    bool whole = ferror(out) == 0;
    return fclose(out) == 0 && *text && whole;
}
