/* cat - what others than its own verbs ask of a catalog. */
#ifndef FORMATS_CAT_H
#define FORMATS_CAT_H

#include "formats/formats.h"

extern const struct format cat_format;

/*
 * cat_list reads the list of a catalog, which lies in the subject's arena.
 * Errors: CATALOG-MALFORMED, LIMIT-SIZE.
 */
bool	cat_list(const struct subject *, struct catalog *out, struct err *)
	    MUST_USE;

#endif
