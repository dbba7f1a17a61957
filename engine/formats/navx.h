/*
 * navx - apps of Business Central; for navx.c and its tests.
 */
#ifndef FORMATS_NAVX_H
#define FORMATS_NAVX_H

#include "formats/formats.h"

/* Offsets count bytes. */
struct navx {
	uint64_t	end;	/* of what is signed: header and contents */
	struct span	der;	/* the message, empty: none */
};

/*
 * navx_parse reads the header and finds the signature. The message lives in
 * the subject's arena. Errors: NAVX-MALFORMED, NAVX-TRUNCATED,
 * NAVX-TRAILING-DATA, LIMIT-SIZE.
 */
bool	navx_parse(const struct subject *, struct navx *, struct err *)
	    MUST_USE;

extern const struct format navx_format;

#endif
