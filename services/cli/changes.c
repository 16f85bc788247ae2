/* Which places moved, from one edition to the next. */
#include "core/changes.h"
#include "core/status.h"
#include "services/bus/reasons.h"
#include "services/cli/session.h"
#include "services/cli/tables.h"

#include <stdlib.h>
#include <string.h>

/* Need rose where the rank became smaller. A place that had no rank, or has none now, has no move.
 */
static int64_t places_up(const struct change *change) {
    if (!change->old_rank || !change->new_rank)
        return 0;
    return (int64_t)change->old_rank - (int64_t)change->new_rank;
}

static int by_move(const void *a, const void *b) {
    const struct change *left = a, *right = b;
    int64_t x = llabs(places_up(left)), y = llabs(places_up(right));
    if (x != y)
        return x > y ? -1 : 1;
    if (left->node != right->node)
        return left->node < right->node ? -1 : 1;
    return left->area < right->area ? -1 : left->area > right->area;
}

static void add_rank(struct table *table, uint32_t rank) {
    if (rank)
        table_count(table, rank);
    else
        table_missing(table);
}

static void add_score(struct table *table, enum status status, double score) {
    if (status == STATUS_VALUE)
        table_number(table, score, 2);
    else
        table_missing(table);
}

static void add_note(struct table *table, const struct change_note *note) {
    if (note->has_interval) {
        table_number(table, note->rank_low, 1);
        table_number(table, note->rank_high, 1);
    } else {
        table_missing(table);
        table_missing(table);
    }
    table_text(table, note->why ? note->why : "");
}

static void add_change(struct table *table, const struct pack *pack, const struct change *change,
                       const struct change_note *note) {
    const struct area *area = &pack->geography->areas[change->area];
    const struct node *node = &pack->definition->nodes[change->node];
    table_text(table, area->code);
    table_text(table, area->name);
    table_text(table, area->region);
    table_text(table, node->id);
    table_text(table, node->name);
    add_rank(table, change->old_rank);
    add_rank(table, change->new_rank);
    if (places_up(change))
        table_signed(table, places_up(change));
    else
        table_missing(table);
    add_score(table, change->old_status, change->old_score);
    add_score(table, change->new_status, change->new_score);
    table_text(table, band_name(pack->definition, change->old_band));
    table_text(table, band_name(pack->definition, change->new_band));
    add_note(table, note);
}

struct table *changes_table(const struct command_line *line, const struct pack *pack,
                            struct changes *changes,
                            struct change_note (*note)(void *context, const struct change *change),
                            void *context, size_t node, size_t area) {
    static const char *const keys[] = {"area_code", "area_name", "region",   "node",
                                       "node_name", "old_rank",  "new_rank", "places_up",
                                       "old_score", "new_score", "old_band", "new_band",
                                       "rank_low",  "rank_high", "why"};
    static const char *const headings[] = {"code",     "place", "region", NULL,        "at",
                                           "was",      "is",    "moved",  "score was", "is",
                                           "need was", "is",    "from",   "to",        NULL};
    struct table *table = table_new(15, keys, headings);
    qsort(changes->changes, changes->count, sizeof *changes->changes, by_move);
    for (size_t i = 0; table && i < changes->count; i++) {
        const struct change *change = &changes->changes[i];
        if (line->top && table_rows(table) >= line->top)
            break;
        if (!line->all && change->node != node)
            continue;
        if (area != SIZE_MAX && change->area != area)
            continue;
        struct change_note beside = note(context, change);
        add_change(table, pack, change, &beside);
    }
    return table;
}

struct told {
    const struct pack *pack;
    const struct reasons *reasons;
};

static struct change_note note_of_event(void *context, const struct change *change) {
    const struct told *told = context;
    const RankChanged *event =
        reasons_find(told->reasons, told->pack->geography->areas[change->area].code,
                     told->pack->definition->nodes[change->node].id);
    if (!event)
        return (struct change_note){0};
    return (struct change_note){event->why, event->has_rank_low, event->rank_low, event->rank_high};
}

static void say(const struct session *session, const struct changes *changes, size_t node) {
    const EditionInfo *info = session->info;
    const struct node *named = &session->pack->definition->nodes[node];
    printf("Edition %llu", (unsigned long long)info->number);
    if (strcmp(info->cause, "withdrawal") == 0)
        printf(", after the release '%s' of %s was withdrawn", info->label, info->dataset);
    else if (info->dataset)
        printf(", after the release '%s' of %s", info->label, info->dataset);
    else
        printf(", after a change of the definition");
    printf(": %zu of %zu places changed rank at %s (%zu rank changes at all nodes).\n",
           changes_at(changes, node), edition_ranked(session->edition, node), named->name,
           changes->count);
    printf("A move up (+) is a move towards rank 1, most need. From and to: where other choices of "
           "method\nput it now. 'mindex explain PLACE' says why it moved.\n\n");
}

static struct changes *find_changes(struct session *session, struct session *before,
                                    struct fault *fault) {
    return changes_between(before->pack, before->edition, session->pack, session->edition, fault);
}

int changes_command(const struct command_line *line) {
    struct session session, before = {0};
    struct fault fault = {0};
    struct changes *changes = NULL;
    struct reasons *reasons = NULL;
    size_t node = 0, area = SIZE_MAX;
    int status = session_open(&session, line);
    if (status == EXIT_OK)
        status = session_edition(&session, line->edition);
    if (status == EXIT_OK && session.info->number == 1) {
        status = command_failed(EXIT_NOT_FOUND, "edition 1 is the first: nothing to compare with");
    }
    if (status == EXIT_OK)
        status = session_open(&before, line);
    if (status == EXIT_OK)
        status = session_edition_before(&before, session.info->number - 1);
    if (status == EXIT_OK &&
        (node = node_or_suggest(session.pack->definition, line->node)) == NO_NODE) {
        status = EXIT_NOT_FOUND;
    }
    if (status == EXIT_OK && line->area &&
        (area = area_or_suggest(session.pack->geography, line->area)) == SIZE_MAX) {
        status = EXIT_NOT_FOUND;
    }
    if (status == EXIT_OK && !(changes = find_changes(&session, &before, &fault))) {
        status = command_failed(EXIT_FAILED, "%s", fault.text);
    }
    if (status == EXIT_OK && !(reasons = reasons_fetch(session.client, session.info->first_event,
                                                       session.info->last_event, &fault))) {
        status = command_failed(EXIT_FAILED, "%s", fault.text);
    }
    if (status == EXIT_OK) {
        if (line->format == FORMAT_TEXT)
            say(&session, changes, node);
        struct told told = {session.pack, reasons};
        struct table *table =
            changes_table(line, session.pack, changes, note_of_event, &told, node, area);
        status = command_print(line, &table);
    }
    reasons_destroy(&reasons);
    changes_destroy(&changes);
    session_close(&before);
    session_close(&session);
    return status;
}
