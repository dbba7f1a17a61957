/*
 * xml - strict reading of XML 1.0 with namespaces, as a tree.
 *
 * Only what a file says by itself: a document type declaration is refused, so
 * there are no entities but the five of the standard, no default attributes,
 * and nothing is ever fetched. UTF-8 only. Comments and processing
 * instructions are left out.
 */
#ifndef CRYPTO_XML_H
#define CRYPTO_XML_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct xml_attribute {
	struct span		 name;	/* local part: no prefix */
	struct span		 space;	/* namespace URI; empty: none */
	struct span		 value;	/* normalised (XML 1.0, 3.3.3) */
};

struct xml_element {
	struct span		 name;	/* local part */
	struct span		 space;	/* namespace URI; empty: none */
	struct span		 text;	/* what stands right inside, joined */
	struct xml_attribute	*attributes;	/* without xmlns */
	size_t			 attribute_count;
	struct xml_element	*first;	/* children, in order */
	struct xml_element	*next;	/* sibling */
	size_t			 count;	/* children */
	unsigned		 line;	/* of its '<', from 1 */
};

/*
 * xml_parse reads one document; the tree, with copies of all texts, lives in
 * the arena. The error's text begins with "name:line: ". Errors: XML-MALFORMED,
 * XML-ENCODING, XML-DTD, XML-ENTITY, XML-LIMIT, LIMIT-MEMORY (the arena's
 * budget).
 */
bool	xml_parse(const char *name, struct span, struct arena *,
	    struct xml_element **out, struct err *) MUST_USE;

/* xml_is compares local name and namespace. */
bool	xml_is(const struct xml_element *, const char *space,
	    const char *name);

/* xml_attribute gives the attribute without namespace, or NULL. */
const struct xml_attribute *xml_attribute(const struct xml_element *,
	    const char *name);

/* xml_blank tells that a text is nothing but white space (XML 1.0, 2.3). */
bool	xml_blank(struct span);

#endif
