/* types - the table of event types: see events.h. */
#include "ledger/types.h"

static const struct event_member config_members[] = {
	{ "commit_id", MEMBER_OBJECT, MUST, "commit of the config repo", 0 },
	{ "manifest_sha256", MEMBER_SHA256, MUST, "its whole tree", 0 },
	END
};

static const struct event_member evidence_members[] = {
	{ "what", MEMBER_TEXT, MUST, "tag, commit, approval, ...", 0 },
	{ "object_id", MEMBER_OBJECT, MAY, "its name in Git", 0 },
	{ "raw_sha256", MEMBER_BLOB, MUST, "the raw bytes", 0 },
	END
};

const struct event_member event_envelope[] = {
	{ "v", MEMBER_INTEGER, MUST, "version of the event's form: 1", 0 },
	{ "n", MEMBER_INTEGER, MUST, "number in the ledger, from 0", 0 },
	{ "type", MEMBER_TEXT, MUST, "what happened", 0 },
	{ "at", MEMBER_TIME, MUST, "the engine's time, never decreasing", 0 },
	{ "engine", MEMBER_TEXT, MUST, "which engine says so (UUID)", 0 },
	{ "config", MEMBER_MAP, MAY, "the rules in force", config_members },
	{ "actor", MEMBER_TEXT, MAY, "who acts: person/slug, or engine/UUID",
	    0 },
	{ "evidence", MEMBER_MAPS, MAY, "signed objects relied on",
	    evidence_members },
	END
};

const struct event_member event_finding_members[] = {
	{ "code", MEMBER_TEXT, MUST, "stable error code", 0 },
	{ "cause", MEMBER_TEXT, MAY, "a finer one: what was wrong with it", 0 },
	{ "text", MEMBER_TEXT, MUST, "with the names involved", 0 },
	END
};

static const struct event_member created_members[] = {
	{ "origin", MEMBER_TEXT, MUST, "name of the log", 0 },
	{ "log_key", MEMBER_TEXT, MUST, "verifier key of checkpoints", 0 },
	{ "commit_key", MEMBER_TEXT, MUST, "SSH key of its commits", 0 },
	{ "config_repo", MEMBER_TEXT, MUST, "UUID of the config repo", 0 },
	{ "version", MEMBER_TEXT, MUST, "version of the engine", 0 },
	END
};

#define TOKEN								\
	{ "label", MEMBER_TEXT, MUST, "of the token", 0 },		\
	{ "serial", MEMBER_TEXT, MUST, "its serial number", 0 }

static const struct event_member token_members[] = {
	{ "module", MEMBER_TEXT, MUST, "path of the PKCS#11 module", 0 },
	TOKEN,
	{ "manufacturer", MEMBER_TEXT, MUST, "as the token says", 0 },
	{ "model", MEMBER_TEXT, MUST, "as the token says", 0 },
	{ "firmware", MEMBER_TEXT, MUST, "its version", 0 },
	END
};

static const struct event_member process_members[] = {
	{ "process", MEMBER_TEXT, MUST, "judge or signer", 0 },
	{ "build", MEMBER_TEXT, MAY, "build id of its executable", 0 },
	{ "landlock", MEMBER_INTEGER, MUST, "version of the kernel's ABI that "
	    "is in force; 0: none", 0 },
	{ "seccomp", MEMBER_TEXT, MUST, "what a forbidden call meets: kills, "
	    "refuses or none", 0 },
	END
};

static const struct event_member started_members[] = {
	{ "version", MEMBER_TEXT, MUST, "version of the engine", 0 },
	{ "session", MEMBER_TEXT, MUST, "the start of its signer", 0 },
	{ "processes", MEMBER_MAPS, MUST, "judge and signer",
	    process_members },
	{ "tokens", MEMBER_MAPS, MUST, "tokens that are open",
	    token_members },
	END
};

static const struct event_member stopped_members[] = {
	{ "reason", MEMBER_TEXT, MUST, "why", 0 },
	END
};

