#include "core/names.h"

#include "core/arena.h"
#include "core/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MATCHES_MAX = 16, LISTED_MAX = 4 };

/* --- what is compared ------------------------------------------------------------------------- */

static bool drop_end(char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    if (length <= tail || strcmp(text + length - tail, end) != 0)
        return false;
    text[length - tail] = '\0';
    return true;
}

static bool drop_beginning(char *text, const char *beginning) {
    size_t length = strlen(beginning);
    /* What begins so is as long: NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch) */
    if (strncmp(text, beginning, length) != 0 || !text[length])
        return false;
    memmove(text, text + length, strlen(text + length) + 1);
    return true;
}

/* "... (1)": digits in brackets at the end. */
static bool drop_bracket(char *text, char open, char close, bool digits) {
    size_t length = strlen(text);
    char *at = length && text[length - 1] == close ? strrchr(text, open) : NULL;
    if (!at || at == text ||
        (digits && strspn(at + 1, "0123456789") != (size_t)(text + length - 2 - at)))
        return false;
    *at = '\0';
    return true;
}

static void drop_notes(char *text) {
    static const char *const marks[] = {" ",      "\t",     "\r",     "\n",     "*",     "\u2020",
                                        "\u2021", "\u00b9", "\u00b2", "\u00b3", "\u00a0"};
    for (bool again = true; again;) {
        again = drop_bracket(text, '[', ']', false) || drop_bracket(text, '(', ')', true);
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            again = drop_end(text, marks[i]) || again;
    }
}

/* What stands for nothing (""), for a blank (" ") or for itself (NULL) in a name. */
static const char *meaning(const char *at, size_t *length) {
    static const struct {
        const char *text, *meaning;
    } signs[] = {
        {"&", " and "},  {".", ""},       {"'", ""},       {"`", ""},       {"\u2018", ""},
        {"\u2019", ""},  {"\u00a0", " "}, {"\u2010", " "}, {"\u2011", " "}, {"\u2013", " "},
        {"\u2014", " "}, {"-", " "},      {",", " "},      {"(", " "},      {")", " "},
        {"/", " "},      {"\t", " "},     {"\r", " "},     {"\n", " "},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        *length = strlen(signs[i].text);
        if (strncmp(at, signs[i].text, *length) == 0)
            return signs[i].meaning;
    }
    *length = 1;
    return NULL;
}

/* Words apart by one blank, in small letters, without signs. */
static void spell(const char *text, char out[NAME_MAX_BYTES + 1]) {
    size_t used = 0;
    for (size_t length; *text && used + sizeof " and " < NAME_MAX_BYTES; text += length) {
        const char *found = meaning(text, &length);
        char self[2] = {(char)tolower((unsigned char)*text), '\0'};
        for (const char *c = found ? found : self; *c; c++) {
            if (*c != ' ' || (used > 0 && out[used - 1] != ' '))
                out[used++] = *c;
        }
    }
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
}

/* "saint" is "st", and "the" is nothing. */
static void even_words(char *text) {
    char *to = text;
    for (const char *from = text; *from;) {
        size_t length = strcspn(from, " ");
        bool dropped = length == 3 && strncmp(from, "the", 3) == 0;
        bool saint = length == 5 && strncmp(from, "saint", 5) == 0;
        if (!dropped) {
            if (to > text)
                *to++ = ' ';
            memmove(to, saint ? "st" : from, saint ? 2 : length);
            to += saint ? 2 : length;
        }
        from += length;
        from += *from == ' ';
    }
    *to = '\0';
}

