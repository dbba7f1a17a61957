/*
 * whole - verbs of the formats that keep no signature inside the file: every
 * byte is the file's own. A format that takes none at all, as most archives,
 * has all of them; format_allows refuses what would come to plan and apply.
 */
#ifndef FORMATS_WHOLE_H
#define FORMATS_WHOLE_H

#include "formats/formats.h"

/* The row of a format that takes no signature at all. */
#define WHOLE_UNSIGNED							\
	.methods = 0, .plan = whole_plan, .apply = whole_apply,		\
	.check = whole_check, .strip = whole_strip,			\
	.foresee = whole_foresee, .same = whole_same

bool	whole_plan(const struct subject *, const struct directive *,
	    const struct signing_identity *, struct plan *, struct err *);
bool	whole_apply(const struct subject *, const struct directive *,
	    const struct signing_identity *, const struct plan *,
	    const struct sealed *, struct rope *out, struct err *);
bool	whole_check(const struct subject *, const struct check_terms *,
	    struct findings *, struct err *);
bool	whole_strip(const struct subject *, struct rope *out, bool *changed,
	    struct err *);
bool	whole_same(const struct subject *before, const struct subject *after,
	    struct err *);
bool	whole_foresee(const struct subject *, const struct directive *,
	    struct err *);
bool	whole_facts(const struct subject *, struct facts *, struct err *);

#endif
