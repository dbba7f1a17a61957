/*
 * formats - how each kind of file carries a signature.
 *
 * One file per format; each fills one const struct format; all.c lists them.
 * A format sees bytes and nothing else: no paths, keys, network, clock.
 * Every signature is made in two phases: plan says what is to be signed and
 * changes nothing, apply takes the values and gives a new rope.
 *
 * Includes: base, crypto, containers, artifact.
 */
#ifndef FORMATS_FORMATS_H
#define FORMATS_FORMATS_H

#include "artifact/directive.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/rope.h"
#include "crypto/catalog.h"
#include "crypto/identity.h"
#include "crypto/report.h"
#include "crypto/signature.h"

struct container;
struct listing;

/*
 * What a format has found out about a file and about its signed form, so that
 * no byte is read twice: subjects of both share one. What is in it is the
 * format's, lives in their arena, and holds for these very bytes only.
 */
struct memory {
	void		*own;
	const struct listing *listing;	/* of the file, once its contents were
					 * looked at; or NULL */
};

/* A file as every verb gets it. What a verb makes lives in the arena. */
struct subject {
	struct rope	 file;
	struct span	 name;		/* last of its path, for messages */
	struct arena	*arena;
	struct spool	*scratch;	/* for what is too large for memory */
	struct memory	*memory;	/* NULL: nothing is remembered */
	struct span	 language;	/* facts: of this one; empty: of all,
					 * and they must agree */
};

/* One signature that a plan asks for. */
struct plan_item {
	struct to_be_signed	to_be_signed;
	bool			timestamp;	/* over the signature value */
	enum digest_kind	imprint;	/* of the timestamp request */
	const void		*draft;		/* the format's, in the arena */
};

struct plan {
	struct plan_item	*items;
	size_t			 count;
	bool			 again;	/* plan once more after apply */
};

/* What came back for one plan_item. */
struct sealed {
	struct span	signature;	/* by signature_kind; empty: keep */
	struct span	timestamp;	/* TimeStampToken (RFC 3161) or none */
	unsigned	nested;		/* signature is empty: of the finding
					 * that the timestamp is for */
};

/* What a check goes by. */
struct check_terms {
	struct judge_terms	 judge;
	const struct rope	*detached;	/* signature file, or NULL */
};

/*
 * One fact of a file for `where`: "product-name", "Acme App". A fact that a
 * file of this kind may have but this one has not says why.
 */
struct fact {
	const char	*key;
	struct span	 value;		/* UTF-8 */
	const char	*absent;	/* NULL: value counts */
};

struct facts {
	struct fact	*items;
	size_t		 count;
};

struct format {
	const char	*name;		/* "pe": in config, logs and ledger */
	const char	*title;		/* "Windows executable": for people */
	const char	*suffixes;	/* "exe dll sys": a tie-break only */
	bool		 by_name;	/* a file is one if it ends so */
	bool		 single;	/* holds one signature: no `append` */
	unsigned	 methods;	/* bits 1 << enum method */
	const struct container *container; /* NULL: nothing inside */

	/* probe looks at the start of a file: 0 is no, 100 is certain. */
	int	(*probe)(struct span head);

	/* plan fills in what the signer must sign, and changes nothing. */
	bool	(*plan)(const struct subject *, const struct directive *,
		    const struct signing_identity *, struct plan *,
		    struct err *);

	/*
	 * apply gives the file with the signatures embedded or, for a
	 * detached method, the new file's contents. The timestamps were
	 * checked before (timestamp_check); apply places them.
	 */
	bool	(*apply)(const struct subject *, const struct directive *,
		    const struct signing_identity *, const struct plan *,
		    const struct sealed *, struct rope *out, struct err *);

	/* check reports every signature, good or not; none is no error. */
	bool	(*check)(const struct subject *, const struct check_terms *,
		    struct findings *, struct err *);

	/*
	 * begin has what check will need of a file made while its contents
	 * are looked at, as far as somebody helps; the subject has a memory.
	 * It judges nothing. NULL: there is nothing to be had before.
	 */
	bool	(*begin)(const struct subject *, struct err *);

	/* strip takes every signature out; *changed tells if one was there. */
	bool	(*strip)(const struct subject *, struct rope *out,
		    bool *changed, struct err *);

	/*
	 * foresee does the work on a file that check and same will need for
	 * what a directive makes of it, as far as it is remembered. It judges
	 * nothing, and without it they come to the same.
	 */
	bool	(*foresee)(const struct subject *, const struct directive *,
		    struct err *);

	/*
	 * same tells whether two files are equal but for their signatures and
	 * what a signature changes (checksums, sizes): the checker's question.
	 */
	bool	(*same)(const struct subject *before,
		    const struct subject *after, struct err *);

	/*
	 * member gives what a catalog knows a file of this kind by: digests
	 * that its own signatures do not change; with the hashes of its pages
	 * of one kind, if pages is not NULL. NULL: all bytes of the file.
	 */
	bool	(*member)(const struct subject *,
		    const enum digest_kind *pages, struct catalog_file *,
		    struct err *);

	/* facts gives the metadata that `where` can ask for. */
	bool	(*facts)(const struct subject *, struct facts *, struct err *);
};

extern const struct format *const all_formats[];	/* ends with NULL */

/* facts_add puts one more fact in; false: budget. */
bool	facts_add(struct facts *, struct arena *, struct fact, struct err *)
	    MUST_USE;

/* fact_find gives the fact of a key, or NULL: no such key for this format. */
const struct fact *fact_find(const struct facts *, struct span key);

/*
 * format_allows tells whether a format can do what a directive asks: method
 * (FORMAT-METHOD, FORMAT-NOT-SIGNABLE), `append` (FORMAT-APPEND) and digest
 * (FORMAT-DIGEST), which it gives back; it is SHA-256 where the directive
 * names none.
 */
bool	format_allows(const struct format *, const struct directive *,
	    enum digest_kind *, struct err *) MUST_USE;

/* format_find looks a format up by name, or gives NULL. */
const struct format *format_find(struct span name);

/* format_suffix is what follows the last dot of a name, or empty. */
struct span format_suffix(struct span name);

/*
 * format_probe finds the format of a file by its first bytes; suffixes break
 * ties, and decide where bytes say nothing (by_name). A file that no other
 * format knows is "file".
 */
bool	format_probe(const struct subject *, const struct format **out,
	    struct err *) MUST_USE;

/*
 * format_guessed tells that the first bytes of a file only hint at a format:
 * who finds that it is none after all takes it for a file of any kind.
 */
bool	format_guessed(const struct format *, const struct subject *);

/* format_certain tells that they leave no doubt: a DOS program is no "pe". */
bool	format_certain(const struct format *, const struct subject *);

#endif
