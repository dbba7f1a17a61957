/*
 * fold - what is so, after all that was said: the state of each request, the
 * refs seen, open intents, alarms. Pure: events in, state out; the same events
 * give the same state on every machine.
 *
 *	created -> waiting -> authorised -> signing -> verified -> published
 *	   |          |                        ^  |                    |
 *	   |          |     (nothing came of   |  |                completed
 *	   |          |      it: once more)    +--+
 *	   +----------+--> refused, denied, expired, cancelled
 *	   any of these but the last ones --> failed
 *
 * While an alarm stops signing, nothing is authorised and no key use begins;
 * what was begun is recorded. An event that cannot follow from those before it
 * is ERR_LEDGER_STATE.
 */
#ifndef LEDGER_FOLD_H
#define LEDGER_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/events.h"

/* How often a request may be authorised: once, and anew after key uses that
 * a crash hid, or of which nothing came. */
#define REQUEST_ATTEMPTS	3

enum request_state {
	REQUEST_CREATED,
	REQUEST_WAITING,
	REQUEST_AUTHORISED,
	REQUEST_SIGNING,
	REQUEST_VERIFIED,
	REQUEST_PUBLISHED,
	REQUEST_COMPLETED,
	REQUEST_REFUSED,
	REQUEST_DENIED,
	REQUEST_EXPIRED,
	REQUEST_CANCELLED,
	REQUEST_FAILED,
	REQUEST_STATES
};

const char	*request_state_name(enum request_state);
/* Nothing can follow any more. */
bool		 request_state_final(enum request_state);

struct fold_approval {
	struct span	person;
	struct span	statement;	/* SHA-256 of its payload, hex */
	uint64_t	n;		/* of approval.counted */
	int64_t		expires;	/* milliseconds; 0: never */
	bool		withdrawn;
};

enum intent_state { INTENT_OPEN, INTENT_USED, INTENT_UNKNOWN };

struct fold_intent {
	uint64_t		n;	/* of keys.intended */
	uint64_t		level;
	uint64_t		count;
	uint64_t		attempt;
	uint64_t		signer_count;	/* before it */
	int64_t			at;		/* milliseconds */
	enum intent_state	state;
};

struct fold_artifact {
	struct span	name;
	struct span	sha256;		/* of the result, hex */
	uint64_t	verified;	/* number of artifact.verified */
	uint64_t	signatures;	/* accounted for in it */
	bool		published;
};

struct fold_request {
	struct span		 id;		/* "sr-..." */
	enum request_state	 state;
	uint64_t		 created;	/* number of request.created */
	uint64_t		 last;		/* number of its last event */
	int64_t			 last_at;	/* milliseconds */
	struct span		 project, policy, repo, ref, tag_id;
	struct span		 payload;	/* SHA-256 of what was signed,
						 * hex */
	int64_t			 expires;	/* milliseconds */
	uint64_t		 waiting;	/* number of the last
						 * request.waiting; 0: none */
	size_t			 resolved;	/* artifact.resolved so far */
	uint64_t		 attempt;	/* 0: never authorised */
	uint64_t		 authorised;	/* of the last decision */
	struct span		 engine;	/* whose decision it was */
	struct span		 spki_sha256;	/* key of that decision, hex */
	struct span		 certificate;	/* of that decision */
	size_t			 inputs;	/* artifacts asked for */
	uint64_t		 attempt_made;	/* signatures of that attempt */
	uint64_t		 signatures_max;
	uint64_t		 signatures;	/* made, known */
	uint64_t		 signatures_failed;	/* asked for in vain */
	uint64_t		 signatures_unknown;
	struct fold_approval	*approvals;
	size_t			 approval_count;
	struct fold_intent	*intents;
	size_t			 intent_count;
	struct fold_artifact	*artifacts;	/* verified ones */
	size_t			 artifact_count;
};

/* What a request has spent of its signatures_max: made, failed, unknown. */
uint64_t	 fold_key_spent(const struct fold_request *);

struct fold_ref {
	struct span	project, repo, ref;
	struct span	object_id;	/* hex, as last told */
	struct span	first_id;	/* hex, as first seen */
	uint64_t	seen;		/* number of ref.seen */
	uint64_t	refused_by;	/* last request.refused; 0: none */
	bool		refused;
	bool		moved;		/* changed since it was seen */
	bool		deleted;
};

struct fold_alarm {
	struct span	code;
	struct span	text;
	uint64_t	n;		/* of alarm.raised */
	int64_t		at;		/* milliseconds */
	bool		stops;		/* keys, while it is open */
	bool		acknowledged;
};

