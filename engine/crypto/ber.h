/*
 * ber - messages whose outer elements have no length (X.690 8.1.3.6), as
 * gpgsm writes them, in the distinguished encoding.
 */
#ifndef CRYPTO_BER_H
#define CRYPTO_BER_H

#include "base/bytes.h"

/*
 * ber_to_der appends one element with definite lengths. What has a length is
 * copied as it is, so that signed parts keep their bytes; whether those are
 * DER is for their reader to say. false: it is no element, or not one alone.
 */
bool	ber_to_der(struct span in, struct buf *out) MUST_USE;

#endif
