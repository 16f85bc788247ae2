#include "services/publishing/recent.h"

#include "services/bus/cloudevent.h"

/* The events of one answer of the hub. */
struct batch {
    Message *message;
    uint64_t through; /* the number of its last event */
    char **texts;     /* by event; NULL: not told yet */
    struct batch *next;
};

struct recent {
    size_t events_max, n_events;
    uint64_t before; /* the number before the first event here */
    uint64_t newest, newest_ms;
    struct batch *first, *last;
};

struct recent *recent_new(size_t events_max) {
    struct recent *recent = calloc(1, sizeof *recent);
    if (recent)
        recent->events_max = events_max;
    return recent;
}

static void batch_destroy(struct batch *batch) {
    for (size_t i = 0; batch->texts && i < batch->message->events->n_events; i++)
        free(batch->texts[i]);
    free(batch->texts);
    wire_free(&batch->message);
    free(batch);
}

static void drop_first(struct recent *recent) {
    struct batch *batch = recent->first;
    recent->first = batch->next;
    if (!recent->first)
        recent->last = NULL;
    recent->before = batch->through;
    recent->n_events -= batch->message->events->n_events;
    batch_destroy(batch);
}

void recent_begin(struct recent *recent, uint64_t newest, uint64_t time_ms) {
    while (recent->first)
        drop_first(recent);
    recent->before = recent->newest = newest;
    recent->newest_ms = time_ms;
}

void recent_destroy(struct recent **recent) {
    if (!*recent)
        return;
    recent_begin(*recent, 0, 0);
    free(*recent);
    *recent = NULL;
}

void recent_take(struct recent *recent, Message **events) {
    const Events *what = (*events)->events;
    const Event *last = what->events[what->n_events - 1];
    uint64_t through = last->seq, time_ms = last->time_ms;
    bool follows = what->events[0]->seq == recent->newest + 1;
    struct batch *batch = follows ? calloc(1, sizeof *batch) : NULL;
    if (batch)
        batch->texts = calloc(what->n_events, sizeof *batch->texts);
    if (!batch || !batch->texts) {
        free(batch);
        wire_free(events);
        recent_begin(recent, through, time_ms);
        return;
    }
    batch->message = *events;
    batch->through = through;
    *events = NULL;
    *(recent->last ? &recent->last->next : &recent->first) = batch;
    recent->last = batch;
    recent->n_events += what->n_events;
    recent->newest = through;
    recent->newest_ms = time_ms;
    while (recent->n_events > recent->events_max)
        drop_first(recent);
}

uint64_t recent_newest(const struct recent *recent) {
    return recent->newest;
}

uint64_t recent_newest_ms(const struct recent *recent) {
    return recent->newest_ms;
}

bool recent_knows(const struct recent *recent, uint64_t after) {
    return after >= recent->before && after <= recent->newest;
}

/* Events have numbers without a gap. */
static struct batch *batch_of(const struct recent *recent, uint64_t seq) {
    struct batch *batch = recent->first;
    while (batch && batch->through < seq)
        batch = batch->next;
    return batch;
}

static size_t place_in(const struct batch *batch, uint64_t seq) {
    return (size_t)(seq - batch->message->events->events[0]->seq);
}

const Event *recent_next(const struct recent *recent, uint64_t after) {
    const struct batch *batch = batch_of(recent, after + 1);
    return batch ? batch->message->events->events[place_in(batch, after + 1)] : NULL;
}

const char *recent_text(struct recent *recent, const Event *event) {
    struct batch *batch = batch_of(recent, event->seq);
    char **text = &batch->texts[place_in(batch, event->seq)];
    size_t length;
    if (!*text)
        *text = cloudevent_text(event, &length);
    return *text;
}
