/* A disk that fails when it is told to: an SQLite VFS over the system's own, which becomes the
 * default in every program that this is linked into. It counts what changes a file (writes, syncs,
 * truncations, files made, opened for writing or removed, shared memory made), and lets some fail.
 *
 * A test in the same process sets `faulty` itself. A running hub has MINDEX_FAULTY=FILE in its
 * environment: struct faulty lies in that file, which a test maps, too. */
#ifndef TESTS_DISK_FAULTY_H
#define TESTS_DISK_FAULTY_H

#include <stdint.h>

enum faulty_kind {
    FAULTY_FULL,      /* no space is left */
    FAULTY_IO,        /* an I/O error */
    FAULTY_SHORT,     /* half is written, then an I/O error */
    FAULTY_READ_ONLY, /* the file system has become read-only */
    FAULTY_KINDS
};
enum faulty_where { FAULTY_ANYWHERE, FAULTY_DATABASE, FAULTY_LOG };

struct faulty {
    uint64_t seen;        /* operations so far, where `where` says */
    uint64_t first, last; /* those that fail, counted from 1; first 0: none */
    uint64_t met;         /* failures so far */
    uint32_t kind, where;
};

extern struct faulty *faulty;

/* Counts anew; `first` to `last` will fail. */
static inline void faulty_set(enum faulty_kind kind, enum faulty_where where, uint64_t first,
                              uint64_t last) {
    *faulty = (struct faulty){.kind = kind, .where = where, .first = first, .last = last};
}

/* The disk is well. What it met stays. */
static inline void faulty_mend(void) {
    faulty->first = 0;
}

#endif
