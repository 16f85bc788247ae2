#include "core/book_kind.h"
#include "core/book_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PEEK = 4096 }; /* bytes by which to know a packed file's kind */

static bool has_ending(const char *name, const char *const *endings) {
    const char *dot = strrchr(name, '.');
    for (; dot && *endings; endings++) {
        if (strcasecmp(dot + 1, *endings) == 0)
            return true;
    }
    return false;
}

static const char *const text_endings[] = {"csv", "tsv", "tab", NULL};
static const char *const workbook_endings[] = {"xlsx", "xlsm", "xltx", "ods", "ots", NULL};
static const char *const archive_endings[] = {"zip", "gz",  "tgz", "tar", "7z",
                                              "rar", "bz2", "xz",  NULL};

static bool add_sheet(struct book *book, struct sheet sheet, size_t part, size_t index,
                      struct fault *fault) {
    if (book->n_sheets == BOOK_SHEETS_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d sheets", BOOK_SHEETS_MAX);
    if (book->n_sheets == book->sheets_room) {
        size_t room = book->sheets_room ? 2 * book->sheets_room : 16;
        void *sheets = realloc(book->sheets, room * sizeof *book->sheets);
        if (sheets)
            book->sheets = sheets;
        void *places = realloc(book->places, room * sizeof *book->places);
        if (places)
            book->places = places;
        if (!sheets || !places)
            return fault_memory(fault);
        book->sheets_room = room;
    }
    book->places[book->n_sheets].part = part;
    book->places[book->n_sheets].index = index;
    book->sheets[book->n_sheets++] = sheet;
    return true;
}

static struct part *add_part(struct book *book, enum part_kind kind, size_t member) {
    struct part *part = &book->parts[book->n_parts++];
    *part = (struct part){.kind = kind, .member = member};
    return part;
}

static const char *part_name(const struct book *book, const struct part *part) {
    return book->archive ? archive_name(book->archive, part->member) : NULL;
}

static bool add_sheets(struct book *book, const struct part *part, struct fault *fault) {
    size_t index = (size_t)(part - book->parts);
    const char *member = part_name(book, part);
    if (part->kind == PART_CSV)
        return add_sheet(book, (struct sheet){.member = member}, index, 0, fault);
    size_t count = part->xlsx ? xlsx_sheets(part->xlsx) : ods_tables(part->ods);
    for (size_t i = 0; i < count; i++) {
        struct sheet sheet = {.member = member};
        sheet.name = part->xlsx ? xlsx_sheet_name(part->xlsx, i) : ods_table_name(part->ods, i);
        sheet.hidden =
            part->xlsx ? xlsx_sheet_hidden(part->xlsx, i) : ods_table_hidden(part->ods, i);
        if (!add_sheet(book, sheet, index, i, fault))
            return false;
    }
    return true;
}

/* Whether the archive is a spreadsheet of OpenDocument; another of its documents is a fault. */
static bool is_ods(struct archive *archive, bool *yes, struct fault *fault) {
    static const char family[] = "application/vnd.oasis.opendocument.";
    static const char spreadsheet[] = "spreadsheet";
    char type[128] = "";
    size_t got = 0;
    int64_t member = archive_find(archive, "mimetype");
    *yes = false;
    if (member == ARCHIVE_NONE)
        return true;
    struct unpacking *from = archive_unpack(archive, (size_t)member, fault);
    bool fine = from && unpacking_read(from, type, sizeof type - 1, &got, fault);
    unpacking_destroy(&from);
    if (!fine)
        return false;
    if (strncmp(type, family, sizeof family - 1) != 0)
        return true;
    *yes = strncmp(type + sizeof family - 1, spreadsheet, sizeof spreadsheet - 1) == 0;
    return *yes || fault_set(fault, FAULT_INPUT,
                             "is a document of OpenDocument but no spreadsheet; expected .ods");
}

/* Opens the part's archive as the workbook that it is; neither: both stay NULL, without a fault. */
static bool open_package(struct part *part, struct archive *archive, struct fault *fault) {
    bool ods;
    if (archive_find(archive, "[Content_Types].xml") != ARCHIVE_NONE) {
        part->kind = PART_XLSX;
        part->xlsx = xlsx_open(archive, fault);
        return part->xlsx != NULL;
    }
    if (!is_ods(archive, &ods, fault))
        return false;
    if (ods) {
        part->kind = PART_ODS;
        part->ods = ods_open(archive, fault);
    }
    return !ods || part->ods;
}

/* A workbook out of an archive or gzip, which is then held in memory. */
static bool open_packed(struct book *book, struct part *part, struct unpacking *from,
                        struct fault *fault) {
    size_t length;
    if (!unpacking_all(from, BOOK_STRINGS_MAX - book->held, &part->held, &length, fault))
        return false;
    book->held += length;
    enum book_kind kind = book_kind(part->held, length, fault);
    if (kind == BOOK_IS_OTHER)
        return false;
    if (kind != BOOK_IS_ZIP)
        return fault_set(fault, FAULT_INPUT, "is no workbook; expected .xlsx or .ods");
    part->archive = archive_open(part->held, length, &book->budget, fault);
    if (!part->archive || !open_package(part, part->archive, fault))
        return false;
    return part->xlsx || part->ods ||
           fault_set(fault, FAULT_INPUT,
                     "is an archive inside an archive; unpack the outer one first");
}

/* A text out of an archive must look like one before anything is read. */
static bool check_text(struct unpacking *from, struct fault *fault) {
    char bytes[PEEK];
    size_t got;
    if (!unpacking_read(from, bytes, sizeof bytes, &got, fault))
        return false;
    enum book_kind kind = book_kind(bytes, got, fault);
    if (kind == BOOK_IS_ZIP || kind == BOOK_IS_GZIP)
        return fault_set(fault, FAULT_INPUT, "is packed itself; expected CSV");
    return kind == BOOK_IS_TEXT;
}

static bool open_member(struct book *book, size_t member, struct fault *fault) {
    const char *name = archive_name(book->archive, member);
    bool workbook = has_ending(name, workbook_endings);
    if (!workbook && !has_ending(name, text_endings))
        return true;
    struct unpacking *from = archive_unpack(book->archive, member, fault);
    if (!from)
        return false;
    struct part *part = add_part(book, PART_CSV, member);
    bool fine = workbook ? open_packed(book, part, from, fault) : check_text(from, fault);
    unpacking_destroy(&from);
    return fine ? add_sheets(book, part, fault) : fault_within(fault, "'%.200s'", name);
}

/* What systems put beside the files that somebody packed. */
static bool is_litter(const char *name) {
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    return *base == '\0' || *base == '.' || strncmp(name, "__MACOSX/", 9) == 0;
}

static bool open_members(struct book *book, struct fault *fault) {
    const char *other = NULL;
    for (size_t i = 0; i < archive_members(book->archive); i++) {
        const char *name = archive_name(book->archive, i);
        if (is_litter(name))
            continue;
        if (has_ending(name, archive_endings)) {
            return fault_set(fault, FAULT_INPUT,
                             "holds the archive '%.200s'; unpack the outer one first", name);
        }
        if (!open_member(book, i, fault))
            return false;
        other = other ? other : name;
    }
    return book->n_sheets > 0 ||
           fault_set(fault, FAULT_INPUT, "is an archive without a CSV, XLSX or ODS file%s%.200s%s",
                     other ? "; it holds '" : "", other ? other : "", other ? "'" : "");
}

static bool new_parts(struct book *book, size_t count, struct fault *fault) {
    book->parts = calloc(count + 1, sizeof *book->parts);
    return book->parts || fault_memory(fault);
}

static bool open_zip(struct book *book, struct fault *fault) {
    struct archive *archive = archive_open(book->bytes, book->length, &book->budget, fault);
    if (!archive)
        return false;
    struct part *part = NULL;
    if (!new_parts(book, archive_members(archive), fault)) {
        archive_destroy(&archive);
        return false;
    }
    part = add_part(book, PART_XLSX, 0);
    part->archive = archive;
    if (!open_package(part, archive, fault))
        return false;
    if (part->xlsx || part->ods)
        return add_sheets(book, part, fault);
    part->archive = NULL;
    book->n_parts = 0;
    book->archive = archive;
    return open_members(book, fault);
}

static bool open_gzip(struct book *book, struct fault *fault) {
    char bytes[PEEK];
    size_t got;
    if (!new_parts(book, 1, fault))
        return false;
    struct part *part = add_part(book, PART_CSV, 0);
    struct unpacking *from = gzip_unpack(book->bytes, book->length, book->budget, fault);
    bool fine = from && unpacking_read(from, bytes, sizeof bytes, &got, fault);
    unpacking_destroy(&from);
    if (!fine)
        return false;
    switch (book_kind(bytes, got, fault)) {
    case BOOK_IS_TEXT:
        book->gzip = true;
        return add_sheets(book, part, fault);
    case BOOK_IS_GZIP:
        return fault_set(fault, FAULT_INPUT, "is gzip inside gzip; unpack the outer one first");
    case BOOK_IS_OTHER:
        return false;
    case BOOK_IS_ZIP:
        break;
    }
    from = gzip_unpack(book->bytes, book->length, book->budget, fault);
    fine = from && open_packed(book, part, from, fault);
    unpacking_destroy(&from);
    return fine && add_sheets(book, part, fault);
}

static bool open_text(struct book *book, const char *name, struct fault *fault) {
    if (book->length == 0)
        return fault_set(fault, FAULT_INPUT, "is empty");
    if (has_ending(name, workbook_endings)) {
        return fault_set(fault, FAULT_INPUT,
                         "is no workbook whatever its name says; is it cut short or damaged?");
    }
    return new_parts(book, 1, fault) && add_sheets(book, add_part(book, PART_CSV, 0), fault);
}

static bool open_kind(struct book *book, const char *name, struct fault *fault) {
    switch (book_kind(book->bytes, book->length, fault)) {
    case BOOK_IS_ZIP:
        return open_zip(book, fault);
    case BOOK_IS_GZIP:
        return open_gzip(book, fault);
    case BOOK_IS_TEXT:
        return open_text(book, name, fault);
    case BOOK_IS_OTHER:
        break;
    }
    return false;
}

struct book *book_open(const char *name, const void *bytes, size_t length,
                       enum book_encoding encoding, struct fault *fault) {
    struct book *book = calloc(1, sizeof *book);
    if (!book) {
        (void)fault_memory(fault);
        return NULL;
    }
    book->bytes = bytes;
    book->length = length;
    book->encoding = encoding;
    book->budget = BOOK_UNPACKED_MAX;
    if (!open_kind(book, name, fault))
        book_destroy(&book);
    return book;
}

void book_destroy(struct book **book) {
    if (!*book)
        return;
    for (size_t i = 0; i < (*book)->n_parts; i++) {
        struct part *part = &(*book)->parts[i];
        xlsx_destroy(&part->xlsx);
        ods_destroy(&part->ods);
        archive_destroy(&part->archive);
        free(part->held);
    }
    archive_destroy(&(*book)->archive);
    free((*book)->parts);
    free((*book)->sheets);
    free((*book)->places);
    free(*book);
    *book = NULL;
}

size_t book_sheets(const struct book *book) {
    return book->n_sheets;
}

const struct sheet *book_sheet(const struct book *book, size_t index) {
    return &book->sheets[index];
}

bool book_member(struct book *book, const char *name, char **bytes, size_t *length,
                 struct fault *fault) {
    *bytes = NULL;
    *length = 0;
    int64_t member = book->archive ? archive_find(book->archive, name) : ARCHIVE_NONE;
    if (member == ARCHIVE_NONE)
        return true;
    struct unpacking *from = archive_unpack(book->archive, (size_t)member, fault);
    bool fine = from && unpacking_all(from, BOOK_STRINGS_MAX, bytes, length, fault);
    unpacking_destroy(&from);
    return fine;
}
