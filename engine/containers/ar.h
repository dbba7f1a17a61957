/*
 * ar - the common archive format of Unix, as Debian packages use it (deb(5)):
 *
 *	"!<arch>\n"
 *	name (16)  mtime (12)  uid (6)  gid (6)  mode (8)  size (10)  "`\n"
 *	data, and "\n" behind an odd size			   per member
 *
 * Fields are text, filled up with spaces. Names longer than 16 bytes are not
 * taken: their forms differ from system to system. Private to this folder.
 */
#ifndef CONTAINERS_AR_H
#define CONTAINERS_AR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/rope.h"

#define AR_MAGIC	"!<arch>\n"
#define AR_HEADER	60		/* bytes */
#define AR_MEMBERS	64		/* at most */

struct ar_member {
	struct span	name;		/* without the "/" of some at its end */
	uint64_t	at;		/* of the header */
	uint64_t	data;
	uint64_t	size;
	uint64_t	end;		/* behind what fills it up */
};

struct ar {
	struct ar_member	*members;
	size_t			 count;
};

struct ar_header {
	uint8_t		bytes[AR_HEADER];
};

/* ar_read finds the members: ERR_AR_HEADER. */
bool	ar_read(const struct rope *, struct arena *, struct ar *, struct err *)
	    MUST_USE;

/* ar_header gives a member's header with another size. */
bool	ar_header(const struct rope *, const struct ar_member *,
	    uint64_t size, struct ar_header *out, struct err *) MUST_USE;

#endif
