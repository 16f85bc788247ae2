/* What a worker is given to read a hand-in by: the files, and what they are held against, which may
 * have changed before it is read, or while it is. */
#include "services/hub/hub.h"

#include <string.h>

zframe_t *reading_order(struct hub *hub, uint64_t number, HandIn *hand_in, const char *request_id,
                        struct fault *fault) {
    struct inputs inputs;
    struct arena *arena = arena_new();
    zframe_t *frame = NULL;
    if (arena ? store_inputs(hub->store, arena, &inputs, fault) : fault_memory(fault)) {
        ReadTask read = MINDEX__V1__READ_TASK__INIT;
        read.pack = hub->pack[0] ? hub->pack : NULL;
        read.hand_in = hand_in;
        read.in_force = inputs.list;
        read.n_in_force = inputs.n;
        Task task = MINDEX__V1__TASK__INIT;
        task.task = number;
        task.work_case = MINDEX__V1__TASK__WORK_READ;
        task.read = &read;
        task.request_id = (char *)request_id;
        Message order = wire_message(0);
        order.body_case = MINDEX__V1__MESSAGE__BODY_TASK;
        order.task = &task;
        frame = wire_frame(&order);
        if (!frame)
            fault_memory(fault);
        if (frame && zframe_size(frame) > WIRE_FRAME_MAX) {
            zframe_destroy(&frame); /* no worker's socket would take it */
            fault_set(fault, FAULT_INPUT, "the files are too large to be read at once");
        }
    }
    arena_destroy(&arena);
    return frame;
}

static bool same_input(const ReadTask *order, const char *dataset, const struct inputs *now) {
    const char *was = "", *is = "";
    for (size_t i = 0; i < order->n_in_force; i++) {
        if (strcmp(order->in_force[i]->dataset, dataset) == 0)
            was = order->in_force[i]->observations;
    }
    for (size_t i = 0; i < now->n; i++) {
        if (strcmp(now->list[i]->dataset, dataset) == 0)
            is = now->list[i]->observations;
    }
    return strcmp(was, is) == 0;
}

/* Whether what the files were held against is still in force. */
static bool still_holds(const struct hub *hub, const ReadTask *order, const ReadResult *read,
                        const struct inputs *now) {
    if (!read->pack && strcmp(order->pack ? order->pack : "", hub->pack) != 0)
        return false;
    for (size_t i = 0; i < read->n_releases; i++) {
        if (!same_input(order, read->releases[i]->dataset, now))
            return false;
    }
    return true;
}

/* Without memory the job keeps the task that it has. */
static void order_again(struct hub *hub, struct job *job, const Message *order) {
    struct fault ignored = {0};
    zframe_t *frame =
        reading_order(hub, job->id, order->task->read->hand_in, job->request_id, &ignored);
    if (!frame)
        return;
    queue_change(&hub->queue, job, &frame);
    job->inputs_seen = hub->inputs_changed;
}

void reading_refresh(struct hub *hub, struct job *job) {
    if (job->inputs_seen == hub->inputs_changed)
        return;
    Message *order = wire_read(job->task);
    if (order)
        order_again(hub, job, order);
    wire_free(&order);
}

bool reading_again(struct hub *hub, struct job *job, const ReadResult *read) {
    struct fault fault = {0};
    struct inputs now;
    if (job->inputs_seen == hub->inputs_changed)
        return false;
    struct arena *arena = arena_new();
    Message *order = wire_read(job->task);
    if (arena && order && store_inputs(hub->store, arena, &now, &fault) &&
        !still_holds(hub, order->task->read, read, &now))
        order_again(hub, job, order);
    wire_free(&order);
    arena_destroy(&arena);
    return job->inputs_seen == hub->inputs_changed;
}
