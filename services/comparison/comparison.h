/* The comparison role: an edition's need beside public spending. Stateless. */
#ifndef COMPARISON_COMPARISON_H
#define COMPARISON_COMPARISON_H

/* Works until SIGINT or SIGTERM. Returns an exit status. */
int comparison_run(const char *hub, int signals);

#endif
