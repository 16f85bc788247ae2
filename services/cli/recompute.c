/* Past editions computed again from their inputs: the same bits, or what differs. */
#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/cli/session.h"

#include <stdlib.h>
#include <string.h>

enum { EDITIONS_AT_ONCE = 1000 };

struct recomputing {
    struct session session;
    struct table *table;
    bool all_same;
};

/* The edition's own list of inputs, from its stored scores, which are read but not believed. */
static EditionScores *stored_scores(struct recomputing *r, const EditionInfo *info,
                                    struct fault *fault) {
    Mindex__V1__BlobWanted wanted = MINDEX__V1__BLOB_WANTED__INIT;
    wanted.hash = info->scores;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    question.blob_wanted = &wanted;
    Message *answer = client_ask(r->session.client, &question, ANSWER_MS, fault);
    EditionScores *scores = NULL;
    char hash[HASH_TEXT];
    bool there =
        answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_BLOB && answer->blob->has_content;
    if (there) {
        hash_of(answer->blob->content.data, answer->blob->content.len, hash);
        if (strcmp(hash, info->scores) != 0)
            fault_set(fault, FAULT_INPUT,
                      "its stored scores are not what was stored: they have "
                      "the hash %s",
                      hash);
        else if (!(scores = mindex__v1__edition_scores__unpack(NULL, answer->blob->content.len,
                                                               answer->blob->content.data)))
            fault_set(fault, FAULT_INPUT, "its stored scores cannot be read");
    } else if (answer) {
        fault_set(fault, FAULT_INPUT, "its stored scores have gone");
    }
    wire_free(&answer);
    return scores;
}

static bool hash_message(struct arena *arena, const ProtobufCMessage *message, char hash[HASH_TEXT],
                         struct fault *fault) {
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, length, 1);
    if (!bytes)
        return fault_memory(fault);
    protobuf_c_message_pack(message, bytes);
    hash_of(bytes, length, hash);
    return true;
}

/* The comparison with spend, where the edition has one; "" where it has none. */
static bool compare_again(struct arena *arena, const struct pack *pack,
                          const struct edition *edition, const struct release *const *releases,
                          const EditionInfo *info, char hash[HASH_TEXT], struct fault *fault) {
    size_t dataset = pack->definition->spend.dataset;
    hash[0] = '\0';
    if (!info->comparison)
        return true;
    if (dataset == NO_DATASET || !releases[dataset])
        return fault_set(fault, FAULT_INPUT, "its comparison with spend has no spend");
    struct comparison *comparison = spend_compare(pack, edition, releases[dataset], fault);
    const Comparison *message = comparison ? comparison_message(arena, pack, comparison) : NULL;
    bool hashed = message && hash_message(arena, &message->base, hash, fault);
    if (comparison && !message)
        fault_memory(fault);
    comparison_destroy(&comparison);
    return hashed;
}

/* What the inputs give now. */
static bool compute(struct recomputing *r, struct arena *arena, const EditionInfo *info,
                    const EditionScores *stored, char scores[HASH_TEXT], char spend[HASH_TEXT],
                    struct fault *fault) {
    char **datasets = arena_alloc(arena, stored->n_inputs, sizeof *datasets);
    char **observations = arena_alloc(arena, stored->n_inputs, sizeof *observations);
    if (!datasets || !observations)
        return fault_memory(fault);
    for (size_t i = 0; i < stored->n_inputs; i++) {
        datasets[i] = stored->inputs[i]->dataset;
        observations[i] = stored->inputs[i]->observations;
    }
    const struct pack *pack = library_pack(r->session.library, info->pack, fault);
    const struct release **releases =
        pack ? library_releases(r->session.library, arena, pack, datasets, observations,
                                stored->n_inputs, fault)
             : NULL;
    struct edition *edition = releases ? edition_score(pack, releases, fault) : NULL;
    if (!edition)
        return false;
    const EditionScores *message =
        edition_message(arena, pack, info->pack, edition, stored->inputs, stored->n_inputs);
    bool computed = message ? hash_message(arena, &message->base, scores, fault) &&
                                  compare_again(arena, pack, edition, releases, info, spend, fault)
                            : fault_memory(fault);
    edition_destroy(&edition);
    return computed;
}

