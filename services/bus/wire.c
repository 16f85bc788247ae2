#include "services/bus/wire.h"

#include "services/bus/text.h"

#include <errno.h>

static bool attach(zsock_t *socket, const char *bind, const char *connect) {
    return bind ? zsock_bind(socket, "%s", bind) != -1 : zsock_connect(socket, "%s", connect) == 0;
}

zsock_t *wire_socket(int type, const char *bind, const char *connect, struct fault *fault) {
    return wire_socket_within(type, bind, connect, &(struct wire_limits){0}, fault);
}

zsock_t *wire_socket_within(int type, const char *bind, const char *connect,
                            const struct wire_limits *limits, struct fault *fault) {
    zsock_t *socket = zsock_new(type);
    if (!socket) {
        fault_set(fault, FAULT_SYSTEM, "no socket can be made: %s", zmq_strerror(errno));
        return NULL;
    }
    zsock_set_linger(socket, 0);
    zsock_set_maxmsgsize(socket, limits->frame_bytes ? limits->frame_bytes : WIRE_FRAME_MAX);
    if (limits->in)
        zsock_set_rcvhwm(socket, limits->in);
    if (limits->out)
        zsock_set_sndhwm(socket, limits->out);
    zsock_set_reconnect_ivl(socket, 50);
    zsock_set_reconnect_ivl_max(socket, 2000);
    /* The kernel tells when a connection is dead: when it is idle, and when it has bytes to send.
     * ZeroMQ's own heartbeats must stay off: libzmq 4.3.4 aborts the process at the next one after
     * a peer has gone whose messages nobody had room for (libzmq issues 3937, 4364, 4767). */
    zsock_set_tcp_keepalive(socket, 1);
    zsock_set_tcp_keepalive_idle(socket, 2);
    zsock_set_tcp_keepalive_intvl(socket, 2);
    zsock_set_tcp_keepalive_cnt(socket, 3);
    zsock_set_tcp_maxrt(socket, 6000);
    /* A peer that went away is an answer at once, not a message dropped in silence. */
    if (type == ZMQ_ROUTER)
        zsock_set_router_mandatory(socket, 1);
    if (!attach(socket, bind, connect)) {
        fault_set(fault, FAULT_SYSTEM, "the endpoint %s cannot be %s: %s", bind ? bind : connect,
                  bind ? "bound" : "connected to", zmq_strerror(errno));
        zsock_destroy(&socket);
    }
    return socket;
}

zframe_t *wire_frame(const Message *message) {
    size_t size = mindex__v1__message__get_packed_size(message);
    zframe_t *frame = zframe_new(NULL, size);
    if (frame)
        mindex__v1__message__pack(message, zframe_data(frame));
    return frame;
}

bool wire_send_frame(zsock_t *socket, zframe_t *to, zframe_t **frame) {
    bool sent = *frame != NULL;
    if (sent && to) {
        sent = zframe_send(&to, socket, ZFRAME_MORE | ZFRAME_REUSE | ZFRAME_DONTWAIT) == 0;
    }
    if (sent)
        sent = zframe_send(frame, socket, ZFRAME_DONTWAIT) == 0;
    int why = errno;
    zframe_destroy(frame);
    errno = why;
    return sent;
}

bool wire_send(zsock_t *socket, zframe_t *to, const Message *message) {
    zframe_t *frame = wire_frame(message);
    return wire_send_frame(socket, to, &frame);
}

Message *wire_read(zframe_t *frame) {
    if (zframe_size(frame) > WIRE_FRAME_MAX)
        return NULL;
    Message *message = mindex__v1__message__unpack(NULL, zframe_size(frame), zframe_data(frame));
    if (message && message->version != WIRE_VERSION)
        wire_free(&message);
    if (message)
        text_make_plain(&message->base);
    return message;
}

bool wire_take(zsock_t *socket, zframe_t **from, zframe_t **body) {
    if (from)
        *from = NULL;
    *body = NULL;
    zmsg_t *frames = zmsg_recv(socket);
    if (!frames)
        return false;
    if (from)
        *from = zmsg_pop(frames);
    if (zmsg_size(frames) == 1)
        *body = zmsg_pop(frames);
    zmsg_destroy(&frames);
    return !from || *from;
}

Message *wire_receive(zsock_t *socket, zframe_t **from) {
    zframe_t *body;
    Message *message = wire_take(socket, from, &body) && body ? wire_read(body) : NULL;
    zframe_destroy(&body);
    return message;
}

void wire_free(Message **message) {
    if (*message)
        mindex__v1__message__free_unpacked(*message, NULL);
    *message = NULL;
}

Message wire_message(uint64_t request) {
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.version = WIRE_VERSION;
    message.has_request = request != 0;
    message.request = request;
    return message;
}
