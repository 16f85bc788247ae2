#include "services/cli/session.h"

#include "core/names.h"
#include "core/nearest.h"
#include "core/search.h"
#include "services/bus/filter.h"
#include "services/cli/door.h"
#include "services/cli/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char start_it[] =
    "Start it with 'mindex up' (installed: 'systemctl start mindex.target'), or name its state "
    "folder with --state";

int session_reach(const struct places *places, const char *endpoint) {
    struct fault fault = {0};
    /* A service that has just been started, or starts its roles anew, has time to do so. */
    if (door_open(endpoint, START_MS, &fault))
        return EXIT_OK;
    if (!owner_may_enter(places))
        return EXIT_FAILED;
    if (!door_tended(places))
        return command_failed(EXIT_FAILED, "no service runs here: %s. %s", fault.text, start_it);
    if (door_open(endpoint, ANSWER_MS, &fault))
        return EXIT_OK;
    return command_failed(EXIT_FAILED, "the service runs, but does not answer: %s", fault.text);
}

void session_note_away(const struct places *places) {
    struct fault fault = {0};
    if (door_open(places->hub, START_MS, &fault) || door_tended(places))
        return;
    (void)fprintf(stderr, "mindex: no service runs here: %s. %s. Waiting for it ...\n", fault.text,
                  start_it);
}

int session_open(struct session *session, const struct command_line *line) {
    struct fault fault = {0};
    *session = (struct session){0};
    session->client = client_open(line->places.hub, line->places.key, &fault);
    if (session->client)
        session->library = library_new(client_fetch, session->client);
    int status = session->library ? session_reach(&line->places, line->places.hub)
                                  : command_failed(EXIT_FAILED, "%s",
                                                   *fault.text ? fault.text : "out of memory");
    if (status != EXIT_OK)
        session_close(session);
    return status;
}

Message *session_ask(const struct session *session, Message *question,
                     Mindex__V1__Message__BodyCase expected, int *status) {
    struct fault fault = {0};
    Message *answer = client_ask(session->client, question, ANSWER_MS, &fault);
    if (answer && answer->body_case == expected)
        return answer;
    *status = command_failed(!answer && fault.kind == FAULT_INPUT ? EXIT_NOT_FOUND : EXIT_FAILED,
                             "%s", answer ? "the hub's answer is of another kind" : fault.text);
    wire_free(&answer);
    return NULL;
}

static int find_edition(struct session *session, uint64_t number, bool retired_too) {
    struct fault fault = {0};
    Mindex__V1__EditionWanted wanted;
    Message question = client_edition_question(&wanted, number);
    wanted.has_retired_too = wanted.retired_too = retired_too;
    session->answer = client_ask(session->client, &question, ANSWER_MS, &fault);
    if (!session->answer) {
        return command_failed(fault.kind == FAULT_INPUT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s",
                              fault.text);
    }
    if (session->answer->body_case != MINDEX__V1__MESSAGE__BODY_EDITION) {
        return command_failed(EXIT_FAILED, "the hub's answer is no edition");
    }
    session->info = session->answer->edition->info;
    session->pack = library_pack(session->library, session->info->pack, &fault);
    if (session->pack) {
        session->edition =
            library_edition(session->library, session->info->pack, session->info->scores, &fault);
    }
    return session->edition ? EXIT_OK : command_failed(EXIT_FAILED, "%s", fault.text);
}

int session_edition(struct session *session, uint64_t number) {
    return find_edition(session, number, false);
}

int session_edition_before(struct session *session, uint64_t number) {
    return find_edition(session, number, true);
}

/* NULL: there is no edition yet, or it cannot be had now; a fault of the pack itself is told. */
static const struct pack *newest_pack(struct session *session, struct fault *fault) {
    struct fault none = {0};
    Mindex__V1__EditionWanted wanted;
    Message question = client_edition_question(&wanted, 0);
    Message *answer = client_ask(session->client, &question, ANSWER_MS, &none);
    if (!answer && none.kind != FAULT_INPUT)
        *fault = none;
    bool edition = answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_EDITION;
    const struct pack *pack =
        edition ? library_pack(session->library, answer->edition->info->pack, fault) : NULL;
    wire_free(&answer);
    return pack;
}

