/* softkey - private keys in memory: tests sign with them, nothing else may. */
#ifndef SOFTKEY_H
#define SOFTKEY_H

#include "base/bytes.h"
#include "crypto/signature.h"

struct soft_key;
struct evp_pkey_st;

/* "ed25519", "p256", "p384", "p521", "rsa2048", "rsa3072"; fails the test. */
struct soft_key	*soft_key_new(const char *kind);
/* Takes a key of OpenSSL's over. */
struct soft_key	*soft_key_adopt(struct evp_pkey_st *);
/* Reads a private key in PEM. */
struct soft_key	*soft_key_load(const char *path);
void		 soft_key_free(struct soft_key *);
DEFINE_CLEANUP(struct soft_key, soft_key_done, soft_key_free);

/* DER of the SubjectPublicKeyInfo; lives as long as the key. */
struct span	 soft_key_spki(const struct soft_key *);

/* Writes the private key as PEM (PKCS #8). */
void		 soft_key_save(const struct soft_key *, const char *path);

/* Appends the bare value, in the form of crypto/signature.h. */
void		 soft_key_sign(const struct soft_key *,
		    const struct to_be_signed *, struct buf *value);

/*
 * An Ed25519 key that plays a security key (sk-): its public key as SSH writes
 * it, and a signature as PROTOCOL.u2f says (binary, SHA-512), made with these
 * flags: 0x01 touched, 0x04 PIN or fingerprint given.
 */
void		 soft_security_key_blob(const struct soft_key *,
		    struct buf *blob);
void		 soft_security_key_sign(const struct soft_key *,
		    uint8_t flags, const char *name_space,
		    struct span message, struct buf *blob);

#endif
