#include "core/publication_schema.h"

#include "core/table_schema_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- finding ---------------------------------------------------------------------------------- */

struct archive_room {
    struct book *book;
    struct arena *arena;
};

static bool find_member(void *who, const char *name, const char **bytes, size_t *length,
                        struct fault *fault) {
    const struct archive_room *room = who;
    char *found = NULL;
    *bytes = NULL;
    if (!book_member(room->book, name, &found, length, fault))
        return false;
    if (!found)
        return true;
    *bytes = arena_copy(room->arena, found, *length);
    free(found);
    return *bytes || fault_memory(fault);
}

/* For each table in an archive. A workbook's sheets are told apart by the schema itself. */
static bool find_inside(struct book *book, struct arena *arena, struct publication_schema *out,
                        struct fault *fault) {
    struct archive_room room = {book, arena};
    const struct schema_beside beside = {find_member, &room};
    const struct table_schema **tables = arena_alloc(arena, book_sheets(book), sizeof *tables);
    if (!tables)
        return fault_memory(fault);
    out->tables = tables;
    for (size_t i = 0; i < book_sheets(book); i++) {
        const struct sheet *sheet = book_sheet(book, i);
        const struct table_schema *found = NULL;
        bool looked = i > 0 && sheet->member == book_sheet(book, i - 1)->member;
        if (!sheet->member || looked)
            continue; /* the sheets of a workbook stand together */
        if (!table_schema_find(sheet->member, beside, arena, &found, fault))
            return false;
        struct table_schema *own = found ? arena_alloc(arena, 1, sizeof *own) : NULL;
        if (found && !own)
            return fault_memory(fault);
        if (!own)
            continue;
        *own = *found;
        own->table = sheet->name ? NULL : sheet->member;
        tables[out->n++] = own;
    }
    return true;
}

bool publication_schema_find(struct publication *publication, struct schema_beside beside,
                             struct arena *arena, struct publication_schema *out,
                             struct fault *fault) {
    struct fault unreadable = {0};
    const struct table_schema *one = NULL;
    *out = (struct publication_schema){0};
    if (beside.find &&
        !table_schema_find(publication_name(publication), beside, arena, &one, fault))
        return false;
    if (one) {
        const struct table_schema **tables = arena_alloc(arena, 1, sizeof *tables);
        if (!tables)
            return fault_memory(fault);
        tables[0] = one;
        *out = (struct publication_schema){tables, 1};
        return true;
    }
    /* What is wrong with the file itself is said when it is read. */
    struct book *book = publication_book(publication, BOOK_UTF8, &unreadable);
    if (!book)
        return unreadable.kind != FAULT_MEMORY || fault_memory(fault);
    return find_inside(book, arena, out, fault);
}

/* --- describing ------------------------------------------------------------------------------- */

struct described {
    struct description description;
    const struct table_schema **schemas; /* of each layout */
};

/* What the dataset's own description says of any file of it. */
static struct description begin(const struct description *own, const struct table_schema *first) {
    struct description out = {.name = first->name, .unit = ""};
    if (own)
        out = *own;
    out.layouts = NULL;
    out.n_layouts = 0;
    return out;
}

static enum schema_fit describe(const struct publication_schema *by, const struct description *own,
                                bool alone, struct arena *arena, struct described *out,
                                struct fault *fault) {
    struct layout *layouts = arena_alloc(arena, by->n, sizeof *layouts);
    struct fault lacking;
    const char *unit;
    size_t n = 0;
    *out = (struct described){.description = begin(own, by->tables[0]),
                              .schemas = arena_alloc(arena, by->n, sizeof *out->schemas)};
    if (!layouts || !out->schemas) {
        (void)fault_memory(fault);
        return SCHEMA_FAILS;
    }
    for (size_t i = 0; i < by->n; i++) {
        enum schema_fit fit =
            table_schema_layout(by->tables[i], own, alone, arena, &layouts[n], &unit, &lacking);
        if (fit == SCHEMA_FAILS || (fit == SCHEMA_LACKS && i == 0))
            *fault = lacking;
        if (fit == SCHEMA_FAILS)
            return fit;
        if (fit == SCHEMA_LACKS)
            continue;
        if (!*out->description.unit)
            out->description.unit = unit;
        out->schemas[n++] = by->tables[i];
    }
    out->description.layouts = layouts;
    out->description.n_layouts = n;
    return n ? SCHEMA_FITS : SCHEMA_LACKS;
}

/* --- checking --------------------------------------------------------------------------------- */

static bool keeps(const struct described *by, struct publication *publication,
                  const struct extract_report *report, struct problems *problems) {
    struct fault fault = {0};
    const struct layout *layout = report->layout;
    const struct problem_place place = {.file = publication_name(publication),
                                        .sheet = *report->sheet ? report->sheet : NULL};
    struct book *book = publication_book(publication, layout->encoding, &fault);
    struct rows *rows = rows_open(book, report->sheet_index, layout->separator, &fault);
    if (!rows)
        return problems_add_at(problems, place, "unreadable", "%s", fault.text);
    bool kept = table_schema_check(by->schemas[layout - by->description.layouts],
                                   &report->header.headings, rows, place, problems);
    rows_destroy(&rows);
    return kept;
}

enum extract_result publication_schema_extract(const struct publication_schema *by,
                                               const struct description *own, bool alone,
                                               const struct geography *geography, const char *level,
                                               struct publication *publication, struct arena *arena,
                                               struct extract_report *report, struct release **out,
                                               struct problems *problems) {
    struct described described;
    struct fault fault = {0};
    *report = (struct extract_report){.missing = SIZE_MAX};
    *out = NULL;
    enum schema_fit fit = describe(by, own, alone, arena, &described, &fault);
    if (fit == SCHEMA_FAILS) {
        problems_add(problems, publication_name(publication), 0, 0, "%s", fault.text);
        return EXTRACT_REFUSED;
    }
    if (fit == SCHEMA_LACKS) {
        (void)snprintf(report->misfit, sizeof report->misfit, "%.590s", fault.text);
        return EXTRACT_NO_FIT;
    }
    enum extract_result result = extract(&described.description, geography, level, publication,
                                         arena, report, out, problems);
    if (result == EXTRACT_DONE && !keeps(&described, publication, report, problems)) {
        release_destroy(out);
        return EXTRACT_REFUSED;
    }
    return result;
}
