/*
 * wrap - files that are packed as a whole: gzip (RFC 1952), xz, zstd (RFC
 * 8878), bzip2. Private to this folder.
 *
 * A wrapper holds exactly one stream and nothing behind it. What its header
 * tells is kept when the contents are packed again; how well they were packed
 * is not: the levels below are fixed, so that the same contents always give
 * the same bytes.
 *
 *	gzip	the header as it was, all of it; level 6, or the one that the
 *		header speaks of: 9 (best) or 1 (fastest)
 *	xz	the type of the check; preset 6
 *	zstd	whether it has a checksum and says its size; level 9
 *	bzip2	its level
 */
#ifndef CONTAINERS_WRAP_H
#define CONTAINERS_WRAP_H

#include "containers/containers.h"

/* Memory that unpacking may take: xz -9 asks for 65 MiB, zstd for 128. */
#define WRAP_MEMORY_XZ		((uint64_t)96 << 20)	/* bytes */
#define WRAP_WINDOW_ZSTD	27			/* log2 of bytes */

struct wrap;
struct coder_kind;

struct wrap_kind {
	const char	*name;		/* "gzip" */
	const char	*suffix;	/* ".gz" */
	struct span	 magic;
	bool		 crc;		/* ends with CRC-32 and size */

	/* header reads what begins with magic into the wrap. */
	bool	(*header)(struct span head, struct wrap *, struct err *);

	const struct coder_kind *unpacker;
	const struct coder_kind *packer;
};

/* What was read of a header: all that wrap_close keeps. */
struct wrap {
	const struct wrap_kind	*kind;		/* NULL: not packed */
	struct span		 header;	/* gzip: with all its fields */
	unsigned		 level;		/* gzip, bzip2 */
	unsigned		 check;		/* xz: type; zstd: 1 has one */
	bool			 sized;		/* zstd: says its size */
};

extern const struct wrap_kind wrap_kinds[];	/* ends with name == NULL */

/* wrap_probe gives the kind by the first bytes, or NULL: not packed. */
const struct wrap_kind *wrap_probe(struct span head);

/*
 * wrap_peek unpacks what can be had from the first bytes of a file, at most
 * size bytes. It gives how many there are; 0 also if they are damaged.
 */
size_t	wrap_peek(struct span head, uint8_t *out, size_t size);

/*
 * wrap_open unpacks a file into the spool; one that is not packed is given
 * back as it is. Limits are checked on the way. Errors: ERR_WRAP_HEADER,
 * ERR_WRAP_DATA, ERR_WRAP_TRAILING, ERR_WRAP_MEMORY, ERR_LIMIT_SIZE,
 * ERR_LIMIT_RATIO.
 */
bool	wrap_open(const struct rope *, const struct container_limits *,
	    struct arena *, struct spool *, struct wrap *, struct rope *out,
	    struct err *) MUST_USE;

/* wrap_close packs contents as the file was that the wrap was read from. */
bool	wrap_close(const struct wrap *, const struct rope *contents,
	    struct arena *, struct spool *, struct rope *out, struct err *)
	    MUST_USE;

/* wrap_kept compares what two headers say: ERR_WRAP_CHANGED. */
bool	wrap_kept(const struct wrap *before, const struct wrap *after,
	    struct err *) MUST_USE;

#endif
