/* Studies from the command line: made, computed here or by the service's workers, printed. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "services/bus/study.h"
#include "services/cli/batch_source.h"

/* A study of the source, as the command line says; what it points to lies in the source. An exit
 * status. */
int batch_study(struct batch_source *source, enum study_kind kind, const struct command_line *line,
                Study *study);

/* Whether an argument of a what-if is a definition, and no release. */
bool batch_is_definition(const char *path);

/* Computes the study here, keeps the result where the command line says so, and prints it. An exit
 * status. */
int batch_compute(struct batch_source *source, const struct command_line *line, const Study *study);

#endif
