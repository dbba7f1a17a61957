/*
 * config - reads the files of a config repo into the model; all errors of all
 * files in one go.
 *
 * The files come as bytes: from a Git tree (config_load), or from wherever a
 * caller has them (config_parse).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "config/host.h"
#include "config/model.h"
#include "config/statement.h"

struct config_file {
	const char	*path;	/* "people/alice.yaml" */
	struct span	 bytes;
};

/* One finding; the text of e begins with "file:line:column: ". */
struct config_error {
	struct place	at;
	struct err	e;
};

/* Zero-initialise; config_errors_done frees. */
struct config_errors {
	struct config_error	*items;
	size_t			 count;
	struct arena		*names;	/* of files, for the places */
};

void	config_errors_done(struct config_errors *);

/*
 * config_errors_sort puts them in the order of their places: those of single
 * files come as they were found. config_errors_print writes all of them for a
 * person.
 */
void	config_errors_sort(struct config_errors *);
void	config_errors_print(FILE *, const struct config_errors *, bool colour);

/*
 * config_parse makes a model of all files of a config repo. Files outside of
 * the known folders are ignored. false: errors holds at least one finding.
 */
bool	config_parse(const struct config_file *, size_t count,
	    struct config **out, struct config_errors *) MUST_USE;

/* config_knows tells whether a path lies where every file has a meaning. */
bool	config_knows(struct span path);

/* The kinds of files (and signed messages) that the table of keys describes. */
enum config_kind {
	CONFIG_ORGANIZATION,
	CONFIG_PERSON,
	CONFIG_GROUP,
	CONFIG_CERTIFICATE,
	CONFIG_BUILD_SYSTEM,
	CONFIG_ACKNOWLEDGEMENT,
	CONFIG_PROJECT,
	CONFIG_POLICY,
	CONFIG_ARTIFACT,
	CONFIG_MANIFEST,
	CONFIG_STATEMENT,
	CONFIG_RECOVERY,
	CONFIG_ENGINE,
	CONFIG_TRUST,
	CONFIG_KINDS
};

/* config_kind_name is the name of its schema: "policy", "engine". */
const char *config_kind_name(enum config_kind);

/* config_print_schema writes the JSON Schema (draft-07) of a kind. */
void	config_print_schema(enum config_kind, FILE *);

/* config_print_reference writes docs/config-reference.md. */
void	config_print_reference(FILE *);

/* config_check_file judges one file by itself, without the others. */
bool	config_check_file(enum config_kind, const struct config_file *,
	    struct config_errors *) MUST_USE;

/*
 * manifest_parse, statement_parse and recovery_parse read what a signed
 * message says; the result lives in the arena, the first error is given.
 */
bool	manifest_parse(struct span yaml, struct arena *, struct manifest *,
	    struct err *) MUST_USE;
bool	statement_parse(struct span yaml, struct arena *, struct statement *,
	    struct err *) MUST_USE;
bool	recovery_parse(struct span yaml, struct arena *,
	    struct recovery_statement *, struct err *) MUST_USE;

/*
 * manifest_cut finds the YAML in a message: what follows the last line that is
 * exactly "---". The message ends before the signature.
 */
bool	manifest_cut(struct span message, struct span *yaml, struct err *)
	    MUST_USE;

/* engine_file_parse reads the engine host's file; it lives in the arena. */
bool	engine_file_parse(const struct config_file *, struct arena *,
	    struct engine_file *, struct config_errors *) MUST_USE;

/*
 * artifact_file_parse reads one artifact configuration by itself. others are
 * the files of the config repo that it may name, sorted by path.
 */
bool	artifact_file_parse(const struct config_file *,
	    const struct config_file *others, size_t count, struct arena *,
	    struct artifact_configuration *, struct config_errors *) MUST_USE;

/* trust_file_parse reads what client commands trust. */
bool	trust_file_parse(const struct config_file *, struct arena *,
	    struct trust_file *, struct config_errors *) MUST_USE;

/*
 * config_check_host adds CONFIG-PATH-OUTSIDE for each local repository and
 * output that engine.yaml does not allow, its own config.urls among them.
 */
bool	config_check_host(const struct config *, const struct engine_file *,
	    struct config_errors *) MUST_USE;

/*
 * config_key_is_owners tells who may change a top-level key of project.yaml:
 * true for the project's owners, false for administrators only.
 */
bool	config_key_is_owners(struct span key);

/*
 * config_changed_keys lists the top-level keys in which two versions of a file
 * differ, in the order of the new one, then those that are gone. A version
 * with ptr NULL is not there: all keys of the other differ. What is no YAML
 * map is an error. The list lives in the arena.
 */
bool	config_changed_keys(const char *path, struct span before,
	    struct span after, struct arena *, struct text_list *out,
	    struct err *) MUST_USE;

#endif
