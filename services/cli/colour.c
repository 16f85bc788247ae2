#include "services/cli/colour.h"

#include "core/number.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool never;

void colour_never(void) {
    never = true;
}

static bool wanted(FILE *out) {
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return !never && !(none && *none) && term && *term && strcmp(term, "dumb") != 0 &&
           isatty(fileno(out));
}

/* The eight colours of old, as the terminal's owner has set them to be read. */
const char *colour(FILE *out, enum colour colour) {
    static const char *const begins[] = {
        [COLOUR_NONE] = "\x1b[0m",     [COLOUR_HEADING] = "\x1b[1m", [COLOUR_ERROR] = "\x1b[1;31m",
        [COLOUR_WARNING] = "\x1b[33m", [COLOUR_GOOD] = "\x1b[32m",   [COLOUR_MORE] = "\x1b[33m",
        [COLOUR_LESS] = "\x1b[36m",    [COLOUR_HIGH] = "\x1b[1;35m", [COLOUR_LOW] = "\x1b[36m",
    };
    return wanted(out) ? begins[colour] : "";
}

size_t colour_columns(FILE *out) {
    const char *given = getenv("COLUMNS");
    unsigned long columns = 0;
    struct winsize size = {0};
    if (!isatty(fileno(out)))
        return 0;
    if (given && number_whole(given, strlen(given), 1, 10000, &columns))
        return columns;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
