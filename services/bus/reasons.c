#include "services/bus/reasons.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 1000,
    RETRY_MS = 1000, /* an answer that is this late was lost with the hub */
    WAIT_MS = 10000,
};

struct reasons {
    Message **answers; /* they hold the events */
    size_t n_answers, room_answers;
    const RankChanged **changes; /* by area, then node */
    size_t n_changes, room_changes;
};

/* Room for one more; the array as it is now, or NULL. */
static void *grow(void *array, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return array;
    size_t more = *room ? 2 * *room : 64;
    void *larger = reallocarray(array, more, size);
    if (larger)
        *room = more;
    return larger;
}

static bool keep_answer(struct reasons *reasons, Message *answer) {
    void *answers =
        grow(reasons->answers, reasons->n_answers, &reasons->room_answers, sizeof(Message *));
    if (!answers)
        return false;
    reasons->answers = answers;
    reasons->answers[reasons->n_answers++] = answer;
    return true;
}

static bool keep_changes(struct reasons *reasons, const Events *events, uint64_t last) {
    for (size_t i = 0; i < events->n_events; i++) {
        const Event *event = events->events[i];
        if (event->seq > last || event->body_case != MINDEX__V1__EVENT__BODY_RANK_CHANGED)
            continue;
        void *changes = grow(reasons->changes, reasons->n_changes, &reasons->room_changes,
                             sizeof *reasons->changes);
        if (!changes)
            return false;
        reasons->changes = changes;
        reasons->changes[reasons->n_changes++] = event->rank_changed;
    }
    return true;
}

/* One page of the log. *after moves on. */
static bool fetch_page(struct reasons *reasons, struct client *client, uint64_t *after,
                       uint64_t last, struct fault *fault) {
    char *topics[] = {"rank.mission."};
    EventsWanted wanted = MINDEX__V1__EVENTS_WANTED__INIT;
    wanted.after = *after;
    wanted.has_limit = true;
    wanted.limit = PAGE;
    wanted.n_topics = 1;
    wanted.topics = topics;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS_WANTED;
    question.events_wanted = &wanted;
    Message *answer = client_insist(client, &question, RETRY_MS, WAIT_MS, fault);
    if (!answer)
        return false;
    bool events = answer->body_case == MINDEX__V1__MESSAGE__BODY_EVENTS;
    if (!events || !keep_answer(reasons, answer)) {
        wire_free(&answer);
        return events ? fault_memory(fault)
                      : fault_set(fault, FAULT_SYSTEM, "the hub's answer is no events");
    }
    if (answer->events->through <= *after && *after < last)
        return fault_set(fault, FAULT_SYSTEM, "the log ends before event %llu",
                         (unsigned long long)last);
    *after = answer->events->through;
    return keep_changes(reasons, answer->events, last) || fault_memory(fault);
}

static int by_place(const void *left, const void *right) {
    const RankChanged *a = *(const RankChanged *const *)left;
    const RankChanged *b = *(const RankChanged *const *)right;
    int order = strcmp(a->area, b->area);
    return order ? order : strcmp(a->node, b->node);
}

struct reasons *reasons_fetch(struct client *client, uint64_t first, uint64_t last,
                              struct fault *fault) {
    struct reasons *reasons = calloc(1, sizeof *reasons);
    bool good = reasons || fault_memory(fault);
    uint64_t after = first ? first - 1 : 0;
    while (good && after < last)
        good = fetch_page(reasons, client, &after, last, fault);
    if (good && reasons->n_changes)
        qsort(reasons->changes, reasons->n_changes, sizeof *reasons->changes, by_place);
    if (!good && reasons)
        reasons_destroy(&reasons);
    return reasons;
}

void reasons_destroy(struct reasons **reasons) {
    if (!*reasons)
        return;
    for (size_t i = 0; i < (*reasons)->n_answers; i++)
        wire_free(&(*reasons)->answers[i]);
    free((*reasons)->answers);
    free((void *)(*reasons)->changes);
    free(*reasons);
    *reasons = NULL;
}

const RankChanged *reasons_find(const struct reasons *reasons, const char *area, const char *node) {
    RankChanged key = MINDEX__V1__RANK_CHANGED__INIT;
    const RankChanged *wanted = &key;
    key.area = (char *)area;
    key.node = (char *)node;
    if (!reasons || !reasons->n_changes)
        return NULL;
    const RankChanged **found =
        bsearch(&wanted, reasons->changes, reasons->n_changes, sizeof *reasons->changes, by_place);
    return found ? *found : NULL;
}
