#include "services/bus/wire.h"

#include "services/bus/endpoint.h"
#include "services/bus/text.h"
#include "services/bus/version.h"

#include <errno.h>
#include <sodium.h>
#include <sys/stat.h>

zsock_t *wire_open(int type, const struct wire_limits *limits, struct fault *fault) {
    static const struct wire_limits none = {0};
    if (!limits)
        limits = &none;
    zsock_t *socket = zsock_new(type);
    if (!socket) {
        fault_set(fault, FAULT_SYSTEM, "no socket can be made: %s", zmq_strerror(errno));
        return NULL;
    }
    zsock_set_linger(socket, 0);
    zsock_set_maxmsgsize(socket, limits->frame_bytes ? limits->frame_bytes : WIRE_FRAME_MAX);
    zsock_set_handshake_ivl(socket, WIRE_HANDSHAKE_MS);
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
    return socket;
}

bool wire_bind(zsock_t *socket, const char *endpoint, struct fault *fault) {
    if (!endpoint_local(endpoint)) {
        return fault_set(fault, FAULT_INPUT,
                         "%s is not bound: others than this machine's users could speak there "
                         "without a key. Give an ipc or loopback endpoint, and for others "
                         "'--listen tcp://ADDRESS:PORT', where a key is asked for ('mindex key "
                         "--help')",
                         endpoint);
    }
    /* An ipc socket takes its permissions from the mask, which is the process's: nobody else opens
     * a file while it starts. */
    mode_t mask = umask(0077);
    bool bound = zsock_bind(socket, "%s", endpoint) != -1;
    int why = errno;
    (void)umask(mask);
    return bound || fault_set(fault, FAULT_SYSTEM, "the endpoint %s cannot be bound: %s", endpoint,
                              zmq_strerror(why));
}

bool wire_connect(zsock_t *socket, const char *endpoint, const struct key *key,
                  struct fault *fault) {
    bool ipc = endpoint_is(endpoint, "ipc");
    if (!ipc && key && !endpoint_is(endpoint, "tcp"))
        return fault_set(fault, FAULT_INPUT, "%s: expected an ipc or a tcp endpoint", endpoint);
    if (!key && !endpoint_local(endpoint)) {
        return fault_set(fault, FAULT_INPUT,
                         "%s is not this machine's own, and there nobody is heard without a key: "
                         "name its file with --key FILE or in MINDEX_KEY ('mindex key --help')",
                         endpoint);
    }
    if (key && !ipc) {
        if (!key->service[0])
            return fault_set(fault, FAULT_INPUT, "the key '%s' lacks the service's public key",
                             key->name);
        zsock_set_curve_serverkey(socket, key->service);
        zsock_set_curve_publickey(socket, key->public);
        zsock_set_curve_secretkey(socket, key->secret);
    }
    return zsock_connect(socket, "%s", endpoint) == 0 ||
           fault_set(fault, FAULT_SYSTEM, "the endpoint %s cannot be connected to: %s", endpoint,
                     zmq_strerror(errno));
}

bool wire_connect_with(zsock_t *socket, const char *endpoint, const char *path,
                       struct fault *fault) {
    struct key key;
    if (!path || !*path || endpoint_is(endpoint, "ipc"))
        return wire_connect(socket, endpoint, NULL, fault);
    bool connected = key_load(&key, path, fault) && wire_connect(socket, endpoint, &key, fault);
    key_forget(&key);
    return connected;
}

zsock_t *wire_watch(zsock_t *socket) {
    char name[64];
    /* A name is free again only some time after its socket was closed: each is another. */
    (void)snprintf(name, sizeof name, "inproc://watch-%08x%08x", randombytes_random(),
                   randombytes_random());
    if (zmq_socket_monitor(zsock_resolve(socket), name,
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL))
        return NULL;
    zsock_t *watch = zsock_new(ZMQ_PAIR);
    if (!watch || zsock_connect(watch, "%s", name) != 0)
        wire_unwatch(socket, &watch);
    return watch;
}

void wire_unwatch(zsock_t *socket, zsock_t **watch) {
    /* First it must fall silent: libzmq's thread would wait for a listener for ever. */
    if (socket)
        (void)zmq_socket_monitor(zsock_resolve(socket), NULL, 0);
    zsock_destroy(watch);
}

