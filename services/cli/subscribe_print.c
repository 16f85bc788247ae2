#include "services/cli/subscribe.h"

#include "services/bus/filter.h"
#include "services/bus/instant.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- all of them ------------------------------------------------------------------------------ */

static uint64_t behind(const Subscription *of, uint64_t newest) {
    return newest > of->after ? newest - of->after : 0;
}

/* Free it; NULL: out of memory. */
static char *filter_text(const Subscription *of) {
    return of->filter ? filter_write(of->filter) : strdup("");
}

static const char *for_people(const char *filter) {
    return *filter ? filter : "everything";
}

static void instant_or_missing(struct table *table, bool has, uint64_t ms) {
    if (has)
        table_instant(table, ms);
    else
        table_missing(table);
}

static bool add_subscription(struct table *table, const Subscription *of, uint64_t newest,
                             bool people) {
    char *filter = filter_text(of);
    table_text(table, of->name);
    table_text(table, of->state);
    table_count(table, of->after);
    table_count(table, behind(of, newest));
    table_count(table, of->delivered);
    table_count(table, of->failed);
    table_count(table, of->attempts);
    instant_or_missing(table, of->has_next_attempt_ms, of->next_attempt_ms);
    table_text(table, of->digest ? "digest" : "each");
    table_text(table, filter && people ? for_people(filter) : filter);
    table_text(table, of->url);
    table_text(table, of->reason);
    table_count(table, of->n_resends);
    table_count(table, of->secrets_kept);
    table_instant(table, of->created_ms);
    bool added = filter != NULL;
    free(filter);
    return added;
}

int subscriptions_print(const struct command_line *line, const Subscriptions *subscriptions) {
    static const char *const keys[] = {
        "name",     "state",  "after", "behind", "delivered", "failed",  "attempts", "next_attempt",
        "messages", "filter", "url",   "reason", "resends",   "secrets", "created"};
    static const char *const headings[] = {
        "name",     "state",  "after", "behind", "delivered", "failed", NULL, "next attempt",
        "messages", "events", "url",   "reason", NULL,        NULL,     NULL};
    struct table *table = table_new(15, keys, headings);
    bool fine = table != NULL;
    for (size_t i = 0; fine && i < subscriptions->n_subscriptions; i++)
        fine = add_subscription(table, subscriptions->subscriptions[i], subscriptions->newest,
                                line->format == FORMAT_TEXT);
    if (!fine)
        table_destroy(&table);
    if (fine && !table_rows(table) && line->format == FORMAT_TEXT) {
        table_destroy(&table);
        printf("There are no subscriptions; 'mindex subscribe --help' shows how one is made.\n");
        return EXIT_OK;
    }
    return command_print(line, &table);
}

/* --- one of them ------------------------------------------------------------------------------ */

static json_t *instant_json(bool has, uint64_t ms) {
    char text[INSTANT_TEXT];
    return has ? json_string(instant_write(ms, text)) : json_null();
}

static json_t *resends_json(const Subscription *of) {
    json_t *out = json_array();
    for (size_t i = 0; out && i < of->n_resends; i++) {
        const Resend *resend = of->resends[i];
        json_t *one = resend->test
                          ? json_pack("{s:I, s:b}", "id", (json_int_t)resend->id, "test", 1)
                          : json_pack("{s:I, s:I, s:I}", "id", (json_int_t)resend->id, "from",
                                      (json_int_t)resend->from, "to", (json_int_t)resend->to);
        if (json_array_append_new(out, one) != 0) {
            json_decref(out);
            out = NULL;
        }
    }
    return out;
}

static int print_json(const Subscription *of, uint64_t newest) {
    char *filter = filter_text(of);
    json_t *out =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:s?, s:I, s:o, s:o}",
                  "name", of->name, "state", of->state, "url", of->url, "filter",
                  filter ? filter : "", "digest", of->digest, "after", (json_int_t)of->after,
                  "behind", (json_int_t)behind(of, newest), "delivered", (json_int_t)of->delivered,
                  "failed", (json_int_t)of->failed, "attempts", (json_int_t)of->attempts,
                  "next_attempt", instant_json(of->has_next_attempt_ms, of->next_attempt_ms),
                  "reason", of->reason, "secrets", (json_int_t)of->secrets_kept, "resends",
                  resends_json(of), "created", instant_json(of->has_created_ms, of->created_ms));
    bool printed =
        filter && out &&
        (!of->n_secrets || json_object_set_new(out, "secret", json_string(of->secrets[0])) == 0) &&
        json_dumpf(out, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0 && fflush(stdout) == 0;
    json_decref(out);
    free(filter);
    return printed ? EXIT_OK
                   : command_failed(EXIT_FAILED, "it cannot be written: out of memory, or the "
                                                 "output was closed");
}

