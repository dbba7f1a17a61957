/*
 * history - the ledger as a clone has it, verified and folded: what commands
 * that only read share.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "cli/cli.h"
#include "config/model.h"
#include "git/repository.h"
#include "ledger/fold.h"
#include "ledger/log.h"

/* The options that say which ledger, and whom to believe. */
#define HISTORY_OPTIONS							\
	{ "repo", 0, "DIR", "a clone with the ledger (default: the current "\
	    "folder)", false },						\
	{ "branch", 0, "NAME", "its branch (default tagseal/ledger)", false },\
	{ "log-key", 0, "VKEY", "the ledger's verifier key, or a file with it",\
	    false }

#define HISTORY_BRANCH	"tagseal/ledger"	/* unless --branch says else */

struct history {
	struct repository	*repo;
	struct object_id	 head;
	struct buf		 log_key;
	const char		*trust_file;	/* see trust_read; may be set
						 * before it is opened */
	struct arena		*arena;		/* of the pins */
	struct text_list	 pins;		/* keys of trust.yaml */
	struct ledger_trust	 trust;		/* with the witnesses of the
						 * pins' file */
	struct ledger		*ledger;
	struct fold		*fold;
};

/*
 * history_open finds the branch and the key; history_read verifies all of it
 * into the fold, by the pins of ~/.config/tagseal/trust.yaml if no key was
 * given. Errors: GIT-REF-MISSING, those of trust.yaml and of ledger_advance.
 */
bool	history_open(const struct invocation *, struct history *, struct err *)
	    MUST_USE;
bool	history_read(struct history *, struct err *) MUST_USE;
void	history_done(struct history *);

/* history_open_at is history_open for a folder that --repo does not name. */
bool	history_open_at(const struct invocation *, struct history *,
	    const char *folder, struct err *) MUST_USE;

/*
 * history_try reads a ledger in a way of the caller's, by the key that was
 * given or else by each of the pins, until its format fits one.
 */
bool	history_try(struct history *, bool (*read)(struct history *, void *arg,
	    struct err *), void *arg, struct err *) MUST_USE;

/*
 * history_keys finds only the key that was given, or else the pins; without
 * either h->trust.log_key is empty.
 */
bool	history_keys(const struct invocation *, struct history *, struct err *)
	    MUST_USE;

/*
 * history_follow opens and reads the ledger, and each time after that reads
 * what was added since. With a remote, what was fetched from it is read, not a
 * branch of the clone itself. Errors: as above, and LEDGER-REWIND when the
 * branch does not go on from where it stood.
 */
bool	history_follow(const struct invocation *, struct history *,
	    const char *remote, struct err *) MUST_USE;

/* history_note says on standard error when no key was given. */
void	history_note(const struct history *);

/*
 * history_request finds a request by its id or the beginning of it. NULL:
 * REQUEST-UNKNOWN.
 */
const struct fold_request *history_request(const struct history *,
	    const char *prefix, struct err *);

/*
 * history_event reads event n; *json holds it (json_done), *out borrows from
 * it and from the bytes.
 */
bool	history_event(struct history *, uint64_t n, struct buf *bytes,
	    struct json **json, struct event *out, struct err *) MUST_USE;

#endif
