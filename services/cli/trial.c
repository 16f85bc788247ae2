#include "services/cli/trial.h"

#include "core/explain_words.h"
#include "services/bus/convert.h"
#include "services/bus/hash.h"
#include "services/bus/refusal.h"
#include "services/cli/session.h"
#include "services/cli/tables.h"

#include <stdlib.h>
#include <string.h>

enum { UNIONS = 2, NAMED = 10, EXPLAINED = 3 };

struct trying {
    const struct command_line *line;
    const Trial *trial;
    struct session session;
    struct arena *arena;
    struct pack *own_pack;
    struct release **own; /* those of the trial */
    struct explain_side older, newer;
    struct edition *before, *after; /* before NULL: it would be the first */
    struct changes *changes;
    struct explanation *explanation;
    size_t *areas; /* explained, by place in the explanation */
    size_t n_areas;
};

/* --- both sides ------------------------------------------------------------------------------- */

static const struct release **in_force(struct trying *t, const struct pack *pack,
                                       struct fault *fault) {
    return library_releases_of(t->session.library, t->arena, pack, t->trial->in_force,
                               t->trial->n_in_force, fault);
}

/* The pack of the trial, where it is another than that in force. */
static bool take_pack(struct trying *t, struct fault *fault) {
    const Pack *pack = t->trial->read->pack;
    if (!pack)
        return true;
    size_t length = mindex__v1__pack__get_packed_size(pack);
    uint8_t *bytes = arena_alloc(t->arena, length, 1);
    char hash[HASH_TEXT];
    if (!bytes)
        return fault_memory(fault);
    mindex__v1__pack__pack(pack, bytes);
    hash_of(bytes, length, hash);
    if (t->trial->pack && strcmp(hash, t->trial->pack) == 0)
        return true;
    t->own_pack = pack_of_message(pack, fault);
    t->newer.pack = t->own_pack;
    return t->own_pack != NULL;
}

/* What would be in force: later releases of a dataset replace earlier ones. */
static bool take_releases(struct trying *t, struct fault *fault) {
    const ReadResult *read = t->trial->read;
    const struct release **releases = in_force(t, t->newer.pack, fault);
    if (!releases)
        return false;
    t->newer.releases = releases;
    t->own = arena_alloc(t->arena, read->n_releases, sizeof *t->own);
    if (!t->own)
        return fault_memory(fault);
    for (size_t i = 0; i < read->n_releases; i++) {
        size_t dataset = definition_dataset(t->newer.pack->definition, read->releases[i]->dataset);
        if (dataset == NO_DATASET || t->trial->duplicate[i])
            continue;
        t->own[i] = release_of_message(read->releases[i]->observations, fault);
        if (!t->own[i])
            return false;
        releases[dataset] = t->own[i];
    }
    return true;
}

static bool open_sides(struct trying *t, struct fault *fault) {
    if (t->trial->n_duplicate != t->trial->read->n_releases)
        return fault_set(fault, FAULT_INPUT, "the hub's answer does not fit itself");
    if (t->trial->pack) {
        t->older.pack = library_pack(t->session.library, t->trial->pack, fault);
        t->older.releases = t->older.pack ? in_force(t, t->older.pack, fault) : NULL;
        if (!t->older.releases)
            return false;
    }
    t->newer.pack = t->older.pack;
    if (!take_pack(t, fault) || !take_releases(t, fault))
        return false;
    t->after = edition_score(t->newer.pack, t->newer.releases, fault);
    if (!t->after || !t->older.pack)
        return t->after != NULL;
    t->before = edition_score(t->older.pack, t->older.releases, fault);
    if (t->before)
        t->changes = changes_between(t->older.pack, t->before, t->newer.pack, t->after, fault);
    return t->changes != NULL;
}

/* --- why -------------------------------------------------------------------------------------- */

