/*
 * pkcs11 - one token behind a PKCS#11 v2.40 module (inside of keys/ only).
 *
 *	module.c	libraries, shared by their tokens
 *	pkcs11.c	token, login, sessions that get lost
 *	objects.c	private keys, their public halves and attributes
 *	publics.c	all public key objects at once, for a list
 *	public.c	public keys of PKCS#11 as SubjectPublicKeyInfo
 *	pulse.c		whether a call hangs
 *	sign.c		mechanisms and batches
 *	make.c		new keys
 *	import.c	keys from files
 */
#ifndef KEYS_PKCS11_H
#define KEYS_PKCS11_H

#include <pthread.h>

#include "keys/module.h"
#include "keys/store.h"

struct pkcs11_key {
	struct key		 base;
	struct pkcs11		*token;
	/* Where it is, guarded by the token's lock: handles change when a
	 * token is opened again. */
	ck_object_handle_t	 handle;
	unsigned		 generation;
	struct pkcs11_key	*next;
};

struct pkcs11 {
	struct keystore		 base;
	struct module		*module;
	bool			 counted;	/* among those open in it */
	struct ck_function_list	*call;
	struct arena		*arena;
	struct key_uri		 wanted;	/* label and serial */
	struct token_names	 names;
	struct token_about	 about;
	struct pin		 pin;		/* len 0: no login */
	struct err		 refused;	/* what the PIN was; what ==
						 * NULL: good so far */
	bool			 last_try;
	bool			 read_only;	/* the token says so */
	unsigned		 sessions;
	int64_t			 limit;		/* ms for one call */
	struct err		 warning;	/* what == NULL: none */

	/* Whoever uses a session of its own reads, whoever closes all of them
	 * writes: some modules give the handle of a closed one to the next. */
	pthread_rwlock_t	 use;
	pthread_mutex_t		 lock;		/* guards what follows */
	ck_slot_id_t		 slot;
	ck_session_handle_t	 session;	/* keeps the login alive */
	unsigned		 generation;	/* counts openings */
	struct pkcs11_key	*keys;
	const struct pkcs11_publics *publics;	/* while keys are listed */
};

/* A thread's own session. */
struct pkcs11_session {
	struct pkcs11		*token;
	ck_session_handle_t	 handle;
	unsigned		 generation;
	bool			 open;
};

/*
 * pkcs11_error turns a return value into an error; doing says what was tried.
 */
bool	pkcs11_error(const struct pkcs11 *, ck_rv_t, const char *doing,
	    struct err *);

/* pkcs11_lost: the session, the login or the token has gone meanwhile. */
bool	pkcs11_lost(struct pkcs11 *, ck_rv_t);

/*
 * pkcs11_reopen opens the token again unless somebody did since generation.
 */
bool	pkcs11_reopen(struct pkcs11 *, unsigned generation, struct err *)
	    MUST_USE;

/*
 * pkcs11_login_again gives the PIN for one use of a key that wants it; *rv is
 * the module's answer, CKR_OK if it was not asked. Errors: TOKEN-LOGIN (there
 * is no PIN), those of a login.
 */
bool	pkcs11_login_again(struct pkcs11 *, ck_session_handle_t, ck_rv_t *rv,
	    struct err *) MUST_USE;

bool	pkcs11_session_open(struct pkcs11_session *, struct err *) MUST_USE;
/* pkcs11_session_fits: it is open, and the token was not opened again since. */
bool	pkcs11_session_fits(const struct pkcs11_session *);
/* pkcs11_session_done closes it if it fits; another has its handle, maybe. */
void	pkcs11_session_done(struct pkcs11_session *);

/* A search: class and up to two attributes; handles go to the arena. */
#define FOUND_BUDGET	((size_t)1 << 20)	/* for LIMIT_TOKEN_KEYS */
struct pkcs11_found {
	ck_object_handle_t	*handles;
	size_t			 count;
};
bool	pkcs11_search(struct pkcs11 *, ck_session_handle_t,
	    struct ck_attribute *, unsigned long count, struct arena *,
	    struct pkcs11_found *out, struct err *) MUST_USE;

/* pkcs11_bytes reads one attribute; absent or hidden: empty. */
bool	pkcs11_bytes(struct pkcs11 *, ck_session_handle_t, ck_object_handle_t,
	    ck_attribute_type_t, struct arena *, struct span *out,
	    struct err *) MUST_USE;

/*
 * pkcs11_publics_load reads the CKA_ID of all public key objects;
 * pkcs11_publics_find gives the first one of an id, or none.
 */
struct pkcs11_publics {
	struct pkcs11_public	*items;
	size_t			 count;
};
bool	pkcs11_publics_load(struct pkcs11 *, struct arena *,
	    struct pkcs11_publics *out, struct err *) MUST_USE;
void	pkcs11_publics_find(const struct pkcs11_publics *, struct span id,
	    struct pkcs11_found *out);

/* pkcs11_key_load reads all facts of a private key; *out is the token's. */
bool	pkcs11_key_load(struct pkcs11 *, ck_object_handle_t,
	    struct pkcs11_key **out, struct err *) MUST_USE;

/* pkcs11_handle gives the present handle of a key, in a session of ours. */
bool	pkcs11_handle(struct pkcs11_key *, const struct pkcs11_session *,
	    ck_object_handle_t *out, struct err *) MUST_USE;

/* pkcs11_mechanism_name is a name of the standard, or NULL. */
const char *pkcs11_mechanism_name(ck_mechanism_type_t);

/* The verbs. */
bool	pkcs11_find(struct keystore *, const struct key_uri *,
	    const struct key **, struct err *) MUST_USE;
bool	pkcs11_list(struct keystore *, struct arena *, const struct key ***,
	    size_t *, struct err *) MUST_USE;
bool	pkcs11_sign(struct keystore *, struct sign_job *, size_t) MUST_USE;
bool	pkcs11_make(struct keystore *, const struct key_plan *,
	    const struct key **, struct err *) MUST_USE;
bool	pkcs11_import(struct keystore *, const struct key_source *,
	    const struct key **, struct err *) MUST_USE;

/* pkcs11_writable: the token takes new keys. TOKEN-READ-ONLY. */
bool	pkcs11_writable(const struct pkcs11 *, struct err *) MUST_USE;

/* pkcs11_label_free: a new key may have this label. USAGE, KEY-EXISTS. */
bool	pkcs11_label_free(struct pkcs11 *, struct span label, struct err *)
	    MUST_USE;

/*
 * public_key_assemble makes a SubjectPublicKeyInfo (RFC 5280 4.1.2.7) from
 * what a public key object holds. EC: parameters as DER, the point raw or in
 * an OCTET STRING. false: not of a kind that we know.
 */
struct public_parts {
	ck_key_type_t	type;
	struct span	modulus;
	struct span	exponent;
	struct span	parameters;
	struct span	point;
};
bool	public_key_assemble(const struct public_parts *, struct buf *out)
	    MUST_USE;
/* public_key_of_certificate cuts it out of a certificate. */
bool	public_key_of_certificate(struct span, struct span *out) MUST_USE;

/* The algorithms that keys are made for; all end at name == NULL. */
struct key_algorithm {
	const char	*name;		/* "ec-p256" */
	enum key_kind	 kind;
	unsigned	 bits;		/* RSA modulus, order of the curve */
	struct span	 parameters;	/* CKA_EC_PARAMS */
	ck_mechanism_type_t generate;
};
extern const struct key_algorithm key_algorithms[];

#endif
