/*
 * pem - base64 between lines of dashes (RFC 7468).
 */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/*
 * pem_next decodes the next block with this label ("CERTIFICATE") and moves
 * *rest behind it; text and other blocks before it are skipped. *found tells
 * whether there was one.
 */
bool	pem_next(struct span *rest, const char *label, struct buf *der,
	    bool *found, struct err *) MUST_USE;

/*
 * pem_first decodes the first block with one of the labels, which are tried in
 * their order and end with NULL; *der stays as it is without one.
 */
bool	pem_first(struct span text, const char *const *labels, struct arena *,
	    struct span *der, bool *found, struct err *) MUST_USE;

/* pem_write appends a block with lines of 64 characters. */
void	pem_write(const char *label, struct span der, struct buf *out);

#endif
