/* Past editions computed again from their inputs: the same bits, or what differs. */
#include "services/bus/recompute.h"
#include "services/cli/session.h"

enum { EDITIONS_AT_ONCE = 1000 };

struct recomputing {
    struct session session;
    struct table *table;
    bool all_same;
};

static void recompute(struct recomputing *r, const EditionInfo *info) {
    struct fault fault = {0};
    struct recomputed now;
    bool done = recompute_edition(r->session.library, info, &now, &fault);
    const char *differs = done ? recompute_differs(info, &now) : "cannot be computed";
    r->all_same = r->all_same && !differs;
    table_count(r->table, info->number);
    table_text(r->table, differs ? differs : "the same");
    table_truth(r->table, !differs);
    table_text(r->table, info->scores);
    table_text(r->table, *now.scores ? now.scores : NULL);
    table_text(r->table, info->comparison);
    table_text(r->table, *now.comparison ? now.comparison : NULL);
    table_text(r->table, done ? "" : fault.text);
}

/* --- which ------------------------------------------------------------------------------------ */

static int recompute_one(struct recomputing *r, uint64_t number) {
    Mindex__V1__EditionWanted wanted;
    Message question = client_edition_question(&wanted, number);
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
    Mindex__V1__EditionsWanted wanted;
    Message question = client_editions_question(&wanted, *before, EDITIONS_AT_ONCE);
    int status = EXIT_OK;
    Message *answer =
        session_ask(&r->session, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, &status);
    *before = 0;
    /* Those that were retired are the oldest. */
    for (size_t i = 0; answer && i < answer->editions->n_editions &&
                       !answer->editions->editions[i]->has_retired_ms;
         i++) {
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
