/*
 * report - what became of the files of a command, one answer each, in the
 * order of the command line, however they were done.
 *
 * Of one file it is what the command says of it, or its error. Of several,
 * every file has its line, and with --json its row:
 *
 *	{ "outcome": "failed", "artifacts": [
 *	    { "file": "a.exe", "outcome": "done", "answer": { ... } },
 *	    { "file": "b.exe", "outcome": "failed", "error": { ... } } ] }
 *
 * The outcome above all, and the exit code, are the worst.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"

/* The best first. */
enum outcome {
	OUTCOME_DONE,
	OUTCOME_NOTHING,	/* there was nothing to do */
	OUTCOME_FAILED,
	OUTCOME_NOT_REACHED,	/* another's failure was the system's */
	OUTCOMES
};

/* What was done with one file. */
struct done_file {
	const char	*file;		/* as on the command line */
	const char	*output;
	struct json	*answer;	/* the report's own, once told */
	uint64_t	 size;		/* bytes of the output */
	enum outcome	 outcome;	/* OUTCOME_DONE or OUTCOME_NOTHING */
};

struct report;

/* report_new begins one. print says of one file what was done, to people. */
struct report	*report_new(const struct invocation *,
		    void (*print)(const struct invocation *,
		    const struct done_file *));
void		 report_free(struct report *);
DEFINE_CLEANUP(struct report, report_done, report_free);

/* report_file: that argument is done; report_failed: it is not, and why. */
void		 report_file(struct report *, size_t number,
		    const struct done_file *);
void		 report_failed(struct report *, size_t number,
		    const struct err *);

/*
 * report_stopped: a file failed for a reason that is not its own (the token is
 * gone, the disk is full), so that no other need be begun.
 */
bool		 report_stopped(const struct report *);

/*
 * report_end says of files that have no answer that they were not reached, and
 * gives the exit code, or -1 with the error.
 */
int		 report_end(struct report *, struct err *);

#endif
