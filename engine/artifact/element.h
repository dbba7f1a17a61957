/*
 * element - an artifact configuration as a tree: which files there are, what
 * is done to each, what is inside.
 *
 * The loader of the config repo fills the tree in; element_check then judges
 * it as a whole. The worker gets it in its wire form.
 */
#ifndef ARTIFACT_ELEMENT_H
#define ARTIFACT_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "artifact/directive.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* A kind of element: what a format brings besides its own table. */
struct element_kind {
	const char	*name;		/* "pe": the key in the YAML file */
	const char	*title;
	bool		 contains;	/* may have contents */
	bool		 ignore_case;	/* how the paths inside are compared */
	bool		 folder;	/* a directory, not a file */
	bool		 seldom;	/* most files that look so are none:
					 * no unsigned one is suggested */
	bool		 moves;		/* a signature in the file moves most
					 * of its bytes */
	unsigned	 methods;	/* bits 1 << enum method */
	const char *const *where;	/* keys it knows; ends with NULL */
};

/* Ends with a row whose name is NULL. */
extern const struct element_kind element_kinds[];

/* element_kind_find gives a row by name, or NULL. */
const struct element_kind *element_kind_find(struct span name);

/* element_kind_moves tells `moves` of the kind of this name, if it is one. */
bool	element_kind_moves(struct span name);

/* One condition of `where`. */
struct where {
	const char	*key;		/* of element_kind.where */
	struct span	 value;		/* must be equal, byte by byte */
};

/*
 * The key of `where` that says which language of a file's metadata is meant;
 * without it, all languages must agree.
 */
#define ELEMENT_WHERE_LANGUAGE	"language"

#define ELEMENT_UNBOUNDED	UINT32_MAX

struct element {
	const struct element_kind *kind;
	struct span		*paths;	/* none: the root, any name */
	size_t			 path_count;
	uint32_t		 min;	/* matches; both 1 by default */
	uint32_t		 max;	/* or ELEMENT_UNBOUNDED */
	struct where		*where;
	size_t			 where_count;
	struct directive	*directives; /* in the order of the file */
	size_t			 directive_count;
	struct element		*contents;
	size_t			 content_count;
	bool			 keep_others; /* other-files: keep */
	uint32_t		 line;	/* in the config file, 0: unknown */
	uint32_t		 column;
};

/* element_init sets the defaults: exactly one match, refuse other files. */
void	element_init(struct element *, const struct element_kind *);

/*
 * element_check refuses a tree that cannot work. *at is the element that is
 * wrong. Errors: ERR_GLOB_MALFORMED, ERR_ARTIFACT_ELEMENT (contents, method or
 * `where` that the kind does not know, bounds), ERR_ARTIFACT_OVERLAP,
 * ERR_ARTIFACT_OUTPUT, ERR_ARTIFACT_DETACHED_ROOT, ERR_ARTIFACT_ORDER.
 */
bool	element_check(const struct element *root, const struct element **at,
	    struct err *) MUST_USE;

/* element_name shows kind and first path, for messages. */
const char *element_name(const struct element *, char *out, size_t size);
#define ELEMENT_NAME(x)	element_name(x, (char[120]){ 0 }, 120)

/* What `${name}` stands for. */
struct parameter {
	struct span	name;
	struct span	value;		/* ptr NULL: known later, kept */
};

/*
 * parameter_value_check is what the release manifest's values must satisfy:
 * not empty, none of / \ * ? [ ] and control characters, no `..` or `${`.
 */
bool	parameter_value_check(struct span name, struct span value,
	    struct err *) MUST_USE;

/*
 * parameter_expand replaces every `${name}`. In a pattern, values are literal
 * and may hold nothing that parameter_value_check refuses; elsewhere a value
 * may hold '/'. Errors: ERR_ARTIFACT_PARAMETER (unknown name, open brace),
 * ERR_ARTIFACT_PARAMETER_VALUE.
 */
bool	parameter_expand(struct span text, const struct parameter *,
	    size_t count, bool pattern, struct arena *, struct span *out,
	    struct err *) MUST_USE;

/*
 * element_expand copies a tree with all parameters replaced but
 * `${file.name}`, which stays in descriptions, outputs and `where` until a
 * file is known (directive_expand). The tree is checked again.
 */
bool	element_expand(const struct element *, const struct parameter *,
	    size_t count, struct arena *, struct element **out, struct err *)
	    MUST_USE;

/* directive_expand replaces `${file.name}` by the name of one file. */
bool	directive_expand(const struct directive *, struct span file_name,
	    struct arena *, struct directive *out, struct err *) MUST_USE;

/* Elements are numbered in the order of the file, the root is 0. */
#define ELEMENT_NONE	UINT32_MAX
uint32_t element_number(const struct element *root, const struct element *);
const struct element *element_at(const struct element *root, uint32_t number);

/* The wire form: version, then the elements in order. */
void	element_write(const struct element *root, struct buf *out);
bool	element_read(struct span, struct arena *, struct element **out,
	    struct err *) MUST_USE;

/* One directive alone, in the same form. */
void	directive_write(const struct directive *, struct buf *out);

/*
 * directive_read gives one whose spans view what the reader reads; its lists
 * lie in the arena. false: malformed, or the arena's budget is spent.
 */
bool	directive_read(struct reader *, struct arena *,
	    struct directive *out) MUST_USE;

#endif
