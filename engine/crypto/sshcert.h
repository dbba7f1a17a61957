/*
 * sshcert - certificates of SSH keys (OpenSSH PROTOCOL.certkeys): a key, whose
 * it is by the word of an authority, and how long.
 *
 *	string	type		that of the key, with "-cert-v01@openssh.com"
 *	string	nonce
 *	...			the key, as in its own wire form
 *	u64	serial
 *	u32	type		1: of a user
 *	string	key id		for logs
 *	string	principals	strings: the names that it is for
 *	u64	valid after	seconds since 1970
 *	u64	valid before	the first one at which it counts no more
 *	string	critical options, string extensions: pairs of strings
 *	string	reserved	empty
 *	string	signature key
 *	string	signature	of that key, over all that precedes it
 */
#ifndef CRYPTO_SSHCERT_H
#define CRYPTO_SSHCERT_H

#include "crypto/sshsig.h"

struct ssh_cert {
	struct span	blob;		/* all of it */
	struct ssh_key	key;		/* certified; blob: in the arena */
	uint64_t	serial;
	uint32_t	type;
	struct span	key_id;
	struct span	principals;	/* walk it with ssh_cert_names */
	uint64_t	valid_after;
	uint64_t	valid_before;
	struct span	options;
	struct ssh_key	authority;
	struct span	signature;
	struct span	signed_part;
};

/* ssh_cert_is tells from the type of a public key in wire form. */
bool	ssh_cert_is(struct span blob);

/*
 * ssh_cert_parse reads the wire form. Errors: SSHCERT-MALFORMED, SSH-KEY-KIND,
 * SSH-KEY-MALFORMED (its key, or the authority's).
 */
bool	ssh_cert_parse(struct arena *, struct span blob, struct ssh_cert *,
	    struct err *) MUST_USE;

/*
 * ssh_cert_check demands a certificate of a user, with principals and without
 * critical options, at a time (seconds) at which it is valid, and the
 * authority's good signature. Whether that authority counts is the caller's to
 * say. Errors: SSHCERT-KIND, SSHCERT-OPTION, SSHCERT-TIME, SSH-KEY-WEAK,
 * SSHSIG-MALFORMED, SSHSIG-PRESENCE, SIGNATURE-BAD.
 */
bool	ssh_cert_check(const struct ssh_cert *, int64_t seconds, struct err *)
	    MUST_USE;

/* ssh_cert_names tells whether exactly this is one of the principals. */
bool	ssh_cert_names(const struct ssh_cert *, struct span principal);

/*
 * sshsig_verify_certified is sshsig_verify by the key of a certificate, which
 * stands in the signature instead of the key.
 */
bool	sshsig_verify_certified(const struct sshsig *, const struct ssh_cert *,
	    const struct sshsig_rules *, struct span message, struct err *)
	    MUST_USE;

#endif
