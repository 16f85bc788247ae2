/* Events as CloudEvents 1.0 JSON. */
#include "services/bus/cloudevent.h"
#include "services/bus/json_write.h"

#include "tests/services/some_events.h"
#include "tests/suite.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static json_t *told(const Event *event) {
    size_t length = 0;
    char *text = cloudevent_text(event, &length);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(strlen(text), length);
    ck_assert_ptr_null(strchr(text, '\n'));
    json_error_t error;
    json_t *out = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(out != NULL, "%s: %s", error.text, text);
    free(text);
    return out;
}

static const char *word(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

START_TEST(a_move_has_what_the_specification_wants) {
    RankChanged body;
    Event event = some_move(&body, 42);
    event.request_id = "00c0ffee00c0ffee";
    json_t *out = told(&event);
    ck_assert_str_eq(word(out, "specversion"), "1.0");
    ck_assert_str_eq(word(out, "id"), "42-1764063000123");
    ck_assert_str_eq(word(out, "source"), "/mindex");
    ck_assert_str_eq(word(out, "type"), "mindex.rank.changed");
    ck_assert_str_eq(word(out, "subject"), "E01");
    ck_assert_str_eq(word(out, "time"), "2025-11-25T09:30:00.123Z");
    ck_assert_str_eq(word(out, "datacontenttype"), "application/json");
    ck_assert_str_eq(word(out, "sequence"), "00000000000000000042");
    ck_assert_str_eq(word(out, "requestid"), "00c0ffee00c0ffee");
    const json_t *data = json_object_get(out, "data");
    ck_assert_int_eq(json_integer_value(json_object_get(data, "seq")), 42);
    ck_assert_int_eq(json_integer_value(json_object_get(data, "edition")), 7);
    ck_assert_int_eq(json_integer_value(json_object_get(data, "old_rank")), 20);
    ck_assert(json_real_value(json_object_get(data, "new_score")) == 0.1 + 0.2);
    ck_assert_str_eq(word(data, "area_name"), "Alston");
    json_decref(out);
}
END_TEST

START_TEST(what_is_missing_is_left_out) {
    RankChanged body;
    Event event = some_move(&body, 42);
    body.has_old_rank = body.has_old_score = false;
    body.old_band = NULL;
    event.has_edition = false;
    json_t *out = told(&event), *data = json_object_get(out, "data");
    ck_assert_ptr_null(json_object_get(data, "old_rank"));
    ck_assert_ptr_null(json_object_get(data, "old_score"));
    ck_assert_ptr_null(json_object_get(data, "old_band"));
    ck_assert_ptr_null(json_object_get(data, "why"));
    ck_assert_ptr_null(json_object_get(data, "causes"));
    ck_assert_ptr_null(json_object_get(data, "edition"));
    ck_assert_ptr_null(json_object_get(out, "requestid"));
    json_decref(out);
}
END_TEST

START_TEST(causes_are_a_list_of_objects) {
    RankChanged body;
    Event event = some_move(&body, 42);
    Cause own = MINDEX__V1__CAUSE__INIT, rest = MINDEX__V1__CAUSE__INIT, *causes[] = {&own, &rest};
    own.kind = "own";
    own.node = "apprentices";
    own.amount = -1.25;
    own.has_old_figure = true;
    own.old_figure = 0;
    rest.kind = "together";
    body.n_causes = 2;
    body.causes = causes;
    json_t *out = told(&event);
    json_t *list = json_object_get(json_object_get(out, "data"), "causes");
    ck_assert_uint_eq(json_array_size(list), 2);
    json_t *first = json_array_get(list, 0);
    ck_assert_str_eq(word(first, "kind"), "own");
    ck_assert(json_number_value(json_object_get(first, "amount")) == -1.25);
    ck_assert(json_is_number(json_object_get(first, "old_figure"))); /* a true 0 is there */
    ck_assert_ptr_null(json_object_get(first, "new_figure"));
    json_decref(out);
}
END_TEST

START_TEST(subjects_are_places_datasets_and_editions) {
    Mindex__V1__ReleaseAccepted release;
    Mindex__V1__EditionScored scored;
    Event accepted = some_release(&release, 1), edition = some_edition(&scored, 2, 0);
    json_t *out = told(&accepted);
    ck_assert_str_eq(word(out, "subject"), "apprenticeships");
    ck_assert_str_eq(word(out, "type"), "mindex.release.accepted");
    ck_assert(json_is_false(json_object_get(json_object_get(out, "data"), "revision")));
    json_decref(out);
    out = told(&edition);
    ck_assert_str_eq(word(out, "subject"), "editions/7");
    json_decref(out);
}
END_TEST

START_TEST(folders_are_not_told) {
    Mindex__V1__EditionPublished body = MINDEX__V1__EDITION_PUBLISHED__INIT;
    Event event = MINDEX__V1__EVENT__INIT;
    body.folder = "/srv/mindex/editions/000007";
    body.files = 8;
    event.seq = 4;
    event.type = "edition.published";
    event.body_case = MINDEX__V1__EVENT__BODY_EDITION_PUBLISHED;
    event.edition_published = &body;
    json_t *out = told(&event), *data = json_object_get(out, "data");
    ck_assert_int_eq(json_integer_value(json_object_get(data, "files")), 8);
    ck_assert_uint_eq(json_object_size(data), 2);
    json_decref(out);
}
END_TEST

START_TEST(an_event_of_a_later_program_has_no_body) {
    Event event = MINDEX__V1__EVENT__INIT;
    event.seq = 3;
    event.type = "moon.risen";
    json_t *out = told(&event);
    ck_assert_str_eq(word(out, "type"), "mindex.moon.risen");
    ck_assert_ptr_null(json_object_get(out, "subject"));
    ck_assert_uint_eq(json_object_size(json_object_get(out, "data")), 1);
    json_decref(out);
}
END_TEST

START_TEST(sequences_sort_as_texts) {
    RankChanged body;
    static const uint64_t numbers[] = {9, 10, 99, 4294967296, UINT64_MAX};
    char before[64] = "";
    for (size_t i = 0; i < 5; i++) {
        Event event = some_move(&body, numbers[i]);
        size_t length;
        char *text = cloudevent_text(&event, &length);
        char now[64];
        ck_assert_int_eq(sscanf(strstr(text, "\"sequence\":"), "\"sequence\":\"%60[0-9]", now), 1);
        ck_assert_uint_eq(strlen(now), 20);
        ck_assert_int_lt(strcmp(before, now), 0);
        (void)snprintf(before, sizeof before, "%s", now);
        free(text);
    }
}
END_TEST

static const char *written(double number) {
    static char text[64];
    FILE *out = fmemopen(text, sizeof text, "w");
    json_write_number(out, number);
    (void)fclose(out);
    return text;
}

START_TEST(numbers_come_back_with_few_digits) {
    ck_assert_str_eq(written(0.1), "0.1");
    ck_assert_str_eq(written(57.3), "57.3");
    ck_assert_str_eq(written(3), "3");
    ck_assert_str_eq(written(NAN), "null");
    ck_assert_str_eq(written(-INFINITY), "null");
    uint64_t state = 42;
    for (int i = 0; i < 10000; i++) {
        uint64_t bits = suite_random(&state);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number))
            ck_assert(strtod(written(number), NULL) == number);
    }
}
END_TEST

