#include "services/publishing/hook.h"

#include "services/bus/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GONE = 410,
    PROGRESS_EVENTS = 1000, /* the hub is told after so many that nobody wanted, or so long */
    PROGRESS_MS = 10000,
};

/* --- feeds ------------------------------------------------------------------------------------ */

static void feed_reset(struct feed *feed, uint64_t scanned, uint64_t end) {
    while (feed->count) {
        hook_message_destroy(&feed->queue[feed->head]);
        feed->head = (feed->head + 1) % HOOK_QUEUE;
        feed->count--;
    }
    digest_clear(&feed->digest);
    feed->scanned = scanned;
    feed->scanned_ms = 0;
    feed->end = end;
}

static bool feed_put(struct feed *feed, struct hook_message *message, struct fault *fault) {
    if (!message)
        return fault_memory(fault);
    feed->queue[(feed->head + feed->count++) % HOOK_QUEUE] = message;
    return true;
}

static void feed_pop(struct feed *feed) {
    hook_message_destroy(&feed->queue[feed->head]);
    feed->head = (feed->head + 1) % HOOK_QUEUE;
    feed->count--;
}

/* A range may end beyond what is known of the log, which is then asked. */
static bool is_range(const struct feed *feed) {
    return feed->end != UINT64_MAX;
}

static bool feed_reads(const struct feed *feed, uint64_t newest) {
    return feed->count <= HOOK_QUEUE / 2 && feed->scanned < feed->end &&
           (feed->scanned < newest || is_range(feed));
}

/* Where it can begin again and miss nothing: before an edition that it has seen the
 * beginning of. */
static uint64_t feed_safe(const struct feed *feed) {
    return feed->digest.scored ? feed->digest.first - 1 : feed->scanned;
}

static bool take_digest(struct hook *hook, struct feed *feed, const Event *event,
                        struct fault *fault) {
    bool complete = false;
    if (!digest_take(&feed->digest, hook->told->filter, event, &complete, fault))
        return false;
    if (!complete)
        return true;
    if (digest_worth(&feed->digest) &&
        !feed_put(feed, hook_message_digest(&feed->digest, hook->told->name), fault))
        return false;
    digest_clear(&feed->digest);
    return true;
}

static bool take_event(struct hook *hook, struct feed *feed, const Event *event,
                       struct fault *fault) {
    if (hook->told->has_digest && hook->told->digest)
        return take_digest(hook, feed, event, fault);
    return !filter_wants(hook->told->filter, event) ||
           feed_put(feed, hook_message_event(event), fault);
}

static bool take_all(struct hook *hook, struct feed *feed, const Events *events,
                     struct fault *fault) {
    for (size_t i = 0; i < events->n_events; i++) {
        const Event *event = events->events[i];
        if (event->seq <= feed->scanned)
            continue;
        if (event->seq > feed->end || feed->count == HOOK_QUEUE)
            break;
        if (!take_event(hook, feed, event, fault)) {
            feed->scanned = feed_safe(feed);
            digest_clear(&feed->digest);
            return false;
        }
        feed->scanned = event->seq;
        feed->scanned_ms = event->time_ms;
    }
    if (feed->count < HOOK_QUEUE && feed->scanned < events->through) {
        feed->scanned = events->through < feed->end ? events->through : feed->end;
        feed->scanned_ms = feed->scanned == events->through ? events->through_time_ms : 0;
    }
    return true;
}

bool hook_take(struct hook *hook, struct feed *feed, uint64_t after, const Events *events,
               struct fault *fault) {
    if (feed->scanned < after)
        return true; /* it wants what stands before */
    bool fine = take_all(hook, feed, events, fault);
    if (is_range(feed) && feed->scanned >= events->newest)
        feed->end = feed->scanned; /* there is no more */
    return fine;
}

/* --- the subscription ------------------------------------------------------------------------- */

static bool is_active(const Subscription *told) {
    return !told->state || strcmp(told->state, "active") == 0;
}

bool hook_active(const struct hook *hook) {
    return !hook->gone && !hook->disabled && is_active(hook->told);
}

struct hook *hook_new(Subscription *told) {
    struct hook *hook = calloc(1, sizeof *hook);
    if (!hook) {
        mindex__v1__subscription__free_unpacked(told, NULL);
        return NULL;
    }
    hook->told = told;
    feed_reset(&hook->live, told->after, UINT64_MAX);
    return hook;
}

void hook_destroy(struct hook **hook) {
    if (!*hook)
        return;
    feed_reset(&(*hook)->live, 0, 0);
    feed_reset(&(*hook)->again, 0, 0);
    mindex__v1__subscription__free_unpacked((*hook)->told, NULL);
    if ((*hook)->fresh)
        mindex__v1__subscription__free_unpacked((*hook)->fresh, NULL);
    free(*hook);
    *hook = NULL;
}

