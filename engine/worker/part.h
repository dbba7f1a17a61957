/*
 * worker - the processes that touch the bytes of artifacts: they resolve what
 * is inside, shape signed files, and account for what was signed.
 *
 * part: one file of an artifact with its bytes. A part stands beside each node
 * of the tree (artifact/resolved.h), which says what the file is and what is to
 * be done; the part has its ropes, format and listing.
 *
 * Includes: base, sys, wire, crypto, artifact, containers, formats.
 */
#ifndef WORKER_PART_H
#define WORKER_PART_H

#include "artifact/element.h"
#include "artifact/resolved.h"
#include "containers/containers.h"
#include "formats/formats.h"

/* A new file that a detached signature brings. */
struct beside {
	struct span		 path;	/* in the container */
	struct rope		 contents;
	const struct directive	*directive;
};

struct part {
	struct resolved		*node;
	const struct format	*format;	/* NULL: not looked into */
	struct rope		 before;	/* as it came */
	struct rope		 now;		/* as signed so far */
	bool			 changed;	/* now is not before */
	struct listing		 listing;	/* of a container: before */
	bool			 listed;
	struct part		*parent;	/* NULL: the artifact itself */
	struct part		*twin;		/* equal, signed for both */
	struct part		*parts;		/* beside node->children */
	struct beside		*beside;
	size_t			 beside_count;
	size_t			 done;		/* directives of the node */
	bool			 sealed;	/* all of them */
	struct memory		*memory;	/* of its format, or NULL */
};

struct resolve_terms {
	struct span		 name;		/* of the artifact */
	const struct element	*element;	/* NULL: look into all */
	const struct directive	*directive;	/* for the artifact itself,
						 * where element is NULL */
	struct container_limits	 limits;
	uint32_t		 depth;		/* containers in containers */
	struct judge_terms	 judge;		/* for `verify` */
	const struct signing_identity *identity; /* for `existing: keep`, or
						 * NULL */
	struct arena		*arena;
	struct spool		*scratch;
	bool			 unhashed;	/* nobody asks for SHA-256 */
	bool			 thorough;	/* all files are hashed, those
						 * that no element names too */
	bool			 remembers;	/* parts have a memory */
	bool			 begins;	/* the artifact's format begins
						 * with what check needs */
	bool			 sifts;		/* what no format knows is not
						 * kept: `before` is empty */
	bool			 lenient;	/* go on behind what is refused,
						 * and mark it */
	struct digest_trail	*trail;		/* of the artifact, or NULL */
};

/*
 * part_resolve finds out what is inside an artifact and what each element of
 * the configuration stands for, looks at `where`, and demands what `verify`
 * demands. Files that no element names are listed and not read, unless it is
 * thorough: their nodes have no digest. Nor have those of them that cannot be
 * unpacked here. Errors: those of match_entries and of the formats,
 * ARTIFACT-WHERE, ARTIFACT-VERIFY, LIMIT-SIZE.
 */
bool	part_resolve(const struct rope *, const struct resolve_terms *,
	    struct part **out, struct err *) MUST_USE;

/* part_beside is the new file of a directive in a container, or NULL. */
const struct beside *part_beside(const struct part *container,
		    const struct directive *);

/* part_subject is what the verbs of the part's format take; now or before. */
struct subject	part_subject(const struct part *, struct rope file,
		    struct arena *, struct spool *);

#endif
