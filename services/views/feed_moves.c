/* The feeds of a place and of a mission: an entry for each edition in which something moved
 * there. */
#include "core/nearest.h"
#include "services/bus/filter.h"
#include "services/views/feed.h"
#include "services/views/feeds.h"
#include "services/views/html.h"
#include "services/views/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 5000,
    EVENTS_MAX = 20000, /* of all editions of a feed: those before are left out */
    MOVES_TOLD = 15,    /* one by one in an entry */
    TITLE_TEXT = 800,
    NAME_TEXT = 300,
};

/* A feed of moves: what it is about, and how its moves are told apart from each other. */
struct moves {
    const struct request *request;
    const char *kind, *id; /* "place" and its code, "mission" and its id */
    const char *name;      /* for people */
    const char *root;      /* id */
    char topic[NAME_TEXT + 40], page[NAME_TEXT + 60];
    const RankChanged *list[EVENTS_MAX]; /* of one edition, those that are told first first */
    size_t n, total;
};

/* --- one move in words ------------------------------------------------------------------------ */

/* "rank 12, was 20 (up 8)". */
static void write_ranks(FILE *out, const RankChanged *move, uint32_t of) {
    char among[32] = "", rise[32];
    if (of)
        (void)snprintf(among, sizeof among, " of %u", of);
    if (!move->has_new_rank)
        (void)fprintf(out, "no rank any more, was %u", move->old_rank);
    else if (!move->has_old_rank)
        (void)fprintf(out, "rank %u%s, had none before", move->new_rank, among);
    else
        (void)fprintf(out, "rank %u%s, was %u (%s)", move->new_rank, among, move->old_rank,
                      words_rise((int64_t)move->old_rank - move->new_rank, rise));
}

static void write_move(FILE *out, const struct moves *moves, const RankChanged *move) {
    (void)fputs("<li>", out);
    feed_text(out, strcmp(moves->kind, "place") == 0 ? move->node_name : move->area_name);
    (void)fputs(": ", out);
    write_ranks(out, move, 0);
    if (move->old_band && move->new_band && strcmp(move->old_band, move->new_band) != 0) {
        (void)fputs("; from ", out);
        feed_text(out, move->old_band);
        (void)fputs(" to ", out);
        feed_text(out, move->new_band);
        (void)fputs(" need", out);
    }
    (void)fputs(". ", out);
    if (move->why)
        feed_text(out, move->why);
    if (move->has_beyond_interval && !move->beyond_interval)
        (void)fputs(" Within its interval: it may be no more than the choice of method.", out);
    (void)fputs("</li>\n", out);
}

/* --- an edition ------------------------------------------------------------------------------- */

static void write_cause(FILE *out, const EditionInfo *info) {
    (void)fprintf(out, "<p>Edition %" PRIu64 ": ", info->number);
    if (info->dataset) {
        feed_text(out, info->dataset);
        (void)fputs(", '", out);
        feed_text(out, info->label ? info->label : "");
        (void)fputs("'", out);
    } else {
        (void)fputs("a change of the definition", out);
    }
    const char *nature = info->nature ? info->nature : "";
    (void)fputs(strcmp(nature, "revision") == 0     ? ", a revision.</p>\n"
                : strcmp(nature, "withdrawal") == 0 ? ", which was withdrawn.</p>\n"
                : strcmp(nature, "method") == 0     ? ", of method and not of data.</p>\n"
                                                    : ".</p>\n",
                out);
}

static FILE *open_title(char title[TITLE_TEXT]) {
    memset(title, 0, TITLE_TEXT);
    return fmemopen(title, TITLE_TEXT - 1, "w");
}

static void write_title(FILE *out, const struct moves *moves, const EditionInfo *info) {
    const RankChanged *first = moves->list[0];
    bool place = strcmp(moves->kind, "place") == 0;
    bool itself = strcmp(first->node, place ? moves->root : moves->id) == 0;
    (void)fprintf(out, "%.200s: ", moves->name);
    if (place) {
        (void)fprintf(out, "%.200s ", itself ? "overall" : first->node_name);
        write_ranks(out, first, itself ? info->ranked : 0);
    } else {
        (void)fprintf(out, "%zu rank%s changed; %.200s, %.200s, ", moves->total,
                      moves->total == 1 ? "" : "s", first->area_name, first->node_name);
        write_ranks(out, first, 0);
    }
}

