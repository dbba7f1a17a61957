/*
 * reading - the state of one load: files, errors, references still to be
 * resolved. Only for use inside of config/.
 */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include "config/keys.h"

/* A name in a file that must exist once all files are read. */
struct pending {
	struct place		 at;
	enum reference		 reference;
	struct span		 name;
	struct span		 project;	/* slug, or empty */
};

/* A file that another one names, as it was then. */
struct named_file {
	const char		*path;
	struct span		 bytes;
};

struct reading {
	struct arena		*arena;
	struct config_errors	*errors;
	const struct config_file *files; /* sorted by path; NULL: not asked */
	size_t			 file_count;
	bool			*used;		/* files that others name */
	struct span		 project;	/* of the file being read */
	struct pending		*pending;	/* of the file being read */
	size_t			 pending_count;
	struct named_file	*named;		/* of the file being read */
	size_t			 named_count;
};

/* reading_init: files may be NULL. */
void	reading_init(struct reading *, struct arena *, struct config_errors *);
void	reading_done(struct reading *);

/* All add an error at a place and return false. */
bool	complain(struct reading *, struct place, enum err_code,
	    const char *fmt, ...) PRINTF(4, 5);
bool	complain_hint(struct reading *, const char *fmt, ...) PRINTF(2, 3);
bool	complain_budget(struct reading *, struct place);

/* config_errors_add takes an error whose text has its place already. */
void	config_errors_add(struct config_errors *, struct place,
	    const struct err *);

/* read_map reads a map of a shape into the struct at out. */
void	read_map(struct reading *, enum shape, const struct yaml_node *,
	    void *out);

/* read_scalar checks and stores a single value. */
bool	read_scalar(struct reading *, const struct config_key *,
	    const struct yaml_node *, void *field);

/* read_file parses one file of a shape into the struct at out. */
bool	read_file(struct reading *, enum shape, const char *path, struct span,
	    void *out);

/* list_push makes room for one more item of size bytes; NULL: no memory. */
void	*list_push(struct reading *, struct config_list *, size_t size);

/* file_find gives the index of a path, or SIZE_MAX. */
size_t	file_find(const struct reading *, const char *path);

/* value_matches tells whether s matches the pattern of a type. */
bool	value_matches(enum value_type, struct span);

/* check_references: every name that a file uses exists. */
void	check_references(struct reading *, const struct config *,
	    const struct pending *, size_t count);
void	check_soundness(struct reading *, const struct config *);

/* config_key_find gives the row of a key of a shape, or NULL. */
const struct config_key *config_key_find(enum shape, struct span name);

/* groups_resolve fills in the people of all groups. */
void	groups_resolve(struct reading *, struct config *);

/* check_configuration: every ${name} in it is known. Of a shape_row. */
void	check_configuration(struct reading *, const void *configuration);

/* Their recovery keys are different ones, and enough. Of shape_rows. */
void	check_engine_file(struct reading *, const void *engine_file);
void	check_trust_file(struct reading *, const void *trust_file);

/*
 * check_root is true for trust/NAME.pem, which need not be named by a file,
 * and holds certificates.
 */
bool	check_root(struct reading *, const struct config_file *);

#define WITNESSES_MOST	64	/* of one list */

/* check_witness: it is a key of a witness, and none of those before it. */
void	check_witness(struct reading *, struct place, struct span key,
	    const struct span *before, size_t count);
/* check_witness_quorum: there are so many, and not too many. */
void	check_witness_quorum(struct reading *, struct place, uint64_t quorum,
	    size_t count);

/*
 * check_build_system: its keys can be used. Of a shape_row; where a file is
 * checked by itself, theirs are not there.
 */
void	check_build_system(struct reading *, const void *build_system);

/* set_event stores a type of events that there is, of a type_row. */
bool	set_event(struct reading *, const struct config_key *,
	    const struct yaml_node *, void *field);

/* check_organization: each webhook is named once. Of a shape_row. */
void	check_organization(struct reading *, const void *organization);

/* check_certificate: what its file says fits together. Of a shape_row. */
void	check_certificate(struct reading *, const void *certificate);

/* check_certificates: successors, and what the ledger signs with. */
void	check_certificates(struct reading *, const struct config *);

/* check_certificate_of: a policy keeps the rules of all that it may use. */
void	check_certificate_of(struct reading *, const struct config *,
	    const struct project *, const struct policy *);

/*
 * check_openpgp: the file of a certificate of kind openpgp is one certificate,
 * sound, of keys that are strong enough, and it can sign in its state.
 */
void	check_openpgp(struct reading *, const struct certificate *);

/*
 * check_ceremony: the record that a certificate names is one, and of its key.
 */
void	check_ceremony(struct reading *, const struct certificate *);

/* element_parse reads the tree of an artifact configuration. */
void	element_parse(struct reading *, const struct yaml_node *,
	    struct element **out);

#endif
