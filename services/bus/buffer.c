#include "services/bus/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static ssize_t put(void *context, const char *bytes, size_t length) {
    struct buffer *buffer = context;
    if (length >= buffer->room - buffer->length) { /* one more for the end */
        if (buffer->room > SIZE_MAX / 2 || length > SIZE_MAX / 2 - buffer->room)
            return 0;
        size_t room = buffer->room * 2 + length;
        char *larger = realloc(buffer->bytes, room);
        if (!larger)
            return 0; /* an error, which the stream remembers */
        buffer->bytes = larger;
        buffer->room = room;
    }
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return (ssize_t)length;
}

FILE *buffer_open(struct buffer *buffer) {
    buffer->length = 0;
    buffer->room = 4096;
    buffer->bytes = malloc(buffer->room);
    FILE *stream =
        buffer->bytes ? fopencookie(buffer, "w", (cookie_io_functions_t){.write = put}) : NULL;
    if (!stream) {
        free(buffer->bytes);
        buffer->bytes = NULL;
        return NULL;
    }
    (void)setvbuf(stream, buffer->waiting, _IOFBF, sizeof buffer->waiting);
    return stream;
}

bool buffer_close(struct buffer *buffer, FILE *stream) {
    bool lost = ferror(stream) != 0;
    if (fclose(stream) == 0 && !lost) {
        buffer->bytes[buffer->length] = '\0';
        return true;
    }
    free(buffer->bytes);
    buffer->bytes = NULL;
    return false;
}
