/* account_parts - private to account*.c: the parts of an account. */
#ifndef CLI_ACCOUNT_PARTS_H
#define CLI_ACCOUNT_PARTS_H

#include "cli/history.h"

/* account_events adds each event of a request to a list, in their order. */
bool	account_events(struct history *, const struct fold_request *,
	    struct json *list, struct err *) MUST_USE;

/*
 * account_artifacts gives the artifacts of a request, by the body of its
 * request.created and its events; *out: json_done.
 */
bool	account_artifacts(struct history *, const struct json *body,
	    const struct json *events, struct json **out, struct err *)
	    MUST_USE;

/*
 * account_change adds last_release and changes to an account that has its
 * artifacts; nothing, if this is the first release of its policy.
 */
bool	account_change(struct history *, const struct fold_request *,
	    const struct json *body, struct json *account, struct err *)
	    MUST_USE;

/*
 * account_commits adds commits, those since last_release, from the clone that
 * --source names; signers and reviewers are known by that of --config. created
 * is request.created. Errors: CHAIN-ROOT (the config repo is not the one that
 * the ledger names), GIT-OBJECT-MISSING.
 */
bool	account_commits(const struct invocation *, const struct json *created,
	    struct json *account, struct err *) MUST_USE;

/* account_hash is the SHA-256 of a file of a tree; empty: none was made, as
 * for files that no element names. */
struct span	 account_hash(const struct json *node);

#define ACCOUNT_INDENT	2	/* columns before a title */

/* What people read of a tree, of changes and of commits; NULL: nothing. */
void	account_print_tree(const struct json *tree);
void	account_print_change(const struct json *account);
void	account_print_commits(const struct json *account);

#endif
