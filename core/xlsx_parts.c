#include "core/xlsx_parts.h"
#include "core/serial_date.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

const char *xlsx_local(const char *name) {
    static const char transitional[] = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    static const char strict[] = "http://purl.oclc.org/ooxml/spreadsheetml/main";
    const char *local = xml_local(name, transitional, sizeof transitional - 1);
    return local ? local : xml_local(name, strict, sizeof strict - 1);
}

const char *xlsx_attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2) {
        if (strcmp(*attributes, name) == 0)
            return attributes[1];
    }
    return NULL;
}

/* The character of "_xHHHH_" at `text`, or 0. */
static uint32_t escaped(const char *text, size_t length) {
    enum { ESCAPE = 7 };
    if (length < ESCAPE || text[0] != '_' || text[1] != 'x' || text[ESCAPE - 1] != '_')
        return 0;
    uint32_t character = 0;
    for (int i = 2; i < ESCAPE - 1; i++) {
        static const char digits[] = "0123456789abcdef";
        int letter = text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i];
        const char *digit = letter ? strchr(digits, letter) : NULL;
        if (!digit)
            return 0;
        character = character << 4 | (uint32_t)(digit - digits);
    }
    return character;
}

size_t xlsx_unescape(char *text, size_t length) {
    char *at = memchr(text, '_', length), *end = text + length;
    if (!at)
        return length;
    char *to = at;
    while (at < end) {
        uint32_t character = escaped(at, (size_t)(end - at));
        size_t written = character ? utf8_write(character, to) : 0; /* a surrogate stays as it is */
        if (written) {
            at += 7;
            to += written;
        } else {
            *to++ = *at++;
        }
    }
    return (size_t)(to - text);
}

struct strings_reading {
    struct xlsx_strings *strings;
    struct xml *xml;
    bool in_text;
    unsigned phonetic; /* depth of the rPh that it is in; 0: none */
};

static bool grow(void **what, size_t *room, size_t needed, size_t size, struct fault *fault) {
    if (needed <= *room)
        return true;
    size_t more = *room ? *room : 1024;
    while (more < needed)
        more *= 2;
    void *grown = realloc(*what, more * size);
    if (!grown)
        return fault_memory(fault);
    *what = grown;
    *room = more;
    return true;
}

/* Room for `more` bytes and one start. */
static bool strings_room(struct xlsx_strings *strings, size_t more, struct fault *fault) {
    size_t needed = strings->used + more + 1;
    if (needed + (strings->count + 2) * sizeof *strings->starts > BOOK_STRINGS_MAX) {
        return fault_set(fault, FAULT_INPUT, "more than %d bytes of shared strings",
                         BOOK_STRINGS_MAX);
    }
    void *text = strings->text, *starts = strings->starts;
    bool fine =
        grow(&text, &strings->room, needed, 1, fault) &&
        grow(&starts, &strings->starts_room, strings->count + 2, sizeof *strings->starts, fault);
    strings->text = text;
    strings->starts = starts;
    return fine;
}

static void strings_start(void *context, const char *name, const char **attributes) {
    struct strings_reading *reading = context;
    (void)attributes;
    const char *local = xlsx_local(name);
    unsigned depth = xml_depth(reading->xml);
    if (!local || depth < 3)
        return;
    /* si/t, or si/r/t of rich text */
    if (strcmp(local, "t") == 0)
        reading->in_text = !reading->phonetic && depth <= 4;
    else if (strcmp(local, "rPh") == 0 && !reading->phonetic)
        reading->phonetic = depth;
}

static void strings_end(void *context, const char *name) {
    struct strings_reading *reading = context;
    struct xlsx_strings *strings = reading->strings;
    unsigned depth = xml_depth(reading->xml);
    reading->in_text = false;
    if (depth == reading->phonetic)
        reading->phonetic = 0;
    const char *local = depth == 2 ? xlsx_local(name) : NULL;
    if (!local || strcmp(local, "si") != 0)
        return;
    struct fault fault;
    if (!strings_room(strings, 0, &fault)) {
        xml_refuse(reading->xml, &fault);
        return;
    }
    size_t start = strings->starts[strings->count];
    strings->used = start + xlsx_unescape(strings->text + start, strings->used - start);
    strings->text[strings->used++] = '\0';
    strings->starts[++strings->count] = (uint32_t)strings->used;
}

