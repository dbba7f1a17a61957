/*
 * signer - what the judge, or a command line, says to the process that holds
 * the keys. docs/protocol-signer.md tells why.
 *
 *	OPEN ->		<- OPENED	keys by URI; public halves
 *	CHECKPOINT ->	<- CHECKPOINTED	a larger ledger; a signed note
 *	COMMIT ->	<- COMMITTED	a commit's payload; an SSH signature
 *	SIGN ->		<- SIGNED	an intent, its proof, the list; values
 *	COUNT ->	<- COUNTED	what was signed so far
 *	ABOUT ->	<- TOLD		which start, which tokens, what sandbox
 *	SIGN_LOCAL ->	<- SIGNED	a key and a list, no proof
 *	KEY_MAKE ->	<- MADE		a new key
 *	KEY_IMPORT ->	<- MADE		a key from a file: two descriptors
 *	KEY_LIST ->	<- LISTED	all keys
 *	KEY_CHECK ->	<- CHECKED	one key's attributes
 *			<- FAILED	an error, for any of these
 *
 * Which of them are taken is the phase: a signer is local or an engine's for
 * all its life. The list of digests has one form for both, written and read
 * here; in an engine it is a blob of the ledger.
 */
#ifndef WIRE_SIGNER_H
#define WIRE_SIGNER_H

#include "base/arena.h"
#include "crypto/merkle.h"
#include "crypto/signature.h"
#include "wire/stream.h"

enum signer_message {
	SIGNER_OPEN		= 2,
	SIGNER_CHECKPOINT	= 4,
	SIGNER_COMMIT		= 6,
	SIGNER_SIGN		= 8,
	SIGNER_COUNT		= 10,
	SIGNER_SIGN_LOCAL	= 12,
	SIGNER_KEY_MAKE		= 14,
	SIGNER_KEY_LIST		= 16,
	SIGNER_KEY_CHECK	= 18,
	SIGNER_KEY_IMPORT	= 20,
	SIGNER_ABOUT		= 22,
	SIGNER_OPENED		= 1,
	SIGNER_CHECKPOINTED	= 3,
	SIGNER_COMMITTED	= 5,
	SIGNER_SIGNED		= 7,
	SIGNER_COUNTED		= 9,
	SIGNER_MADE		= 13,
	SIGNER_LISTED		= 15,
	SIGNER_CHECKED		= 17,
	SIGNER_FAILED		= 19,
	SIGNER_TOLD		= 23,
};

/* Phases: bits of struct message_row. */
enum signer_phase {
	SIGNER_FRESH	= 1,	/* engine's: the ledger's keys are not open */
	SIGNER_READY	= 2,	/* engine's: they are */
	SIGNER_LOCAL	= 4,	/* a command line's */
};

extern const struct message_row signer_requests[];
extern const size_t signer_request_count;
extern const struct message_row signer_answers[];
extern const size_t signer_answer_count;

#define SIGNER_MESSAGE_LIMIT	((size_t)160 << 20)	/* bytes, all parts */
#define SIGNER_LOCAL_TOKENS	4			/* of one command */
#define SIGNER_KEYS		1024			/* opened at once */

/* The use that a key is kept for, for ever. */
enum signer_use { SIGNER_USE_SIGN, SIGNER_USE_LOG, SIGNER_USE_COMMIT };

struct open_item {
	enum signer_use	use;
	struct span	uri;
};

/* A key as the token tells it, or why there is none. */
struct key_record {
	struct err	err;		/* not opened, or not sound */
	struct span	public_key;	/* SubjectPublicKeyInfo, DER */
	struct span	json;		/* attributes, findings, names */
};

struct checkpoint_request {
	uint64_t		old_size;	/* the last one signed */
	struct merkle_hash	old_root;
	uint64_t		size;
	struct merkle_hash	root;
	struct span		proof;		/* consistency of the two */
};

struct sign_request {
	struct span	event;	/* keys.intended, its bytes in the ledger */
	struct span	proof;	/* inclusion in the last checkpoint signed */
	struct span	list;	/* what is to be signed: see below */
};

struct sign_local_request {
	struct span	uri;
	struct span	list;
};

struct key_make_request {
	struct span	token;		/* label */
	struct span	algorithm;	/* "ec-p256" */
	struct span	label;
};

