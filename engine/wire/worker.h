/*
 * worker - what judge (or command line) and worker or checker say.
 *
 *	JOB ->			what to do, with descriptors: input, output,
 *				scratch (see struct job)
 *		<- TREE		sign, plan: the resolved tree
 *	GO ->			sign: go on after TREE
 *		<- LEVEL	sign: what is to be signed on one level
 *				stamp: the signature that is there
 *	SEALED ->		sign: signatures and timestamps, same order;
 *				stamp: the timestamp alone
 *		<- TIMESTAMPS	these timestamps are bad: others, please
 *	SEALED ->		again, with others for those
 *	ISSUED ->		check, early: of an output that is there now
 *		<- DONE		the answer; the output descriptor is written
 *		<- FAILED	the error; the worker ends
 *
 * A worker serves one job and ends.
 */
#ifndef WIRE_WORKER_H
#define WIRE_WORKER_H

#include "base/arena.h"
#include "crypto/identity.h"
#include "crypto/signature.h"
#include "sys/process.h"
#include "wire/stream.h"

enum worker_message {
	WORKER_JOB	= 2,
	WORKER_GO	= 4,
	WORKER_SEALED	= 6,
	WORKER_ISSUED	= 8,
	WORKER_TREE	= 1,
	WORKER_LEVEL	= 3,
	WORKER_TIMESTAMPS = 5,
	WORKER_DONE	= 7,
	WORKER_FAILED	= 9,
};

/* Phases of both ends. */
enum worker_phase {
	WORKER_FRESH	= 1 << 0,	/* no job yet */
	WORKER_ASKED	= 1 << 1,	/* the worker works */
	WORKER_SHOWN	= 1 << 2,	/* TREE was sent: GO is due */
	WORKER_WAITS	= 1 << 3,	/* LEVEL was sent: SEALED is due */
	WORKER_FORESEEN	= 1 << 4,	/* early: ISSUED is due */
};

extern const struct message_row worker_requests[];	/* to the worker */
extern const size_t worker_request_count;
extern const struct message_row worker_answers[];	/* from it */
extern const size_t worker_answer_count;

/* Bytes of one message, all parts: bounds what a hostile peer can send. */
#define WORKER_MESSAGE_LIMIT	((size_t)256 << 20)

enum job_verb {
	JOB_SIGN,	/* sign what the configuration says */
	JOB_PLAN,	/* resolve the tree, sign nothing */
	JOB_CHECK,	/* account for every signature and byte of output */
	JOB_INSPECT,	/* describe what is inside */
	JOB_VERIFY,	/* judge the signatures */
	JOB_STRIP,	/* take signatures out */
	JOB_MEMBER,	/* say what a catalog knows a file by; nothing: all
			 * its bytes */
	JOB_CATALOG,	/* judge a catalog, and look up who is in it */
	JOB_STAMP,	/* put a timestamp on a signature that is there */
	JOB_VERBS
};

/* One key use that the checker is to account for. */
struct issued_item {
	struct span		path;	/* outer!/inner/path */
	struct to_be_signed	to_be_signed;
	struct digest		signature_sha256;
};

/*
 * Descriptors that come with JOB, in this order: input (read), output (write;
 * for JOB_CHECK: the output to be checked), scratch (read and write).
 */
enum { JOB_INPUT, JOB_OUTPUT, JOB_SCRATCH, JOB_FDS };

