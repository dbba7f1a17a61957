/*
 * errand - one job of a worker or checker, with all that it needs.
 *
 * Private to worker/.
 */
#ifndef WORKER_ERRAND_H
#define WORKER_ERRAND_H

#include <time.h>

#include "base/json.h"
#include "crypto/x509.h"
#include "wire/worker.h"
#include "worker/part.h"

struct errand {
	struct channel		*channel;	/* to whom it serves */
	struct arena		*arena;
	struct job		 job;
	int			 fds[JOB_FDS];
	struct rope		 input;
	struct digest_trail	*trail;		/* of the input's SHA-256 */
	struct timespec		 input_time;	/* of its last change */
	struct spool		 scratch;
	struct element		*configuration;	/* NULL: there is none */
	struct directive	 directive;
	bool			 directed;	/* directive counts */
	struct trust		*roots;		/* NULL: none were given */
	struct trust		*timestamp_roots; /* the same */
	int64_t			 ahead;		/* of clock_monotonic is the
						 * time, ms; 0: unknown */
};

/* What a job gives: an output to be written, or none, and an answer. */
struct outcome {
	struct rope	 output;
	struct digest	 sha256;	/* of the output, or as `told` says */
	bool		 written;	/* there is an output */
	bool		 over;		/* it goes over a copy of the input */
	bool		 yes;		/* struct job_result */
	bool		 nothing;
	struct json	*json;		/* taken over */
};

/* errand_open reads what came with the job. errand_done frees it all. */
bool	errand_open(struct errand *, const struct message *, struct err *)
	    MUST_USE;
void	errand_done(struct errand *);

/* errand_now is ms since 1970 UTC, as whoever sent the job counts; or 0. */
int64_t	errand_now(const struct errand *);

/* errand_hear waits for one message, in the phase in which it may come. */
bool	errand_hear(struct errand *, enum worker_phase, enum worker_message,
	    struct message *out, struct err *) MUST_USE;

/* errand_say tells whoever asked for the job. */
bool	errand_say(struct errand *, enum worker_message, const struct buf *,
	    struct err *) MUST_USE;

/* errand_resolve finds out what is inside the artifact. */
struct resolve_terms errand_terms(struct errand *);
bool	errand_resolve(struct errand *, struct part **out, struct err *)
	    MUST_USE;

/* The jobs: one function a row of enum job_verb. */
bool	errand_sign(struct errand *, struct outcome *, struct err *) MUST_USE;
bool	errand_plan(struct errand *, struct outcome *, struct err *) MUST_USE;
bool	errand_check(struct errand *, struct outcome *, struct err *) MUST_USE;
bool	errand_inspect(struct errand *, struct outcome *, struct err *)
	    MUST_USE;
bool	errand_verify(struct errand *, struct outcome *, struct err *)
	    MUST_USE;
bool	errand_strip(struct errand *, struct outcome *, struct err *) MUST_USE;
bool	errand_member(struct errand *, struct outcome *, struct err *)
	    MUST_USE;
bool	errand_catalog(struct errand *, struct outcome *, struct err *)
	    MUST_USE;
bool	errand_stamp(struct errand *, struct outcome *, struct err *) MUST_USE;

/* What is told of the signatures of one file. */
struct json *findings_json(const struct findings *, struct arena *);

#endif