static void drop_kind(char *text) {
    static const char *const beginnings[] = {"city and county of ",
                                             "london borough of ",
                                             "royal borough of ",
                                             "metropolitan borough of ",
                                             "borough of ",
                                             "district of ",
                                             "county of ",
                                             "city of ",
                                             "county "};
    static const char *const ends[] = {" city of",
                                       " county of",
                                       " combined authority",
                                       " unitary authority",
                                       " ua",
                                       " met county",
                                       " metropolitan county",
                                       " county council",
                                       " city council",
                                       " borough council",
                                       " district council",
                                       " council",
                                       " corporation",
                                       " metropolitan borough",
                                       " london borough",
                                       " royal borough",
                                       " borough",
                                       " county",
                                       " metropolitan district",
                                       " district"};
    /* The City of London is not London. */
    if (strcmp(text, "london city of") == 0) {
        memcpy(text, "city of london", sizeof "city of london");
        return;
    }
    bool city = strncmp(text, "city of london", 14) == 0;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings && !city; i++) {
        if (drop_beginning(text, beginnings[i]))
            break;
    }
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            again = drop_end(text, ends[i]) || again;
    }
}

void names_plain(const char *name, bool kind, char out[NAME_MAX_BYTES + 1]) {
    char text[NAME_MAX_BYTES + 1];
    (void)snprintf(text, sizeof text, "%s", name);
    drop_notes(text);
    spell(text, out);
    even_words(out);
    if (!kind)
        drop_kind(out);
}

/* --- the names -------------------------------------------------------------------------------- */

struct names {
    const struct geography *geography;
    struct name_entry *entries; /* by core */
    size_t n;
    uint64_t *levels; /* by code: at which levels it serves areas or is at home */
    struct arena *arena;
};

bool name_entry_set(struct name_entry *entry, struct arena *arena, const char *name, size_t code) {
    char full[NAME_MAX_BYTES + 1], core[NAME_MAX_BYTES + 1];
    names_plain(name, true, full);
    names_plain(name, false, core);
    *entry = (struct name_entry){name, arena_copy(arena, full, strlen(full)),
                                 arena_copy(arena, core, strlen(core)), code};
    return entry->full && entry->core;
}

static int by_core(const void *left, const void *right) {
    const struct name_entry *a = left, *b = right;
    int order = strcmp(a->core, b->core);
    return order ? order : (a->code > b->code) - (a->code < b->code);
}

static bool add_entry(struct names *names, const char *name, size_t code) {
    return name_entry_set(&names->entries[names->n++], names->arena, name, code);
}

static void find_levels(struct names *names) {
    const struct geography *g = names->geography;
    for (size_t level = 0; level < g->n_levels; level++) {
        size_t end = g->first[(level + 1) * g->n_areas];
        for (size_t i = g->first[level * g->n_areas]; i < end; i++)
            names->levels[g->sources[i].code] |= UINT64_C(1) << level;
        for (size_t code = 0; code < g->n_codes; code++) {
            if (strcmp(g->codes[code].level, g->levels[level]) == 0)
                names->levels[code] |= UINT64_C(1) << level;
        }
    }
}

struct names *names_new(const struct geography *geography, struct fault *fault) {
    struct arena *arena = arena_new();
    struct names *out = arena ? arena_alloc(arena, 1, sizeof *out) : NULL;
    if (!out) {
        fault_memory(fault);
        arena_destroy(&arena);
        return NULL;
    }
    out->arena = arena;
    out->geography = geography;
    out->entries =
        arena_alloc(arena, geography->n_codes + geography->n_aliases + geography->n_areas + 1,
                    sizeof *out->entries);
    out->levels = arena_alloc(arena, geography->n_codes + 1, sizeof *out->levels);
    bool good = out->entries && out->levels;
    for (size_t i = 0; good && i < geography->n_codes; i++)
        good = add_entry(out, geography->codes[i].name, i);
    for (size_t i = 0; good && i < geography->n_aliases; i++)
        good = add_entry(out, geography->aliases[i].name, geography->aliases[i].code);
    for (size_t i = 0; good && i < geography->n_areas; i++) {
        size_t code = geography_code(geography, geography->areas[i].code);
        bool another =
            code != SIZE_MAX && strcmp(geography->areas[i].name, geography->codes[code].name) != 0;
        good = !another || add_entry(out, geography->areas[i].name, code);
    }
    if (!good) {
        fault_memory(fault);
        names_destroy(&out);
        return NULL;
    }
    qsort(out->entries, out->n, sizeof *out->entries, by_core);
    find_levels(out);
    return out;
}

