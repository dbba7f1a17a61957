/*
 * sshsig - SSH public keys and signatures (OpenSSH PROTOCOL, PROTOCOL.sshsig,
 * PROTOCOL.u2f; RFC 4253 6.6, RFC 5656 3.1, RFC 8332, RFC 8709).
 *
 *	"SSHSIG"  u32 version 1
 *	string	public key blob		string type, then what the type has
 *	string	namespace		"git", "approval@tagseal"
 *	string	reserved		empty
 *	string	hash			"sha256" or "sha512"
 *	string	signature		string algorithm, string value
 *					(sk: and u8 flags, u32 counter)
 *
 *	What is signed: "SSHSIG", string namespace, string reserved,
 *	string hash, string H(message).
 *
 * Around it: -----BEGIN SSH SIGNATURE-----, base64, -----END ...-----.
 */
#ifndef CRYPTO_SSHSIG_H
#define CRYPTO_SSHSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

enum ssh_kind {
	SSH_ED25519,
	SSH_ECDSA_P256,
	SSH_ECDSA_P384,
	SSH_ECDSA_P521,
	SSH_RSA,
	SSH_SK_ED25519,
	SSH_SK_ECDSA_P256,
	SSH_KINDS
};

/* A public key; every span borrows from blob. */
struct ssh_key {
	enum ssh_kind	kind;
	struct span	blob;		/* the whole wire form: the identity */
	struct span	point;		/* Ed25519 key, or Q of a curve */
	struct span	exponent;	/* RSA, big-endian without sign byte */
	struct span	modulus;
	struct span	application;	/* sk: mostly "ssh:" */
};

/* ssh_key_parse reads the wire form (what the base64 of a line holds). */
bool	ssh_key_parse(struct span blob, struct ssh_key *out, struct err *)
	    MUST_USE;

/*
 * ssh_key_parse_line reads "ssh-ed25519 AAAA... comment"; options in front are
 * refused. The blob lives in the arena.
 */
bool	ssh_key_parse_line(struct arena *, struct span line,
	    struct ssh_key *out, struct err *) MUST_USE;

const char *ssh_kind_name(enum ssh_kind);	/* "ssh-ed25519" */

/* Appends "type base64" and, unless it is empty, " comment"; no LF. */
void	ssh_key_line(const struct ssh_key *, const char *comment,
	    struct buf *out);

/* Appends "SHA256:..." as ssh-keygen -l prints it. */
void	ssh_key_fingerprint(const struct ssh_key *, struct buf *out);

/* Appends the key's SubjectPublicKeyInfo (DER); ERR_SSH_KEY if it has none. */
bool	ssh_key_spki(const struct ssh_key *, struct buf *out, struct err *)
	    MUST_USE;

/* Appends the wire form of a SubjectPublicKeyInfo: RSA, EC or Ed25519. */
bool	ssh_key_from_spki(struct span spki, struct buf *blob, struct err *)
	    MUST_USE;

/* A signature as it was found; spans borrow. */
struct sshsig {
	struct span		public_key;	/* blob */
	struct span		name_space;
	enum digest_kind	hash;
	struct span		signature;
};

/* sshsig_parse reads the binary form, sshsig_parse_armor the text. */
bool	sshsig_parse(struct span, struct sshsig *out, struct err *) MUST_USE;
bool	sshsig_parse_armor(struct arena *, struct span, struct sshsig *out,
	    struct err *) MUST_USE;

/* What a verifier demands besides a good signature by the key. */
struct sshsig_rules {
	const char	*name_space;
	bool		 user_verified;	/* sk: PIN or fingerprint was given */
	bool		 user_absent;	/* sk: takes it without a touch */
	bool		 rsa_2048;	/* take RSA below 3072 bits as well */
};

/*
 * sshsig_verify demands that this very key signed the message in the
 * namespace. Errors: ERR_SSHSIG_KEY, ERR_SSHSIG_NAMESPACE, ERR_SSH_KEY_WEAK,
 * ERR_SSHSIG_PRESENCE, ERR_SSHSIG_VERIFICATION, ERR_SIGNATURE_BAD.
 */
bool	sshsig_verify(const struct sshsig *, const struct ssh_key *,
	    const struct sshsig_rules *, struct span message, struct err *)
	    MUST_USE;

/* A signature being made: what to sign, and what to put around the value. */
struct sshsig_draft {
	struct ssh_key		key;
	struct span		name_space;	/* in the arena, as all here */
	struct to_be_signed	to_be_signed;
};

/* Plans a signature with SHA-512 over the message; sk keys cannot be ours. */
bool	sshsig_plan(struct arena *, const struct ssh_key *,
	    const char *name_space, struct span message,
	    struct sshsig_draft *out, struct err *) MUST_USE;

/* Checks the bare value and appends the armored signature. */
bool	sshsig_finish(const struct sshsig_draft *, struct span value,
	    struct buf *out, struct err *) MUST_USE;

#endif