/* Explains every place that would move. What cannot be explained is left without a reason. */
static void find_reasons(struct trying *t) {
    struct fault ignored = {0};
    size_t n = t->after->n_areas;
    bool *moves = arena_alloc(t->arena, n, sizeof *moves);
    t->areas = arena_alloc(t->arena, n, sizeof *t->areas);
    if (!moves || !t->areas)
        return;
    for (size_t i = 0; i < t->changes->count; i++)
        moves[t->changes->changes[i].area] = true;
    for (size_t a = 0; a < n; a++) {
        if (moves[a])
            t->areas[t->n_areas++] = a;
    }
    if (t->n_areas)
        t->explanation = explain(&t->older, &t->newer, t->areas, t->n_areas, UNIONS, &ignored);
}

static struct change_note note(void *context, const struct change *change) {
    struct trying *t = context;
    struct change_note out = {0};
    char text[EXPLAIN_WORDS];
    if (!t->explanation || !change->old_rank || !change->new_rank)
        return out;
    size_t at = 0;
    while (at < t->n_areas && t->areas[at] != change->area)
        at++;
    struct explain_case c = {t->explanation, t->older.pack, t->newer.pack, t->before, t->after, at,
                             change->area};
    explain_sentence(&c, change->node, text);
    out.why = arena_copy(t->arena, text, strlen(text));
    return out;
}

/* --- what is said ----------------------------------------------------------------------------- */

static bool would_be_kept_out(const struct trying *t, size_t i) {
    const Warnings *warnings = t->trial->read->releases[i]->warnings;
    return warnings && !warnings->let_in && !t->trial->duplicate[i] && !t->line->accept_warnings;
}

/* Returns whether the releases would be let in. */
static bool say_warnings(const struct trying *t) {
    bool let_in = true;
    for (size_t i = 0; i < t->trial->read->n_releases; i++) {
        const ReadRelease *release = t->trial->read->releases[i];
        const Warnings *warnings = release->warnings;
        if (!warnings || t->trial->duplicate[i])
            continue;
        Refusal shown = MINDEX__V1__REFUSAL__INIT;
        shown.problems = warnings->problems;
        shown.n_problems = warnings->n_problems;
        for (size_t k = 0; k < warnings->n_counts; k++)
            shown.total += warnings->counts[k]->count;
        shown.warning_counts = warnings->counts;
        shown.n_warning_counts = warnings->n_counts;
        shown.has_warnings = shown.warnings = would_be_kept_out(t, i);
        refusal_write(stderr, &shown, release->file_name);
        let_in = let_in && !would_be_kept_out(t, i);
    }
    return let_in;
}

static void say_releases(const struct trying *t) {
    for (size_t i = 0; i < t->trial->read->n_releases; i++) {
        const ReadRelease *release = t->trial->read->releases[i];
        printf("%s: %s, '%s', %zu observations%s\n", release->file_name, release->dataset,
               release->label, release->observations->n_code,
               t->trial->duplicate[i] ? "; it is here already" : "");
    }
}

static bool low_spend(const struct comparison *comparison, size_t row) {
    return comparison->rows[row].quadrant == HIGH_NEED_LOW_SPEND;
}

static void name_areas(const struct trying *t, const char *word, const struct comparison *is,
                       const struct comparison *is_not) {
    size_t n = 0;
    for (size_t a = 0; a < is->n_rows; a++) {
        if (!low_spend(is, a) || low_spend(is_not, a))
            continue;
        if (n++ < NAMED)
            printf("%s%s", n == 1 ? word : ", ", t->newer.pack->geography->areas[a].name);
    }
    if (n > NAMED)
        printf(" and %zu more", n - NAMED);
    if (n)
        printf("\n");
}

