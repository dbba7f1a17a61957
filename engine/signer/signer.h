/*
 * signer - the process that holds the keys.
 *
 * As an engine's it believes nobody: a key is used only for what a
 * keys.intended event of the ledger names, and the ledger is what it signed
 * itself, checkpoint after checkpoint, each an extension of the last. As a
 * command line's (local) the PIN is the protection, and every use is logged.
 * Which of the two it is, its terms say; no message changes that.
 *
 * Includes: base, sys, wire, crypto, keys.
 */
#ifndef SIGNER_SIGNER_H
#define SIGNER_SIGNER_H

#include "base/log.h"
#include "crypto/note.h"
#include "keys/keys.h"
#include "sys/sandbox.h"
#include "wire/signer.h"

struct signer_terms {
	bool				 local;
	const struct keystore_terms	*tokens;
	size_t				 token_count;
	const struct log		*log;
	const char			*peer;	/* "judge": for errors */
	/* Told when a module hangs in signer_open; may be NULL. */
	void				(*late)(const struct err *);

	/* Of an engine's signer. */
	int				 state;	/* file, open for both; ours */
	struct span			 engine;	/* UUID: its intents */
	struct span			 origin;	/* ledger.id */
	const struct note_key		*log_keys;	/* pinned; 0: any */
	size_t				 log_key_count;
	/* ledger.at-least: where an empty state file begins. */
	uint64_t			 least_size;
	struct merkle_hash		 least_root;
	bool				 begins;	/* no ledger yet */
	/* What confines it, once it is; NULL: nothing does. */
	const struct sandbox_report	*sandbox;
};

struct signer;

/*
 * signer_open opens all tokens and reads the state; the sandbox is entered
 * after it, and before signer_serve. The terms must outlive *out. Errors:
 * those of keystore_open, SIGNER-STATE, SIGNER-NEW.
 */
bool	signer_open(const struct signer_terms *, struct signer **out,
	    struct err *) MUST_USE;
void	signer_free(struct signer *);
DEFINE_CLEANUP(struct signer, signer_done, signer_free);

/*
 * signer_serve answers requests on a channel, which it takes over, until the
 * other side closes it; then it may be called with another channel. Requests
 * that are refused are answered by FAILED; false: the channel is broken.
 */
bool	signer_serve(struct signer *, int channel, struct err *) MUST_USE;

/* signer_run is open, serve and free. */
bool	signer_run(const struct signer_terms *, int channel, struct err *)
	    MUST_USE;

#endif
