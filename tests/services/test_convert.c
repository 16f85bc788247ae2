/* Core's objects through the wire and back, and messages that no honest peer sends. */
#include "core/status.h"
#include "services/bus/convert.h"
#include "tests/core/small_pack.h"
#include "tests/suite.h"

#include <math.h>

static struct pack *pack;
static struct arena *arena;

static void begin(void) {
    pack = small_pack();
    arena = arena_new();
    ck_assert_ptr_nonnull(arena);
}

static void end(void) {
    arena_destroy(&arena);
    pack_destroy(&pack);
}

/* --- releases --------------------------------------------------------------------------------- */

static Observations *pay_message(void) {
    struct release *release = small_release(pack, SMALL_PAY);
    Observations *message = observations_message(arena, "pay", release);
    ck_assert_ptr_nonnull(message);
    uint8_t *bytes = arena_alloc(arena, 4096, 1);
    size_t length = mindex__v1__observations__pack(message, bytes);
    release_destroy(&release);
    message = mindex__v1__observations__unpack(NULL, length, bytes);
    ck_assert_ptr_nonnull(message);
    return message;
}

START_TEST(a_release_comes_back_as_it_was) {
    struct fault fault = {0};
    struct release *before = small_release(pack, SMALL_PAY);
    Observations *message = pay_message();
    struct release *after = release_of_message(message, &fault);
    ck_assert_msg(after != NULL, "%s", fault.text);
    ck_assert_uint_eq(after->n, before->n);
    ck_assert_uint_eq(after->n_codes, before->n_codes);
    for (size_t i = 0; i < before->n; i++) {
        ck_assert_str_eq(after->codes[after->code[i]], before->codes[before->code[i]]);
        ck_assert_str_eq(after->periods[after->period[i]], before->periods[before->period[i]]);
        ck_assert_uint_eq(after->status[i], before->status[i]);
        ck_assert_uint_eq(after->line[i], before->line[i]);
        if (before->status[i] == STATUS_VALUE)
            ck_assert(after->value[i] == before->value[i]);
    }
    mindex__v1__observations__free_unpacked(message, NULL);
    release_destroy(&before);
    release_destroy(&after);
}
END_TEST

START_TEST(a_missing_figure_has_no_number_on_the_wire) {
    Observations *message = pay_message();
    size_t values = 0;
    for (size_t i = 0; i < message->status.len; i++)
        values += message->status.data[i] == STATUS_VALUE;
    ck_assert_uint_eq(message->n_value, values);
    ck_assert_uint_lt(values, message->status.len);
    mindex__v1__observations__free_unpacked(message, NULL);
}
END_TEST

enum {
    CODE_TOO_LARGE,
    PERIOD_TOO_LARGE,
    STATUS_UNKNOWN,
    VALUE_SHORT,
    LINE_SHORT,
    CODE_SHORT,
    NOT_A_NUMBER,
    BENT
};

START_TEST(a_bent_release_is_refused) {
    Observations *message = pay_message();
    struct fault fault = {0};
    switch (_i) {
    case CODE_TOO_LARGE:
        message->code[0] = (uint32_t)message->n_codes;
        break;
    case PERIOD_TOO_LARGE:
        message->period[1] = UINT32_MAX;
        break;
    case STATUS_UNKNOWN:
        message->status.data[0] = 250;
        break;
    case VALUE_SHORT:
        message->n_value--;
        break;
    case LINE_SHORT:
        message->n_line--;
        break;
    case CODE_SHORT:
        message->n_code--;
        break;
    default:
        message->value[0] = NAN;
        break;
    }
    struct release *release = release_of_message(message, &fault);
    ck_assert_ptr_null(release);
    ck_assert_int_ne(fault.kind, FAULT_NONE);
    ck_assert_str_ne(fault.text, "");
    mindex__v1__observations__free_unpacked(message, NULL);
}
END_TEST

/* --- what a publisher's own file gives on top ------------------------------------------------ */

enum { DETAILED = 3 };