void names_destroy(struct names **names) {
    if (!*names)
        return;
    /* The names lie in their own arena. */
    struct arena *arena = (*names)->arena;
    arena_destroy(&arena);
    *names = NULL;
}

/* The place's code in the index's vintage. */
static size_t standing(const struct geography *g, size_t code) {
    return succession_standing(&g->succession, code, g->vintage_day);
}

/* --- matching --------------------------------------------------------------------------------- */

struct matches {
    size_t codes[MATCHES_MAX];
    size_t n;
};

static void add_match(const struct names *names, struct matches *matches, size_t code) {
    size_t place = standing(names->geography, code);
    for (size_t i = 0; i < matches->n; i++) {
        if (matches->codes[i] == place)
            return;
    }
    if (matches->n < MATCHES_MAX)
        matches->codes[matches->n++] = place;
}

static bool is_of_level(const struct names *names, size_t code, size_t level) {
    return level == SIZE_MAX || (names->levels[code] >> level & 1);
}

/* The places of that name; with `full`, only those whose name has the kind of place too. */
static struct matches match(const struct names *names, const char *core, const char *full,
                            size_t level) {
    struct matches out = {.n = 0};
    size_t low = 0, high = names->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->entries[middle].core, core) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < names->n && strcmp(names->entries[low].core, core) == 0; low++) {
        const struct name_entry *entry = &names->entries[low];
        if (is_of_level(names, entry->code, level) && (!full || strcmp(entry->full, full) == 0))
            add_match(names, &out, entry->code);
    }
    return out;
}

static size_t refuse_many(const struct names *names, const char *name,
                          const struct matches *matches, struct fault *fault) {
    char text[600] = "";
    size_t used = 0;
    for (size_t i = 0; i < matches->n && i < LISTED_MAX && used < sizeof text; i++) {
        const struct known_code *code = &names->geography->codes[matches->codes[i]];
        int length = snprintf(text + used, sizeof text - used, "%s'%.60s' (%.40s, %.20s)",
                              i == 0 ? "" : ", ", code->name, code->code, code->level);
        used += length > 0 ? (size_t)length : 0;
    }
    (void)fault_set(fault, FAULT_INPUT, "'%.100s' may be %s%s: give the code", name, text,
                    matches->n > LISTED_MAX ? " and others" : "");
    return SIZE_MAX;
}

/* Whole words: "hull" is in "kingston upon hull", and not in "solihull". */
static bool holds_words(const char *text, const char *words) {
    size_t length = strlen(words);
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++) {
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    }
    return false;
}

/* The name at the level that is a letter off, or the only one that holds its words, or the nearest.
 * NULL: none. */
static const struct name_entry *suggest(const struct names *names, const char *core, size_t level,
                                        bool areas) {
    struct nearest near = {.word = core};
    const struct name_entry *nearest = NULL, *within = NULL;
    size_t holding = 0;
    for (size_t i = 0; i < names->n; i++) {
        const struct name_entry *entry = &names->entries[i];
        if (!is_of_level(names, entry->code, level) ||
            (areas && names->geography->area_of_code[entry->code] == SIZE_MAX))
            continue;
        const char *best = near.best;
        nearest_offer(&near, entry->core);
        if (near.best != best)
            nearest = entry;
        if (strlen(core) > 2 && holds_words(entry->core, core)) {
            bool same = within && standing(names->geography, within->code) ==
                                      standing(names->geography, entry->code);
            holding += !same;
            within = same ? within : entry;
        }
    }
    bool slip = nearest && near.distance <= 1;
    return holding == 1 && !slip ? within : nearest;
}

