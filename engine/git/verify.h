/*
 * verify - whose key signed this.
 *
 * The caller gives the keys that the trusted state declares and gets back
 * which of them made the signature: the key decides the person, nothing else
 * does. Kinds of signature are rows of a table.
 */
#ifndef GIT_VERIFY_H
#define GIT_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/signed_message.h"
#include "git/object.h"
#include "git/openpgp_asker.h"

/* A public key that the config declares. */
struct declared_key {
	enum armor_kind	kind;
	struct span	bytes;	/* SSH: wire form of the key; OpenPGP: keyring
				 * with one primary key; X.509: DER, or a name
				 * in a certificate ("email:a@b", "uri:...") */
	bool		x509_name;	/* it is such a name */
	bool		ssh_principal;	/* SSH: "principal:" and a name in a
					 * certificate of an authority */
	bool		revoked;	/* of several names of one person in a
					 * certificate, this one is taken */
	size_t		owner;	/* the caller's own: whose key it is */
	bool		user_verified;	/* sk: as in struct sshsig_rules */
	bool		user_absent;
};

struct verify_rules {
	const char	*ssh_namespace;	/* "git", "approval@tagseal" */
	int64_t		 seconds;	/* since 1970: when OpenPGP keys and
					 * certificates must be valid (first
					 * seen, not now) */
	/* Wire forms of the keys that certify SSH keys. */
	const struct span *ssh_authorities;
	size_t		 ssh_authority_count;
	/* What certificates must lead to; NULL: declared ones stand for
	 * themselves, and names in others count nothing. */
	const struct people_trust *x509;
	/* NULL: OpenPGP is refused. The keys were handed over before, with
	 * verify_openpgp_keys and the same array. */
	struct openpgp_asker *openpgp;
};

struct signer {
	size_t	key;			/* index into the declared keys */
	size_t	owner;			/* of that key */
	bool	certified;		/* SSH: good at that time only */
	char	fingerprint[96];	/* "SHA256:..." or hex, for people */
};

/*
 * signature_verify finds the declared key that made the signature of a commit
 * or tag. Errors: GIT-UNSIGNED, GIT-SIGNER-UNKNOWN (with the fingerprint),
 * GIT-SIGNATURE-KIND, GIT-SIGNER-SEVERAL, those of sshsig.h, sshcert.h, of
 * signed_message.h and of verifier_ask.
 */
bool	signature_verify(const struct object_signature *,
	    const struct declared_key *, size_t count,
	    const struct verify_rules *, struct signer *, struct err *)
	    MUST_USE;

/*
 * signature_detached makes what signature_verify takes of a message and an
 * armor that stand in two files. Errors: GIT-SIGNATURE-MALFORMED.
 */
bool	signature_detached(struct span message, struct span armor,
	    struct object_signature *, struct err *) MUST_USE;

/* verify_openpgp_keys hands the OpenPGP keys of an array to the verifier. */
bool	verify_openpgp_keys(struct openpgp_asker *,
	    const struct declared_key *, size_t count, struct err *) MUST_USE;

#endif
