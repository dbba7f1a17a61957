/*
 * desk - all that the judge has in hand while it works: its settings, the
 * channels to the others, the trusted state, the ledger.
 *
 * Everything that must survive is in the ledger; what stands here is gone with
 * the process, and found again.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_DESK_H
#define JUDGE_DESK_H

#include "base/log.h"
#include "judge/chain.h"
#include "judge/clockwatch.h"
#include "judge/memory.h"
#include "judge/record.h"
#include "judge/stamp_ask.h"
#include "sys/blob.h"
#include "sys/sandbox.h"
#include "wire/courier.h"
#include "wire/settings.h"
#include "wire/team.h"

#define DESK_PATIENCE	INT64_C(600000)	/* ms for one answer: large files */
#define DESK_MIRROR	"config"	/* the courier's name for it */

struct dossier;		/* judge/dossier.h */
struct site;		/* judge/sites.h */
struct errand;		/* judge/errand.h */
struct mirror;		/* judge/mirrors.h */
struct key_told;	/* private to key_checks.c */
struct notices;		/* judge/notices.h */

/* A process that serves us alone: worker, checker, verifier. */
struct servant {
	struct channel	channel;	/* fd -1: none */
	uint32_t	number;
};

/* Refs as a fetch told of them; in an arena. */
struct ref_list {
	struct ref	*items;		/* sorted by name, each once */
	size_t		 count;
};

#define DESK_WITNESSES	64	/* that are remembered */

/* What a witness saw last. */
struct witness_seen {
	uint32_t	id;		/* of its key */
	uint64_t	size;
};

/* Nothing is to be told of ends before that time, while all this is so. */
struct expiring_due {
	int64_t			next;		/* ms */
	struct object_id	commit;		/* of the config repo */
	uint64_t		stamped;	/* newest checkpoint with a
						 * token */
};

struct desk {
	struct judge_settings	 given;
	struct arena		*arena;		/* as long as the desk */
	const char		*store;		/* of the ledger */
	const char		*results;	/* signed, not yet out */
	const char		*scratch;	/* of unnamed files */
	struct log		 log;
	struct seat		 seat;
	struct channel		 courier;	/* fd -1: not there (yet) */
	struct channel		 signer;
	bool			 signer_is_new;	/* no key is open there */
	bool			 stopped;	/* the supervisor said STOP */
	bool			 announced;	/* engine.started is written */
	struct sandbox_report	 sandbox;	/* that is in force */
	struct servant		 verifier;
	struct blob_asker	 asker;
	struct openpgp_carrier	 carrier;
	struct verifier_source	 source;
	struct repository	*config_repo;	/* mirrors, and what we kept */
	struct mirror		*mirrors;	/* one for each of its URLs */
	struct chain		*chain;
	bool			 followed;	/* it was walked once */
	struct object_id	 certificates;	/* as of which commit the ledger
						 * tells of all; or zero */
	struct expiring_due	 expiring;	/* when ends are looked at */
	struct record_terms	 terms;		/* of the record */
	struct record		*record;
	struct memory		 memory;
	struct dossier		*dossiers;
	struct site		*sites;
	uint64_t		 takes;		/* of all sites */
	struct branches		*branches;	/* private to urls.c */
	struct errand		*errands;	/* under way */
	struct notices		*notices;	/* private to notices.c */
	struct witness_seen	 witnesses[DESK_WITNESSES];
	struct clock_watch	 watch;
	int64_t			 anchor_next;	/* not asked before, ms */
	int64_t			 cosign_next;	/* the same, for witnesses */
	int64_t			 quorum_next;	/* the same, for a release */
	uint64_t		 cosign_size;	/* they were asked about */
	struct key_told		*keys_told;	/* by this process */
	int64_t			 keys_next;	/* not asked before, ms */
	struct object_id	 keys_commit;	/* config whose keys they are */
	struct digest		 recovery_told;	/* a file that was refused, */
	const struct err_row	*recovery_refused;	/* and why */
	struct stamp_memory	*stamps;	/* of timestamp authorities */
	struct ref_list		 config_refs;	/* of all mirrors */
	struct arena		*config_refs_arena;
};

/* desk_open reads the settings and lays out the folders. */
bool	desk_open(struct desk *, struct span settings, struct err *) MUST_USE;
void	desk_done(struct desk *);

/*
 * desk_orders takes orders of the supervisor until none is left, and waits for
 * the first one until the deadline. Errors: CHANNEL-CLOSED.
 */
bool	desk_orders(struct desk *, int64_t deadline, struct err *) MUST_USE;

