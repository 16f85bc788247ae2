/* A place on one page, as a file to send on. */
#include "services/cli/report_pdf.h"
#include "services/cli/save.h"
#include "services/cli/session.h"
#include "services/views/place.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool ends(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcasecmp(text + length - tail, end) == 0;
}

/* Whether a PDF is wanted: as told, or by the file's name. */
static int find_format(const struct command_line *line, bool *pdf) {
    const char *format = line->document;
    *pdf = format ? strcmp(format, "pdf") == 0 : ends(line->out, ".pdf");
    if (format && !*pdf && strcmp(format, "html") != 0)
        return command_failed(EXIT_USAGE, "--format is html or pdf, found '%s'", format);
    if (!format && !*pdf && !ends(line->out, ".html") && !ends(line->out, ".htm"))
        return command_failed(EXIT_USAGE,
                              "'%s' tells no format: expected a name that ends in .html or .pdf, "
                              "or --format html or pdf",
                              line->out);
    return EXIT_OK;
}

/* The document, or the picture of it; its text is the caller's. NULL: out of memory. */
static char *write_text(const struct place *place, bool picture, size_t *length) {
    char address[200], *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    (void)snprintf(address, sizeof address, "All of its figures: mindex show %.100s --edition %llu",
                   place_area(place)->code, (unsigned long long)place->view->number);
    if (picture)
        place_write_picture(out, place, address);
    else
        place_write_sheet(out, place, true, address);
    bool fine = ferror(out) == 0;
    if (fclose(out) == 0 && fine)
        return text;
    free(text);
    return NULL;
}

static int write_report(const struct place *place, const struct command_line *line, bool pdf) {
    const struct pdf_maker *maker = pdf ? pdf_maker() : NULL;
    if (pdf && !maker)
        return command_failed(
            EXIT_FAILED, "a PDF is made by chromium or rsvg-convert, and neither is installed: "
                         "'apt-get install librsvg2-bin' (small) or 'apt-get install chromium'; "
                         "or write HTML, which every browser prints");
    size_t length;
    char *text = write_text(place, pdf && maker->picture, &length);
    if (!text)
        return command_failed(EXIT_FAILED, "out of memory");
    int status =
        pdf ? pdf_make(maker, text, length, line->out) : save_file(line->out, text, length);
    free(text);
    return status;
}

static int report(struct viewer *viewer, const struct command_line *line, bool pdf) {
    struct fault fault = {0};
    struct place place;
    viewer_turn(viewer);
    const struct view *view = viewer_edition(viewer, line->edition, &fault);
    if (!view)
        return command_failed(fault.kind == FAULT_INPUT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s",
                              fault.text);
    size_t area = area_or_suggest(view->pack->geography, line->arguments[0]);
    if (area == SIZE_MAX)
        return EXIT_NOT_FOUND;
    int status = place_gather(viewer, view, NULL, area, &place, &fault)
                     ? write_report(&place, line, pdf)
                     : command_failed(EXIT_FAILED, "%s", fault.text);
    place_free(&place);
    return status;
}

int report_command(const struct command_line *line) {
    struct fault fault = {0};
    bool pdf;
    if (!line->out)
        return command_failed(EXIT_USAGE, "--out FILE, the file to write, is needed");
    int status = find_format(line, &pdf);
    if (status == EXIT_OK)
        status = session_reach(&line->places, line->places.hub);
    if (status != EXIT_OK)
        return status;
    struct viewer *viewer = viewer_new(line->places.hub, line->places.key, NULL, &fault);
    status = viewer ? report(viewer, line, pdf) : command_failed(EXIT_FAILED, "%s", fault.text);
    viewer_destroy(&viewer);
    return status;
}
