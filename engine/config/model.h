/*
 * model - what the config repo of one commit says, immutable, in one arena.
 *
 * Each struct is filled in by the rows of keys.c and begins with the place
 * where it stands (file NULL: the file does not have it). Names of other
 * things are slugs; that they exist was checked when the model was loaded.
 * Durations are seconds, times milliseconds since 1970, sizes bytes.
 */
#ifndef CONFIG_MODEL_H
#define CONFIG_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "config/yaml.h"

struct element;		/* artifact/element.h */

/* All lists have the layout of struct config_list. */
struct config_list {
	void	*items;
	size_t	 count;
};
#define LIST_OF(T)	struct { const T *items; size_t count; }

struct text_list {
	const struct span	*items;
	size_t			 count;
};

static inline bool
text_list_has(const struct text_list *list, struct span text)
{
	for (size_t i = 0; i < list->count; i++)
		if (span_eq(list->items[i], text))
			return true;
	return false;
}

/* ---- tagseal.yaml ---- */
struct administrators {
	struct place	at;
	struct span	of;		/* "group/admins" */
	uint64_t	threshold;	/* different people who must sign */
};

/* Who cosigns checkpoints. */
struct witness {
	struct place	at;
	struct span	key;		/* a vkey of type 4 */
	struct span	url;
	bool		private_address;
};

/* Another engine that may write the ledger, or no more. */
struct ledger_engine_config {
	struct place	at;
	struct span	id;		/* UUID */
	struct span	commits;	/* certificate of kind ssh */
	bool		retired;
};

struct ledger_config {
	struct place	at;
	struct span	id;		/* origin of the log's checkpoints */
	struct span	url;		/* empty: the config repo itself */
	struct span	branch;
	struct span	commits;	/* certificate of kind ssh */
	struct span	checkpoints;	/* certificate of kind log */
	LIST_OF(struct witness) witnesses;
	uint64_t	quorum;		/* of them; 0: nobody waits */
	LIST_OF(struct ledger_engine_config) engines;
};

struct approval_refs {
	struct place	at;
	struct span	ref_prefix;
	struct span	branch;		/* approvals only */
};

struct freshness {
	struct place	at;
	uint64_t	warn;
	uint64_t	stop;
};

/* What an authority has revoked (CRL). */
struct revocation_list {
	struct place	at;
	struct span	file;		/* path in the repo */
	struct span	bytes;
};

/* Who certifies people's SSH keys. */
struct ssh_authority {
	struct place	at;
	struct span	key;		/* line: kind, base64, comment */
	struct span	bytes;		/* the blob */
};

/* What a signature by an sk- key must show. */
struct security_keys {
	struct place	at;
	bool		presence;	/* the key was touched */
	bool		verification;	/* PIN or fingerprint was given */
};

struct timestamp_authority {
	struct place	at;
	struct span	url;
	struct span	roots;		/* path in the repo */
	struct span	roots_bytes;
	bool		private_address;
	struct span	policy;		/* "1.3.6..."; empty: any */
	uint64_t	at_once;	/* requests */
};

struct artifact_limits {
	struct place	at;
	uint64_t	artifact_size;
	uint64_t	nested_depth;
	uint64_t	entries;
	uint64_t	expansion_ratio;
};

/* The name of a secret; engine.yaml says what it is. */
struct credential_name {
	struct place	at;
	struct span	name;
};

struct webhook {
	struct place		at;
	struct span		url;
	struct credential_name	secret;
	bool			private_address;
};

#define NOTICES_MOST	16	/* of an organization */

struct notice {
	struct place		at;
	struct text_list	on;	/* event types, globs allowed */
	struct webhook		webhook;
};

