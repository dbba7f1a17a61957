/*
 * deb - what the files of the reader and writer of Debian packages share; see
 * deb.c for the picture. deb_control is for formats/, the rest is private to
 * this folder.
 */
#ifndef CONTAINERS_DEB_H
#define CONTAINERS_DEB_H

#include "containers/ar.h"
#include "containers/containers.h"

/* The members that a package begins with, in this order. */
enum { DEB_BINARY, DEB_CONTROL, DEB_DATA, DEB_MEMBERS };

#define DEB_HEX		32		/* digits of a sum */

/* A line of md5sums: "SUM  PATH", or "SUM *PATH". */
struct deb_line {
	struct span	text;		/* with its LF */
	struct span	sum;
	struct span	path;		/* without "./" */
	size_t		entry;		/* of data, SIZE_MAX: there is none */
};

struct deb_sums {
	size_t		 index;		/* in control, SIZE_MAX: no md5sums */
	struct deb_line	*lines;
	size_t		 count;
	struct span	*by_entry;	/* of data: sum or empty */
};

struct deb {
	struct ar	ar;
	struct listing	control;	/* of the tar archive */
	struct listing	data;
	struct deb_sums	sums;
};

/* deb_stale tells whether a member is a signature over the others. */
bool	deb_stale(const struct ar_member *);

/* deb_sums_read takes md5sums apart: ERR_DEB_MD5SUMS, ERR_DEB_SUM. */
bool	deb_sums_read(struct deb *, struct arena *, struct spool *,
	    struct err *) MUST_USE;

bool	deb_contents(const struct listing *, size_t, struct arena *,
	    struct spool *, struct rope *, struct err *) MUST_USE;
bool	deb_rebuild(const struct listing *, const struct change *, size_t,
	    struct arena *, struct spool *, struct rope *, struct err *)
	    MUST_USE;
bool	deb_kept(const struct listing *, const struct listing *,
	    const size_t *, size_t, struct err *) MUST_USE;

/*
 * deb_control gives the file `control` of a package, which says what it is.
 * Errors: ERR_AR_HEADER, ERR_DEB_MEMBER, ERR_DEB_CONTROL, those of tar.
 */
bool	deb_control(const struct rope *, struct arena *, struct spool *,
	    struct span *out, struct err *) MUST_USE;

#endif
