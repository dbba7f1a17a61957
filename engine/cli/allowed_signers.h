/*
 * allowed_signers - the file that ssh-keygen and git look signers up in
 * (ssh-keygen(1), ALLOWED SIGNERS), one line a key:
 *
 *	alice@acme.example namespaces="git",valid-before="20260701000000Z"
 *	    ssh-ed25519 AAAA... alice			(all in one line)
 *
 * What we read is stricter than what they take: no patterns, no authorities,
 * and times in UTC, so that a line means one thing on every machine.
 */
#ifndef CLI_ALLOWED_SIGNERS_H
#define CLI_ALLOWED_SIGNERS_H

#include "base/arena.h"
#include "crypto/sshsig.h"

struct allowed_signer {
	struct span	email;		/* the first, if there are several; or
					 * a name in certificates */
	struct span	name_spaces;	/* "git,approval@tagseal"; empty: all */
	int64_t		valid_from;	/* milliseconds; 0: always */
	int64_t		valid_to;	/* the first one at which it counts no
					 * more; 0: for ever */
	bool		authority;	/* the key certifies others (written
					 * only) */
	struct ssh_key	key;
};

/* Appends a line with its LF. The e-mail must be a plain one. */
void	allowed_signer_write(const struct allowed_signer *,
	    const char *comment, struct buf *out);

/* allowed_signer_plain: an e-mail that no reader takes for a pattern. */
bool	allowed_signer_plain(struct span email);

/*
 * allowed_signer_read reads one line; one without a key (empty, or a comment)
 * has an e-mail of no bytes. Spans borrow, the key lies in the arena. Errors:
 * PEOPLE-SIGNER, and those of ssh_key_parse_line.
 */
bool	allowed_signer_read(struct arena *, struct span line,
	    struct allowed_signer *, struct err *) MUST_USE;

#endif
