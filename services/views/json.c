#include "services/views/json.h"

#include "core/csv.h"
#include "core/utf8.h"

#include <math.h>
#include <string.h>

void json_text(FILE *out, const char *text) {
    if (!text) {
        (void)fputs("null", out);
        return;
    }
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    (void)fputc('"', out);
    while (at < end) {
        size_t length = utf8_sequence(at, end);
        if (length == 0) {
            (void)fputs("\xef\xbf\xbd", out);
            at++;
            continue;
        }
        if (*at == '"' || *at == '\\')
            (void)fprintf(out, "\\%c", *at);
        else if (*at < ' ' || *at == 127)
            (void)fprintf(out, "\\u%04x", *at);
        else
            (void)fwrite(at, 1, length, out);
        at += length;
    }
    (void)fputc('"', out);
}

void json_number(FILE *out, double number) {
    if (isfinite(number))
        csv_write_number(out, number);
    else
        (void)fputs("null", out);
}

void json_key(FILE *out, const char *key, int first) {
    if (!first)
        (void)fputc(',', out);
    json_text(out, key);
    (void)fputc(':', out);
}