static void write_entry(FILE *out, const struct moves *moves, const EditionInfo *info) {
    char title[TITLE_TEXT], name[2 * NAME_TEXT], page[NAME_TEXT + 120];
    FILE *words = open_title(title);
    if (words) {
        write_title(words, moves, info);
        (void)fclose(words);
    }
    (void)snprintf(name, sizeof name, "mindex %s %.250s edition %" PRIu64 " %" PRIu64, moves->kind,
                   moves->id, info->number, info->time_ms);
    (void)snprintf(page, sizeof page, "%s%cedition=%" PRIu64, moves->page,
                   strchr(moves->page, '?') ? '&' : '?', info->number);
    const struct feed_entry entry = {.name = name,
                                     .title = title,
                                     .page = page,
                                     .category = info->nature,
                                     .published_ms = info->time_ms,
                                     .updated_ms = info->time_ms};
    feed_entry_begin(out, moves->request, &entry);
    write_cause(out, info);
    (void)fputs("<ul>\n", out);
    for (size_t i = 0; i < moves->n && i < MOVES_TOLD; i++)
        write_move(out, moves, moves->list[i]);
    (void)fputs("</ul>\n", out);
    if (moves->total > MOVES_TOLD)
        (void)fprintf(out, "<p>And %zu more.</p>\n", moves->total - MOVES_TOLD);
    feed_entry_end(out);
}

/* --- collecting ------------------------------------------------------------------------------- */

/* What matters most: of a place the whole index, then its missions, then what is below; of a
 * mission itself, then what is below. */
static int weight(const struct moves *moves, const RankChanged *move) {
    if (strcmp(move->node, moves->root) == 0)
        return 0;
    return strcmp(move->node, move->mission) == 0 ? 1 : 2;
}

static int compare(const void *a, const void *b, void *context) {
    const RankChanged *x = *(const RankChanged *const *)a, *y = *(const RankChanged *const *)b;
    const struct moves *moves = context;
    int difference = weight(moves, x) - weight(moves, y);
    uint32_t far_x = rank_distance(x), far_y = rank_distance(y);
    if (difference == 0 && far_x != far_y)
        return far_x > far_y ? -1 : 1;
    if (difference == 0)
        difference = strcmp(x->node, y->node);
    return difference ? difference : strcmp(x->area, y->area);
}

/* The moves of an edition after event `since`. False: a fault, or there is no room for all of them.
 */
static bool collect(struct moves *moves, struct viewer *viewer, const EditionInfo *info,
                    uint64_t since, size_t *room, struct fault *fault) {
    const char *topics[] = {moves->topic};
    uint64_t after = info->first_event - 1 > since ? info->first_event - 1 : since;
    moves->n = 0;
    while (after < info->last_event) {
        const Events *events = viewer_events(viewer, after, PAGE, topics, 1, fault);
        if (!events || events->through <= after)
            return false;
        for (size_t i = 0; i < events->n_events; i++) {
            const Event *event = events->events[i];
            if (event->body_case != MINDEX__V1__EVENT__BODY_RANK_CHANGED ||
                event->seq > info->last_event)
                continue;
            if (*room == 0)
                return false;
            moves->list[moves->n++] = event->rank_changed;
            (*room)--;
        }
        after = events->through;
    }
    moves->total = moves->n;
    qsort_r(moves->list, moves->n, sizeof(const RankChanged *), compare, moves);
    return true;
}

static void write_feed(FILE *out, struct moves *moves, const Editions *editions) {
    char title[TITLE_TEXT], subtitle[TITLE_TEXT], name[2 * NAME_TEXT];
    (void)snprintf(title, sizeof title, "%.250s in the index of need", moves->name);
    (void)snprintf(subtitle, sizeof subtitle,
                   "What moved there in each edition, and why. Rank 1 is most need.");
    (void)snprintf(name, sizeof name, "mindex %s %.250s", moves->kind, moves->id);
    const struct feed_head head = {.name = name,
                                   .title = title,
                                   .subtitle = subtitle,
                                   .page = moves->page,
                                   .updated_ms =
                                       editions->n_editions ? editions->editions[0]->time_ms : 0};
    feed_begin(out, moves->request, &head);
}

static bool gone(const EditionInfo *info, uint64_t since, struct fault *fault) {
    fault_set(fault, FAULT_INPUT,
              "moves since event %llu are not all kept: edition %llu was retired, and its events "
              "with it; without since= the feed has what there is",
              (unsigned long long)since, (unsigned long long)info->number);
    fault->gone = true;
    return false;
}

