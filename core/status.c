#include "core/status.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *mark, *words;
} names[STATUS_COUNT] = {
    [STATUS_VALUE] = {"", "a value"},
    [STATUS_ABSENT] = {"absent", "no row in the release"},
    [STATUS_NOT_AVAILABLE] = {"[x]", "not available"},
    [STATUS_CONFIDENTIAL] = {"[c]", "confidential"},
    [STATUS_NOT_APPLICABLE] = {"[z]", "not applicable"},
    [STATUS_LOW] = {"[low]", "too small to show"},
    [STATUS_UNRELIABLE] = {"[u]", "too unreliable to publish"},
    [STATUS_THIN] = {"low coverage", "too few figures for a score"},
    [STATUS_SCREENED] = {"screened", "left out by the definition's screening"},
    [STATUS_UNWEIGHTED] = {"unweighted", "published for parts whose sizes are not known"},
};

const char *const flag_words[FLAG_BITS] = {"provisional", "revised",    "estimated",
                                           "forecast",    "break",      "unreliable",
                                           "lower limit", "upper limit"};

bool status_all_values(const uint8_t *status, size_t n) {
    return n == 0 || (status[0] == STATUS_VALUE && memcmp(status, status + 1, n - 1) == 0);
}

const char *status_mark(enum status status) {
    return (unsigned)status < STATUS_COUNT ? names[status].mark : "";
}

const char *status_words(enum status status) {
    return (unsigned)status < STATUS_COUNT ? names[status].words : "unknown";
}

static const struct {
    const char *text;
    enum status status;
} marks[] = {
    {"[x]", STATUS_NOT_AVAILABLE},
    {"-", STATUS_NOT_AVAILABLE},
    {"..", STATUS_NOT_AVAILABLE},
    {":", STATUS_NOT_AVAILABLE},
    {"NA", STATUS_NOT_AVAILABLE},
    {"N/A", STATUS_NOT_AVAILABLE},
    {"", STATUS_NOT_AVAILABLE},
    {"[c]", STATUS_CONFIDENTIAL},
    {"c", STATUS_CONFIDENTIAL},
    {"*", STATUS_CONFIDENTIAL},
    {"[z]", STATUS_NOT_APPLICABLE},
    {"z", STATUS_NOT_APPLICABLE},
    {"[low]", STATUS_LOW},
    {"[k]", STATUS_LOW},
    {"low", STATUS_LOW},
    {"~", STATUS_LOW},
    {"[u]", STATUS_UNRELIABLE},
    {"u", STATUS_UNRELIABLE},
    {"x", STATUS_UNRELIABLE},
};

bool status_of_mark(const char *text, size_t length, enum status *out) {
    while (length && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strlen(marks[i].text) != length || strncasecmp(marks[i].text, text, length) != 0) {
            continue;
        }
        *out = marks[i].status;
        return true;
    }
    return false;
}