struct organization {
	struct place		 at;
	uint64_t		 version;
	struct span		 id;
	struct span		 name;
	struct administrators	 administrators;
	struct span		 branch;
	struct ledger_config	 ledger;
	struct approval_refs	 approvals;
	struct approval_refs	 endorsements;
	struct freshness	 freshness;
	uint64_t		 key_change_delay;
	struct security_keys	 security_keys;
	LIST_OF(struct ssh_authority) ssh_authorities;
	struct span		 x509_roots;	/* path, or empty */
	struct span		 x509_roots_bytes;
	LIST_OF(struct revocation_list) x509_crls;
	LIST_OF(struct timestamp_authority) timestamp_authorities;
	struct artifact_limits	 limits;
	LIST_OF(struct notice)	 notify;
};

/* ---- people, groups ---- */
enum person_kind {
	PERSON_HUMAN,
	PERSON_BUILD_SYSTEM,
	PERSON_ENGINE,
};

struct revocation {
	struct place	at;
	int64_t		when;
	struct span	reason;
	int64_t		compromised_since;	/* 0: not said */
};

/* One of ssh, ssh_principal, openpgp, x509, x509_name is not empty. */
struct person_key {
	struct place		at;
	struct span		ssh;	/* line: kind, base64, comment */
	struct span		ssh_principal;
	struct span		openpgp; /* path in the repo */
	struct span		x509;	/* path in the repo */
	struct span		x509_name; /* "email:..." or "uri:..." */
	struct span		bytes;	/* SSH: the blob; OpenPGP: the file;
					 * x509: DER; x509_name: that text;
					 * ssh_principal: "principal:" NAME */
	int64_t			valid_from;	/* 0: always */
	int64_t			valid_to;	/* 0: for ever */
	struct revocation	revoked;
};

struct person {
	struct place		at;
	struct span		slug;
	struct span		name;
	struct span		email;
	enum person_kind	kind;
	bool			disabled;
	struct security_keys	security_keys;	/* as far as given; see
						 * person_security_keys */
	bool			presence_given;
	bool			verification_given;
	LIST_OF(struct person_key) keys;
};

struct group {
	struct place		at;
	struct span		slug;
	struct span		description;
	struct text_list	members;	/* as written */
	LIST_OF(struct person *) people;	/* all, each once */
};

/* ---- certificates, build systems ---- */
enum certificate_kind {
	CERTIFICATE_X509,
	CERTIFICATE_SSH,
	CERTIFICATE_OPENPGP,
	CERTIFICATE_LOG,
};

enum purpose {
	PURPOSE_TEST,
	PURPOSE_RELEASE,
	PURPOSE_LEDGER,
};

/* A part of some days of the week, in UTC. */
struct certificate_hours {
	struct place	at;
	unsigned	days;		/* bits, monday is 1; 0: all */
	bool		days_given;
	uint64_t	from, to;	/* minutes since midnight */
};

struct certificate_rules {
	struct place		at;
	uint64_t		approvals;	/* least in each policy */
	uint64_t		minimum_key_size; /* bits; 0: not said */
	struct text_list	formats;	/* element kinds; none: all */
	struct text_list	projects;	/* slugs; none: all */
	LIST_OF(struct certificate_hours) hours;	/* none: always */
	uint64_t		signatures_per_day;	/* 0: any number */
};

enum certificate_state {
	CERTIFICATE_ACTIVE,
	CERTIFICATE_STANDBY,	/* signs no release yet */
	CERTIFICATE_RETIRED,	/* signs nothing any more */
	CERTIFICATE_REVOKED,	/* signs nothing, and is not to be trusted */
};

struct certificate_successor {
	struct place	at;
	struct span	certificate;	/* slug */
	int64_t		from;
};

struct certificate {
	struct place			at;
	struct span			slug;
	enum certificate_kind		kind;
	enum purpose			purpose;
	struct span			key;	/* pkcs11: URI (RFC 7512) */
	struct span			file;	/* path of its .pem or .asc */
	struct span			bytes;	/* what the file holds */
	struct span			public; /* SSH line or verifier key */
	struct span			digest;	/* "sha256" */
	struct span			ceremony;	/* path of the record */
	struct span			ceremony_bytes;
	struct certificate_rules	rules;
	enum certificate_state		state;
	struct revocation		revoked;
	struct certificate_successor	successor;
};

