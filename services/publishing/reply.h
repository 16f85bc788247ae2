/* What is sent for an answer: made once, with its compressed form, and sent to whoever asks. */
#ifndef PUBLISHING_REPLY_H
#define PUBLISHING_REPLY_H

#include "services/publishing/http_headers.h"
#include "services/publishing/http_request.h"
#include "services/views/assets.h"

#include <microhttpd.h>

struct reply {
    unsigned references;
    unsigned status;
    enum freshness freshness;
    char etag[ETAG_TEXT], gzip_etag[ETAG_TEXT]; /* with their quotes; "": none */
    struct MHD_Response *whole, *gzip;          /* gzip NULL: it would not be smaller */
    struct MHD_Response *same, *same_gzip;      /* for who has it already; NULL: without etag */
    const char *body;                           /* whole's */
    size_t length;
    size_t bytes; /* of memory */
};

/* Takes the answer's body. NULL: out of memory. */
struct reply *reply_new(struct answer *answer, const struct asked *asked);
/* Of a file that is part of the program; `for_ever`: asked for by its hash. */
struct reply *reply_of_asset(const struct asset *asset, bool for_ever);

struct reply *reply_keep(struct reply *reply);
void reply_drop(struct reply **reply);

/* Sends it, whole or in the way that the connection's headers let it be sent in. *status: what was
 * sent. */
enum MHD_Result reply_send(const struct reply *reply, struct MHD_Connection *connection,
                           unsigned *status);

/* The headers of a stream of events. */
bool reply_stream_headers(struct MHD_Response *response, const struct asked *asked);

#endif
