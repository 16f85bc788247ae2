#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/hub/check.h"
#include "services/hub/hub.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECRETS_MAX = 4,  /* of one subscription, at a time */
    RESENDS_MAX = 50, /* of one subscription, that are not done */
    DELIVERIES_TOLD = 100,
    SECRET_BYTES = 32,
    SECRET_TEXT = 64, /* whsec_, 44 characters, the terminator */
    VERSION_BITS = 20,
};

/* --- at start --------------------------------------------------------------------------------- */

/* A database in which the log ends before a subscription does was changed by no hub. The numbers
 * from there on will be given anew, and their events are wanted. */
static bool pull_back(struct hub *hub, struct arena *arena, struct fault *fault) {
    Subscription *ahead;
    bool done = store_begin(hub->store, fault);
    while (done &&
           (done = store_subscription_ahead(hub->store, hub->newest_event, arena, &ahead, fault)) &&
           ahead) {
        struct subscription_row row;
        log_warning("subscription set back",
                    "subscription=%s after=%llu newest_event=%llu reason=\"the log ends before "
                    "it\"",
                    ahead->name, (unsigned long long)ahead->after,
                    (unsigned long long)hub->newest_event);
        done = store_find_subscription(hub->store, ahead->name, &row, fault) &&
               store_move_subscription(hub->store, row.id, hub->newest_event, fault);
    }
    done = done && store_commit(hub->store, fault);
    if (!done)
        store_rollback(hub->store);
    return done;
}

/* The version is a number that no earlier life of the hub gave, and one that grows. */
bool subscriptions_open(struct hub *hub, struct fault *fault) {
    hub->subscriptions_version =
        (clock_wall_ms() << VERSION_BITS) | (randombytes_random() >> (32 - VERSION_BITS));
    struct arena *arena = arena_new();
    Subscription *ahead;
    bool fine = arena
                    ? store_subscription_ahead(hub->store, hub->newest_event, arena, &ahead, fault)
                    : fault_memory(fault);
    fine = fine && (!ahead || pull_back(hub, arena, fault));
    arena_destroy(&arena);
    return fine;
}

void subscriptions_status(Subscription *const *all, size_t count, StatusReport *status) {
    status->has_subscriptions = status->has_subscriptions_paused =
        status->has_subscriptions_disabled = true;
    for (size_t i = 0; i < count; i++) {
        const char *state = all[i]->state ? all[i]->state : "";
        status->subscriptions += strcmp(state, "active") == 0;
        status->subscriptions_paused += strcmp(state, "paused") == 0;
        status->subscriptions_disabled += strcmp(state, "disabled") == 0;
    }
}

/* --- a change by people ----------------------------------------------------------------------- */

/* In one transaction; what it comes to is read in it too, so that a secret that was made is told or
 * was never there. */
struct changing {
    struct hub *hub;
    struct arena *arena;
    const char *name;
    const Subscription *wanted;       /* of a new one; NULL: */
    const ChangeSubscription *change; /* of one that is there */
    struct subscription_row row;      /* before */
    char secret[SECRET_TEXT];         /* that was made; "": none */
    Subscriptions after;
};

