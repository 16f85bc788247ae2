/* An index of any size with nothing behind it, for measuring: metrics under missions of one size,
 * min-max and weighted means, each metric fed by a dataset of its own. Who includes it ends the
 * program at the first fault. */
#ifndef TESTS_BENCH_INVENTED_INDEX_H
#define TESTS_BENCH_INVENTED_INDEX_H

#include "core/figures.h"
#include "core/pack.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline void require(bool good, const char *what) {
    if (good)
        return;
    (void)fprintf(stderr, "%s\n", what);
    exit(1);
}

/* Of the processor for this program, of one thread: what others do in between does not count. */
static inline double seconds_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct text {
    char *bytes;
    size_t length;
    FILE *file;
};

static inline void text_open(struct text *text, const char *head) {
    text->file = open_memstream(&text->bytes, &text->length);
    require(text->file != NULL, "out of memory");
    (void)fputs(head, text->file);
}

/* Metric m has the weight 1, 2 or 3, mission p the weight p + 1. */
static inline void invented_definition(struct text *out, size_t metrics, size_t missions) {
    text_open(out, "index: invented\ntitle: Invented\nbands: 5\n"
                   "areas: {table: a.csv, geography: g.csv, codes: c.csv}\n"
                   "levels:\n"
                   "  - {id: index, name: I, aggregate: arithmetic, coverage: 0.5,\n"
                   "     normalise: none}\n"
                   "  - {id: mission, name: M, aggregate: arithmetic, coverage: 0.5,\n"
                   "     normalise: min-max, range: [0, 100]}\n"
                   "  - {id: metric, name: m, normalise: min-max, range: [0, 100]}\n"
                   "tree:\n  id: all\n  name: All\n  children:\n");
    for (size_t p = 0, m = 0; p < missions; p++) {
        (void)fprintf(out->file,
                      "    - id: p%zu\n      name: P%zu\n      weight: %zu\n      children:\n", p,
                      p, p + 1);
        for (; m < metrics * (p + 1) / missions; m++)
            (void)fprintf(out->file,
                          "        - {id: m%zu, name: M%zu, unit: u, weight: %zu, direction: %s}\n",
                          m, m, m % 3 + 1, m % 4 ? "higher-is-need" : "lower-is-need");
    }
    (void)fputs("datasets:\n", out->file);
    for (size_t m = 0; m < metrics; m++)
        (void)fprintf(out->file,
                      "  - {id: m%zu, title: T, publisher: P, licence: L, level: lad,\n"
                      "     vintage: \"2021\"}\n",
                      m);
    (void)fclose(out->file);
}

static inline struct pack *invented_pack(size_t areas, size_t metrics, size_t missions) {
    struct text definition, table, geography, codes;
    struct fault fault = {0};
    invented_definition(&definition, metrics, missions);
    text_open(&table, "code,name,region_code,region,type,population,longitude,latitude\n");
    text_open(&geography, "area_code,level,step,source_code,weight\n");
    text_open(&codes, "code,name,level\n");
    for (size_t a = 0; a < areas; a++) {
        (void)fprintf(table.file, "E%08zu,Area %zu,R,Region,district,1000,-1,54\n", a, a);
        (void)fprintf(geography.file, "E%08zu,lad,1,E%08zu,\n", a, a);
        (void)fprintf(codes.file, "E%08zu,Area %zu,lad\n", a, a);
    }
    (void)fclose(table.file);
    (void)fclose(geography.file);
    (void)fclose(codes.file);
    const struct table_file files[] = {{"index.yaml", definition.bytes, definition.length},
                                       {"a.csv", table.bytes, table.length},
                                       {"g.csv", geography.bytes, geography.length},
                                       {"c.csv", codes.bytes, codes.length}};
    struct pack *pack = pack_read("index.yaml", files, 4, &fault);
    require(pack != NULL, fault.text);
    free(definition.bytes);
    free(table.bytes);
    free(geography.bytes);
    free(codes.bytes);
    return pack;
}

/* Figures of every metric from a file of doubles, one metric after another; NaN: none. */
static inline struct figures *invented_figures(const struct pack *pack, const char *path) {
    struct fault fault = {0};
    size_t n = pack->definition->n_datasets;
    const struct release **none = calloc(n + 1, sizeof *none);
    struct figures *figures = none ? figures_new(pack, none, &fault) : NULL;
    FILE *file = fopen(path, "rb");
    require(figures && file, "no figures");
    for (size_t k = 0; k < pack->definition->n_nodes; k++) {
        if (!node_is_metric(&pack->definition->nodes[k]))
            continue;
        struct column *to = &figures->metrics[k].column;
        require(fread(to->value, sizeof *to->value, to->count, file) == to->count, "too short");
        for (size_t a = 0; a < to->count; a++)
            to->status[a] = to->value[a] == to->value[a] ? STATUS_VALUE : STATUS_ABSENT;
    }
    (void)fclose(file);
    free(none);
    return figures;
}

#endif
