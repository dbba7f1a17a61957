/*
 * wrap_coder - the four libraries behind one shape: bytes flow through them
 * in pieces. Private to wrap.
 */
#ifndef CONTAINERS_WRAP_CODER_H
#define CONTAINERS_WRAP_CODER_H

#include "containers/wrap.h"

/* What is left to read, and room for what comes out. A step advances both. */
struct flow {
	struct span	 in;
	uint8_t		*out;
	size_t		 room;
	bool		 last;		/* nothing comes behind in */
};

enum step {
	STEP_MORE,
	STEP_END,	/* of the stream; in holds what is behind it */
	STEP_DAMAGED,
	STEP_MEMORY,	/* it would take more than its limit */
};

struct coder_kind {
	/* NULL: out of memory. size: of what will be packed. */
	void		*(*begin)(const struct wrap *, uint64_t size);
	enum step	 (*run)(void *, struct flow *);
	void		 (*end)(void *);
};

extern const struct coder_kind gzip_unpacker, gzip_packer, xz_unpacker,
    xz_packer, zstd_unpacker, zstd_packer, bzip2_unpacker, bzip2_packer;

#endif