/* As the standard has it: 24 to 64 random bytes. */
static const char *make_secret(struct changing *c) {
    static const char prefix[] = "whsec_";
    uint8_t bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    memcpy(c->secret, prefix, sizeof prefix);
    (void)sodium_bin2base64(c->secret + sizeof prefix - 1, sizeof c->secret - (sizeof prefix - 1),
                            bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(bytes, sizeof bytes);
    return c->secret;
}

static bool has_room(struct hub *hub, struct fault *fault) {
    uint64_t count;
    if (!store_count_subscriptions(hub->store, false, &count, fault))
        return false;
    return count < hub->config->hub.subscriptions ||
           fault_set(fault, FAULT_INPUT,
                     "there are %llu subscriptions, and no more are taken (hub.subscriptions); "
                     "remove one that nobody needs",
                     (unsigned long long)count);
}

static bool subscribe(struct changing *c, struct fault *fault) {
    Subscription new = *c->wanted;
    Filter all = MINDEX__V1__FILTER__INIT;
    struct hub *hub = c->hub;
    if (c->row.id)
        return fault_set(fault, FAULT_INPUT,
                         "there is a subscription '%s' already; choose another name, or, if its "
                         "secret was lost, 'mindex subscribe rotate %s'",
                         c->name, c->name);
    if (new.has_after &&new.after > hub->newest_event)
        return fault_set(fault, FAULT_INPUT,
                         "events after %llu, and the newest is %llu; leave --after away for those "
                         "that come from now on",
                         (unsigned long long)new.after, (unsigned long long)hub->newest_event);
    if (new.has_after &&new.after + 1 < hub->oldest_event)
        return fault_set(fault, FAULT_INPUT,
                         "events after %llu, and the log begins with event %llu: earlier ones went "
                         "with editions that were retired; take --after %llu for all that there "
                         "are",
                         (unsigned long long)new.after, (unsigned long long)hub->oldest_event,
                         (unsigned long long)hub->oldest_event - 1);
    if (!new.has_after)
        new.after = hub->newest_event;
    if (!new.filter)
        new.filter = &all;
    new.created_ms = hub_moment(hub);
    return has_room(hub, fault) && store_add_subscription(hub->store, &new, make_secret(c), fault);
}

static bool pause_it(struct changing *c, struct fault *fault) {
    if (!c->row.active && !c->row.paused)
        return fault_set(fault, FAULT_INPUT,
                         "the subscription '%s' is disabled, and gets nothing; 'mindex subscribe "
                         "show %s' says why",
                         c->name, c->name);
    return store_set_subscription(c->hub->store, c->row.id, "paused", NULL, fault);
}

/* One that is active and waits for its next attempt makes it at once. */
static bool resume(struct changing *c, struct fault *fault) {
    return store_set_subscription(c->hub->store, c->row.id, "active", NULL, fault);
}

static bool remove_it(struct changing *c, struct fault *fault) {
    return store_remove_subscription(c->hub->store, c->row.id, fault);
}

static bool rotate(struct changing *c, struct fault *fault) {
    if (c->row.secrets >= SECRETS_MAX)
        return fault_set(fault, FAULT_INPUT,
                         "the subscription '%s' has %u secrets, and each of them signs; when its "
                         "receiver has the newest, 'mindex subscribe forget-secrets %s'",
                         c->name, c->row.secrets, c->name);
    return store_add_secret(c->hub->store, c->row.id, make_secret(c), fault);
}

static bool forget_secrets(struct changing *c, struct fault *fault) {
    return store_forget_secrets(c->hub->store, c->row.id, fault);
}

static bool may_resend(const struct changing *c, struct fault *fault) {
    return c->row.resends < RESENDS_MAX ||
           fault_set(fault, FAULT_INPUT,
                     "%u ranges and tests of '%s' are to be sent and are not yet, and no more are "
                     "taken; try again when they are",
                     c->row.resends, c->name);
}

static bool resend(struct changing *c, struct fault *fault) {
    uint64_t from = c->change->from, to = c->change->to;
    uint64_t oldest = c->hub->oldest_event, newest = c->hub->newest_event;
    if (!c->change->has_from || !c->change->has_to || from < oldest || from > to || to > newest)
        return fault_set(fault, FAULT_INPUT,
                         "events %llu to %llu; expected a range within %llu to %llu, which the log "
                         "has",
                         (unsigned long long)from, (unsigned long long)to,
                         (unsigned long long)oldest, (unsigned long long)newest);
    return may_resend(c, fault) && store_add_resend(c->hub->store, c->row.id, from, to, fault);
}

static bool test(struct changing *c, struct fault *fault) {
    return may_resend(c, fault) && store_add_resend(c->hub->store, c->row.id, 0, 0, fault);
}

static bool act(struct changing *c, struct fault *fault) {
    static const struct {
        const char *name;
        bool (*act)(struct changing *c, struct fault *fault);
    } actions[] = {{"pause", pause_it}, {"resume", resume}, {"remove", remove_it},
                   {"rotate", rotate},  {"resend", resend}, {"forget-secrets", forget_secrets},
                   {"test", test}};
    if (c->wanted)
        return subscribe(c, fault);
    if (!c->row.id)
        return fault_set(fault, FAULT_INPUT,
                         "there is no subscription '%.80s'; 'mindex subscribe list' lists them",
                         c->name);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, c->change->action) == 0)
            return actions[i].act(c, fault);
    }
    return fault_set(fault, FAULT_INPUT,
                     "nothing is known of '%.80s' a subscription; expected pause, resume, remove, "
                     "rotate, forget-secrets, resend or test",
                     c->change->action);
}

