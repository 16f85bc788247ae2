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

int main(void) {
    Suite *suite = suite_create("wire");
    TCase *tests = tcase_create("wire");
    tcase_add_test(tests, the_kernel_and_not_zeromq_watches_connections);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
