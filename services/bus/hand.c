#include "services/bus/hand.h"

#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/worker.h"

struct hand {
    const struct role *role;
    zsock_t *pipe;
    bool stopped; /* $TERM came while it waited for a blob */
};

static bool fetch_from_hub(void *context, const char *hash, uint8_t **bytes, size_t *length,
                           struct fault *fault) {
    struct hand *hand = context;
    if (hand->stopped || zsock_send(hand->pipe, "ss", HAND_BLOB, hash) != 0) {
        return fault_set(fault, FAULT_SYSTEM, "the worker is stopping");
    }
    zmsg_t *answer = zmsg_recv(hand->pipe);
    char *word = answer ? zmsg_popstr(answer) : NULL;
    zframe_t *content = answer ? zmsg_pop(answer) : NULL;
    bool found = word && strcmp(word, HAND_BLOB) == 0 && content;
    hand->stopped = !word || strcmp(word, "$TERM") == 0;
    if (found) {
        *length = zframe_size(content);
        *bytes = malloc(*length + 1);
        if (*bytes)
            memcpy(*bytes, zframe_data(content), *length);
    }
    zframe_destroy(&content);
    freen(word);
    zmsg_destroy(&answer);
    if (!found)
        return fault_set(fault, FAULT_INPUT, "the hub has no blob %s", hash);
    return *bytes || fault_memory(fault);
}

/* Tasks of batch jobs are many, and their hub tells what becomes of the whole. */
static void say_done(const Task *task, int64_t took_ms) {
    if (task->work_case == MINDEX__V1__TASK__WORK_STUDY)
        log_debug("task done", "task=%llu took_ms=%lld", (unsigned long long)task->task,
                  (long long)took_ms);
    else
        log_info("task done", "task=%llu took_ms=%lld", (unsigned long long)task->task,
                 (long long)took_ms);
}

static void perform(struct hand *hand, struct library *library, zframe_t *frame) {
    struct fault fault = {0};
    Message *message = wire_read(frame);
    const Task *task = message ? message->task : NULL;
    int64_t begun = clock_ms();
    log_request(task ? task->request_id : NULL);
    library_turn(library);
    zframe_t *result =
        task ? hand->role->perform(library, task, hand->role->context, &fault) : NULL;
    if (result && zframe_size(result) > WIRE_FRAME_MAX) {
        /* It would never arrive, and the task would come again and again. */
        fault_set(&fault, FAULT_INPUT, "the result has %zu bytes: a message takes %d at most",
                  zframe_size(result), WIRE_FRAME_MAX);
        zframe_destroy(&result);
    }
    if (result) {
        say_done(task, clock_ms() - begun);
        (void)zsock_send(hand->pipe, "sf", HAND_DONE, result);
    } else {
        if (fault.kind == FAULT_NONE)
            fault_memory(&fault);
        (void)zsock_send(hand->pipe, "ss8", fault.kind == FAULT_SYSTEM ? HAND_TROUBLE : HAND_FAILED,
                         fault.text, task ? task->task : 0);
    }
    zframe_destroy(&result);
    wire_free(&message);
}

void hand_main(zsock_t *pipe, void *role) {
    struct hand hand = {.role = role, .pipe = pipe};
    struct library *library = library_new(fetch_from_hub, &hand);
    zsock_signal(pipe, library ? 0 : 1);
    while (library && !hand.stopped) {
        char *word = NULL;
        zframe_t *frame = NULL;
        if (zsock_recv(pipe, "sf", &word, &frame) != 0)
            break;
        if (strcmp(word, HAND_TASK) == 0)
            perform(&hand, library, frame);
        else
            hand.stopped = true; /* $TERM */
        zframe_destroy(&frame);
        freen(word);
    }
    library_destroy(&library);
}