/* One of file and roots is not empty. */
struct build_system_key {
	struct place		at;
	struct span		file;	/* path of a key or certificate */
	struct span		bytes;
	struct span		roots;	/* path of authorities */
	struct span		roots_bytes;
	struct text_list	names;	/* whom they vouch for */
};

struct build_system {
	struct place		at;
	struct span		slug;
	struct span		description;
	LIST_OF(struct build_system_key) keys;
	struct text_list	builders;	/* accepted builder ids */
	struct text_list	build_types;	/* none: all */
};

/* ---- alarms ---- */
struct acknowledgement {
	struct place	at;
	struct span	slug;
	uint64_t	event;		/* number of alarm.raised */
	struct span	sha256;		/* of its bytes, hex */
	struct span	code;		/* what it says */
	struct span	reason;
};

/* ---- artifact configurations ---- */
struct artifact_parameter {
	struct place	at;
	struct span	name;
	bool		required;
	struct span	fallback;	/* value when the manifest has none */
	struct span	pattern;	/* regular expression for all of it */
};

struct artifact_configuration {
	struct place			at;
	struct span			slug;
	struct span			description;
	LIST_OF(struct artifact_parameter) parameters;
	const struct element		*root;
};

/* ---- projects ---- */
struct artifact_sources {
	struct place		at;
	struct text_list	from;	/* URL prefixes */
	struct text_list	redirects;	/* URL prefixes */
	bool			private_address;
	bool			lfs;
	struct credential_name	credential;
	struct span		attestation_suffix;	/* or empty */
	struct span		attestation_refs;	/* or empty */
	bool			attestation_notes;
};

/* One of directory and put is not empty. */
struct output {
	struct place		at;
	struct span		directory;
	struct span		put;
	struct credential_name	credential;
};

enum demand {
	DEMAND_REQUIRED,
	DEMAND_NONE,
};

struct quorum {
	struct place		at;
	uint64_t		count;
	struct text_list	of;
};

/* Whom a policy keeps from approving: bits. */
enum {
	EXCLUDE_SUBMITTER	= 1,
	EXCLUDE_AUTHORS		= 2,
};

struct policy_approvals {
	struct place		at;
	LIST_OF(struct quorum)	quorum;
	unsigned		exclude;
	bool			exclude_given;
	uint64_t		expire_after;
	uint64_t		wait;
};

struct policy_requests {
	struct place	at;
	uint64_t	expire_after;
};

/* What whoever started a build chose: where it stands, what it may be. */
struct provenance_parameter {
	struct place		at;
	struct span		pointer;	/* RFC 6901 */
	struct text_list	values;
};

enum other_parameters {
	PARAMETERS_KEEP,
	PARAMETERS_REFUSE,
};

struct provenance {
	struct place		at;
	bool			required;
	struct text_list	build_systems;
	struct text_list	sources;	/* none: the project's */
	LIST_OF(struct provenance_parameter) parameters;
	enum other_parameters	other_parameters;
};

struct origin {
	struct place		at;
	struct text_list	branches;
	bool			signed_commits;
	bool			reviewed;
	struct span		since;		/* hex; or empty */
	struct provenance	provenance;
};

struct policy {
	struct place		at;
	struct span		slug;
	struct span		description;
	struct span		certificate;
	enum purpose		purpose;
	struct text_list	refs;
	struct text_list	submitters;
	struct policy_approvals	approvals;
	struct policy_requests	requests;
	struct origin		origin;
	struct text_list	artifact_configurations;
	enum demand		malware_scan;
	enum demand		timestamp;
};

