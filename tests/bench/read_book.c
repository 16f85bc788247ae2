/* Reads every cell of a file by core/book: read_book FILE says how much there was and how long it
 * took, read_book --cells FILE prints each sheet and cell (tabs, line ends and backslashes
 * escaped), for a test that compares them with another reader's. --windows-1252 is the encoding. */
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

static bool read_all(const char *name, const void *bytes, size_t length, bool print,
                     enum book_encoding encoding, struct fault *fault) {
    double began = now();
    struct totals totals = {0};
    struct book *book = book_open(name, bytes, length, encoding, fault);
    bool fine = book != NULL;
    for (size_t i = 0; fine && i < book_sheets(book); i++) {
        if (print)
            print_sheet(book_sheet(book, i));
        fine = read_sheet(book, i, print, &totals, fault);
    }
    book_destroy(&book);
    if (fine && !print) {
        printf("{\"rows\": %ju, \"cells\": %ju, \"bytes\": %ju, \"seconds\": %.6f, \"kB\": %ld}\n",
               (uintmax_t)totals.rows, (uintmax_t)totals.cells, (uintmax_t)totals.bytes,
               now() - began, peak_memory());
    }
    return fine;
}

int main(int count, char **words) {
    bool print = false;
    enum book_encoding encoding = BOOK_UTF8;
    for (; count > 2; count--, words++) {
        print = print || strcmp(words[1], "--cells") == 0;
        encoding = strcmp(words[1], "--windows-1252") == 0 ? BOOK_WINDOWS_1252 : encoding;
    }
    struct stat info;
    int file = count == 2 ? open(words[1], O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0 || fstat(file, &info) != 0) {
        (void)fputs("read_book [--windows-1252] [--cells] FILE\n", stderr);
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
    if (!read_all(words[1], length ? bytes : "", length, print, encoding, &fault)) {
        (void)fprintf(stderr, "%s: %s\n", words[1], fault.text);
        return 1;
    }
    return 0;
}
