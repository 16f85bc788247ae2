/* The commands that run one role each. */
#include "services/bus/process.h"
#include "services/cli/command.h"
#include "services/comparison/comparison.h"
#include "services/hub/run.h"
#include "services/ingestion/ingestion.h"
#include "services/publishing/publishing.h"
#include "services/scoring/scoring.h"

#include <stdlib.h>

/* The signals' descriptor; -1: a message was printed. */
static int start(const char *role, const struct command_line *line) {
    struct fault fault = {0};
    int signals = process_start(role, line->supervised, &fault);
    if (signals >= 0 && make_folder(line->places.state, &fault))
        return signals;
    (void)command_failed(0, "%s", fault.text);
    return -1;
}

int hub_command(const struct command_line *line) {
    int signals = start("hub", line);
    return signals < 0 ? EXIT_FAILED : hub_run(&line->places, &line->config, signals);
}

int ingestion_command(const struct command_line *line) {
    int signals = start("ingestion", line);
    return signals < 0 ? EXIT_FAILED : ingestion_run(&line->places, &line->config, signals);
}

int scoring_command(const struct command_line *line) {
    int signals = start("scoring", line);
    return signals < 0 ? EXIT_FAILED
                       : scoring_run(&line->places, (int64_t)line->config.idle * 1000, signals);
}

int comparison_command(const struct command_line *line) {
    int signals = start("comparison", line);
    return signals < 0 ? EXIT_FAILED : comparison_run(&line->places, signals);
}

int publishing_command(const struct command_line *line) {
    const char *given = line->config.places.boundaries, *boundaries = *given ? given : NULL;
    int signals = start("publishing", line);
    return signals < 0 ? EXIT_FAILED
                       : publishing_run(&line->places, &line->config, boundaries, signals);
}
