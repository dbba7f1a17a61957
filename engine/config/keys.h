/*
 * keys - the table of all keys of all files: the reader, the JSON Schemas and
 * the reference page are made of it. Only for use inside of config/.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "artifact/element.h"
#include "config/config.h"

/* The maps that files are made of. */
enum shape {
	SHAPE_NONE,
	SHAPE_ORGANIZATION,
	SHAPE_ADMINISTRATORS,
	SHAPE_LEDGER,
	SHAPE_WITNESS,
	SHAPE_LEDGER_ENGINE,
	SHAPE_APPROVAL_REFS,
	SHAPE_ENDORSEMENT_REFS,
	SHAPE_FRESHNESS,
	SHAPE_SECURITY_KEYS,
	SHAPE_REVOCATION_LIST,
	SHAPE_SSH_AUTHORITY,
	SHAPE_TIMESTAMP_AUTHORITY,
	SHAPE_LIMITS,
	SHAPE_NOTICE,
	SHAPE_WEBHOOK,
	SHAPE_CREDENTIAL_NAME,
	SHAPE_PERSON,
	SHAPE_PERSON_KEY,
	SHAPE_REVOCATION,
	SHAPE_GROUP,
	SHAPE_CERTIFICATE,
	SHAPE_CERTIFICATE_RULES,
	SHAPE_CERTIFICATE_HOURS,
	SHAPE_CERTIFICATE_REVOCATION,
	SHAPE_CERTIFICATE_SUCCESSOR,
	SHAPE_BUILD_SYSTEM,
	SHAPE_BUILD_SYSTEM_KEY,
	SHAPE_ACKNOWLEDGEMENT,
	SHAPE_PROJECT,
	SHAPE_ARTIFACT_SOURCES,
	SHAPE_OUTPUT,
	SHAPE_POLICY,
	SHAPE_POLICY_APPROVALS,
	SHAPE_QUORUM,
	SHAPE_POLICY_REQUESTS,
	SHAPE_ORIGIN,
	SHAPE_PROVENANCE,
	SHAPE_PROVENANCE_PARAMETER,
	SHAPE_ARTIFACT,
	SHAPE_PARAMETER,
	SHAPE_ELEMENT,
	SHAPE_ELEMENT_PATH,
	SHAPE_MATCHES,
	SHAPE_DEMAND,
	SHAPE_AUTHENTICODE,
	SHAPE_CMS,
	SHAPE_MANIFEST,
	SHAPE_MANIFEST_ARTIFACT,
	SHAPE_MANIFEST_ATTESTATION,
	SHAPE_STATEMENT,
	SHAPE_RECOVERY_STATEMENT,
	SHAPE_ENGINE,
	SHAPE_HOST_CONFIG,
	SHAPE_ROOT,
	SHAPE_RECOVERY,
	SHAPE_HOST_LEDGER,
	SHAPE_LEDGER_FLOOR,
	SHAPE_TOKEN,
	SHAPE_SECRET_SOURCE,
	SHAPE_TOKEN_ACCESS,
	SHAPE_CREDENTIAL,
	SHAPE_CONNECTION,
	SHAPE_CLIENT_CERTIFICATE,
	SHAPE_SSH_FILES,
	SHAPE_USERS,
	SHAPE_TRUST,
	SHAPE_TRUST_CONFIG,
	SHAPE_TRUST_LEDGER,
	SHAPES
};

/* The kinds of single values; types.c has a row for each. */
enum value_type {
	VALUE_LINE,
	VALUE_TEXT,
	VALUE_SLUG,
	VALUE_PRINCIPAL,
	VALUE_UUID,
	VALUE_EMAIL,
	VALUE_URL,
	VALUE_SECURE_URL,
	VALUE_REPOSITORY,
	VALUE_DURATION,
	VALUE_SIZE,
	VALUE_COUNT,
	VALUE_VERSION,
	VALUE_BOOLEAN,
	VALUE_TIME,
	VALUE_CLOCK,
	VALUE_SHA256,
	VALUE_THUMBPRINT, /* the same, kept as text */
	VALUE_OID,
	VALUE_OBJECT_ID,
	VALUE_REF_GLOB,
	VALUE_BRANCH_GLOB,
	VALUE_REF_PREFIX,
	VALUE_BRANCH,
	VALUE_FILE,
	VALUE_CERTIFICATE, /* a file that holds one */
	VALUE_TREE_PATH,
	VALUE_HOST_PATH,
	VALUE_FILE_NAME,
	VALUE_ENTRY_GLOB,
	VALUE_BOUND,
	VALUE_PARAMETER,
	VALUE_REGEX,
	VALUE_SSH_KEY,
	VALUE_SSH_PRINCIPAL,
	VALUE_SUBJECT_NAME,
	VALUE_KEY_URI,
	VALUE_VERIFIER_KEY,
	VALUE_EVENT,
	VALUE_REQUEST,
	VALUE_HOST,
	VALUE_USER,
	VALUE_WORD,	/* one of the row's words */
	VALUE_WORD_TEXT, /* the same, kept as text */
	VALUE_MAP,	/* of the row's shape */
	VALUE_NAMED,	/* text under a free name: in a dictionary */
	VALUE_ELEMENT,	/* {kind: element}: of an artifact configuration */
	VALUE_CONTENTS,	/* a list of elements */
	VALUE_WHERE,	/* conditions; the keys depend on the element's kind */
	VALUE_PATHS,	/* path patterns, or maps of SHAPE_ELEMENT_PATH */
	VALUE_DIRECTIVES, /* METHOD or {METHOD: options}, or a list of them */
	VALUE_DEMANDS,	/* the same, with the options of `verify` */
	VALUE_TYPES
};