/* The chain of the config repo went on from another commit. */
struct fold_recovery {
	uint64_t	n;		/* number of config.recovered */
	int64_t		seen;		/* when it was judged, in ms */
	uint64_t	epoch;
	struct span	engine;		/* UUID: who says so */
	struct span	leaves;		/* hex */
	struct span	commit;		/* hex */
	struct span	statement;	/* SHA-256 of its blob, hex */
};

struct fold;

struct fold	*fold_new(void);
void		 fold_free(struct fold *);
DEFINE_CLEANUP(struct fold, fold_done, fold_free);

/*
 * fold_branch is a fold that goes on from another one, to see what would be.
 * It knows only what its events concern: size, requests, refs and alarms are
 * looked up for the rules, but it cannot be listed. The trunk, no branch
 * itself, must outlive it and take no event meanwhile. The caller frees *out.
 */
bool		 fold_branch(const struct fold *trunk, struct fold **out,
		    struct err *) MUST_USE;

/*
 * fold_event takes the next event; it fits struct ledger_reader. A fold that
 * refused an event is of no more use: the ledger is unsound from there on.
 */
bool	fold_event(void *fold, const struct event *, struct err *) MUST_USE;

uint64_t	 fold_size(const struct fold *);	/* events taken */
/*
 * fold_pass goes on at event n, past what was refused or not read: for who
 * wants to know what else is wrong. Such a fold is of no other use.
 */
void		 fold_pass(struct fold *, uint64_t n);
/*
 * fold_write appends a fold, no branch, as bytes; fold_read makes it again, or
 * gives false: they are none. The caller frees *out.
 */
void		 fold_write(const struct fold *, struct buf *out);
bool		 fold_read(struct reader *, struct fold **out) MUST_USE;
/* Requests and refs in the order of their first event; NULL past the last. */
const struct fold_request *fold_request_at(const struct fold *, size_t);
const struct fold_ref	  *fold_ref_at(const struct fold *, size_t);
const struct fold_alarm	  *fold_alarm_at(const struct fold *, size_t);
/* By the whole id; NULL: there is none. */
const struct fold_request *fold_request(const struct fold *, struct span id);
/*
 * fold_asked gives the last request of a project for what a person signed (the
 * SHA-256 of its payload, hex), by whatever ref; NULL: none. A second one can
 * only follow one that ended before anybody could use a key for it.
 */
const struct fold_request *fold_asked(const struct fold *,
		    struct span project, struct span payload);
/* fold_refused: this payload was refused before under this ref. */
bool		 fold_refused(const struct fold *, struct span project,
		    struct span ref, struct span payload);
/*
 * By a prefix of at least "sr-" and 4 digits, for read-only commands; NULL:
 * none, or several (then *several is set).
 */
const struct fold_request *fold_request_prefix(const struct fold *,
		    struct span prefix, bool *several);
const struct fold_ref	  *fold_ref(const struct fold *, struct span project,
		    struct span ref);
/* The state of the config repo in force, hex; empty: none yet. */
struct span	 fold_config_commit(const struct fold *);
struct span	 fold_config_manifest(const struct fold *);
/* Recoveries in order; NULL past the last. */
const struct fold_recovery *fold_recovery_at(const struct fold *, size_t);
/* The epoch of the last one; 0: there was none. */
uint64_t	 fold_epoch(const struct fold *);
/*
 * fold_certificate_uses counts the signatures of a certificate (by slug) that
 * keys.intended told of since a time (ms), and those that were authorised and
 * may still be told of. Of one request, which is to be authorised (anew), what
 * is authorised does not count. Not of a branch.
 */
uint64_t	 fold_certificate_uses(const struct fold *,
		    struct span certificate, int64_t since,
		    const struct fold_request *anew);
/* Key uses of all requests; open intents are those that a crash left. */
uint64_t	 fold_key_uses(const struct fold *);
size_t		 fold_open_intents(const struct fold *);
/* The time of the oldest one, ms; 0: none is open. */
int64_t		 fold_open_since(const struct fold *);
size_t		 fold_open_alarms(const struct fold *);
/* The alarm of event n; NULL: that is none. */
const struct fold_alarm	*fold_alarm(const struct fold *, uint64_t n);
/*
 * fold_stop is the oldest open alarm that keeps request.authorised and
 * keys.intended away; NULL: there is none.
 */
const struct fold_alarm	*fold_stop(const struct fold *);

#endif
