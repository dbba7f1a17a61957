/*
 * events - what the ledger can say: one table of event types and their
 * members, from which come validation, schemas/events/ and the one-line text
 * for people.
 *
 * An event is a JSON map in canonical form (crypto/canonical.h). Members
 * common to all: v (1), n (its number), type, at (engine's time), engine; and
 * where they apply request, config, actor, evidence. Its bytes are a leaf of
 * the ledger's Merkle tree, at most LIMIT_EVENT of them.
 */
#ifndef LEDGER_EVENTS_H
#define LEDGER_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"

enum member_kind {
	MEMBER_TEXT,		/* shown to people, never parsed */
	MEMBER_INTEGER,		/* 0 or more */
	MEMBER_FLAG,
	MEMBER_TIME,		/* 2026-01-31T12:00:00.000Z */
	MEMBER_SHA256,		/* 64 hex digits */
	MEMBER_BLOB,		/* the same, and blobs/sha256/ holds it */
	MEMBER_OBJECT,		/* Git id: 40 or 64 hex digits */
	MEMBER_REQUEST,		/* "sr-" and 64 hex digits */
	MEMBER_TEXTS,		/* list of texts */
	MEMBER_MAP,		/* with members of its own */
	MEMBER_MAPS,		/* list of those */
	MEMBER_TABLE,		/* names of a user's to texts */
	MEMBER_KINDS
};

struct event_member {
	const char			*name;	/* NULL ends a list */
	enum member_kind		 kind;
	bool				 required;
	const char			*meaning;
	const struct event_member	*members;	/* of MAP and MAPS */
};

struct event_type {
	const char			*name;		/* "request.created" */
	const char			*title;		/* for the schema */
	const char			*summary;	/* "{ref} was seen" */
	bool				 open;		/* takes members that
							 * are not listed */
	const struct event_member	*members;
};

extern const struct event_type event_types[];
extern const size_t event_type_count;
extern const struct event_member event_envelope[];

const struct event_type *event_type_find(struct span name);
/* Whether the type has a member of that name, besides the envelope's. */
bool			 event_type_has(const struct event_type *,
			    const char *name);

/* One event as it was read; json is borrowed from who reads. */
struct event {
	uint64_t			 n;
	int64_t				 at;		/* milliseconds */
	const struct event_type		*type;
	const struct json		*json;
	struct span			 bytes;
};

/*
 * event_make appends the canonical bytes of a new event. It takes members
 * over: a map of what the type has besides the envelope's v, n, type, at and
 * engine. What the table does not allow is ERR_LEDGER_EVENT.
 */
bool	event_make(const char *type, uint64_t n, int64_t at,
	    const char *engine, struct json *members, struct buf *out,
	    struct err *) MUST_USE;

/*
 * event_parse reads stored bytes, which must be canonical, number n, and what
 * the table allows. The caller releases *json; *out borrows from it and from
 * the bytes. Errors: ERR_CANONICAL, ERR_JSON_MALFORMED, ERR_LEDGER_EVENT.
 */
bool	event_parse(struct span, uint64_t n, struct json **json,
	    struct event *out, struct err *) MUST_USE;

/* What a request is about, as each of its events says it. */
struct event_about {
	struct span	project, policy, ref;
};

/*
 * event_about_put adds that to an event of a type that has it, where it is not
 * there yet.
 */
void	event_about_put(const char *type, const struct event_about *,
	    struct json *members);

/* The text of a member, or an empty span. */
struct span	event_text(const struct event *, const char *member);
/* The integer of a member, or 0. */
uint64_t	event_integer(const struct event *, const char *member);

/*
 * event_cites goes through the blobs that an event cites: the member where,
 * and the SHA-256 in hex. It ends at the first false, and gives that.
 */
bool	event_cites(const struct event *, bool (*one)(void *arg,
	    const char *where, struct span hex), void *arg);

/*
 * request_id gives the name of a canonical request: "sr-" and the SHA-256 of
 * its bytes. ERR_CANONICAL where it has no canonical form.
 */
#define REQUEST_ID_SIZE	68	/* with the NUL */
bool	request_id(const struct json *, char out[REQUEST_ID_SIZE],
	    struct err *) MUST_USE;

/* The JSON Schema (draft-07) of a type, indented, with a final LF. */
void	event_schema(const struct event_type *, FILE *out);

#endif
