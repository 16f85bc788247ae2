/* The releases, and one of them: what it is, what it changed, what became of it. */
#include "core/difference.h"
#include "core/nearest.h"
#include "core/status.h"
#include "services/bus/convert.h"
#include "services/bus/instant.h"
#include "services/bus/refusal.h"
#include "services/cli/session.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- all -------------------------------------------------------------------------------------- */

static void add_instant(struct table *table, bool has, uint64_t ms) {
    if (has)
        table_instant(table, ms);
    else
        table_missing(table);
}

static void add_count(struct table *table, bool has, uint64_t count) {
    if (has)
        table_count(table, count);
    else
        table_missing(table);
}

static void add_release(struct table *table, const ReleaseInfo *release) {
    table_count(table, release->release);
    table_text(table, release->dataset);
    table_text(table, release->label);
    table_instant(table, release->time_ms);
    table_count(table, release->observations);
    table_truth(table, release->in_force);
    table_text(table, release->state);
    add_instant(table, release->has_publish_at_ms, release->publish_at_ms);
    add_count(table, release->has_revises, release->revises);
    add_count(table, release->has_compared_with, release->compared_with);
    add_count(table, release->has_added, release->added);
    add_count(table, release->has_removed, release->removed);
    add_count(table, release->has_changed, release->changed);
    add_count(table, release->has_statuses, release->statuses);
    table_truth(table, release->revision);
    add_count(table, release->has_edition, release->edition);
    add_instant(table, release->has_withdrawn_ms, release->withdrawn_ms);
    table_text(table, release->withdrawn_reason ? release->withdrawn_reason : "");
    table_text(table, release->file_name);
    table_text(table, release->file_hash);
    table_text(table, release->request_id);
}

static bool is_held(const ReleaseInfo *release) {
    return release->state && strcmp(release->state, "held") == 0;
}

/* Without --all or a dataset those that are in force, or will be. */
static int list(const struct command_line *line, const Message *answer) {
    static const char *const keys[] = {
        "release",   "dataset",    "label",     "received",      "observations", "in_force",
        "state",     "held_until", "revises",   "compared_with", "added",        "removed",
        "changed",   "statuses",   "revision",  "edition",       "withdrawn",    "withdrawn_reason",
        "file_name", "file_hash",  "request_id"};
    static const char *const headings[] = {
        "release",    "dataset", "label", "received", "figures", NULL,      "state",
        "held until", "revises", NULL,    "added",    "removed", "changed", NULL,
        NULL,         "edition", NULL,    NULL,       NULL,      NULL,      NULL};
    struct table *table = table_new(21, keys, headings);
    size_t most = line->top ? line->top : SIZE_MAX;
    for (size_t i = 0; table && most && i < answer->releases->n_releases; i++) {
        const ReleaseInfo *release = answer->releases->releases[i];
        if (!line->all && !line->dataset && !release->in_force && !is_held(release))
            continue;
        add_release(table, release);
        most--;
    }
    return command_print(line, &table);
}

/* --- one -------------------------------------------------------------------------------------- */

struct details {
    const ReleaseInfo *info;
    const struct release *release; /* NULL: its figures are not told yet */
    Difference *difference;        /* NULL: none */
};

static bool fetch_difference(const struct session *session, const char *hash, Difference **out,
                             int *status) {
    Mindex__V1__BlobWanted wanted = MINDEX__V1__BLOB_WANTED__INIT;
    wanted.hash = (char *)hash;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_BLOB_WANTED;
    question.blob_wanted = &wanted;
    Message *answer = session_ask(session, &question, MINDEX__V1__MESSAGE__BODY_BLOB, status);
    if (!answer)
        return false;
    *out = answer->blob->has_content
               ? mindex__v1__difference__unpack(NULL, answer->blob->content.len,
                                                answer->blob->content.data)
               : NULL;
    wire_free(&answer);
    if (*out && difference_fits(*out))
        return true;
    *status = command_failed(EXIT_FAILED, "the difference %s cannot be read", hash);
    return false;
}

static void say_instant(const char *what, uint64_t ms) {
    char text[INSTANT_TEXT];
    printf("%s %s", what, instant_write(ms - ms % 1000, text));
}

static void say_identity(const struct details *d) {
    const ReleaseInfo *info = d->info;
    printf("Release %llu of %s, '%s'\n", (unsigned long long)info->release, info->dataset,
           info->label);
    printf("  file       %s\n  SHA-256    %s\n", info->file_name, info->file_hash);
    printf("  figures    %u", info->observations);
    if (d->release && d->release->n_periods == 1)
        printf(", for %s", d->release->periods[0]);
    else if (d->release && d->release->n_periods)
        printf(", %zu periods from %s to %s", d->release->n_periods, d->release->periods[0],
               d->release->periods[d->release->n_periods - 1]);
    say_instant("\n  received  ", info->time_ms);
    printf("\n  state      %s", info->state);
    if (info->has_withdrawn_ms) {
        say_instant(" at", info->withdrawn_ms);
        printf(": %s", info->withdrawn_reason);
    }
    if (info->has_publish_at_ms)
        say_instant(is_held(info) ? " until" : "\n  held until", info->publish_at_ms);
    if (info->request_id)
        printf("\n  request    %s", info->request_id);
    if (info->withdrawn_request_id)
        printf("\n  withdrawn  by request %s", info->withdrawn_request_id);
    if (info->has_edition)
        printf("\n  edition    %llu was the first that used it", (unsigned long long)info->edition);
    printf("\n");
}