static void add_row(struct recomputing *r, const EditionInfo *info, const char *scores,
                    const char *spend, const char *why) {
    bool same = !*why && strcmp(scores, info->scores) == 0;
    bool same_spend = !*why && strcmp(spend, info->comparison ? info->comparison : "") == 0;
    r->all_same = r->all_same && same && same_spend;
    table_count(r->table, info->number);
    table_text(r->table, same && same_spend ? "the same"
                         : *why             ? "cannot be computed"
                         : same             ? "the comparison with spend differs"
                                            : "the scores differ");
    table_truth(r->table, same && same_spend);
    table_text(r->table, info->scores);
    table_text(r->table, *scores ? scores : NULL);
    table_text(r->table, info->comparison);
    table_text(r->table, *spend ? spend : NULL);
    table_text(r->table, why);
}

static void recompute(struct recomputing *r, const EditionInfo *info) {
    struct fault fault = {0};
    char scores[HASH_TEXT] = "", spend[HASH_TEXT] = "";
    struct arena *arena = arena_new();
    EditionScores *stored = arena ? stored_scores(r, info, &fault) : NULL;
    if (!arena)
        fault_memory(&fault);
    library_turn(r->session.library);
    bool done = stored && compute(r, arena, info, stored, scores, spend, &fault);
    add_row(r, info, scores, spend, done ? "" : fault.text);
    if (stored)
        mindex__v1__edition_scores__free_unpacked(stored, NULL);
    arena_destroy(&arena);
}

/* --- which ------------------------------------------------------------------------------------ */

static int recompute_one(struct recomputing *r, uint64_t number) {
    Mindex__V1__EditionWanted wanted = MINDEX__V1__EDITION_WANTED__INIT;
    wanted.has_number = number != 0;
    wanted.number = number;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITION_WANTED;
    question.edition_wanted = &wanted;
    int status = EXIT_OK;
    Message *answer =
        session_ask(&r->session, &question, MINDEX__V1__MESSAGE__BODY_EDITION, &status);
    if (answer)
        recompute(r, answer->edition->info);
    wire_free(&answer);
    return status;
}

/* Some more of them, the newest first; *before is the oldest of them, 0 at the end. */
static int recompute_some(struct recomputing *r, uint64_t *before) {
    Mindex__V1__EditionsWanted wanted = MINDEX__V1__EDITIONS_WANTED__INIT;
    wanted.has_before = *before != 0;
    wanted.before = *before;
    wanted.has_limit = true;
    wanted.limit = EDITIONS_AT_ONCE;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_EDITIONS_WANTED;
    question.editions_wanted = &wanted;
    int status = EXIT_OK;
    Message *answer =
        session_ask(&r->session, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, &status);
    *before = 0;
    for (size_t i = 0; answer && i < answer->editions->n_editions; i++) {
        recompute(r, answer->editions->editions[i]);
        *before = answer->editions->editions[i]->number;
    }
    wire_free(&answer);
    return status;
}

static int recompute_all(struct recomputing *r) {
    uint64_t before = 0;
    int status;
    do {
        status = recompute_some(r, &before);
    } while (status == EXIT_OK && before > 1);
    return status;
}

int recompute_command(const struct command_line *line) {
    static const char *const keys[] = {
        "edition", "result", "same", "scores", "recomputed", "comparison", "comparison_recomputed",
        "why"};
    static const char *const headings[] = {"edition", "result", NULL, "scores",
                                           NULL,      NULL,     NULL, ""};
    struct recomputing r = {.all_same = true};
    int status = session_open(&r.session, line);
    r.table = table_new(8, keys, headings);
    if (status == EXIT_OK && !r.table)
        status = command_failed(EXIT_FAILED, "out of memory");
    if (status == EXIT_OK)
        status = line->all ? recompute_all(&r) : recompute_one(&r, line->edition);
    if (status == EXIT_OK)
        status = command_print(line, &r.table);
    if (status == EXIT_OK && !r.all_same)
        status = command_failed(EXIT_FAILED, "not every edition is what its inputs give");
    table_destroy(&r.table);
    session_close(&r.session);
    return status;
}