static const struct event_member step_members[] = {
	{ "against", MEMBER_TEXT, MUST, "ledger: its last event; machine: what "
	    "it counts by itself", 0 },
	{ "direction", MEMBER_TEXT, MUST, "back or forward", 0 },
	{ "milliseconds", MEMBER_INTEGER, MUST, "how far", 0 },
	{ "clock", MEMBER_TIME, MUST, "what the clock says now", 0 },
	END
};

static const struct event_member declared_members[] = {
	{ "declared", MEMBER_TEXT, MUST, "UUID of the other engine", 0 },
	{ "commit_key", MEMBER_TEXT, MUST, "SSH key of its commits", 0 },
	{ "certificate", MEMBER_TEXT, MUST, "certificates/<slug>", 0 },
	{ "commit_id", MEMBER_OBJECT, MUST, "commit of the config repo that "
	    "says so, in force", 0 },
	END
};

static const struct event_member retired_members[] = {
	{ "retired", MEMBER_TEXT, MUST, "UUID of the engine", 0 },
	{ "commit_id", MEMBER_OBJECT, MUST, "commit of the config repo that "
	    "says so, in force", 0 },
	END
};

static const struct event_member change_members[] = {
	{ "path", MEMBER_TEXT, MUST, "changed file", 0 },
	{ "rule", MEMBER_TEXT, MUST, "what allowed it", 0 },
	END
};

static const struct event_member accepted_members[] = {
	{ "commit_id", MEMBER_OBJECT, MUST, "commit of the config repo", 0 },
	{ "payload_sha256", MEMBER_SHA256, MUST, "what its signer signed", 0 },
	{ "manifest_sha256", MEMBER_SHA256, MUST, "its whole tree", 0 },
	{ "signer", MEMBER_TEXT, MUST, "person/slug", 0 },
	{ "first_seen", MEMBER_TIME, MUST, "when this engine saw it", 0 },
	{ "changes", MEMBER_MAPS, MAY, "paths and rules", change_members },
	END
};

static const struct event_member config_refused_members[] = {
	{ "commit_id", MEMBER_OBJECT, MUST, "commit of the config repo", 0 },
	{ "first_seen", MEMBER_TIME, MUST, "when this engine saw it", 0 },
	{ "findings", MEMBER_MAPS, MUST, "why", event_finding_members },
	END
};

/* A project's ref is the same one at all of its addresses. */
#define PROJECT	{ "project", MEMBER_TEXT, MUST, "slug: whose ref it is", 0 }
static const struct event_member confirmed_members[] = {
	{ "heartbeat", MEMBER_INTEGER, MUST, "its number", 0 },
	{ "commit_id", MEMBER_OBJECT, MUST, "the commit in force", 0 },
	{ "signer", MEMBER_TEXT, MUST, "person/slug", 0 },
	{ "said", MEMBER_TIME, MUST, "when it was made, as it says", 0 },
	{ "first_seen", MEMBER_TIME, MUST, "when this engine saw it", 0 },
	END
};

static const struct event_member recovered_members[] = {
	{ "epoch", MEMBER_INTEGER, MUST, "its number, which only rises", 0 },
	{ "leaves", MEMBER_OBJECT, MUST, "the commit in force until then", 0 },
	{ "commit_id", MEMBER_OBJECT, MUST, "the commit in force now", 0 },
	{ "payload_sha256", MEMBER_SHA256, MUST, "all of it but a signature",
	    0 },
	{ "manifest_sha256", MEMBER_SHA256, MUST, "its whole tree", 0 },
	{ "first_seen", MEMBER_TIME, MUST, "when this engine judged it", 0 },
	{ "statement_sha256", MEMBER_BLOB, MUST, "statement and signatures",
	    0 },
	{ "keys", MEMBER_TEXTS, MUST, "recovery keys that signed", 0 },
	REASON, END
};

