#include "core/extract.h"

#include "core/extract_parts.h"
#include "core/period.h"
#include "core/plain_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool extract_problem(struct extraction *in, uint64_t row, uint32_t column, const char *kind,
                     const char *format, ...) {
    char reason[sizeof in->problems->kept->reason];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    const struct problem_place place = {in->file, in->sheet, row, column};
    return problems_add_at(in->problems, place, kind, "%s", reason);
}

/* --- which layout, which sheet ---------------------------------------------------------------- */

static bool any_matches(const struct patterns *patterns, const char *text) {
    char plain[PATTERN_ROOM];
    plain_heading(text, strlen(text), plain, sizeof plain);
    for (size_t i = 0; i < patterns->n; i++) {
        if (plain_matches(patterns->list[i], plain))
            return true;
    }
    return patterns->n == 0;
}

static bool layout_wants(const struct layout *layout, const char *path) {
    const char *slash = strrchr(path, '/');
    return any_matches(&layout->files, slash ? slash + 1 : path);
}

bool extract_wants(const struct description *description, const char *name) {
    for (size_t i = 0; i < description->n_layouts; i++) {
        if (layout_wants(&description->layouts[i], name))
            return true;
    }
    return false;
}

/* A sheet that is hidden is read only when it is asked for by name. A plain CSV has no name: it may
 * be a sheet that somebody saved. */
static bool sheet_wanted(const struct layout *layout, const struct sheet *sheet) {
    if (!sheet->name && !sheet->member)
        return true;
    if (layout->sheets.n == 0)
        return !sheet->hidden;
    return any_matches(&layout->sheets, sheet->name ? sheet->name : sheet->member);
}

/* The sheet that a layout found its header in. */
struct place {
    struct book *book;
    size_t sheet;
    struct header header;
};

struct nearest_misfit {
    size_t missing;
    char *text;
    size_t room;
    bool
        no_memory; /* while a layout was tried: another that fits is then not the first that does */
};

static void say_misfit(struct nearest_misfit *nearest, const struct layout *layout,
                       const char *sheet, const struct misfit *misfit) {
    if (nearest->text[0] && misfit->missing >= nearest->missing)
        return;
    nearest->missing = misfit->missing;
    (void)snprintf(nearest->text, nearest->room, "layout '%.60s'%s%.80s%s: %s", layout->name,
                   *sheet ? ", sheet '" : "", sheet, *sheet ? "'" : "", misfit->reason);
}

/* Looks for the header in one sheet. HEADER_BAD: the fault is in the misfit. */
static enum header_result try_sheet(struct publication *publication, size_t sheet,
                                    const struct layout *layout, struct arena *arena,
                                    struct header *out, struct misfit *misfit, bool *no_memory) {
    struct fault fault = {0};
    enum header_result result = HEADER_BAD;
    const struct glance *glance =
        publication_glance(publication, layout->encoding, sheet, layout->separator, &fault);
    if (glance)
        result = header_find(glance, layout, arena, out, misfit, &fault);
    *no_memory |= fault.kind == FAULT_MEMORY;
    if (result == HEADER_BAD) {
        misfit->missing = SIZE_MAX - 1;
        (void)snprintf(misfit->reason, sizeof misfit->reason, "%.350s", fault.text);
    }
    return result;
}

