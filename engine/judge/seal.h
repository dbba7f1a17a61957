/*
 * seal - one artifact through worker, key and timestamp authority.
 *
 * Level by level from the leaves: the worker says what is to be signed, the
 * caller has it signed (with the ledger's leave, or a local signer), the
 * courier brings the timestamps, the worker embeds both. Four round trips for
 * four levels, however many files there are.
 *
 * Includes: base, sys, wire, crypto.
 */
#ifndef JUDGE_SEAL_H
#define JUDGE_SEAL_H

#include "base/arena.h"
#include "judge/stamp_ask.h"
#include "sys/channel.h"
#include "wire/courier.h"
#include "wire/worker.h"

struct seal_progress {
	uint32_t	level;
	size_t		signatures;	/* got so far */
	size_t		timestamps;
};

/* Who signs, who watches. */
struct seal_hooks {
	/* resolved gets the worker's tree (wire); false ends it. NULL: any */
	bool	(*resolved)(void *arg, struct span tree, struct err *);

	/*
	 * sign fills in one value per item of the level, in the arena. In an
	 * engine it writes the intent first and records the result after.
	 */
	bool	(*sign)(void *arg, const struct level *, struct span *values,
		    struct arena *, struct err *);

	/*
	 * sealed is told what the worker took for a level: values, requests
	 * and replies of authorities. NULL: nobody asks.
	 */
	bool	(*sealed)(void *arg, const struct level *,
		    const struct sealed_item *, struct err *);

	/* progress may be NULL. */
	void	(*progress)(void *arg, const struct seal_progress *);

	/* passed: an authority was passed over, and why. NULL: nobody asks. */
	void	(*passed)(void *arg, struct span url, const struct err *);
	void	*arg;
};

struct seal_terms {
	struct channel	*worker;
	struct channel	*courier;	/* NULL: no timestamps are wanted */
	const struct stamp_authority *authorities; /* in order of preference;
					 * at most STAMP_AUTHORITIES */
	size_t		 authority_count;
	struct seal_hooks hooks;
	int64_t		 patience;	/* ms to wait for one answer */
	int64_t		 worker_patience; /* ms for the worker, in all */
	struct stamp_memory *memory;	/* of authorities, or NULL */
	struct stamp_policies policies;	/* of authorities */
};

/*
 * seal_run has a job done that signs (JOB_SIGN), or that only stamps
 * (JOB_STAMP: hooks.sign is not called). fds: as struct job says.
 * What is in *out lies in the arena. A worker that does not answer in time is
 * WORKER-LOST, one that says what it may not ARTIFACT-WIRE.
 */
bool	seal_run(const struct seal_terms *, const struct job *,
	    const int fds[JOB_FDS], struct arena *, struct job_result *out,
	    struct err *) MUST_USE;

/*
 * The same in steps, for whoever takes several artifacts through at once: the
 * worker of each works by itself, and what they wait for is got for many in
 * one go.
 *
 *	seal_begin(...);
 *	when the channel of a worker can be read: seal_hear(...)
 *	of those that are SEAL_WANTS, when none is SEAL_STAMPS: seal_serve(...)
 *	when the courier's channel can be read: seal_stamped(...)
 */
enum seal_state {
	SEAL_HEARS,	/* the worker works: it will be heard */
	SEAL_WANTS,	/* it waits for signatures or timestamps */
	SEAL_STAMPS,	/* the courier was asked for its timestamps */
	SEAL_DONE,	/* the result is there */
	SEAL_FAILED,	/* seal_failed says why */
};

struct sealing;

/*
 * seal_begin sends the job. *out lies in the arena; terms and *result must
 * outlive it.
 */
bool	seal_begin(const struct seal_terms *, const struct job *,
	    const int fds[JOB_FDS], struct arena *, struct job_result *result,
	    struct sealing **out, struct err *) MUST_USE;

/* seal_hear takes one message of the worker, and waits for it. */
enum seal_state	seal_hear(struct sealing *);
enum seal_state	seal_state(const struct sealing *);

/*
 * seal_serve signs for artifacts that are SEAL_WANTS (others are passed over),
 * whose terms name the same courier and authorities, and asks for timestamps.
 * After that each is SEAL_STAMPS, SEAL_HEARS if it wants none, or SEAL_FAILED.
 * When a key cannot be used for a reason of the system's (the token is gone),
 * those that come after stay SEAL_WANTS, as do those that are too many for one
 * question.
 */
void	seal_serve(struct sealing *const *, size_t count);

/*
 * seal_stamped takes the courier's answer, and waits for it until seal_due
 * (clock.h). The list holds all that are SEAL_STAMPS, in the order in which
 * they were served; others are passed over. After that each is SEAL_HEARS or
 * SEAL_FAILED.
 */
void	seal_stamped(struct sealing *const *, size_t count);
int64_t	seal_due(const struct sealing *);

/*
 * seal_failed gives false, and the error. seal_used: it has got a signature or
 * a timestamp, or has asked for one.
 */
bool	seal_failed(const struct sealing *, struct err *);
bool	seal_used(const struct sealing *);

/*
 * seal_reachable asks the authorities, each once at the most, to stamp a
 * number that means nothing: false if none answers. Who asks first uses no key
 * in vain.
 */
bool	seal_reachable(const struct seal_terms *, struct arena *,
	    struct err *) MUST_USE;

/* seal_ask has any other job done: one question, one answer. */
bool	seal_ask(struct channel *worker, const struct job *,
	    const int fds[JOB_FDS], int64_t patience, struct arena *,
	    struct job_result *out, struct err *) MUST_USE;

/*
 * seal_foresee begins a job of a checker before there is an output: it reads
 * the input, which nobody may change until seal_issued has said what was
 * issued, when the output is there, and has brought the answer. Until then the
 * checker's scratch file must be its own.
 */
bool	seal_foresee(struct channel *checker, const struct job *,
	    const int fds[JOB_FDS], int64_t patience, struct err *) MUST_USE;
bool	seal_issued(struct channel *checker, const struct issued_item *,
	    size_t count, int64_t patience, struct arena *,
	    struct job_result *out, struct err *) MUST_USE;

/*
 * seal_question and seal_answer are the halves of seal_ask: when the channel
 * can be read, the answer is there. seal_account is the first half of
 * seal_issued; whatever it says, seal_answer is the second. A checker may say
 * yes only if it was told all.
 */
bool	seal_question(struct channel *worker, const struct job *,
	    const int fds[JOB_FDS], int64_t patience, struct err *) MUST_USE;
bool	seal_account(struct channel *checker, const struct issued_item *,
	    size_t count, int64_t patience, struct err *) MUST_USE;
bool	seal_answer(struct channel *, int64_t patience, struct arena *,
	    struct job_result *out, struct err *) MUST_USE;

/*
 * seal_plan is JOB_PLAN: *tree is the resolved tree (wire form), the result
 * its JSON.
 */
bool	seal_plan(struct channel *worker, const struct job *,
	    const int fds[JOB_FDS], int64_t patience, struct arena *,
	    struct span *tree, struct job_result *out, struct err *) MUST_USE;

#endif
