/* Editions, and the releases that they were scored from. */
#include "services/views/api_parts.h"

#include "services/bus/buffer.h"
#include "services/bus/instant.h"
#include "services/views/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- editions --------------------------------------------------------------------------------- */

static const struct sheet_column edition_columns[] = {
    {"edition", "Edition", "Its number.", NULL, SHEET_COUNT, SHEET_KEY},
    {"scored", "Scored", "When it was scored.", NULL, SHEET_INSTANT, SHEET_PLAIN},
    {"cause", "Cause", "What made it: release, definition or withdrawal.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"nature", "Nature",
     "data: new figures; revision: of a period that had others; method: another definition; "
     "withdrawal: a release was taken back.",
     NULL, SHEET_TEXT, SHEET_PLAIN},
    {"dataset", "Dataset", "Of the release that made it.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"label", "Label", "Of that release.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"release", "Release", "Its number.", NULL, SHEET_COUNT, SHEET_FACT},
    {"ranked", "Ranked", "Areas with a rank for the whole index.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"places_moved", "Places moved", "Areas whose rank for the whole index changed.", NULL,
     SHEET_COUNT, SHEET_PLAIN},
    {"changes", "Changes", "Rank changes at all nodes.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"retired", "Retired",
     "When it was retired: its ranks and events are not kept, and its address answers 410.", NULL,
     SHEET_INSTANT, SHEET_PLAIN},
};

static void add_edition(struct sheet *sheet, const EditionInfo *info) {
    sheet_count(sheet, info->number);
    sheet_instant(sheet, info->time_ms);
    sheet_text(sheet, info->cause);
    api_text_cell(sheet, info->nature);
    api_text_cell(sheet, info->dataset);
    api_text_cell(sheet, info->label);
    if (info->has_release)
        sheet_count(sheet, info->release);
    else
        sheet_missing(sheet);
    sheet_count(sheet, info->ranked);
    sheet_count(sheet, info->places_moved);
    sheet_count(sheet, info->changes);
    if (info->has_retired_ms)
        sheet_instant(sheet, info->retired_ms);
    else
        sheet_missing(sheet);
}

static struct sheet *make_editions(struct viewer *viewer, const struct view *view,
                                   const struct selection *wanted, struct fault *fault) {
    enum { PAGE = 1000 };
    (void)view;
    (void)wanted;
    struct sheet *sheet = api_sheet(&editions_resource, NULL, NULL, fault);
    uint64_t before = 0;
    bool more = sheet != NULL;
    while (more) {
        const Editions *editions = viewer_editions(viewer, before, PAGE, fault);
        if (!editions) {
            sheet_destroy(&sheet);
            return NULL;
        }
        for (size_t i = 0; i < editions->n_editions; i++)
            add_edition(sheet, editions->editions[i]);
        more = editions->n_editions == PAGE && editions->editions[PAGE - 1]->number > 1;
        before = more ? editions->editions[PAGE - 1]->number : 0;
    }
    return sheet;
}

const struct resource editions_resource = {
    .id = "editions",
    .pattern = "/api/v1/editions",
    .summary = "Editions",
    .description = "Every edition, the newest first.",
    .takes = TAKES_PAGE,
    .make = make_editions,
    .columns = edition_columns,
    .n_columns = sizeof edition_columns / sizeof *edition_columns,
};

void api_editions(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&editions_resource, viewer, request, answer);
}

/* --- one edition ------------------------------------------------------------------------------ */

const struct resource edition_resource = {
    .id = "edition",
    .pattern = "/api/v1/editions/{edition}",
    .summary = "One edition",
    .description = "The row of /api/v1/editions for one edition, by its number, or the newest by "
                   "'latest'; with what the index is, and where the edition's tables are.",
    .takes = 0,
    .of_edition = true,
};

