#include "services/bus/digest.h"

#include "services/bus/buffer.h"
#include "services/bus/cloudevent.h"
#include "services/bus/filter.h"
#include "services/bus/json_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_ROOM = 400 }; /* for what follows the moves */

/* --- collecting ------------------------------------------------------------------------------- */

static void move_clear(struct digest_move *move) {
    if (move->change)
        mindex__v1__rank_changed__free_unpacked(move->change, NULL);
    move->change = NULL;
}

void digest_clear(struct digest *digest) {
    for (size_t i = 0; i < digest->n_moves; i++)
        move_clear(&digest->moves[i]);
    if (digest->scored)
        mindex__v1__edition_scored__free_unpacked(digest->scored, NULL);
    memset(digest, 0, sizeof *digest);
}

/* A copy through the wire, of a message without fields that are not known: protobuf-c takes some in
 * that it does not take in again. NULL: out of memory. */
static void *copy_of(const ProtobufCMessage *message) {
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(length + 1);
    if (!bytes)
        return NULL;
    (void)protobuf_c_message_pack(message, bytes);
    void *copy = protobuf_c_message_unpack(message->descriptor, NULL, length, bytes);
    free(bytes);
    return copy;
}

static bool begin(struct digest *digest, const Filter *filter, const Event *event,
                  struct fault *fault) {
    digest_clear(digest);
    digest->edition = event->edition;
    digest->time_ms = digest->last_ms = event->time_ms;
    digest->first = digest->last = event->seq;
    if (event->request_id && request_id_valid(event->request_id))
        memcpy(digest->request_id, event->request_id, sizeof digest->request_id);
    digest->asked = filter && filter->n_types && filter_wants(filter, event);
    Mindex__V1__EditionScored told = *event->edition_scored;
    told.base.n_unknown_fields = 0;
    digest->scored = copy_of(&told.base);
    return digest->scored || fault_memory(fault);
}

/* Puts it in its place if it is one of the largest. */
static bool keep(struct digest *digest, const Event *event, struct fault *fault) {
    RankChanged told = *event->rank_changed;
    struct digest_move move = {.seq = event->seq, .distance = rank_distance(&told)};
    size_t at = digest->n_moves;
    while (at > 0 && digest->moves[at - 1].distance < move.distance)
        at--;
    if (at == DIGEST_MOVES_MAX)
        return true;
    told.n_causes = 0;
    told.base.n_unknown_fields = 0;
    move.change = copy_of(&told.base);
    if (!move.change)
        return fault_memory(fault);
    if (digest->n_moves == DIGEST_MOVES_MAX)
        move_clear(&digest->moves[--digest->n_moves]);
    memmove(&digest->moves[at + 1], &digest->moves[at],
            (digest->n_moves - at) * sizeof digest->moves[0]);
    digest->moves[at] = move;
    digest->n_moves++;
    return true;
}

bool digest_take(struct digest *digest, const Filter *filter, const Event *event, bool *complete,
                 struct fault *fault) {
    *complete = false;
    if (event->body_case == MINDEX__V1__EVENT__BODY_EDITION_SCORED) {
        if (!begin(digest, filter, event, fault))
            return false;
        *complete = digest->scored->changes == 0;
        return true;
    }
    if (event->body_case != MINDEX__V1__EVENT__BODY_RANK_CHANGED || !digest->scored ||
        event->edition != digest->edition)
        return true;
    if (filter_wants(filter, event)) {
        if (!keep(digest, event, fault))
            return false;
        digest->wanted++;
    }
    digest->last = event->seq;
    digest->last_ms = event->time_ms;
    *complete = ++digest->seen == digest->scored->changes;
    return true;
}

bool digest_worth(const struct digest *digest) {
    return digest->wanted > 0 || digest->asked;
}

/* --- telling ---------------------------------------------------------------------------------- */

const char *digest_id(const struct digest *digest, const char *name, char out[DIGEST_ID_TEXT]) {
    (void)snprintf(out, DIGEST_ID_TEXT, "digest-%" PRIu64 "-%" PRIu64 "-%.80s", digest->edition,
                   digest->time_ms, name);
    return out;
}

