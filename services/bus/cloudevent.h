/* An event of the log as CloudEvents 1.0 JSON in structured mode: what Server-Sent Events,
 * webhooks, /api/v1/events and `watch --json` give.
 *
 *   {"specversion":"1.0","id":"42-1764063000123","source":"/mindex","type":"mindex.rank.changed",
 *    "subject":"E07000117","time":"2025-11-25T09:30:00.123Z","datacontenttype":"application/json",
 *    "sequence":"00000000000000000042","data":{"seq":42,"edition":7,"area":"E07000117", ...}}
 *
 * `id` is the event's number and the millisecond of its time: the same each time that it is told,
 * and another one where a log that was restored from an older copy gives a number again. `sequence`
 * sorts as text; it has no sequencetype, for the one that there is ends at 2^31. `subject` is a
 * place's code, a dataset, or the path of an edition. `requestid`, an extension of ours, is that of
 * the hand-in or withdrawal that it comes from, where that is known. `data` has the fields of the
 * event's message (proto/events.proto) by their names, but for the folder of a published edition,
 * which is nobody's business elsewhere; what is missing is left out, and never 0. */
#ifndef BUS_CLOUDEVENT_H
#define BUS_CLOUDEVENT_H

#include "services/bus/messages.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CLOUDEVENT_TYPE   "application/cloudevents+json"
#define CLOUDEVENT_PREFIX "mindex."

enum { CLOUDEVENT_ID_TEXT = 48 };

/* Returns `out`. */
const char *cloudevent_id(uint64_t seq, uint64_t time_ms, char out[CLOUDEVENT_ID_TEXT]);

/* Everything up to data's value: what an event of the log, a digest and a test have in common. */
struct cloudevent {
    const char *id, *type, *subject; /* type without its prefix; subject NULL: none */
    const char *request_id;          /* NULL: none */
    uint64_t time_ms, seq;           /* seq 0: none */
};
void cloudevent_begin(FILE *out, const struct cloudevent *what);
void cloudevent_end(FILE *out);

/* The event, on one line without an end. */
void cloudevent_write(FILE *out, const Event *event);

/* The same in memory, of *length bytes and a NUL. Free it; NULL: out of memory. */
char *cloudevent_text(const Event *event, size_t *length);

#endif
