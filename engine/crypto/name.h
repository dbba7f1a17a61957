/*
 * name - distinguished names as Windows spells them: CN=Acme, O="Acme, Inc.",
 * S=Bavaria, C=DE. The last attribute of the certificate comes first.
 */
#ifndef CRYPTO_NAME_H
#define CRYPTO_NAME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

/*
 * name_windows appends a Name (DER) in this spelling. false: it cannot be read,
 * or the arena is full.
 */
bool	name_windows(struct span der, struct arena *, struct buf *out)
	    MUST_USE;

/*
 * name_windows_is tells whether a text in this spelling is a Name: the same
 * attributes in the same order with the same values, byte for byte. Spaces
 * around them do not count.
 */
bool	name_windows_is(struct span text, struct span der);

#endif
