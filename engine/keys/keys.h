/*
 * keys - where private keys live, and how they sign.
 *
 * A key store is a place that signs and never gives its keys away. Each kind
 * of store fills one row of all_keystores; today that is PKCS#11. What is to
 * be signed comes as struct to_be_signed, the bare value goes back, checked
 * against the public key before anybody sees it.
 *
 * Includes: base, crypto. Only the signer process may include this folder.
 */
#ifndef KEYS_KEYS_H
#define KEYS_KEYS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"
#include "crypto/signature.h"
#include "keys/pin.h"
#include "keys/uri.h"

struct keystore;	/* one open token */
struct key;		/* a private key in it; lives as long as the store */

/* How a token is reached and which one it is. */
struct keystore_terms {
	const char		*kind;		/* NULL: "pkcs11" */
	const char		*module;	/* path of the library */
	const char		*parameters;	/* the module's own, or NULL */
	struct span		 token;		/* label; ptr NULL: any */
	struct span		 serial;	/* ptr NULL: any */
	struct pin_source	 pin;
	unsigned		 sessions;	/* at once; 0: processors */
	int64_t			 limit;		/* ms for one call; 0: 60 s */
	bool			 last_try;	/* log in even if one more wrong
						 * PIN locks the token */
};

/* The attributes of a private key, bits 1 << enum key_attribute. */
enum key_attribute {
	KEY_ATTRIBUTE_SENSITIVE,
	KEY_ATTRIBUTE_ALWAYS_SENSITIVE,
	KEY_ATTRIBUTE_EXTRACTABLE,
	KEY_ATTRIBUTE_NEVER_EXTRACTABLE,
	KEY_ATTRIBUTE_LOCAL,
	KEY_ATTRIBUTE_SIGN,
	KEY_ATTRIBUTE_DECRYPT,
	KEY_ATTRIBUTE_UNWRAP,
	KEY_ATTRIBUTE_SIGN_RECOVER,
	KEY_ATTRIBUTE_DERIVE,
	KEY_ATTRIBUTE_MODIFIABLE,
	KEY_ATTRIBUTE_ALWAYS_AUTHENTICATE,
	KEY_ATTRIBUTES
};

/* What a sound key says of itself, and which error it is if it does not. */
struct key_attribute_row {
	const char	*name;		/* "never_extractable": JSON, ledger */
	bool		 judged;	/* false: either will do */
	bool		 want;
	enum err_code	 code;
};
extern const struct key_attribute_row key_attribute_rows[KEY_ATTRIBUTES];

/* What is known of a key; spans live as long as the store. */
struct key_facts {
	enum key_kind	kind;
	const char	*algorithm;	/* "rsa-3072"; "rsa" if of odd size */
	struct span	label;
	struct span	id;
	struct span	public_key;	/* SubjectPublicKeyInfo, DER; empty if
					 * the token holds no public half */
	struct digest	spki_sha256;
	unsigned	attributes;
	struct span	mechanism;	/* that made it: "CKM_...", a number in
					 * hex, or empty if not told */
	struct token_names token;
	const struct token_about *about;	/* the token */
};

const struct key_facts *key_facts_of(const struct key *);

/* key_sound is false with the first attribute that is not as it should be. */
bool		 key_sound(const struct key_facts *, struct err *) MUST_USE;

/*
 * key_confined is false if the key may leave the token now, whatever it could
 * before: KEY-EXPORTABLE.
 */
bool		 key_confined(const struct key_facts *, struct err *) MUST_USE;

/* key_describe gives facts and findings as one JSON map. */
struct json	*key_describe(const struct key_facts *);

/* One use of a key in a batch. */
struct sign_job {
	const struct key	*key;
	struct to_be_signed	 to_be_signed;
	struct buf		 value;		/* filled in if it worked */
	struct err		*err;		/* on the heap if it did not */
};
void		 sign_job_done(struct sign_job *);

/* What a new key is to be. */
struct key_plan {
	struct span	algorithm;	/* "rsa-3072", "ec-p256", "ed25519" */
	struct span	label;		/* no key of the token may have it */
};

/* A key that comes in a file; the descriptors stay the caller's. */
struct key_source {
	struct span	label;		/* as in struct key_plan */
	int		file;		/* PKCS#12, or PEM with one key */
	int		passphrase;	/* one line, or nothing for none */
};

