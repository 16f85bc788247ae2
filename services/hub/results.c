#include "services/hub/results.h"

#include "services/bus/clock.h"
#include "services/bus/convert.h"
#include "services/bus/log.h"
#include "services/bus/stored.h"
#include "services/hub/check.h"

#include <stdlib.h>
#include <string.h>

/* --- scores: an edition, its events, the comparison or the publishing ------------------------- */

struct scoring {
    struct hub *hub;
    struct arena *arena;
    const struct job *job;
    const ScoreTask *order;
    const Insight *insight; /* NULL: none, or none that fits */
    const struct pack *pack;
    struct edition *edition;
    EditionInfo *previous; /* NULL: this is the first */
    struct changes *changes;
    struct edition_cause cause;
    EditionInfo info;
    char hash[HASH_TEXT];
};

static bool same_inputs(const struct edition_inputs *inputs, const ScoreTask *order) {
    bool same = inputs->n == order->n_before;
    for (size_t i = 0; same && i < inputs->n; i++)
        same = strcmp(inputs->datasets[i], order->before[i]->dataset) == 0 &&
               strcmp(inputs->observations[i], order->before[i]->observations) == 0;
    return same;
}

/* An insight is about the edition that was to come before. Where that never came (its task was set
 * aside), it explains other changes than these, and is not told. */
static bool check_insight(struct scoring *s, struct fault *fault) {
    if (!s->insight)
        return true;
    const struct edition_inputs *inputs =
        library_inputs(s->hub->library, s->previous->scores, fault);
    if (!inputs)
        return false;
    if (!s->order->before_pack || strcmp(s->previous->pack, s->order->before_pack) != 0 ||
        !same_inputs(inputs, s->order)) {
        log_warning("changes not explained", "edition=%llu reason=\"another edition came before\"",
                    (unsigned long long)s->info.number);
        s->insight = NULL;
    }
    return true;
}

static bool find_changes(struct scoring *s, struct fault *fault) {
    if (!store_edition(s->hub->store, s->arena, 0, &s->previous, fault))
        return false;
    s->info.number = s->previous ? s->previous->number + 1 : 1;
    if (!s->previous)
        return true;
    const struct pack *old_pack = library_pack(s->hub->library, s->previous->pack, fault);
    const struct edition *old =
        old_pack ? library_edition(s->hub->library, s->previous->pack, s->previous->scores, fault)
                 : NULL;
    if (!old)
        return false;
    s->changes = changes_between(old_pack, old, s->pack, s->edition, fault);
    return s->changes != NULL && check_insight(s, fault);
}

static bool fill_info(struct scoring *s, struct fault *fault) {
    struct release_row *release = NULL;
    if (s->job->release &&
        !store_release(s->hub->store, s->arena, s->job->release, &release, fault))
        return false;
    /* Scoring that was ordered under schema 1 does not name its cause. */
    s->cause.cause = s->order->cause ? s->order->cause : release ? "release" : "definition";
    s->cause.nature = s->order->nature;
    s->cause.request_id = s->job->request_id;
    if (release) {
        s->cause.release = release->id;
        s->cause.dataset = release->dataset;
        s->cause.label = release->label;
    }
    s->info.time_ms = clock_wall_ms();
    s->info.pack = s->order->pack;
    s->info.scores = s->hash;
    s->info.cause = (char *)s->cause.cause;
    s->info.release = s->cause.release;
    s->info.nature = (char *)s->cause.nature;
    s->info.ranked = (uint32_t)edition_ranked(s->edition, 0);
    s->info.places_moved = s->changes ? (uint32_t)changes_at(s->changes, 0) : 0;
    s->info.changes = s->changes ? (uint32_t)s->changes->count : 0;
    return true;
}