static size_t refuse_none(const struct names *names, const char *name, const char *core,
                          size_t level, bool areas, struct fault *fault) {
    const struct name_entry *entry = suggest(names, core, level, areas);
    const char *what = areas ? "the index has no area" : "no area is called";
    if (!entry) {
        (void)fault_set(fault, FAULT_INPUT, "%s '%.100s'; give a code or a name", what, name);
        return SIZE_MAX;
    }
    (void)fault_set(fault, FAULT_INPUT, "%s '%.100s'; did you mean '%.100s' (%s)?", what, name,
                    entry->name, names->geography->codes[entry->code].code);
    return SIZE_MAX;
}

size_t names_code(const struct names *names, const char *name, const char *level,
                  struct fault *fault) {
    char full[NAME_MAX_BYTES + 1], core[NAME_MAX_BYTES + 1];
    names_plain(name, true, full);
    names_plain(name, false, core);
    size_t at = level ? geography_level(names->geography, level) : SIZE_MAX;
    if (level && at == SIZE_MAX) {
        (void)fault_set(fault, FAULT_INPUT, "the geography has no level '%.100s'", level);
        return SIZE_MAX;
    }
    struct matches found = match(names, core, NULL, at);
    if (found.n > 1 && strcmp(full, core) != 0) {
        struct matches exact = match(names, core, full, at);
        found = exact.n == 1 ? exact : found;
    }
    if (found.n == 1)
        return found.codes[0];
    return found.n ? refuse_many(names, name, &found, fault)
                   : refuse_none(names, name, core, at, false, fault);
}

/* --- areas of the index ----------------------------------------------------------------------- */

bool names_known(const struct names *names, const char *name) {
    char core[NAME_MAX_BYTES + 1];
    names_plain(name, false, core);
    return match(names, core, NULL, SIZE_MAX).n > 0;
}

static size_t area_of_code(const struct names *names, size_t code) {
    return code == SIZE_MAX ? SIZE_MAX : names->geography->area_of_code[code];
}

/* A former area, by its code or name: says what it is a part of now. */
static bool refuse_former(const struct names *names, const char *name, size_t code,
                          struct fault *fault) {
    const struct geography *g = names->geography;
    struct parts parts = {.part = {{code, 0}}, .n = 1};
    struct fault unused = {0};
    for (size_t at = 0; succession_later(&g->succession, &at, &parts, &unused);) {
        size_t area = parts.n == 1 ? area_of_code(names, parts.part[0].code) : SIZE_MAX;
        if (area == SIZE_MAX)
            continue;
        (void)fault_set(fault, FAULT_INPUT,
                        "the index has no area '%.100s'; it is a part of '%.100s' (%s) now", name,
                        g->areas[area].name, g->areas[area].code);
        return true;
    }
    return false;
}

static size_t code_of_text(const struct geography *g, const char *text) {
    for (size_t i = 0; i < g->n_codes; i++) {
        if (strcasecmp(g->codes[i].code, text) == 0)
            return i;
    }
    return geography_code(g, text);
}

size_t names_area(const struct names *names, const char *text, struct fault *fault) {
    const struct geography *g = names->geography;
    char full[NAME_MAX_BYTES + 1], core[NAME_MAX_BYTES + 1];
    names_plain(text, true, full);
    names_plain(text, false, core);
    struct matches found = match(names, core, NULL, SIZE_MAX), areas = {.n = 0};
    size_t code = code_of_text(g, text);
    if (code != SIZE_MAX)
        found = (struct matches){.codes = {standing(g, code)}, .n = 1};
    for (size_t i = 0; i < found.n; i++) {
        if (area_of_code(names, found.codes[i]) != SIZE_MAX)
            areas.codes[areas.n++] = found.codes[i];
    }
    if (areas.n == 1)
        return area_of_code(names, areas.codes[0]);
    if (areas.n > 1)
        return refuse_many(names, text, &areas, fault);
    for (size_t i = 0; i < found.n; i++) {
        if (refuse_former(names, text, found.codes[i], fault))
            return SIZE_MAX;
    }
    return refuse_none(names, text, core, SIZE_MAX, true, fault);
}
