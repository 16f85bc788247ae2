#include "core/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct csv {
    const unsigned char *at, *end;
    uint64_t line, column; /* of *at */
    char *text;            /* the fields of the record, each terminated */
    size_t used, room;
    struct csv_field *fields;
    size_t n_fields, fields_room;
    size_t record_bytes;
};

enum { FIRST_ROOM = 4096, FIRST_FIELDS = 32 };

struct csv *csv_new(const char *bytes, size_t length) {
    struct csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return NULL;
    csv->at = (const unsigned char *)bytes;
    csv->end = csv->at + length;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        csv->at += 3;
    csv->line = csv->column = 1;
    csv->text = malloc(FIRST_ROOM);
    csv->room = FIRST_ROOM;
    csv->fields = malloc(FIRST_FIELDS * sizeof *csv->fields);
    csv->fields_room = FIRST_FIELDS;
    if (!csv->text || !csv->fields)
        csv_destroy(&csv);
    return csv;
}

void csv_destroy(struct csv **csv) {
    if (!*csv)
        return;
    free((*csv)->text);
    free((*csv)->fields);
    free(*csv);
    *csv = NULL;
}

uint64_t csv_line(const struct csv *csv) {
    return csv->line;
}

uint64_t csv_column(const struct csv *csv) {
    return csv->column;
}

/* The length of the UTF-8 sequence at `at`, or 0 when it is not valid: a stray or missing
 * continuation byte, a longer form than needed, a surrogate, or beyond U+10FFFF. */
static size_t sequence(const unsigned char *at, const unsigned char *end) {
    unsigned char lead = *at;
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                    : lead >= 0xe0 && lead <= 0xef ? 3
                    : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || (size_t)(end - at) < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if (lead == 0xe0 && at[1] < 0xa0)
        return 0;
    if (lead == 0xed && at[1] > 0x9f)
        return 0;
    if (lead == 0xf0 && at[1] < 0x90)
        return 0;
    if (lead == 0xf4 && at[1] > 0x8f)
        return 0;
    return length;
}

static bool make_room(struct csv *csv, size_t more, struct fault *fault) {
    if (csv->room - csv->used >= more)
        return true;
    size_t room = csv->room * 2 > csv->used + more ? csv->room * 2 : csv->used + more;
    char *text = realloc(csv->text, room);
    if (!text)
        return fault_memory(fault);
    csv->text = text;
    csv->room = room;
    return true;
}

/* Takes one character into the field at hand, and steps over it. */
static bool take(struct csv *csv, struct fault *fault) {
    size_t length = sequence(csv->at, csv->end);
    if (*csv->at == '\0')
        return fault_set(fault, FAULT_INPUT, "a NUL byte, expected text");
    if (length == 0) {
        return fault_set(fault, FAULT_INPUT,
                         "the byte 0x%02x is not UTF-8; save the file as 'CSV UTF-8'", *csv->at);
    }
    csv->record_bytes += length;
    if (csv->record_bytes > CSV_LINE_MAX) {
        return fault_set(fault, FAULT_INPUT, "a line longer than %d bytes; is this a CSV file?",
                         CSV_LINE_MAX);
    }
    if (!make_room(csv, length + 1, fault))
        return false;
    memcpy(csv->text + csv->used, csv->at, length);
    csv->used += length;
    csv->column++;
    if (*csv->at == '\n') {
        csv->line++;
        csv->column = 1;
    }
    csv->at += length;
    return true;
}

static void skip(struct csv *csv) {
    csv->at++;
    csv->column++;
}

static bool at_line_end(const struct csv *csv) {
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
}

static void skip_line_end(struct csv *csv) {
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at < csv->end && *csv->at == '\n')
        csv->at++;
    csv->line++;
    csv->column = 1;
}

static bool quoted(struct csv *csv, struct fault *fault) {
    uint64_t line = csv->line, column = csv->column;
    skip(csv);
    for (;;) {
        if (csv->at == csv->end) {
            csv->line = line;
            csv->column = column;
            return fault_set(fault, FAULT_INPUT,
                             "a quote that opens here never closes; is the file cut short?");
        }
        if (*csv->at == '"') {
            skip(csv);
            if (csv->at == csv->end || *csv->at != '"')
                return true;
        }
        if (!take(csv, fault))
            return false;
    }
}

static bool plain(struct csv *csv, struct fault *fault) {
    while (!at_line_end(csv) && *csv->at != ',') {
        if (*csv->at == '"') {
            return fault_set(fault, FAULT_INPUT,
                             "a quote inside a field that does not begin with "
                             "one; write it as \"\" within quotes");
        }
        if (!take(csv, fault))
            return false;
    }
    return true;
}

/* Fields keep their offset until the record is whole, because the text may move as it grows. */
static bool field(struct csv *csv, struct fault *fault) {
    if (csv->n_fields == CSV_FIELDS_MAX) {
        return fault_set(fault, FAULT_INPUT, "more than %d fields in one record", CSV_FIELDS_MAX);
    }
    if (csv->n_fields == csv->fields_room) {
        struct csv_field *fields = realloc(csv->fields, 2 * csv->fields_room * sizeof *csv->fields);
        if (!fields)
            return fault_memory(fault);
        csv->fields = fields;
        csv->fields_room *= 2;
    }
    struct csv_field *out = &csv->fields[csv->n_fields++];
    out->line = csv->line;
    out->column = csv->column;
    size_t start = csv->used;
    bool in_quotes = csv->at < csv->end && *csv->at == '"';
    if (!(in_quotes ? quoted(csv, fault) : plain(csv, fault)))
        return false;
    if (in_quotes && !at_line_end(csv) && *csv->at != ',') {
        return fault_set(fault, FAULT_INPUT, "text after a closing quote, expected a comma");
    }
    out->length = csv->used - start;
    if (!make_room(csv, 1, fault))
        return false;
    csv->text[csv->used++] = '\0';
    return true;
}

enum csv_result csv_next(struct csv *csv, struct csv_record *out, struct fault *fault) {
    while (csv->at < csv->end && at_line_end(csv))
        skip_line_end(csv);
    if (csv->at == csv->end)
        return CSV_END;
    csv->used = csv->n_fields = csv->record_bytes = 0;
    for (;;) {
        if (!field(csv, fault))
            return CSV_BAD;
        if (at_line_end(csv))
            break;
        skip(csv); /* the comma */
    }
    if (csv->at == csv->end) {
        fault_set(fault, FAULT_INPUT,
                  "the last line has no line end; is the file cut short? Add one if it is whole");
        return CSV_BAD;
    }
    skip_line_end(csv);
    const char *text = csv->text;
    for (size_t i = 0; i < csv->n_fields; i++) {
        csv->fields[i].text = text;
        text += csv->fields[i].length + 1;
    }
    *out = (struct csv_record){csv->fields, csv->n_fields, csv->fields[0].line};
    return CSV_RECORD;
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
