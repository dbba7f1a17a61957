/*
 * passage - files on their way through a worker of their own, and then past
 * one that judges what it made; several at once, with one token and one
 * courier for all.
 *
 *	open, start, send	the worker works
 *	(judge/seal.h)		signatures and timestamps, for many in one go
 *	sealed			the worker is gone; the second one judges
 *	judged			it is gone too; the output gets its name
 */
#ifndef CLI_PASSAGE_H
#define CLI_PASSAGE_H

#include "cli/job.h"
#include "cli/report.h"
#include "daemon/local.h"
#include "judge/seal.h"

#define PASSAGES_MOST	64	/* at once */

enum passage_stage {
	PASSAGE_NONE,		/* free */
	PASSAGE_OPENED,
	PASSAGE_SEALING,
	PASSAGE_JUDGING,
};

/* One file. */
struct passage {
	enum passage_stage	 stage;
	size_t			 number;	/* of the argument */
	const char		*file, *output;
	struct cli_job		 work;
	struct local		 worker, second;
	struct seal_terms	 terms;
	struct sealing		*sealing;
	struct job_result	 result;	/* what the worker made */
	struct json		*passed_over;	/* authorities, or NULL */
	int64_t			 left;		/* ms for whoever works now */
	void			*shared;	/* the command's, for all */
	void			*own;		/* the command's, for this */
};

/*
 * What a command does with one file. Whatever fails ends this file only; done
 * is called in any case, and frees own.
 */
struct passage_verbs {
	/* open opens the file, and fills in work and own. */
	bool	(*open)(struct passage *, struct err *);
	/* start starts processes: they load while launch waits for a token. */
	bool	(*start)(struct passage *, struct err *);
	/* send fills in the job and terms, so that the worker can begin. */
	bool	(*send)(struct passage *, struct err *);
	/* sealed: the worker is gone. The second is told what to judge. */
	bool	(*sealed)(struct passage *, struct err *);
	/* judged takes the answer of the second. */
	bool	(*judged)(struct passage *, struct err *);
	/* answer makes the JSON for people and scripts. */
	bool	(*answer)(const struct passage *, struct json **, struct err *);
	/* advise says more of an error of the worker. NULL: nothing. */
	void	(*advise)(const struct passage *, struct err *);
	void	(*done)(struct passage *);
};

struct passage_plan {
	const struct passage_verbs *verbs;
	const struct invocation	*in;
	const char *const	*outputs;	/* one for each argument */
	size_t			 jobs;		/* at once */
	void			*shared;

	/*
	 * For all: launch is called when the first file is open, ready when
	 * the first processes were started. What fails here ends the command.
	 */
	bool	(*launch)(void *shared, struct err *);
	bool	(*ready)(void *shared, struct err *);
};

/* The option, and what it says. Errors: USAGE. */
#define JOBS_OPTION							\
	{ "jobs", 'j', "N", "files at once; else 8, or twice the "	\
	    "processors if that is more", false }
bool	passage_jobs(const struct invocation *, size_t *out, struct err *)
	    MUST_USE;

/*
 * passage_run takes all files through. It is false only if the command cannot
 * be done at all; what became of each file goes to the report.
 */
bool	passage_run(const struct passage_plan *, struct report *,
	    struct err *) MUST_USE;

#endif
