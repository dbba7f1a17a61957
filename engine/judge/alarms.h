/*
 * alarms - those that stop signing, until administrators have seen them.
 *
 *	found -> stop file -> alarm.raised -> file of the config repo
 *		 (its state folder)  (severity stop)	-> alarm.acknowledged
 *
 * What a host did to the ledger cannot be written into it at once, and must not
 * be forgotten when the host is mended: a file keeps it until the ledger has
 * it. From then on the fold refuses request.authorised and keys.intended, for
 * all engines, until a commit of the config repo that was accepted brings a
 * file below alarms/acknowledged/ that names the alarm's event.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_ALARMS_H
#define JUDGE_ALARMS_H

#include "judge/desk.h"

/*
 * alarms_keep writes the stop file for an alarm of the ledger, unless one is
 * there; it fits record_terms.alarmed. false: it could not, and logs why.
 */
bool	alarms_keep(void *desk, struct ledger *, const struct err *);

/* alarms_tell writes alarm.raised for what the stop file keeps. */
bool	alarms_tell(struct desk *, struct err *) MUST_USE;

/*
 * stop_raise says what must not happen and stops signing; once, while an alarm
 * of these words is open.
 */
bool	stop_raise(struct desk *, const char *code, struct span text,
	    struct err *) MUST_USE;

/*
 * alarms_acknowledge puts alarm.acknowledged aside for each open alarm that
 * commits name which were just accepted.
 */
bool	alarms_acknowledge(struct desk *, const struct chain_verdict *,
	    size_t count, struct err *) MUST_USE;

/*
 * alarms_may_sign: none stops it. Error: ALARM-OPEN. alarms_missing is what a
 * request waits for then, in words that stay the same; NULL: nothing.
 */
bool	alarms_may_sign(const struct desk *, struct err *) MUST_USE;
struct json *alarms_missing(const struct desk *);

#endif