static void strings_text(void *context, const char *text, size_t length) {
    struct strings_reading *reading = context;
    struct xlsx_strings *strings = reading->strings;
    if (!reading->in_text)
        return;
    struct fault fault;
    bool fine = strings_room(strings, length, &fault);
    if (fine && strings->used + length - strings->starts[strings->count] > BOOK_CELL_MAX)
        fine = fault_set(&fault, FAULT_INPUT, "a string longer than %d bytes", BOOK_CELL_MAX);
    if (!fine) {
        xml_refuse(reading->xml, &fault);
        return;
    }
    memcpy(strings->text + strings->used, text, length);
    strings->used += length;
}

bool xlsx_read_strings(struct archive *archive, size_t member, struct xlsx_strings *strings,
                       struct fault *fault) {
    static const struct xml_handlers handlers = {strings_start, strings_end, strings_text};
    struct strings_reading reading = {.strings = strings};
    if (!strings_room(strings, 0, fault))
        return false;
    strings->starts[0] = 0;
    return xml_read(archive, member, &handlers, &reading, &reading.xml, fault);
}

void xlsx_free_strings(struct xlsx_strings *strings) {
    free(strings->text);
    free(strings->starts);
    *strings = (struct xlsx_strings){0};
}

struct number_format {
    unsigned number;
    bool is_date;
};

struct styles_reading {
    struct xlsx_styles *styles;
    struct xml *xml;
    bool in_formats;               /* of cells */
    struct number_format *formats; /* of the file's own, by number */
    size_t count, room;
};

enum { STYLES_MAX = 1 << 16 }; /* Excel has at most 65490 */

static bool shows_date(const struct styles_reading *reading, unsigned number) {
    for (size_t i = 0; i < reading->count; i++) {
        if (reading->formats[i].number == number)
            return reading->formats[i].is_date;
    }
    return format_number_is_date(number);
}

static unsigned number_of(const char *text) {
    return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static bool add_format(struct styles_reading *reading, const char **attributes,
                       struct fault *fault) {
    const char *code = xlsx_attribute(attributes, "formatCode");
    if (reading->count == STYLES_MAX / 16)
        return fault_set(fault, FAULT_INPUT, "more than %d number formats", STYLES_MAX / 16);
    void *formats = reading->formats;
    bool fine = grow(&formats, &reading->room, reading->count + 1, sizeof *reading->formats, fault);
    reading->formats = formats;
    if (fine) {
        reading->formats[reading->count++] = (struct number_format){
            number_of(xlsx_attribute(attributes, "numFmtId")), code && format_is_date(code)};
    }
    return fine;
}

static bool add_style(struct styles_reading *reading, const char **attributes,
                      struct fault *fault) {
    struct xlsx_styles *styles = reading->styles;
    if (styles->count == STYLES_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d cell formats", STYLES_MAX);
    void *is_date = styles->is_date;
    bool fine = grow(&is_date, &styles->room, styles->count + 1, sizeof *styles->is_date, fault);
    styles->is_date = is_date;
    if (fine) {
        styles->is_date[styles->count++] =
            shows_date(reading, number_of(xlsx_attribute(attributes, "numFmtId")));
    }
    return fine;
}

static void styles_start(void *context, const char *name, const char **attributes) {
    struct styles_reading *reading = context;
    const char *local = xlsx_local(name);
    unsigned depth = xml_depth(reading->xml);
    struct fault fault;
    bool fine = true;
    if (depth == 2)
        reading->in_formats = local && strcmp(local, "cellXfs") == 0;
    if (local && depth == 3 && reading->in_formats && strcmp(local, "xf") == 0)
        fine = add_style(reading, attributes, &fault);
    else if (local && depth == 3 && strcmp(local, "numFmt") == 0)
        fine = add_format(reading, attributes, &fault);
    if (!fine)
        xml_refuse(reading->xml, &fault);
}

static void styles_end(void *context, const char *name) {
    (void)context, (void)name;
}

static void styles_text(void *context, const char *text, size_t length) {
    (void)context, (void)text, (void)length;
}

bool xlsx_read_styles(struct archive *archive, size_t member, struct xlsx_styles *styles,
                      struct fault *fault) {
    static const struct xml_handlers handlers = {styles_start, styles_end, styles_text};
    struct styles_reading reading = {.styles = styles};
    bool fine = xml_read(archive, member, &handlers, &reading, &reading.xml, fault);
    free(reading.formats);
    return fine;
}
