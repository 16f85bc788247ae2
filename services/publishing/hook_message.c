#include "services/publishing/hook_message.h"

#include "services/bus/buffer.h"
#include "services/bus/cloudevent.h"
#include "services/bus/json_write.h"

#include <inttypes.h>
#include <stdlib.h>

/* Takes the body over. */
static struct hook_message *message_new(char *body, size_t length, uint64_t first, uint64_t last) {
    struct hook_message *message = body ? calloc(1, sizeof *message) : NULL;
    if (!message) {
        free(body);
        return NULL;
    }
    message->body = body;
    message->length = length;
    message->first = first;
    message->last = last;
    return message;
}

void hook_message_destroy(struct hook_message **message) {
    if (!*message)
        return;
    free((*message)->body);
    free(*message);
    *message = NULL;
}

static char *short_text(const Event *event, const char *id, size_t *length) {
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return NULL;
    const struct cloudevent what = {.id = id,
                                    .type = event->type,
                                    .request_id = event->request_id,
                                    .time_ms = event->time_ms,
                                    .seq = event->seq};
    cloudevent_begin(out, &what);
    (void)fprintf(out, "{\"seq\":%" PRIu64, event->seq);
    if (event->has_edition)
        (void)fprintf(out, ",\"edition\":%" PRIu64, event->edition);
    (void)fprintf(out, ",\"too_long\":true,\"more\":\"/api/v1/events?after=%" PRIu64 "&limit=1\"}",
                  event->seq - 1);
    cloudevent_end(out);
    if (!buffer_close(&buffer, out))
        return NULL;
    *length = buffer.length;
    return buffer.bytes;
}

struct hook_message *hook_message_event(const Event *event) {
    char id[CLOUDEVENT_ID_TEXT];
    size_t length = 0;
    char *body = cloudevent_text(event, &length);
    (void)cloudevent_id(event->seq, event->time_ms, id);
    if (body && length >= DIGEST_BYTES_MAX) {
        free(body);
        body = short_text(event, id, &length);
    }
    struct hook_message *message = message_new(body, length, event->seq, event->seq);
    if (!message)
        return NULL;
    (void)snprintf(message->id, sizeof message->id, "%s", id);
    message->last_ms = event->time_ms;
    return message;
}

struct hook_message *hook_message_digest(const struct digest *digest, const char *subscription) {
    size_t length = 0;
    char *body = digest_text(digest, subscription, &length);
    struct hook_message *message = message_new(body, length, digest->first, digest->last);
    if (!message)
        return NULL;
    (void)digest_id(digest, subscription, message->id);
    message->last_ms = digest->last_ms;
    return message;
}

struct hook_message *hook_message_test(uint64_t resend, const char *subscription,
                                       uint64_t time_ms) {
    char id[DIGEST_ID_TEXT];
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return NULL;
    (void)snprintf(id, sizeof id, "test-%" PRIu64 "-%.80s", resend, subscription);
    const struct cloudevent what = {.id = id, .type = "test", .time_ms = time_ms};
    cloudevent_begin(out, &what);
    (void)fputs("{\"subscription\":", out);
    json_write_text(out, subscription);
    (void)fputs(",\"text\":\"A test that somebody asked for: nothing has changed.\"}", out);
    cloudevent_end(out);
    if (!buffer_close(&buffer, out))
        return NULL;
    struct hook_message *message = message_new(buffer.bytes, buffer.length, 0, 0);
    if (message)
        (void)snprintf(message->id, sizeof message->id, "%s", id);
    return message;
}
