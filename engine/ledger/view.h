/*
 * view - a SQLite file that answers questions of the ledger fast: a cache.
 *
 *	state		what it stands for: (size, root) of a ledger
 *	events		one a row, by time, type and request
 *	requests	their last state
 *	approvals	counted, ignored, withdrawn, denied
 *	artifacts	files by SHA-256 and name, with those inside them
 *	key_uses	intents and what became of them
 *	named		persons, keys, certificates, tokens, sessions, commits,
 *			builds and approvals, by name
 *	alarms		raised, and by what event acknowledged
 *
 * Each row carries the number of the event that it comes from. A view is made
 * of events that a ledger's reader has verified, and of nothing else; it may
 * be thrown away at any time. It is one file, without a journal: whoever makes
 * one writes to an empty file and then gives it its name.
 *
 * A view that was found is not believed to be sound: foreign files are told by
 * the application id, SQLite runs no code of the file (its schema must be ours
 * to the letter), and what is damaged is an error. That its rows are true only
 * view_compare can tell.
 */
#ifndef LEDGER_VIEW_H
#define LEDGER_VIEW_H

#include "ledger/fold.h"
#include "ledger/log.h"

struct view;

/* What a view stands for, and what was trusted when it was made. */
struct view_state {
	uint64_t		 size;
	struct merkle_hash	 root;
	struct object_id	 head;
	struct span		 log_key;	/* vkey; empty: unverified */
	struct ledger_pin	 pin;		/* that it was held against */
};

/*
 * view_open opens a view for reading; nobody may write to the file meanwhile
 * (a new one takes its place). The caller frees *out. Errors: FILE-MISSING
 * (also: it is empty), FILE-ACCESS, FILE-KIND, VIEW-FOREIGN (it is no view of
 * ours), VIEW-DAMAGED (to be made anew, also where the form is another).
 */
bool	view_open(const char *path, struct view **out, struct err *)
	    MUST_USE;
void	view_free(struct view *);
DEFINE_CLEANUP(struct view, view_done, view_free);

const struct view_state	*view_state(const struct view *);

/*
 * view_follows tells that the ledger goes on from what a view stands for, so
 * that the view can be brought up to date.
 */
bool	view_follows(const struct view *, const struct ledger *);

/*
 * view_fill writes a view to an empty file that is there: of the events that
 * the fold has taken, the first ones of the ledger (the head is the ledger's,
 * so mostly all of them). older is a view that the ledger follows, from which
 * it goes on, or NULL. The caller syncs. Errors: VIEW-DAMAGED (older),
 * SYSTEM-WRITE, those of ledger_event and ledger_blob.
 */
bool	view_fill(const char *path, struct view *older, struct ledger *,
	    const struct fold *, const struct ledger_trust *, struct err *)
	    MUST_USE;

/*
 * view_compare tells which rows two views differ in: difference is called for
 * each with the table, the row (its columns) and where it stands: "first" or
 * "second". *count is how many. Errors: VIEW-DAMAGED.
 */
bool	view_compare(const char *first, const char *second,
	    void (*difference)(void *arg, const char *table,
	    const char *where, const struct json *row), void *arg,
	    uint64_t *count, struct err *) MUST_USE;

/* What is asked for: all that is set must fit. Spans: empty is not asked. */
struct view_filter {
	struct span	type;		/* "keys.used" */
	struct span	request;	/* the beginning of an id */
	struct span	person;		/* "person/alice" */
	struct span	key;		/* SHA-256, hex */
	struct span	certificate;	/* slug, or SHA-256 in hex */
	struct span	sha256;		/* of a file, hex */
	struct span	name;		/* of a file, without folders */
	struct span	since, until;	/* times as text_time writes them;
					 * until does not belong to it */
	struct span	token;		/* serial number */
	struct span	session;	/* of a signer, hex */
	struct span	commit;		/* or tag; or config in force: hex */
	struct span	build;		/* builder, run, attestation's SHA-256;
					 * or build id of an engine */
	struct span	approval;	/* SHA-256 of a statement, hex */
	uint64_t	last;		/* so many, the newest; 0: all */
};

/* view_select appends the SQL that a filter becomes, for tests. */
void	view_select(const struct view_filter *, struct buf *out);

/* A row as JSON: columns in their order. false stops with the error. */
struct view_reader {
	bool	(*row)(void *arg, const struct json *, struct err *);
	void	*arg;
};

/*
 * view_events gives the events that fit, in their order: n, at, type, request,
 * summary; one row for each file that fits, with role, path and sha256, where
 * sha256 or name is asked for. Errors: VIEW-DAMAGED, and the reader's.
 */
bool	view_events(struct view *, const struct view_filter *,
	    const struct view_reader *, struct err *) MUST_USE;

/* What a view has of one request. */
enum view_part {
	VIEW_REQUEST, VIEW_APPROVALS, VIEW_ARTIFACTS, VIEW_KEY_USES,
	VIEW_LINKS,	/* commits and builds that its events name */
	VIEW_PARTS
};

const char	*view_part_name(enum view_part);	/* "approvals" */

/* view_part gives its rows for a whole id. Errors: VIEW-DAMAGED. */
bool	view_part(struct view *, enum view_part, struct span request,
	    const struct view_reader *, struct err *) MUST_USE;

/*
 * view_rows gives the rows of a table that come from the events from..to (which
 * does not belong to them), in their order; of requests, those that such an
 * event is of, in the state that the view knows. Errors: VIEW-DAMAGED.
 */
enum view_table {
	VIEW_OF_REQUESTS, VIEW_OF_APPROVALS, VIEW_OF_ARTIFACTS,
	VIEW_OF_KEY_USES, VIEW_OF_ALARMS, VIEW_TABLES
};
bool	view_rows(struct view *, enum view_table, uint64_t from, uint64_t to,
	    const struct view_reader *, struct err *) MUST_USE;

/* Columns of a table in their order; ends with NULL. */
const char *const *view_columns(enum view_table);

/*
 * view_event reads the bytes of event n from the repository, at the head that
 * the view stands for; they are the ones that were verified. Errors:
 * LEDGER-NO-EVENT, VIEW-DAMAGED, those of Git objects.
 */
bool	view_event(struct view *, struct repository *, uint64_t n,
	    struct buf *out, struct err *) MUST_USE;

/*
 * view_blob reads what an event cites, by its SHA-256 in hex, at that head.
 * Errors: LEDGER-BLOB (no SHA-256), VIEW-DAMAGED, those of Git objects.
 */
bool	view_blob(struct view *, struct repository *, struct span sha256_hex,
	    struct buf *out, struct err *) MUST_USE;

#endif
