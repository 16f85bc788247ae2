#include "services/bus/cloudevent.h"

#include "services/bus/buffer.h"
#include "services/bus/instant.h"
#include "services/bus/json_write.h"

#include <inttypes.h>

enum { SUBJECT_TEXT = 40, TYPE_TEXT = 200 };

const char *cloudevent_id(uint64_t seq, uint64_t time_ms, char out[CLOUDEVENT_ID_TEXT]) {
    (void)snprintf(out, CLOUDEVENT_ID_TEXT, "%" PRIu64 "-%" PRIu64, seq, time_ms);
    return out;
}

void cloudevent_begin(FILE *out, const struct cloudevent *what) {
    char time[INSTANT_TEXT], type[TYPE_TEXT];
    (void)fputs("{\"specversion\":\"1.0\",\"id\":", out);
    json_write_text(out, what->id);
    (void)snprintf(type, sizeof type, CLOUDEVENT_PREFIX "%s", what->type);
    (void)fputs(",\"source\":\"/mindex\",\"type\":", out);
    json_write_text(out, type);
    if (what->subject && *what->subject) {
        (void)fputs(",\"subject\":", out);
        json_write_text(out, what->subject);
    }
    if (*instant_write(what->time_ms, time))
        (void)fprintf(out, ",\"time\":\"%s\"", time);
    (void)fputs(",\"datacontenttype\":\"application/json\"", out);
    if (what->seq)
        (void)fprintf(out, ",\"sequence\":\"%020" PRIu64 "\"", what->seq);
    if (what->request_id) {
        (void)fputs(",\"requestid\":", out);
        json_write_text(out, what->request_id);
    }
    (void)fputs(",\"data\":", out);
}

void cloudevent_end(FILE *out) {
    (void)putc('}', out);
}

static const char *subject_of(const Event *event, char room[SUBJECT_TEXT]) {
    switch (event->body_case) {
    case MINDEX__V1__EVENT__BODY_RANK_CHANGED:
        return event->rank_changed->area;
    case MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED:
        return event->release_accepted->dataset;
    case MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN:
        return event->release_withdrawn->dataset;
    default:
        if (!event->has_edition)
            return NULL;
        (void)snprintf(room, SUBJECT_TEXT, "editions/%" PRIu64, event->edition);
        return room;
    }
}

static const ProtobufCMessage *body_of(const Event *event) {
    switch (event->body_case) {
    case MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED:
        return &event->release_accepted->base;
    case MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN:
        return &event->release_withdrawn->base;
    case MINDEX__V1__EVENT__BODY_EDITION_SCORED:
        return &event->edition_scored->base;
    case MINDEX__V1__EVENT__BODY_RANK_CHANGED:
        return &event->rank_changed->base;
    case MINDEX__V1__EVENT__BODY_SPEND_COMPARED:
        return &event->spend_compared->base;
    default: /* of a later program, or written by itself */
        return NULL;
    }
}

void cloudevent_write(FILE *out, const Event *event) {
    char id[CLOUDEVENT_ID_TEXT], room[SUBJECT_TEXT];
    const struct cloudevent what = {.id = cloudevent_id(event->seq, event->time_ms, id),
                                    .type = event->type,
                                    .subject = subject_of(event, room),
                                    .request_id = event->request_id,
                                    .time_ms = event->time_ms,
                                    .seq = event->seq};
    cloudevent_begin(out, &what);
    (void)fprintf(out, "{\"seq\":%" PRIu64, event->seq);
    if (event->has_edition)
        (void)fprintf(out, ",\"edition\":%" PRIu64, event->edition);
    const ProtobufCMessage *body = body_of(event);
    if (event->body_case == MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED) {
        /* Its folder on the publishing machine is not told to everybody. */
        (void)fprintf(out, ",\"files\":%u", event->edition_published->files);
    } else if (body) {
        (void)json_write_fields(out, body, false);
    }
    (void)putc('}', out);
    cloudevent_end(out);
}

char *cloudevent_text(const Event *event, size_t *length) {
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return NULL;
    cloudevent_write(out, event);
    if (!buffer_close(&buffer, out))
        return NULL;
    *length = buffer.length;
    return buffer.bytes;
}