static const struct event_member seen_members[] = {
	{ "repo", MEMBER_TEXT, MUST, "first URL that the config names", 0 },
	{ "ref", MEMBER_TEXT, MUST, "full name of the ref", 0 },
	{ "object_id", MEMBER_OBJECT, MUST, "what it points to", 0 },
	{ "payload_sha256", MEMBER_SHA256, MAY, "what its signer signed", 0 },
	PROJECT,
	END
};

static const struct event_member moved_members[] = {
	PROJECT,
	{ "repo", MEMBER_TEXT, MUST, "first URL that the config names", 0 },
	{ "ref", MEMBER_TEXT, MUST, "full name of the ref", 0 },
	{ "old_id", MEMBER_OBJECT, MUST, "what it pointed to", 0 },
	{ "object_id", MEMBER_OBJECT, MUST, "what it points to now", 0 },
	END
};

static const struct event_member deleted_members[] = {
	PROJECT,
	{ "repo", MEMBER_TEXT, MUST, "first URL that the config names", 0 },
	{ "ref", MEMBER_TEXT, MUST, "full name of the ref", 0 },
	{ "old_id", MEMBER_OBJECT, MUST, "what it pointed to", 0 },
	END
};

static const struct event_member request_artifact_members[] = {
	{ "configuration", MEMBER_TEXT, MUST, "artifact configuration", 0 },
	{ "name", MEMBER_TEXT, MUST, "one path segment", 0 },
	{ "sha256", MEMBER_SHA256, MUST, "of the input", 0 },
	{ "size", MEMBER_INTEGER, MUST, "bytes", 0 },
	END
};

static const struct event_member request_certificate_members[] = {
	{ "slug", MEMBER_TEXT, MUST, "certificates/<slug>", 0 },
	{ "spki_sha256", MEMBER_SHA256, MUST, "its public key", 0 },
	END
};

static const struct event_member request_config_members[] = {
	{ "commit", MEMBER_OBJECT, MUST, "commit of the config repo", 0 },
	{ "manifest_sha256", MEMBER_SHA256, MUST, "its whole tree", 0 },
	{ "files", MEMBER_TABLE, MUST, "path to SHA-256 of each file used",
	    0 },
	END
};

static const struct event_member request_tag_members[] = {
	{ "id", MEMBER_OBJECT, MUST, "the tag object", 0 },
	{ "payload_sha256", MEMBER_SHA256, MUST, "what its signer signed", 0 },
	END
};

/* The canonical request: what an approval is bound to. */
static const struct event_member request_members[] = {
	{ "v", MEMBER_INTEGER, MUST, "version of the form: 1", 0 },
	{ "engine", MEMBER_TEXT, MUST, "UUID", 0 },
	{ "config_repo", MEMBER_TEXT, MUST, "UUID of the config repo", 0 },
	{ "config", MEMBER_MAP, MUST, "state", request_config_members },
	{ "project", MEMBER_TEXT, MUST, "slug", 0 },
	{ "policy", MEMBER_TEXT, MUST, "slug", 0 },
	{ "repo", MEMBER_TEXT, MUST, "URL of the project's repo", 0 },
	{ "ref", MEMBER_TEXT, MUST, "full name", 0 },
	{ "tag", MEMBER_MAP, MUST, "the tag", request_tag_members },
	{ "commit", MEMBER_OBJECT, MUST, "what was tagged", 0 },
	{ "manifest_sha256", MEMBER_SHA256, MUST, "release manifest", 0 },
	{ "certificate", MEMBER_MAP, MUST, "what signs",
	    request_certificate_members },
	{ "artifacts", MEMBER_MAPS, MUST, "inputs",
	    request_artifact_members },
	{ "parameters", MEMBER_TABLE, MUST, "parameter to value", 0 },
	{ "created", MEMBER_TIME, MUST, "when", 0 },
	{ "expires", MEMBER_TIME, MUST, "when it ends unless authorised", 0 },
	{ "nonce", MEMBER_TEXT, MUST, "128 random bits in hex", 0 },
	END
};

