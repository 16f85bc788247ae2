#include "core/gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct gzip {
    z_stream stream;
    const unsigned char *end;
    bool over;
};

struct gzip *gzip_new(const void *bytes, size_t length, struct fault *fault) {
    enum { GZIP_ONLY = 16 }; /* added to the window's bits: no zlib header is taken for one */
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (!gzip || inflateInit2(&gzip->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
        free(gzip);
        (void)fault_memory(fault);
        return NULL;
    }
    gzip->stream.next_in = (z_const Bytef *)bytes;
    gzip->end = (const unsigned char *)bytes + length;
    return gzip;
}

void gzip_destroy(struct gzip **gzip) {
    if (!*gzip)
        return;
    (void)inflateEnd(&(*gzip)->stream);
    free(*gzip);
    *gzip = NULL;
}

static bool begin_next(struct gzip *gzip, struct fault *fault) {
    while (gzip->stream.next_in < gzip->end && *gzip->stream.next_in == 0)
        gzip->stream.next_in++;
    gzip->over = gzip->stream.next_in == gzip->end;
    return gzip->over || inflateReset(&gzip->stream) == Z_OK || fault_memory(fault);
}

static bool step(struct gzip *gzip, struct fault *fault) {
    z_stream *stream = &gzip->stream;
    size_t left = (size_t)(gzip->end - stream->next_in);
    stream->avail_in = left > UINT_MAX ? UINT_MAX : (unsigned)left;
    int result = inflate(stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
        return begin_next(gzip, fault);
    if (result == Z_MEM_ERROR)
        return fault_memory(fault);
    if (result == Z_BUF_ERROR ||
        (result == Z_OK && stream->avail_out && stream->next_in == gzip->end))
        return fault_set(fault, FAULT_INPUT, "the gzip file ends too early; is it cut short?");
    if (result != Z_OK) {
        return fault_set(fault, FAULT_INPUT, "the gzip file is damaged: %s",
                         stream->msg ? stream->msg : "it cannot be unpacked");
    }
    return true;
}

bool gzip_read(struct gzip *gzip, void *into, size_t room, size_t *got, struct fault *fault) {
    z_stream *stream = &gzip->stream;
    stream->next_out = into;
    stream->avail_out = room > UINT_MAX ? UINT_MAX : (unsigned)room;
    while (!gzip->over && stream->avail_out > 0) {
        if (!step(gzip, fault))
            return false;
    }
    *got = (size_t)(stream->next_out - (unsigned char *)into);
    return true;
}
