/* The commands that run one role each. */
#include "services/bus/process.h"
#include "services/cli/command.h"
#include "services/cli/owner.h"
#include "services/comparison/comparison.h"
#include "services/hub/run.h"
#include "services/ingestion/ingestion.h"
#include "services/publishing/publishing.h"
#include "services/scoring/scoring.h"

#include <stdlib.h>

/* The signals' descriptor; -1: a message was printed. `config` becomes the role's own, which may
 * change as it runs. */
static int start(const char *role, const struct command_line *line, struct config *config) {
    struct fault fault = {0};
    if (!owner_may_write(&line->places))
        return -1;
    int signals = process_start(role, line->supervised, &fault);
    *config = line->config;
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
    int signals = start("scoring", line, &config);
    return signals < 0 ? EXIT_FAILED : scoring_run(&line->places, &config, signals);
}

int comparison_command(const struct command_line *line) {
    struct config config;
    int signals = start("comparison", line, &config);
    return signals < 0 ? EXIT_FAILED : comparison_run(&line->places, &config, signals);
}

int publishing_command(const struct command_line *line) {
    struct config config;
    int signals = start("publishing", line, &config);
    const char *boundaries = *config.places.boundaries ? config.places.boundaries : NULL;
    return signals < 0 ? EXIT_FAILED : publishing_run(&line->places, &config, boundaries, signals);
}
