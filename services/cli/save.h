/* Writing a file that somebody asked for. */
#ifndef CLI_SAVE_H
#define CLI_SAVE_H

#include <stddef.h>

/* In place of what is there only once it is whole. Says on standard error what is wrong, and
 * returns an exit status. */
int save_file(const char *path, const void *bytes, size_t length);

#endif
