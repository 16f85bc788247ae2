/* Events as the hub makes them, for tests of who wants them and how they are told. */
#ifndef TESTS_SERVICES_SOME_EVENTS_H
#define TESTS_SERVICES_SOME_EVENTS_H

#include "services/bus/messages.h"

/* 2025-11-25T09:30:00.123Z */
#define SOME_TIME_MS 1764063000123

/* A place of the North that moves from 20 to 12 and from "low" to "medium" at skills, below growth,
 * because of new data. */
static inline Event some_move(RankChanged *body, uint64_t seq) {
    mindex__v1__rank_changed__init(body);
    body->area = "E01";
    body->area_name = "Alston";
    body->node = "skills";
    body->node_name = "Skills";
    body->level = "objective";
    body->mission = "growth";
    body->has_old_rank = body->has_new_rank = true;
    body->old_rank = 20;
    body->new_rank = 12;
    body->has_old_score = body->has_new_score = true;
    body->old_score = 41.5;
    body->new_score = 0.1 + 0.2;
    body->old_band = "low";
    body->new_band = "medium";
    body->cause = "release";
    body->has_release = true;
    body->release = 4;
    body->dataset = "apprenticeships";
    body->label = "2024/25";
    body->region = "R1";
    body->area_type = "district";
    body->nature = "data";
    Event event = MINDEX__V1__EVENT__INIT;
    event.seq = seq;
    event.time_ms = SOME_TIME_MS;
    event.type = "rank.changed";
    event.has_edition = true;
    event.edition = 7;
    event.body_case = MINDEX__V1__EVENT__BODY_RANK_CHANGED;
    event.rank_changed = body;
    return event;
}

static inline Event some_edition(Mindex__V1__EditionScored *body, uint64_t seq, uint32_t changes) {
    mindex__v1__edition_scored__init(body);
    body->cause = "release";
    body->has_release = true;
    body->release = 4;
    body->dataset = "apprenticeships";
    body->label = "2024/25";
    body->ranked = 307;
    body->places_moved = 120;
    body->changes = changes;
    body->hash = "0123";
    body->nature = "data";
    Event event = MINDEX__V1__EVENT__INIT;
    event.seq = seq;
    event.time_ms = SOME_TIME_MS;
    event.type = "edition.scored";
    event.has_edition = true;
    event.edition = 7;
    event.body_case = MINDEX__V1__EVENT__BODY_EDITION_SCORED;
    event.edition_scored = body;
    return event;
}

static inline Event some_release(Mindex__V1__ReleaseAccepted *body, uint64_t seq) {
    mindex__v1__release_accepted__init(body);
    body->release = 4;
    body->dataset = "apprenticeships";
    body->label = "2024/25";
    body->file_hash = "0123";
    body->observations = 307;
    Event event = MINDEX__V1__EVENT__INIT;
    event.seq = seq;
    event.time_ms = SOME_TIME_MS;
    event.type = "release.accepted";
    event.body_case = MINDEX__V1__EVENT__BODY_RELEASE_ACCEPTED;
    event.release_accepted = body;
    return event;
}

#endif
