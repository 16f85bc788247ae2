/* The scorer, which works by columns and computes again only what changed, beside the same index
 * computed from scratch place by place: the same bits, whatever ran before. */
#include "tests/suite.h"

#include "core/aggregate.h"
#include "core/normalise.h"
#include "core/scorer.h"
#include "tests/bench/invented_index.h"

#include <math.h>

enum { AREAS = 1100, METRICS = 9, MISSIONS = 2, NODES = METRICS + MISSIONS + 1, TRIALS = 400 };

static struct pack *pack;
static struct figures *figures; /* as the scorer has them */
static struct scorer *scorer;
static struct method method;
static struct node_method choices[NODES];
static uint64_t state = 11;

/* What is expected. */
static struct expected {
    double score[AREAS], covered[AREAS];
    uint8_t status[AREAS];
} expected[NODES];

static uint64_t among(uint64_t n) {
    return suite_random(&state) % n;
}

static bool is_metric(size_t k) {
    return node_is_metric(&pack->definition->nodes[k]);
}

/* --- place by place --------------------------------------------------------------------------- */

static struct column column_of(size_t k) {
    return (struct column){AREAS, expected[k].score, expected[k].status, NULL};
}

static bool scale(size_t k, struct fault *fault) {
    struct room room;
    struct column column = column_of(k);
    struct scale how = method.nodes[k].scale;
    if (is_metric(k) && pack->definition->nodes[k].direction == LOWER_IS_NEED)
        how = normalise_turned(&how);
    ck_assert(room_open(&room, AREAS, fault));
    bool good = normalise(&how, SIZE_MAX, &column, &room, fault);
    room_close(&room);
    return good;
}

static bool expect_metric(size_t k, struct fault *fault) {
    const struct column *from = &figures->metrics[k].column;
    for (size_t a = 0; a < AREAS; a++) {
        uint8_t status = method.nodes[k].left_out ? STATUS_SCREENED : from->status[a];
        double figure = from->value[a];
        expected[k].status[a] = status;
        expected[k].covered[a] = 1.0;
        expected[k].score[a] =
            pack->definition->nodes[k].direction == HIGHER_IS_NEED ? figure : 0.0 - figure;
    }
    return scale(k, fault);
}

static bool expect_place(size_t k, size_t a, struct fault *fault) {
    const struct node_method *how = &method.nodes[k];
    const struct node *nodes = pack->definition->nodes;
    double score[METRICS], weight[METRICS], all = 0.0, covered = 0.0, children = 0.0;
    size_t n = 0;
    for (size_t c = k + 1; c < nodes[k].end; c = nodes[c].end) {
        if (method.nodes[c].left_out)
            continue;
        double w = how->weighting == WEIGHTS_EQUAL ? 1.0 : method.nodes[c].weight;
        all += w;
        children += 1.0;
        if (expected[c].status[a] != STATUS_VALUE)
            continue;
        covered += w * expected[c].covered[a];
        score[n] = expected[c].score[a];
        weight[n++] = w;
    }
    expected[k].covered[a] = covered / all;
    double share = how->of_children ? (double)n / children : covered / all;
    bool enough = n > 0 && share >= how->coverage - 1e-9;
    expected[k].status[a] = enough ? STATUS_VALUE : STATUS_THIN;
    return !enough || aggregate(&how->combination, score, weight, n, &expected[k].score[a]) ||
           fault_set(fault, FAULT_INPUT, "no mean");
}

static bool expect_all(struct fault *fault) {
    for (size_t k = NODES; k-- > 0;) {
        if (is_metric(k)) {
            if (!expect_metric(k, fault))
                return false;
            continue;
        }
        for (size_t a = 0; a < AREAS; a++) {
            if (!expect_place(k, a, fault))
                return false;
        }
        if (!scale(k, fault))
            return false;
    }
    return true;
}

static void check_all(void) {
    for (size_t k = 0; k < NODES; k++) {
        const struct column *scores = scorer_scores(scorer, k);
        ck_assert_mem_eq(scores->status, expected[k].status, AREAS);
        for (size_t a = 0; a < AREAS; a++) {
            if (scores->status[a] == STATUS_VALUE)
                ck_assert_mem_eq(&scores->value[a], &expected[k].score[a], sizeof(double));
        }
    }
}