#define REQUEST	{ "request", MEMBER_REQUEST, MUST, "which request", 0 }
/* What a request is about, in each of its events: one tells enough. */
#define ABOUT								\
	{ "project", MEMBER_TEXT, MUST, "slug, as in the request", 0 },	\
	{ "policy", MEMBER_TEXT, MUST, "slug, as in the request", 0 },	\
	{ "ref", MEMBER_TEXT, MUST, "full name, as in the request", 0 }
#define FINDINGS { "findings", MEMBER_MAPS, MUST, "all of them",	\
	event_finding_members }

static const struct event_member request_created_members[] = {
	REQUEST,
	{ "body", MEMBER_MAP, MUST, "the canonical request",
	    request_members },
	END
};

static const struct event_member request_refused_members[] = {
	{ "request", MEMBER_REQUEST, MAY, "where there is one", 0 },
	{ "repo", MEMBER_TEXT, MUST, "first URL that the config names", 0 },
	{ "ref", MEMBER_TEXT, MUST, "full name of the ref", 0 },
	{ "object_id", MEMBER_OBJECT, MUST, "what it points to", 0 },
	{ "payload_sha256", MEMBER_SHA256, MAY, "what its signer signed", 0 },
	PROJECT,
	FINDINGS, END
};

static const struct event_member waiting_members[] = {
	REQUEST, ABOUT,
	{ "missing", MEMBER_TEXTS, MUST, "for whom or what it waits", 0 },
	END
};

#define STATEMENT							\
	{ "person", MEMBER_TEXT, MUST, "person/slug, by the key", 0 },	\
	{ "statement_sha256", MEMBER_SHA256, MUST, "signed payload", 0 }

static const struct event_member counted_members[] = {
	REQUEST, ABOUT, STATEMENT,
	{ "carrier", MEMBER_TEXT, MUST, "tag, commit or detached", 0 },
	{ "rule", MEMBER_TEXT, MUST, "which quorum row it fills", 0 },
	{ "expires", MEMBER_TIME, MAY, "when it counts no more", 0 },
	END
};

static const struct event_member ignored_members[] = {
	{ "request", MEMBER_REQUEST, MAY, "where it names one", 0 },
	{ "person", MEMBER_TEXT, MAY, "person/slug, by the key", 0 },
	{ "statement_sha256", MEMBER_SHA256, MUST, "signed payload", 0 },
	FINDINGS, END
};

static const struct event_member withdrawn_members[] = {
	REQUEST, ABOUT, STATEMENT, END
};

static const struct event_member denied_members[] = {
	REQUEST, ABOUT, STATEMENT, REASON, END
};

static const struct event_member request_ended_members[] = {
	REQUEST, ABOUT, REASON, END
};

static const struct event_member cancelled_members[] = {
	REQUEST, ABOUT, REASON,
	{ "findings", MEMBER_MAPS, MAY, "the same with codes",
	    event_finding_members },
	END
};

static const struct event_member reason_members[] = {
	{ "rule", MEMBER_TEXT, MUST, "name of the rule", 0 },
	{ "met", MEMBER_FLAG, MUST, "whether it holds", 0 },
	{ "text", MEMBER_TEXT, MUST, "with the facts", 0 },
	END
};

static const struct event_member approval_members[] = {
	{ "event", MEMBER_INTEGER, MUST, "number of approval.counted", 0 },
	{ "statement_sha256", MEMBER_SHA256, MUST, "signed payload", 0 },
	END
};