/* desk_linked waits until courier and signer are there. */
bool	desk_linked(struct desk *, int64_t deadline, struct err *) MUST_USE;

/*
 * desk_mend is due after a failure: a channel whose other end is gone is
 * closed, and the supervisor brings a new one. false: an answer did not come
 * in time, so nobody knows any more what the next one belongs to; this
 * process has to begin anew.
 */
bool	desk_mend(struct desk *, const struct err *failure, struct err *)
	    MUST_USE;

/* desk_ask puts a question to the courier, with a descriptor or -1. */
bool	desk_ask(struct desk *, enum courier_message, enum courier_message due,
	    struct span body, int fd, struct buf *answer, struct err *)
	    MUST_USE;

/* desk_circle is whom the organization names for timestamps. */
bool	desk_circle(struct desk *, struct arena *, struct stamp_circle *out,
	    struct err *) MUST_USE;

/*
 * desk_spawn starts a servant. servant_end waits until one that is done has
 * ended, or kills one that is not, and is done with it; false: *e is set, by
 * it or, if it was not done, before.
 */
bool	desk_spawn(struct desk *, const char *role,
	    const struct message_row *, size_t count, struct servant *out,
	    struct err *) MUST_USE;
bool	servant_end(struct desk *, struct servant *, const char *role,
	    bool is_done, struct err *) MUST_USE;

/* desk_mirror gives the path of a mirror of the courier's. */
const char *desk_mirror(struct desk *, struct arena *, const char *slug,
	    struct err *);

/* mirror_slug names the mirror of a project's repository, by its URL. */
#define MIRROR_SLUG	24
void	mirror_slug(struct span url, char out[MIRROR_SLUG]);

/*
 * desk_fetch brings a mirror up to date and gives all of its refs. The
 * credential is a name in engine.yaml, or empty.
 */
bool	desk_fetch(struct desk *, const char *slug, const struct span *urls,
	    size_t url_count, struct span credential, struct arena *,
	    struct ref_list *out, struct err *) MUST_USE;

/* Its two halves: the body of FETCH, and what FETCHED says. */
void	fetch_body(const char *slug, const struct span *urls, size_t url_count,
	    struct span credential, struct buf *out);
bool	fetch_refs(struct span answer, struct arena *, struct ref_list *out,
	    struct err *) MUST_USE;

/* refs_find gives the ref of a name, or NULL. */
const struct ref *refs_find(const struct ref_list *, struct span name);

/* refs_sort puts a list in the order that refs_find wants. */
void	refs_sort(struct ref_list *);

/* refs_below gives those whose names begin with a prefix. */
bool	refs_below(const struct ref_list *, struct span prefix, struct arena *,
	    struct ref_list *out, struct err *) MUST_USE;

/* ---- events (desk_events.c) ---- */

/* event_rules adds the state of the config repo that is in force. */
void	event_rules(const struct desk *, struct json *event);

/*
 * event_common adds config and actor to an event of the desk (an argument
 * without its type) where it does not have them: see record.h.
 */
void	event_common(void *desk, const char *type, struct json *event);

/* event_person puts "person/SLUG" under a key. */
void	event_person(struct json *event, const char *key, struct span slug);

/*
 * event_finding makes one entry of a list of findings; event_reason makes it
 * of an unmet one, with its cause.
 */
struct json *event_finding(const char *code, struct span text);
struct json *event_reason(const struct finding *);

/*
 * event_list_add takes an item over into a list that an event will hold. An
 * event has 64 KiB, so a list has its share of that: false, and what does not
 * fit is left out. Zero-initialise the list.
 */
#define EVENT_LIST	((size_t)40 << 10)	/* bytes of one list */
struct event_list {
	struct json	*json;
	size_t		 used;
};
bool	event_list_add(struct event_list *, struct json *item);

/* event_unmet adds all unmet findings of a decision. */
void	event_unmet(const struct decision *, struct event_list *);

/*
 * event_evidence keeps raw bytes in the ledger and adds them to the event's
 * evidence. id NULL: they have no name in Git.
 */
bool	event_evidence(struct desk *, struct json *event, const char *what,
	    const struct object_id *id, struct span raw, struct err *)
	    MUST_USE;

/*
 * alarm_raise says what must not happen, warning_raise what will have to be
 * looked after; each once.
 */
bool	alarm_raise(struct desk *, const char *code, struct span text,
	    struct err *) MUST_USE;
bool	warning_raise(struct desk *, const char *code, struct span text,
	    struct err *) MUST_USE;

/* alarm_raised tells that the ledger has this alarm or warning. */
bool	alarm_raised(const struct desk *, const char *code, struct span text);

#endif
