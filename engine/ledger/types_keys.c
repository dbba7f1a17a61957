/* types - see events.h: members of events of keys, certificates and alarms. */
#include "ledger/types.h"

#define KEY_OF_TOKEN							\
	{ "certificate", MEMBER_TEXT, MUST, "certificates/<slug>", 0 },	\
	{ "key", MEMBER_TEXT, MUST, "pkcs11: URI", 0 },			\
	{ "kind", MEMBER_TEXT, MUST, "rsa-3072, ec-p256, ...", 0 },	\
	{ "spki_sha256", MEMBER_SHA256, MUST, "its public key", 0 },	\
	{ "attributes", MEMBER_TEXTS, MUST, "those that are true, as read "\
	    "back from the token", 0 },					\
	{ "token", MEMBER_TEXT, MUST, "label of the token", 0 },	\
	{ "serial", MEMBER_TEXT, MUST, "its serial number", 0 }

const struct event_member event_ceremony_members[] = {
	KEY_OF_TOKEN,
	{ "by", MEMBER_TEXT, MUST, "who did it, as the record says", 0 },
	{ "made", MEMBER_TIME, MUST, "when, as the record says", 0 },
	{ "ceremony_sha256", MEMBER_BLOB, MUST, "the record", 0 },
	{ "commit_id", MEMBER_OBJECT, MUST, "commit of the config repo that "
	    "has it, in force", 0 },
	END
};

const struct event_member event_checked_members[] = {
	KEY_OF_TOKEN,
	{ "findings", MEMBER_MAPS, MAY, "what is not as it should be",
	    event_finding_members },
	END
};

#define SLUG	{ "certificate", MEMBER_TEXT, MUST, "certificates/<slug>", 0 }
#define SAYS	{ "commit_id", MEMBER_OBJECT, MUST, "what says so", 0 }
const struct event_member event_certificate_members[] = {
	SLUG,
	{ "kind", MEMBER_TEXT, MUST, "x509, ssh, openpgp or log", 0 },
	{ "purpose", MEMBER_TEXT, MUST, "test, release or ledger", 0 },
	{ "state", MEMBER_TEXT, MUST, "active, standby, retired or revoked",
	    0 },
	{ "certificate_sha256", MEMBER_SHA256, MUST, "x509: of its DER; else "
	    "of the file or the public key's line", 0 },
	{ "spki_sha256", MEMBER_SHA256, MAY, "x509: its public key; openpgp: "
	    "the primary one", 0 },
	{ "not_before", MEMBER_TIME, MAY, "x509, openpgp: from when it is "
	    "valid", 0 },
	{ "not_after", MEMBER_TIME, MAY, "x509, openpgp: until when", 0 },
	SAYS, END
};

const struct event_member event_certificate_changed_members[] = {
	SLUG,
	{ "state", MEMBER_TEXT, MUST, "active, standby or retired", 0 },
	SAYS, END
};

const struct event_member event_certificate_removed_members[] = {
	SLUG,
	{ "certificate_sha256", MEMBER_SHA256, MUST, "as it was added", 0 },
	{ "state", MEMBER_TEXT, MUST, "as it was told last", 0 },
	SAYS, END
};

const struct event_member event_certificate_revoked_members[] = {
	SLUG,
	{ "certificate_sha256", MEMBER_SHA256, MUST, "as it was added", 0 },
	{ "spki_sha256", MEMBER_SHA256, MAY, "x509: its public key", 0 },
	{ "since", MEMBER_TIME, MUST, "since when nobody should trust it", 0 },
	REASON, SAYS, END
};

const struct event_member event_expiring_members[] = {
	{ "thing", MEMBER_TEXT, MUST, "certificate/<slug>, person/<slug>, "
	    "build-system/<slug>, project/<slug>, x509-roots, x509-crl, "
	    "timestamp-authority or timestamp-token", 0 },
	{ "certificate", MEMBER_TEXT, MAY, "certificates/<slug>", 0 },
	{ "person", MEMBER_TEXT, MAY, "person/slug", 0 },
	{ "file", MEMBER_TEXT, MAY, "path in the config repo", 0 },
	{ "element", MEMBER_TEXT, MUST, "what of it ends, such as 'chain 1: "
	    "CN=Acme CA'", 0 },
	{ "ends", MEMBER_TIME, MUST, "it counts up to then", 0 },
	{ "days", MEMBER_INTEGER, MUST, "whole days that are left", 0 },
	{ "threshold", MEMBER_INTEGER, MUST, "days at which this is told: 90, "
	    "60, 30, 14, 7, 1; 0: it has ended", 0 },
	{ "successor", MEMBER_TEXT, MAY, "certificates/<slug> that follows it",
	    0 },
	{ "takes_over", MEMBER_TIME, MAY, "when that one does", 0 },
	{ "decided", MEMBER_TIME, MUST, "for what time it was decided", 0 },
	SAYS, END
};

static const struct event_member use_members[] = {
	{ "event", MEMBER_INTEGER, MUST, "its number in the ledger", 0 },
	{ "text", MEMBER_TEXT, MUST, "what it says", 0 },
	END
};

const struct event_member event_distrusted_members[] = {
	{ "person", MEMBER_TEXT, MUST, "person/slug", 0 },
	{ "key_sha256", MEMBER_SHA256, MUST, "SSH: the blob; or the file", 0 },
	{ "since", MEMBER_TIME, MUST, "when it may have been lost", 0 },
	{ "count", MEMBER_INTEGER, MUST, "events that rest on it", 0 },
	{ "uses", MEMBER_MAPS, MUST, "these, as many as fit, newest first",
	    use_members },
	END
};

const struct event_member event_raised_members[] = {
	{ "code", MEMBER_TEXT, MUST, "stable code", 0 },
	{ "severity", MEMBER_TEXT, MUST, "warning, alarm, or stop: no key "
	    "signs for a request until it is acknowledged", 0 },
	{ "text", MEMBER_TEXT, MUST, "what, with the names involved", 0 },
	{ "request", MEMBER_REQUEST, MAY, "where there is one", 0 },
	{ "size", MEMBER_INTEGER, MAY, "of the ledger that the engine had, "
	    "where it is about the ledger", 0 },
	{ "root_sha256", MEMBER_SHA256, MAY, "of that size", 0 },
	END
};

const struct event_member event_acknowledged_members[] = {
	{ "raised", MEMBER_INTEGER, MUST, "number of alarm.raised", 0 },
	{ "by", MEMBER_TEXTS, MUST, "person/slug: administrators who signed",
	    0 },
	{ "commit_id", MEMBER_OBJECT, MUST, "the commit of the config repo "
	    "that says so", 0 },
	REASON, END
};
