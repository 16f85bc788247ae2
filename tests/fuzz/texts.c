/* Short texts: the first byte says what they are read as. */
#include "core/marks.h"
#include "core/names.h"
#include "core/number.h"
#include "core/period.h"
#include "core/plain_text.h"
#include "core/serial_date.h"
#include "core/utf8.h"
#include "services/bus/instant.h"
#include "services/bus/text.h"
#include "tests/fuzz/small.h"

#include <math.h>
#include <stdio.h>

static void try_numbers(const char *text, size_t length) {
    double value;
    unsigned long whole;
    if (number_read(text, length, &value))
        fuzz_check(isfinite(value) && length <= 64);
    if (number_whole(text, length, 3, 300, &whole))
        fuzz_check(whole >= 3 && whole <= 300);
}

static void try_marks(const char *text, size_t length) {
    static const struct mark own[] = {{"()", MEANS_NEGATIVE}, {"x", MEANS_LOW}};
    static const struct marks ways[] = {
        {0}, {own, 2, 0, 0}, {NULL, 0, ',', 0}, {NULL, 0, '.', ' '}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (int kind = 0; kind < 2; kind++) {
            struct figure figure = {0};
            const char *expected = NULL;
            bool read = marks_read(&ways[i], text, length, kind ? CELL_NUMBER : CELL_TEXT, &figure,
                                   &expected);
            fuzz_check(read || expected);
            if (read)
                fuzz_check((int)figure.status < STATUS_COUNT && isfinite(figure.value));
            if (read && !marks_qualify(&ways[i], text, length, kind, &figure, &expected))
                fuzz_check(expected != NULL);
        }
    }
}

static void try_period(const char *text, size_t length) {
    int32_t key, day;
    if (period_key(text, length, &key))
        fuzz_check(key > 0 && key % 100 >= 1 && key % 100 <= 31);
    fuzz_check(period_length(text, length) <= length);
    (void)day_read(text, length, &day);
}

static void try_names(const char *text) {
    static struct names *names;
    struct fault fault = {0};
    const struct geography *geography = fuzz_pack()->geography;
    if (!names)
        names = names_new(geography, &fault);
    fuzz_check(names != NULL);
    if (names_code(names, text, "lad", &fault) == SIZE_MAX)
        fuzz_refused(&fault);
    if (names_area(names, text, &fault) == SIZE_MAX)
        fuzz_refused(&fault);
    (void)geography_code(geography, text);
    (void)geography_area(geography, text);
    for (int kind = 0; kind < 2; kind++) {
        char plain[NAME_MAX_BYTES + 1];
        names_plain(text, kind, plain);
        fuzz_check(strlen(plain) <= NAME_MAX_BYTES);
    }
}

static void try_plain(const char *text, size_t length) {
    for (size_t room = 1; room < 40; room += 19) {
        char out[64];
        if (plain_text(text, length, out, room))
            fuzz_check(strlen(out) < room);
        plain_label(text, length, out, room);
        fuzz_check(strlen(out) < room);
        plain_heading(text, length, out, room);
        fuzz_check(strlen(out) < room);
    }
    (void)format_is_date(text);
    (void)plain_matches(text, "gross value added per hour worked in pounds");
}

static void try_instant(const char *text) {
    struct fault fault = {0};
    uint64_t ms, again;
    char written[INSTANT_TEXT];
    if (!instant_read(text, &ms, &fault)) {
        fuzz_refused(&fault);
        return;
    }
    fuzz_check(instant_read(instant_write(ms, written), &again, &fault) && again == ms);
}

static void try_date(const char *text, size_t length) {
    double days = 0;
    char out[SERIAL_DATE_ROOM];
    memcpy(&days, text, length < sizeof days ? length : sizeof days);
    for (int from = 0; from < 2; from++) {
        if (serial_date(days, from, out))
            fuzz_check(strlen(out) >= 10 && strlen(out) < sizeof out);
    }
    char time[INSTANT_TEXT];
    (void)instant_write((uint64_t)(length ? (unsigned char)*text : 0) << 56, time);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0)
        return 0;
    size_t n = length - 1;
    char *text = malloc(n + 1);
    fuzz_check(text != NULL);
    memcpy(text, bytes + 1, n);
    text[n] = '\0';
    switch (bytes[0] % 7) {
    case 0:
        try_numbers(text, n);
        break;
    case 1:
        try_marks(text, n);
        break;
    case 2:
        try_period(text, n);
        break;
    case 3:
        try_names(text);
        break;
    case 4:
        try_plain(text, n);
        break;
    case 5:
        try_instant(text);
        break;
    default:
        try_date(text, n);
    }
    free(text);
    return 0;
}
