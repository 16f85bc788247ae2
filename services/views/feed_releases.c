/* The feed of releases: an entry each, with what a revision changed and why one was withdrawn. */
#include "core/nearest.h"
#include "services/views/feed.h"
#include "services/views/feeds.h"
#include "services/views/html.h"

#include <inttypes.h>
#include <string.h>

enum { ENTRIES = 50, EVENTS_MAX = 5000, EDITIONS_MAX = 1000, TITLE_TEXT = 800, NAME_TEXT = 300 };

/* Which releases are wanted. */
struct wanted {
    const struct request *request;
    const struct definition *definition;
    const char *dataset;  /* NULL: any */
    const Events *events; /* of those since; NULL: any */
    uint64_t retired;     /* the last edition that was; 0: none of the newest */
};

static uint64_t last_retired(const Editions *editions) {
    for (size_t i = 0; i < editions->n_editions; i++) { /* the newest first */
        if (editions->editions[i]->has_retired_ms)
            return editions->editions[i]->number;
    }
    return 0;
}

static bool is_since(const struct wanted *wanted, const ReleaseInfo *release) {
    for (size_t i = 0; wanted->events && i < wanted->events->n_events; i++) {
        const Event *event = wanted->events->events[i];
        if ((event->body_case == MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED &&
             event->release_accepted->release == release->release) ||
            (event->body_case == MINDEX__V1__EVENT__BODY_RELEASE_WITHDRAWN &&
             event->release_withdrawn->release == release->release))
            return true;
    }
    return !wanted->events;
}

static bool is_wanted(const struct wanted *wanted, const ReleaseInfo *release) {
    return (!wanted->dataset || strcmp(wanted->dataset, release->dataset) == 0) &&
           is_since(wanted, release);
}

static const char *title_of(const struct definition *definition, const char *dataset) {
    for (size_t i = 0; i < definition->n_datasets; i++) {
        if (strcmp(definition->datasets[i].id, dataset) == 0)
            return definition->datasets[i].title;
    }
    return dataset; /* of an earlier definition */
}

/* When it came into force, or was withdrawn: the last that happened to it. */
static uint64_t updated(const ReleaseInfo *release) {
    uint64_t last = release->time_ms;
    if (release->publish_at_ms > last)
        last = release->publish_at_ms;
    return release->withdrawn_ms > last ? release->withdrawn_ms : last;
}

static void write_what(FILE *out, const ReleaseInfo *release) {
    (void)fprintf(out, "<p>Release %" PRIu64 ", %u figures", release->release,
                  release->observations);
    if (release->has_compared_with)
        (void)fprintf(out, ": %u added, %u removed, %u changed, %u of another status than in %s",
                      release->added, release->removed, release->changed, release->statuses,
                      release->revision ? "what it revises" : "the release before");
    (void)fputs(".</p>\n", out);
    if (release->withdrawn_reason) {
        (void)fputs("<p>Withdrawn: ", out);
        feed_text(out, release->withdrawn_reason);
        (void)fputs("</p>\n", out);
    }
    if (release->has_edition)
        (void)fprintf(out, "<p>First used by edition %" PRIu64 ".</p>\n", release->edition);
}

static void write_entry(FILE *out, const struct wanted *wanted, const ReleaseInfo *release) {
    char title[TITLE_TEXT], name[100], page[NAME_TEXT];
    bool withdrawn = release->has_withdrawn_ms;
    (void)snprintf(title, sizeof title, "%.400s: %.200s%s%s",
                   title_of(wanted->definition, release->dataset), release->label,
                   release->revision ? " (a revision)" : "", withdrawn ? " (withdrawn)" : "");
    (void)snprintf(name, sizeof name, "mindex release %" PRIu64 " %" PRIu64, release->release,
                   release->time_ms);
    if (release->has_edition && release->edition > wanted->retired)
        (void)snprintf(page, sizeof page, "/changes?edition=%" PRIu64, release->edition);
    else
        (void)snprintf(page, sizeof page, "/editions");
    const struct feed_entry entry = {.name = name,
                                     .title = title,
                                     .page = page,
                                     .category = withdrawn           ? "withdrawal"
                                                 : release->revision ? "revision"
                                                                     : "data",
                                     .published_ms = release->time_ms,
                                     .updated_ms = updated(release)};
    feed_entry_begin(out, wanted->request, &entry);
    write_what(out, release);
    feed_entry_end(out);
}

