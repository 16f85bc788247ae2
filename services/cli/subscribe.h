/* How subscriptions and their deliveries are shown. */
#ifndef CLI_SUBSCRIBE_H
#define CLI_SUBSCRIBE_H

#include "services/cli/session.h"

/* Each prints, and returns an exit status. */
int subscriptions_print(const struct command_line *line, const Subscriptions *subscriptions);
/* One of them, in lines; --csv as above, --json as an object, with its secret if it has one. */
int subscription_print(const struct command_line *line, const Subscription *of, uint64_t newest);
int deliveries_print(const struct command_line *line, const Deliveries *deliveries);

#endif
