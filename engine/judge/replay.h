/*
 * replay - the decisions of a ledger, made again from what they rested on.
 *
 * The judge decides by policy/, and policy/ is pure: the same facts give the
 * same decision years later. Here the facts come from the ledger (signed
 * objects that it keeps as evidence, and when each was first seen) and from
 * clones: the config repo, without which nothing can be decided again, and the
 * projects' repositories, for rules about the history behind a release.
 *
 * Events are taken in their order: what was in force when one was written is
 * what the events before it made.
 */
#ifndef JUDGE_REPLAY_H
#define JUDGE_REPLAY_H

#include "judge/recovery.h"
#include "judge/signers.h"

enum replay_verdict {
	REPLAY_SAME,		/* made again, it is the same */
	REPLAY_PARTLY,		/* as far as it can be told from here */
	REPLAY_UNKNOWN,		/* what it rests on is not here */
	REPLAY_DIFFERENT,
	REPLAY_VERDICTS
};

/* replay_verdict_name gives "same", "partly", "unknown", "different". */
const char *replay_verdict_name(enum replay_verdict);

/* What became of one event. */
struct replayed {
	uint64_t		 n;
	const struct event_type	*type;
	struct span		 about;		/* request, commit; or empty */
	enum replay_verdict	 verdict;
	const char		*why;		/* "" of the same */
};

struct replay_terms {
	struct ledger			*ledger;	/* verified */
	/*
	 * repository_memory that borrows from the config repo and from the
	 * projects' repositories: evidence is added to it, and taken out.
	 */
	struct repository		*objects;
	const struct ref		*branches;	/* of projects */
	size_t				 branch_count;
	const struct verifier_source	*source;
	const struct chain_pin		*root;		/* that is pinned; or
							 * NULL */
	const struct recovery_trust	*recovery;	/* or NULL: no keys */
	void	(*tell)(void *arg, const struct replayed *);
	void	*arg;
};

struct replay_sum {
	uint64_t	counts[REPLAY_VERDICTS];
};

/*
 * replay_run tells of each event that is a decision, in their order. What
 * differs is no error; errors are what stops the machine, or a ledger that is
 * not sound.
 */
bool	replay_run(const struct replay_terms *, struct replay_sum *,
	    struct err *) MUST_USE;

#endif
