/*
 * signpath_values - what may stand in attributes of SignPath's configurations:
 * texts with ${parameters}, paths, numbers, words. Only for signpath_read.
 */
#ifndef CLI_SIGNPATH_VALUES_H
#define CLI_SIGNPATH_VALUES_H

#include "cli/signpath.h"

struct signpath_reading {
	const char	*name;		/* of the file, for errors */
	struct arena	*arena;
	struct err	*e;
	struct signpath	*out;
};

/* signpath_at puts the place in front of the error, and gives false. */
bool	signpath_at(const struct signpath_reading *, unsigned line);

/*
 * signpath_name checks the name of a parameter and sets p->name: names here are
 * lower case, and not those that every configuration knows (project, ref).
 */
bool	signpath_name(const struct signpath_reading *,
	    struct signpath_parameter *p) MUST_USE;

/*
 * signpath_text takes a value that is not empty, all visible, and in which each
 * ${name} is declared; the names become ours.
 */
bool	signpath_text(const struct signpath_reading *, unsigned line,
	    const struct xml_attribute *, struct span *out) MUST_USE;

/*
 * signpath_path is signpath_text, by our rules of patterns: '/' separates,
 * empty is the container's root (folders only). The path of the artifact
 * itself names no folder.
 */
bool	signpath_path(const struct signpath_reading *, unsigned line,
	    const struct xml_attribute *, const struct signpath_kind *,
	    bool root, struct span *out) MUST_USE;

/* signpath_bounds reads min-matches and max-matches. */
bool	signpath_bounds(const struct signpath_reading *,
	    const struct xml_element *, bool root, struct signpath_path *)
	    MUST_USE;

/* signpath_option_check: a word is one of the row's. */
bool	signpath_option_check(const struct signpath_reading *, unsigned line,
	    const struct signpath_value *) MUST_USE;

#endif
