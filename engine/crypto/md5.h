/*
 * md5 - the sums in Debian and Windows Installer packages (RFC 1321), kept
 * right where a file changes. MD5 can be forged: nothing is ever signed or
 * accepted on its strength, so it is no digest of digest.h.
 */
#ifndef CRYPTO_MD5_H
#define CRYPTO_MD5_H

#include "base/err.h"
#include "base/rope.h"

struct md5_hex { char text[33]; };

/* md5_rope gives the sum of a whole rope in lower-case hex. */
bool	md5_rope(const struct rope *, struct md5_hex *, struct err *) MUST_USE;

#endif