struct job {
	enum job_verb		 verb;
	struct span		 name;		/* of the artifact */
	int64_t			 now;		/* ms since 1970 UTC */
	uint64_t		 limit_entries;
	uint64_t		 limit_unpacked;
	uint64_t		 limit_ratio;
	uint32_t		 limit_depth;
	struct span		 configuration;	/* element tree, wire form;
						 * empty: one file by probe */
	struct span		 directive;	/* JOB_SIGN of one file;
						 * JOB_MEMBER: page hashes */
	struct signing_identity	 identity;	/* JOB_SIGN, JOB_CHECK */
	struct span		*roots;		/* DER certificates */
	size_t			 root_count;
	struct span		*timestamp_roots;
	size_t			 timestamp_root_count;
	struct span		*revocations;	/* JOB_VERIFY: revocation lists,
						 * files as they are */
	size_t			 revocation_count;
	struct span		*responses;	/* JOB_VERIFY: of OCSP, DER */
	size_t			 response_count;
	struct span		 detached;	/* JOB_VERIFY, JOB_STAMP: .p7s,
						 * or empty */
	uint32_t		 nested;	/* JOB_STAMP: which signature;
						 * 0: the outermost */
	bool			 undigested;	/* JOB_SIGN, JOB_VERIFY,
						 * JOB_STRIP: nobody asks for
						 * SHA-256 of files */
	bool			 lenient;	/* JOB_PLAN: files that are
						 * refused are shown as such */
	bool			 copied;	/* JOB_SIGN: when SEALED comes,
						 * the output holds a copy of
						 * the input already; not of a
						 * kind of file that moves */
	struct issued_item	*issued;	/* JOB_CHECK */
	size_t			 issued_count;
	bool			 told;		/* JOB_PLAN, JOB_SIGN,
						 * JOB_CHECK: the tree is for
						 * people, each file in it is
						 * hashed. JOB_CHECK: sha256
						 * of the result is that of
						 * the tree (canonical JSON) */
	struct digest		*wanted;	/* JOB_CATALOG: of files */
	size_t			 wanted_count;
	bool			 early;		/* JOB_CHECK: there is no output
						 * yet; read the input, then
						 * wait for ISSUED */
};

/*
 * What a job on an artifact of so many bytes may take: seconds of the worker's
 * processor time, milliseconds that others wait for it, bytes of one file that
 * it writes.
 */
uint64_t job_cpu(uint64_t size);
int64_t	job_wait(uint64_t size);
uint64_t job_file(const struct job *, uint64_t size);

/*
 * worker_died is the error for a process that ended without an answer. If a
 * worker or a checker brought it upon itself, by a crash, a limit or what it
 * may not do, the artifact is to blame: WORKER-DIED. One that was killed is
 * WORKER-LOST, and any other role PROCESS-DIED. It gives false.
 */
bool	worker_died(const char *role, const struct process_end *,
	    struct err *);

void	job_write(const struct job *, struct buf *out);
bool	job_read(struct span, struct arena *, struct job *out, struct err *)
	    MUST_USE;

/* ISSUED: what the checker is to account for, when it is known. */
void	issued_write(const struct issued_item *, size_t count,
	    struct buf *out);
bool	issued_read(struct span, struct arena *, struct issued_item **out,
	    size_t *count, struct err *) MUST_USE;

/* One row of LEVEL. */
struct level_item {
	struct span		path;		/* outer!/inner/path */
	struct to_be_signed	to_be_signed;
	bool			timestamp;
	enum digest_kind	imprint;
	struct span		value;		/* JOB_STAMP: the signature
						 * that is there, as stored */
};

struct level {
	uint32_t		 number;	/* 0: the leaves */
	struct level_item	*items;
	size_t			 count;
};

void	level_write(const struct level *, struct buf *out);
bool	level_read(struct span, struct arena *, struct level *out,
	    struct err *) MUST_USE;

/*
 * One row of SEALED, in the order of LEVEL. The worker is the first to look
 * into the authority's reply, and checks it against the request.
 */
struct sealed_item {
	struct span	signature;	/* as signature_kind says */
	struct span	request;	/* TimeStampReq (RFC 3161), or empty */
	struct span	reply;		/* TimeStampResp, or empty */
};

void	sealed_write(const struct sealed_item *, size_t count,
	    struct buf *out);
bool	sealed_read(struct span, struct arena *, struct sealed_item **out,
	    size_t *count, struct err *) MUST_USE;

/* TIMESTAMPS: which items of the level, and what is wrong with each. */
struct bad_timestamp {
	uint32_t	item;
	struct err	err;
};

void	timestamps_write(const struct bad_timestamp *, size_t count,
	    struct buf *out);
bool	timestamps_read(struct span, struct arena *,
	    struct bad_timestamp **out, size_t *count, struct err *) MUST_USE;

/* DONE: the output's size and digest, and the answer as JSON. */
struct job_result {
	uint64_t	size;		/* bytes of the output, 0: none */
	struct digest	sha256;		/* of the output, or as job.told says;
					 * of nothing, if nobody asked */
	bool		yes;		/* verify: good; strip: changed */
	bool		nothing;	/* verify, strip: no signature there */
	struct span	json;
};

void	result_write(const struct job_result *, struct buf *out);
bool	result_read(struct span, struct arena *, struct job_result *out,
	    struct err *) MUST_USE;

#endif
