/*
 * incident - what an incident with a key comes to: a plan, as JSON, that the
 * commands and reports here read.
 *
 *	{"v":1, "kind":"tagseal-incident-plan",
 *	 "ledger":{"size":n, "root_sha256":hex},
 *	 "certificate":slug or "spki_sha256":hex, "since":time,
 *	 "revoke_at":time,
 *	 "count":{"releases":{fate:n}, "signatures":{fate:n}, "unreleased":n},
 *	 "releases":[{"request", "fate", "state", "project", "policy", "ref",
 *	   "commit", "parameters", "artifacts":[{"name", "configuration",
 *	   "input_sha256", "input_size", "source", "artifact_sha256", "fate",
 *	   "signatures":[{"path", "format", "method", "sha256",
 *	     "signature_sha256", "timestamp", "fate", "why"}]}],
 *	   "carries":[{"path", "sha256", "request"}]}],
 *	 "unreleased":[{"n", "request", "outcome", "signatures"}]}
 *
 * A fate is "survives" or "dies"; a release or an artifact dies if one of its
 * signatures does, or one that it carries: of a file that another request
 * signed, and that was left as it was. Unreleased are uses of the key whose
 * result was never published: "signatures" is how many were made, or may have
 * been.
 */
#ifndef CLI_INCIDENT_H
#define CLI_INCIDENT_H

#include "cli/views.h"

#define INCIDENT_KIND	"tagseal-incident-plan"

struct incident_terms {
	struct span	certificate;	/* slug, or empty: */
	struct span	key;		/* SHA-256 of the SPKI, hex */
	struct span	since;		/* as text_time writes it */
	struct span	revoke_at;	/* the same */
};

/*
 * incident_plan asks a view. *out is the caller's (json_release). Errors:
 * VIEW-DAMAGED, LEDGER-BLOB, those of Git objects.
 */
bool	incident_plan(struct views *, const struct incident_terms *,
	    struct json **out, struct err *) MUST_USE;

/* incident_survives tells the fate of a part of a plan. */
bool	incident_survives(const struct json *part);

/* incident_report is the plan as Markdown. */
void	incident_report(const struct json *plan, struct buf *out);

#endif
