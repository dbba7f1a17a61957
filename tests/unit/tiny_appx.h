/* tiny_appx - small app packages and bundles, made byte by byte. */
#ifndef TINY_APPX_H
#define TINY_APPX_H

#include "base/bytes.h"

struct tiny_file {
	const char	*name;		/* as the archive has it */
	struct span	 data;
	bool		 inner;		/* a package in a bundle */
	bool		 unlisted;	/* not in the block map */
};

#define TINY_PUBLISHER	"CN=Acme"

/*
 * tiny_appx_make gives a package of these files, all stored, in a ZIP32
 * archive; a bundle, if one is an inner package. Behind the files stand the
 * manifest, the block map (SHA-256), and the content types.
 */
struct buf	tiny_appx_make(const struct tiny_file *, size_t count);

#endif