/* What is told: how it is now, and the secret that was made. */
static bool find_after(struct changing *c, struct fault *fault) {
    Subscriptions *after = &c->after;
    if (!store_subscriptions(c->hub->store, c->arena, c->name, false, &after->subscriptions,
                             &after->n_subscriptions, fault))
        return false;
    if (!c->secret[0] || after->n_subscriptions == 0)
        return true;
    Subscription *one = after->subscriptions[0];
    one->secrets = arena_alloc(c->arena, 1, sizeof *one->secrets);
    if (!one->secrets)
        return fault_memory(fault);
    one->secrets[0] = c->secret;
    one->n_secrets = 1;
    return true;
}

static bool commit_change(struct changing *c, struct fault *fault) {
    struct hub *hub = c->hub;
    c->arena = arena_new();
    if (!c->arena)
        return fault_memory(fault);
    if (!store_begin(hub->store, fault) ||
        !store_find_subscription(hub->store, c->name, &c->row, fault) || !act(c, fault) ||
        !find_after(c, fault) || !store_commit(hub->store, fault))
        return false;
    hub->subscriptions_version++;
    return true;
}

static void answer_with(struct hub *hub, zframe_t *from, uint64_t request, Subscriptions *body) {
    Message message = MINDEX__V1__MESSAGE__INIT;
    body->version = hub->subscriptions_version;
    body->has_newest = true;
    body->newest = hub->newest_event;
    message.body_case = MINDEX__V1__MESSAGE__BODY_SUBSCRIPTIONS;
    message.subscriptions = body;
    hub_answer(hub, from, request, &message);
}

static void change(struct changing *c, zframe_t *from, uint64_t request) {
    struct hub *hub = c->hub;
    struct fault fault = {0};
    if (disk_refuses(hub, from, request))
        return;
    mindex__v1__subscriptions__init(&c->after);
    if (commit_change(c, &fault)) {
        log_info("subscription changed", "subscription=%s action=%s key=%s", c->name,
                 c->change ? c->change->action : "new", hub->sender ? hub->sender : "none");
        answer_with(hub, from, request, &c->after);
    } else {
        store_rollback(hub->store);
        if (fault.kind == FAULT_INPUT || !disk_refuses(hub, from, request))
            hub_answer_error(hub, from, request, fault.text);
    }
    sodium_memzero(c->secret, sizeof c->secret);
    arena_destroy(&c->arena);
}

void subscriptions_subscribe(struct hub *hub, zframe_t *from, const Message *question) {
    const Subscription *wanted = question->subscribe->subscription;
    struct changing c = {.hub = hub, .name = wanted->name, .wanted = wanted};
    struct fault fault = {0};
    if (check_subscription(wanted, &fault))
        change(&c, from, question->request);
    else
        hub_answer_error(hub, from, question->request, fault.text);
}

void subscriptions_change(struct hub *hub, zframe_t *from, const Message *question) {
    struct changing c = {.hub = hub,
                         .name = question->change_subscription->name,
                         .change = question->change_subscription};
    change(&c, from, question->request);
}

/* --- questions -------------------------------------------------------------------------------- */

static bool find_wanted(struct hub *hub, struct arena *arena, const SubscriptionsWanted *wanted,
                        Subscriptions *out, struct fault *fault) {
    if (wanted->has_known_version && wanted->known_version == hub->subscriptions_version)
        return true;
    if (!store_subscriptions(hub->store, arena, wanted->name,
                             wanted->has_secrets && wanted->secrets, &out->subscriptions,
                             &out->n_subscriptions, fault))
        return false;
    return !wanted->name || out->n_subscriptions ||
           fault_set(fault, FAULT_INPUT,
                     "there is no subscription '%.80s'; 'mindex subscribe list' lists them",
                     wanted->name);
}

/* Secrets are for who signs with them. This machine's users have every role, and the file. */
static bool may_have_secrets(struct hub *hub, zframe_t *from, const Message *question) {
    char reason[GUARD_REASON];
    if (!question->subscriptions_wanted->secrets || hub->roles & ROLE_PUBLISHING)
        return true;
    hub_answer_error(
        hub, from, question->request,
        guard_refuse(hub->guard, hub->sender, "read the secrets of subscriptions", reason));
    return false;
}

