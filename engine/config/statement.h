/*
 * statement - what signed messages say: the manifest of a release ref, and the
 * decision of an approver.
 */
#ifndef CONFIG_STATEMENT_H
#define CONFIG_STATEMENT_H

#include "config/model.h"

/* file NULL: there is none. */
struct manifest_attestation {
	struct place	at;
	struct span	from;		/* URL */
	uint8_t		sha256[32];
};

struct manifest_artifact {
	struct place	at;
	struct span	name;		/* one path segment */
	uint8_t		sha256[32];
	uint64_t	size;
	struct span	from;		/* URL; empty: path is set */
	struct span	path;		/* of a blob of the tagged tree */
	struct span	configuration;
	struct manifest_attestation attestation;
};

struct named_text {
	struct place	at;
	struct span	name;
	struct span	value;
};

struct manifest {
	struct place			at;
	uint64_t			version;
	struct span			project;
	struct span			policy;
	LIST_OF(struct manifest_artifact) artifacts;
	LIST_OF(struct named_text)	parameters;
	struct span			resubmit;	/* or empty */
};

enum decision_word {
	WORD_APPROVE,
	WORD_DENY,
	WORD_WITHDRAW,
};

struct statement {
	struct place		at;
	uint64_t		version;
	struct span		request;	/* "sr-" and 64 hex digits */
	enum decision_word	decision;
	struct span		reason;
};

#endif
