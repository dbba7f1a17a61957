/*
 * issue - certificate requests (PKCS#10, RFC 2986) and certificates, by their
 * own key or by that of an authority, made in two phases.
 */
#ifndef CRYPTO_ISSUE_H
#define CRYPTO_ISSUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/signature.h"
#include "crypto/x509.h"

/* What the certificate is for: rows of the table in the .c file. */
enum certificate_use {
	CERTIFICATE_CODE_SIGNING,
	CERTIFICATE_TIME_STAMPING,
	CERTIFICATE_AUTHORITY,
	CERTIFICATE_USES
};

struct certificate_terms {
	struct span		 subject;	/* "CN=Acme Test,O=Acme,C=DE" */
	struct span		 spki;		/* DER of the public key */
	enum signature_kind	 kind;
	enum certificate_use	 use;
	const struct span	*names;		/* "dns:…", "email:…", … */
	size_t			 name_count;
	struct span		 evidence;	/* of the key, for requests: see
						 * evidence.h; or empty */
	/* The rest is for certificates only. */
	int64_t			 not_before;	/* ms since 1970 UTC */
	int64_t			 not_after;
	struct span		 serial;	/* 8 to 20 random bytes */
	const struct certificate *issuer;	/* NULL: self-signed */
	struct span		 subject_name;	/* DER: instead of subject, or
						 * empty */
};

/*
 * name_parse makes the DER of a Name from RFC 4514 text; ERR_SUBJECT_MALFORMED
 * says what is wrong with it.
 */
bool	name_parse(struct span text, struct arena *, struct span *der,
	    struct err *) MUST_USE;

/*
 * Both plans give the DER of what is to be signed, and what the key gets of
 * it; issue_finish makes the whole of that and the value, which it checks
 * against the public key of who signs first. The kind is that of who signs.
 */
bool	request_plan(const struct certificate_terms *, struct arena *,
	    struct span *draft, struct to_be_signed *, struct err *) MUST_USE;
bool	certificate_plan(const struct certificate_terms *, struct arena *,
	    struct span *draft, struct to_be_signed *, struct err *) MUST_USE;
bool	issue_finish(const struct certificate_terms *, struct span draft,
	    struct span value, struct arena *, struct span *der, struct err *)
	    MUST_USE;

#endif
