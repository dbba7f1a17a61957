/*
 * refs - what is so about a release ref: all that the policy asks about
 * (policy/policy.h), read from a mirror by object ids.
 *
 * Nothing is decided here, and nothing that the ref's owner got wrong is an
 * error: it becomes a fact, so that all findings come at once. Errors are what
 * stops the machine: objects that are missing or corrupt, a dead verifier.
 */
#ifndef JUDGE_REFS_H
#define JUDGE_REFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "git/repository.h"
#include "judge/signers.h"
#include "policy/policy.h"

/* A ref as the mirror has it, and what is known of it from before. */
struct release_look {
	struct span		 project;	/* slug: whose repo it is */
	struct span		 ref;		/* full name */
	struct object_id	 object;	/* what it points to */
	struct span		 seen_object;	/* seen first, hex; or empty */
	const struct ref	*branches;	/* all heads, full names */
	size_t			 branch_count;
	const struct object_id	*base;		/* commit of the last release of
						 * this policy; NULL: none */
	int64_t			 seen;		/* first, in milliseconds */
	bool			 apart;		/* the repository is not here:
						 * nothing but the object is
						 * looked at */
};

/* It lives in the arena that it was read into. */
struct release {
	struct release_facts	 facts;
	struct manifest		 manifest;
	struct span		 raw;		/* tag or commit: evidence */
	struct object_id	 commit;	/* what is released */
	uint8_t			 payload_sha256[32];
	uint8_t			 manifest_sha256[32];
	struct text_list	 authors;	/* slugs: who signed the commits
						 * since the last release */
};

/* release_wanted tells whether any policy of a project takes such a ref. */
bool	release_wanted(const struct project *, struct span ref);

/*
 * release_read gathers the facts. facts.commits is filled in where the policy
 * named asks for signed or reviewed commits or excludes authors.
 */
bool	release_read(struct repository *, struct signers *,
	    const struct release_look *, struct arena *, struct release *,
	    struct err *) MUST_USE;

/* Where the bytes of a file of the tagged tree are. */
enum artifact_place {
	ARTIFACT_IN_TREE,
	ARTIFACT_IN_LFS,	/* the tree has a pointer to it */
};

/*
 * release_artifact reads an artifact that the manifest names by path, from
 * the tree of the released commit, and compares size and SHA-256; of a pointer
 * of Git LFS, those that it names. Errors: GIT-PATH-MISSING, LIMIT-SIZE,
 * ARTIFACT-DIGEST, GIT-LFS-POINTER.
 */
bool	release_artifact(struct repository *, const struct release *,
	    const struct manifest_artifact *, uint64_t limit, struct buf *out,
	    enum artifact_place *, struct err *) MUST_USE;

#endif