/* How many values a key holds. */
enum many {
	ONE,
	LIST,		/* at least one */
	LIST_OR_EMPTY,
	BITS,		/* a list of words, one bit each */
	DICTIONARY,	/* free names; the item's field `name` is set */
};

enum key_owner {
	OWNER_ADMINISTRATORS,
	OWNER_PROJECT,
};

/* What must exist for the value to be right. */
enum reference {
	REFERS_TO_NOTHING,
	REFERS_TO_CERTIFICATE,
	REFERS_TO_BUILD_SYSTEM,
	REFERS_TO_CONFIGURATION,
	REFERS_TO_PROJECT,
	REFERS_TO_PRINCIPAL,
};

struct config_key {
	enum shape		 shape;
	const char		*name;
	enum value_type		 type;
	enum many		 many;
	size_t			 offset;	/* of the field in its struct */
	const char		*doc;		/* one line */
	bool			 required;
	bool			 choice;	/* exactly one of these rows */
	enum key_owner		 owner;
	enum shape		 of;		/* VALUE_MAP */
	const char *const	*words;		/* VALUE_WORD, ends with NULL */
	const char		*fallback;	/* value when absent */
	size_t			 given;		/* of a bool, or 0 */
	uint64_t		 least;		/* VALUE_COUNT */
	uint64_t		 most;		/* of it; 0: no limit */
	enum reference		 reference;
	const char		*folder;	/* VALUE_FILE: where it lies */
	size_t			 contents;	/* of a span, or 0 */
};

extern const struct config_key config_keys[];	/* ends with shape NONE */

struct reading;

struct shape_row {
	const char	*name;	/* of its definition in a schema */
	const char	*title;	/* "a quorum": for people */
	size_t		 size;	/* of its struct */
	size_t		 named;	/* dictionary: offset of its name's span */

	/* judges what was read, as a whole; complains. Or NULL. */
	void		(*whole)(struct reading *, const void *);
};

extern const struct shape_row shape_rows[SHAPES];

struct kind_row {
	const char	*name;	/* of the schema's file */
	const char	*path;	/* '*' stands for a slug; NULL: not in repo */
	const char	*title;
	enum shape	 shape;
};

extern const struct kind_row kind_rows[CONFIG_KINDS];

/* set checks a scalar and stores it in the field. false: an error was added. */
struct type_row {
	const char	*name;		/* "a duration such as 7d" */
	const char	*json;		/* type in a schema */
	const char	*pattern;	/* as POSIX and ECMA-262; or NULL */
	size_t		 size;		/* of the field */
	bool		(*set)(struct reading *, const struct config_key *,
			    const struct yaml_node *, void *field);
	enum err_code	 code;		/* of a value that does not match */
};

struct matches_file {
	struct place		at;	/* file NULL: not given */
	uint64_t		min;
	uint64_t		max;
};

/* One item of `paths` that is a map. */
struct element_path_file {
	struct place		at;
	struct span		path;
	struct matches_file	matches;
	const struct yaml_node	*where;
};

/* An element as the file has it: elements.c makes a struct element of it. */
struct element_file {
	struct place		at;
	struct span		path;
	const struct yaml_node	*paths;
	struct matches_file	matches;
	const struct yaml_node	*where;
	const struct yaml_node	*verify;
	const struct yaml_node	*sign;
	struct text_list	hash;
	const struct yaml_node	*contents;
	unsigned		 other_files;	/* 1: keep */
};

/* A directive's options, and the shape that has a method's keys. */
struct directive_file {
	struct place		at;
	struct directive	directive;
	unsigned		encoding;	/* 1: PEM */
	unsigned		existing;	/* 1: keep */
	unsigned		timestamp;	/* 1: required */
	struct span		roots;		/* the file's name */
	struct text_list	subjects;
	struct text_list	thumbprints;
};

extern const enum shape method_shapes[METHODS];

extern const struct type_row type_rows[VALUE_TYPES];

/* Dictionary names; parameters and credentials. */
#define NAME_PATTERN	"^[a-z][a-z0-9_-]{0,62}$"

/* No shape has more keys than this; a test counts. */
#define SHAPE_KEYS_MAX	32

/* shape_next walks the rows of a shape: start with NULL, ends with NULL. */
const struct config_key *shape_next(enum shape, const struct config_key *);

#endif
