/*
 * pin - where the PIN of a token comes from.
 *
 * A PIN is never an argument of a program and never in a log. Whoever holds it
 * wipes it as soon as it is not needed; a token that is open keeps it, as it
 * may have to be opened again.
 */
#ifndef KEYS_PIN_H
#define KEYS_PIN_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"

enum pin_from {
	PIN_NONE,		/* no login */
	PIN_FILE,		/* name: path */
	PIN_ENVIRONMENT,	/* name: variable; see pin_forget */
	PIN_CREDENTIAL,		/* name: file below $CREDENTIALS_DIRECTORY */
	PIN_DESCRIPTOR,		/* fd: an open file or pipe; read to its end */
};

struct pin_source {
	enum pin_from	 from;
	const char	*name;
	int		 fd;
};

struct pin {
	uint8_t	bytes[LIMIT_PIN];
	size_t	len;
};

/*
 * pin_read fetches the PIN: one line, its line end is dropped. *out must be
 * wiped by pin_wipe. A file that everybody may read is refused. Errors:
 * PIN-SOURCE, PIN-EXPOSED.
 */
bool	pin_read(const struct pin_source *, struct pin *out, struct err *)
	    MUST_USE;

/*
 * pin_forget removes the variable that a PIN came from, when all tokens that
 * have it have read it.
 */
void	pin_forget(const struct pin_source *);

/* pin_wipe overwrites a PIN; the compiler cannot leave it out. */
void	pin_wipe(struct pin *);

#endif