static void say(const char *what, const char *text) {
    printf("  %-13s %s\n", what, text);
}

static void say_state(const Subscription *of) {
    char time[INSTANT_TEXT];
    printf("%s is %s%s%s\n", of->name, of->state, of->reason ? ": " : "",
           of->reason ? of->reason : "");
    bool tried = of->has_next_attempt_ms && strcmp(of->state, "active") == 0;
    if (of->attempts)
        printf("  %-13s %u in a row for what comes next%s%s\n", "failed", of->attempts,
               tried ? "; tried again at " : "",
               tried ? instant_write(of->next_attempt_ms, time) : "");
}

static void say_resends(const Subscription *of) {
    for (size_t i = 0; i < of->n_resends; i++) {
        const Resend *resend = of->resends[i];
        if (resend->test)
            printf("  %-13s a test\n", "to be sent");
        else
            printf("  %-13s events %llu to %llu again\n", "to be sent",
                   (unsigned long long)resend->from, (unsigned long long)resend->to);
    }
}

static int print_text(const Subscription *of, uint64_t newest) {
    char time[INSTANT_TEXT], *filter = filter_text(of);
    if (!filter)
        return command_failed(EXIT_FAILED, "out of memory");
    say_state(of);
    say("url", of->url);
    say("events", for_people(filter));
    say("messages", of->digest ? "one for each edition" : "one for each event");
    printf("  %-13s event %llu of %llu\n", "has all up to", (unsigned long long)of->after,
           (unsigned long long)newest);
    printf("  %-13s %llu message%s; %llu attempt%s failed\n", "delivered",
           (unsigned long long)of->delivered, of->delivered == 1 ? "" : "s",
           (unsigned long long)of->failed, of->failed == 1 ? "" : "s");
    say_resends(of);
    printf("  %-13s %u%s\n", "secrets", of->secrets_kept,
           of->secrets_kept > 1 ? ", all of them sign until 'forget-secrets'" : "");
    say("created", instant_write(of->created_ms, time));
    free(filter);
    return fflush(stdout) == 0 ? EXIT_OK : command_failed(EXIT_FAILED, "the output was closed");
}

int subscription_print(const struct command_line *line, const Subscription *of, uint64_t newest) {
    Subscription *only = (Subscription *)of;
    Subscriptions all = MINDEX__V1__SUBSCRIPTIONS__INIT;
    all.subscriptions = &only;
    all.n_subscriptions = 1;
    all.newest = newest;
    return line->format == FORMAT_JSON  ? print_json(of, newest)
           : line->format == FORMAT_CSV ? subscriptions_print(line, &all)
                                        : print_text(of, newest);
}

/* --- deliveries ------------------------------------------------------------------------------- */

static void count_or_missing(struct table *table, bool has, uint64_t number) {
    if (has)
        table_count(table, number);
    else
        table_missing(table);
}

static void add_delivery(struct table *table, const Delivery *of) {
    table_instant(table, of->time_ms);
    table_text(table, of->message_id);
    count_or_missing(table, of->first_event > 0, of->first_event);
    count_or_missing(table, of->last_event > 0, of->last_event);
    table_count(table, of->attempt);
    table_text(table, of->error ? "failed" : "delivered");
    count_or_missing(table, of->has_status, of->status);
    table_count(table, of->took_ms);
    table_text(table, of->error);
    instant_or_missing(table, of->has_next_attempt_ms, of->next_attempt_ms);
    count_or_missing(table, of->has_resend, of->resend);
    table_count(table, of->id);
}

int deliveries_print(const struct command_line *line, const Deliveries *deliveries) {
    static const char *const keys[] = {"time",    "message",      "first_event", "last_event",
                                       "attempt", "outcome",      "status",      "took_ms",
                                       "error",   "next_attempt", "resend",      "delivery"};
    static const char *const headings[] = {"time",    "message",      "from",   "to",
                                           "attempt", "outcome",      "status", "ms",
                                           "error",   "next attempt", NULL,     NULL};
    struct table *table = table_new(12, keys, headings);
    for (size_t i = 0; table && i < deliveries->n_deliveries; i++)
        add_delivery(table, deliveries->deliveries[i]);
    if (table && !table_rows(table) && line->format == FORMAT_TEXT) {
        table_destroy(&table);
        printf(line->failed ? "No delivery has failed.\n" : "Nothing was delivered yet.\n");
        return EXIT_OK;
    }
    return command_print(line, &table);
}
