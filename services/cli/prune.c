/* Retiring old editions: which ones the command line means, asked for one after the other. The hub
 * says of each what goes with it, or what still needs it (services/hub/retire.c). */
#include "services/bus/instant.h"
#include "services/cli/session.h"
#include "services/publishing/edition_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PAGE = 1000, AGAIN_MS = 500, RETIRE_MS = 120000 };

struct pruning {
    const struct command_line *line;
    struct session session;
    const char *editions; /* where the files are; NULL: not here */
    uint64_t before_ms;   /* 0: not asked */
    EditionInfo **kept;   /* not retired when we began, oldest first */
    size_t n_kept;
    uint64_t newest;
    Message **answers; /* that the list is of */
    size_t n_answers;
    struct table *table;
    size_t gone; /* of the kept, or would be */
    uint64_t events, database_bytes, file_bytes;
};

/* --- which there are -------------------------------------------------------------------------- */

static Message *ask_page(struct pruning *p, uint64_t before, int *status) {
    Mindex__V1__EditionsWanted wanted;
    Message question = client_editions_question(&wanted, before, PAGE);
    return session_ask(&p->session, &question, MINDEX__V1__MESSAGE__BODY_EDITIONS, status);
}

static bool add_page(struct pruning *p, Message *answer) {
    Editions *page = answer->editions;
    Message **answers = reallocarray(p->answers, p->n_answers + 1, sizeof(Message *));
    if (answers)
        p->answers = answers;
    EditionInfo **kept =
        answers ? reallocarray(p->kept, p->n_kept + page->n_editions + 1, sizeof(EditionInfo *))
                : NULL;
    if (!kept) {
        wire_free(&answer);
        return false;
    }
    p->answers[p->n_answers++] = answer;
    p->kept = kept;
    for (size_t i = 0; i < page->n_editions && !page->editions[i]->has_retired_ms; i++)
        p->kept[p->n_kept++] = page->editions[i];
    return true;
}

/* All that are not retired. They come newest first. */
static int find_kept(struct pruning *p) {
    int status = EXIT_OK;
    uint64_t before = 0;
    for (bool more = true; more;) {
        size_t had = p->n_kept;
        Message *answer = ask_page(p, before, &status);
        if (!answer)
            return status;
        if (!add_page(p, answer))
            return command_failed(EXIT_FAILED, "out of memory");
        more = p->n_kept - had == PAGE;
        before = p->n_kept ? p->kept[p->n_kept - 1]->number : 0;
    }
    for (size_t i = 0; i < p->n_kept / 2; i++) {
        EditionInfo *newer = p->kept[i];
        p->kept[i] = p->kept[p->n_kept - 1 - i];
        p->kept[p->n_kept - 1 - i] = newer;
    }
    p->newest = p->n_kept ? p->kept[p->n_kept - 1]->number : 0;
    return EXIT_OK;
}

/* Where the hub's own files are the ones that we see: not those of an installation that happens to
 * be in the folder of the same name here. */
