/*
 * resolved - one artifact with all that is inside it, as a configuration reads
 * it: what will be signed, what was checked, what stays as it is.
 */
#ifndef ARTIFACT_RESOLVED_H
#define ARTIFACT_RESOLVED_H

#include "artifact/element.h"
#include "base/json.h"

enum node_state {
	NODE_OTHER,		/* no element names it: kept as it is */
	NODE_KEPT,		/* an element without directives */
	NODE_VERIFIED,		/* carries a good signature that we demand */
	NODE_SIGNED,		/* gets a signature of ours */
	NODE_REFUSED,		/* of a plan that goes on: see `refused` */
	NODE_STATES
};

/* "other", "kept", "verified", "signed", "refused". */
const char *node_state_name(enum node_state);

#define NODE_SHA256	32
#define NODE_NO_ENTRY	UINT64_MAX

struct resolved {
	struct span		 path;	/* in its container; root: its name */
	struct span		 display; /* outer.zip!/inner.zip!/a.dll */
	const struct element	*element; /* or NULL */
	struct span		 format; /* "pe", or empty: not looked at */
	uint64_t		 size;
	uint8_t			 sha256[NODE_SHA256];
	uint64_t		 entry;	/* index in the container's listing */
	enum node_state		 state;
	struct directive	*directives; /* with ${file.name} replaced */
	size_t			 directive_count;
	struct span		 twin;		/* display of an equal file,
						 * signed for both; or none */
	const struct err_row	*refused;	/* NULL: it is not */
	struct span		 why;		/* what is wrong with it */
	struct span		*notes;		/* what changes besides, when
						 * something inside is signed */
	size_t			 note_count;
	struct resolved		*parent;	/* NULL: the root */
	struct resolved		*children;	/* in the container's order */
	size_t			 child_count;
};

/* resolved_display sets display from the parent's. */
bool	resolved_display(struct resolved *, struct arena *, struct err *)
	    MUST_USE;

/* resolved_depth: 0 for the artifact itself. */
unsigned resolved_depth(const struct resolved *);

/* resolved_each visits every node, children before their container. */
bool	resolved_each(struct resolved *root, bool (*visit)(void *arg,
	    struct resolved *, struct err *), void *arg, struct err *)
	    MUST_USE;

/* resolved_count is the number of nodes. */
uint64_t resolved_count(const struct resolved *root);

/*
 * The wire form refers to elements by number: both ends have the same
 * configuration (or none: then element is NULL everywhere).
 */
void	resolved_write(const struct resolved *root,
	    const struct element *elements, struct buf *out);
bool	resolved_read(struct span, const struct element *elements,
	    struct arena *, struct resolved **out, struct err *) MUST_USE;

/* directive_json is one directive: what differs from the defaults. */
struct json *directive_json(const struct directive *);

/* resolved_json is the form of plan, inspect and the ledger. */
struct json *resolved_json(const struct resolved *root);

#endif
