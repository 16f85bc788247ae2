/* Subscriptions, and what is reported of their deliveries. */
#include "services/bus/filter.h"
#include "services/bus/hook_url.h"
#include "services/hub/check.h"

#include <ctype.h>
#include <string.h>

enum {
    SUBSCRIPTION_NAME_MAX = 64,
    FILTER_BYTES_MAX = 64 << 10, /* some 5000 codes */
    REPORTED_MAX = 1000,         /* deliveries in one message */
    REASON_BYTES_MAX = 1000,
};

/* --- what people ask for ---------------------------------------------------------------------- */

static bool check_name(const char *name, struct fault *fault) {
    size_t length = strlen(name);
    bool fits = length && length <= SUBSCRIPTION_NAME_MAX && name[0] != '-';
    for (size_t i = 0; fits && i < length; i++)
        fits = (isalnum((unsigned char)name[i]) || name[i] == '-') && !(name[i] & 0x80);
    return fits || fault_set(fault, FAULT_INPUT,
                             "a subscription's name: found '%.80s', expected up to %d letters, "
                             "digits and '-', such as leeds-growth",
                             name, SUBSCRIPTION_NAME_MAX);
}

bool check_subscription(const Subscription *subscription, struct fault *fault) {
    const Filter *filter = subscription->filter;
    if (!check_name(subscription->name, fault) || !hook_url_fits(subscription->url, NULL, fault))
        return false;
    if (subscription->n_secrets)
        return fault_set(fault, FAULT_INPUT, "a secret was given; the hub makes them itself");
    if (!filter)
        return true;
    if (filter->base.n_unknown_fields)
        return fault_set(fault, FAULT_INPUT,
                         "the filter asks for something that this hub does not know; is it older "
                         "than the program that asks?");
    if (mindex__v1__filter__get_packed_size(filter) > FILTER_BYTES_MAX)
        return fault_set(fault, FAULT_INPUT,
                         "the filter has more than %d bytes; name regions or types of places, or "
                         "leave places out and choose among the events on arrival",
                         FILTER_BYTES_MAX);
    return filter_fits(filter, fault);
}

/* --- what the publishing role reports --------------------------------------------------------- */

static bool check_delivery(const Delivery *delivery, uint64_t newest, struct fault *fault) {
    if (strlen(delivery->message_id) > NAME_BYTES_MAX || !*delivery->message_id ||
        (delivery->error && strlen(delivery->error) > REASON_BYTES_MAX))
        return fault_set(fault, FAULT_INPUT,
                         "a delivery whose message has no id, or an id of more than %d bytes, or "
                         "an error of more than %d",
                         NAME_BYTES_MAX, REASON_BYTES_MAX);
    if (delivery->first_event > delivery->last_event || delivery->last_event > newest)
        return fault_set(fault, FAULT_INPUT,
                         "a delivery of events %llu to %llu, and the log has %llu",
                         (unsigned long long)delivery->first_event,
                         (unsigned long long)delivery->last_event, (unsigned long long)newest);
    return (delivery->attempt && delivery->time_ms <= INT64_MAX &&
            delivery->next_attempt_ms <= INT64_MAX && delivery->resend <= INT64_MAX) ||
           fault_set(fault, FAULT_INPUT, "a delivery at no attempt, or at a time that is none");
}

bool check_deliveries(const DeliveriesMade *made, uint64_t newest, struct fault *fault) {
    if (made->n_deliveries > REPORTED_MAX || made->n_resends_done > REPORTED_MAX)
        return fault_set(fault, FAULT_INPUT, "more than %d deliveries in one message",
                         REPORTED_MAX);
    if (made->has_after && made->after > newest)
        return fault_set(fault, FAULT_INPUT,
                         "delivered up to event %llu, and the log has %llu: it was restored from "
                         "an older copy, or is another's",
                         (unsigned long long)made->after, (unsigned long long)newest);
    if (made->next_attempt_ms > INT64_MAX ||
        (made->disable && strlen(made->disable) > REASON_BYTES_MAX))
        return fault_set(fault, FAULT_INPUT,
                         "a next attempt that never comes, or a reason of more than %d bytes",
                         REASON_BYTES_MAX);
    for (size_t i = 0; i < made->n_deliveries; i++) {
        if (!check_delivery(made->deliveries[i], newest, fault))
            return false;
    }
    for (size_t i = 0; i < made->n_resends_done; i++) {
        if (made->resends_done[i] > INT64_MAX)
            return fault_set(fault, FAULT_INPUT, "a resend of a number that none has");
    }
    return true;
}
