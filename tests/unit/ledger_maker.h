/*
 * ledger_maker - writes ledgers for tests, with keys in memory: honest ones
 * transaction by transaction, and forged commits of any content.
 */
#ifndef LEDGER_MAKER_H
#define LEDGER_MAKER_H

#include "git/write.h"
#include "ledger/append.h"
#include "ledger/fold.h"
#include "softkey.h"

#define MAKER_REF	"refs/heads/tagseal/ledger"
#define MAKER_ENGINE	"6f1c0d2e-0000-4000-8000-000000000001"
#define MAKER_EVENTS	128

/* Members of events, as text: of engine.started, and of each use of a key. */
#define MAKER_SERIAL	"0123456789abcdef"
#define MAKER_SESSION	MAKER_SERIAL MAKER_SERIAL
#define MAKER_SHA256	MAKER_SESSION MAKER_SESSION
#define MAKER_STARTED							\
	"\"session\":\"" MAKER_SESSION "\",\"processes\":[{\"process\":"	\
	"\"judge\",\"landlock\":3,\"seccomp\":\"refuses\"}],\"tokens\":"	\
	"[{\"module\":\"/usr/lib/hsm.so\",\"label\":\"acme\",\"serial\":"	\
	"\"" MAKER_SERIAL "\",\"manufacturer\":\"m\",\"model\":\"h\","	\
	"\"firmware\":\"2.6\"}]"
#define MAKER_TOKEN							\
	"\"certificate_sha256\":\"" MAKER_SHA256 "\",\"session\":\""	\
	MAKER_SESSION "\",\"token\":{\"label\":\"acme\",\"serial\":\""	\
	MAKER_SERIAL "\"}"
#define MAKER_HOLDER(slug)						\
	"\"certificate\":\"" slug "\",\"spki_sha256\":\"" MAKER_SHA256	\
	"\"," MAKER_TOKEN

/* A request that was made, and what it is about. */
struct maker_asked {
	struct span		id;
	struct event_about	about;
};

struct ledger_maker {
	struct arena		*arena;
	struct repository	*repo;
	struct soft_key		*commit_key;
	struct soft_key		*log_key;
	struct ledger_format	 format;
	struct ledger_trust	 trust;
	struct ledger_reader	 reader;
	struct fold		*fold;
	struct ledger		*ledger;
	int64_t			 at;
	/* what stories sign; NULL: nothing that there is */
	const char		*result_sha256;	/* hex */
	const char		*tree;
	bool			 together;	/* stories leave commits to the
						 * caller */
	/* the next transaction */
	struct span		 events[MAKER_EVENTS];
	size_t			 event_count;
	struct span		 blobs[MAKER_EVENTS];
	size_t			 blob_count;
	struct maker_asked	*requests;
	size_t			 request_count;
	const char		*message;	/* of forged commits; NULL:
						 * what their events say */
	unsigned		 signatures;	/* made by now */
};

/* Makes a bare repository at path and a ledger's genesis in it. */
void	maker_init(struct ledger_maker *, const char *path,
	    const char *commit_kind, const char *log_kind);
void	maker_done(struct ledger_maker *);

/* Adds an event to the next transaction; members as JSON text. */
void	maker_event(struct ledger_maker *, const char *type,
	    const char *members);
/* The same, but refused: gives the error. */
void	maker_event_refused(struct ledger_maker *, const char *type,
	    const char *members, struct err *);
/* Adds a blob; gives its SHA-256 in hex, in the arena. */
const char *maker_blob(struct ledger_maker *, const char *text);

/* Commits the transaction with the checkpoint of what was before. */
struct object_id maker_commit(struct ledger_maker *);

/* Commits what ledger_prepare gave. */
struct object_id maker_take(struct ledger_maker *,
	    const struct ledger_draft *);

/* Reads the ledger anew, by another trust, without its fold. */
void	maker_trust(struct ledger_maker *, const struct ledger_trust *);

/* The signed checkpoint of the ledger as it is; of a size and root. */
void	maker_checkpoint(struct ledger_maker *, struct buf *out);
void	maker_note(struct ledger_maker *, const struct soft_key *,
	    uint64_t size, const struct merkle_hash *root, struct buf *out);

/* Signs a commit of any content with a key and writes it. */
struct object_id maker_forge(struct ledger_maker *, const struct soft_key *,
	    const struct object_id *base_tree, const struct tree_change *,
	    size_t count, const struct object_id *parents,
	    size_t parent_count);
/* The tree of a commit, and a file as change. */
struct object_id maker_tree(struct ledger_maker *, const struct object_id *);
struct tree_change maker_file(struct ledger_maker *, const char *path,
	    struct span);

/* Whose release it is: what a story is about. */
struct maker_release {
	const char	*project;	/* "acme-app" */
	const char	*repo;
	const char	*ref;		/* "refs/tags/v1.2.3" */
};

/*
 * A whole story: a ref, a request with two approvals, signing in two levels,
 * verified, published, completed. Gives the request's id.
 */
const char *maker_story(struct ledger_maker *, const char *nonce);
/* Its beginning: a ref and a request that waits for approvals. */
const char *maker_waiting(struct ledger_maker *, const char *nonce);
/* Its end, for a request that waits. */
void	maker_complete(struct ledger_maker *, const char *id,
	    const char *nonce);
/* A crash instead: an intent, by its number, and that nobody knows its end. */
uint64_t	maker_intend(struct ledger_maker *, const char *id,
	    const char *nonce);
void	maker_unknown(struct ledger_maker *, const char *id,
	    uint64_t intended);
/* Adds ref.seen. */
void	maker_seen(struct ledger_maker *, const struct maker_release *);
/* Adds request.created of person/alice; gives its id. */
const char *maker_request(struct ledger_maker *, const char *nonce);
const char *maker_request_for(struct ledger_maker *,
	    const struct maker_release *, const char *nonce);

#endif