Filter *session_filter(struct session *session, const struct command_line *line, int *status) {
    struct fault fault = {0};
    Filter *filter = filter_new();
    bool good = filter || fault_memory(&fault);
    *status = EXIT_USAGE;
    for (size_t i = 0; good && i < line->n_pairs; i++)
        good = filter_take(filter, line->pairs[i].name, line->pairs[i].value, &fault);
    const struct pack *pack = good && line->n_pairs ? newest_pack(session, &fault) : NULL;
    good = good && fault.kind == FAULT_NONE;
    if (pack && !filter_settle(filter, pack, &fault)) {
        *status = EXIT_NOT_FOUND;
        good = false;
    }
    if (good)
        return filter;
    *status = command_failed(fault.kind == FAULT_INPUT ? *status : EXIT_FAILED, "%s", fault.text);
    filter_destroy(&filter);
    return NULL;
}

void session_close(struct session *session) {
    wire_free(&session->answer);
    library_destroy(&session->library);
    client_destroy(&session->client);
}

size_t node_or_suggest(const struct definition *definition, const char *id) {
    if (!id)
        return 0;
    size_t node = definition_node(definition, id);
    if (node != NO_NODE)
        return node;
    struct nearest near = {.word = id};
    for (size_t i = 0; i < definition->n_nodes; i++)
        nearest_offer(&near, definition->nodes[i].id);
    if (near.best) {
        (void)command_failed(0, "the index has no node '%s'; did you mean '%s'?", id, near.best);
    } else {
        (void)command_failed(0, "the index has no node '%s'; 'mindex show AREA' lists them", id);
    }
    return NO_NODE;
}

/* The likeliest places: three of them, and how many more. `text` holds what comes of it. */
static void list_places(const struct geography *geography, const struct search_hit *hits, size_t n,
                        const char *last, char *text, size_t size) {
    enum { SHOWN = 3 };
    size_t used = 0;
    for (size_t i = 0; i < n && i < SHOWN && used < size; i++) {
        const struct area *area = &geography->areas[hits[i].area];
        used += (size_t)snprintf(text + used, size - used, "%s%s%s'%s' (%s)", i ? " " : "",
                                 i && i + 1 == n ? last : "", i && i + 1 == n ? " " : "",
                                 area->name, area->code);
        if (i + 2 < n && used < size)
            used += (size_t)snprintf(text + used, size - used, ",");
    }
    if (n > SHOWN && used < size)
        (void)snprintf(text + used, size - used, " %s %zu more", last, n - SHOWN);
}

/* What was not found as a name is looked for as a part of one, or as one that is near. */
static void suggest_places(const struct geography *geography, const char *name,
                           const struct fault *found) {
    struct fault fault = {0};
    char text[600];
    struct search *search = search_new(geography, &fault);
    struct search_hit *hits = search ? calloc(geography->n_areas + 1, sizeof *hits) : NULL;
    size_t n = hits ? search_places(search, name, hits) : 0;
    bool larger = n && hits[0].relation == SEARCH_LARGER;
    while (n && hits[n - 1].distance > hits[0].distance) /* the nearest of those that are near */
        n--;
    list_places(geography, hits, n, larger ? "and" : "or", text, sizeof text);
    /* Of the very name of another place the fault knows more: what it is a part of now. */
    if (larger)
        (void)command_failed(0, "'%s' is a larger area, which covers %s", name, text);
    else if (n && !search_exact(hits, n))
        (void)command_failed(0, "the index has no area '%s'; did you mean %s?", name, text);
    else
        (void)command_failed(0, "%s", found->text);
    free(hits);
    search_destroy(&search);
}

size_t area_or_suggest(const struct geography *geography, const char *name) {
    struct fault fault = {0};
    struct names *names = names_new(geography, &fault);
    size_t area = names ? names_area(names, name, &fault) : SIZE_MAX;
    if (area == SIZE_MAX)
        suggest_places(geography, name, &fault);
    names_destroy(&names);
    return area;
}

bool region_or_suggest(const struct geography *geography, const char *name) {
    struct nearest near = {.word = name};
    if (!name)
        return true;
    for (size_t i = 0; i < geography->n_areas; i++) {
        if (strcasecmp(geography->areas[i].region, name) == 0)
            return true;
        nearest_offer(&near, geography->areas[i].region);
    }
    if (near.best) {
        (void)command_failed(0, "no place lies in a region '%s'; did you mean '%s'?", name,
                             near.best);
    } else {
        (void)command_failed(0, "no place lies in a region '%s'; 'mindex ranks' shows the regions",
                             name);
    }
    return false;
}
