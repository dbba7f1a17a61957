/*
 * attestation - what a build system says of a build: an in-toto statement
 * (v1 or v0.1) with SLSA provenance (v1 or v0.2).
 *
 *	{ "_type": "https://in-toto.io/Statement/v1",
 *	  "subject": [ { "name": TEXT, "digest": { "sha256": HEX } } ],
 *	  "predicateType": "https://slsa.dev/provenance/v1",
 *	  "predicate": {
 *	    "buildDefinition": { "buildType", "externalParameters",
 *	        "resolvedDependencies": [ { "uri", "digest" } ] },
 *	    "runDetails": { "builder": { "id" },
 *	        "metadata": { "invocationId" } } } }
 *
 *	v0.2: "predicate": { "builder": { "id" }, "buildType",
 *	    "invocation": { "configSource": { "uri", "digest", "entryPoint" },
 *	        "parameters" }, "materials": [ { "uri", "digest" } ],
 *	    "metadata": { "buildInvocationId" } }
 *
 * Members that are not named here are ignored, as both specifications want it;
 * those that are must be there with the kind of value that they have, but for
 * resolvedDependencies, materials, invocation and what is in it; the id of an
 * invocation that is no text is none.
 *
 * Includes: base, config.
 */
#ifndef POLICY_ATTESTATION_H
#define POLICY_ATTESTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/model.h"

/* The SHA-256 of something that was made. */
struct attested_subject {
	uint8_t		sha256[32];
};

/* What went in. */
struct attested_source {
	struct span	uri;
	struct span	commit;		/* gitCommit or sha1, hex; or empty */
};

/*
 * What whoever started the build could choose: one value, and where it stands
 * (RFC 6901) in externalParameters; of v0.2 /entryPoint, and what is below
 * /parameters. Values that are no texts are as JSON writes them.
 */
struct attested_parameter {
	struct span	pointer;
	struct span	value;
};

/* It lives in the arena. */
struct attestation {
	LIST_OF(struct attested_subject) subjects; /* that have a SHA-256 */
	struct span			 builder;
	struct span			 build_type;
	struct span			 invocation; /* its id; or empty */
	LIST_OF(struct attested_source)	 sources; /* what was built is first */
	LIST_OF(struct attested_parameter) parameters;
};

/*
 * attestation_parse reads the payload of an envelope. Errors:
 * ATTESTATION-MALFORMED, ATTESTATION-TYPE (no SLSA provenance, or a version
 * that nobody here knows), JSON-MALFORMED, LIMIT-SIZE, LIMIT-MEMORY.
 */
bool	attestation_parse(struct span payload, struct arena *,
	    struct attestation *out, struct err *) MUST_USE;

#endif
