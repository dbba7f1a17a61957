/*
 * courier - what judge (or command line) and courier say.
 *
 * The courier carries and decides nothing: it is asked for one thing at a
 * time, answers it, and waits for the next. Every request has one answer of
 * its own type, or FAILED.
 *
 *	STAMP ->	<- STAMPED	timestamp requests, replies unread
 *	FETCH ->	<- FETCHED	a mirror, and what moved in it
 *	PUSH ->		<- PUSHED	one ref, by compare-and-swap
 *	DOWNLOAD ->	<- DOWNLOADED	an artifact into a descriptor
 *	LFS ->		<- DOWNLOADED	the same from beside a repository
 *	PUBLISH ->	<- PUBLISHED	a file from a descriptor
 *	QUERY ->	<- QUERIED	an OCSP request, the response unread
 *	COSIGN ->	<- COSIGNED	a checkpoint for a witness, its answer
 *					unread
 *	ENROLL ->	<- ENROLLED	a request for a certificate
 *	NOTICE ->	<- NOTICED	what somebody is told of an event
 *
 * What the courier may touch stands in its settings, which its starter gives
 * it as a file: a supervisor with the order SETTINGS (wire/team.h); whoever
 * starts "@courier local" as descriptor PROCESS_FIRST_FD, with the channel for
 * requests at PROCESS_CHANNEL.
 */
#ifndef WIRE_COURIER_H
#define WIRE_COURIER_H

#include "base/arena.h"
#include "wire/stream.h"

enum courier_message {
	COURIER_STAMP		= 2,
	COURIER_FETCH		= 4,
	COURIER_PUSH		= 6,
	COURIER_DOWNLOAD	= 8,	/* with one descriptor, written */
	COURIER_PUBLISH		= 10,	/* with one descriptor, read */
	COURIER_STAMPED		= 1,
	COURIER_FETCHED		= 3,
	COURIER_PUSHED		= 5,
	COURIER_DOWNLOADED	= 7,
	COURIER_PUBLISHED	= 9,
	COURIER_FAILED		= 11,
	COURIER_QUERY		= 12,
	COURIER_QUERIED		= 13,
	COURIER_LFS		= 14,	/* with one descriptor, written */
	COURIER_COSIGN		= 15,
	COURIER_COSIGNED	= 16,
	COURIER_ENROLL		= 17,
	COURIER_ENROLLED	= 18,
	COURIER_NOTICE		= 19,
	COURIER_NOTICED		= 20,
};

extern const struct message_row courier_requests[];
extern const size_t courier_request_count;
extern const struct message_row courier_answers[];
extern const size_t courier_answer_count;

/* Bytes of one message, all parts. */
#define COURIER_MESSAGE_LIMIT	((size_t)256 << 20)

/* A token for Git hosts and web servers, from engine.yaml. */
struct courier_credential {
	struct span	 name;		/* as requests name it */
	struct span	 token;
	struct span	 user;		/* it is this user's password; empty:
					 * a bearer token */
	struct span	*hosts;		/* the only ones that get to see it */
	size_t		 host_count;
};

/* How some hosts are reached, from engine.yaml; what is empty is as usual. */
struct courier_connection {
	struct span	*hosts;		/* none: all that no other row names */
	size_t		 host_count;
	struct span	 ca;		/* PEM files */
	struct span	 certificate;
	struct span	 key;
	struct span	 proxy;		/* URL */
	struct span	 forge;		/* whose API it has (courier/forge.h) */
	struct span	 ssh_key;	/* files of ssh */
	struct span	 known_hosts;
};

struct courier_settings {
	struct span	 mirrors;	/* the courier's own folder; empty: no
					 * FETCH and no PUSH */
	struct span	 user;		/* to become; empty: none */
	bool		 where_possible;	/* sandbox (sys/sandbox.h) */
	bool		 json;		/* the log */
	bool		 quiet;		/* no log: errors are answers */
	struct span	*stores;	/* repositories that PUSH reads */
	size_t		 store_count;
	struct span	*repositories;	/* local ones lie below these */
	size_t		 repository_count;
	struct span	*outputs;	/* PUBLISH_DIRECTORY writes there */
	size_t		 output_count;
	struct courier_credential *credentials;
	size_t		 credential_count;
	struct courier_connection *connections;
	size_t		 connection_count;
};

/* Bytes of the settings, and entries of each of their lists. */
#define COURIER_SETTINGS_LIMIT	((size_t)1 << 20)
#define COURIER_SETTINGS_LIST	1000

void	courier_settings_write(const struct courier_settings *, struct buf *);
bool	courier_settings_read(struct span, struct arena *,
	    struct courier_settings *out, struct err *) MUST_USE;