void hook_hear(struct hook *hook, Subscription *told) {
    if (hook->fresh)
        mindex__v1__subscription__free_unpacked(hook->fresh, NULL);
    hook->fresh = told;
    hook->stale = hook->phase == HOOK_TELLING;
}

/* Of one that goes on the position is ours, which is never behind the hub's. One that was made anew
 * under its name, or taken up again, begins where the hub says. Attempts are the hub's, for people
 * can have them begin at once, unless it had not heard of the last one. */
bool hook_settle(struct hook *hook) {
    Subscription *fresh = hook->fresh, *told = hook->told;
    if (!fresh)
        return true;
    hook->fresh = NULL;
    hook->told = fresh;
    if (fresh->created_ms != told->created_ms) {
        feed_reset(&hook->again, 0, 0);
        hook->resend = hook->resent = 0;
        feed_reset(&hook->live, fresh->after, UINT64_MAX);
    } else {
        if (fresh->after < told->after)
            fresh->after = told->after;
        if (is_active(fresh) && (hook->disabled || !is_active(told))) {
            feed_reset(&hook->live, fresh->after, UINT64_MAX);
        } else if (hook->stale) {
            fresh->attempts = told->attempts;
            fresh->next_attempt_ms = told->next_attempt_ms;
        }
    }
    hook->disabled = false;
    mindex__v1__subscription__free_unpacked(told, NULL);
    return !hook->stale;
}

bool hook_reads_live(const struct hook *hook, uint64_t newest) {
    return hook_active(hook) && feed_reads(&hook->live, newest);
}

bool hook_reads_again(const struct hook *hook, uint64_t newest) {
    return !hook->gone && hook->resend && feed_reads(&hook->again, newest);
}

bool hook_resume_resends(struct hook *hook, uint64_t now_ms, struct fault *fault) {
    for (size_t i = 0; i < hook->told->n_resends && !hook->resend; i++) {
        const Resend *wanted = hook->told->resends[i];
        if (wanted->id <= hook->resent)
            continue;
        uint64_t first = wanted->has_from && wanted->from ? wanted->from : 1;
        uint64_t last = wanted->has_to ? wanted->to : UINT64_MAX - 1;
        hook->resend = wanted->id;
        feed_reset(&hook->again, first - 1, last);
        if (!wanted->test)
            return true;
        feed_reset(&hook->again, 0, 0);
        struct hook_message *test = hook_message_test(wanted->id, hook->told->name, now_ms);
        if (!feed_put(&hook->again, test, fault)) {
            hook->resend = 0;
            return false;
        }
    }
    return true;
}

static bool resend_is_through(const struct hook *hook) {
    return hook->again.count == 0 && hook->again.scanned >= hook->again.end;
}

struct hook_message *hook_next(struct hook *hook, uint64_t now_ms, struct feed **from) {
    *from = NULL;
    if (hook->gone || hook->phase != HOOK_IDLE)
        return NULL;
    if (hook->resend && hook->again.count)
        *from = &hook->again;
    else if (hook_active(hook) && hook->live.count && hook->told->next_attempt_ms <= now_ms)
        *from = &hook->live;
    return *from ? (*from)->queue[(*from)->head] : NULL;
}

uint64_t hook_due_ms(const struct hook *hook) {
    if (hook->gone || hook->phase != HOOK_IDLE)
        return UINT64_MAX;
    if (hook->resend && hook->again.count)
        return 0;
    return hook_active(hook) && hook->live.count ? hook->told->next_attempt_ms : UINT64_MAX;
}

/* --- reports ---------------------------------------------------------------------------------- */

static void begin_report(struct hook *hook) {
    mindex__v1__deliveries_made__init(&hook->report);
    hook->report.subscription = hook->told->name;
    hook->report.has_created_ms = hook->told->has_created_ms;
    hook->report.created_ms = hook->told->created_ms;
    hook->stale = hook->fresh != NULL;
    hook->phase = HOOK_TELLING;
    hook->request = 0;
    hook->tell_again = 0;
}

static void add_delivery(struct hook *hook, const struct hook_outcome *outcome, uint32_t attempt) {
    const struct hook_message *message = hook->from->queue[hook->from->head];
    mindex__v1__delivery__init(&hook->delivery);
    hook->delivery.subscription = hook->told->name;
    hook->delivery.message_id = (char *)message->id;
    hook->delivery.first_event = message->first;
    hook->delivery.last_event = message->last;
    hook->delivery.attempt = attempt;
    hook->delivery.time_ms = hook->posted_ms;
    hook->delivery.took_ms = outcome->took_ms;
    hook->delivery.has_status = outcome->status != 0;
    hook->delivery.status = outcome->status;
    if (!outcome->taken) {
        (void)snprintf(hook->error, sizeof hook->error, "%s", outcome->error);
        hook->delivery.error = hook->error;
    }
    hook->deliveries[0] = &hook->delivery;
    hook->report.deliveries = hook->deliveries;
    hook->report.n_deliveries = 1;
}

