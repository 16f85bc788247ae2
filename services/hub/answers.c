#include "services/bus/instant.h"
#include "services/bus/log.h"
#include "services/hub/hub.h"

#include <stdlib.h>

enum { EDITIONS_LIMIT = 1000 };

void answer_blob(struct hub *hub, zframe_t *from, const Message *question) {
    struct fault fault = {0};
    char hash[LOG_QUOTED], reason[LOG_QUOTED];
    Blob blob = MINDEX__V1__BLOB__INIT;
    blob.hash = question->blob_wanted->hash;
    /* Who may not see figures before their time hears of no blob that holds them. */
    bool public = hub->roles & ROLES_HELD;
    if (public || store_blob_public(hub->store, blob.hash, &public, &fault))
        blob.has_content = public && store_get_blob(hub->store, blob.hash, &blob.content.data,
                                                    &blob.content.len, &fault);
    if (!blob.has_content)
        log_warning("blob not given", "hash=%s reason=%s", log_quote(blob.hash, hash),
                    log_quote(*fault.text ? fault.text : "not public", reason));
    if (fault.kind == FAULT_MEMORY || fault.kind == FAULT_SYSTEM) {
        /* That it cannot be read now is not that it is not there: who needs it asks again. */
        hub_answer_error(hub, from, question->request, fault.text);
        return;
    }
    Message message = MINDEX__V1__MESSAGE__INIT;
    message.body_case = MINDEX__V1__MESSAGE__BODY_BLOB;
    message.blob = &blob;
    hub_answer(hub, from, question->request, &message);
    if (blob.has_content)
        free(blob.content.data);
}

static bool edition_gone(struct hub *hub, const EditionInfo *info, struct fault *fault) {
    char date[INSTANT_TEXT];
    uint64_t oldest;
    if (!store_oldest_edition(hub->store, &oldest, fault))
        return false;
    fault_set(fault, FAULT_INPUT,
              "edition %llu was retired on %.10s: its ranks and events are not kept any more; the "
              "oldest edition that is kept is %llu",
              (unsigned long long)info->number, instant_write(info->retired_ms, date),
              (unsigned long long)oldest);
    fault->gone = true;
    return false;
}

static bool answer_edition(struct hub *hub, struct arena *arena, const Message *question,
                           Message *answer, struct fault *fault) {
    const Mindex__V1__EditionWanted *wanted = question->edition_wanted;
    Mindex__V1__Edition *edition = arena_alloc(arena, 1, sizeof *edition);
    EditionInfo *info = NULL;
    if (!edition)
        return fault_memory(fault);
    if (!store_edition(hub->store, arena, wanted->has_number ? wanted->number : 0, &info, fault)) {
        return false;
    }
    if (!info) {
        return wanted->has_number && wanted->number
                   ? fault_set(fault, FAULT_INPUT,
                               "there is no edition %llu; 'mindex editions' "
                               "lists those that there are",
                               (unsigned long long)wanted->number)
                   : fault_set(fault, FAULT_INPUT,
                               "there is no edition yet; load a pack with 'mindex load FOLDER'");
    }
    if (info->has_retired_ms && !wanted->retired_too)
        return edition_gone(hub, info, fault);
    mindex__v1__edition__init(edition);
    edition->info = info;
    answer->body_case = MINDEX__V1__MESSAGE__BODY_EDITION;
    answer->edition = edition;
    return true;
}

static bool answer_editions(struct hub *hub, struct arena *arena, const Message *question,
                            Message *answer, struct fault *fault) {
    const Mindex__V1__EditionsWanted *wanted = question->editions_wanted;
    Mindex__V1__Editions *editions = arena_alloc(arena, 1, sizeof *editions);
    if (!editions)
        return fault_memory(fault);
    mindex__v1__editions__init(editions);
    uint32_t limit =
        wanted->has_limit && wanted->limit < EDITIONS_LIMIT ? wanted->limit : EDITIONS_LIMIT;
    answer->body_case = MINDEX__V1__MESSAGE__BODY_EDITIONS;
    answer->editions = editions;
    return store_editions(hub->store, arena, wanted->has_before ? wanted->before : 0, limit,
                          &editions->editions, &editions->n_editions, fault);
}

static bool answer_releases(struct hub *hub, struct arena *arena, const Message *question,
                            Message *answer, struct fault *fault) {
    Mindex__V1__Releases *releases = arena_alloc(arena, 1, sizeof *releases);
    if (!releases)
        return fault_memory(fault);
    mindex__v1__releases__init(releases);
    answer->body_case = MINDEX__V1__MESSAGE__BODY_RELEASES;
    answer->releases = releases;
    Mindex__V1__ReleasesWanted wanted = *question->releases_wanted;
    if (!(hub->roles & ROLES_HELD))
        wanted.told_only = wanted.has_told_only = true;
    return store_releases(hub->store, arena, &wanted, &releases->releases, &releases->n_releases,
                          fault);
}

static bool find_answer(struct hub *hub, struct arena *arena, const Message *question,
                        Message *answer, struct fault *fault) {
    switch (question->body_case) {
    case MINDEX__V1__MESSAGE__BODY_EDITION_WANTED:
        return answer_edition(hub, arena, question, answer, fault);
    case MINDEX__V1__MESSAGE__BODY_EDITIONS_WANTED:
        return answer_editions(hub, arena, question, answer, fault);
    case MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED:
        return answer_releases(hub, arena, question, answer, fault);
    case MINDEX__V1__MESSAGE__BODY_STATUS_WANTED:
        return status_answer(hub, arena, answer, fault);
    default:
        return fault_set(fault, FAULT_INPUT, "the hub takes no such message");
    }
}

void answer_question(struct hub *hub, zframe_t *from, const Message *question) {
    struct fault fault = {0};
    Message answer = MINDEX__V1__MESSAGE__INIT;
    struct arena *arena = arena_new();
    if (arena ? find_answer(hub, arena, question, &answer, &fault) : fault_memory(&fault)) {
        hub_answer(hub, from, question->request, &answer);
    } else if (fault.gone) {
        uint64_t oldest = 0;
        struct fault ignored = {0};
        (void)store_oldest_edition(hub->store, &oldest, &ignored);
        (void)hub_answer_gone(hub, from, question->request, fault.text, oldest);
    } else {
        hub_answer_error(hub, from, question->request, fault.text);
    }
    arena_destroy(&arena);
}