/* FAILED is an error: wire_put_err, wire_get_err. */

#define STAMP_AUTHORITIES	32	/* of one question: bits of passed */

struct stamp_authority {
	struct span	url;
	uint32_t	at_once;	/* requests; 0: the courier's own */
	bool		private_addresses;	/* may be gone to */
	uint32_t	form;		/* which request of an item it gets */
};

/* One imprint to be stamped. */
struct stamp_item {
	const struct span *requests;	/* TimeStampReq: of each form */
	uint32_t	passed;		/* a bit for each authority that is
					 * not to be asked any more */
};

struct stamp_request {
	const struct stamp_authority *authorities;
	const uint32_t		*order;		/* their numbers, as they are
						 * to be tried */
	size_t			 authority_count;
	uint32_t		 forms;		/* of requests: policies asked
						 * for differ */
	uint32_t		 rounds;	/* over all authorities */
	uint32_t		 timeout;	/* seconds of one try; 0: 30 */
	struct stamp_item	*items;
	size_t			 count;
};

/* The reply to one item: bytes that nobody has looked at, or an error. */
struct stamped_item {
	struct span	reply;		/* TimeStampResp, DER */
	uint32_t	authority;	/* which one it came from */
	struct err	err;		/* what != NULL: none answered */
};

/* How an authority did in one question. */
struct stamped_try {
	uint32_t	answered;
	uint32_t	failed;
	uint32_t	latency;	/* ms, of those that answered: mean */
	struct err	err;		/* the last; what NULL: none */
};

struct stamped {
	struct stamped_item	*items;
	size_t			 count;
	struct stamped_try	*tries;		/* one for each authority */
	size_t			 try_count;
};

void	stamp_write(const struct stamp_request *, struct buf *);
bool	stamp_read(struct span, struct arena *, struct stamp_request *out,
	    struct err *) MUST_USE;
void	stamped_write(const struct stamped *, struct buf *);
bool	stamped_read(struct span, struct arena *, struct stamped *out,
	    struct err *) MUST_USE;

/* A mirror of a repository below the courier's folder. */
struct fetch_request {
	struct span	 mirror;	/* its name: a slug */
	struct span	*urls;		/* the first that answers counts */
	size_t		 url_count;
	struct span	 credential;	/* name in engine.yaml, or empty */
	bool		 all;		/* tell of refs that did not move too */
};

/*
 * A ref that the fetch created, moved or deleted (all-zero ids: none), or one
 * that stays: before and after are the same. What moved is told once: ask for
 * all after a start and after each answer that did not come.
 */
struct moved_ref {
	struct span	name;		/* refs/heads/..., as the host says */
	struct span	before;		/* hex */
	struct span	after;		/* hex */
};

void	fetch_write(const struct fetch_request *, struct buf *);
bool	fetch_read(struct span, struct arena *, struct fetch_request *out,
	    struct err *) MUST_USE;
void	fetched_write(const struct moved_ref *, size_t count, struct buf *);
bool	fetched_read(struct span, struct arena *, struct moved_ref **out,
	    size_t *count, struct err *) MUST_USE;

/* PUSHED is empty: the remote ref was read again and is what was asked for. */
struct push_request {
	struct span	repository;	/* path of the store that is read */
	struct span	url;
	struct span	ref;		/* refs/heads/tagseal/ledger */
	struct span	before;		/* hex; all zero: it must not exist */
	struct span	after;		/* hex */
	struct span	credential;
};

void	push_write(const struct push_request *, struct buf *);
bool	push_read(struct span, struct arena *, struct push_request *out,
	    struct err *) MUST_USE;

struct download_request {
	struct span	 url;
	struct span	*prefixes;	/* the URL must lie below one */
	size_t		 prefix_count;
	struct span	*redirects;	/* or, when sent on, below one of
					 * these; the token stays behind */
	size_t		 redirect_count;
	uint64_t	 limit;		/* bytes */
	bool		 private_addresses;	/* may be gone to */
	struct span	 credential;
};

void	download_write(const struct download_request *, struct buf *);
bool	download_read(struct span, struct arena *,
	    struct download_request *out, struct err *) MUST_USE;
/*
 * DOWNLOADED: the number of bytes written, and why they may be no artifact,
 * for people, which is empty as a rule.
 */
struct downloaded {
	uint64_t	size;
	struct span	doubt;
};

void	downloaded_write(const struct downloaded *, struct buf *);
/* What is read points into the body. */
bool	downloaded_read(struct span, struct downloaded *, struct err *)
	    MUST_USE;

