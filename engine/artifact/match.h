/*
 * match - which element of a configuration stands for which entry of a
 * container. Pure: it sees names and sizes, no bytes.
 */
#ifndef ARTIFACT_MATCH_H
#define ARTIFACT_MATCH_H

#include "artifact/element.h"

struct match_entry {
	struct span	path;		/* UTF-8, '/' between segments */
	bool		directory;	/* holds no bytes: never matched */
};

/*
 * match_entries gives, for each entry, its element or NULL (kept as it is).
 * container is the element of the container itself. *out has count places.
 * Errors: ERR_ARTIFACT_MATCH_TWICE, ERR_ARTIFACT_MATCH_COUNT,
 * ERR_ARTIFACT_UNEXPECTED, ERR_ARTIFACT_OUTPUT (a detached signature would
 * take a name that is there). unexpected, if it is not NULL, has count places
 * too: entries that no element names are marked there and no error.
 */
bool	match_entries(const struct element *container,
	    const struct match_entry *, size_t count, struct arena *,
	    const struct element ***out, bool *unexpected, struct err *)
	    MUST_USE;

/* match_root judges the name of the artifact itself. */
bool	match_root(const struct element *root, struct span name, struct err *)
	    MUST_USE;

/*
 * output_path is where a detached signature of the entry goes: the folder of
 * path with the directive's output name, `${file.name}` replaced.
 */
bool	output_path(struct span path, const struct directive *,
	    struct arena *, struct span *out, struct err *) MUST_USE;

#endif
