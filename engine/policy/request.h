/*
 * request - the canonical request: what approvers approve and the ledger keeps.
 *
 * Its id is "sr-" and the SHA-256 of its canonical bytes in hex; the caller
 * writes (crypto/canonical.h) and hashes what request_json gives.
 */
#ifndef POLICY_REQUEST_H
#define POLICY_REQUEST_H

#include "policy/policy.h"

/* A file of the config repo that the request rests on. */
struct request_file {
	struct span	path;
	uint8_t		sha256[32];
};

#define REQUEST_NONCE	16	/* bytes */

/* Spans of ids are hex or UUIDs; digests are raw. */
struct request_parts {
	const struct manifest	*manifest;
	uint8_t			 manifest_sha256[32];
	struct span		 certificate;	/* slug */
	uint8_t			 spki_sha256[32];
	struct span		 ref;
	struct span		 repo;		/* URL of the project's repo */
	struct span		 commit;
	struct span		 tag;		/* id of the tag object */
	uint8_t			 payload_sha256[32];
	struct span		 config_repo;	/* id */
	struct span		 config_commit;
	uint8_t			 config_manifest_sha256[32];
	LIST_OF(struct request_file) files;
	struct span		 engine;
	uint8_t			 nonce[REQUEST_NONCE];
	int64_t			 created;	/* ms */
	int64_t			 expires;	/* ms */
};

/* request_json gives the value; the caller releases it. */
struct json *request_json(const struct request_parts *);

#endif
