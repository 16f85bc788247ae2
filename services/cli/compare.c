/* Two definitions over the same figures, or two editions: how far apart their ranks are. */
#include "core/describe.h"
#include "core/status.h"
#include "services/cli/computed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct pairing {
    const struct computed *a, *b;
    uint64_t edition_a, edition_b; /* 0: offline */
    size_t node_a, node_b;
};

struct row {
    size_t area_a, area_b; /* SIZE_MAX: not in that one */
    uint32_t shift;
};

static uint32_t rank_of(const struct computed *c, size_t node, size_t area) {
    return area == SIZE_MAX ? 0 : c->edition->nodes[node].rank[area];
}

/* The farthest apart first; then in the order of the tables of areas. */
static int by_shift(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    if (a->shift != b->shift)
        return a->shift > b->shift ? -1 : 1;
    if (a->area_a != b->area_a)
        return a->area_a < b->area_a ? -1 : 1;
    return a->area_b < b->area_b ? -1 : a->area_b > b->area_b;
}

static struct row *pair_areas(const struct pairing *p, size_t *n) {
    const struct geography *g = p->a->pack->geography, *other = p->b->pack->geography;
    struct row *rows = calloc(g->n_areas + other->n_areas + 1, sizeof *rows);
    *n = 0;
    for (size_t i = 0; rows && i < g->n_areas; i++) {
        struct row row = {.area_a = i, .area_b = geography_area_near(other, g->areas[i].code, i)};
        uint32_t a = rank_of(p->a, p->node_a, i), b = rank_of(p->b, p->node_b, row.area_b);
        row.shift = a && b ? (a > b ? a - b : b - a) : 0;
        rows[(*n)++] = row;
    }
    for (size_t i = 0; rows && i < other->n_areas; i++) {
        if (geography_area(g, other->areas[i].code) == SIZE_MAX)
            rows[(*n)++] = (struct row){.area_a = SIZE_MAX, .area_b = i};
    }
    if (rows)
        qsort(rows, *n, sizeof *rows, by_shift);
    return rows;
}

static void add_side(struct table *table, const struct computed *c, size_t node, size_t area) {
    const struct node_scores *scores = &c->edition->nodes[node];
    bool scored = area != SIZE_MAX && scores->score.status[area] == STATUS_VALUE;
    table_rank(table, scored ? scores->shown_rank[area] : 0.0);
    if (scored)
        table_number(table, scores->score.value[area], 2);
    else
        table_missing(table);
}

static struct table *compare_table(const struct pairing *p, const struct row *rows, size_t n,
                                   uint64_t top) {
    static const char *const keys[] = {"area_code", "area_name", "rank_a",   "score_a",
                                       "rank_b",    "score_b",   "places_up"};
    static const char *const headings[] = {"code",   "place",   "rank a", "score a",
                                           "rank b", "score b", "moved"};
    struct table *table = table_new(7, keys, headings);
    for (size_t i = 0; table && i < n && (!top || i < top); i++) {
        const struct area *area = rows[i].area_a != SIZE_MAX
                                      ? &p->a->pack->geography->areas[rows[i].area_a]
                                      : &p->b->pack->geography->areas[rows[i].area_b];
        uint32_t a = rank_of(p->a, p->node_a, rows[i].area_a);
        uint32_t b = rank_of(p->b, p->node_b, rows[i].area_b);
        table_text(table, area->code);
        table_text(table, area->name);
        add_side(table, p->a, p->node_a, rows[i].area_a);
        add_side(table, p->b, p->node_b, rows[i].area_b);
        if (a && b)
            table_signed(table, (int64_t)a - (int64_t)b);
        else
            table_missing(table);
    }
    return table;
}

/* How alike they are, in words. */
static bool summarise(const struct pairing *p, const struct row *rows, size_t n,
                      struct fault *fault) {
    struct room room;
    if (!room_open(&room, n, fault))
        return false;
    double sum = 0.0;
    size_t both = 0, bands = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t a = rank_of(p->a, p->node_a, rows[i].area_a);
        uint32_t b = rank_of(p->b, p->node_b, rows[i].area_b);
        if (!a || !b)
            continue;
        sum += rows[i].shift;
        bands += p->a->edition->nodes[p->node_a].band[rows[i].area_a] !=
                 p->b->edition->nodes[p->node_b].band[rows[i].area_b];
        room.x[both] = a;
        room.y[both++] = b;
    }
    struct correlation rho;
    printf("%s: ", p->a->pack->definition->nodes[p->node_a].name);
    if (p->edition_a)
        printf("ranks a of edition %" PRIu64 ", ranks b of edition %" PRIu64 "\n", p->edition_a,
               p->edition_b);
    else
        printf("ranks a by '%s', ranks b by '%s'\n", p->a->pack->definition->title,
               p->b->pack->definition->title);
    if (both)
        printf("%zu places have both; they are %.2f ranks apart on average, %u at most; %zu are in "
               "another band",
               both, sum / (double)both, rows[0].shift, bands);
    if (both && stats_spearman(room.x, room.y, both, &room, &rho))
        printf("; Spearman's rho %.4f", rho.value);
    printf("\n\n");
    room_close(&room);
    return true;
}

static int show(struct pairing *p, const struct command_line *line) {
    p->node_a = node_or_suggest(p->a->pack->definition, line->node);
    p->node_b = node_or_suggest(p->b->pack->definition, line->node);
    if (p->node_a == NO_NODE || p->node_b == NO_NODE)
        return EXIT_NOT_FOUND;
    size_t n;
    struct row *rows = pair_areas(p, &n);
    if (!rows)
        return command_failed(EXIT_FAILED, "out of memory");
    struct fault fault = {0};
    if (line->format == FORMAT_TEXT && !summarise(p, rows, n, &fault)) {
        free(rows);
        return command_failed(EXIT_FAILED, "%s", fault.text);
    }
    struct table *table = compare_table(p, rows, n, line->top);
    free(rows);
    return command_print(line, &table);
}

/* Offline the other definition is --with, over the same files. */
static int open_both(struct origin *a, struct origin *b, const struct command_line *line) {
    *a = *b = (struct origin){0};
    if (!origin_is_offline(line)) {
        return line->with ? command_failed(EXIT_USAGE, "--with needs --definition or --pack")
                          : origin_open_two(a, b, line);
    }
    if (!line->with) {
        return command_failed(EXIT_USAGE, "--with PATH, the other definition, is needed");
    }
    struct command_line other = *line;
    *(line->definition ? &other.definition : &other.pack) = line->with;
    int status = origin_open(a, line);
    return status == EXIT_OK ? origin_open(b, &other) : status;
}

int compare_command(const struct command_line *line) {
    struct origin a, b;
    struct computed left = {0}, right = {0};
    int status = open_both(&a, &b, line);
    if (status == EXIT_OK)
        status = computed_open(&left, &a);
    if (status == EXIT_OK)
        status = computed_open(&right, &b);
    struct pairing p = {.a = &left, .b = &right, .edition_a = a.edition, .edition_b = b.edition};
    if (status == EXIT_OK)
        status = show(&p, line);
    computed_close(&left);
    computed_close(&right);
    origin_close(&a);
    origin_close(&b);
    return status;
}
