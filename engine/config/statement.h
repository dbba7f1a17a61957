/*
 * statement - what signed messages say: the manifest of a release ref, the
 * decision of an approver, and what holders of recovery keys say.
 */
#ifndef CONFIG_STATEMENT_H
#define CONFIG_STATEMENT_H

#include "config/host.h"

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

/* Three commits, each by its id and by SHA-256. */
struct recovery_statement {
	struct place		at;
	uint64_t		version;
	uint64_t		epoch;
	struct span		engine;		/* UUID */
	struct span		config;		/* UUID */
	struct config_root	root;		/* that the engine pins */
	struct config_root	leaves;		/* in force until then */
	struct config_root	to;		/* in force from then on */
	int64_t			expires;	/* milliseconds */
	struct span		reason;
};

#endif
