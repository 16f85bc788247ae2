/* What went wrong since the hub's start: how often, by whose doing, and the last of it. For people
 * and monitors; the whole of it is in the log. */
#include "core/utf8.h"
#include "services/bus/clock.h"
#include "services/hub/hub.h"

#include <string.h>

static uint64_t *count_of(struct errors *errors, const char *role) {
    for (int kind = 0; kind < JOB_STUDY; kind++) { /* studies are the scoring role's, too */
        if (strcmp(job_role((enum job_kind)kind), role) == 0)
            return &errors->of_role[kind];
    }
    return &errors->of_hub;
}

void errors_note(struct hub *hub, const char *role, const char *request_id, const char *text) {
    struct errors *errors = &hub->errors;
    ++*count_of(errors, role);
    errors->time_ms = clock_wall_ms();
    errors->role = role;
    utf8_copy(errors->text, sizeof errors->text, text);
    (void)snprintf(errors->request_id, sizeof errors->request_id, "%s",
                   request_id ? request_id : "");
}

bool errors_status(const struct hub *hub, struct arena *arena, StatusReport *status) {
    const struct errors *errors = &hub->errors;
    for (size_t i = 0; i < status->n_roles; i++) {
        status->roles[i]->has_errors = true;
        status->roles[i]->errors = errors->of_role[i];
    }
    status->has_errors = true;
    status->errors = errors->of_hub;
    if (!errors->time_ms)
        return true;
    ErrorStatus *last = arena_alloc(arena, 1, sizeof *last);
    if (!last)
        return false;
    mindex__v1__error_status__init(last);
    last->time_ms = errors->time_ms;
    last->role = (char *)errors->role;
    /* As the list of tasks, it may name files and releases that are not public yet. */
    bool told = (hub->roles & ROLES_HELD) != 0;
    last->text = told ? (char *)errors->text : "not told to readers";
    last->request_id = told && errors->request_id[0] ? (char *)errors->request_id : NULL;
    status->last_error = last;
    return true;
}
