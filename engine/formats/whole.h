/*
 * whole - verbs of the formats that keep no signature inside the file: every
 * byte is the file's own.
 */
#ifndef FORMATS_WHOLE_H
#define FORMATS_WHOLE_H

#include "formats/formats.h"

bool	whole_strip(const struct subject *, struct rope *out, bool *changed,
	    struct err *);
bool	whole_same(const struct subject *before, const struct subject *after,
	    struct err *);
bool	whole_foresee(const struct subject *, const struct directive *,
	    struct err *);
bool	whole_facts(const struct subject *, struct facts *, struct err *);

#endif
