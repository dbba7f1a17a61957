/*
 * configuration_write - an artifact configuration as YAML text, such that its
 * reader gives the same tree again.
 */
#ifndef CLI_CONFIGURATION_WRITE_H
#define CLI_CONFIGURATION_WRITE_H

#include "artifact/element.h"
#include "config/model.h"

struct configuration_text {
	struct span		 head;		/* comment at the top: lines */
	const struct artifact_parameter *parameters;
	size_t			 parameter_count;
	const struct element	*root;
	const struct span	*notes;		/* by element_number: lines of
						 * a comment, or empty; NULL:
						 * there are none */
};

/*
 * configuration_write appends the file. Of a directive's `roots` the name in
 * trust/ is expected, not the certificates; an element of a set becomes one of
 * its own. What is the default is not written.
 */
void	configuration_write(const struct configuration_text *,
	    struct buf *out);

/*
 * configuration_length is how many bytes an element takes up in a list of
 * contents, without notes, if it stands depth elements deep.
 */
size_t	configuration_length(const struct element *, unsigned depth);

#endif