static bool tell(struct scoring *s, struct fault *fault) {
    struct hub *hub = s->hub;
    char *topics[] = {"edition"};
    Mindex__V1__EditionScored body = MINDEX__V1__EDITION_SCORED__INIT;
    body.cause = s->info.cause;
    body.has_release = s->cause.release != 0;
    body.release = s->cause.release;
    body.dataset = s->cause.dataset;
    body.label = s->cause.label;
    body.ranked = s->info.ranked;
    body.places_moved = s->info.places_moved;
    body.changes = s->info.changes;
    body.hash = s->hash;
    body.nature = (char *)s->cause.nature;
    Event event;
    event_begin(hub, &event, "edition.scored", s->info.number, s->cause.request_id);
    event.n_topics = 1;
    event.topics = topics;
    event.body_case = MINDEX__V1__EVENT__BODY_EDITION_SCORED;
    event.edition_scored = &body;
    s->info.first_event = event.seq;
    if (!events_add(hub, &event, fault))
        return false;
    if (s->changes && !events_add_changes(hub, s->info.number, &s->cause, s->pack, s->changes,
                                          s->insight, fault)) {
        return false;
    }
    s->info.last_event = hub->newest_event;
    return true;
}

static bool order_comparison(struct scoring *s, const char *observations, struct job **next,
                             struct fault *fault) {
    const struct definition *definition = s->pack->definition;
    Input spend = MINDEX__V1__INPUT__INIT;
    spend.dataset = (char *)definition->datasets[definition->spend.dataset].id;
    spend.observations = (char *)observations;
    CompareTask compare = MINDEX__V1__COMPARE_TASK__INIT;
    compare.edition = s->info.number;
    compare.pack = s->order->pack;
    compare.scores = s->hash;
    compare.spend = &spend;
    Task task = MINDEX__V1__TASK__INIT;
    task.work_case = MINDEX__V1__TASK__WORK_COMPARE;
    task.compare = &compare;
    task.request_id = (char *)s->job->request_id;
    *next = chain_task(s->hub, JOB_COMPARE, &task, 0, fault);
    return *next != NULL;
}

static bool order_next(struct scoring *s, struct job **next, struct fault *fault) {
    const struct definition *definition = s->pack->definition;
    char observations[HASH_TEXT] = "";
    if (definition->spend.dataset != NO_DATASET &&
        !store_edition_input(s->hub->store, s->info.number,
                             definition->datasets[definition->spend.dataset].id, observations,
                             fault)) {
        return false;
    }
    return observations[0]
               ? order_comparison(s, observations, next, fault)
               : result_next_publish(s->hub, s->info.number, s->job->request_id, next, fault);
}

static bool commit_scored(struct scoring *s, const EditionScores *scores, struct job **next,
                          struct fault *fault) {
    struct store *store = s->hub->store;
    if (!check_scores(s->order, scores, fault))
        return false;
    s->pack = library_pack(s->hub->library, s->order->pack, fault);
    s->edition = s->pack ? edition_of_message(scores, s->pack, fault) : NULL;
    if (s->edition && s->insight && !insight_fits(s->insight, s->pack))
        return fault_set(fault, FAULT_INPUT, "an insight that does not fit its pack");
    return s->edition && store_begin(store, fault) &&
           store_put_message(store, &scores->base, s->hash, fault) && find_changes(s, fault) &&
           fill_info(s, fault) && tell(s, fault) &&
           store_add_edition(store, &s->info, s->order->releases, s->order->n_releases,
                             s->job->upto, fault) &&
           order_next(s, next, fault) && store_end_task(store, s->job->id, fault) &&
           store_commit(store, fault);
}

static bool commit_scores(struct hub *hub, const struct job *job, const ScoreTask *order,
                          const TaskDone *done, struct job **next, struct fault *fault) {
    const EditionScores *scores = done->scores;
    struct scoring s = {
        .hub = hub, .arena = arena_new(), .job = job, .order = order, .insight = done->insight};
    mindex__v1__edition_info__init(&s.info);
    bool committed = s.arena ? commit_scored(&s, scores, next, fault) : fault_memory(fault);
    if (committed) {
        log_info("edition committed",
                 "edition=%llu cause=%s release=%llu places_moved=%u changes=%u",
                 (unsigned long long)s.info.number, s.info.cause,
                 (unsigned long long)s.info.release, s.info.places_moved, s.info.changes);
        if (job->came_ms)
            measures_add(&hub->measures, MEASURE_EDITION,
                         (int64_t)(clock_wall_ms() - job->came_ms));
        /* The next one is held against it. */
        library_keep_edition(hub->library, order->pack, s.hash, &s.edition, scores);
    }
    changes_destroy(&s.changes);
    edition_destroy(&s.edition);
    arena_destroy(&s.arena);
    return committed;
}

