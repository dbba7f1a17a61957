/*
 * limits - every bound on what foreign bytes can make us do, with its unit and
 * its reason. What a config repo may set has its default here.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define KIB	((uint64_t)1 << 10)
#define MIB	((uint64_t)1 << 20)
#define GIB	((uint64_t)1 << 30)

/* Messages between processes: names and digests, never a file. */
#define LIMIT_FRAME		((size_t)16 << 10)	/* bytes */

/* Artifacts: defaults of `limits` in tagseal.yaml. */
#define LIMIT_ARTIFACT_SIZE	(4 * GIB)	/* bytes of one artifact */
#define LIMIT_NESTED_DEPTH	8		/* containers in containers */
#define LIMIT_ENTRIES		200000		/* of an artifact, all levels */
#define LIMIT_EXPANSION_RATIO	200		/* unpacked bytes per byte */

/* Memory that the parsing of one request's artifacts may take. */
#define LIMIT_WORKER_ARENA	((size_t)512 << 20)	/* bytes */

/*
 * One job of a worker on an artifact of so many bytes. We unpack, hash and pack
 * at least 20 MiB a second; a slow machine does a tenth of it. Who waits for
 * the worker waits longer: it may have to share its processor.
 */
#define LIMIT_JOB_CPU(size)	(30 + (uint64_t)(size) / MIB)	/* seconds */
#define LIMIT_JOB_WAIT(size)	(120 + 3 * LIMIT_JOB_CPU(size))	/* seconds */
#define LIMIT_JOB_FILE		(256 * MIB)	/* bytes of an output, besides
						 * the artifact times its
						 * expansion ratio */
#define LIMIT_LEVELS		64		/* signatures on signatures */

/* Git objects that are verified: the largest honest tag is a few KiB. */
#define LIMIT_SIGNED_OBJECT	(1 * MIB)	/* bytes */
#define LIMIT_TREE_DEPTH	32
#define LIMIT_TREE_ENTRIES	100000
#define LIMIT_TREE_SIZE		(16 * MIB)	/* bytes of one tree object */
#define LIMIT_TREE_MEMORY	((size_t)256 << 20)	/* bytes of one walk */
#define LIMIT_OBJECT_MEMORY	((size_t)4 << 20) /* bytes of one parse */
#define LIMIT_OPENPGP_KEYS	(16 * MIB)	/* bytes of all declared keys */
#define LIMIT_FETCH_OBJECTS	10000000	/* in one pack */
#define LIMIT_FETCH_BYTES	(4 * GIB)	/* of one pack */
#define LIMIT_FETCH_REFS	200000		/* that a host may name */
#define LIMIT_PUSH_BYTES	(256 * MIB)	/* of one push */
#define LIMIT_LFS_POINTER	1024		/* bytes of one pointer */
#define LIMIT_LFS_ANSWER	(64 * KIB)	/* bytes: one object's */
#define LIMIT_MANIFEST		(64 * KIB)	/* release manifest, bytes */

/* YAML: libyaml takes quadratic time on nested flow sequences. */
#define LIMIT_YAML_DEPTH	32
#define LIMIT_YAML_SIZE		(1 * MIB)	/* bytes of one file */
#define LIMIT_CONFIG_FILES	20000
#define LIMIT_CONFIG_BLOB	(16 * MIB)	/* bytes of a file of it */
#define LIMIT_CHAIN		100000		/* commits of the config repo */
#define LIMIT_CHAIN_MEMORY	((size_t)256 << 20) /* bytes of its verdicts */
#define LIMIT_RELEASE_FOLDERS	1000000		/* of the released tree */
#define LIMIT_RELEASE_DEPTH	128		/* of its folders */
#define LIMIT_SUBMODULES	1000		/* of a released tree */
#define LIMIT_RELEASE_COMMITS	100000		/* since the last release */
#define LIMIT_APPROVALS		20000		/* statements and commits */
#define LIMIT_ENDORSEMENTS	10000		/* tags looked at */
#define LIMIT_HEARTBEATS	10000		/* tags looked at */
#define LIMIT_CONFIG_LIST	1000		/* items of one list */
#define LIMIT_CONFIG_ERRORS	1000		/* that are listed */
#define LIMIT_CONFIG_NAMES	((size_t)8 << 20) /* bytes of files' names */
#define LIMIT_CONFIG_ARENA	((size_t)512 << 20) /* bytes of a model */

/* Artifact configurations. */
#define LIMIT_GLOB		1024	/* bytes of one path pattern */
#define LIMIT_ELEMENTS		4096	/* of one configuration, all levels */
#define LIMIT_ELEMENT_DEPTH	24	/* elements in elements */

/* XML: expat repeats the name of its namespace before each name. */
#define LIMIT_XML_SIZE		(8 * MIB)	/* bytes */
#define LIMIT_XML_DEPTH		64		/* elements in elements */
#define LIMIT_XML_ATTRIBUTES	256		/* of one element */
#define LIMIT_XML_VALUE		65536		/* bytes of an attribute */
#define LIMIT_XML_NAMESPACES	256		/* declarations in scope */
#define LIMIT_XML_NAMESPACE	256		/* bytes of one's name */