/* False: the fault says why nothing can be said. */
static bool write_editions(FILE *out, struct moves *moves, struct viewer *viewer,
                           const Editions *editions, uint64_t since, struct fault *fault) {
    size_t room = EVENTS_MAX;
    for (size_t i = 0; i < editions->n_editions; i++) {
        const EditionInfo *info = editions->editions[i];
        if (!info->has_first_event || info->first_event == 0 || info->last_event <= since)
            continue;
        if (info->has_retired_ms && since)
            return gone(info, since, fault);
        if (info->has_retired_ms)
            continue;
        if (!collect(moves, viewer, info, since, &room, fault))
            return fault->kind == FAULT_NONE;
        if (moves->n)
            write_entry(out, moves, info);
    }
    return true;
}

static void answer_moves(struct viewer *viewer, struct moves *moves, struct answer *answer) {
    struct fault fault = {0};
    struct buffer buffer;
    uint64_t since;
    if (!request_number(moves->request, "since", 0, 0, INT64_MAX, &since, answer))
        return;
    const Editions *editions = viewer_editions(viewer, 0, FEED_ENTRIES, &fault);
    FILE *out = editions ? buffer_open(&buffer) : NULL;
    if (!out) {
        if (!editions)
            answer_fault(answer, moves->request, &fault);
        return;
    }
    write_feed(out, moves, editions);
    bool fine = write_editions(out, moves, viewer, editions, since, &fault);
    feed_end(out);
    feed_answer(&buffer, out, answer);
    if (!fine)
        answer_fault(answer, moves->request, &fault);
}

/* --- the two ---------------------------------------------------------------------------------- */

static struct moves *moves_new(const struct request *request, const struct view *view,
                               const char *kind, const char *id, const char *name) {
    struct moves *moves = calloc(1, sizeof *moves);
    if (!moves)
        return NULL;
    moves->request = request;
    moves->kind = kind;
    moves->id = id;
    moves->name = name;
    moves->root = view->pack->definition->nodes[0].id;
    (void)snprintf(moves->topic, sizeof moves->topic, "rank.%s.%.290s.", kind, id);
    return moves;
}

/* NULL: the answer says why not. */
static const struct view *newest(struct viewer *viewer, const struct request *request,
                                 struct answer *answer) {
    struct fault fault = {0};
    const struct view *view = viewer_edition(viewer, 0, &fault);
    if (!view)
        answer_fault(answer, request, &fault);
    return view;
}

/* A path of ours with a part of any text. */
static void put_path(char *out, size_t room, const char *before, const char *part) {
    FILE *path = fmemopen(out, room - 1, "w");
    memset(out, 0, room);
    if (!path)
        return;
    (void)fputs(before, path);
    html_url(path, part);
    (void)fclose(path);
}

void feed_place(struct viewer *viewer, const struct request *request, struct answer *answer) {
    const struct view *view = newest(viewer, request, answer);
    if (!view)
        return;
    const struct geography *geography = view->pack->geography;
    size_t area = geography_area(geography, request->captured[0]);
    if (area == SIZE_MAX) {
        answer_problem(
            answer, request, 404,
            "the index has no place with the code '%.100s'; /search finds codes by names",
            request->captured[0]);
        return;
    }
    const struct area *place = &geography->areas[area];
    struct moves *moves = moves_new(request, view, "place", place->code, place->name);
    if (moves) {
        put_path(moves->page, sizeof moves->page, "/places/", place->code);
        answer_moves(viewer, moves, answer);
    }
    free(moves);
}

void feed_mission(struct viewer *viewer, const struct request *request, struct answer *answer) {
    const struct view *view = newest(viewer, request, answer);
    if (!view)
        return;
    const struct definition *definition = view->pack->definition;
    struct nearest near = {.word = request->captured[0]};
    const struct node *mission = NULL;
    for (size_t i = 0; i < definition->n_nodes; i++) {
        const struct node *node = &definition->nodes[i];
        if (node->level > 1)
            continue;
        if (strcmp(node->id, near.word) == 0)
            mission = node;
        nearest_offer(&near, node->id);
    }
    if (!mission) {
        answer_problem(answer, request, 404,
                       "the index has no mission '%.100s'%s%.100s%s; /api/v1/missions lists them",
                       near.word, near.best ? "; did you mean '" : "", near.best ? near.best : "",
                       near.best ? "'?" : "");
        return;
    }
    struct moves *moves = moves_new(request, view, "mission", mission->id, mission->name);
    if (moves) {
        put_path(moves->page, sizeof moves->page, "/changes?node=", mission->id);
        answer_moves(viewer, moves, answer);
    }
    free(moves);
}
