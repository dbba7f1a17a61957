/*
 * provenance - what build systems say of the inputs of a request: found,
 * checked by the keys in build-systems/, and judged by policy/provenance.c,
 * before anybody is asked to approve.
 *
 * For each artifact the first place that has anything counts:
 *	- the file that the release manifest names, with its SHA-256;
 *	- tags of files in the project's repository, below `attestation-refs`
 *	  of the project and the artifact's SHA-256 (hex);
 *	- with `attestation-notes`, the note on the released commit in
 *	  refs/notes/attestations (git/notes.h), for all artifacts of it;
 *	- the file beside the artifact, with `attestation-suffix` behind its
 *	  address.
 * A place where something is to come, but is not there yet, is asked again.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_PROVENANCE_H
#define JUDGE_PROVENANCE_H

#include "config/model.h"
#include "judge/errand.h"
#include "ledger/fold.h"

struct dossier;		/* judge/dossier.h */
struct input;

/* A file with attestations, as it came. */
struct attested_file {
	struct span	place;		/* address, or name of a ref */
	struct span	bytes;		/* empty: it is no file */
};

/*
 * provenance_read says what files with attestations say, and whose they are by
 * the rules of a policy: facts for policy/policy.h, in the arena. artifact is
 * the one of the manifest that they were found for. time: in ms, at which
 * certificates count. Zero-initialise the list; it grows. Errors: a spent
 * arena.
 */
struct provenance_facts {
	struct provenance_fact	*items;
	size_t			 count;
};
bool	provenance_read(const struct config *, const struct provenance *,
	    size_t artifact, const struct attested_file *, size_t count,
	    int64_t time, struct arena *, struct provenance_facts *,
	    struct err *) MUST_USE;

/* What is in hand of it for one input; its files live in the dossier. */
struct attesting {
	struct errand		 download;	/* under way, or not */
	int			 scratch;	/* that it is written to */
	struct attested_file	*files;
	size_t			 count;
	bool			 done;		/* nothing more is looked for */
};

#define ATTESTING_NONE { .download = ERRAND_NONE, .scratch = -1 }

void	attesting_drop(struct desk *, struct attesting *);

/*
 * provenance_get begins, goes on, or ends; attesting.done tells. Nothing is
 * looked for if the policy does not ask. Errors: ATTESTATION-AWAITED (of kind
 * system: it may come), ORIGIN-PROVENANCE-DIGEST, those of the download and of
 * the mirror.
 */
bool	provenance_get(struct desk *, struct dossier *, const struct project *,
	    struct input *, struct err *) MUST_USE;

/*
 * provenance_hold judges the release with what was found for all its inputs.
 * Errors: the first reason against it, ORIGIN-PROVENANCE-*; all of them stand
 * in the dossier's decision.
 */
bool	provenance_hold(struct desk *, struct dossier *, struct err *)
	    MUST_USE;

/*
 * provenance_reasons adds what a decision has against it, as much as an event
 * holds; false: nothing.
 */
bool	provenance_reasons(const struct decision *, struct json *findings);

/*
 * provenance_builds adds to an event which builds made an input: what counts
 * of the files that were found for it. Nothing, where the policy does not ask.
 */
void	provenance_builds(const struct dossier *, const struct input *,
	    struct json *);

/*
 * provenance_evidence keeps the files of an input and adds them to an event
 * that has no other evidence but such, as many as it holds.
 */
bool	provenance_evidence(struct desk *, const struct input *, struct json *,
	    struct err *) MUST_USE;

#endif