/* JSON and the ledger. */
#define LIMIT_JSON_DEPTH	32
#define LIMIT_EVENT		65535		/* bytes: C2SP tlog-tiles */
#define LIMIT_LEDGER_BLOB	(64 * MIB)	/* bytes of evidence, each */
#define LIMIT_RECEIPT		(96 * MIB)	/* bytes: such a blob, base64 */
#define LIMIT_RECEIPT_ARENA	((size_t)96 << 20)	/* bytes, decoded */
#define LIMIT_LEDGER_COMMITS	16777216	/* one event each, at least */

/* Signatures. */
#define LIMIT_CMS_SIZE		(1 * MIB)	/* bytes of one SignedData */
#define LIMIT_CATALOG_SIZE	(64 * MIB)	/* bytes: 200,000 members */
#define LIMIT_CERTIFICATES	32		/* in one SignedData */
#define LIMIT_CERTIFICATE	(64 * KIB)	/* bytes of one */
#define LIMIT_PUBLIC_KEY	((size_t)4 << 10) /* bytes; RSA-16384: 2 KiB */
#define LIMIT_EVIDENCE		(64 << 10)	/* bytes, about one key */
#define LIMIT_BAG		(1 * MIB)	/* bytes of a CA's reply */
#define LIMIT_BAG_CERTIFICATES	100		/* in it */
#define LIMIT_REQUEST		(64 << 10)	/* bytes of one PKCS#10 */
#define LIMIT_TRUSTED		1000		/* certificates in one bundle */
#define LIMIT_REVOCATION_LIST	(32 * MIB)	/* bytes of one file of them */
#define LIMIT_REVOCATION_LISTS	256		/* of all files */
#define LIMIT_OCSP_RESPONSE	(256 * KIB)	/* bytes of one */
#define LIMIT_OCSP_RESPONSES	256		/* of all files */
#define LIMIT_ATTESTATION	(1 * MIB)	/* bytes of one file of them */
#define LIMIT_ENVELOPES		64		/* in one such file */
#define LIMIT_ATTESTED		100000		/* entries of one statement */
#define LIMIT_SIGNERS		16		/* in one SignedData */
#define LIMIT_NESTED_SIGNATURES	16		/* in one signature */
#define LIMIT_TIMESTAMP_REPLY	(64 * KIB)	/* bytes */
#define LIMIT_SIGNED_MESSAGE	((size_t)4 << 10) /* what Ed25519 signs */

/* Compound files. */
#define LIMIT_COMPOUND_DEPTH	64U	/* storages in storages */
#define LIMIT_COMPOUND_SIZE	(2 * GIB - 256)	/* bytes: there locks begin */

/* Cabinets: where the blocks of one folder lie, while it is put together. */
#define LIMIT_CAB_PARTS	((size_t)32 << 20)	/* bytes */

/* LZX: the window has 2 MiB at most. */
#define LIMIT_LZX_MEMORY	((size_t)8 << 20) /* bytes, one allocation */

/* PE files. */
#define LIMIT_PE_HEADERS	(64 * KIB)	/* where headers must end */
#define LIMIT_CAB_SIGNATURE	(4 * MIB)	/* bytes of all signatures */
#define LIMIT_PE_TABLE		(4 * MIB)	/* bytes of all signatures */
#define LIMIT_PE_PAGES		(960 * KIB)	/* bytes of page hashes */
#define LIMIT_PE_VERSION	(64 * KIB)	/* bytes of a version block */
#define LIMIT_PE_RESOURCES	4096		/* entries looked at */

/* Keys and the signer. */
#define LIMIT_PIN		256		/* bytes; tokens take 64 */
#define LIMIT_TOKEN_SLOTS	256		/* slots of one module */
#define LIMIT_TOKEN_VALUE	(1UL << 20)	/* bytes of one attribute */
#define LIMIT_TOKEN_KEYS	10000		/* private keys of one token */
#define LIMIT_TOKEN_SESSIONS	64		/* at once; some HSMs: 16 */
#define LIMIT_TOKEN_CALL	300		/* s; the judge waits for 600 */
#define LIMIT_SIGNATURE_VALUE	((size_t)2 << 10) /* bytes: RSA-16384 */
#define LIMIT_SIGN_ITEMS	200000		/* one batch: LIMIT_ENTRIES */
#define LIMIT_SIGN_LIST		((size_t)128 << 20) /* bytes of its list */

/* Network. */
#define LIMIT_HTTP_CONNECT	10		/* seconds */
#define LIMIT_HTTP_TOTAL	30		/* seconds, small exchanges */
#define LIMIT_FETCH_TIME	3600		/* seconds: Git, one exchange */
#define LIMIT_CLOCK_APART	INT64_C(600000)	/* ms: of an engine and an
						 * authority's timestamps */
#define LIMIT_DOWNLOAD_TIME	7200		/* seconds: 4 GiB at 5 Mbit/s */

#endif
