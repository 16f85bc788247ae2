/* What the channels read and tell: up to the first NUL a filter or a URL, after it events, each as
 * its length in two bytes and itself. A filter that is taken comes back in one spelling; every
 * event is told as JSON that has what CloudEvents want; a digest stays small. */
#include "services/bus/cloudevent.h"
#include "services/bus/digest.h"
#include "services/bus/filter.h"
#include "services/bus/hook_url.h"
#include "services/bus/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/services/filter_text.h"

#include <jansson.h>
#include <strings.h>

static Filter *try_filter(const char *text) {
    struct fault fault = {0};
    Filter *filter = filter_new();
    fuzz_check(filter != NULL);
    if (!filter_text_take(filter, text, &fault)) {
        fuzz_refused(&fault);
        return filter;
    }
    char *written = filter_write(filter);
    Filter *again = filter_new();
    fuzz_check(written && again && filter_fits(filter, &fault) &&
               filter_text_take(again, written, &fault));
    char *twice = filter_write(again);
    fuzz_check(twice && strcmp(written, twice) == 0);
    free(twice);
    free(written);
    filter_destroy(&again);
    return filter;
}

static void try_url(const char *text) {
    struct fault fault = {0};
    bool plain_http;
    if (hook_url_fits(text, &plain_http, &fault))
        fuzz_check(strncasecmp(text, plain_http ? "http://" : "https://", plain_http ? 7 : 8) ==
                       0 &&
                   !strchr(text, '#') && strlen(text) <= HOOK_URL_MAX);
    else
        fuzz_refused(&fault);
}

/* Checks the JSON and frees it. */
static void check_told(char *text, size_t length) {
    fuzz_check(text && strlen(text) == length && !strchr(text, '\n'));
    json_t *told = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    static const char *const names[] = {"specversion", "id", "source", "type"};
    for (size_t i = 0; told && i < 4; i++) {
        const char *value = json_string_value(json_object_get(told, names[i]));
        fuzz_check(value && *value);
    }
    /* A number of an event may be too large for the reader here, and for nobody else. */
    fuzz_check(told || strstr(text, "00000000000"));
    json_decref(told);
    free(text);
}

static void try_event(struct digest *digest, const Filter *filter, Event *event) {
    struct fault fault = {0};
    size_t length = 0;
    bool complete = false;
    text_make_plain(&event->base);
    (void)filter_wants(filter, event);
    char *text = cloudevent_text(event, &length);
    check_told(text, length);
    fuzz_check(digest_take(digest, filter, event, &complete, &fault));
    fuzz_check(digest->n_moves <= DIGEST_MOVES_MAX && digest->n_moves <= digest->seen);
    if (!digest->scored)
        return;
    text = digest_text(digest, "fuzz", &length);
    fuzz_check(length < DIGEST_BYTES_MAX);
    check_told(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const uint8_t *nul = length ? memchr(bytes, 0, length) : NULL;
    size_t head = nul ? (size_t)(nul - bytes) : length;
    char *text = malloc(head + 1);
    fuzz_check(text != NULL);
    if (head)
        memcpy(text, bytes, head);
    text[head] = '\0';
    Filter *filter = try_filter(text);
    try_url(text);
    free(text);
    struct digest digest = {0};
    for (size_t at = head + 1; nul && at + 2 <= length;) {
        size_t size = (size_t)bytes[at] << 8 | bytes[at + 1];
        at += 2;
        if (size > length - at)
            size = length - at;
        Event *event = mindex__v1__event__unpack(NULL, size, bytes + at);
        if (event) {
            try_event(&digest, filter, event);
            mindex__v1__event__free_unpacked(event, NULL);
        }
        at += size;
    }
    digest_clear(&digest);
    filter_destroy(&filter);
    return 0;
}