static void write_links(FILE *out, const struct view *view) {
    static const char *const below[] = {"ranks", "metrics",  "changes",    "explanations",
                                        "spend", "releases", "uncertainty"};
    (void)fputs("{", out);
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        (void)fprintf(out, "%s\"%s\":\"/api/v1/editions/%" PRIu64 "/%s\"", i ? "," : "", below[i],
                      view->number, below[i]);
    (void)fputc('}', out);
}

static void write_edition(FILE *out, const struct view *view, const struct sheet *row) {
    const struct definition *definition = view->pack->definition;
    struct api_source source;
    api_sources(definition, &source);
    (void)fputs("{\"index\":{\"id\":", out);
    json_write_text(out, definition->id);
    (void)fputs(",\"title\":", out);
    json_write_text(out, definition->title);
    (void)fprintf(out, ",\"areas\":%zu,\"nodes\":%zu,\"bands\":[", view->edition->n_areas,
                  definition->n_nodes);
    for (unsigned band = 1; band <= definition->bands; band++) {
        (void)fputs(band > 1 ? "," : "", out);
        json_write_text(out, band_name(definition, band));
    }
    (void)fputs("]},\n\"source\":", out);
    json_write_text(out, source.source);
    (void)fputs(",\"licence\":", out);
    json_write_text(out, source.licence);
    (void)fputs(",\n\"edition\":", out);
    (void)sheet_write_items(row, out);
    (void)fputs(",\n\"links\":", out);
    write_links(out, view);
    (void)fputs("}\n", out);
}

void api_edition(struct viewer *viewer, const struct request *request, struct answer *answer) {
    struct fault fault = {0};
    struct buffer buffer;
    if (!api_knows(&edition_resource, request, answer))
        return;
    const struct view *view = api_view(&edition_resource, viewer, request, answer);
    const EditionInfo *info = view ? viewer_edition_info(viewer, view, &fault) : NULL;
    struct sheet *row = info ? api_sheet(&editions_resource, NULL, NULL, &fault) : NULL;
    FILE *out = row ? buffer_open(&buffer) : NULL;
    if (out) {
        add_edition(row, info);
        write_edition(out, view, row);
        if (buffer_close(&buffer, out)) {
            answer->type = "application/json";
            answer->body = buffer.bytes;
            answer->length = buffer.length;
        }
    }
    sheet_destroy(&row);
}

/* --- releases --------------------------------------------------------------------------------- */

