/* What `mindex doctor` looks at, and what it finds. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "services/bus/config.h"
#include "services/cli/command.h"

enum finding {
    FINDING_OK,
    FINDING_WARNING, /* it works, but somebody should look at it */
    FINDING_PROBLEM, /* something does not work, or is not safe */
};

struct doctor {
    const struct command_line *line;
    const struct places *places;
    bool here;       /* the state folder is on this machine */
    long supervisor; /* process id of `mindex up`; 0: not seen */
    struct result {
        enum finding finding;
        const char *check, *advice; /* constants; advice NULL: none */
        char found[500];
    } * results;
    size_t n_results, room;
    bool no_memory;
};

/* Notes a result; `found` is printed. */
void doctor_note(struct doctor *doctor, enum finding finding, const char *check, const char *advice,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Files, processes and limits of this machine; then what the service answers. None waits for longer
 * than PATIENCE_MS at one thing. */
enum { PATIENCE_MS = 2500 };
void doctor_files(struct doctor *doctor);
void doctor_keys(struct doctor *doctor);
void doctor_units(struct doctor *doctor);
void doctor_system(struct doctor *doctor);
void doctor_service(struct doctor *doctor);
void doctor_stream(struct doctor *doctor, uint64_t newest_event);
void doctor_http(struct doctor *doctor);

#endif