static const struct event_member authorised_members[] = {
	REQUEST, ABOUT,
	{ "attempt", MEMBER_INTEGER, MUST, "1; more after crashes", 0 },
	{ "reasons", MEMBER_MAPS, MUST, "every rule", reason_members },
	{ "approvals", MEMBER_MAPS, MUST, "statements counted",
	    approval_members },
	{ "approvals_needed", MEMBER_INTEGER, MUST, "how many the policy "
	    "demands", 0 },
	{ "certificate", MEMBER_TEXT, MUST, "certificates/<slug>", 0 },
	{ "spki_sha256", MEMBER_SHA256, MUST, "the key", 0 },
	{ "signatures_max", MEMBER_INTEGER, MUST, "bound on key uses", 0 },
	{ "decided", MEMBER_TIME, MUST, "for what time it was decided", 0 },
	END
};

#define ARTIFACT							\
	{ "name", MEMBER_TEXT, MUST, "as the request names it", 0 },	\
	{ "artifact_sha256", MEMBER_SHA256, MUST, "of the file", 0 }

static const struct event_member build_members[] = {
	{ "attestation_sha256", MEMBER_SHA256, MUST, "of the file that says "
	    "it", 0 },
	{ "build_system", MEMBER_TEXT, MUST, "build-systems/<slug>", 0 },
	{ "builder", MEMBER_TEXT, MUST, "id of the builder", 0 },
	{ "invocation", MEMBER_TEXT, MAY, "id of the run, such as a URL", 0 },
	END
};

#define BUILDS								\
	{ "builds", MEMBER_MAPS, MAY, "that made the input, where "	\
	    "provenance counted", build_members }

static const struct event_member retrieved_members[] = {
	REQUEST, ABOUT, ARTIFACT,
	{ "size", MEMBER_INTEGER, MUST, "bytes", 0 },
	{ "source", MEMBER_TEXT, MUST, "where it came from", 0 },
	BUILDS,
	END
};

static const struct event_member resolved_members[] = {
	REQUEST, ABOUT, ARTIFACT,
	{ "files", MEMBER_INTEGER, MUST, "files in it, all levels", 0 },
	{ "signatures", MEMBER_INTEGER, MUST, "signatures to be made", 0 },
	{ "tree_sha256", MEMBER_BLOB, MUST, "the tree, with SHA-256s", 0 },
	END
};

static const struct event_member holder_members[] = {
	TOKEN, END
};

/* The key of a use, and where it was. */
#define HOLDER								\
	{ "certificate", MEMBER_TEXT, MUST, "certificates/<slug>", 0 },	\
	{ "certificate_sha256", MEMBER_SHA256, MUST, "of the "		\
	    "certificate (DER)", 0 },					\
	{ "spki_sha256", MEMBER_SHA256, MUST, "the key", 0 },		\
	{ "token", MEMBER_MAP, MUST, "that has the key",		\
	    holder_members },						\
	{ "session", MEMBER_TEXT, MUST, "the start of the signer that "	\
	    "the intent is for", 0 }

static const struct event_member intended_members[] = {
	REQUEST, ABOUT,
	{ "attempt", MEMBER_INTEGER, MUST, "of the authorisation", 0 },
	{ "level", MEMBER_INTEGER, MUST, "of nesting, leaves are 0", 0 },
	HOLDER,
	{ "count", MEMBER_INTEGER, MUST, "signatures", 0 },
	{ "root_sha256", MEMBER_SHA256, MUST, "Merkle root of the list", 0 },
	{ "list_sha256", MEMBER_BLOB, MUST, "the list", 0 },
	{ "signer_count", MEMBER_INTEGER, MUST, "the signer's own count before "
	    "it", 0 },
	END
};

static const struct event_member used_members[] = {
	REQUEST, ABOUT, HOLDER,
	{ "intended", MEMBER_INTEGER, MUST, "number of keys.intended", 0 },
	{ "count", MEMBER_INTEGER, MUST, "signatures intended", 0 },
	{ "made", MEMBER_INTEGER, MUST, "signatures made", 0 },
	{ "failed", MEMBER_INTEGER, MUST, "signatures that the token refused, "
	    "or that were wrong", 0 },
	{ "uses_sha256", MEMBER_BLOB, MUST, "digest, algorithm, signature's "
	    "SHA-256 and timestamp of each", 0 },
	{ "signer_count", MEMBER_INTEGER, MUST, "the signer's own count after "
	    "it", 0 },
	END
};

