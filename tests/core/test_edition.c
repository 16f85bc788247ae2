#include "tests/suite.h"

#include "core/status.h"
#include "tests/core/small_pack.h"

#include <math.h>

/* One edition of the small pack, and what it is made from. */
struct fixture {
    struct pack *pack;
    struct edition *edition;
};

static struct fixture score(const char *pay, const char *jobs, const char *soot) {
    struct fixture f = {.pack = small_pack()};
    struct fault fault = {0};
    f.edition = small_edition_of(f.pack, pay, jobs, soot, &fault);
    ck_assert_msg(f.edition != NULL, "%s", fault.text);
    return f;
}

static void end(struct fixture *f) {
    edition_destroy(&f->edition);
    pack_destroy(&f->pack);
}

/* A status in place of a score. */
#define NO(status) (-1000.0 - (status))

static void expect_scores(const struct fixture *f, size_t node, const double *expected) {
    const struct column *score = &f->edition->nodes[node].score;
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++) {
        if (expected[a] <= -1000.0) {
            ck_assert_uint_eq(score->status[a], (unsigned)(-1000.0 - expected[a]));
        } else {
            ck_assert_uint_eq(score->status[a], STATUS_VALUE);
            ck_assert_double_eq_tol(score->value[a], expected[a], 1e-9);
        }
    }
}

static void expect_ranks(const struct fixture *f, size_t node, const uint32_t *expected) {
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++) {
        ck_assert_uint_eq(f->edition->nodes[node].rank[a], expected[a]);
    }
}

START_TEST(metrics_are_turned_and_ranked_by_percentile) {
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    /* Low pay is need: 100 the most. Two places share the lowest jobs: ranks 1.5 of 6. */
    expect_scores(&f, PAY, (double[]){100, 75, 50, 25, 0, NO(STATUS_CONFIDENTIAL)});
    expect_scores(&f, JOBS, (double[]){10, 10, 50, 50, 80, 100});
    expect_scores(&f, SOOT, (double[]){100, 25, 62.5, 62.5, NO(STATUS_ABSENT), 0});
    expect_ranks(&f, PAY, (uint32_t[]){1, 2, 3, 4, 5, 0});
    expect_ranks(&f, JOBS, (uint32_t[]){5, 5, 3, 3, 2, 1});
    expect_ranks(&f, SOOT, (uint32_t[]){1, 4, 2, 2, 0, 5});
    end(&f);
}
END_TEST

START_TEST(raw_figures_keep_the_publishers_unit_period_and_way) {
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    const struct node_scores *pay = &f.edition->nodes[PAY], *jobs = &f.edition->nodes[JOBS];
    ck_assert(pay->raw.value[E01] == 100 && pay->raw.value[E02] == 200);
    ck_assert_uint_eq(pay->raw.rule[E01], RULE_DIRECT);
    ck_assert_uint_eq(pay->raw.rule[E02], RULE_RECODED);
    ck_assert_uint_eq(pay->raw.status[E06], STATUS_CONFIDENTIAL);
    ck_assert_uint_eq(pay->raw.rule[E06], RULE_NONE);
    ck_assert(jobs->raw.value[E05] == 35);
    ck_assert_uint_eq(jobs->raw.rule[E05], RULE_AVERAGED);
    ck_assert_uint_eq(jobs->raw.rule[E06], RULE_CASCADED);
    /* The release outlives nothing: the period is the edition's own, and the newest. */
    ck_assert_str_eq(pay->period, "2024");
    ck_assert_str_eq(f.edition->nodes[SOOT].period, "2025");
    ck_assert_ptr_null(f.edition->nodes[WORK].period);
    ck_assert_ptr_null(f.edition->nodes[WORK].raw.value);
    end(&f);
}
END_TEST

START_TEST(nodes_above_take_the_weighted_mean_of_what_is_there) {
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    /* (pay + 3 jobs) / 4: 32.5, 26.25, 50, 43.75, 60; E06 has jobs alone: 100. Then min-max:
     * (x - 26.25) / 73.75 * 100. */
    expect_scores(&f, WORK,
                  (double[]){625 / 73.75, 0, 2375 / 73.75, 1750 / 73.75, 3375 / 73.75, 100});
    expect_ranks(&f, WORK, (uint32_t[]){5, 6, 3, 4, 2, 1});
    expect_scores(&f, AIR, (double[]){100, 25, 62.5, 62.5, NO(STATUS_THIN), 0});
    /* The mean of both missions. E05 has half of the weight below, E06 has 7 of 8 parts. */
    expect_scores(&f, ALL,
                  (double[]){312.5 / 73.75 + 50, 12.5, 1187.5 / 73.75 + 31.25, 875 / 73.75 + 31.25,
                             NO(STATUS_THIN), 50});
    expect_ranks(&f, ALL, (uint32_t[]){1, 5, 3, 4, 0, 2});
    ck_assert_uint_eq(edition_ranked(f.edition, ALL), 5);
    ck_assert_uint_eq(edition_ranked(f.edition, WORK), 6);
    static const uint8_t bands[] = {1, 5, 3, 4, 0, 2};
    ck_assert_mem_eq(f.edition->nodes[ALL].band, bands, SMALL_AREA_COUNT);
    end(&f);
}
END_TEST