START_TEST(texts_are_escaped) {
    RankChanged body;
    Event event = some_move(&body, 42);
    body.area_name = "</script>\"\\\b\x01 M\xc3\xb4n";
    json_t *out = told(&event);
    ck_assert_str_eq(word(json_object_get(out, "data"), "area_name"), body.area_name);
    json_decref(out);
    body.area_name = "\xff!";
    out = told(&event);
    ck_assert_str_eq(word(json_object_get(out, "data"), "area_name"), "\xef\xbf\xbd!");
    json_decref(out);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("cloudevent");
    TCase *tests = tcase_create("cloudevent");
    tcase_add_test(tests, a_move_has_what_the_specification_wants);
    tcase_add_test(tests, what_is_missing_is_left_out);
    tcase_add_test(tests, causes_are_a_list_of_objects);
    tcase_add_test(tests, subjects_are_places_datasets_and_editions);
    tcase_add_test(tests, folders_are_not_told);
    tcase_add_test(tests, an_event_of_a_later_program_has_no_body);
    tcase_add_test(tests, sequences_sort_as_texts);
    tcase_add_test(tests, numbers_come_back_with_few_digits);
    tcase_add_test(tests, texts_are_escaped);
    suite_add_tcase(suite, tests);
    return suite_main(suite);
}
