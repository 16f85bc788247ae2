/* A worker that a test plays itself, on a real socket. */
#ifndef TESTS_PLAYED_WORKER_H
#define TESTS_PLAYED_WORKER_H

#include "services/bus/clock.h"
#include "tests/services/small_files.h"

static struct service service;

static inline zsock_t *connect_worker(void) {
    struct fault fault = {0};
    zsock_t *socket = wire_socket(ZMQ_DEALER, NULL, service.places.hub, &fault);
    ck_assert_msg(socket != NULL, "%s", fault.text);
    zsock_set_rcvtimeo(socket, SERVICE_ANSWER_MS);
    return socket;
}

static inline void send_hello_as(zsock_t *socket, const char *role, const char *name) {
    Mindex__V1__Hello hello = MINDEX__V1__HELLO__INIT;
    hello.role = (char *)role;
    hello.name = (char *)name;
    hello.build = "test";
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HELLO;
    message.hello = &hello;
    ck_assert(wire_send(socket, NULL, &message));
}

static inline void send_hello(zsock_t *socket, const char *role) {
    send_hello_as(socket, role, "test");
}

static inline void send_credit(zsock_t *socket, uint32_t tasks) {
    Mindex__V1__Credit credit = MINDEX__V1__CREDIT__INIT;
    credit.tasks = tasks;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_CREDIT;
    message.credit = &credit;
    ck_assert(wire_send(socket, NULL, &message));
}

static inline void send_heartbeat(zsock_t *socket) {
    Mindex__V1__Heartbeat heartbeat = MINDEX__V1__HEARTBEAT__INIT;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HEARTBEAT;
    message.heartbeat = &heartbeat;
    ck_assert(wire_send(socket, NULL, &message));
}

static inline void send_failed_by(zsock_t *socket, uint64_t task, bool surroundings) {
    Mindex__V1__TaskFailed failed = MINDEX__V1__TASK_FAILED__INIT;
    failed.task = task;
    failed.reason = "the test fails it";
    failed.has_surroundings = failed.surroundings = surroundings;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_TASK_FAILED;
    message.task_failed = &failed;
    ck_assert(wire_send(socket, NULL, &message));
}

static inline void send_failed(zsock_t *socket, uint64_t task) {
    send_failed_by(socket, task, false);
}

static inline Message *expect(zsock_t *socket, Mindex__V1__Message__BodyCase body) {
    Message *message = wire_receive(socket, NULL);
    ck_assert_msg(message != NULL, "nothing came");
    ck_assert_int_eq(message->body_case, body);
    return message;
}

static inline zsock_t *join(const char *role, uint32_t credit) {
    zsock_t *socket = connect_worker();
    send_hello(socket, role);
    Message *welcome = expect(socket, MINDEX__V1__MESSAGE__BODY_WELCOME);
    ck_assert_uint_gt(welcome->welcome->heartbeat_ms, 0);
    ck_assert_uint_gt(welcome->welcome->dead_after_ms, 2 * welcome->welcome->heartbeat_ms);
    wire_free(&welcome);
    if (credit)
        send_credit(socket, credit);
    return socket;
}

/* The next task, while the worker keeps its heartbeat. Free with wire_free. */
static inline Message *next_order(zsock_t *socket) {
    for (int beats = 0; beats < 100; beats++) {
        zsock_set_rcvtimeo(socket, 400);
        Message *message = wire_receive(socket, NULL);
        if (message && message->body_case == MINDEX__V1__MESSAGE__BODY_TASK)
            return message;
        wire_free(&message);
        send_heartbeat(socket);
    }
    ck_abort_msg("no task came");
}

static inline uint64_t next_task(zsock_t *socket) {
    Message *order = next_order(socket);
    uint64_t task = order->task->task;
    wire_free(&order);
    return task;
}

static inline void send_goodbye(zsock_t *socket) {
    Mindex__V1__Goodbye goodbye = MINDEX__V1__GOODBYE__INIT;
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_GOODBYE;
    message.goodbye = &goodbye;
    ck_assert(wire_send(socket, NULL, &message));
}

/* Limits for a service that is not started yet. */
static inline void configure(const char *text) {
    char path[SERVICE_PATH];
    (void)snprintf(path, sizeof path, "%s/mindex.conf", service.state);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