/* The one sheet that has the header. Where several have it, that is a misfit too. */
static bool find_sheet(struct publication *publication, const struct layout *layout,
                       struct arena *arena, struct place *out, struct nearest_misfit *nearest,
                       bool *unreadable) {
    struct fault fault = {0};
    struct misfit misfit;
    struct book *book = publication_book(publication, layout->encoding, &fault);
    size_t found = 0, looked = 0;
    if (!book) {
        *unreadable = true;
        nearest->no_memory = fault.kind == FAULT_MEMORY;
        misfit.missing = SIZE_MAX - 1;
        (void)snprintf(misfit.reason, sizeof misfit.reason, "%.350s", fault.text);
        say_misfit(nearest, layout, "", &misfit);
        return false;
    }
    for (size_t i = 0; i < book_sheets(book); i++) {
        struct header header;
        if (!sheet_wanted(layout, book_sheet(book, i)))
            continue;
        looked++;
        const char *name = publication_sheet_name(publication, layout->encoding, i);
        if (try_sheet(publication, i, layout, arena, &header, &misfit, &nearest->no_memory) !=
            HEADER_FOUND)
            say_misfit(nearest, layout, name, &misfit);
        else if (found++ == 0)
            *out = (struct place){book, i, header};
    }
    if (found == 1)
        return true;
    misfit.missing = found ? 0 : SIZE_MAX;
    if (found) {
        (void)snprintf(misfit.reason, sizeof misfit.reason,
                       "%zu sheets have the header, one of them '%.100s': say which with 'sheet'",
                       found, publication_sheet_name(publication, layout->encoding, out->sheet));
    } else if (looked == 0) {
        (void)snprintf(misfit.reason, sizeof misfit.reason, "no sheet '%.100s' among %zu",
                       layout->sheets.n ? layout->sheets.list[0] : "that can be seen",
                       book_sheets(book));
    }
    if (found || looked == 0)
        say_misfit(nearest, layout, "", &misfit);
    return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Numbers the periods that are known before the first row. */
static bool number_periods(struct extraction *in) {
    const struct header *header = &in->report->header;
    const struct layout *layout = in->report->layout;
    const char *fixed = layout->period_from == PERIOD_FIXED        ? layout->period_text
                        : layout->period_from == PERIOD_FROM_TITLE ? header->title_period
                                                                   : NULL;
    in->period_numbers = arena_alloc(in->arena, header->n_periods, sizeof *in->period_numbers);
    if (!in->period_numbers)
        return problems_add_memory(in->problems, in->file);
    if (fixed &&
        release_build_period(in->build, fixed, strlen(fixed), &in->fixed_period) != BUILD_DONE)
        return problems_add_memory(in->problems, in->file);
    for (size_t i = 0; i < header->n_periods; i++) {
        const char *period = header->periods[i].period;
        enum build_result result =
            release_build_period(in->build, period, strlen(period), &in->period_numbers[i]);
        if (result == BUILD_DONE)
            continue;
        return result == BUILD_TOO_MANY
                   ? extract_problem(in, header->headings.row, header->periods[i].column,
                                     "too many periods", "more than %d different periods",
                                     RELEASE_PERIODS_MAX)
                   : problems_add_memory(in->problems, in->file);
    }
    return true;
}

/* SIZE_MAX: out of memory. */
static size_t areas_in(const struct release *release, size_t period, struct arena *arena) {
    bool *seen = arena_alloc(arena, release->n_codes, sizeof *seen);
    size_t count = 0;
    if (!seen)
        return SIZE_MAX;
    for (size_t i = 0; i < release->n; i++) {
        if (release->period[i] != period || seen[release->code[i]])
            continue;
        seen[release->code[i]] = true;
        count++;
    }
    return count;
}

static bool check_areas(struct extraction *in, const struct release *release) {
    const struct description *description = in->description;
    size_t newest = release_newest(release);
    if (description->areas_max == 0)
        return true;
    if (newest == SIZE_MAX) {
        return extract_problem(in, 0, 0, "number of areas",
                               "not one figure is a number, expected figures for %zu to %zu areas",
                               description->areas_min, description->areas_max);
    }
    size_t count = areas_in(release, newest, in->arena);
    if (count == SIZE_MAX)
        return problems_add_memory(in->problems, in->file);
    if (count >= description->areas_min && count <= description->areas_max)
        return true;
    return extract_problem(in, 0, 0, "number of areas", "%zu areas in %s, expected %zu to %zu (%s)",
                           count, release->periods[newest], description->areas_min,
                           description->areas_max, description->name);
}

static struct release *finish(struct extraction *in) {
    const struct release_origin source = {.name = in->file,
                                          .sheet = in->sheet,
                                          .same_twice = in->report->layout->same_twice,
                                          .details = true};
    struct release *out = release_build_finish(in->build, &source, in->problems);
    if (out && !check_areas(in, out))
        release_destroy(&out);
    return out;
}

/* What the first filter's column holds, for people: "Indicator = 'a', 'b' and 7 more". */
static void say_texts(struct extract_report *report, const struct column_texts *texts) {
    enum { SHOWN = 3 };
    char *out = report->found;
    size_t used = 0, room = sizeof report->found;
    report->found[0] = '\0';
    for (size_t i = 0; i < texts->n && i < SHOWN; i++) {
        int n = i ? snprintf(out + used, room - used, ", '%.70s'", texts->list[i])
                  : snprintf(out, room, "%.60s = '%.70s'",
                             report->layout->filters[0].column.list[0], texts->list[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (texts->n > SHOWN)
        (void)snprintf(out + used, room - used, " and %zu more", texts->n - SHOWN);
}

static enum extract_result say_nothing(struct extract_report *report,
                                       const struct column_texts *texts) {
    say_texts(report, texts);
    (void)snprintf(report->misfit, sizeof report->misfit,
                   "layout '%.60s' fits, but none of the %zu rows below its header is taken: "
                   "%zu left out by where and except%s%.300s, %zu without a code, %zu with a code "
                   "that is left out",
                   report->layout->name, report->rows, report->filtered,
                   *report->found ? ", there is " : "", report->found, report->without_code,
                   report->not_only + report->outside);
    return EXTRACT_NOTHING;
}

/* Whether no row can pass the first filter by what is known of its column. */
static bool nothing_passes(const struct layout *layout, const struct column_texts *texts) {
    for (size_t i = 0; i < texts->n; i++) {
        for (size_t p = 0; p < layout->filters[0].values.n; p++) {
            if (plain_matches(layout->filters[0].values.list[p], texts->list[i]))
                return false;
        }
    }
    return true;
}

static bool known_to_be_nothing(struct extract_report *report, const struct glance *glance) {
    const struct layout *layout = report->layout;
    const struct column_texts *texts = &glance->texts;
    if (layout->n_filters == 0 || layout->filters[0].except || texts->column == 0 ||
        /* A layout with filters has their columns.
         * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        texts->column != report->header.filters[0] ||
        texts->header_row != report->header.headings.row || !nothing_passes(layout, texts))
        return false;
    report->rows = report->filtered = texts->rows;
    return true;
}

static bool read_rows(struct extraction *in, const struct place *place) {
    struct fault fault = {0};
    struct rows *rows = rows_open(place->book, place->sheet, in->report->layout->separator, &fault);
    bool fine =
        rows ? extract_rows(in, rows) : extract_problem(in, 0, 0, "unreadable", "%s", fault.text);
    rows_destroy(&rows);
    return fine;
}

static enum extract_result read_place(struct extraction *in, const struct place *place,
                                      struct glance *glance, struct release **out) {
    struct extract_report *report = in->report;
    if (known_to_be_nothing(report, glance))
        return say_nothing(report, &glance->texts);
    if (report->layout->n_filters > 0) {
        /* As above: NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        in->texts.column = report->header.filters[0];
        in->texts.header_row = report->header.headings.row;
    }
    if (!number_periods(in) || !read_rows(in, place))
        return EXTRACT_REFUSED;
    in->texts.rows = report->rows;
    glance_keep(glance, &in->texts);
    if (in->texts.no_memory || glance->texts.no_memory) {
        problems_add_memory(in->problems, in->file);
        return EXTRACT_REFUSED;
    }
    if (release_build_count(in->build) == 0)
        return say_nothing(report, &in->texts);
    *out = finish(in);
    return *out ? EXTRACT_DONE : EXTRACT_REFUSED;
}

enum extract_result extract(const struct description *description,
                            const struct geography *geography, const char *level,
                            struct publication *publication, struct arena *arena,
                            struct extract_report *report, struct release **out,
                            struct problems *problems) {
    struct place place = {0};
    struct problems own = {0};
    *report = (struct extract_report){0};
    *out = NULL;
    struct nearest_misfit nearest = {SIZE_MAX, report->misfit, sizeof report->misfit, false};
    for (size_t i = 0; i < description->n_layouts && !report->layout && !nearest.no_memory; i++) {
        const struct layout *layout = &description->layouts[i];
        if (layout_wants(layout, publication_name(publication)) &&
            find_sheet(publication, layout, arena, &place, &nearest, &report->unreadable))
            report->layout = layout;
    }
    report->missing = nearest.missing;
    if (nearest.no_memory) {
        problems_add_memory(problems, publication_name(publication));
        return EXTRACT_REFUSED;
    }
    if (!report->layout) {
        if (!report->misfit[0])
            (void)snprintf(report->misfit, sizeof report->misfit,
                           "no layout is for a file of this name");
        return EXTRACT_NO_FIT;
    }
    report->misfit[0] = '\0';
    report->header = place.header;
    report->sheet_index = place.sheet;
    report->sheet = publication_sheet_name(publication, report->layout->encoding, place.sheet);
    struct fault fault = {0};
    struct glance *glance = publication_glance(publication, report->layout->encoding, place.sheet,
                                               report->layout->separator, &fault);
    struct extraction in = {.description = description,
                            .geography = geography,
                            .level = description->level ? description->level : level,
                            .file = publication_name(publication),
                            .sheet = *report->sheet ? report->sheet : NULL,
                            .is_csv = book_sheet(place.book, place.sheet)->name == NULL,
                            .report = report,
                            .problems = &own,
                            .build = release_build_new(geography),
                            .arena = arena};
    enum extract_result result = EXTRACT_REFUSED;
    if (glance && in.build)
        result = read_place(&in, &place, glance, out);
    else
        problems_add_memory(&own, in.file);
    names_destroy(&in.names);
    release_build_destroy(&in.build);
    problems_take(problems, &own);
    return result;
}
