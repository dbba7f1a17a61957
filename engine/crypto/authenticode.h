/*
 * authenticode - Microsoft's use of PKCS#7 for signed files: what is the same
 * in all formats that carry it.
 */
#ifndef CRYPTO_AUTHENTICODE_H
#define CRYPTO_AUTHENTICODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/cms.h"
#include "crypto/digest.h"
#include "crypto/identity.h"
#include "crypto/report.h"
#include "crypto/signature.h"

/* Which kind of file the digest is of: rows of the table in the .c file. */
enum authenticode_subject {
	AUTHENTICODE_PE,
	AUTHENTICODE_CAB,
	AUTHENTICODE_MSI,
	AUTHENTICODE_POWERSHELL,
	AUTHENTICODE_JSCRIPT,
	AUTHENTICODE_VBSCRIPT,
	AUTHENTICODE_WSF,
	AUTHENTICODE_APPX,
	AUTHENTICODE_APPX_BUNDLE,
	AUTHENTICODE_CATALOG,
	AUTHENTICODE_NAVX,
	AUTHENTICODE_SUBJECTS
};

/* What is signed. Text is UTF-8. */
struct authenticode_terms {
	enum authenticode_subject subject;
	struct digest		digest;		/* of the file, by its format */
	struct span		digests;	/* of packages: a list instead,
						 * all of digest.kind */
	enum digest_kind	page_kind;	/* SHA-256; SHA-1: parse only */
	struct span		page_hashes;	/* table, PE only; or empty */
	struct span		list;		/* of a catalog: it is signed
						 * itself, and digest is of its
						 * value; else empty */
	struct span		description;
	struct span		description_url;
};

/*
 * authenticode_content makes what a signature or a catalog says of a file
 * (SpcIndirectDataContent). AUTHENTICODE-PAGES: only a program has pages.
 */
bool	authenticode_content(const struct authenticode_terms *, struct arena *,
	    struct span *out, struct err *) MUST_USE;

/*
 * authenticode_plan says what the key must sign; cms_finish(draft, ...) makes
 * the DER. The file's digest must be of the kind that the identity signs with.
 */
bool	authenticode_plan(const struct authenticode_terms *,
	    const struct signing_identity *, struct arena *,
	    struct cms_draft **draft, struct to_be_signed *, struct err *)
	    MUST_USE;

/*
 * authenticode_nest puts a complete signature inside another one, besides
 * those that are there (a SET: DER orders them); the outer one's signed bytes
 * stay as they are.
 */
bool	authenticode_nest(struct span outer, struct span inner, struct arena *,
	    struct span *der, struct err *) MUST_USE;

/*
 * authenticode_stamp replaces the timestamps of one signature: the outermost,
 * 0, or a nested one by the number that its finding has. All others stay, but
 * the order of nested ones may change. FORMAT-NOT-SIGNED: there is none.
 */
bool	authenticode_stamp(struct span der, unsigned nested,
	    struct span token, struct arena *, struct span *out,
	    struct err *) MUST_USE;

/*
 * What a signature says about its file. That of a catalog is over the list in
 * it, which has no kind and value: there digest is of the list.
 */
struct authenticode {
	struct cms		cms;
	struct span		type;		/* OID of the kind of file */
	struct span		type_value;	/* its value, a whole element */
	struct digest		digest;		/* of a list: its own */
	struct span		digests;	/* the list, of packages */
	bool			obsolete;	/* <<<Obsolete>>> */
	bool			has_pages;
	enum digest_kind	page_kind;
	struct span		page_hashes;	/* the table */
	struct span		description;	/* UTF-8 */
	struct span		description_url;
};

/* authenticode_parse takes zero bytes behind the DER if padding is true. */
bool	authenticode_parse(struct span der, bool padding, struct arena *,
	    struct authenticode *out, struct err *) MUST_USE;

/* authenticode_parse_old takes SHA-1 too: the caller says what it is worth. */
bool	authenticode_parse_old(struct span der, bool padding, struct arena *,
	    struct authenticode *out, struct err *) MUST_USE;

/* authenticode_subject_is tells what kind of file a signature is for. */
bool	authenticode_subject_is(const struct authenticode *,
	    enum authenticode_subject);

/* authenticode_nested lists the signatures right inside one, as DER. */
bool	authenticode_nested(const struct cms_signer *, struct arena *,
	    struct span **out, size_t *count, struct err *) MUST_USE;

/* What only the format can answer about the file. */
struct authenticode_file {
	enum authenticode_subject subject;
	void	*arg;
	bool	(*digest)(void *arg, enum digest_kind, struct digest *out,
		    struct err *);
	/* for packages instead: whether the list is that of the file */
	bool	(*digests)(void *arg, enum digest_kind, struct span list,
		    struct err *);
	/* NULL: a signature with page hashes is refused */
	bool	(*pages)(void *arg, enum digest_kind, struct span table,
		    struct err *);
	bool	firmware;	/* an EFI program: firmware judges it, which
				 * asks for no extendedKeyUsage */
};

/*
 * authenticode_check judges the signature and all nested in it, and adds one
 * finding each, good or not. It returns false only when nothing can be said
 * (the outermost is no Authenticode signature, or the budget is spent).
 */
bool	authenticode_check(struct span der, bool padding,
	    const struct authenticode_file *, const struct judge_terms *,
	    struct arena *, struct findings *, struct err *) MUST_USE;

#endif