/* Only where both sides are compared over the same places. */
static void say_spend(const struct trying *t) {
    struct fault ignored = {0};
    size_t dataset = t->newer.pack->definition->spend.dataset;
    if (dataset == NO_DATASET || t->older.pack != t->newer.pack || !t->older.releases[dataset] ||
        !t->newer.releases[dataset])
        return;
    struct comparison *was =
        spend_compare(t->older.pack, t->before, t->older.releases[dataset], &ignored);
    struct comparison *is =
        was ? spend_compare(t->newer.pack, t->after, t->newer.releases[dataset], &ignored) : NULL;
    if (is) {
        uint32_t old = 0, new = 0;
        for (size_t a = 0; a < is->n_rows; a++) {
            old += low_spend(was, a);
            new += low_spend(is, a);
        }
        printf("%u of %u places compared would be of high need and low spend, now %u\n", new,
               is->compared, old);
        name_areas(t, "  they would be joined by ", is, was);
        name_areas(t, "  no longer among them: ", was, is);
    }
    comparison_destroy(&is);
    comparison_destroy(&was);
}

static void say(const struct trying *t, size_t node) {
    const char *name = t->newer.pack->definition->nodes[node].name;
    say_releases(t);
    if (t->changes->count == 0) {
        printf("No rank would change beside edition %llu.\n",
               (unsigned long long)t->trial->edition);
        return;
    }
    printf("Beside edition %llu, %zu of %zu places would change their rank at %s (%zu rank changes "
           "at all nodes).\n",
           (unsigned long long)t->trial->edition, changes_at(t->changes, node),
           edition_ranked(t->after, node), name, t->changes->count);
    say_spend(t);
    printf("\n");
}

/* The reasons of the largest moves; the table has sorted them. */
static void say_why(struct trying *t, size_t node, size_t area) {
    size_t said = 0;
    for (size_t i = 0; said < EXPLAINED && i < t->changes->count; i++) {
        const struct change *change = &t->changes->changes[i];
        if (change->node != node || (area != SIZE_MAX && change->area != area))
            continue;
        struct change_note why = note(t, change);
        if (why.why)
            printf("%s%s\n", said++ ? "" : "\n", why.why);
    }
}

static int show(struct trying *t) {
    const struct command_line *line = t->line;
    size_t area = SIZE_MAX, node = node_or_suggest(t->newer.pack->definition, line->node);
    if (node == NO_NODE)
        return EXIT_NOT_FOUND;
    if (line->area && (area = area_or_suggest(t->newer.pack->geography, line->area)) == SIZE_MAX)
        return EXIT_NOT_FOUND;
    bool let_in = say_warnings(t);
    if (!t->changes) {
        say_releases(t);
        printf("It would be the first edition: there is nothing to compare with.\n");
        return let_in ? EXIT_OK : EXIT_REFUSED;
    }
    find_reasons(t);
    if (line->format == FORMAT_TEXT)
        say(t, node);
    int status = EXIT_OK;
    if (line->format != FORMAT_TEXT || t->changes->count) {
        struct command_line shown = *line;
        if (line->format == FORMAT_TEXT && !line->top)
            shown.top = NAMED;
        struct table *table = changes_table(&shown, t->newer.pack, t->changes, note, t, node, area);
        status = command_print(line, &table);
    }
    if (status == EXIT_OK && line->format == FORMAT_TEXT)
        say_why(t, node, area);
    if (status == EXIT_OK && line->format == FORMAT_TEXT)
        printf("\nThis was a trial: nothing is stored.\n");
    return status == EXIT_OK && !let_in ? EXIT_REFUSED : status;
}

int trial_show(const struct command_line *line, const Trial *trial) {
    struct fault fault = {0};
    struct trying t = {.line = line, .trial = trial, .arena = arena_new()};
    int status =
        t.arena ? session_open(&t.session, line) : command_failed(EXIT_FAILED, "out of memory");
    if (status == EXIT_OK)
        status = open_sides(&t, &fault) ? show(&t) : command_failed(EXIT_FAILED, "%s", fault.text);
    explanation_destroy(&t.explanation);
    changes_destroy(&t.changes);
    edition_destroy(&t.before);
    edition_destroy(&t.after);
    for (size_t i = 0; t.own && i < trial->read->n_releases; i++) {
        if (t.own[i])
            release_destroy(&t.own[i]);
    }
    pack_destroy(&t.own_pack);
    session_close(&t.session);
    arena_destroy(&t.arena);
    return status;
}