/* --- a comparison with spend ------------------------------------------------------------------ */

static const char *low_spend_area(const Comparison *of, size_t row) {
    const char *quadrant = of->rows[row]->quadrant;
    bool is = quadrant && strcmp(quadrant, quadrant_id(HIGH_NEED_LOW_SPEND)) == 0;
    return is ? of->rows[row]->area : NULL;
}

/* The high-need low-spend areas of `of` that are not so in `other` (NULL: none is), in *list. */
static bool difference(struct arena *arena, const Comparison *of, const Comparison *other,
                       char ***list, size_t *count) {
    *count = 0;
    *list = arena_alloc(arena, of->n_rows, sizeof **list);
    for (size_t i = 0; *list && i < of->n_rows; i++) {
        const char *area = low_spend_area(of, i);
        bool both = false;
        for (size_t k = 0; area && other && !both && k < other->n_rows; k++) {
            const char *there = low_spend_area(other, k);
            both = there && strcmp(area, there) == 0;
        }
        if (area && !both)
            (*list)[(*count)++] = (char *)area;
    }
    return *list != NULL;
}

static bool tell_comparison(struct hub *hub, struct arena *arena, const struct job *job,
                            uint64_t edition, const Comparison *now, const Comparison *before,
                            struct fault *fault) {
    Mindex__V1__SpendCompared body = MINDEX__V1__SPEND_COMPARED__INIT;
    body.node = now->node;
    body.measure = now->measure;
    body.period = now->period;
    body.compared = now->compared;
    body.need_threshold = now->need_threshold;
    body.spend_threshold = now->spend_threshold;
    if (!difference(arena, now, NULL, &body.high_need_low_spend_areas,
                    &body.n_high_need_low_spend_areas) ||
        (before && (!difference(arena, now, before, &body.entered, &body.n_entered) ||
                    !difference(arena, before, now, &body.left, &body.n_left)))) {
        return fault_memory(fault);
    }
    body.high_need_low_spend = (uint32_t)body.n_high_need_low_spend_areas;
    char topic[300];
    (void)snprintf(topic, sizeof topic, "spend.%s", now->node);
    char *topics[] = {topic};
    Event event;
    event_begin(hub, &event, "spend.compared", edition, job->request_id);
    event.n_topics = 1;
    event.topics = topics;
    event.body_case = MINDEX__V1__EVENT__BODY_SPEND_COMPARED;
    event.spend_compared = &body;
    return events_add(hub, &event, fault);
}

/* The comparison of the edition before, if there is one; *out is freed by the caller. */
static bool previous_comparison(struct hub *hub, struct arena *arena, uint64_t edition,
                                Comparison **out, struct fault *fault) {
    EditionInfo *before = NULL;
    uint8_t *bytes = NULL;
    size_t length = 0;
    *out = NULL;
    if (edition < 2)
        return true;
    if (!store_edition(hub->store, arena, edition - 1, &before, fault))
        return false;
    if (!before || !before->comparison)
        return true;
    if (!store_get_blob(hub->store, before->comparison, &bytes, &length, fault))
        return false;
    *out = stored_message(&mindex__v1__comparison__descriptor, bytes, length, before->comparison,
                          fault);
    free(bytes);
    return *out != NULL;
}

static bool store_comparison(struct hub *hub, struct arena *arena, const struct job *job,
                             uint64_t edition, const Comparison *comparison, struct job **next,
                             struct fault *fault) {
    Comparison *before = NULL;
    char hash[HASH_TEXT];
    bool stored = store_begin(hub->store, fault) &&
                  store_put_message(hub->store, &comparison->base, hash, fault) &&
                  store_set_comparison(hub->store, edition, hash, fault) &&
                  previous_comparison(hub, arena, edition, &before, fault) &&
                  tell_comparison(hub, arena, job, edition, comparison, before, fault) &&
                  result_next_publish(hub, edition, job->request_id, next, fault) &&
                  store_end_task(hub->store, job->id, fault) && store_commit(hub->store, fault);
    if (before)
        mindex__v1__comparison__free_unpacked(before, NULL);
    return stored;
}

