/* What the hub takes from clients and workers, beyond that it is a message: lengths, names and
 * numbers that could be. A worker may be broken, or of another version; nothing of it that the
 * service could not use afterwards may come into the database. */
#ifndef HUB_CHECK_H
#define HUB_CHECK_H

#include "services/hub/hub.h"

enum {
    NAME_BYTES_MAX = 200,  /* of an id, a label */
    PATH_BYTES_MAX = 4000, /* of a file's name, a folder */
};

/* A fault names what is wrong with it, for the client. */
bool check_hand_in(const HandIn *hand_in, struct fault *fault);

/* The result of a hand-in, of a pack or of none: its releases are of the definition and the
 * geography that they would be used with. */
bool check_read(struct hub *hub, bool of_pack, const ReadResult *read, struct fault *fault);

/* The scores are of the order's pack and inputs. */
bool check_scores(const ScoreTask *order, const EditionScores *scores, struct fault *fault);

/* The study could be one, and all that it names is there and public. */
bool check_study(struct hub *hub, const Study *study, struct fault *fault);
/* The piece is of the items that the job was about; the result is of its study. */
bool check_piece(const struct job *job, const StudyPiece *piece, struct fault *fault);
bool check_study_result(const struct job *job, const StudyResult *result, struct fault *fault);

/* A subscription that somebody asks for; what the publishing role says of one that there is. */
bool check_subscription(const Subscription *subscription, struct fault *fault);
bool check_deliveries(const DeliveriesMade *made, uint64_t newest, struct fault *fault);

bool check_published(const Published *published, struct fault *fault);

#endif