void subscriptions_wanted(struct hub *hub, zframe_t *from, const Message *question) {
    struct fault fault = {0};
    Subscriptions out = MINDEX__V1__SUBSCRIPTIONS__INIT;
    if (!may_have_secrets(hub, from, question))
        return;
    struct arena *arena = arena_new();
    if (arena ? find_wanted(hub, arena, question->subscriptions_wanted, &out, &fault)
              : fault_memory(&fault))
        answer_with(hub, from, question->request, &out);
    else
        hub_answer_error(hub, from, question->request, fault.text);
    arena_destroy(&arena);
}

static bool find_deliveries(struct hub *hub, struct arena *arena, const DeliveriesWanted *wanted,
                            Deliveries *out, struct fault *fault) {
    struct subscription_row row;
    uint32_t limit = wanted->has_limit ? wanted->limit : DELIVERIES_TOLD;
    if (!store_find_subscription(hub->store, wanted->subscription, &row, fault))
        return false;
    if (!row.id)
        return fault_set(fault, FAULT_INPUT,
                         "there is no subscription '%.80s'; 'mindex subscribe list' lists them",
                         wanted->subscription);
    return store_deliveries(hub->store, arena, row.id, wanted->has_failed && wanted->failed,
                            limit < DELIVERIES_KEPT ? limit : DELIVERIES_KEPT, &out->deliveries,
                            &out->n_deliveries, fault);
}

void subscriptions_deliveries(struct hub *hub, zframe_t *from, const Message *question) {
    struct fault fault = {0};
    Deliveries out = MINDEX__V1__DELIVERIES__INIT;
    struct arena *arena = arena_new();
    if (arena ? find_deliveries(hub, arena, question->deliveries_wanted, &out, &fault)
              : fault_memory(&fault)) {
        Message message = MINDEX__V1__MESSAGE__INIT;
        message.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES;
        message.deliveries = &out;
        hub_answer(hub, from, question->request, &message);
    } else {
        hub_answer_error(hub, from, question->request, fault.text);
    }
    arena_destroy(&arena);
}

/* --- what was delivered ----------------------------------------------------------------------- */

/* Of this subscription, and of this log. */
static bool is_of(struct hub *hub, const DeliveriesMade *made, const struct subscription_row *row,
                  struct fault *fault) {
    uint64_t time_ms;
    if (!row->id || (made->has_created_ms && made->created_ms != row->created_ms))
        return fault_set(fault, FAULT_INPUT, "the subscription '%.80s' is no more",
                         made->subscription);
    if (!made->has_after || made->after == 0 || !made->has_after_time_ms)
        return true;
    if (!store_event_time(hub->store, made->after, &time_ms, fault))
        return false;
    return time_ms == made->after_time_ms ||
           fault_set(fault, FAULT_INPUT,
                     "this log has another event %llu than the one that was delivered: it was "
                     "restored from an older copy since",
                     (unsigned long long)made->after);
}

/* Relaxed: a machine that fails may forget the last ones, which are sent again then. */
static bool note(struct hub *hub, const DeliveriesMade *made, struct fault *fault) {
    struct subscription_row row;
    return store_find_subscription(hub->store, made->subscription, &row, fault) &&
           is_of(hub, made, &row, fault) && check_deliveries(made, hub->newest_event, fault) &&
           store_begin_relaxed(hub->store, fault) &&
           store_note_deliveries(hub->store, row.id, made, fault) &&
           (!made->disable ||
            store_set_subscription(hub->store, row.id, "disabled", made->disable, fault)) &&
           store_commit(hub->store, fault);
}

void subscriptions_delivered(struct hub *hub, zframe_t *from, const Message *question) {
    const DeliveriesMade *made = question->deliveries_made;
    struct fault fault = {0};
    if (disk_refuses(hub, from, question->request))
        return;
    if (!note(hub, made, &fault)) {
        store_rollback(hub->store);
        if (fault.kind == FAULT_INPUT || !disk_refuses(hub, from, question->request))
            hub_answer_error(hub, from, question->request, fault.text);
        return;
    }
    if (made->disable) {
        char quoted[LOG_QUOTED];
        hub->subscriptions_version++; /* another publishing worker hears of it */
        log_warning("subscription disabled", "subscription=%s reason=%s", made->subscription,
                    log_quote(made->disable, quoted));
    }
    Mindex__V1__DeliveriesNoted noted = MINDEX__V1__DELIVERIES_NOTED__INIT;
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_DELIVERIES_NOTED;
    message.deliveries_noted = &noted;
    hub_answer(hub, from, question->request, &message);
}
