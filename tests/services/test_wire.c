/* What every socket is set to. */
#include "services/bus/wire.h"
#include "tests/suite.h"

/* ZeroMQ's heartbeats abort the process (libzmq 4.3.4) when a peer has gone that sent more than was
 * read: with them on, any client that floods the hub and ends takes it along. */
START_TEST(the_kernel_and_not_zeromq_watches_connections) {
    static const int types[] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_XPUB};
    zsys_handler_set(NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct fault fault = {0};
        zsock_t *socket = wire_socket(types[i], "tcp://127.0.0.1:*", NULL, &fault);
        ck_assert_msg(socket != NULL, "%s", fault.text);
        ck_assert_int_eq(zsock_heartbeat_ivl(socket), 0);
        ck_assert_int_eq(zsock_tcp_keepalive(socket), 1);
        ck_assert_int_gt(zsock_tcp_maxrt(socket), 0);
        zsock_destroy(&socket);
    }
}
END_TEST

static zframe_t *frame_of(const char *bytes, size_t length, size_t times) {
    static const char head[] = {8, 1}; /* version = 1 */
    zframe_t *frame = zframe_new(NULL, sizeof head + length * times);
    memcpy(zframe_data(frame), head, sizeof head);
    for (size_t i = 0; i < times; i++)
        memcpy(zframe_data(frame) + sizeof head + i * length, bytes, length);
    return frame;
}

static void check_read(const char *bytes, size_t length, size_t times, bool readable) {
    zframe_t *frame = frame_of(bytes, length, times);
    Message *message = wire_read(frame);
    ck_assert_int_eq(message != NULL, readable);
    wire_free(&message);
    zframe_destroy(&frame);
}

/* 72 million of them fit into a frame. */
START_TEST(a_frame_that_would_take_many_times_its_size_in_memory_is_not_read) {
    check_read("\xc0\x3e\x01", 3, 10, true); /* field 1000, which is not known, again and again */
    check_read("\xc0\x3e\x01", 3, 1000000, false);
}
END_TEST

START_TEST(a_field_number_that_cannot_be_is_not_read) {
    check_read("\x82\x00\x00", 3, 1, false);
    check_read("\x02\x00", 2, 1, false);
}
END_TEST

START_TEST(a_frame_that_no_socket_takes_is_not_sent) {
    struct fault fault = {0};
    zsys_handler_set(NULL);
    zsock_t *here = wire_open(ZMQ_DEALER, NULL, &fault);
    zsock_t *there = wire_open(ZMQ_DEALER, NULL, &fault);
    ck_assert(here && there && zsock_bind(here, "inproc://large") == 0 &&
              zsock_connect(there, "inproc://large") == 0);
    zframe_t *small = zframe_new("x", 1), *large = zframe_new(NULL, WIRE_FRAME_MAX + 1);
    ck_assert(!wire_send_frame(here, NULL, &large));
    ck_assert_ptr_null(large);
    ck_assert(wire_send_frame(here, NULL, &small));
    zframe_t *came = zframe_recv(there);
    ck_assert(zframe_streq(came, "x"));
    zframe_destroy(&came);
    zsock_destroy(&there);
    zsock_destroy(&here);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wire");
    TCase *tests = tcase_create("wire");
    tcase_add_test(tests, the_kernel_and_not_zeromq_watches_connections);
    tcase_add_test(tests, a_frame_that_would_take_many_times_its_size_in_memory_is_not_read);
    tcase_add_test(tests, a_field_number_that_cannot_be_is_not_read);
    tcase_add_test(tests, a_frame_that_no_socket_takes_is_not_sent);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