/* A file of Git LFS, by what its pointer says. */
struct lfs_request {
	struct span	 repository;	/* its address, http or https */
	struct span	 sha256;	/* 32 bytes */
	uint64_t	 size;
	struct span	*prefixes;	/* where the server may have it, besides
					 * its own host */
	size_t		 prefix_count;
	struct span	*redirects;	/* the same, and where any of them may
					 * send us on to */
	size_t		 redirect_count;
	bool		 private_addresses;	/* of other hosts */
	struct span	 credential;	/* the repository's, or empty */
};

void	lfs_write(const struct lfs_request *, struct buf *);
bool	lfs_read(struct span, struct arena *, struct lfs_request *out,
	    struct err *) MUST_USE;

/*
 * What was published is never replaced: to publish the same bytes again is
 * fine, others under the same name in a folder are FILE-EXISTS.
 */
enum publish_kind {
	PUBLISH_DIRECTORY,	/* temporary name, synced, renamed */
	PUBLISH_PUT,		/* HTTP PUT below a URL */
	PUBLISH_KINDS
};

struct publish_request {
	enum publish_kind kind;
	struct span	 target;	/* folder (made if need be) or URL */
	struct span	 name;		/* one path segment */
	uint64_t	 size;		/* bytes of the descriptor's file */
	struct span	 credential;
};

void	publish_write(const struct publish_request *, struct buf *);
bool	publish_read(struct span, struct arena *, struct publish_request *out,
	    struct err *) MUST_USE;

/* QUERIED is the response (DER): at most LIMIT_OCSP_RESPONSE bytes. */
struct query_request {
	struct span	url;
	struct span	question;	/* OCSPRequest, DER */
	bool		private_addresses;	/* may be gone to */
};

/* What a witness is asked (C2SP tlog-witness), and what it says. */
struct cosign_request {
	struct span	url;		/* of add-checkpoint */
	struct span	question;
	bool		private_addresses;	/* may be gone to */
};

struct cosigned {
	uint32_t	status;		/* of HTTP */
	struct span	answer;		/* COSIGNED_LIMIT bytes at most */
};

#define COSIGNED_LIMIT	((size_t)16 << 10)

void	cosign_write(const struct cosign_request *, struct buf *);
bool	cosign_read(struct span, struct arena *, struct cosign_request *out,
	    struct err *) MUST_USE;
void	cosigned_write(const struct cosigned *, struct buf *);
/* What is read points into the body. */
bool	cosigned_read(struct span, struct cosigned *out, struct err *)
	    MUST_USE;

/* What an EST server is asked for (RFC 7030 4.2), and what it says. */
struct enroll_request {
	struct span	url;		/* of simpleenroll or simplereenroll */
	struct span	question;	/* PKCS#10 in base64 */
	struct span	credential;	/* name, or empty */
	bool		private_addresses;	/* may be gone to */
};

struct enrolled {
	uint32_t	status;		/* of HTTP */
	uint32_t	retry_after;	/* seconds; 0: not said */
	struct span	answer;		/* nobody has looked at it: LIMIT_BAG */
};

void	enroll_write(const struct enroll_request *, struct buf *);
bool	enroll_read(struct span, struct arena *, struct enroll_request *out,
	    struct err *) MUST_USE;
void	enrolled_write(const struct enrolled *, struct buf *);
/* What is read points into the body. */
bool	enrolled_read(struct span, struct enrolled *out, struct err *)
	    MUST_USE;

/* Somebody who reads of a project's releases. */
struct notice_reader {
	struct span	person;		/* "person/alice" */
	struct span	name;
	struct span	email;
};

#define NOTICE_LIMIT	((size_t)512 << 10)	/* bytes of the message */
#define NOTICE_READERS	256

/* What somebody is told of an event (notify/notify.h); all texts are UTF-8. */
struct notice_request {
	struct span	channel;	/* "webhook" */
	struct span	url;
	struct span	credential;	/* whose secret signs it, or empty */
	struct span	organization;
	struct span	ledger;		/* its id */
	struct span	summary;	/* one line */
	struct span	event;		/* its bytes in the ledger */
	struct notice_reader *readers;	/* NOTICE_READERS at most */
	size_t		reader_count;
	bool		private_addresses;	/* may be gone to */
};

/* Whether it was taken is for the asker to say. */
struct noticed {
	uint32_t	status;		/* of HTTP */
	uint32_t	retry_after;	/* seconds; 0: not said */
};

void	notice_write(const struct notice_request *, struct buf *);
bool	notice_read(struct span, struct arena *, struct notice_request *out,
	    struct err *) MUST_USE;
void	noticed_write(const struct noticed *, struct buf *);
bool	noticed_read(struct span, struct noticed *out, struct err *)
	    MUST_USE;

void	query_write(const struct query_request *, struct buf *);
bool	query_read(struct span, struct arena *, struct query_request *out,
	    struct err *) MUST_USE;

#endif