/* Three observations of a workbook: a revised number with both limits, a mark, a plain number. */
static const struct release *detailed(void) {
    static const char *const codes[] = {"E01", "E02", "E03"}, *const periods[] = {"2024"};
    static const char *const sheets[] = {"Notes", "Table 4 "};
    static const uint32_t code[] = {0, 1, 2}, period[] = {0, 0, 0}, line[] = {9, 10, 11};
    static const uint32_t column[] = {5, 5, 7};
    static const uint8_t status[] = {STATUS_VALUE, STATUS_CONFIDENTIAL, STATUS_VALUE};
    static const double value[] = {1.5, 0, 0}, low[] = {1.25, 0, 0}, high[] = {1.75, 0, 0.5};
    static const uint16_t sheet[] = {1, 1, 0};
    static const uint16_t flags[] = {FLAG_REVISED | FLAG_HAS_LOW | FLAG_HAS_HIGH, 0, FLAG_HAS_HIGH};
    static const struct release release = {.codes = codes,
                                           .n_codes = 3,
                                           .periods = periods,
                                           .n_periods = 1,
                                           .n = DETAILED,
                                           .code = code,
                                           .period = period,
                                           .status = status,
                                           .value = value,
                                           .line = line,
                                           .sheets = sheets,
                                           .n_sheets = 2,
                                           .sheet = sheet,
                                           .column = column,
                                           .flags = flags,
                                           .low = low,
                                           .high = high};
    return &release;
}

static Observations *detailed_message(void) {
    Observations *message = observations_message(arena, "pay", detailed());
    ck_assert_ptr_nonnull(message);
    uint8_t *bytes = arena_alloc(arena, 4096, 1);
    size_t length = mindex__v1__observations__pack(message, bytes);
    message = mindex__v1__observations__unpack(NULL, length, bytes);
    ck_assert_ptr_nonnull(message);
    return message;
}

START_TEST(cells_flags_and_limits_come_back_as_they_were) {
    struct fault fault = {0};
    const struct release *before = detailed();
    Observations *message = detailed_message();
    ck_assert_uint_eq(message->n_low, 1); /* a limit that is not there has no number either */
    ck_assert_uint_eq(message->n_high, 2);
    struct release *after = release_of_message(message, &fault);
    ck_assert_msg(after != NULL, "%s", fault.text);
    ck_assert_uint_eq(after->n_sheets, 2);
    for (size_t i = 0; i < DETAILED; i++) {
        ck_assert_str_eq(after->sheets[after->sheet[i]], before->sheets[before->sheet[i]]);
        ck_assert_uint_eq(after->column[i], before->column[i]);
        ck_assert_uint_eq(after->flags[i], before->flags[i]);
        if (before->flags[i] & FLAG_HAS_LOW)
            ck_assert(after->low[i] == before->low[i]);
        if (before->flags[i] & FLAG_HAS_HIGH)
            ck_assert(after->high[i] == before->high[i]);
    }
    mindex__v1__observations__free_unpacked(message, NULL);
    release_destroy(&after);
}
END_TEST

enum {
    SHEET_TOO_LARGE,
    SHEET_SHORT,
    SHEETS_MISSING,
    COLUMN_SHORT,
    FLAGS_SHORT,
    FLAGS_UNKNOWN,
    FLAGS_MISSING,
    LOW_SHORT,
    HIGH_LONG,
    LOW_NO_NUMBER,
    BENT_DETAILS
};

START_TEST(bent_details_are_refused) {
    Observations *message = detailed_message();
    struct fault fault = {0};
    size_t sheets = message->n_sheets, flags = message->n_flags;
    switch (_i) {
    case SHEET_TOO_LARGE:
        message->sheet[2] = 2;
        break;
    case SHEET_SHORT:
        message->n_sheet--;
        break;
    case SHEETS_MISSING:
        message->n_sheets = 0;
        break;
    case COLUMN_SHORT:
        message->n_column--;
        break;
    case FLAGS_SHORT:
        message->n_flags--;
        break;
    case FLAGS_UNKNOWN:
        message->flags[1] = FLAGS_ALL + 1;
        break;
    case FLAGS_MISSING:
        message->n_flags = 0;
        break;
    case LOW_SHORT:
        message->n_low = 0;
        break;
    case HIGH_LONG:
        message->flags[2] = 0;
        break;
    default:
        message->low[0] = INFINITY;
        break;
    }
    struct release *release = release_of_message(message, &fault);
    ck_assert_ptr_null(release);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    message->n_sheets = sheets; /* so that all of it is freed */
    message->n_flags = flags;
    mindex__v1__observations__free_unpacked(message, NULL);
}
END_TEST

