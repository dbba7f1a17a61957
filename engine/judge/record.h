/*
 * record - the only writer of the ledger: events become durable by a commit
 * that the signer signs, and a push that the courier has confirmed.
 *
 *	record_add ...		events and evidence, in memory
 *	record_commit		signed, pushed from the head that was seen,
 *				then the checkpoint is signed and kept for the
 *				next commit
 *
 * Another engine may be faster: then what it wrote is fetched, verified and
 * given to the reader, and RECORD-CONFLICT tells the caller to decide again.
 * Nothing is ever rebased. Whatever record_commit says, what was recorded is
 * what the reader was given; the caller's state is a fold over that alone.
 *
 * A branch that is gone, shorter or another one is an alarm (LEDGER-REWIND and
 * its kin). It is kept: nothing is written after it, until record_refresh finds
 * the branch as it should be, or for good if nobody else keeps it.
 *
 * Includes: base, sys, wire, crypto, git, ledger.
 */
#ifndef JUDGE_RECORD_H
#define JUDGE_RECORD_H

#include "base/arena.h"
#include "base/json.h"
#include "ledger/append.h"
#include "ledger/fold.h"
#include "sys/channel.h"
#include "wire/signer.h"

struct record_terms {
	const char		*store;		/* bare repository, ours */
	const char		*mirror;	/* where fetches go */
	struct span		 mirror_name;	/* what the courier calls it */
	struct span		 url;		/* of the repository with the
						 * branch */
	const char		*ref;		/* full name of the branch */
	struct span		 credential;	/* for the courier, or empty */
	struct channel		*signer;	/* the caller may put in new */
	struct channel		*courier;	/* ones when a peer restarts */
	struct span		 log_key;	/* PKCS#11 URIs */
	struct span		 commit_key;
	const char		*engine;	/* its UUID */
	struct ledger_trust	 trust;
	struct ledger_reader	 reader;	/* gets every event, in order */
	const struct fold	*fold;		/* what the reader keeps: no
						 * event goes out that does not
						 * fit it; NULL: any does */
	/* what a request is about that an event names; NULL: who adds an event
	 * says it; arg is the reader's */
	bool			(*about)(void *arg, struct span request,
				    struct event_about *);
	/*
	 * common adds to an event what all have, where it does not say it:
	 * config and actor. NULL: who adds an event says it.
	 */
	void			(*common)(void *arg, const char *type,
				    struct json *members);
	void			*common_arg;
	/*
	 * alarmed is told of each alarm about a ledger that there is, before
	 * record does anything else. false: it was not kept; then this record
	 * is of no more use. NULL: nobody keeps any.
	 */
	bool			(*alarmed)(void *arg, struct ledger *,
				    const struct err *);
	void			*alarmed_arg;
	int64_t			 patience;	/* ms to wait for one answer */
	bool			 begins;	/* there may be no ledger yet */
};

struct record;

/*
 * record_time is the time (ms) that an event would have that is added now: the
 * clock's, but never before what is there already.
 */
int64_t	record_time(const struct record *);

/*
 * record_open reads the ledger from the store and from the remote, verifies
 * it, and has the signer sign its checkpoint if that is not done. The terms
 * must outlive *out. Errors: those of ledger_advance, LEDGER-REWIND (no branch
 * there and terms->begins not set, or less than the signer signed), SIGNER-KEY
 * (the ledger names other keys), those of courier and signer.
 */
bool	record_open(const struct record_terms *, struct record **out,
	    struct err *) MUST_USE;
void	record_free(struct record *);
DEFINE_CLEANUP(struct record, record_done, record_free);

/* The ledger as it was read. */
struct ledger	*record_ledger(struct record *);

/*
 * record_begin writes genesis: the two keys are those of the terms. The origin
 * is the ledger's name. Nothing may be there yet (LEDGER-ORDER).
 */
bool	record_begin(struct record *, struct span origin,
	    const char *config_repo, struct err *) MUST_USE;

/*
 * record_add takes members over and puts the next event of a type aside for
 * record_commit; *n (may be NULL) is its number. record_evidence does so with
 * a blob and gives its SHA-256 in hex. record_drop forgets all of them.
 * Errors: LEDGER-EVENT, LIMIT-MEMORY.
 */
bool	record_add(struct record *, const char *type, struct json *members,
	    uint64_t *n, struct err *) MUST_USE;
bool	record_evidence(struct record *, struct span bytes,
	    struct digest_hex *sha256, struct err *) MUST_USE;
void	record_drop(struct record *);

