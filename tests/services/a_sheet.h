/* A sheet with all that there may be: each type and role, missing cells, hostile texts. */
#ifndef TESTS_SERVICES_A_SHEET_H
#define TESTS_SERVICES_A_SHEET_H

#include "services/views/sheet.h"

#include <math.h>

static const struct sheet_column some_columns[] = {
    {"area_code", "Area code", "Code.", NULL, SHEET_TEXT, SHEET_AREA},
    {"area_name", "Area", "Name.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"node", "Node", "Id.", NULL, SHEET_TEXT, SHEET_KEY},
    {"node_name", "Node's name", "Name.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"rank", "Rank", "1 is the most need.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"up", "Up", "Places.", "places", SHEET_SIGNED, SHEET_PLAIN},
    {"score", "Score", "More is more need.", NULL, SHEET_NUMBER, SHEET_PLAIN},
    {"status", "Status", "Why not.", NULL, SHEET_TEXT, SHEET_STATUS},
    {"proxy", "Proxy", "Whether.", NULL, SHEET_TRUTH, SHEET_PLAIN},
    {"when", "When", "Then.", NULL, SHEET_INSTANT, SHEET_PLAIN},
};

enum { SOME_COLUMNS = sizeof some_columns / sizeof *some_columns };

static inline void some_row(struct sheet *sheet, const char *code, const char *name,
                            const char *node, const char *status) {
    sheet_text(sheet, code);
    sheet_text(sheet, name);
    sheet_text(sheet, node);
    sheet_text(sheet, "All of it");
    if (status) {
        sheet_missing(sheet);
        sheet_missing(sheet);
        sheet_number(sheet, NAN);
    } else {
        sheet_count(sheet, 9007199254740991u);
        sheet_signed(sheet, -3);
        sheet_number(sheet, 0.1);
    }
    sheet_text(sheet, status);
    sheet_truth(sheet, !status);
    sheet_instant(sheet, 1764063000123);
}

static inline struct sheet *some_sheet(const struct pack *pack) {
    struct sheet *sheet =
        sheet_new("things", "Things & others", "A \"publisher\"", some_columns, SOME_COLUMNS);
    if (!sheet)
        return NULL;
    const struct sheet_about about = {.edition = 7,
                                      .time_ms = 1764063000000,
                                      .node = "all",
                                      .licence = "A licence",
                                      .pack = pack,
                                      .shapes = pack ? pack->boundaries : NULL};
    sheet_describe(sheet, &about);
    some_row(sheet, "A1", "<script>alert(1)</script>", "all", NULL);
    some_row(sheet, "A2", "=1+1, \"twice\"", "all", "[x]");
    some_row(sheet, "A1", "<script>alert(1)</script>", "pay", "absent");
    some_row(sheet, "A3", "\xc3\x85ngstr\xc3\xb6m\nand \xff more", "pay", NULL);
    return sheet;
}

#endif
