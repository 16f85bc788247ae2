/* Short names for the generated protobuf-c types, which carry their package in every name. */
#ifndef BUS_MESSAGES_H
#define BUS_MESSAGES_H

#include "proto/batch.pb-c.h"
#include "proto/bus.pb-c.h"
#include "proto/channels.pb-c.h"
#include "proto/events.pb-c.h"
#include "proto/index.pb-c.h"

typedef Mindex__V1__Alternative Alternative;
typedef Mindex__V1__AlternativeResult AlternativeResult;
typedef Mindex__V1__Blob Blob;
typedef Mindex__V1__Cause Cause;
typedef Mindex__V1__ChangeSubscription ChangeSubscription;
typedef Mindex__V1__CompareTask CompareTask;
typedef Mindex__V1__Comparison Comparison;
typedef Mindex__V1__Correlation Correlation;
typedef Mindex__V1__Deliveries Deliveries;
typedef Mindex__V1__DeliveriesMade DeliveriesMade;
typedef Mindex__V1__DeliveriesWanted DeliveriesWanted;
typedef Mindex__V1__Delivery Delivery;
typedef Mindex__V1__Difference Difference;
typedef Mindex__V1__EditionInfo EditionInfo;
typedef Mindex__V1__EditionRetired EditionRetired;
typedef Mindex__V1__EditionScores EditionScores;
typedef Mindex__V1__Editions Editions;
typedef Mindex__V1__ErrorStatus ErrorStatus;
typedef Mindex__V1__Event Event;
typedef Mindex__V1__Events Events;
typedef Mindex__V1__EventsWanted EventsWanted;
typedef Mindex__V1__File File;
typedef Mindex__V1__Filter Filter;
typedef Mindex__V1__GridPoint GridPoint;
typedef Mindex__V1__HandIn HandIn;
typedef Mindex__V1__Heartbeat Heartbeat;
typedef Mindex__V1__Histogram Histogram;
typedef Mindex__V1__Input Input;
typedef Mindex__V1__Insight Insight;
typedef Mindex__V1__ItemRanks ItemRanks;
typedef Mindex__V1__JobInfo JobInfo;
typedef Mindex__V1__Message Message;
typedef Mindex__V1__NodeScores NodeScores;
typedef Mindex__V1__NodeSpread NodeSpread;
typedef Mindex__V1__Observations Observations;
typedef Mindex__V1__Pack Pack;
typedef Mindex__V1__Problem Problem;
typedef Mindex__V1__ProblemKind ProblemKind;
typedef Mindex__V1__PublishTask PublishTask;
typedef Mindex__V1__Published Published;
typedef Mindex__V1__RankChanged RankChanged;
typedef Mindex__V1__ReadRelease ReadRelease;
typedef Mindex__V1__ReadResult ReadResult;
typedef Mindex__V1__ReadTask ReadTask;
typedef Mindex__V1__Reason Reason;
typedef Mindex__V1__Receipt Receipt;
typedef Mindex__V1__ReceivedRelease ReceivedRelease;
typedef Mindex__V1__Refusal Refusal;
typedef Mindex__V1__RegionCount RegionCount;
typedef Mindex__V1__ReleaseInfo ReleaseInfo;
typedef Mindex__V1__Releases Releases;
typedef Mindex__V1__Resend Resend;
typedef Mindex__V1__RetireEdition RetireEdition;
typedef Mindex__V1__RoleStatus RoleStatus;
typedef Mindex__V1__ScoreTask ScoreTask;
typedef Mindex__V1__SensitivityIndex SensitivityIndex;
typedef Mindex__V1__SensitivityResult SensitivityResult;
typedef Mindex__V1__SpendRow SpendRow;
typedef Mindex__V1__Status StatusReport;
typedef Mindex__V1__Study Study;
typedef Mindex__V1__StudyPiece StudyPiece;
typedef Mindex__V1__StudyResult StudyResult;
typedef Mindex__V1__StudyTask StudyTask;
typedef Mindex__V1__Subscribe Subscribe;
typedef Mindex__V1__SubscriberStatus SubscriberStatus;
typedef Mindex__V1__Subscription Subscription;
typedef Mindex__V1__Subscriptions Subscriptions;
typedef Mindex__V1__SubscriptionsWanted SubscriptionsWanted;
typedef Mindex__V1__Task Task;
typedef Mindex__V1__TaskDone TaskDone;
typedef Mindex__V1__Told Told;
typedef Mindex__V1__Treatment Treatment;
typedef Mindex__V1__Trial Trial;
typedef Mindex__V1__ValueChange ValueChange;
typedef Mindex__V1__WarningCount WarningCount;
typedef Mindex__V1__Warnings Warnings;
typedef Mindex__V1__Withdrawn Withdrawn;
typedef Mindex__V1__WorkerStatus WorkerStatus;

#endif
