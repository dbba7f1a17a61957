/* types - members that the tables of types*.c share; private to ledger/. */
#ifndef LEDGER_TYPES_H
#define LEDGER_TYPES_H

#include "ledger/events.h"

#define END	{ 0 }
#define MUST	true
#define MAY	false
#define REASON	{ "reason", MEMBER_TEXT, MUST, "why", 0 }

extern const struct event_member event_finding_members[];

/* types_keys.c: of key.*, certificate.* and alarm.* */
extern const struct event_member event_ceremony_members[];
extern const struct event_member event_checked_members[];
extern const struct event_member event_certificate_members[];
extern const struct event_member event_certificate_changed_members[];
extern const struct event_member event_certificate_removed_members[];
extern const struct event_member event_certificate_revoked_members[];
extern const struct event_member event_expiring_members[];
extern const struct event_member event_distrusted_members[];
extern const struct event_member event_raised_members[];
extern const struct event_member event_acknowledged_members[];

#endif