static void write_sentence(FILE *out, const struct digest *digest) {
    const Mindex__V1__EditionScored *scored = digest->scored;
    (void)fprintf(out, "Edition %" PRIu64, digest->edition);
    if (scored->dataset)
        (void)fprintf(out, " (%.200s, '%.200s'%s)", scored->dataset,
                      scored->label ? scored->label : "",
                      strcmp(scored->cause, "withdrawal") == 0 ? ", withdrawn" : "");
    else
        (void)fprintf(out, " (%.40s)", scored->cause);
    (void)fprintf(out, ": %u of %u places moved overall, %u ranks changed, of which %u %s wanted.",
                  scored->places_moved, scored->ranked, scored->changes, digest->wanted,
                  digest->wanted == 1 ? "is" : "are");
}

char *digest_sentence(const struct digest *digest) {
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return NULL;
    write_sentence(out, digest);
    return buffer_close(&buffer, out) ? buffer.bytes : NULL;
}

static void write_text_field(FILE *out, const char *name, const char *value) {
    if (!value)
        return;
    /* Labels are bounded where they are read; what is not must not fill the message. */
    char text[400];
    (void)snprintf(text, sizeof text, "%s", value);
    (void)fprintf(out, ",\"%s\":", name);
    json_write_text(out, text);
}

static void write_head(FILE *out, const struct digest *digest, const char *sentence) {
    const Mindex__V1__EditionScored *scored = digest->scored;
    (void)fprintf(out, "{\"edition\":%" PRIu64, digest->edition);
    write_text_field(out, "summary", sentence);
    write_text_field(out, "cause", scored->cause);
    write_text_field(out, "nature", scored->nature);
    if (scored->has_release)
        (void)fprintf(out, ",\"release\":%" PRIu64, scored->release);
    write_text_field(out, "dataset", scored->dataset);
    write_text_field(out, "label", scored->label);
    (void)fprintf(out, ",\"ranked\":%u,\"places_moved\":%u,\"changes\":%u,\"wanted\":%u",
                  scored->ranked, scored->places_moved, scored->changes, digest->wanted);
    (void)fprintf(out, ",\"first_event\":%" PRIu64 ",\"last_event\":%" PRIu64, digest->first,
                  digest->last);
}

/* What a move is written as, to know whether it finds room. NULL: out of memory. */
static char *move_text(const struct digest_move *move, size_t *length) {
    RankChanged told = *move->change;
    told.dataset = told.label = told.nature = NULL; /* the head says them */
    told.has_release = 0;
    struct buffer buffer;
    FILE *out = buffer_open(&buffer);
    if (!out)
        return NULL;
    (void)fprintf(out, "{\"seq\":%" PRIu64, move->seq);
    (void)json_write_fields(out, &told.base, false);
    (void)putc('}', out);
    if (!buffer_close(&buffer, out))
        return NULL;
    *length = buffer.length;
    return buffer.bytes;
}

static bool write_moves(FILE *out, const struct buffer *buffer, const struct digest *digest) {
    uint32_t told = 0;
    (void)fputs(",\"moves\":[", out);
    for (size_t i = 0; i < digest->n_moves; i++) {
        size_t length = 0;
        char *text = move_text(&digest->moves[i], &length);
        if (!text)
            return false;
        (void)fflush(out);
        if (buffer->length + length + TAIL_ROOM < DIGEST_BYTES_MAX)
            (void)fprintf(out, "%s%s", told++ ? "," : "", text);
        free(text);
    }
    (void)fprintf(out, "],\"left_out\":%u,\"more\":\"/api/v1/editions/%" PRIu64 "/changes\"",
                  digest->wanted - told, digest->edition);
    return true;
}

char *digest_text(const struct digest *digest, const char *name, size_t *length) {
    char id[DIGEST_ID_TEXT], subject[40];
    char *sentence = digest_sentence(digest);
    struct buffer buffer;
    FILE *out = sentence ? buffer_open(&buffer) : NULL;
    if (!out) {
        free(sentence);
        return NULL;
    }
    (void)snprintf(subject, sizeof subject, "editions/%" PRIu64, digest->edition);
    const struct cloudevent what = {.id = digest_id(digest, name, id),
                                    .type = "edition.digest",
                                    .subject = subject,
                                    .request_id = *digest->request_id ? digest->request_id : NULL,
                                    .time_ms = digest->time_ms,
                                    .seq = digest->last};
    cloudevent_begin(out, &what);
    write_head(out, digest, sentence);
    bool fine = write_moves(out, &buffer, digest);
    (void)putc('}', out);
    cloudevent_end(out);
    free(sentence);
    if (!buffer_close(&buffer, out))
        return NULL;
    *length = buffer.length;
    if (fine)
        return buffer.bytes;
    free(buffer.bytes);
    return NULL;
}
