/* How long connections may take: to ask, and to take the answer. A connection that has had its time
 * is cut, so that those who are slow on purpose do not keep others out. */
#ifndef PUBLISHING_PATIENCE_H
#define PUBLISHING_PATIENCE_H

#include "core/fault.h"

#include <stddef.h>
#include <stdint.h>

struct patience;
struct line; /* of one connection */

enum { PATIENCE_FOR_EVER = -1 };

struct patience *patience_new(struct fault *fault); /* with a thread that looks each second */
void patience_destroy(struct patience **patience);

/* A connection at that socket, which must stay open until patience_end. NULL: out of memory, and
 * the connection may take as long as it likes. */
struct line *patience_begin(struct patience *patience, int socket, int64_t ms);
void patience_end(struct patience *patience, struct line *line);

/* From now on it has so long. */
void patience_give(struct patience *patience, struct line *line, int64_t ms);

size_t patience_lines(struct patience *patience); /* connections that there are */
uint64_t patience_cut(struct patience *patience); /* that were cut */

#endif
