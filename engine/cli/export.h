/*
 * export - private to audit_export.c and export_*.c: one export as it is made.
 * Each function writes its files; the ledger has been verified before.
 */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/export_folder.h"
#include "cli/history.h"
#include "ledger/view.h"

struct export {
	const struct invocation	*in;
	struct history		 h;
	struct export_folder	 folder;
	struct view		*view;		/* in the folder, for now */
	uint64_t		 from, to;	/* events; to is not one */
	uint64_t		 requests;	/* what was written */
	uint64_t		 receipts;
	uint64_t		 uncovered;	/* no checkpoint has them yet */
	uint64_t		 evidence;
	uint64_t		 anchors;
	uint64_t		 configs;	/* commits in config.bundle */
	uint64_t		 sources;	/* bundles */
};

/* events.jsonl, evidence/, receipts/. */
bool	export_events(struct export *, struct err *) MUST_USE;

/* requests.json and the CSV files. */
bool	export_tables(struct export *, struct err *) MUST_USE;

/* ledger.bundle, ledger.vkey, allowed_signers, anchors/, and the bundles of
 * other clones where they were named. */
bool	export_history(struct export *, struct err *) MUST_USE;

/* spdx.json */
bool	export_spdx(struct export *, struct err *) MUST_USE;

/* README.md, which comes last: it counts. */
bool	export_readme(struct export *, struct err *) MUST_USE;

/* export_type hands over the events of a type that the period has. */
struct export_reader {
	bool	(*event)(void *arg, const struct event *, struct err *);
	void	*arg;
};
bool	export_type(struct export *, const char *type,
	    const struct export_reader *, struct err *) MUST_USE;

#endif
