/* A first description, drafted from a publisher's file. */
#ifndef CORE_GUESS_H
#define CORE_GUESS_H

#include "core/publication.h"

#include <stdio.h>

/* Writes YAML that, given back as a description, reads the file. What could not be told from the
 * file is marked with comments. False: the fault says what was looked for and not found. */
bool guess_description(struct publication *publication, FILE *out, struct fault *fault);

#endif
