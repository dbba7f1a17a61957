/*
 * settings - what judge and signer are given before they begin: their parts of
 * engine.yaml, as a file that comes with the order SETTINGS (wire/team.h). The
 * supervisor alone reads engine.yaml. (The courier's stand in wire/courier.h.)
 */
#ifndef WIRE_SETTINGS_H
#define WIRE_SETTINGS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* Bytes of the settings, and entries of each of their lists. */
#define SETTINGS_LIMIT	((size_t)1 << 20)
#define SETTINGS_LIST	1000

/* How a process narrows itself, and how it logs. */
struct role_settings {
	struct span	 user;		/* to become; empty: none */
	bool		 where_possible;	/* sandbox (sys/sandbox.h) */
	bool		 json;		/* the log */
};

struct judge_settings {
	struct role_settings	 role;
	struct span	 engine;	/* UUID of this engine */
	struct span	 config_repo;	/* UUID of the config repo */
	struct span	*urls;		/* of the config repo */
	size_t		 url_count;
	struct span	 config_credential;	/* names in engine.yaml, or */
	struct span	 ledger_credential;	/* empty */
	struct span	 root_commit;	/* the pin: hex */
	struct span	 root_payload;	/* 32 bytes */
	struct span	 root_manifest;	/* 32 bytes */
	struct span	*recovery_keys;	/* lines of SSH public keys */
	size_t		 recovery_key_count;
	uint64_t	 recovery_threshold;
	struct span	*log_keys;	/* pinned verifier keys of the ledger */
	size_t		 log_key_count;
	uint64_t	 least_size;	/* ledger.at-least */
	struct span	 least_root;	/* 32 bytes; empty: least_size is 0 */
	struct span	 state;		/* its own folder */
	struct span	 mirrors;	/* the courier's: in it <slug>.git */
	struct span	 recovery;	/* folder of statements; empty: none */
	struct span	*repositories;	/* local ones may lie below these */
	size_t		 repository_count;
	struct span	*outputs;	/* and outputs below these */
	size_t		 output_count;
	uint64_t	 poll;		/* seconds between two passes */
	bool		 once;		/* one pass, then the end */
	bool		 begins;	/* write genesis, then the end */
};

void	judge_settings_write(const struct judge_settings *, struct buf *);
bool	judge_settings_read(struct span, struct arena *,
	    struct judge_settings *out, struct err *) MUST_USE;

/* Where a PIN comes from: the name is a path, a variable or a credential. */
enum pin_place {
	PIN_PLACE_NONE,
	PIN_PLACE_FILE,
	PIN_PLACE_ENVIRONMENT,
	PIN_PLACE_CREDENTIAL,
	PIN_PLACES
};

struct token_settings {
	struct span	 module;	/* path of the PKCS#11 library */
	struct span	 token;		/* label; empty: any */
	struct span	 serial;	/* empty: any */
	struct span	 parameters;	/* of the module; empty: none */
	uint64_t	 sessions;	/* at once; 0: not said */
	uint64_t	 call_limit;	/* seconds; 0: not said */
	enum pin_place	 pin_from;
	struct span	 pin_name;
	struct span	*read;		/* what the module may reach */
	size_t		 read_count;
	struct span	*write;
	size_t		 write_count;
	struct span	*sockets;
	size_t		 socket_count;
};

struct signer_settings {
	struct role_settings	 role;
	struct span	 engine;	/* UUID of this engine */
	struct span	 state;		/* path of its state file */
	struct span	 origin;	/* ledger.id */
	struct span	*log_keys;	/* pinned verifier keys of the ledger */
	size_t		 log_key_count;
	uint64_t	 least_size;	/* ledger.at-least */
	struct span	 least_root;
	bool		 begins;	/* the ledger, by this start */
	struct token_settings	*tokens;
	size_t		 token_count;
};

void	signer_settings_write(const struct signer_settings *, struct buf *);
bool	signer_settings_read(struct span, struct arena *,
	    struct signer_settings *out, struct err *) MUST_USE;

#endif