/* KEY_IMPORT: its descriptors are the file and its passphrase. */
struct key_import_request {
	struct span	token;		/* label */
	struct span	label;
};

/* One value, or why there is none. */
struct signature_item {
	struct span	value;
	struct err	err;
};

/* A signer's start: so many random bytes that no other one has. */
/* Variables that modules look for, whoever starts their process. */
#define SIGNER_VARIABLES						\
	"SOFTHSM2_CONF", "P11_KIT_SERVER_ADDRESS", "OPENCRYPTOKI_CONF",	\
	"TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI",			\
	"DBUS_SESSION_BUS_ADDRESS"

#define SIGNER_SESSION	16

struct signer_counts {
	uint64_t		size;		/* last checkpoint signed */
	struct merkle_hash	root;
	uint64_t		next_event;	/* intents below are refused */
	uint64_t		checkpoints;
	uint64_t		commits;
	uint64_t		signatures;	/* let through to a key */
};

/*
 * Bodies. What was read lives in the arena, unless it says that it borrows.
 * Errors: PROCESS-PROTOCOL, LIMIT-MEMORY.
 */
void	open_write(const struct open_item *, size_t count, struct buf *);
bool	open_read(struct span, struct arena *, struct open_item **out,
	    size_t *count, struct err *) MUST_USE;
void	key_record_write(const struct key_record *, struct buf *);
void	key_records_write(const struct key_record *, size_t count,
	    struct buf *);
bool	key_records_read(struct span, struct arena *, struct key_record **out,
	    size_t *count, struct err *) MUST_USE;
void	checkpoint_request_write(const struct checkpoint_request *,
	    struct buf *);
bool	checkpoint_request_read(struct span, struct checkpoint_request *out,
	    struct err *) MUST_USE;		/* proof borrows */
void	sign_write(const struct sign_request *, struct buf *);
bool	sign_read(struct span, struct sign_request *out, struct err *)
	    MUST_USE;				/* borrows */
void	sign_local_write(const struct sign_local_request *, struct buf *);
bool	sign_local_read(struct span, struct sign_local_request *out,
	    struct err *) MUST_USE;		/* borrows */
void	key_make_write(const struct key_make_request *, struct buf *);
bool	key_make_read(struct span, struct key_make_request *out,
	    struct err *) MUST_USE;		/* borrows */
void	key_import_write(const struct key_import_request *, struct buf *);
bool	key_import_read(struct span, struct key_import_request *out,
	    struct err *) MUST_USE;		/* borrows */
/* COMMIT, COMMITTED, CHECKPOINTED, KEY_LIST (a token's label or nothing),
 * KEY_CHECK (a URI) and TOLD (JSON) are one byte string. */
void	text_body_write(struct span, struct buf *);
bool	text_body_read(struct span, struct span *out, struct err *) MUST_USE;
void	signed_write(const struct signature_item *, size_t count, struct buf *);
bool	signed_read(struct span, struct arena *, struct signature_item **out,
	    size_t *count, struct err *) MUST_USE;
/* signed_values picks the values of count items; one with an error is the
 * error of all. */
bool	signed_values(const struct signature_item *, size_t n, size_t count,
	    struct span *values, struct err *) MUST_USE;
void	counts_write(const struct signer_counts *, struct buf *);
bool	counts_read(struct span, struct signer_counts *out, struct err *)
	    MUST_USE;

/*
 * The list: a line (ending in LF) of canonical JSON for each signature,
 *
 *	{"algorithm":"ecdsa-sha256","digest":"<hex>","file":"a.exe","i":0}
 *	{"algorithm":"ed25519","file":"b","i":1,"message":"<base64>"}
 *
 * Its Merkle root (RFC 6962) is over the lines without LF.
 */
struct sign_item {
	struct span		file;	/* path in the artifact, for people */
	struct to_be_signed	to_be_signed;
};

/* sign_list_write appends the list and gives its root. */
bool	sign_list_write(const struct sign_item *, size_t count, struct buf *out,
	    struct merkle_hash *root, struct err *) MUST_USE;

/* sign_list_read reads a whole list strictly. Errors: SIGNER-LIST. */
bool	sign_list_read(struct span, struct arena *, struct sign_item **out,
	    size_t *count, struct merkle_hash *root, struct err *) MUST_USE;

#endif