static const struct event_member unknown_members[] = {
	REQUEST, ABOUT, HOLDER,
	{ "intended", MEMBER_INTEGER, MUST, "number of keys.intended", 0 },
	{ "count", MEMBER_INTEGER, MUST, "signatures that may exist", 0 },
	{ "signer_count", MEMBER_INTEGER, MUST, "the signer's own count when "
	    "this was found", 0 },
	REASON, END
};

static const struct event_member verified_members[] = {
	REQUEST, ABOUT, ARTIFACT,
	{ "input_sha256", MEMBER_SHA256, MUST, "of what came in", 0 },
	{ "size", MEMBER_INTEGER, MUST, "bytes of the result", 0 },
	{ "signatures", MEMBER_INTEGER, MUST, "signatures accounted for", 0 },
	{ "tree_sha256", MEMBER_BLOB, MUST, "each file signed inside", 0 },
	BUILDS,
	END
};

static const struct event_member published_members[] = {
	REQUEST, ABOUT, ARTIFACT,
	{ "where", MEMBER_TEXT, MUST, "output", 0 },
	END
};

static const struct event_member completed_members[] = {
	REQUEST, ABOUT,
	{ "artifacts", MEMBER_INTEGER, MUST, "artifacts published", 0 },
	END
};

static const struct event_member failed_members[] = {
	REQUEST, ABOUT, FINDINGS, END
};

#define TOLD	"{project} {ref} {policy}"