/* --- changes ---------------------------------------------------------------------------------- */

static double figure_of(uint64_t kind) {
    double u = (double)among(1000001) / 1e6;
    return kind == 0   ? floor(u * 7.0)
           : kind == 1 ? u * 1e6 + 1.0
           : kind == 2 ? u - 0.5
                       : exp(9 * u);
}

/* A whole column, or one with gaps, or one that has nothing but gaps, or only its first places. */
static void change_figures(size_t k) {
    struct column *own = &figures->metrics[k].column, *to = scorer_figures(scorer, k);
    uint64_t kind = among(4), gaps = among(5);
    for (size_t a = 0; a < AREAS; a++) {
        bool gap = gaps == 1 ? among(10) == 0 : gaps == 2 ? a > 700 : gaps == 3 && among(50) > 0;
        own->value[a] = gap ? (double)NAN : figure_of(kind);
        own->status[a] = gap ? STATUS_NOT_AVAILABLE : STATUS_VALUE;
        to->value[a] = own->value[a];
        to->status[a] = own->status[a];
    }
    scorer_changed(scorer, k);
}

static void change_method(size_t k) {
    static const enum aggregate means[] = {AGGREGATE_ARITHMETIC, AGGREGATE_ARITHMETIC,
                                           AGGREGATE_MEDIAN, AGGREGATE_GEOMETRIC};
    static const enum normalise scales[] = {NORMALISE_NONE, NORMALISE_MIN_MAX, NORMALISE_Z_SCORE,
                                            NORMALISE_PERCENTILE_RANK, NORMALISE_MIN_MAX};
    struct node_method *how = &choices[k];
    how->scale = (struct scale){.method = scales[among(5)], .low = 1.0, .high = 100.0};
    how->weight = (double)(1 + among(9)) / 7.0;
    how->left_out = is_metric(k) && among(6) == 0;
    how->combination.method = means[among(4)];
    how->coverage = (double)among(5) / 4.0;
    how->of_children = among(2);
    how->weighting = among(3) ? WEIGHTS_GIVEN : WEIGHTS_EQUAL;
}

static void open_all(void) {
    struct fault fault = {0};
    pack = invented_pack(AREAS, METRICS, MISSIONS);
    const struct release *none[METRICS] = {0};
    figures = figures_new(pack, none, &fault);
    scorer = figures ? scorer_new(pack, figures, &fault) : NULL;
    ck_assert_msg(scorer != NULL, "%s", fault.text);
    ck_assert_uint_eq(pack->definition->n_nodes, NODES);
    memcpy(choices, pack->definition->method.nodes, sizeof choices);
    method.nodes = choices;
    for (size_t k = 0; k < NODES; k++) {
        if (is_metric(k))
            change_figures(k);
    }
}

static void close_all(void) {
    scorer_destroy(&scorer);
    figures_destroy(&figures);
    pack_destroy(&pack);
}

/* Every metric of a mission left out is a case of its own, which has no scores at all. */
static bool has_all_missions(void) {
    const struct node *nodes = pack->definition->nodes;
    for (size_t k = 1; k < NODES; k = nodes[k].end) {
        bool any = false;
        for (size_t c = k + 1; c < nodes[k].end; c++)
            any = any || !choices[c].left_out;
        if (!any)
            return false;
    }
    return true;
}

START_TEST(scores_by_columns_are_those_place_by_place) {
    size_t scored = 0, refused = 0;
    open_all();
    for (int trial = 0; trial < TRIALS; trial++) {
        struct fault fault = {0}, other = {0};
        for (uint64_t i = among(3); i > 0; i--) {
            size_t k = (size_t)among(NODES);
            if (is_metric(k))
                change_figures(k);
        }
        for (uint64_t i = among(3); i > 0; i--)
            change_method((size_t)among(NODES));
        if (!has_all_missions())
            continue;
        bool good = scorer_run(scorer, &method, &fault);
        ck_assert_msg(good == expect_all(&other), "%s%s", fault.text, other.text);
        if (good)
            check_all();
        *(good ? &scored : &refused) += 1;
    }
    close_all();
    ck_assert_uint_gt(scored, TRIALS / 10);
    ck_assert_uint_gt(refused, 5);
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("scorer");
    TCase *t = tcase_create("scorer");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, scores_by_columns_are_those_place_by_place);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