static void resend_is_done(struct hook *hook) {
    hook->done[0] = hook->resend;
    hook->report.resends_done = hook->done;
    hook->report.n_resends_done = 1;
}

static void disable(struct hook *hook, const char *reason) {
    (void)snprintf(hook->reason, sizeof hook->reason, "%s", reason);
    hook->report.disable = hook->reason;
}

static void put_off(struct hook *hook, const struct hook_outcome *outcome,
                    const struct hook_schedule *schedule, uint64_t now_ms, double extra) {
    uint32_t attempts = hook->told->attempts + 1;
    hook->report.has_attempts = true;
    hook->report.attempts = attempts;
    if (outcome->status == GONE) {
        disable(hook, "the endpoint answered 410: it is gone");
        return;
    }
    if (attempts >= schedule->attempts) {
        char reason[400];
        (void)snprintf(reason, sizeof reason, "%u attempts in a row failed; the last: %s", attempts,
                       outcome->error);
        disable(hook, reason);
        return;
    }
    double pause = (double)schedule->delays_ms[attempts];
    if (pause < (double)outcome->retry_after_ms)
        pause = (double)outcome->retry_after_ms;
    hook->report.has_next_attempt_ms = true;
    hook->report.next_attempt_ms = now_ms + (uint64_t)(pause * (1 + extra / 10));
    hook->delivery.has_next_attempt_ms = true;
    hook->delivery.next_attempt_ms = hook->report.next_attempt_ms;
}

void hook_end_resend(struct hook *hook, uint64_t at) {
    if (hook->resend && hook->again.scanned == at)
        hook->again.end = at;
}

void hook_judge(struct hook *hook, const struct hook_outcome *outcome,
                const struct hook_schedule *schedule, uint64_t now_ms, double extra) {
    bool again = hook->from == &hook->again;
    begin_report(hook);
    add_delivery(hook, outcome, again ? 1 : hook->told->attempts + 1);
    if (again) {
        hook->delivery.has_resend = true;
        hook->delivery.resend = hook->resend;
        if (!outcome->taken || (hook->again.count == 1 && hook->again.scanned >= hook->again.end))
            resend_is_done(hook);
    } else if (outcome->taken) {
        hook->report.has_after = true;
        hook->report.after = hook->from->queue[hook->from->head]->last;
        hook->report.has_after_time_ms = true;
        hook->report.after_time_ms = hook->from->queue[hook->from->head]->last_ms;
        hook->report.has_attempts = true; /* none that failed */
    } else {
        put_off(hook, outcome, schedule, now_ms, extra);
    }
}

bool hook_report_progress(struct hook *hook, uint64_t now_ms) {
    if (hook->gone || hook->phase != HOOK_IDLE)
        return false;
    if (hook->resend && resend_is_through(hook)) {
        begin_report(hook);
        hook->from = &hook->again;
        resend_is_done(hook);
        return true;
    }
    uint64_t safe = hook->live.scanned, after = hook->told->after;
    if (!hook_active(hook) || hook->live.count || hook->live.digest.scored ||
        !hook->live.scanned_ms || safe <= after ||
        (safe - after < PROGRESS_EVENTS && now_ms < hook->progress_ms + PROGRESS_MS))
        return false;
    begin_report(hook);
    hook->from = &hook->live;
    hook->report.has_after = true;
    hook->report.after = safe;
    hook->report.has_after_time_ms = true;
    hook->report.after_time_ms = hook->live.scanned_ms;
    hook->progress_ms = now_ms;
    return true;
}

void hook_confirmed(struct hook *hook) {
    const DeliveriesMade *report = &hook->report;
    bool again = hook->from == &hook->again;
    if (report->n_deliveries && (again || report->has_after))
        feed_pop(hook->from);
    if (report->n_resends_done) {
        hook->resent = hook->resend;
        hook->resend = 0;
        feed_reset(&hook->again, 0, 0);
    }
    if (report->has_after)
        hook->told->after = report->after;
    if (report->has_attempts) {
        hook->told->attempts = report->attempts;
        hook->told->next_attempt_ms = report->next_attempt_ms;
    }
    if (report->disable) {
        hook->disabled = true;
        if (hook->fresh) /* from before, and still active there */
            mindex__v1__subscription__free_unpacked(hook->fresh, NULL);
        hook->fresh = NULL;
    }
    hook->phase = HOOK_IDLE;
}