START_TEST(a_refusal_names_the_sheet_and_counts_each_kind) {
    struct problems *problems = arena_alloc(arena, 1, sizeof *problems);
    const struct problem_place place = {"a.xlsx", "Table 2", 7, 3};
    for (int i = 0; i < 25; i++)
        problems_add_at(problems, place, "unknown area code", "number %d", i);
    problems_add(problems, "a.xlsx", 0, 0, "something else");
    Refusal *refusal = refusal_message(arena, problems);
    ck_assert_ptr_nonnull(refusal);
    ck_assert_uint_eq(refusal->total, 26);
    ck_assert_uint_eq(refusal->n_problems, PROBLEMS_KEPT);
    ck_assert_str_eq(refusal->problems[19]->sheet, "Table 2");
    ck_assert_uint_eq(refusal->problems[19]->line, 7);
    ck_assert_uint_eq(refusal->n_kinds, 2);
    ck_assert_str_eq(refusal->kinds[0]->name, "unknown area code");
    ck_assert_uint_eq(refusal->kinds[0]->count, 25);
    ck_assert_uint_eq(refusal->kinds[1]->count, 1);
}
END_TEST

/* --- editions --------------------------------------------------------------------------------- */

static EditionScores *scores_message(const struct edition *edition) {
    EditionScores *message = edition_message(arena, pack, "hash", edition, NULL, 0);
    ck_assert_ptr_nonnull(message);
    size_t size = mindex__v1__edition_scores__get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, size + 1, 1);
    ck_assert_uint_eq(mindex__v1__edition_scores__pack(message, bytes), size);
    message = mindex__v1__edition_scores__unpack(NULL, size, bytes);
    ck_assert_ptr_nonnull(message);
    return message;
}

START_TEST(an_edition_comes_back_as_it_was) {
    struct fault fault = {0};
    struct edition *before = small_edition(pack);
    EditionScores *message = scores_message(before);
    struct edition *after = edition_of_message(message, pack, &fault);
    ck_assert_msg(after != NULL, "%s", fault.text);
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        for (size_t i = 0; i < SMALL_AREA_COUNT; i++) {
            const struct node_scores *was = &before->nodes[k], *is = &after->nodes[k];
            ck_assert_uint_eq(is->score.status[i], was->score.status[i]);
            ck_assert_uint_eq(is->rank[i], was->rank[i]);
            ck_assert_uint_eq(is->band[i], was->band[i]);
            if (was->score.status[i] == STATUS_VALUE)
                ck_assert(is->score.value[i] == was->score.value[i]);
        }
    }
    mindex__v1__edition_scores__free_unpacked(message, NULL);
    edition_destroy(&after);
    edition_destroy(&before);
}
END_TEST

/* Every metric with its gaps filled in and its ends moved. */
static void prepare_all(void) {
    struct fault fault = {0};
    pack_destroy(&pack);
    pack = small_pack_of(
        SMALL_HEAD
        "levels:\n"
        "  - {id: index, name: Index, aggregate: arithmetic, coverage: 0.8, normalise: none}\n"
        "  - {id: mission, name: Mission, aggregate: arithmetic, coverage: 0.5, normalise: none}\n"
        "  - {id: metric, name: Metric, normalise: percentile-rank, range: [0, 100], impute: "
        "mean,\n"
        "     treat: {skewness: 0.01, kurtosis: 0.01, winsorise: 1}}\n" SMALL_TREE SMALL_DATASETS
            SMALL_SPEND,
        SMALL_AREAS, &fault);
    ck_assert_msg(pack != NULL, "%s", fault.text);
}

