/*
 * signpath - an artifact configuration of SignPath (XML, version 1): the tables
 * of what there is and what becomes of it, the model, and the two ways: XML to
 * model, model to YAML.
 *
 * Rows name our kinds and methods by name. One that is not there (yet) is left
 * out and said; it is carried over as soon as artifact/ has a row for it.
 */
#ifndef CLI_SIGNPATH_H
#define CLI_SIGNPATH_H

#include "artifact/element.h"
#include "crypto/xml.h"

#define SIGNPATH_SPACE	"http://signpath.io/artifact-configuration/v1"

/*
 * Elements in elements: each takes three levels of YAML (LIMIT_YAML_DEPTH),
 * what stands in the innermost one takes more.
 */
#define SIGNPATH_DEPTH	9

#define SIGNPATH_NAMES	3	/* ours for one of theirs: the first known */

/* Theirs that stand for the same thing in their files and ours. */
struct signpath_kind {
	const char	*name;		/* "pe-file"; there is "pe-file-set" */
	const char	*ours[SIGNPATH_NAMES];	/* kinds of elements */
	bool		 holds;		/* other elements may stand in it */
	bool		 folder;
	bool		 zip_only;	/* must lie in a zip-file */
	bool		 upload;	/* knows ui-multifile-upload */
	const char	*where[8];	/* restrictions; ends with NULL */
};

/* A word of theirs. ours NULL: it cannot be carried over, "": nothing to say */
struct signpath_word {
	const char	*theirs;
	const char	*ours;
	const char	*why;		/* if it cannot: what is done instead */
};

enum signpath_type {
	SIGNPATH_TEXT,
	SIGNPATH_URL,		/* http or https, or it is left out */
	SIGNPATH_FILE_NAME,	/* without it there is no signature */
	SIGNPATH_WORD,		/* of the row's words */
};

/* An attribute of a directive. */
struct signpath_option {
	const char	*name;
	enum signpath_type type;
	const char	*key;		/* ours */
	bool		 required;
	const struct signpath_word *words;	/* ends with theirs NULL */
	const char	*const *in;	/* only elements of these; or NULL */
};

struct signpath_verb {
	const char	*name;		/* "authenticode-sign" */
	enum directive_verb verb;
	const char	*ours[SIGNPATH_NAMES];	/* methods */
	const char	*const *in;	/* elements that may have it */
	const struct signpath_option *options;	/* ends with name NULL */
};

extern const struct signpath_kind signpath_kinds[];	/* ends with NULL */
extern const struct signpath_verb signpath_verbs[];	/* ends with NULL */

/* signpath_among tells whether a list (ends with NULL) has a name. */
bool	signpath_among(const char *const *list, const char *name);

/* ---- the model; all in one arena, lists in the order of the file ---- */
struct signpath_condition {
	const char	*key;		/* of signpath_kind.where */
	struct span	 value;
	struct signpath_condition *next;
};

/* The path of an element, or one include of a set. */
struct signpath_path {
	struct span	 path;		/* '/' separates; empty: "." or none */
	uint32_t	 min;
	uint32_t	 max;		/* or ELEMENT_UNBOUNDED */
	struct signpath_condition *where;	/* with those of its set */
	bool		 own_where;	/* an include has some of its own */
	struct signpath_path *next;
};

struct signpath_value {
	const struct signpath_option *option;
	struct span	 text;
	struct signpath_value *next;
};

struct signpath_directive {
	const struct signpath_verb *verb;
	unsigned	 line;
	struct signpath_value *values;
	struct signpath_directive *next;
};

struct signpath_element {
	const struct signpath_kind *kind;
	const char	*name;		/* with -set, if it is one */
	unsigned	 line;
	struct signpath_path *paths;	/* at least one */
	struct signpath_condition *where;	/* of the set */
	struct signpath_directive *directives;
	struct signpath_element *contents;
	struct signpath_element *next;
};

struct signpath_parameter {
	struct span	 name;		/* as it is here: lower case */
	struct span	 theirs;
	struct span	 fallback;	/* empty: none */
	bool		 required;
	unsigned	 line;
	struct signpath_parameter *next;
};

struct signpath {
	struct signpath_parameter *parameters;
	struct signpath_element *root;
	unsigned	 upload;	/* line of ui-multifile-upload, or 0 */
};

/*
 * signpath_read judges a file by the rules of its format. name is for errors:
 * their text begins with "name:line: ". Errors: those of xml_parse,
 * IMPORT-ROOT, IMPORT-UNKNOWN, IMPORT-MISSING, IMPORT-PLACE, IMPORT-VALUE.
 */
bool	signpath_read(const char *name, struct span bytes, struct arena *,
	    struct signpath **out, struct err *) MUST_USE;

/* What somebody has to know or to do by hand. Text: one line, visible. */
struct signpath_note {
	unsigned	 line;		/* of the XML file */
	bool		 left_out;	/* else: only a remark */
	const char	*text;
	struct signpath_note *next;
};

/*
 * signpath_write appends our artifact configuration; what cannot be carried
 * over stands in comments, and in *notes in the order of the file. false: the
 * artifact itself is of a kind that there is not here (IMPORT-NOTHING), or
 * LIMIT-MEMORY.
 */
bool	signpath_write(const char *name, const struct signpath *,
	    struct arena *, struct buf *out, struct signpath_note **notes,
	    struct err *) MUST_USE;

#endif
