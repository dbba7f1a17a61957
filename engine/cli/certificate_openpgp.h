/*
 * certificate_openpgp - what the commands about OpenPGP certificates of keys
 * in a token share.
 */
#ifndef CLI_CERTIFICATE_OPENPGP_H
#define CLI_CERTIFICATE_OPENPGP_H

#include "cli/cli.h"
#include "cli/token.h"
#include "crypto/openpgp_make.h"

#define PGP_ARENA	((size_t)32 << 20)	/* bytes */
#define PGP_DAYS	730			/* until expiry, if not given */
#define PGP_APART	INT64_C(300000)		/* ms that a clock may be
						 * behind another */

/* Options of more than one of them; put them into the tables. */
#define PGP_EXPIRES							\
	{ "expires", 0, "WHEN", "a date, or so long from now: 2028-01-31, "\
	    "365d (default 730d)", false }
#define PGP_DIGEST							\
	{ "digest", 0, "NAME", "sha256, sha384, sha512 (default: by the "\
	    "key's size)", false }
#define PGP_REASON							\
	{ "reason-text", 0, "TEXT", "why, for everybody to read", false }

/* A certificate being made or changed, and the signatures that it waits for. */
struct pgp_work {
	struct arena			*arena;
	struct token			*token;	/* of the primary key */
	struct openpgp_certificate	 c;
	struct openpgp_terms		 terms;
	enum digest_kind		 digest;
	int64_t				 now;	/* ms, whole seconds */
	struct openpgp_draft		 drafts[OPENPGP_PARTS];
	size_t				 places[OPENPGP_PARTS];
	size_t				 count;
};
void	pgp_work_done(struct pgp_work *);

/* pgp_begin reads --expires and --digest. Errors: USAGE, OPENPGP-DATE. */
bool	pgp_begin(const struct invocation *, struct pgp_work *, struct err *)
	    MUST_USE;

/*
 * pgp_load reads a certificate; what is signed from now on is newer than all
 * in it. Errors: those of openpgp_certificate_read, OPENPGP-DATE.
 */
bool	pgp_load(const char *path, struct pgp_work *, struct err *) MUST_USE;

/* pgp_open opens the token of --key, whose key it gives. */
bool	pgp_open(const struct invocation *, struct pgp_work *,
	    struct token_key *out, struct err *) MUST_USE;

/* pgp_open_same: it must be the certificate's. Errors: OPENPGP-TOKEN-KEY. */
bool	pgp_open_same(const struct invocation *, struct pgp_work *,
	    struct err *) MUST_USE;

/* pgp_names adds each --name, pgp_subkeys each --subkey, as made then. */
bool	pgp_names(const struct invocation *, struct pgp_work *, struct err *)
	    MUST_USE;
bool	pgp_subkeys(const struct invocation *, struct pgp_work *,
	    int64_t created, struct err *) MUST_USE;

/* pgp_self waits for the primary key's signature over a part. */
bool	pgp_self(struct pgp_work *, size_t part, struct err *) MUST_USE;

/*
 * pgp_reason reads the name of a reason (NULL: none is given) and
 * --reason-text. pgp_revoke waits for the revocation of a part.
 */
bool	pgp_reason(const struct invocation *, const char *option,
	    enum openpgp_reason *out, struct span *text, struct err *)
	    MUST_USE;
bool	pgp_revoke(struct pgp_work *, size_t part, enum openpgp_reason,
	    struct span text, struct err *) MUST_USE;

/* pgp_sign has all signed that waits, and puts it in. */
bool	pgp_sign(struct pgp_work *, const char *name, struct err *) MUST_USE;

/*
 * pgp_write writes the certificate as it would be read again: one that is not
 * sound is not written. flags: enum file_replace.
 */
bool	pgp_write(const struct pgp_work *, const char *path, unsigned flags,
	    struct err *) MUST_USE;

/*
 * pgp_look reads a file that begins as an armored key; *out stays NULL if it
 * does not. Errors: those of openpgp_certificate_read and file_load.
 */
bool	pgp_look(const char *path, struct arena *,
	    struct openpgp_certificate **out, struct err *) MUST_USE;

/* A certificate as JSON, and for people. */
struct json	*pgp_json(const struct openpgp_certificate *, int64_t now);
void		 pgp_print(const struct openpgp_certificate *, int64_t now);

/* pgp_over tells that it has expired, is revoked, or is of the future. */
bool	pgp_over(const struct openpgp_certificate *, int64_t now);

/* pgp_answer tells of a certificate that was written. */
void	pgp_answer(const struct invocation *, const struct pgp_work *,
	    const char *output, const char *revocation);

#endif