START_TEST(what_was_filled_in_and_moved_comes_back_too) {
    struct fault fault = {0};
    prepare_all();
    struct edition *before = small_edition(pack);
    EditionScores *message = scores_message(before);
    struct edition *after = edition_of_message(message, pack, &fault);
    ck_assert_msg(after != NULL, "%s", fault.text);
    size_t filled = 0, moved = 0;
    for (size_t k = 0; k < SMALL_NODE_COUNT; k++) {
        const struct node_scores *was = &before->nodes[k], *is = &after->nodes[k];
        if (!node_is_metric(&pack->definition->nodes[k]))
            continue;
        ck_assert_mem_eq(is->imputed, was->imputed, SMALL_AREA_COUNT);
        ck_assert_mem_eq(is->winsorised, was->winsorised, SMALL_AREA_COUNT);
        ck_assert(is->outliers.looked && is->outliers.passes == was->outliers.passes);
        ck_assert(is->outliers.skewness_before == was->outliers.skewness_before);
        ck_assert(is->outliers.kurtosis_after == was->outliers.kurtosis_after);
        ck_assert_uint_eq(is->outliers.moved_high, was->outliers.moved_high);
        for (size_t i = 0; i < SMALL_AREA_COUNT; i++) {
            filled += is->imputed[i] == IMPUTE_MEAN;
            moved += is->winsorised[i];
        }
    }
    ck_assert_uint_gt(filled, 0);
    ck_assert_uint_gt(moved, 0);
    mindex__v1__edition_scores__free_unpacked(message, NULL);
    edition_destroy(&after);
    edition_destroy(&before);
}
END_TEST

enum {
    IMPUTED_SHORT,
    IMPUTED_UNKNOWN,
    MOVED_SHORT,
    MOVED_UNKNOWN,
    SHAPE_NAN,
    NAME_UNKNOWN,
    MARKS_BENT
};

START_TEST(bent_marks_are_refused) {
    struct fault fault = {0};
    prepare_all();
    struct edition *edition = small_edition(pack);
    EditionScores *message = scores_message(edition);
    for (size_t k = 0; k < message->n_nodes; k++) {
        NodeScores *node = message->nodes[k];
        if (node->has_imputed && _i == IMPUTED_SHORT)
            node->imputed.len--;
        if (node->has_imputed && _i == IMPUTED_UNKNOWN)
            node->imputed.data[0] = IMPUTE_COUNT;
        Treatment *treatment = node->treatment;
        if (treatment && treatment->has_winsorised && _i == MOVED_SHORT)
            treatment->winsorised.len--;
        if (treatment && treatment->has_winsorised && _i == MOVED_UNKNOWN)
            treatment->winsorised.data[0] = 2;
        if (treatment && _i == SHAPE_NAN)
            treatment->skewness_after = NAN;
        if (treatment && _i == NAME_UNKNOWN && !treatment->transform)
            treatment->transform = strdup("square");
    }
    struct edition *back = edition_of_message(message, pack, &fault);
    ck_assert_ptr_null(back);
    ck_assert_int_eq(fault.kind, FAULT_INPUT);
    mindex__v1__edition_scores__free_unpacked(message, NULL);
    edition_destroy(&edition);
}
END_TEST

enum { NODE_GONE, NODE_RENAMED, AREA_RENAMED, RANK_SHORT, BAND_UNKNOWN, SCORE_NAN, SCORES_BENT };

START_TEST(bent_scores_are_refused) {
    struct fault fault = {0};
    struct edition *edition = small_edition(pack);
    EditionScores *message = scores_message(edition);
    switch (_i) {
    case NODE_GONE:
        mindex__v1__node_scores__free_unpacked(message->nodes[--message->n_nodes], NULL);
        break;
    case NODE_RENAMED:
        message->nodes[1]->node[0] = 'W';
        break;
    case AREA_RENAMED:
        message->areas[0][0] = 'X';
        break;
    case RANK_SHORT:
        message->nodes[0]->n_rank--;
        break;
    case BAND_UNKNOWN:
        message->nodes[0]->band.data[0] = 99;
        break;
    default:
        message->nodes[0]->score[0] = INFINITY;
        break;
    }
    struct edition *back = edition_of_message(message, pack, &fault);
    ck_assert_ptr_null(back);
    ck_assert_str_ne(fault.text, "");
    mindex__v1__edition_scores__free_unpacked(message, NULL);
    edition_destroy(&edition);
}
END_TEST