/*
 * record_back forgets what was put aside since record_mark; what was committed
 * in between stays.
 */
struct record_mark {
	uint64_t	base;
	size_t		events;
	size_t		blobs;
	int64_t		at;
};
struct record_mark record_mark(const struct record *);
void	record_back(struct record *, const struct record_mark *);

/*
 * record_anchor keeps what others said of a checkpoint for the next commit, or
 * a later one if that does not go out. Error: LIMIT-MEMORY.
 */
bool	record_anchor(struct record *, const struct ledger_anchor *,
	    struct err *) MUST_USE;

/* record_pending is the number of events that were put aside. */
size_t	record_pending(const struct record *);

/*
 * record_commit makes durable what was put aside, and forgets it either way.
 * False after the push was confirmed (the signer did not give a checkpoint)
 * is possible; the reader has the events then. Errors: RECORD-CONFLICT (decide
 * again on what the reader got), RECORD-UNFIT (an event cannot follow; it is
 * not written), alarms, those of courier and signer.
 */
bool	record_commit(struct record *, struct err *) MUST_USE;

/*
 * record_refresh fetches what others wrote; the reader gets it. Events that
 * were put aside and do not fit any more are for record_commit to refuse.
 */
bool	record_refresh(struct record *, struct err *) MUST_USE;

/*
 * record_is_lost: an alarm came that this record cannot get over, since the
 * reader may have got a part of what is no ledger. All has to begin anew.
 */
bool	record_is_lost(const struct record *);

/*
 * record_rejoin goes on with a signer that was started anew (the terms have
 * its channel): the ledger's keys are opened there, and what it remembers is
 * held against the ledger. Errors: as record_open.
 */
bool	record_rejoin(struct record *, struct err *) MUST_USE;

/*
 * record_note is the newest checkpoint: it covers every event that the reader
 * got, and lives until the next call that takes the record.
 */
struct span	record_note(struct record *);

/* A key for signing, and the token that has it, as the signer tells it. */
struct record_key {
	struct span		public_key;	/* SubjectPublicKeyInfo, DER */
	struct span		token;		/* label */
	struct span		serial;
};

/*
 * record_key opens a key at the signer for signing; *out lies in the arena.
 * Errors: those of the signer.
 */
bool	record_key(struct record *, struct span uri, struct arena *,
	    struct record_key *out, struct err *) MUST_USE;

/*
 * record_signer is what the signer told of itself when its keys were opened:
 * session, tokens, sandbox. The caller frees *out. Errors: PROCESS-PROTOCOL.
 */
bool	record_signer(const struct record *, struct json **out, struct err *)
	    MUST_USE;

/* record_key_told does so for any use, and gives all that the token tells. */
bool	record_key_told(struct record *, const struct open_item *,
	    struct arena *, struct key_record *out, struct err *) MUST_USE;

/* One level of one artifact that is about to be signed with one key. */
struct record_intent {
	const char		*request;	/* "sr-..." */
	uint64_t		 attempt;	/* of the authorisation */
	uint32_t		 level;
	const char		*certificate;	/* its slug */
	struct digest		 certificate_sha256;	/* of its bytes */
	const struct record_key	*key;
	const struct sign_item	*items;
	size_t			 count;
};

/* What was intended: its event, and the list; record_leave_done frees. */
struct record_leave {
	uint64_t	n;
	struct buf	list;
	char		session[2 * SIGNER_SESSION + 1];	/* of the
						 * signer that it is for */
};
void	record_leave_done(struct record_leave *);

/* record_intend puts keys.intended and its list aside. */
bool	record_intend(struct record *, const struct record_intent *,
	    struct record_leave *out, struct err *) MUST_USE;

/*
 * record_sign shows the committed intent and its proof to the signer; one
 * value or error per item, in the arena.
 */
bool	record_sign(struct record *, const struct record_leave *,
	    struct arena *, struct signature_item **out, size_t *count,
	    struct err *) MUST_USE;

/*
 * record_used puts keys.used aside: what each signature was made over, its
 * SHA-256, and that of its timestamp (timestamps: NULL, or one per item, empty
 * for none). It may share a commit with the intent of the next level.
 */
bool	record_used(struct record *, const struct record_intent *,
	    const struct record_leave *, const struct signature_item *,
	    const struct span *timestamps, struct err *) MUST_USE;

/* record_unknown puts keys.unknown aside, for an intent that is open. */
bool	record_unknown(struct record *, struct span request, uint64_t intended,
	    uint64_t count, const char *reason, struct err *) MUST_USE;

#endif
