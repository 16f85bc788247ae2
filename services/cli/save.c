#include "services/cli/save.h"

#include "services/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int save_file(const char *path, const void *bytes, size_t length) {
    char *partial = NULL;
    if (asprintf(&partial, "%s.partial", path) < 0)
        return command_failed(EXIT_FAILED, "out of memory");
    FILE *out = fopen(partial, "wb");
    bool written = out && fwrite(bytes, 1, length, out) == length;
    written = out && fclose(out) == 0 && written;
    written = written && rename(partial, path) == 0;
    int status =
        written ? EXIT_OK : command_failed(EXIT_FAILED, "'%s' cannot be written: %m", path);
    if (!written)
        (void)unlink(partial);
    free(partial);
    return status;
}