struct keystore_kind {
	const char	*name;
	const char	*title;		/* for people */
	bool	(*new)(const struct keystore_terms *, struct keystore **out,
		    struct err *);
	bool	(*open)(struct keystore *, struct err *);
	void	(*close)(struct keystore *);
	/* find gives the one private key that a URI names. */
	bool	(*find)(struct keystore *, const struct key_uri *,
		    const struct key **out, struct err *);
	/* list gives all private keys, in the arena. */
	bool	(*list)(struct keystore *, struct arena *,
		    const struct key ***out, size_t *count, struct err *);
	/* sign does each job by itself; false: at least one has an err. */
	bool	(*sign)(struct keystore *, struct sign_job *, size_t count);
	bool	(*make)(struct keystore *, const struct key_plan *,
		    const struct key **out, struct err *);
	bool	(*import)(struct keystore *, const struct key_source *,
		    const struct key **out, struct err *);
	/* describe gives the token's own names. */
	struct token_names (*describe)(const struct keystore *);
	/* warning is what an operator should hear, or NULL. */
	const struct err *(*warning)(const struct keystore *);
};

extern const struct keystore_kind *const all_keystores[]; /* ends with NULL */

/*
 * keystore_new reads the PIN and loads the module, and asks for no token yet;
 * pin_forget is the caller's. Errors: TOKEN-MODULE, those of pin_read, USAGE.
 */
bool		 keystore_new(const struct keystore_terms *,
		    struct keystore **out, struct err *) MUST_USE;

/*
 * keystore_renew finds the token and logs in if the terms name a PIN; also
 * again, when a token may have come back: then it must be the same one, and no
 * batch may be under way. A PIN that was wrong is not tried again. Errors:
 * TOKEN-MODULE, TOKEN-ABSENT, TOKEN-AMBIGUOUS, TOKEN-PIN-WRONG,
 * TOKEN-PIN-LOCKED, TOKEN-PIN-LOW, TOKEN-KEYPAD, TOKEN-SESSION, TOKEN-DEVICE.
 */
bool		 keystore_renew(struct keystore *, struct err *) MUST_USE;

/* keystore_open is all of that. */
bool		 keystore_open(const struct keystore_terms *,
		    struct keystore **out, struct err *) MUST_USE;

/* keystore_close logs out and ends the module. Never call it from atexit. */
void		 keystore_close(struct keystore *);
DEFINE_CLEANUP(struct keystore, keystore_done, keystore_close);

/*
 * keystore_find: KEY-ABSENT, KEY-AMBIGUOUS, KEY-USAGE (it may not sign),
 * KEY-PUBLIC (no public half to check signatures with), TOKEN-LOGIN, those of
 * key_rules_hold.
 */
bool		 keystore_find(struct keystore *, const struct key_uri *,
		    const struct key **out, struct err *) MUST_USE;

bool		 keystore_list(struct keystore *, struct arena *,
		    const struct key ***out, size_t *count, struct err *)
		    MUST_USE;

/*
 * keystore_sign signs a batch in parallel sessions. Order is kept; every value
 * was checked with signature_check. A session that is lost is opened again,
 * and its jobs are tried once more. false: some jobs have an err, and *e is
 * that of the first.
 */
bool		 keystore_sign(struct keystore *, struct sign_job *,
		    size_t count, struct err *e) MUST_USE;

/*
 * keystore_make generates a key that cannot leave the token, reads back what
 * the token says of it and destroys it if that is not sound. Errors:
 * KEY-ALGORITHM, KEY-EXISTS, TOKEN-MECHANISM (it makes no such keys),
 * TOKEN-READ-ONLY, those of key_sound and
 * key_rules_hold.
 */
bool		 keystore_make(struct keystore *, const struct key_plan *,
		    const struct key **out, struct err *) MUST_USE;

/*
 * keystore_import puts a key from a file into the token: from then on it cannot
 * leave, and the token says that it was made elsewhere. A signature shows that
 * it works; else it is destroyed. What was read is wiped. Errors: KEY-FILE,
 * KEY-PASSPHRASE, KEY-EXISTS, PIN-EXPOSED, TOKEN-READ-ONLY, those of
 * key_rules_hold and key_sound.
 */
bool		 keystore_import(struct keystore *, const struct key_source *,
		    const struct key **out, struct err *) MUST_USE;

/*
 * keystore_pulse tells, to any thread, whether a module is being called and how
 * far the work has come. A call that hangs leaves it as it is for longer than
 * the limit.
 */
struct keystore_pulse {
	unsigned long	 beats;		/* steps of all work so far */
	const char	*module;	/* path; NULL: none is being called */
	int64_t		 limit;		/* ms, of that token */
};
struct keystore_pulse keystore_pulse(void);

struct token_names keystore_names(const struct keystore *);
const struct err *keystore_warning(const struct keystore *);

#endif