START_TEST(a_true_zero_is_a_figure_and_a_gap_is_not) {
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    ck_assert_uint_eq(f.edition->nodes[SOOT].raw.status[E06], STATUS_VALUE);
    ck_assert(f.edition->nodes[SOOT].raw.value[E06] == 0);
    ck_assert_uint_eq(f.edition->nodes[SOOT].raw.status[E05], STATUS_ABSENT);
    ck_assert_uint_eq(f.edition->nodes[SOOT].rank[E05], 0);
    end(&f);
}
END_TEST

START_TEST(too_little_coverage_is_thin) {
    /* Without jobs, a quarter of the weight of work has a value: less than a half. */
    struct fixture f = score(SMALL_PAY, NULL, SMALL_SOOT);
    ck_assert_ptr_null(f.edition->nodes[JOBS].period);
    for (size_t a = 0; a < SMALL_AREA_COUNT; a++) {
        ck_assert_uint_eq(f.edition->nodes[JOBS].score.status[a], STATUS_ABSENT);
        ck_assert_uint_eq(f.edition->nodes[WORK].score.status[a], STATUS_THIN);
        ck_assert_uint_eq(f.edition->nodes[ALL].score.status[a], STATUS_THIN);
        ck_assert_uint_eq(f.edition->nodes[ALL].rank[a], 0);
        ck_assert_uint_eq(f.edition->nodes[ALL].band[a], 0);
    }
    ck_assert_uint_eq(edition_ranked(f.edition, AIR), 5);
    end(&f);
}
END_TEST

START_TEST(without_any_release_there_are_no_ranks) {
    struct fixture f = score(NULL, NULL, NULL);
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        ck_assert_uint_eq(edition_ranked(f.edition, k), 0);
    }
    end(&f);
}
END_TEST

#define TREE_OF(coverage, aggregate, scale)                                                        \
    SMALL_HEAD "levels:\n"                                                                         \
               "  - {id: index, name: I, aggregate: arithmetic, coverage: " coverage               \
               ", normalise: none}\n"                                                              \
               "  - {id: mission, name: M, aggregate: " aggregate                                  \
               ", coverage: 0.6, normalise: none}\n"                                               \
               "  - {id: metric, name: M, normalise: " scale "}\n" SMALL_TREE SMALL_DATASETS

static struct edition *score_with(struct pack **pack, const char *definition, struct fault *fault) {
    *pack = small_pack_of(definition, SMALL_AREAS, fault);
    ck_assert_msg(*pack != NULL, "%s", fault->text);
    return small_edition_of(*pack, SMALL_PAY, NULL, SMALL_SOOT, fault);
}

START_TEST(coverage_counts_only_metrics_that_enter_the_score) {
    /* Without jobs work is thin, so that pay, a quarter of a half, does not enter: air alone
     * does, a half of the weight. */
    struct pack *pack;
    struct fault fault = {0};
    struct edition *edition =
        score_with(&pack, TREE_OF("0.5", "arithmetic", "min-max, range: [0, 1]"), &fault);
    ck_assert_uint_eq(edition->nodes[ALL].score.status[E01], STATUS_VALUE);
    ck_assert(edition->nodes[ALL].score.value[E01] == 1);
    ck_assert_uint_eq(edition->nodes[ALL].score.status[E05], STATUS_THIN);
    edition_destroy(&edition);
    pack_destroy(&pack);
    edition = score_with(&pack, TREE_OF("0.55", "arithmetic", "min-max, range: [0, 1]"), &fault);
    ck_assert_uint_eq(edition->nodes[ALL].score.status[E01], STATUS_THIN);
    edition_destroy(&edition);
    pack_destroy(&pack);
}
END_TEST

START_TEST(a_geometric_mean_of_nothing_above_0_is_a_fault_that_names_node_and_area) {
    struct pack *pack;
    struct fault fault = {0};
    ck_assert_ptr_null(score_with(&pack, TREE_OF("0", "geometric", "none"), &fault));
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    ck_assert_str_eq(fault.text, "node 'air', area E06: the scores below have no geometric mean");
    pack_destroy(&pack);
}
END_TEST

START_TEST(lower_is_need_turns_zero_into_zero) {
    struct pack *pack;
    struct fault fault = {0};
    pack = small_pack_of(TREE_OF("0", "arithmetic", "none"), SMALL_AREAS, &fault);
    struct edition *edition =
        small_edition_of(pack, "area_code,period,value\nE01,2024,0\n", NULL, NULL, &fault);
    ck_assert(edition->nodes[PAY].score.value[E01] == 0);
    ck_assert(!signbit(edition->nodes[PAY].score.value[E01]));
    edition_destroy(&edition);
    pack_destroy(&pack);
}
END_TEST