static void say_difference(const struct details *d) {
    const Difference *difference = d->difference;
    if (!difference)
        return;
    if (d->info->has_revises)
        printf("\nIt revises release %llu of the same label:\n",
               (unsigned long long)d->info->revises);
    else
        printf("\nBeside release %llu, in force before it, in the periods of both:\n",
               (unsigned long long)d->info->compared_with);
    printf("  %u values added, %u removed, %u changed, %u of another status, %u the same\n",
           difference->added, difference->removed, difference->changed, difference->statuses,
           difference->same);
    if (difference->changed)
        printf("  numbers changed by up to %.6g (%.3g %% of what they were), the median by %.6g\n",
               difference->largest, 100.0 * difference->largest_relative, difference->median);
}

static void add_value(struct table *table, bool has, double value, uint32_t status) {
    if (has)
        table_number(table, value, 4);
    else
        table_missing(table);
    table_text(table, status == STATUS_VALUE ? "" : status_mark((enum status)status));
}

static struct table *values_table(const Difference *difference) {
    static const char *const keys[] = {"change",     "area_code", "period",    "old_value",
                                       "old_status", "new_value", "new_status"};
    static const char *const headings[] = {"change", "code", "period", "was", "", "is", ""};
    struct table *table = table_new(7, keys, headings);
    for (size_t i = 0; table && difference && i < difference->n_values; i++) {
        const ValueChange *change = difference->values[i];
        table_text(table, value_change_name((enum value_change_kind)change->kind));
        table_text(table, change->area);
        table_text(table, change->period);
        add_value(table, change->has_old_value, change->old_value, change->old_status);
        add_value(table, change->has_new_value, change->new_value, change->new_status);
    }
    return table;
}

static void say_warnings(const ReleaseInfo *info) {
    if (!info->warnings)
        return;
    printf("\nIt was accepted with warnings: ");
    warning_counts_write(stdout, info->warnings->counts, info->warnings->n_counts);
    printf("\n");
    for (size_t i = 0; i < info->warnings->n_problems; i++)
        printf("  %s\n", info->warnings->problems[i]->reason);
}

enum { SHOWN = 20 };

static int show_text(const struct command_line *line, const struct details *d) {
    say_identity(d);
    say_warnings(d->info);
    say_difference(d);
    if (!d->difference || d->difference->n_values == 0)
        return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
    size_t all = d->difference->n_values;
    size_t most = line->all ? all : line->top ? line->top : SHOWN;
    if (most < all)
        d->difference->n_values = most;
    printf("\n");
    struct table *table = values_table(d->difference);
    int status = command_print(line, &table);
    if (most < all)
        printf("... and %zu more, with --all\n", all - most);
    return status;
}

static json_t *number_or_null(bool has, double value) {
    return has ? json_real(value) : json_null();
}

static json_t *values_json(const Difference *difference) {
    json_t *list_of = json_array();
    for (size_t i = 0; difference && i < difference->n_values; i++) {
        const ValueChange *change = difference->values[i];
        (void)json_array_append_new(
            list_of,
            json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:s}", "change",
                      value_change_name((enum value_change_kind)change->kind), "area_code",
                      change->area, "period", change->period, "old_value",
                      number_or_null(change->has_old_value, change->old_value), "old_status",
                      status_mark((enum status)change->old_status), "new_value",
                      number_or_null(change->has_new_value, change->new_value), "new_status",
                      status_mark((enum status)change->new_status)));
    }
    return list_of;
}

static json_t *difference_json(const struct details *d) {
    const Difference *of = d->difference;
    if (!of)
        return json_null();
    return json_pack("{s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o}", "compared_with",
                     (json_int_t)d->info->compared_with, "shared_periods_only", (int)of->shared,
                     "added", (json_int_t)of->added, "removed", (json_int_t)of->removed, "changed",
                     (json_int_t)of->changed, "statuses", (json_int_t)of->statuses, "same",
                     (json_int_t)of->same, "largest", of->largest, "largest_relative",
                     of->largest_relative, "median", of->median, "values", values_json(of));
}

static json_t *warnings_json(const Warnings *warnings) {
    json_t *list_of = json_array();
    for (size_t i = 0; warnings && i < warnings->n_problems; i++)
        (void)json_array_append_new(list_of, json_string(warnings->problems[i]->reason));
    return list_of;
}

