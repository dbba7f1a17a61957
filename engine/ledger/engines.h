/*
 * engines - who may write a ledger, and by which key its commits are known.
 *
 * The first engine stands in format, its UUID in event 0. Others come by
 * engine.declared and leave by engine.retired: events of an engine that is
 * known, which say what the config repo says (the fold checks that). Each has
 * a key of its own, which never changes and never comes back; each signs its
 * own events only. So who said what is known from the signature alone.
 */
#ifndef LEDGER_ENGINES_H
#define LEDGER_ENGINES_H

#include "ledger/events.h"
#include "ledger/format.h"

#define LEDGER_ENGINES	64	/* ever */

struct ledger_engine {
	struct span	id;		/* UUID */
	struct ssh_key	key;		/* of its commits */
	uint64_t	declared;	/* number of the event */
	uint64_t	retired;	/* the same; 0: it is not */
};

struct engines {
	struct ledger_engine	list[LEDGER_ENGINES];
	size_t			count;
};

/* engines_begin: a ledger knows its first key, and by event 0 whose it is. */
void	engines_begin(struct engines *, const struct ssh_key *);

const struct ledger_engine *engines_find(const struct engines *,
	    struct span id);

/*
 * engines_signer finds who has the key of a commit. LEDGER-SIGNER: nobody, or
 * one who is retired.
 */
bool	engines_signer(const struct engines *, struct span key_blob,
	    const struct ledger_engine **out, struct err *) MUST_USE;

/*
 * engines_take takes the next event of a commit that was signed with the key
 * of an engine. What it keeps is copied to the arena. LEDGER-SIGNER: the event
 * is in the name of another one; LEDGER-STATE: it declares or retires what
 * cannot be.
 */
bool	engines_take(struct engines *, struct arena *, size_t signer,
	    const struct event *, struct err *) MUST_USE;

/* engines_write appends them as bytes, for what is kept of an audit. */
void	engines_write(const struct engines *, struct buf *out);

/*
 * engines_read reads all of these bytes; what it keeps is copied to the arena.
 * false: they are none, or the arena is spent.
 */
bool	engines_read(struct span, struct arena *, struct engines *out) MUST_USE;

/* The lines of an allowed_signers file for `git log --show-signature`. */
void	engines_allowed(const struct engines *, struct buf *out);

#endif
