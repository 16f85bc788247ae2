/* What a hand-in would do, computed here from what it would be scored from: nothing is stored. */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include "services/bus/messages.h"
#include "services/cli/command.h"

/* Prints the rank changes that the trial's releases would make, those of spend, and what is
 * suspicious. Returns an exit status: EXIT_REFUSED where the warnings would keep them out. */
int trial_show(const struct command_line *line, const Trial *trial);

#endif
