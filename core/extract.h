/* Observations out of a publisher's file, by a dataset description.
 *
 * The layouts of the description are tried in order; the first whose header is found in a sheet
 * reads that sheet, row by row. A release is accepted whole or refused whole: everything that is
 * wrong is in the problems, with sheet, row and column. */
#ifndef CORE_EXTRACT_H
#define CORE_EXTRACT_H

#include "core/geography.h"
#include "core/header.h"
#include "core/publication.h"
#include "core/release.h"

enum extract_result {
    EXTRACT_DONE,
    EXTRACT_NO_FIT,  /* no layout fits; nothing is added to the problems, report->misfit says why */
    EXTRACT_NOTHING, /* one fits, and no row is meant for this dataset; likewise */
    EXTRACT_REFUSED, /* the problems say why */
};

/* What was read and how: for people who try a description. */
struct extract_report {
    const struct layout *layout; /* NULL: none fits */
    const char *sheet;           /* as publication_sheet_name has it */
    size_t sheet_index;          /* ... and in the book */
    struct header header;        /* lies in the arena that was given */
    size_t rows;                 /* below the header */
    size_t filtered;             /* passed over by where and except */
    size_t without_code;         /* ... because they have no code */
    size_t not_only;             /* ... for codes that `only` leaves out */
    size_t outside;              /* ... for codes that the pack does not know */
    size_t taken;
    bool unreadable; /* the misfit is about the file, whatever the description */
    char found[300]; /* EXTRACT_NOTHING: what the first filter's column holds; "": no filter */
    char misfit[800];
    size_t
        missing; /* columns that the nearest layout misses; beyond counting where it is no table */
};

/* Whether a layout of the description is for a file of this name. */
bool extract_wants(const struct description *description, const char *name);

/* `level` is of the dataset's codes, for names without codes. The report is filled in whatever the
 * result; its header lies in `arena`. */
enum extract_result extract(const struct description *description,
                            const struct geography *geography, const char *level,
                            struct publication *publication, struct arena *arena,
                            struct extract_report *report, struct release **out,
                            struct problems *problems);

#endif
