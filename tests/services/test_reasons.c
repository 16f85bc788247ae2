#include "services/bus/client.h"
#include "services/bus/reasons.h"
#include "tests/suite.h"

#include <czmq.h>

static char endpoint[64];

/* A hub whose first answer is lost with it: only the second time that it is asked, it answers. */
static void hub_main(zsock_t *pipe, void *args) {
    (void)args;
    struct fault fault = {0};
    zsock_t *hub = wire_socket(ZMQ_ROUTER, endpoint, NULL, &fault);
    zsock_signal(pipe, 0);
    for (int asked = 0; asked < 2; asked++) {
        zframe_t *from = NULL;
        Message *question = wire_receive(hub, &from);
        if (question && asked) {
            Events events = MINDEX__V1__EVENTS__INIT;
            events.through = events.newest = question->events_wanted->after + 1;
            Message answer = wire_message(question->request);
            answer.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS;
            answer.events = &events;
            (void)wire_send(hub, from, &answer);
        }
        wire_free(&question);
        zframe_destroy(&from);
    }
    char *word = zstr_recv(pipe);
    freen(word);
    zsock_destroy(&hub);
}

START_TEST(events_are_asked_for_again_when_the_answer_was_lost_with_the_hub) {
    struct fault fault = {0};
    zsys_handler_set(NULL);
    (void)snprintf(endpoint, sizeof endpoint, "ipc:///tmp/mindex-test-reasons-%ld", (long)getpid());
    zactor_t *hub = zactor_new(hub_main, NULL);
    struct client *client = client_new(endpoint, &fault);
    ck_assert_ptr_nonnull(hub);
    ck_assert_ptr_nonnull(client);
    struct reasons *reasons = reasons_fetch(client, 1, 1, &fault);
    ck_assert_msg(reasons != NULL, "%s", fault.text);
    reasons_destroy(&reasons);
    client_destroy(&client);
    zactor_destroy(&hub);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("reasons");
    TCase *tests = tcase_create("reasons");
    tcase_add_test(tests, events_are_asked_for_again_when_the_answer_was_lost_with_the_hub);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