static const struct sheet_column release_columns[] = {
    {"release", "Release", "Its number.", NULL, SHEET_COUNT, SHEET_KEY},
    {"dataset", "Dataset", "Id of the series that it is of.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"label", "Label", "By which it tells itself from others of the series.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"file_name", "File", "Name of its file.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"file_hash", "Hash", "SHA-256 of that file.", NULL, SHEET_TEXT, SHEET_PLAIN},
    {"taken_in", "Taken in", "When.", NULL, SHEET_INSTANT, SHEET_PLAIN},
    {"observations", "Observations", "How many it has.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"first_edition", "First edition", "That used it.", NULL, SHEET_COUNT, SHEET_FACT},
    {"revision", "Revision", "Whether the same label had other content before.", NULL, SHEET_TRUTH,
     SHEET_PLAIN},
    {"compared_with", "Compared with", "Number of the release that the counts beside are about.",
     NULL, SHEET_COUNT, SHEET_PLAIN},
    {"added", "Added", "Values that the other has not.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"removed", "Removed", "Values that only the other has.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"changed", "Changed", "Numbers that are another number.", NULL, SHEET_COUNT, SHEET_PLAIN},
    {"statuses", "Marks changed", "Marks that are another mark or a number, and the reverse.", NULL,
     SHEET_COUNT, SHEET_PLAIN},
    {"state", "State", "in-force, superseded or withdrawn: as of now.", NULL, SHEET_TEXT,
     SHEET_PLAIN},
    {"withdrawn", "Withdrawn", "When.", NULL, SHEET_INSTANT, SHEET_PLAIN},
    {"withdrawn_reason", "Why withdrawn", "As who did it said.", NULL, SHEET_TEXT, SHEET_PLAIN},
};

static void add_count(struct sheet *sheet, bool has, uint64_t count) {
    if (has)
        sheet_count(sheet, count);
    else
        sheet_missing(sheet);
}

/* `now`: and what may be otherwise tomorrow. */
static void add_release(struct sheet *sheet, const ReleaseInfo *r, bool now) {
    sheet_count(sheet, r->release);
    sheet_text(sheet, r->dataset);
    sheet_text(sheet, r->label);
    const char *slash = strrchr(r->file_name, '/'); /* a folder is nobody's business */
    sheet_text(sheet, slash ? slash + 1 : r->file_name);
    sheet_text(sheet, r->file_hash);
    sheet_instant(sheet, r->time_ms);
    sheet_count(sheet, r->observations);
    add_count(sheet, r->has_edition, r->edition);
    sheet_truth(sheet, r->revision);
    add_count(sheet, r->has_compared_with, r->compared_with);
    add_count(sheet, r->has_added, r->added);
    add_count(sheet, r->has_removed, r->removed);
    add_count(sheet, r->has_changed, r->changed);
    add_count(sheet, r->has_statuses, r->statuses);
    if (!now)
        return;
    api_text_cell(sheet, r->state);
    if (r->has_withdrawn_ms)
        sheet_instant(sheet, r->withdrawn_ms);
    else
        sheet_missing(sheet);
    api_text_cell(sheet, r->withdrawn_reason);
}

static struct sheet *make_releases(struct viewer *viewer, const struct view *view,
                                   const struct selection *wanted, struct fault *fault) {
    (void)wanted;
    const Releases *releases = viewer_releases(viewer, view, fault);
    const struct resource *of = view ? &edition_releases_resource : &releases_resource;
    struct sheet *sheet = releases ? api_sheet(of, view, NULL, fault) : NULL;
    for (size_t i = 0; sheet && i < releases->n_releases; i++)
        add_release(sheet, releases->releases[i], true);
    return sheet;
}

const struct resource releases_resource = {
    .id = "releases",
    .pattern = "/api/v1/releases",
    .summary = "Releases",
    .description = "Every release that was taken in, the newest first, with what it changed. One "
                   "that is held until its time is not told of before.",
    .takes = TAKES_PAGE,
    .make = make_releases,
    .columns = release_columns,
    .n_columns = sizeof release_columns / sizeof *release_columns,
};

const struct resource edition_releases_resource = {
    .id = "releases",
    .pattern = "/api/v1/editions/{edition}/releases",
    .summary = "Releases of an edition",
    .description = "The releases that the edition was scored from.",
    .takes = TAKES_PAGE,
    .make = make_releases,
    .columns = release_columns,
    .n_columns = sizeof release_columns / sizeof *release_columns,
    .of_edition = true,
    .changes_with_time = true,
};

static struct sheet *make_lasting(struct viewer *viewer, const struct view *view,
                                  const struct selection *wanted, struct fault *fault) {
    (void)wanted;
    const Releases *releases = viewer_releases(viewer, view, fault);
    struct sheet *sheet =
        releases ? api_sheet(&package_releases_resource, view, NULL, fault) : NULL;
    for (size_t i = 0; sheet && i < releases->n_releases; i++)
        add_release(sheet, releases->releases[i], false);
    return sheet;
}

enum { OF_NOW = 3 }; /* the last columns */

const struct resource package_releases_resource = {
    .id = "releases",
    .pattern = "",
    .summary = "Releases of the edition",
    .description = "The releases that the edition was scored from.",
    .make = make_lasting,
    .columns = release_columns,
    .n_columns = sizeof release_columns / sizeof *release_columns - OF_NOW,
    .of_edition = true,
};

void api_releases(struct viewer *viewer, const struct request *request, struct answer *answer) {
    api_answer(&releases_resource, viewer, request, answer);
}

void api_edition_releases(struct viewer *viewer, const struct request *request,
                          struct answer *answer) {
    api_answer(&edition_releases_resource, viewer, request, answer);
}