static json_t *instant_json(bool has, uint64_t ms) {
    char text[INSTANT_TEXT];
    return has ? json_string(instant_write(ms, text)) : json_null();
}

static json_t *periods_json(const struct release *release) {
    json_t *list_of = json_array();
    for (size_t i = 0; release && i < release->n_periods; i++)
        (void)json_array_append_new(list_of, json_string(release->periods[i]));
    return list_of;
}

static int show_json(const struct details *d) {
    const ReleaseInfo *info = d->info;
    json_t *out = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:s, s:o, s:o, s:s?, s:s?, s:s?, s:o, s:o, s:o,"
        " s:o}",
        "release", (json_int_t)info->release, "dataset", info->dataset, "label", info->label,
        "file_name", info->file_name, "file_hash", info->file_hash, "received",
        instant_json(true, info->time_ms), "observations", (json_int_t)info->observations,
        "periods", periods_json(d->release), "state", info->state, "held_until",
        instant_json(info->has_publish_at_ms, info->publish_at_ms), "withdrawn",
        instant_json(info->has_withdrawn_ms, info->withdrawn_ms), "withdrawn_reason",
        info->withdrawn_reason, "request_id", info->request_id, "withdrawn_request_id",
        info->withdrawn_request_id, "revises",
        info->has_revises ? json_integer((json_int_t)info->revises) : json_null(), "edition",
        info->has_edition ? json_integer((json_int_t)info->edition) : json_null(), "warnings",
        warnings_json(info->warnings), "difference", difference_json(d));
    bool printed = out && json_dumpf(out, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
    json_decref(out);
    return printed ? EXIT_OK : command_failed(EXIT_FAILED, "the release cannot be written");
}

static int show(const struct command_line *line, const struct session *session,
                const ReleaseInfo *info) {
    struct fault fault = {0};
    struct details d = {.info = info};
    int status = EXIT_OK;
    if (info->observations_hash)
        d.release = library_release(session->library, info->observations_hash, &fault);
    if (info->observations_hash && !d.release)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    if (!info->difference || fetch_difference(session, info->difference, &d.difference, &status)) {
        if (line->format == FORMAT_JSON) {
            status = show_json(&d);
        } else if (line->format == FORMAT_CSV) {
            struct table *table = values_table(d.difference);
            status = command_print(line, &table);
        } else {
            status = show_text(line, &d);
        }
    }
    if (d.difference)
        mindex__v1__difference__free_unpacked(d.difference, NULL);
    return status;
}

bool release_number(const char *text, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno == 0 && *text >= '0' && *text <= '9' && !*end && *out)
        return true;
    (void)command_failed(0, "'%s' is no number of a release; 'mindex releases' lists them", text);
    return false;
}

static int no_dataset(const struct session *session, const char *dataset) {
    Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &wanted;
    int status = EXIT_OK;
    Message *all = session_ask(session, &question, MINDEX__V1__MESSAGE__BODY_RELEASES, &status);
    struct nearest near = {.word = dataset};
    for (size_t i = 0; all && i < all->releases->n_releases; i++)
        nearest_offer(&near, all->releases->releases[i]->dataset);
    if (near.best)
        status = command_failed(EXIT_NOT_FOUND,
                                "there is no release of a dataset '%s'; did you mean '%s'?",
                                dataset, near.best);
    else
        status = command_failed(EXIT_NOT_FOUND,
                                "there is no release of a dataset '%s'; 'mindex releases' lists "
                                "those that there are",
                                dataset);
    wire_free(&all);
    return status;
}

int releases_command(const struct command_line *line) {
    Mindex__V1__ReleasesWanted wanted = MINDEX__V1__RELEASES_WANTED__INIT;
    wanted.dataset = (char *)line->dataset;
    wanted.has_release = line->n_arguments > 0;
    if (wanted.has_release && !release_number(line->arguments[0], &wanted.release))
        return EXIT_USAGE;
    struct session session;
    int status = session_open(&session, line);
    Message question = wire_message(0);
    question.body_case = MINDEX__V1__MESSAGE__BODY_RELEASES_WANTED;
    question.releases_wanted = &wanted;
    Message *answer = status == EXIT_OK ? session_ask(&session, &question,
                                                      MINDEX__V1__MESSAGE__BODY_RELEASES, &status)
                                        : NULL;
    if (answer && !wanted.has_release && line->dataset && answer->releases->n_releases == 0)
        status = no_dataset(&session, line->dataset);
    else if (answer && !wanted.has_release)
        status = list(line, answer);
    else if (answer && answer->releases->n_releases == 0)
        status = command_failed(EXIT_NOT_FOUND,
                                "there is no release %s; 'mindex releases --all' lists them",
                                line->arguments[0]);
    else if (answer)
        status = show(line, &session, answer->releases->releases[0]);
    wire_free(&answer);
    session_close(&session);
    return status;
}
