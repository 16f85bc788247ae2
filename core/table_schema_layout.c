#include "core/known_columns.h"
#include "core/number.h"
#include "core/period.h"
#include "core/plain_text.h"
#include "core/table_schema.h"

#include <stdio.h>
#include <string.h>

/* Making a layout from a schema. */
struct making {
    const struct table_schema *schema;
    const struct description *own; /* or NULL */
    struct arena *arena;
    struct layout *out;
    const struct schema_field *roles[ROLES]; /* NULL: none */
    struct fault *fault;
};

static enum schema_fit no_memory(struct fault *fault) {
    (void)fault_memory(fault);
    return SCHEMA_FAILS;
}

/* --- by the dataset's own description --------------------------------------------------------- */

static bool has_heading(const struct schema_field *field, const struct patterns *patterns) {
    for (size_t i = 0; i < patterns->n; i++) {
        /* A schema with fields has their list, which the analyser cannot know. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        for (size_t k = 0; k < field->headings.n; k++) {
            if (plain_matches(patterns->list[i], field->headings.list[k]))
                return true;
        }
    }
    return false;
}

/* The only field that the patterns name; NULL: none, or several. "#3" is the third. */
static const struct schema_field *find_field(const struct table_schema *schema,
                                             const struct patterns *patterns) {
    const struct schema_field *found = NULL;
    const char *first = patterns->list[0];
    unsigned long place;
    if (*first == '#' && number_whole(first + 1, strlen(first + 1), 1, schema->n_fields, &place))
        return &schema->fields[place - 1];
    for (size_t i = 0; i < schema->n_fields; i++) {
        if (!has_heading(&schema->fields[i], patterns))
            continue;
        if (found)
            return NULL;
        found = &schema->fields[i];
    }
    return found;
}

/* The heading of a field that is a period. */
static bool is_period(const struct schema_field *field) {
    int32_t key;
    for (size_t i = 0; i < field->headings.n; i++) {
        const char *text = field->headings.list[i];
        if (period_key(text, strlen(text), &key))
            return true;
    }
    return false;
}

/* Whether the schema has all columns that a layout names; else the first that it lacks. */
static bool has_columns(struct making *making, const struct layout *layout, const char **lacking) {
    for (int role = 0; role < ROLES; role++) {
        const struct patterns *patterns = &layout->columns[role];
        making->roles[role] = patterns->n ? find_field(making->schema, patterns) : NULL;
        *lacking = patterns->n ? patterns->list[0] : NULL;
        if (patterns->n && !making->roles[role])
            return false;
    }
    for (size_t i = 0; i < layout->n_filters; i++) {
        *lacking = layout->filters[i].column.list[0];
        if (!find_field(making->schema, &layout->filters[i].column))
            return false;
    }
    return true;
}

static bool by_own(struct making *making, const char **lacking) {
    const struct description *own = making->own;
    const char *first = NULL;
    for (size_t i = 0; own && i < own->n_layouts; i++) {
        if (has_columns(making, &own->layouts[i], lacking)) {
            *making->out = own->layouts[i];
            making->out->files = (struct patterns){0};
            return true;
        }
        first = first ? first : *lacking;
    }
    memset(making->roles, 0, sizeof making->roles);
    *lacking = first;
    return false;
}

/* --- by what the schema says ------------------------------------------------------------------ */

/* Whether a layout of the dataset's description calls a column of the role so. */
static bool named_by_own(const struct description *own, const struct schema_field *field,
                         int role) {
    for (size_t i = 0; own && i < own->n_layouts; i++) {
        if (has_heading(field, &own->layouts[i].columns[role]))
            return true;
    }
    return false;
}

static size_t known_name(const struct schema_field *field, int role) {
    size_t best = 0;
    for (size_t i = 0; i <= field->headings.n; i++) {
        const char *text = i < field->headings.n ? field->headings.list[i] : field->name;
        size_t rank = known_column(role, text);
        if (rank && (best == 0 || rank < best))
            best = rank;
    }
    return best;
}

/* How well a field suits a role: from 1, the best; 0: not at all. */
static size_t suits(const struct making *making, const struct schema_field *field, int role) {
    enum { SAID = 1, OWN, MEANT };
    int meant = field->area ? ROLE_CODE : field->property ? known_property(field->property) : -1;
    if (field->role >= 0)
        return field->role == role ? SAID : 0;
    if (named_by_own(making->own, field, role))
        return OWN;
    if (meant >= 0)
        return meant == role ? MEANT : 0;
    size_t rank = known_name(field, role);
    return rank ? MEANT + rank : 0;
}

static bool ambiguous(struct making *making, int role, const struct schema_field *one,
                      const struct schema_field *other) {
    return fault_set(making->fault, FAULT_INPUT,
                     "%s: both '%.80s' and '%.80s' may be the column '%s'; say which in the "
                     "dataset's description",
                     making->schema->name, one->name, other->name, role_words[role]);
}

/* The field that suits a role best; a fault where two suit as well. */
static bool pick(struct making *making, int role) {
    size_t best = SIZE_MAX;
    const struct schema_field *second = NULL;
    for (size_t i = 0; i < making->schema->n_fields; i++) {
        const struct schema_field *field = &making->schema->fields[i];
        size_t rank = suits(making, field, role);
        if (rank == 0 || rank > best)
            continue;
        second = rank == best ? field : NULL;
        if (rank < best)
            making->roles[role] = field;
        best = rank;
    }
    return !second || ambiguous(making, role, making->roles[role], second);
}

static bool is_taken(const struct making *making, const struct schema_field *field) {
    for (int role = 0; role < ROLES; role++) {
        if (making->roles[role] == field)
            return true;
    }
    return false;
}

/* The only column of numbers that has no other part. */
static bool pick_only_number(struct making *making) {
    for (size_t i = 0; i < making->schema->n_fields; i++) {
        const struct schema_field *field = &making->schema->fields[i];
        if (field->type == SCHEMA_ANY || is_taken(making, field))
            continue;
        if (making->roles[ROLE_VALUE])
            return ambiguous(making, ROLE_VALUE, making->roles[ROLE_VALUE], field);
        making->roles[ROLE_VALUE] = field;
    }
    return true;
}

static bool lacks(struct making *making, const char *what) {
    return fault_set(making->fault, FAULT_INPUT,
                     "%s: no column that is known to be %s among its %zu; name it in the dataset's "
                     "description",
                     making->schema->name, what, making->schema->n_fields);
}

/* The first field whose heading is a period. */
static const struct schema_field *first_period(const struct making *making) {
    for (size_t i = 0; i < making->schema->n_fields; i++) {
        if (is_period(&making->schema->fields[i]))
            return &making->schema->fields[i];
    }
    return NULL;
}

static bool by_schema(struct making *making) {
    for (int role = 0; role < ROLES; role++) {
        if (!pick(making, role))
            return false;
    }
    if (!making->roles[ROLE_CODE] && !making->roles[ROLE_NAME])
        return lacks(making, "an area's code or name");
    if (!making->roles[ROLE_PERIOD] && first_period(making)) {
        making->out->period_from = PERIOD_FROM_HEADINGS;
        making->out->period_text = NULL;
        for (int role = ROLE_VALUE; role < ROLES; role++)
            making->roles[role] = NULL;
        return true;
    }
    if (making->roles[ROLE_PERIOD])
        making->out->period_from = PERIOD_FROM_COLUMN;
    else if (making->out->period_from == PERIOD_FROM_COLUMN ||
             making->out->period_from == PERIOD_FROM_HEADINGS)
        return lacks(making, "a period");
    if (!making->roles[ROLE_VALUE] && !pick_only_number(making))
        return false;
    return making->roles[ROLE_VALUE] || lacks(making, "the value");
}

/* What a dataset wants whatever the columns are called. */
static bool keep_rules(struct making *making) {
    struct layout *out = making->out;
    out->scale = 1;
    out->header_rows = 1;
    if (!making->own)
        return true;
    *out = making->own->layouts[0];
    struct filter *filters = arena_alloc(making->arena, out->n_filters, sizeof *filters);
    size_t kept = 0;
    if (!filters)
        return fault_memory(making->fault);
    for (size_t i = 0; i < out->n_filters; i++) {
        if (find_field(making->schema, &out->filters[i].column))
            filters[kept++] = out->filters[i];
    }
    out->filters = filters;
    out->n_filters = kept;
    out->files = out->sheets = (struct patterns){0};
    out->encoding = BOOK_UTF8;
    out->separator = 0;
    out->header_rows = 1;
    return true;
}

/* --- form and marks --------------------------------------------------------------------------- */

static bool is_own(const struct marks *marks, const char *text) {
    for (size_t i = 0; i < marks->n_own; i++) {
        if (strcmp(marks->own[i].text, text) == 0)
            return true;
    }
    return false;
}

/* What stands for a missing value keeps its known meaning; where it has none the cell says no more
 * than an empty one, so that a status beside it may. "-99" is then no number. */
static bool add_missing(struct making *making, const struct schema_field *value) {
    const struct marks usual = {.decimal = value->decimal, .group = value->group};
    struct marks *marks = &making->out->marks;
    struct mark *own = arena_alloc(making->arena, marks->n_own + value->n_missing, sizeof *own);
    if (!own)
        return fault_memory(making->fault);
    if (marks->n_own)
        memcpy(own, marks->own, marks->n_own * sizeof *own);
    marks->own = own;
    for (size_t i = 0; i < value->n_missing; i++) {
        const char *text = value->missing[i], *expected;
        struct figure figure;
        bool known = marks_read(&usual, text, strlen(text), CELL_TEXT, &figure, &expected) &&
                     figure.status != STATUS_VALUE;
        if (!known && !is_own(marks, text))
            own[marks->n_own++] = (struct mark){text, MEANS_NOTE};
    }
    return true;
}

static bool one_pattern(struct making *making, const char *text, struct patterns *out) {
    char plain[PATTERN_ROOM];
    const char **list = arena_alloc(making->arena, 1, sizeof *list);
    plain_heading(text, strlen(text), plain, sizeof plain);
    if (list)
        list[0] = arena_copy(making->arena, plain, strlen(plain));
    if (!list || !list[0])
        return fault_memory(making->fault);
    *out = (struct patterns){list, 1};
    return true;
}

static bool add_form(struct making *making, const struct schema_field *value) {
    const struct table_schema *schema = making->schema;
    struct layout *out = making->out;
    if (schema->separator)
        out->separator = schema->separator;
    if (schema->has_encoding)
        out->encoding = schema->encoding;
    if (schema->header_rows)
        out->header_rows = schema->header_rows;
    if (value && value->decimal)
        out->marks.decimal = value->decimal;
    if (value && value->group)
        out->marks.group = value->group;
    const char *sheet = schema->sheet ? schema->sheet : schema->table;
    return (!sheet || one_pattern(making, sheet, &out->sheets)) &&
           (!value || add_missing(making, value));
}

enum schema_fit table_schema_layout(const struct table_schema *schema,
                                    const struct description *own, bool alone, struct arena *arena,
                                    struct layout *out, const char **unit, struct fault *fault) {
    struct making making = {
        .schema = schema, .own = own, .arena = arena, .out = out, .fault = fault};
    const char *lacking = NULL;
    *out = (struct layout){0};
    *unit = "";
    fault->kind = FAULT_NONE;
    bool found = by_own(&making, &lacking);
    if (!found && !alone) {
        fault_set(fault, FAULT_INPUT, "%s describes no column '%.100s'", schema->name,
                  lacking ? lacking : "of the dataset");
        return SCHEMA_LACKS;
    }
    if (!found) {
        if (!keep_rules(&making))
            return SCHEMA_FAILS;
        if (!by_schema(&making))
            return SCHEMA_LACKS;
        for (int role = 0; role < ROLES; role++)
            out->columns[role] =
                making.roles[role] ? making.roles[role]->headings : (struct patterns){0};
    }
    const struct schema_field *value =
        out->period_from == PERIOD_FROM_HEADINGS ? first_period(&making) : making.roles[ROLE_VALUE];
    out->name = schema->name;
    if (value && value->unit)
        *unit = value->unit;
    return add_form(&making, value) ? SCHEMA_FITS : no_memory(fault);
}
