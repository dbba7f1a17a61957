/*
 * heartbeat - an administrator's signed word that a commit of the config repo
 * is the newest: it renews a repo in which nothing happens.
 *
 *	refs/tags/heartbeat/<n>		n only rises
 *	config: <id of the config repo>
 *	commit: <hex>			the accepted commit
 *	manifest-sha256: <hex>		of its files
 *	at: 2026-01-31T12:00:00.000Z	when it was said
 *
 * Age counts from when it was first seen, or from what it says if that is
 * earlier: a host that hoards heartbeats to hand them out later wins nothing.
 */
#ifndef JUDGE_HEARTBEAT_H
#define JUDGE_HEARTBEAT_H

#include "git/repository.h"
#include "judge/signers.h"

#define HEARTBEAT_REFS	"refs/tags/heartbeat/"

struct heartbeat {
	uint64_t		number;		/* from 1 */
	struct object_id	tag;
	struct object_id	commit;
	uint8_t			manifest_sha256[32];
	int64_t			said;		/* milliseconds */
	struct span		signer;		/* slug, in the arena */
};

/* heartbeat_number reads the number in the full name of a ref. */
bool	heartbeat_number(struct span ref, uint64_t *number) MUST_USE;

/*
 * heartbeat_parse reads a tag's message; number, tag and signer are the
 * caller's. false: it is none of this config repo.
 */
bool	heartbeat_parse(struct span message, struct span config_repo,
	    struct heartbeat *out) MUST_USE;

/* heartbeat_write is the message of a tag. */
void	heartbeat_write(const struct heartbeat *, struct span config_repo,
	    struct buf *);

/* What is looked for, and where. */
struct heartbeat_look {
	struct repository	*repository;
	struct signers		*signers;	/* of the state in force */
	const struct ref	*refs;		/* others are passed over */
	size_t			 count;
	uint64_t		 above;		/* lower numbers do not count */
	const struct object_id	*commit;	/* in force */
	const uint8_t		*manifest;	/* 32 bytes */
	int64_t			 now;		/* milliseconds */
};

/*
 * heartbeat_find gives the heartbeat of the highest number that counts: its tag
 * calls itself as the ref does, an administrator signed it, and it names the
 * commit in force. It lives in the arena. Errors: what stops the machine.
 */
bool	heartbeat_find(const struct heartbeat_look *, struct arena *,
	    struct heartbeat *out, bool *found, struct err *) MUST_USE;

#endif
