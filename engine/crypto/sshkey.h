/*
 * sshkey - what sshsig.c needs to know about each kind of SSH key; for files
 * of crypto/ only. Others include sshsig.h.
 */
#ifndef CRYPTO_SSHKEY_H
#define CRYPTO_SSHKEY_H

#include <openssl/types.h>

#include "crypto/sshsig.h"

#define SSH_RSA_MODULUS_MAX	2048	/* bytes: 16384 bits, as OpenSSH */

struct ssh_kind_row {
	const char	*name;		/* type string of the key */
	const char	*curve;		/* RFC 5656 name, NULL if not ECDSA */
	const char	*group;		/* OpenSSL's name of that curve */
	size_t		 field;		/* bytes of a coordinate or key */
	bool		 security_key;	/* flags and counter are signed too */
	bool		(*read)(struct reader *, const struct ssh_kind_row *,
			    struct ssh_key *);
	EVP_PKEY	*(*public_key)(const struct ssh_kind_row *,
			    const struct ssh_key *);
};

extern const struct ssh_kind_row ssh_kinds[SSH_KINDS];

/*
 * ssh_mpint reads a positive mpint (RFC 4251, section 5) of at most max bytes
 * in its only encoding, and gives it without the sign byte.
 */
bool	ssh_mpint(struct reader *, size_t max, struct span *out) MUST_USE;

/*
 * ssh_signature_check checks "string algorithm, string value" (and flags and
 * counter of a security key) by a key that is strong enough, over a message.
 * The rules' namespace does not matter. Errors: as of sshsig_verify.
 */
bool	ssh_signature_check(const struct ssh_key *, struct span signature,
	    const struct sshsig_rules *, struct span message, struct err *)
	    MUST_USE;

/* ssh_put_mpint writes big-endian bytes as mpint. */
void	ssh_put_mpint(struct buf *, struct span);

#endif
