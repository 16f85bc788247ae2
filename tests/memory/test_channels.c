/* Memory runs out while a filter is read, events are told, digests gathered, and messages
 * queued. */
#include "services/bus/cloudevent.h"
#include "services/bus/filter.h"
#include "services/publishing/hook.h"
#include "services/publishing/sse_follower.h"
#include "tests/core/small_pack.h"
#include "tests/memory/failing_memory.h"
#include "tests/services/filter_text.h"
#include "tests/services/some_events.h"
#include "tests/suite.h"

enum { MOVES = 70 };

static bool filter(const void *given, struct fault *fault) {
    Filter *filter = filter_new();
    bool fine =
        filter ? filter_text_take(filter, "area=E01&area=E02&mission=Work&region=north", fault) &&
                     filter_settle(filter, given, fault)
               : fault_memory(fault);
    char *text = fine ? filter_write(filter) : NULL;
    fine = fine && (text || fault_memory(fault));
    free(text);
    filter_destroy(&filter);
    return fine;
}

START_TEST(a_filter_is_read_settled_and_written) {
    struct pack *pack = small_pack();
    each_allocation_fails(filter, pack);
    pack_destroy(&pack);
}
END_TEST

/* An edition of as many moves as do not find room, and what each makes longer. */
static struct edition_events {
    Mindex__V1__EditionScored scored;
    RankChanged moves[MOVES];
    Event list[MOVES + 1], *pointers[MOVES + 1];
    Events events;
} edition;

static void begin(void) {
    static char why[400];
    memset(why, 'y', sizeof why - 1);
    mindex__v1__events__init(&edition.events);
    edition.list[0] = some_edition(&edition.scored, 1, MOVES);
    for (uint64_t i = 0; i < MOVES; i++) {
        edition.list[i + 1] = some_move(&edition.moves[i], i + 2);
        edition.moves[i].old_rank = (uint32_t)(i % 7 + 20);
        edition.moves[i].why = why;
    }
    for (size_t i = 0; i <= MOVES; i++)
        edition.pointers[i] = &edition.list[i];
    edition.events.events = edition.pointers;
    edition.events.n_events = MOVES + 1;
    edition.events.through = edition.events.newest = MOVES + 1;
}

static bool tell(const void *given, struct fault *fault) {
    (void)given;
    size_t length;
    char *text = cloudevent_text(&edition.list[3], &length);
    free(text);
    return text || fault_memory(fault);
}

START_TEST(an_event_is_told) {
    each_allocation_fails(tell, NULL);
}
END_TEST

static Message *told_edition(void) {
    Message message = wire_message(1);
    message.body_case = MINDEX__V1__MESSAGE__BODY_EVENTS;
    message.events = &edition.events;
    size_t length = mindex__v1__message__get_packed_size(&message);
    uint8_t *bytes = malloc(length);
    if (!bytes)
        return NULL;
    (void)mindex__v1__message__pack(&message, bytes);
    Message *told = mindex__v1__message__unpack(NULL, length, bytes);
    free(bytes);
    return told;
}

/* Whoever follows, and is cut off, comes back with the last id, which must not be taken back. */
static bool follow_recent(struct log_reader *reader, struct fault *fault) {
    const struct request request = {.path = "/", .query = ""};
    struct follower follower;
    size_t length;
    bool ends;
    if (!follower_begin(&follower, &request, "0", fault))
        return false;
    follower.check = false; /* there is no hub here to ask */
    follower_fill(reader, &follower, 0);
    char *text = follower_take(&follower, &length, &ends);
    bool taken_back = text && memmem(text, length, "id\n", 3);
    free(text);
    follower_clear(&follower);
    if (taken_back)
        return fault_set(fault, FAULT_INPUT, "the id is taken back");
    if (ends)
        return fault_memory(fault);
    return follower.at.seq == MOVES + 1 || fault_set(fault, FAULT_INPUT, "not all was told");
}

static bool follow(const void *given, struct fault *fault) {
    (void)given;
    struct log_reader reader = {.recent = recent_new(2 * MOVES), .knows = true};
    Message *told = reader.recent ? told_edition() : NULL;
    if (told) {
        recent_begin(reader.recent, 0, 0);
        recent_take(reader.recent, &told);
    }
    bool fine = reader.recent && recent_newest(reader.recent) && recent_knows(reader.recent, 0)
                    ? follow_recent(&reader, fault)
                    : fault_memory(fault);
    recent_destroy(&reader.recent);
    return fine;
}

START_TEST(who_follows_and_is_cut_off_keeps_his_place) {
    each_allocation_fails(follow, NULL);
}
END_TEST

static bool gather(const void *given, struct fault *fault) {
    struct digest digest = {0};
    bool fine = true, complete = false;
    (void)given;
    for (size_t i = 0; fine && i <= MOVES; i++)
        fine = digest_take(&digest, NULL, &edition.list[i], &complete, fault);
    size_t length;
    char *text = fine && complete ? digest_text(&digest, "x", &length) : NULL;
    fine = fine && (text || fault_memory(fault));
    free(text);
    digest_clear(&digest);
    return fine;
}

START_TEST(a_digest_is_gathered_and_told) {
    each_allocation_fails(gather, NULL);
}
END_TEST

static struct hook *new_hook(bool digest) {
    Subscription *told = malloc(sizeof *told);
    if (!told)
        return NULL;
    mindex__v1__subscription__init(told);
    told->name = strdup("council");
    told->has_digest = told->digest = digest;
    if (told->name)
        return hook_new(told);
    mindex__v1__subscription__free_unpacked(told, NULL);
    return NULL;
}

static bool queue(const void *given, struct fault *fault) {
    const bool *digest = given;
    struct hook *hook = new_hook(*digest);
    if (!hook)
        return fault_memory(fault);
    bool fine = hook_take(hook, &hook->live, 0, &edition.events, fault);
    hook_destroy(&hook);
    return fine;
}

START_TEST(messages_are_queued) {
    static const bool digest[] = {false, true};
    each_allocation_fails(queue, &digest[0]);
    each_allocation_fails(queue, &digest[1]);
}
END_TEST

/* What did not find memory is there when the same events come again. */
static bool queue_again(const void *given, struct fault *fault) {
    const bool *digest = given;
    struct hook *hook = new_hook(*digest);
    if (!hook)
        return fault_memory(fault);
    bool fine = hook_take(hook, &hook->live, 0, &edition.events, fault);
    if (!fine) {
        struct fault once_more = {0};
        if (hook_take(hook, &hook->live, 0, &edition.events, &once_more) &&
            hook->live.count != (*digest ? 1 : HOOK_QUEUE))
            fault_set(fault, FAULT_INPUT, "there are %zu messages", hook->live.count);
    }
    hook_destroy(&hook);
    return fine;
}

START_TEST(what_found_no_memory_is_queued_when_it_comes_again) {
    static const bool digest[] = {false, true};
    each_allocation_fails(queue_again, &digest[0]);
    each_allocation_fails(queue_again, &digest[1]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("channels without memory");
    TCase *tests = tcase_create("channels");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, a_filter_is_read_settled_and_written);
    tcase_add_test(tests, an_event_is_told);
    tcase_add_test(tests, who_follows_and_is_cut_off_keeps_his_place);
    tcase_add_test(tests, a_digest_is_gathered_and_told);
    tcase_add_test(tests, messages_are_queued);
    tcase_add_test(tests, what_found_no_memory_is_queued_when_it_comes_again);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
