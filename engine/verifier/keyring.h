/*
 * keyring - private to verifier/: the declared OpenPGP keys in a home of
 * gpg's, made for this process and gone with it.
 *
 * gpg 2.2 reads keys and settings from its home only, so the home is a new
 * folder in memory, mode 0700, with a gpg.conf that lets it ask nobody, start
 * nobody and trust exactly what was imported.
 *
 * What checks are done at once have a desk each: a home with a clock of its
 * own, and the keys of the one keyring.
 *
 *	HOME/gpg.conf  HOME/pubring.kbx
 *	HOME/0/gpg.conf  HOME/1/gpg.conf ...
 */
#ifndef VERIFIER_KEYRING_H
#define VERIFIER_KEYRING_H

#include <gpgme.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "git/openpgp_protocol.h"

#define KEYRING_KEYS	4096	/* declared keys at most */
#define KEYRING_DESKS	32	/* checks at once, at most */

struct keyring_row {
	uint32_t	index;		/* the asker's */
	char		fingerprint[65];	/* of the primary key */
	gpgme_key_t	key;		/* as it was read back */
};

struct keyring_desk {
	char		home[72];	/* "": none yet */
	int64_t		seconds;	/* what its clock shows */
};

struct keyring {
	char			 home[64];	/* "": none yet */
	gpgme_ctx_t		 context;
	struct keyring_desk	*desks;		/* KEYRING_DESKS */
	struct keyring_row	*rows;
	size_t			 count;
};

/* keyring_open makes the home below a folder. Errors: GIT-VERIFIER. */
bool	keyring_open(const char *folder, struct keyring *, struct err *)
	    MUST_USE;

/* keyring_done ends what gpg started and removes the home. */
void	keyring_done(struct keyring *);

/*
 * keyring_add imports one declared key. Errors: GIT-KEY-MALFORMED (not exactly
 * one public key).
 */
bool	keyring_add(struct keyring *, const struct openpgp_key *,
	    struct err *) MUST_USE;

/*
 * keyring_complete reads back what was imported; once, when all of it is, and
 * before any check. Errors: GIT-VERIFIER.
 */
bool	keyring_complete(struct keyring *, struct err *) MUST_USE;

/*
 * keyring_desk makes a desk ready for one check; seconds since 1970 is the
 * time at which the key must be valid. Errors: GIT-VERIFIER.
 */
bool	keyring_desk(struct keyring *, size_t desk, int64_t seconds,
	    struct err *) MUST_USE;

/*
 * keyring_check finds who made a signature, in a process of its own: the desk's
 * home becomes the one of the process. Errors: as verifier_ask.
 */
bool	keyring_check(const struct keyring *, size_t desk,
	    struct span payload, struct span armor, struct openpgp_signer *,
	    struct err *) MUST_USE;

#endif