static void write_feed(FILE *out, const struct wanted *wanted, const Releases *releases) {
    char title[TITLE_TEXT] = "Releases of the index of need", name[NAME_TEXT] = "mindex releases";
    uint64_t last = 0;
    if (wanted->dataset) {
        (void)snprintf(title, sizeof title, "Releases: %.700s",
                       title_of(wanted->definition, wanted->dataset));
        (void)snprintf(name, sizeof name, "mindex releases %.250s", wanted->dataset);
    }
    for (size_t i = 0; i < releases->n_releases; i++) {
        if (is_wanted(wanted, releases->releases[i]) && updated(releases->releases[i]) > last)
            last = updated(releases->releases[i]);
    }
    const struct feed_head head = {.name = name,
                                   .title = title,
                                   .subtitle = "What publishers released, revised and withdrew.",
                                   .page = "/editions",
                                   .updated_ms = last};
    size_t told = 0;
    feed_begin(out, wanted->request, &head);
    for (size_t i = 0; i < releases->n_releases && told < ENTRIES; i++) {
        if (!is_wanted(wanted, releases->releases[i]))
            continue;
        write_entry(out, wanted, releases->releases[i]);
        told++;
    }
    feed_end(out);
}

/* False: the answer says that there is no such dataset. */
static bool find_dataset(struct wanted *wanted, const Releases *releases, struct answer *answer) {
    const char *dataset = request_get(wanted->request, "dataset");
    if (!dataset || !*dataset)
        return true;
    struct nearest near = {.word = dataset};
    for (size_t i = 0; i < wanted->definition->n_datasets; i++) {
        if (strcmp(wanted->definition->datasets[i].id, dataset) == 0)
            wanted->dataset = dataset;
        nearest_offer(&near, wanted->definition->datasets[i].id);
    }
    for (size_t i = 0; i < releases->n_releases; i++) {
        if (strcmp(releases->releases[i]->dataset, dataset) == 0)
            wanted->dataset = dataset;
    }
    if (!wanted->dataset)
        answer_problem(answer, wanted->request, 404,
                       "the index has no dataset '%.100s'%s%.100s%s; /metrics-table names them",
                       dataset, near.best ? "; did you mean '" : "", near.best ? near.best : "",
                       near.best ? "'?" : "");
    return wanted->dataset != NULL;
}

void feed_releases(struct viewer *viewer, const struct request *request, struct answer *answer) {
    static const char *const topics[] = {"release."};
    struct fault fault = {0};
    struct wanted wanted = {.request = request};
    struct buffer buffer;
    uint64_t since;
    if (!request_number(request, "since", 0, 0, INT64_MAX, &since, answer))
        return;
    const struct view *view = viewer_edition(viewer, 0, &fault);
    const Editions *editions = view ? viewer_editions(viewer, 0, EDITIONS_MAX, &fault) : NULL;
    if (editions)
        wanted.retired = last_retired(editions);
    const Releases *releases = editions ? viewer_releases(viewer, NULL, &fault) : NULL;
    bool fine = releases != NULL;
    if (fine && since)
        fine =
            (wanted.events = viewer_events(viewer, since, EVENTS_MAX, topics, 1, &fault)) != NULL;
    if (!fine) {
        answer_fault(answer, request, &fault);
        return;
    }
    wanted.definition = view->pack->definition;
    if (!find_dataset(&wanted, releases, answer))
        return;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return;
    write_feed(out, &wanted, releases);
    feed_answer(&buffer, out, answer);
}