static void find_files(struct pruning *p) {
    const struct places *places = &p->line->places;
    struct stat ours, theirs;
    int status;
    Mindex__V1__StatusWanted wanted = MINDEX__V1__STATUS_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_STATUS_WANTED;
    question.status_wanted = &wanted;
    if (!endpoint_is(places->hub, "ipc"))
        return;
    Message *answer =
        session_ask(&p->session, &question, MINDEX__V1__MESSAGE__BODY_STATUS, &status);
    if (answer && stat(places->database, &ours) == 0 &&
        stat(answer->status->database, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
        ours.st_ino == theirs.st_ino)
        p->editions = places->editions;
    wire_free(&answer);
}

/* --- what becomes of them --------------------------------------------------------------------- */

static void add_row(struct pruning *p, const EditionInfo *info, const EditionRetired *going,
                    uint64_t file_bytes, const char *why) {
    table_count(p->table, info->number);
    table_instant(p->table, info->time_ms);
    table_text(p->table, why ? "stays" : p->line->dry_run ? "would go" : "retired");
    if (going && !why) {
        table_count(p->table, going->events);
        table_count(p->table, going->bytes);
        table_count(p->table, file_bytes);
    } else {
        for (int i = 0; i < 3; i++)
            table_missing(p->table);
    }
    table_text(p->table, why);
}

/* Why the command line keeps it; NULL: it does not. */
static const char *kept_by_line(const struct pruning *p, const EditionInfo *info) {
    if (p->line->keep && p->newest - info->number < p->line->keep)
        return "one of the newest (--keep)";
    return p->before_ms && info->time_ms >= p->before_ms ? "not scored before then (--before)"
                                                         : NULL;
}

static Message *ask_to_retire(struct pruning *p, uint64_t edition, int *status) {
    struct fault fault = {0};
    RetireEdition wanted = MINDEX__V1__RETIRE_EDITION__INIT;
    wanted.edition = edition;
    wanted.has_dry_run = wanted.dry_run = p->line->dry_run;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RETIRE_EDITION;
    question.retire_edition = &wanted;
    Message *answer = client_insist(p->session.client, &question, AGAIN_MS, RETIRE_MS, &fault);
    if (answer && answer->body_case == MINDEX__V1__MESSAGE__BODY_EDITION_RETIRED)
        return answer;
    *status = command_failed(EXIT_FAILED, "%s",
                             answer ? "the hub's answer is of another kind" : fault.text);
    wire_free(&answer);
    return NULL;
}

/* The files go when the hub has forgotten the edition, and never before. */
static int remove_files(struct pruning *p, uint64_t oldest) {
    struct fault fault = {0};
    if (!p->editions || p->line->dry_run || edition_files_retire(p->editions, oldest, &fault))
        return EXIT_OK;
    return command_failed(EXIT_FAILED, "%s; the publishing role tries again after each edition",
                          fault.text);
}

/* False: this one stays, and so do all after it. */
static bool retire_one(struct pruning *p, const EditionInfo *info, int *status) {
    uint64_t file_bytes = p->editions ? edition_files_bytes(p->editions, info->number) : 0;
    Message *answer = ask_to_retire(p, info->number, status);
    const EditionRetired *going = answer ? answer->edition_retired : NULL;
    if (going && !going->needed) {
        *status = remove_files(p, info->number + 1);
        add_row(p, info, going, file_bytes, NULL);
        p->gone++;
        p->events += going->events;
        p->database_bytes += going->bytes;
        p->file_bytes += file_bytes;
    } else if (going) {
        add_row(p, info, NULL, 0, going->needed);
    }
    bool gone = going && !going->needed && *status == EXIT_OK;
    wire_free(&answer);
    return gone;
}

static int retire_all(struct pruning *p) {
    /* What an earlier run was kept from doing. */
    int status = remove_files(p, p->n_kept ? p->kept[0]->number : 0);
    size_t i = 0;
    const char *why = NULL;
    while (i < p->n_kept && status == EXIT_OK) {
        const EditionInfo *info = p->kept[i];
        if ((why = kept_by_line(p, info)))
            break;
        i++;
        if (!retire_one(p, info, &status)) {
            why = "an older one stays";
            break;
        }
    }
    for (; i < p->n_kept && status == EXIT_OK; i++) {
        const char *own = kept_by_line(p, p->kept[i]);
        add_row(p, p->kept[i], NULL, 0, own ? own : why);
    }
    return status;
}

static void say_sum(const struct pruning *p) {
    if (p->line->format != FORMAT_TEXT)
        return;
    printf("\n%zu of %zu editions %s, with %llu events, %.1f MB of the database and ", p->gone,
           p->n_kept, p->line->dry_run ? "would go" : "retired", (unsigned long long)p->events,
           (double)p->database_bytes / 1e6);
    if (p->editions)
        printf("%.1f MB of files\n", (double)p->file_bytes / 1e6);
    else
        printf("their files, which the publishing role removes after its next edition\n");
    if (p->line->dry_run)
        printf("nothing has changed; the same without --dry-run does it\n");
}

/* --- the whole -------------------------------------------------------------------------------- */

static int read_before(struct pruning *p) {
    const char *text = p->line->before;
    struct fault fault = {0};
    char instant[80];
    if (!text)
        return EXIT_OK;
    (void)snprintf(instant, sizeof instant, "%.40s%s", text,
                   strlen(text) == 10 ? "T00:00:00Z" : "");
    return instant_read(instant, &p->before_ms, &fault)
               ? EXIT_OK
               : command_failed(EXIT_USAGE, "--before: %s; or a date, such as 2025-01-01",
                                fault.text);
}

static int prune(struct pruning *p) {
    static const char *const keys[] = {"edition",        "time",       "fate", "events",
                                       "database_bytes", "file_bytes", "why"};
    static const char *const headings[] = {"edition",        "time",       "fate", "events",
                                           "database bytes", "file bytes", "why"};
    int status = session_open(&p->session, p->line);
    if (status != EXIT_OK)
        return status;
    p->table = table_new(7, keys, headings);
    find_files(p);
    status = find_kept(p);
    if (status == EXIT_OK)
        status = retire_all(p);
    /* What is done is told, also when it could not be gone on with. */
    int printed = command_print(p->line, &p->table);
    say_sum(p);
    session_close(&p->session);
    return status != EXIT_OK ? status : printed;
}

int prune_command(const struct command_line *line) {
    struct pruning p = {.line = line};
    if (!line->keep && !line->before)
        return command_failed(EXIT_USAGE,
                              "'mindex prune' takes --keep N, --before DATE or both: which "
                              "editions are to stay; --dry-run shows what would go");
    int status = read_before(&p);
    if (status == EXIT_OK)
        status = prune(&p);
    for (size_t i = 0; i < p.n_answers; i++)
        wire_free(&p.answers[i]);
    free(p.answers);
    free(p.kept);
    return status;
}