/* --- insights --------------------------------------------------------------------------------- */

static bool fits(const void *told, size_t length, uint32_t node) {
    Reason reason = MINDEX__V1__REASON__INIT, *list[] = {&reason};
    Insight insight = MINDEX__V1__INSIGHT__INIT;
    reason.node = node;
    reason.has_told = true;
    reason.told = (ProtobufCBinaryData){length, (uint8_t *)told};
    insight.n_reasons = 1;
    insight.reasons = list;
    return insight_fits(&insight, pack);
}

static bool told_fits(const Told *told) {
    uint8_t bytes[8192];
    return fits(bytes, mindex__v1__told__pack(told, bytes), 0);
}

START_TEST(what_is_told_of_a_change_goes_into_its_event_and_nothing_else_does) {
    Cause cause = MINDEX__V1__CAUSE__INIT, *causes[TOLD_FIELDS_MAX + 1];
    Told told = MINDEX__V1__TOLD__INIT;
    for (size_t i = 0; i <= TOLD_FIELDS_MAX; i++)
        causes[i] = &cause;
    cause.kind = "own";
    cause.node = "pay";
    cause.has_old_figure = true;
    told.causes = causes;
    told.n_causes = 3;
    told.why = "Its pay fell \xe2\x80\x93 by 1.";
    told.has_rank_low = told.has_rank_high = told.has_beyond_interval = true;
    ck_assert(told_fits(&told));
    told.n_causes = TOLD_FIELDS_MAX + 1;
    ck_assert(!told_fits(&told));
    told.n_causes = 1;
    told.rank_low = INFINITY;
    ck_assert(!told_fits(&told));
    told.rank_low = 1.0;
    cause.amount = NAN;
    ck_assert(!told_fits(&told));
    cause.amount = 1.0;
    static const char *const bad[] = {"\033[2J", "two\nlines", "\xff", "\xe2\x80\xae"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        told.why = (char *)bad[i];
        ck_assert_msg(!told_fits(&told), "%zu", i);
        told.why = NULL;
        cause.unit = (char *)bad[i];
        ck_assert_msg(!told_fits(&told), "%zu", i);
        cause.unit = NULL;
    }
    ck_assert(told_fits(&told));
    static char long_text[3000];
    memset(long_text, 'x', sizeof long_text - 1);
    told.why = long_text;
    ck_assert(!told_fits(&told));
}
END_TEST

START_TEST(what_is_told_can_be_no_other_field_and_no_half_of_one) {
    static const struct {
        uint8_t bytes[8];
        size_t length;
    } bad[] = {
        {{0x0a, 1, 'x'}, 3},                /* another area */
        {{0x92, 0x01, 2, 'x'}, 4},          /* half a sentence */
        {{0x90, 0x01, 5}, 3},               /* a sentence that is a number */
        {{0x9a, 0x01, 2, 'n', 'o'}, 5},     /* a rank that is a text */
        {{0xa8, 0x01, 2}, 3},               /* beyond: 2 */
        {{0x8a, 0x01, 0}, 3},               /* a cause without anything */
        {{0x8a, 0x01, 2, 0x3a, 0}, 5},      /* ... with a seventh field */
        {{0x8a, 0x01, 3, 0x0a, 1, 'x'}, 6}, /* ... without an amount */
        {{0x93, 0x01}, 2},                  /* a group */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!fits(bad[i].bytes, bad[i].length, 0), "%zu", i);
    ck_assert(fits("", 0, 0));
    ck_assert(!fits("", 0, 9999));
}
END_TEST

/* --- differences and warnings ----------------------------------------------------------------- */

static Difference *difference_of(const char *was, const char *is) {
    struct fault fault = {0};
    struct release *older = small_release(pack, was), *newer = small_release(pack, is);
    struct difference *difference = difference_between(older, newer, false, &fault);
    ck_assert_ptr_nonnull(difference);
    Difference *message = difference_message(arena, "pay", false, difference);
    ck_assert_ptr_nonnull(message);
    size_t length = mindex__v1__difference__get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, length, 1);
    mindex__v1__difference__pack(message, bytes);
    difference_destroy(&difference);
    release_destroy(&older);
    release_destroy(&newer);
    message = mindex__v1__difference__unpack(NULL, length, bytes);
    ck_assert_ptr_nonnull(message);
    return message;
}

