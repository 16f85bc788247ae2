/* A stream into memory that does not forget when memory ran out (glibc's own does, for a part). */
#ifndef BUS_BUFFER_H
#define BUS_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct buffer {
    char *bytes;
    size_t length, room;
    char waiting[4096]; /* the stream's: what was not put behind the bytes yet */
};

/* NULL: out of memory. The buffer must stay where it is until it is closed. */
FILE *buffer_open(struct buffer *buffer);

/* False: something was lost, and bytes is NULL. Else they are the caller's, ended by a 0. */
bool buffer_close(struct buffer *buffer, FILE *stream);

#endif
