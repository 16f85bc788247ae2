/* The commands that run one role each. */
#include "services/bus/process.h"
#include "services/cli/command.h"
#include "services/comparison/comparison.h"
#include "services/hub/run.h"
#include "services/ingestion/ingestion.h"
#include "services/publishing/publishing.h"
#include "services/scoring/scoring.h"

#include <stdlib.h>

enum { IDLE_SECONDS_MAX = 30 * 86400 };

/* The signals' descriptor; -1: a message was printed. */
static int start(const char *role, const struct command_line *line, struct config *config) {
    struct fault fault = {0};
    if (!command_config(line, config))
        return -1;
    int signals = process_start(role, line->supervised, &fault);
    if (signals >= 0 && make_folder(line->places.state, &fault))
        return signals;
    (void)command_failed(0, "%s", fault.text);
    return -1;
}

int hub_command(const struct command_line *line) {
    struct config config;
    int signals = start("hub", line, &config);
    return signals < 0 ? EXIT_FAILED : hub_run(&line->places, &config, signals);
}

int ingestion_command(const struct command_line *line) {
    struct config config;
    int signals = start("ingestion", line, &config);
    return signals < 0 ? EXIT_FAILED : ingestion_run(&line->places, &config, signals);
}

int scoring_command(const struct command_line *line) {
    struct config config;
    if (line->idle > IDLE_SECONDS_MAX)
        return command_failed(EXIT_USAGE, "--idle takes up to %d seconds", IDLE_SECONDS_MAX);
    int signals = start("scoring", line, &config);
    return signals < 0 ? EXIT_FAILED
                       : scoring_run(&line->places, (int64_t)line->idle * 1000, signals);
}

int comparison_command(const struct command_line *line) {
    struct config config;
    int signals = start("comparison", line, &config);
    return signals < 0 ? EXIT_FAILED : comparison_run(&line->places, signals);
}

int publishing_command(const struct command_line *line) {
    struct config config;
    int signals = start("publishing", line, &config);
    return signals < 0 ? EXIT_FAILED
                       : publishing_run(&line->places, &config, line->boundaries, signals);
}
