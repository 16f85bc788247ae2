/* Reads every cell of a file by core/book: read_book FILE says how much there was and how long it
 * took, the quickest of --times N (1) readings; --bytes adds the file's bytes up instead, and knows
 * nothing of cells. read_book --cells FILE prints each sheet and cell (tabs, line ends and
 * backslashes escaped), for a test that compares them with another reader's. --windows-1252 is the
 * encoding. */
#include "core/book.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct totals {
    uint64_t rows, cells, bytes;
};

static void print_text(const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '\t':
            (void)fputs("\\t", stdout);
            break;
        case '\n':
            (void)fputs("\\n", stdout);
            break;
        case '\r':
            (void)fputs("\\r", stdout);
            break;
        case '\\':
            (void)fputs("\\\\", stdout);
            break;
        default:
            (void)putchar(*text);
        }
    }
}

static void print_sheet(const struct sheet *sheet) {
    printf("sheet\t");
    print_text(sheet->member ? sheet->member : "");
    printf("\t%s\t", sheet->hidden ? "hidden" : "shown");
    print_text(sheet->name ? sheet->name : "");
    printf("\n");
}

static void print_row(const struct row *row) {
    static const char *const kinds[] = {"text", "number", "date", "boolean", "error"};
    for (size_t i = 0; i < row->count; i++) {
        const struct cell *cell = &row->cells[i];
        printf("%ju\t%u\t%s\t", (uintmax_t)row->number, cell->column, kinds[cell->kind]);
        print_text(cell->text);
        printf("\n");
    }
}

static bool read_sheet(struct book *book, size_t sheet, bool print, struct totals *totals,
                       struct fault *fault) {
    struct rows *rows = rows_open(book, sheet, 0, fault);
    if (!rows)
        return false;
    struct row row;
    enum rows_result result;
    while ((result = rows_next(rows, &row, fault)) == ROWS_ROW) {
        totals->rows++;
        totals->cells += row.count;
        for (size_t i = 0; i < row.count; i++)
            totals->bytes += row.cells[i].length;
        if (print)
            print_row(&row);
    }
    if (result == ROWS_BAD) {
        (void)fault_within(fault, "row %ju, column %ju", (uintmax_t)rows_number(rows),
                           (uintmax_t)rows_column(rows));
    }
    rows_destroy(&rows);
    return result == ROWS_END;
}

static double now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* In kB. Not by getrusage, whose figure begins with that of the process that started this one. */
static long peak_memory(void) {
    long peak = 0;
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        (void)sscanf(line, "VmHWM: %ld", &peak);
    if (status)
        (void)fclose(status);
    return peak;
}

struct options {
    bool print, bytes;
    long times;
    enum book_encoding encoding;
};

static bool read_all(const char *name, const void *bytes, size_t length,
                     const struct options *options, struct totals *totals, struct fault *fault) {
    struct book *book = book_open(name, bytes, length, options->encoding, fault);
    bool fine = book != NULL;
    for (size_t i = 0; fine && i < book_sheets(book); i++) {
        if (options->print)
            print_sheet(book_sheet(book, i));
        fine = read_sheet(book, i, options->print, totals, fault);
    }
    book_destroy(&book);
    return fine;
}

/* The least that any reader does: each byte comes from the kernel and is looked at. */
static bool read_bytes(const char *name, struct totals *totals, struct fault *fault) {
    uint64_t block[8192];
    ssize_t got;
    int file = open(name, O_RDONLY | O_CLOEXEC);
    while ((got = file < 0 ? -1 : read(file, block, sizeof block)) > 0) {
        for (size_t i = 0; i < (size_t)got / sizeof *block; i++)
            totals->cells += block[i];
        totals->bytes += (uint64_t)got;
    }
    if (file >= 0)
        (void)close(file);
    return got == 0 || fault_set(fault, FAULT_SYSTEM, "the file cannot be read");
}

static bool measure(const char *name, const void *bytes, size_t length,
                    const struct options *options, struct fault *fault) {
    struct totals totals = {0};
    double least = 0.0;
    for (long i = 0; i < options->times; i++) {
        double began = now();
        totals = (struct totals){0};
        if (!(options->bytes ? read_bytes(name, &totals, fault)
                             : read_all(name, bytes, length, options, &totals, fault)))
            return false;
        double took = now() - began;
        least = i == 0 || took < least ? took : least;
    }
    if (!options->print)
        printf("{\"rows\": %ju, \"cells\": %ju, \"bytes\": %ju, \"seconds\": %.6f, \"kB\": %ld}\n",
               (uintmax_t)totals.rows, (uintmax_t)totals.cells, (uintmax_t)totals.bytes, least,
               peak_memory());
    return true;
}

int main(int count, char **words) {
    struct options options = {.times = 1, .encoding = BOOK_UTF8};
    for (; count > 2; count--, words++) {
        options.print = options.print || strcmp(words[1], "--cells") == 0;
        options.bytes = options.bytes || strcmp(words[1], "--bytes") == 0;
        if (strcmp(words[1], "--windows-1252") == 0)
            options.encoding = BOOK_WINDOWS_1252;
        if (strcmp(words[1], "--times") == 0 && count > 3) {
            options.times = strtol(words[2], NULL, 10);
            count--, words++;
        }
    }
    struct stat info;
    int file = count == 2 ? open(words[1], O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0 || fstat(file, &info) != 0) {
        (void)fputs("read_book [--windows-1252] [--cells | --bytes] [--times N] FILE\n", stderr);
        return 2;
    }
    size_t length = (size_t)info.st_size;
    void *bytes = length ? mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
    (void)close(file);
    if (length && bytes == MAP_FAILED) {
        (void)fputs("the file cannot be mapped\n", stderr);
        return 2;
    }
    struct fault fault = {0};
    if (!measure(words[1], length ? bytes : "", length, &options, &fault)) {
        (void)fprintf(stderr, "%s: %s\n", words[1], fault.text);
        return 1;
    }
    return 0;
}