/* --- properties ------------------------------------------------------------------------------- */

START_TEST(the_same_inputs_give_the_same_bits) {
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    struct fixture g = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        const struct node_scores *a = &f.edition->nodes[k], *b = &g.edition->nodes[k];
        ck_assert_mem_eq(a->score.value, b->score.value, SMALL_AREA_COUNT * sizeof(double));
        ck_assert_mem_eq(a->score.status, b->score.status, SMALL_AREA_COUNT);
        ck_assert_mem_eq(a->rank, b->rank, SMALL_AREA_COUNT * sizeof *a->rank);
    }
    end(&f);
    end(&g);
}
END_TEST

START_TEST(permuting_the_areas_permutes_the_ranks) {
    static const char turned[] = SMALL_AREAS_HEADER "E06,Fir,R2,South,city,4000000,-2,51\n"
                                                    "E03,Cedar,R1,North,district,3000000,-2,54\n"
                                                    "E05,Elm,R2,South,district,1000000,-1.5,51\n"
                                                    "E07,Gorse,R1,North,city,10,-2,55\n"
                                                    "E01,Ash,R1,North,district,1000000,-1,54\n"
                                                    "E04,Damson,R2,South,district,500000,-1,51\n"
                                                    "E02,Birch,R1,North,district,2000000,-1.5,54\n";
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    struct fault fault = {0};
    struct fixture g = {.pack = small_pack_of(SMALL_DEFINITION, turned, &fault)};
    ck_assert_msg(g.pack != NULL, "%s", fault.text);
    g.edition = small_edition(g.pack);
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        for (size_t a = 0; a < SMALL_AREA_COUNT; a++) {
            size_t b = geography_area(g.pack->geography, f.pack->geography->areas[a].code);
            ck_assert_uint_eq(g.edition->nodes[k].rank[b], f.edition->nodes[k].rank[a]);
            ck_assert_uint_eq(g.edition->nodes[k].band[b], f.edition->nodes[k].band[a]);
        }
    }
    end(&f);
    end(&g);
}
END_TEST

START_TEST(a_positive_scale_of_a_metric_changes_no_score) {
    struct fixture f = score(SMALL_PAY, SMALL_JOBS, SMALL_SOOT);
    struct fixture g = score(SMALL_PAY,
                             "area_code,period,value\nC1,2024,80\nC2,2024,160\n"
                             "C3,2024,320\n",
                             SMALL_SOOT);
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        const struct node_scores *a = &f.edition->nodes[k], *b = &g.edition->nodes[k];
        ck_assert_mem_eq(a->score.value, b->score.value, SMALL_AREA_COUNT * sizeof(double));
    }
    end(&f);
    end(&g);
}
END_TEST

START_TEST(a_place_that_gets_worse_in_one_metric_does_not_fall_in_its_mission) {
    uint32_t last = 4; /* pay 0, jobs 50: 37.5, above E01 and E02 only */
    for (int pay = 600; pay >= 50; pay -= 25) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "area_code,period,value\nE01,2024,100\nE02,2024,200\nE03,2024,300\n"
                       "E04,2024,%d\nE05,2024,500\nE06,2024,350\n",
                       pay);
        struct fixture f = score(text, SMALL_JOBS, SMALL_SOOT);
        uint32_t rank = f.edition->nodes[WORK].rank[E04];
        ck_assert_uint_le(rank, last);
        last = rank;
        end(&f);
    }
    ck_assert_uint_eq(last, 2); /* pay 100, jobs 50: 62.5, below 80 of E06 only */
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("edition");
    TCase *t = tcase_create("edition");
    tcase_add_test(t, metrics_are_turned_and_ranked_by_percentile);
    tcase_add_test(t, raw_figures_keep_the_publishers_unit_period_and_way);
    tcase_add_test(t, nodes_above_take_the_weighted_mean_of_what_is_there);
    tcase_add_test(t, a_true_zero_is_a_figure_and_a_gap_is_not);
    tcase_add_test(t, too_little_coverage_is_thin);
    tcase_add_test(t, without_any_release_there_are_no_ranks);
    tcase_add_test(t, coverage_counts_only_metrics_that_enter_the_score);
    tcase_add_test(t, a_geometric_mean_of_nothing_above_0_is_a_fault_that_names_node_and_area);
    tcase_add_test(t, lower_is_need_turns_zero_into_zero);
    tcase_add_test(t, the_same_inputs_give_the_same_bits);
    tcase_add_test(t, permuting_the_areas_permutes_the_ranks);
    tcase_add_test(t, a_positive_scale_of_a_metric_changes_no_score);
    tcase_add_test(t, a_place_that_gets_worse_in_one_metric_does_not_fall_in_its_mission);
    suite_add_tcase(s, t);
    return s;
}

int main(void) {
    return suite_main(suite());
}
