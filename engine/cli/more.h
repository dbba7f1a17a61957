/*
 * more - what some options of the commands for local files need: the config
 * repo, the ledger, YAML. It takes many libraries, so the program "tagseal" has
 * nothing of it, and lets tagseal-commands take over (main.c).
 */
#ifndef CLI_MORE_H
#define CLI_MORE_H

#include "artifact/element.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "cli/verify_receipt.h"

struct more {
	/* suggest.c: of `inspect --suggest` */
	int	(*suggest)(const struct invocation *, struct err *);

	/* configuration.c: of `sign --configuration` */
	bool	(*configuration)(const struct invocation *, struct cli_job *,
		    struct element **tree, struct err *);

	/* verify_receipt.c: of `verify --receipt` */
	const struct receipt_verbs *receipts;
};

/* All of it, or NULL in each row. */
extern const struct more more;

#endif
