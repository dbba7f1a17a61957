/*
 * memory - what the judge knows from the ledger, and from nowhere else: the
 * fold, when each object was first seen, and what was said already. It is made
 * anew from the events at each start.
 *
 * For judge/, and for commands that judge as it did.
 */
#ifndef JUDGE_MEMORY_H
#define JUDGE_MEMORY_H

#include "base/log.h"
#include "git/id.h"
#include "ledger/fold.h"
#include "ledger/table.h"

/* What was last told of a certificate. */
struct memory_certificate {
	struct span	slug;
	struct span	sha256;		/* hex; empty: it is removed */
	struct span	state;		/* "active" */
	struct memory_certificate *older;	/* the one told of before */
};

struct memory {
	struct fold		*fold;
	struct arena		*arena;
	struct table		 seen;	/* Git id, hex, or what memory_said_at
					 * asks for -> milliseconds */
	struct table		 said;	/* see memory_said */
	struct table		 certificates;	/* slug -> memory_certificate */
	struct memory_certificate *newest;	/* of them, or NULL */
	struct table		 ends;	/* see memory_end_told */
	struct object_id	*endorsements;	/* tags that commits rest on */
	size_t			 endorsement_count;
	int64_t			 renewed;	/* when the state was, in ms */
	uint64_t		 heartbeat;	/* number of the last one */
	const struct log	*log;	/* of each new event; NULL: none */
};

void	memory_init(struct memory *);
void	memory_done(struct memory *);

/*
 * memory_end_told gives the threshold at which certificate.expiring told last
 * of an end, known by its thing, file, element and time; UINT64_MAX: it did
 * not. event: an event, or its members.
 */
uint64_t memory_end_told(const struct memory *, const struct json *event);

/* memory_event takes the next event; it fits struct ledger_reader. */
bool	memory_event(void *memory, const struct event *, struct err *)
	    MUST_USE;

/* memory_about tells what a request is about; false: there is none. */
bool	memory_about(void *memory, struct span request,
	    struct event_about *);

/* memory_seen: when an object was first seen, 0: never. Fits first_seen. */
int64_t	memory_seen(void *memory, const struct object_id *);

/* memory_accepted: is a commit of the config repo one that was in force? */
bool	memory_accepted(void *memory, const struct object_id *);

/*
 * memory_said_at: when a person's statement was first told of, 0: never. Fits
 * said_before. It is known by what was signed, not by an object's id:
 * signatures can be written in several ways.
 */
int64_t	memory_said_at(void *memory, const uint8_t payload_sha256[32],
	    struct span person);

/*
 * memory_said tells whether something that is to be told once was told:
 *	"config.accepted <commit id>"	(also of a recovery)
 *	"config.refused <commit id>"
 *	"<event type> <request> <statement> <person>"
 *	"alarm.raised <code> <text>"
 *	"key.distrusted <SHA-256 of the key> <since>"
 */
bool	memory_said(const struct memory *, struct span what);

#endif
