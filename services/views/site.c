#include "services/views/site.h"

#include "services/views/api.h"
#include "services/views/feeds.h"
#include "services/views/pages.h"
#include "services/views/sheet.h"

#include <stdlib.h>
#include <string.h>

const struct route site_routes[] = {
    /* clang-format off: a row each */
    {"/", page_home},
    {"/search", page_search},
    {"/places/{code}", page_place},
    {"/places/{code}/print", page_place_print},
    {"/league", page_league},
    {"/league.csv", page_league_file},
    {"/league.xlsx", page_league_file},
    {"/league.json", page_league_file},
    {"/league.geojson", page_league_file},
    {"/map", page_map},
    {"/metrics-table", page_metrics},
    {"/metrics-table.csv", page_metrics_file},
    {"/metrics-table.xlsx", page_metrics_file},
    {"/metrics-table.json", page_metrics_file},
    {"/method", page_method},
    {"/editions", page_editions},
    {"/api/v1", api_index},
    {"/api/v1/openapi.json", api_openapi},
    {"/api/v1/areas", api_areas},
    {"/api/v1/areas/{code}", api_area},
    {"/api/v1/areas/{code}/history", api_history},
    {"/api/v1/missions", api_missions},
    {"/api/v1/metrics", api_metrics},
    {"/api/v1/releases", api_releases},
    {"/api/v1/editions", api_editions},
    {"/api/v1/editions/{edition}", api_edition},
    {"/api/v1/editions/{edition}/areas/{code}", api_profile},
    {"/api/v1/editions/{edition}/ranks", api_ranks},
    {"/api/v1/editions/{edition}/metrics", api_figures},
    {"/api/v1/editions/{edition}/changes", api_changes},
    {"/api/v1/editions/{edition}/explanations", api_explanations},
    {"/api/v1/editions/{edition}/spend", api_spend},
    {"/api/v1/editions/{edition}/releases", api_edition_releases},
    {"/api/v1/editions/{edition}/uncertainty", api_uncertainty},
    {"/api/v1/events", api_events},
    {"/api/v1/events/stream", api_stream_filter},
    {"/feeds/places/{code}.atom", feed_place},
    {"/feeds/missions/{id}.atom", feed_mission},
    {"/feeds/releases.atom", feed_releases},
    {"/changes", page_changes},
    {"/spend", page_spend},
    {"/spend.csv", page_spend_file},
    {"/spend.xlsx", page_spend_file},
    {"/spend.json", page_spend_file},
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

/* The route of a path that is so long; NULL: none. */
static const struct route *find_route(const char *path,
                                      char captured[CAPTURES_MAX][CAPTURED_TEXT]) {
    for (size_t i = 0; i < site_n_routes; i++) {
        memset(captured, 0, CAPTURES_MAX * sizeof *captured);
        if (matches(site_routes[i].pattern, path, captured))
            return &site_routes[i];
    }
    return NULL;
}

/* A table's path may end in the format that it is wanted in. */
static const struct route *find_table(const char *path,
                                      char captured[CAPTURES_MAX][CAPTURED_TEXT]) {
    size_t ending = strncmp(path, "/api/", 5) == 0 ? sheet_ending(path) : 0;
    char *plain = ending ? strndup(path, strlen(path) - ending) : NULL;
    const struct route *route = plain ? find_route(plain, captured) : NULL;
    free(plain);
    return route;
}

void site_answer(struct viewer *viewer, struct request *request, struct answer *answer) {
    char captured[CAPTURES_MAX][CAPTURED_TEXT];
    viewer_turn(viewer);
    const struct route *route = find_table(request->path, captured);
    if (!route)
        route = find_route(request->path, captured);
    if (!route) {
        answer_problem(answer, request, 404, "there is nothing at %s", request->path);
        return;
    }
    for (size_t k = 0; k < CAPTURES_MAX; k++)
        request->captured[k] = captured[k];
    route->answer(viewer, request, answer);
}