struct project {
	struct place			at;
	struct span			slug;
	struct span			description;
	struct text_list		repository;
	struct credential_name		credential;
	struct text_list		submodules;	/* paths */
	struct text_list		owners;
	struct text_list		readers;
	struct artifact_sources		artifacts;
	LIST_OF(struct output)		outputs;
	LIST_OF(struct policy)		policies;
	LIST_OF(struct artifact_configuration) configurations;
};

/* ---- the whole ---- */
struct parsed_file;	/* private to config/ */

struct config {
	struct arena			*arena;	/* with the files, owns it */
	struct parsed_file		**files;	/* sorted by path */
	size_t				 file_count;
	struct organization		 organization;
	LIST_OF(struct person)		 people;	/* all sorted by slug */
	LIST_OF(struct group)		 groups;
	LIST_OF(struct certificate)	 certificates;
	LIST_OF(struct build_system)	 build_systems;
	LIST_OF(struct acknowledgement)	 acknowledgements;
	LIST_OF(struct project)		 projects;
};

void	config_free(struct config *);
DEFINE_CLEANUP(struct config, config_done, config_free);

/* All give NULL where there is none of that slug. */
const struct person	*config_person(const struct config *, struct span slug);
const struct group	*config_group(const struct config *, struct span slug);
const struct certificate *config_certificate(const struct config *,
			    struct span slug);
const struct build_system *config_build_system(const struct config *,
			    struct span slug);
const struct project	*config_project(const struct config *,
			    struct span slug);
const struct policy	*project_policy(const struct project *,
			    struct span slug);
const struct artifact_configuration *project_configuration(
			    const struct project *, struct span slug);

/*
 * config_key_holder finds the person who declares a key, by its bytes (see
 * struct person_key); NULL: nobody. *key may be NULL.
 */
const struct person	*config_key_holder(const struct config *,
			    struct span bytes, const struct person_key **key);

/* person_security_keys gives what a person's sk- keys must show. */
struct security_keys	person_security_keys(const struct config *,
			    const struct person *);

/*
 * config_people_trust makes what judges people's certificates of x509-roots
 * and x509-crls; NULL where there are no roots. A sound model has no errors.
 */
struct people_trust;
struct err;
bool			config_people_trust(const struct config *,
			    struct people_trust **, struct err *);

/* notice_wants tells whether somebody is told of events of a type. */
bool	notice_wants(const struct notice *, struct span type);

/* principal_holds tells whether "person/x" or "group/x" is this person. */
bool	principal_holds(const struct config *, struct span principal,
	    const struct person *);

/*
 * principals_hold is principal_holds for any of a list. A machine counts only
 * where it is named itself, never as a member of a group.
 */
bool	principals_hold(const struct config *, const struct text_list *,
	    const struct person *);

/* administrators_hold tells whether a person is an administrator. */
bool	administrators_hold(const struct config *, const struct person *);

/* policy_excludes gives the EXCLUDE_ bits in force: release has a default. */
unsigned policy_excludes(const struct policy *);

/* policy_needs_authors: somebody must approve, and authors may not. */
bool	policy_needs_authors(const struct policy *);

/* purpose_name gives "test", "release" or "ledger". */
const char *purpose_name(enum purpose);

/* certificate_kind_name gives "x509", ...; a state's name "active", ... */
const char *certificate_kind_name(enum certificate_kind);
const char *certificate_state_name(enum certificate_state);

/*
 * certificate_next gives the successor that a certificate has at a time, or
 * NULL. A sound model has no cycle of them.
 */
const struct certificate *certificate_next(const struct config *,
			    const struct certificate *, int64_t at);

/*
 * policy_certificate gives what a policy signs with at a time: what it names,
 * or the successor that has taken its place. NULL: it is not there.
 */
const struct certificate *policy_certificate(const struct config *,
			    const struct policy *, int64_t at);

/*
 * certificate_opens tells when a certificate may be used next, by its hours:
 * the time itself, if that is within them, or when the next ones begin.
 */
int64_t	certificate_opens(const struct certificate *, int64_t at);

#endif