bool wire_admitted(zsock_t *watch, const char *endpoint, struct fault *fault) {
    zframe_t *told = zframe_recv(watch); /* what, in 16 bits, and a value in 32 */
    uint16_t what = 0;
    if (told && zframe_size(told) == 6)
        memcpy(&what, zframe_data(told), sizeof what);
    bool more = told && zframe_more(told);
    zframe_destroy(&told);
    zframe_t *where = more ? zframe_recv(watch) : NULL;
    zframe_destroy(&where);
    if (what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return fault_set(fault, FAULT_SYSTEM,
                         "%s does not let the key in: there it is not allowed, or revoked "
                         "('mindex key list' there)",
                         endpoint);
    if (what == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        return fault_set(fault, FAULT_SYSTEM,
                         "%s asks for a key and got none (--key FILE), or got one and takes none, "
                         "or is no service of mindex",
                         endpoint);
    return true;
}

zsock_t *wire_socket(int type, const char *bind, const char *connect, struct fault *fault) {
    zsock_t *socket = wire_open(type, NULL, fault);
    if (socket &&
        !(bind ? wire_bind(socket, bind, fault) : wire_connect(socket, connect, NULL, fault)))
        zsock_destroy(&socket);
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
    bool sent = *frame != NULL && zframe_size(*frame) <= WIRE_FRAME_MAX;
    errno = *frame && !sent ? EMSGSIZE : 0;
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

/* What a frame may grow to when it is unpacked, for each of its bytes, and on top of that. Two
 * bytes can be an empty text of a list, or a field that is not known, of 50 and more bytes in
 * memory; the messages that are really sent stay below 5 times their size. */
enum { GROWTH_MAX = 8, GROWTH_FREE = 1 << 20, CHUNK_COST = 16 };

static void *take_room(void *left, size_t size) {
    size_t *room = left;
    if (*room < size + CHUNK_COST || size > SIZE_MAX - CHUNK_COST)
        return NULL;
    *room -= size + CHUNK_COST;
    return malloc(size);
}

static void give_room(void *left, void *chunk) {
    (void)left; /* what is read is not given back while it is read */
    free(chunk);
}

/* protobuf-c keeps a field number 0, which there cannot be, and packs it into what it cannot
 * unpack. */
static bool fields_possible(const ProtobufCMessage *message) {
    for (unsigned i = 0; i < message->n_unknown_fields; i++) {
        if (message->unknown_fields[i].tag == 0)
            return false;
    }
    return true;
}

Message *wire_read(zframe_t *frame) {
    size_t length = zframe_size(frame);
    if (length > WIRE_FRAME_MAX)
        return NULL;
    size_t room = length * GROWTH_MAX + GROWTH_FREE;
    ProtobufCAllocator allocator = {take_room, give_room, &room};
    Message *message = mindex__v1__message__unpack(&allocator, length, zframe_data(frame));
    bool fine = message && message->version == WIRE_VERSION &&
                messages_all(&message->base, fields_possible);
    if (!fine)
        wire_free(&message);
    else
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

/* --- passing on ------------------------------------------------------------------------------- */

enum { MESSAGE_VERSION = 1, MESSAGE_REQUEST = 2 }; /* numbers of fields in bus.proto */

bool wire_glance(zframe_t *frame, struct wire_heading *heading) {
    struct fields fields = fields_of(zframe_data(frame), zframe_size(frame));
    struct field field;
    *heading = (struct wire_heading){0};
    while (fields_next(&fields, &field)) {
        if (field.kind == FIELD_BYTES)
            heading->body = field;
        else if (field.number == MESSAGE_VERSION)
            heading->version = field.value;
        else if (field.number == MESSAGE_REQUEST)
            heading->request = field.value;
    }
    if (fields.broken)
        heading->version = 0;
    return heading->version == WIRE_VERSION;
}

/* The other version that the message is of; 0: it is of this one, or none at all. */
static uint64_t other_version(zframe_t *frame) {
    struct wire_heading heading;
    return frame && !wire_glance(frame, &heading) ? heading.version : 0;
}

const char *wire_why_not(zframe_t *frame, char reason[WIRE_REASON]) {
    uint64_t other = other_version(frame);
    if (other)
        (void)snprintf(
            reason, WIRE_REASON,
            "this is a message of version %llu of the contract, and version %d is spoken "
            "here, by mindex %s: use a program that speaks it",
            (unsigned long long)other, WIRE_VERSION, MINDEX_VERSION);
    else
        (void)snprintf(reason, WIRE_REASON, "this is no message of version %d of the contract",
                       WIRE_VERSION);
    return reason;
}

bool wire_is_other(zframe_t *frame, const char *endpoint, struct fault *fault) {
    uint64_t other = other_version(frame);
    if (other)
        fault_set(
            fault, FAULT_SYSTEM,
            "%s speaks version %llu of the contract, and this program, mindex %s, version %d: "
            "use the program of the service's version",
            endpoint, (unsigned long long)other, MINDEX_VERSION, WIRE_VERSION);
    return other != 0;
}

zframe_t *wire_readdressed(zframe_t *frame, uint64_t request) {
    struct wire_heading heading;
    if (!wire_glance(frame, &heading))
        return NULL;
    const Message head = wire_message(request);
    const struct field *body = &heading.body;
    size_t before = mindex__v1__message__get_packed_size(&head);
    size_t length = body->number ? (size_t)(body->bytes + body->length - body->whole) : 0;
    zframe_t *out = zframe_new(NULL, before + length);
    if (out) {
        mindex__v1__message__pack(&head, zframe_data(out));
        if (length)
            memcpy(zframe_data(out) + before, body->whole, length);
    }
    return out;
}
