/*
 * host - the files outside of Git: what an engine's host and a client trust.
 */
#ifndef CONFIG_HOST_H
#define CONFIG_HOST_H

#include "config/model.h"

struct config_root {
	struct place	at;
	struct span	commit;			/* object id, hex */
	uint8_t		payload_sha256[32];
	uint8_t		manifest_sha256[32];
};

struct host_config {
	struct place		at;
	struct span		id;
	struct text_list	urls;	/* all must agree; none in trust.yaml */
	struct span		credential;	/* that fetches it, or empty */
	struct config_root	root;
};

struct recovery {
	struct place		at;
	struct text_list	keys;	/* lines of SSH public keys */
	uint64_t		threshold;
};

struct ledger_floor {
	struct place	at;
	uint64_t	size;
	uint8_t		root[32];
};

struct host_ledger {
	struct place		at;
	struct text_list	keys;	/* verifier keys of signed notes */
	struct span		credential;	/* that pushes it, or empty */
	struct ledger_floor	at_least;
	struct text_list	witnesses;	/* verifier keys, type 4 */
	uint64_t		quorum;		/* of them; 0: none is asked
						 * for */
};

/* A secret's source: one of the three is not empty. */
struct secret_source {
	struct place	at;
	struct span	file;
	struct span	environment;
	struct span	credential;	/* name of a systemd credential */
};

struct token_access {
	struct place		at;
	struct text_list	read;
	struct text_list	write;
	struct text_list	sockets;
};

struct token {
	struct place		at;
	struct span		module;
	struct span		token;	/* label */
	struct span		serial;	/* or empty: any */
	struct span		parameters;	/* or empty: none */
	uint64_t		sessions;	/* 0: not said */
	uint64_t		call_limit;	/* seconds */
	struct secret_source	pin;
	struct token_access	access;
};

struct credential {
	struct place		at;
	struct span		name;
	struct secret_source	source;	/* the three keys stand in the row */
	struct span		process;	/* "courier" */
	struct span		user;		/* of HTTP Basic, or empty */
	struct text_list	hosts;
};

struct client_certificate {
	struct place		at;
	struct span		certificate;	/* PEM files */
	struct span		key;
};

struct ssh_files {
	struct place		at;
	struct span		key;
	struct span		known_hosts;
};

/* How some hosts are reached; what is empty is as usual. */
struct connection {
	struct place		at;
	struct text_list	hosts;		/* none: all others */
	struct span		ca;		/* PEM file */
	struct client_certificate client;
	struct span		proxy;		/* URL */
	struct span		forge;		/* or empty */
	struct ssh_files	ssh;
};

struct host_users {
	struct place	at;
	struct span	courier;
	struct span	judge;
	struct span	worker;
	struct span	signer;
};

enum sandbox_demand {
	SANDBOX_REQUIRED,
	SANDBOX_WHERE_POSSIBLE,
};

enum log_form {
	LOG_FORM_TEXT,
	LOG_FORM_JSON,
};

struct engine_file {
	struct place		at;
	uint64_t		version;
	struct span		engine;		/* UUID */
	struct host_config	config;
	struct recovery		recovery;	/* no keys: there is no way */
	struct host_ledger	ledger;
	struct span		state;		/* folder */
	LIST_OF(struct token)	tokens;
	LIST_OF(struct credential) credentials;
	LIST_OF(struct connection) connections;
	struct text_list	repositories;
	struct text_list	outputs;
	uint64_t		poll;
	struct host_users	users;
	enum sandbox_demand	sandbox;
	enum log_form		log;
};

struct trust_file {
	struct place		at;
	uint64_t		version;
	struct host_config	config;
	struct recovery		recovery;	/* no keys: none is believed */
	struct host_ledger	ledger;
};

#endif
