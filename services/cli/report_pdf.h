/* Making a PDF by a program of the machine's that can. */
#ifndef CLI_REPORT_PDF_H
#define CLI_REPORT_PDF_H

#include <stdbool.h>
#include <stddef.h>

struct pdf_maker {
    const char *program;
    bool picture; /* it is given SVG; else HTML */
};

/* The first that is installed: a browser lays out better than we do. NULL: none is. */
const struct pdf_maker *pdf_maker(void);

/* Makes the PDF of the text at `path`, in place of what is there only once it is whole. Says on
 * standard error what is wrong, and returns an exit status. */
int pdf_make(const struct pdf_maker *maker, const char *text, size_t length, const char *path);

#endif
