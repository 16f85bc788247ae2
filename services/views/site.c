#include "services/views/site.h"

#include "services/views/pages.h"

#include <string.h>

const struct route site_routes[] = {
    /* clang-format off: a row each */
    {"/", page_home},
    {"/search", page_search},
    {"/league", page_league},
    {"/league.csv", page_league_file},
    {"/league.xlsx", page_league_file},
    {"/league.json", page_league_file},
    {"/map", page_map},
    {NULL, NULL}, /* the last */
    /* clang-format on */
};
const size_t site_n_routes = sizeof site_routes / sizeof *site_routes - 1;

enum { CAPTURED_TEXT = 256 };

/* Whether the path is the pattern's, with what stands for its {} in `captured`. */
static bool matches(const char *pattern, const char *path,
                    char captured[CAPTURES_MAX][CAPTURED_TEXT]) {
    size_t n = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        pattern = strchr(pattern, '}') + 1;
        size_t length = *pattern && *pattern != '/' ? 0 : strcspn(path, "/");
        if (*pattern && *pattern != '/') { /* "{place}.atom": up to what follows */
            const char *end = strstr(path, pattern);
            length = end ? (size_t)(end - path) : 0;
        }
        if (length == 0 || length >= CAPTURED_TEXT || n == CAPTURES_MAX ||
            memchr(path, '/', length))
            return false;
        memcpy(captured[n], path, length);
        captured[n++][length] = '\0';
        path += length;
    }
    return *path == '\0';
}

void site_answer(struct viewer *viewer, struct request *request, struct answer *answer) {
    char captured[CAPTURES_MAX][CAPTURED_TEXT] = {{0}};
    viewer_turn(viewer);
    for (size_t i = 0; i < site_n_routes; i++) {
        if (!matches(site_routes[i].pattern, request->path, captured))
            continue;
        for (size_t k = 0; k < CAPTURES_MAX; k++)
            request->captured[k] = captured[k];
        site_routes[i].answer(viewer, request, answer);
        return;
    }
    answer_problem(answer, request, 404, "there is nothing at %s", request->path);
}