const struct event_type event_types[] = {
	{ "ledger.created", "Genesis of the ledger",
	    "ledger {origin} created", false, created_members },
	{ "engine.started", "An engine started",
	    "engine started, version {version}", true, started_members },
	{ "engine.stopped", "An engine stopped in good order",
	    "engine stopped: {reason}", true, stopped_members },
	{ "clock.step", "The engine's clock was seen to jump",
	    "clock went {direction} by {milliseconds} ms against the {against}",
	    false, step_members },
	{ "engine.declared", "Another engine may write from now on",
	    "engine {declared} declared by config {commit_id}", false,
	    declared_members },
	{ "engine.retired", "An engine may write no more",
	    "engine {retired} retired by config {commit_id}", false,
	    retired_members },
	{ "config.accepted", "A commit of the config repo is in force",
	    "config {commit_id} accepted from {signer}", false,
	    accepted_members },
	{ "config.refused", "A commit of the config repo is not followed",
	    "config {commit_id} refused: {findings}", false,
	    config_refused_members },
	{ "config.confirmed", "An administrator said that nothing is newer",
	    "config {commit_id} confirmed by {signer}", false,
	    confirmed_members },
	{ "config.recovered", "Recovery keys set the chain on a new commit",
	    "config recovered: {commit_id} in place of {leaves}: {reason}",
	    false, recovered_members },
	{ "ref.seen", "A release ref as first seen", "{project} {ref} seen",
	    false, seen_members },
	{ "ref.moved", "A release ref points elsewhere",
	    "{project} {ref} moved from {old_id} to {object_id}", false,
	    moved_members },
	{ "ref.deleted", "A release ref is gone",
	    "{project} {ref} deleted, it was {old_id}", false,
	    deleted_members },
	{ "request.created", "A signing request", "{request} created: "
	    "{body.project} {body.ref} {body.policy} (by {actor})", false,
	    request_created_members },
	{ "request.refused", "A ref that is no good request",
	    "{project} {ref} refused: {findings}", false,
	    request_refused_members },
	{ "request.waiting", "What a request lacks",
	    "{request} waiting: " TOLD " (for {missing})", false,
	    waiting_members },
	{ "approval.counted", "An approval that counts",
	    "{request} approved: " TOLD " (by {person})", false,
	    counted_members },
	{ "approval.ignored", "An approval that does not count",
	    "approval by {person} ignored: {findings}", true,
	    ignored_members },
	{ "approval.withdrawn", "An approval taken back",
	    "{request} approval withdrawn: " TOLD " (by {person})", false,
	    withdrawn_members },
	{ "request.denied", "An approver said no",
	    "{request} denied: " TOLD " (by {person}: {reason})", false,
	    denied_members },
	{ "request.expired", "A request whose time ran out",
	    "{request} expired: " TOLD " ({reason})", false,
	    request_ended_members },
	{ "request.cancelled", "A request that was taken back",
	    "{request} cancelled: " TOLD " ({reason})", false,
	    cancelled_members },
	{ "request.authorised", "The decision that allows signing",
	    "{request} authorised: " TOLD " ({approvals#}/"
	    "{approvals_needed} approvals)", false, authorised_members },
	{ "artifact.retrieved", "An input as it came in",
	    "{request} retrieved: " TOLD " ({name})", false,
	    retrieved_members },
	{ "artifact.resolved", "What is in an input",
	    "{request} resolved: " TOLD " ({name}, {signatures} signatures "
	    "to make)", false, resolved_members },
	{ "keys.intended", "A key is about to be used",
	    "{request} signing: " TOLD " (level {level}, {count} signatures "
	    "with {certificate})", false, intended_members },
	{ "keys.used", "A key was used",
	    "{request} signed: " TOLD " ({made} of {count} signatures)",
	    false, used_members },
	{ "keys.unknown", "A crash hid whether a key was used",
	    "{request} unknown: " TOLD " (up to {count} signatures: "
	    "{reason})", false, unknown_members },
	{ "artifact.verified", "A result, checked by code of its own",
	    "{request} verified: " TOLD " ({name})", false,
	    verified_members },
	{ "artifact.published", "A result given out",
	    "{request} published: " TOLD " ({name} to {where})", false,
	    published_members },
	{ "request.completed", "All was signed and published",
	    "{request} completed: " TOLD " ({artifacts} artifacts)", false,
	    completed_members },
	{ "request.failed", "A request that ended in an error",
	    "{request} failed: " TOLD " ({findings})", false,
	    failed_members },
	{ "key.made", "A key was made in a token", "key of {certificate} made "
	    "in token {serial} by {by}", false, event_ceremony_members },
	{ "key.imported", "A key was put into a token: it is exposed for ever",
	    "key of {certificate} imported into token {serial} by {by}", false,
	    event_ceremony_members },
	{ "key.checked", "A key's attributes were read back",
	    "key of {certificate} checked in token {serial}", true,
	    event_checked_members },
	{ "certificate.added", "A certificate, as the config repo has it",
	    "certificate {certificate} added: {kind} for {purpose}, {state}",
	    false, event_certificate_members },
	{ "certificate.changed", "A certificate has another state",
	    "certificate {certificate} is {state}", false,
	    event_certificate_changed_members },
	{ "certificate.removed", "A certificate's file is not there any more",
	    "certificate {certificate} removed: it was {state}", false,
	    event_certificate_removed_members },
	{ "certificate.revoked", "A certificate is not to be trusted",
	    "certificate {certificate} revoked since {since}: {reason}",
	    false, event_certificate_revoked_members },
	{ "certificate.expiring", "Something comes to an end, or has ended",
	    "{thing} {element} ends {ends}, {days} days left", false,
	    event_expiring_members },
	{ "key.distrusted", "What was accepted with a compromised key",
	    "key of {person} not trusted since {since}: {count} events rest "
	    "on it", false, event_distrusted_members },
	{ "alarm.raised", "Something that must not happen",
	    "alarm {code}: {text}", false, event_raised_members },
	{ "alarm.acknowledged", "Administrators have seen an alarm",
	    "alarm {raised} acknowledged: {reason}", false,
	    event_acknowledged_members },
};

const size_t event_type_count = COUNT(event_types);