static bool commit_comparison(struct hub *hub, const struct job *job, const CompareTask *order,
                              const Comparison *comparison, struct job **next,
                              struct fault *fault) {
    const struct pack *pack = library_pack(hub->library, order->pack, fault);
    struct comparison *checked = pack ? comparison_of_message(comparison, pack, fault) : NULL;
    if (!checked)
        return false;
    comparison_destroy(&checked);
    struct arena *arena = arena_new();
    bool stored = arena ? store_comparison(hub, arena, job, order->edition, comparison, next, fault)
                        : fault_memory(fault);
    arena_destroy(&arena);
    if (stored) {
        log_info("spend compared", "edition=%llu areas=%u", (unsigned long long)order->edition,
                 comparison->compared);
    }
    return stored;
}

/* --- publishing ------------------------------------------------------------------------------- */

bool result_next_publish(struct hub *hub, uint64_t edition, const char *request_id,
                         struct job **next, struct fault *fault) {
    EditionInfo *now = NULL, *before = NULL;
    struct arena *arena = arena_new();
    if (!arena)
        return fault_memory(fault);
    bool found = store_edition(hub->store, arena, edition, &now, fault) &&
                 (edition < 2 || store_edition(hub->store, arena, edition - 1, &before, fault));
    if (found && now) {
        PublishTask publish = MINDEX__V1__PUBLISH_TASK__INIT;
        publish.edition = edition;
        publish.pack = now->pack;
        publish.scores = now->scores;
        publish.previous_pack = before ? before->pack : NULL;
        publish.previous_scores = before ? before->scores : NULL;
        publish.comparison = now->comparison;
        publish.cause = now->cause;
        publish.dataset = now->dataset;
        publish.label = now->label;
        publish.nature = now->nature;
        publish.has_first_event = now->has_first_event;
        publish.first_event = now->first_event;
        publish.has_last_event = now->has_last_event;
        publish.last_event = now->last_event;
        publish.has_oldest_edition =
            store_oldest_edition(hub->store, &publish.oldest_edition, fault);
        Task task = MINDEX__V1__TASK__INIT;
        task.work_case = MINDEX__V1__TASK__WORK_PUBLISH;
        task.publish = &publish;
        task.request_id = (char *)request_id;
        *next = chain_task(hub, JOB_PUBLISH, &task, 0, fault);
    } else if (found) {
        fault_set(fault, FAULT_SYSTEM, "there is no edition %llu", (unsigned long long)edition);
    }
    arena_destroy(&arena);
    return *next != NULL;
}

static bool store_published(struct hub *hub, const struct job *job, uint64_t edition,
                            const Published *published, struct fault *fault) {
    char *topics[] = {"published"};
    Mindex__V1__EditionPublished body = MINDEX__V1__EDITION_PUBLISHED__INIT;
    body.folder = published->folder;
    body.files = published->files;
    Event event;
    event_begin(hub, &event, "edition.published", edition, job->request_id);
    event.n_topics = 1;
    event.topics = topics;
    event.body_case = MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED;
    event.edition_published = &body;
    return check_published(published, fault) && store_begin(hub->store, fault) &&
           store_set_published(hub->store, edition, fault) && events_add(hub, &event, fault) &&
           store_end_task(hub->store, job->id, fault) && store_commit(hub->store, fault);
}

static bool commit_published(struct hub *hub, const struct job *job, uint64_t edition,
                             const Published *published, struct fault *fault) {
    if (!store_published(hub, job, edition, published, fault))
        return false;
    log_info("edition published", "edition=%llu files=%u newest_event=%llu",
             (unsigned long long)edition, published->files, (unsigned long long)hub->newest_event);
    return true;
}

bool result_commit(struct hub *hub, const struct job *job, const TaskDone *done, struct job **next,
                   struct fault *fault) {
    Message *order = wire_read(job->task);
    if (!order)
        return fault_memory(fault);
    const Task *task = order->task;
    bool committed =
        job->kind == JOB_SCORE ? commit_scores(hub, job, task->score, done, next, fault)
        : job->kind == JOB_COMPARE
            ? commit_comparison(hub, job, task->compare, done->comparison, next, fault)
            : commit_published(hub, job, task->publish->edition, done->published, fault);
    wire_free(&order);
    return committed;
}
