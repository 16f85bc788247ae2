/* Asking while nobody is there. */
#include "services/bus/client.h"
#include "tests/suite.h"

#include <unistd.h>

static char endpoint[64];

static void begin(void) {
    zsys_handler_set(NULL);
    (void)snprintf(endpoint, sizeof endpoint, "ipc:///tmp/mindex-test-client-%d", (int)getpid());
}

static struct client *connected(void) {
    struct fault fault = {0};
    struct client *client = client_new(endpoint, &fault);
    ck_assert_msg(client != NULL, "%s", fault.text);
    return client;
}

static Message status_question(Mindex__V1__StatusWanted *wanted) {
    *wanted = (Mindex__V1__StatusWanted)MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = wanted;
    return question;
}

/* How many messages come, once the connection is there, until none has for 300 ms. */
static unsigned received(zsock_t *router) {
    unsigned count = 0;
    for (;;) {
        zsock_set_rcvtimeo(router, count ? 300 : 10000);
        zframe_t *from = NULL;
        Message *message = wire_receive(router, &from);
        bool came = message != NULL;
        wire_free(&message);
        zframe_destroy(&from);
        if (!came)
            return count;
        count++;
    }
}

START_TEST(a_question_that_nobody_takes_waits_once_however_often_it_is_asked) {
    struct fault fault = {0};
    Mindex__V1__StatusWanted wanted;
    Message question = status_question(&wanted);
    struct client *client = connected();
    ck_assert_ptr_null(client_insist(client, &question, 10, 500, &fault));
    ck_assert_int_eq(fault.kind, FAULT_SYSTEM);
    zsock_t *router = wire_socket(ZMQ_ROUTER, endpoint, NULL, &fault);
    ck_assert_ptr_nonnull(router);
    ck_assert_uint_eq(received(router), 1);
    zsock_destroy(&router);
    client_destroy(&client);
}
END_TEST

static void answer_last_of_two(zsock_t *pipe, void *args) {
    struct fault fault = {0};
    zsock_t *router = wire_socket(ZMQ_ROUTER, args, NULL, &fault);
    zsock_signal(pipe, router ? 0 : 1);
    for (uint64_t request = 0; router && request != 2;) {
        zframe_t *from = NULL;
        Message *message = wire_receive(router, &from);
        request = message ? message->request : 0;
        if (request == 2)
            (void)wire_send(router, from, message);
        wire_free(&message);
        zframe_destroy(&from);
    }
    char *word = zstr_recv(pipe); /* $TERM: the answer is out */
    freen(word);
    zsock_destroy(&router);
}

START_TEST(a_question_is_asked_though_the_one_before_it_never_left) {
    struct fault fault = {0};
    Mindex__V1__StatusWanted wanted;
    Message question = status_question(&wanted);
    struct client *client = connected();
    ck_assert_ptr_null(client_ask(client, &question, 100, &fault));
    zactor_t *service = zactor_new(answer_last_of_two, endpoint);
    ck_assert_ptr_nonnull(service);
    Message *answer = client_ask(client, &question, 20000, &fault);
    ck_assert_msg(answer != NULL, "%s", fault.text);
    ck_assert_uint_eq(answer->request, 2);
    wire_free(&answer);
    zactor_destroy(&service);
    client_destroy(&client);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("client");
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_question_that_nobody_takes_waits_once_however_often_it_is_asked);
    tcase_add_test(tests, a_question_is_asked_though_the_one_before_it_never_left);
    Suite *suite = suite_create("client");
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
