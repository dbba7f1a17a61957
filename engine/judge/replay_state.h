/* replay_state - private to judge/replay*.c: what they share. */
#ifndef JUDGE_REPLAY_STATE_H
#define JUDGE_REPLAY_STATE_H

#include "judge/approvals.h"
#include "judge/memory.h"
#include "judge/refs.h"
#include "judge/replay.h"
#include "ledger/table.h"

/* What the ledger has told so far of what was said about a request. */
struct told {
	uint64_t	*events;
	size_t		 count;
};

struct replay {
	const struct replay_terms *terms;
	struct memory		 memory;	/* of the events before */
	struct chain		*chain;		/* NULL: unknown */
	struct arena		*arena;		/* as long as the replay */
	struct table		 told;		/* request -> struct told */
	struct table		 attested;	/* request and artifact -> told:
						 * artifact.retrieved */
	uint64_t		 cancelled;	/* last request.cancelled */
	int64_t			 now;		/* when it was decided, in ms */
	struct arena		*scratch;	/* of one event */
	enum replay_verdict	 verdict;	/* of it, and why */
	struct buf		 why;
	const struct err_row	*cause;		/* of trouble; or NULL */
};

/* replay_note gives a verdict with its reason, unless there is a worse one. */
void	replay_note(struct replay *, enum replay_verdict, const char *fmt, ...)
	    PRINTF(3, 4);

/*
 * replay_trouble: what could not be read makes the verdict UNKNOWN; what stops
 * the machine is the error.
 */
bool	replay_trouble(struct replay *, const struct err *why, struct err *)
	    MUST_USE;

/* replay_time takes the time that an event says it was decided for. */
void	replay_time(struct replay *, const struct event *, struct span said);

/* replay_evidence brings an event's signed objects among the objects. */
bool	replay_evidence(struct replay *, const struct event *, struct err *)
	    MUST_USE;

/* replay_in_force: does an event rest on the state that is in force? */
bool	replay_in_force(struct replay *, const struct event *);

/* replay_rests: the same, and it cites that commit of the config repo. */
bool	replay_rests(struct replay *, const struct event *);

/*
 * replay_same notes each member (a text or an integer) that an event has
 * another value of than what was made again.
 */
bool	replay_same(struct replay *, const struct event *,
	    const struct json *again, struct err *) MUST_USE;

/*
 * replay_refusals compares the codes of unmet findings with those that an
 * event has: an event holds as many as fit.
 */
void	replay_refusals(struct replay *, const struct event *,
	    const struct decision *);

/* What a release is judged by, besides its object. */
struct replay_release {
	struct span		project, ref;
	struct object_id	object;
	struct span		seen_object;	/* hex; or empty */
	int64_t			seen;
	struct span		asked;		/* or empty */
	bool			attested;	/* provenance is judged, too */
	struct provenance_fact	*provenance;
	size_t			provenance_count;
};

/*
 * replay_judge judges a release by the state in force; *done is false where it
 * cannot be told. *apart: nobody looked at the history behind it.
 */
bool	replay_judge(struct replay *, const struct replay_release *,
	    struct release *, struct decision *, bool *done, bool *apart,
	    struct err *) MUST_USE;

/* What the ledger tells of one statement. */
struct statement_told {
	struct span		payload;	/* SHA-256, hex */
	struct span		person;		/* slug; or empty */
	struct object_id	object;		/* that carries it */
	struct object_id	signature;	/* of a detached one */
	bool			found;
};

/* The statements about one request, as far as they were told. */
struct hearing {
	struct replay			*replay;
	const struct fold_request	*request;
	struct statement_told		*told;
	size_t				 count;
	struct approval_list		 list;
};

/*
 * replay_hear gathers what the ledger told until now of what was said about a
 * request, and what the event tells that is judged (or NULL), at a time in ms.
 * Zero-initialise all but replay and request.
 */
bool	replay_hear(struct hearing *, const struct event *, int64_t now,
	    struct err *) MUST_USE;

/*
 * replay_told_last: which of the statements about the request is the last one
 * that was told; -1: none is.
 */
long	replay_told_last(struct hearing *);

/* A slug as the ledger writes it: "person/alice". */
struct span	replay_slug(struct span name);

/* One decision of a kind. */
bool	replay_certificate(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_removed(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_expiring(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_declared(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_retired(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_created(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_refused(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_said(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_ended(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_authorised(struct replay *, const struct event *, struct err *)
	    MUST_USE;
bool	replay_cancelled(struct replay *, const struct event *, struct err *)
	    MUST_USE;

/* replay_asked reads request.created of a request: the caller releases. */
bool	replay_asked(struct replay *, const struct fold_request *,
	    struct buf *bytes, struct json **, struct event *, struct err *)
	    MUST_USE;

/*
 * replay_again judges the release of a request once more, by the state in
 * force; as above.
 */
bool	replay_again(struct replay *, const struct fold_request *,
	    struct release *, struct decision *, bool *done, bool *apart,
	    struct err *) MUST_USE;

#endif