START_TEST(a_difference_comes_through_and_a_bent_one_does_not_fit) {
    Difference *message =
        difference_of(SMALL_PAY, "area_code,period,value,status\n"
                                 "E01,2024,90,\nE92,2024,,[x]\nE03,2024,300,\nE06,2024,7,\n");
    ck_assert(difference_fits(message));
    ck_assert(message->changed == 1 && message->statuses == 2 && message->removed == 3);
    ck_assert_uint_eq(message->n_values, 6);
    ck_assert(message->values[0]->old_value == 100 && message->values[0]->new_value == 90);
    ck_assert(message->values[1]->has_old_value != message->values[1]->has_new_value);
    ck_assert(!message->values[5]->has_new_value); /* removed: nothing is there, not a 0 */
    double largest = message->largest;
    message->largest = NAN;
    ck_assert(!difference_fits(message));
    message->largest = largest;
    message->values[0]->kind = 5;
    ck_assert(!difference_fits(message));
    message->values[0]->kind = VALUE_CHANGED;
    message->values[0]->new_status = STATUS_COUNT;
    ck_assert(!difference_fits(message));
    message->values[0]->new_status = STATUS_VALUE;
    message->values[0]->has_new_value = false; /* a number that is not there */
    ck_assert(!difference_fits(message));
    message->values[0]->has_new_value = true;
    message->values[0]->new_value = INFINITY;
    ck_assert(!difference_fits(message));
    message->values[0]->new_value = 90;
    ck_assert(difference_fits(message));
    mindex__v1__difference__free_unpacked(message, NULL);
}
END_TEST

START_TEST(warnings_say_whether_the_datasets_rule_takes_them_all) {
    struct warnings found = {.counts = {[WARNING_UNIT] = 1, [WARNING_JUMP] = 3}};
    for (int i = 0; i < 4; i++)
        problems_add(&found.problems, "f.csv", (uint64_t)i, 0, "warning %d", i);
    Warnings *message = warnings_message(arena, &found, 1U << WARNING_JUMP);
    ck_assert_uint_eq(message->n_counts, 2);
    ck_assert_str_eq(message->counts[1]->kind, "jump");
    ck_assert_uint_eq(message->counts[1]->count, 3);
    ck_assert_uint_eq(message->n_problems, 4);
    ck_assert(!message->problems[0]->has_line && message->problems[3]->line == 3);
    ck_assert(!message->let_in);
    message = warnings_message(arena, &found, 1U << WARNING_JUMP | 1U << WARNING_UNIT);
    ck_assert(message->let_in);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("convert");
    TCase *tests = tcase_create("convert");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_release_comes_back_as_it_was);
    tcase_add_test(tests, a_missing_figure_has_no_number_on_the_wire);
    tcase_add_loop_test(tests, a_bent_release_is_refused, 0, BENT);
    tcase_add_test(tests, cells_flags_and_limits_come_back_as_they_were);
    tcase_add_loop_test(tests, bent_details_are_refused, 0, BENT_DETAILS);
    tcase_add_test(tests, a_refusal_names_the_sheet_and_counts_each_kind);
    tcase_add_test(tests, an_edition_comes_back_as_it_was);
    tcase_add_loop_test(tests, bent_scores_are_refused, 0, SCORES_BENT);
    tcase_add_test(tests, what_was_filled_in_and_moved_comes_back_too);
    tcase_add_loop_test(tests, bent_marks_are_refused, 0, MARKS_BENT);
    tcase_add_test(tests, what_is_told_of_a_change_goes_into_its_event_and_nothing_else_does);
    tcase_add_test(tests, what_is_told_can_be_no_other_field_and_no_half_of_one);
    tcase_add_test(tests, a_difference_comes_through_and_a_bent_one_does_not_fit);
    tcase_add_test(tests, warnings_say_whether_the_datasets_rule_takes_them_all);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
