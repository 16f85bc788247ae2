/* Results of studies as tables. */
#ifndef CLI_BATCH_TABLES_H
#define CLI_BATCH_TABLES_H

#include "services/bus/messages.h"
#include "services/cli/command.h"

/* A StudyResult from its bytes, checked so that it can be printed. It is freed with
 * mindex__v1__study_result__free_unpacked. NULL: it is none, and the fault says so. */
StudyResult *batch_result_read(const uint8_t *bytes, size_t length, const char *what,
                               struct fault *fault);

/* Whether --table names one that a study of weights has. An exit status. */
int batch_table_known(const struct command_line *line);

/* Prints it as the command line says. An exit status. */
int batch_result_print(const struct command_line *line, const StudyResult *result);

#endif
