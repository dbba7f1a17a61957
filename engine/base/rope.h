/*
 * rope - an artifact as an immutable sequence of extents, never copied.
 *
 * An extent is a range of an open file or of memory. A rope does not own what
 * it refers to: descriptors and bytes outlive it, its own list of extents
 * lives in an arena. Slicing and joining make new ropes and copy no data.
 */
#ifndef BASE_ROPE_H
#define BASE_ROPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct extent {
	int		 fd;	/* -1: memory at ptr; else a file */
	const uint8_t	*ptr;
	uint64_t	 off;	/* where the range begins in the file */
	uint64_t	 len;
	uint64_t	 at;	/* where it begins in its rope */
};

struct rope {
	const struct extent	*extents;
	size_t			 count;
	uint64_t		 len;	/* bytes in all */
};

/* rope_file views len bytes at off of an open file. */
bool	rope_file(struct arena *, int fd, uint64_t off, uint64_t len,
	    struct rope *out, struct err *) MUST_USE;

/* rope_bytes views memory, which must outlive the rope. */
bool	rope_bytes(struct arena *, struct span, struct rope *out,
	    struct err *) MUST_USE;

/* rope_slice is a range of a rope; the range must lie inside. */
bool	rope_slice(struct arena *, const struct rope *, uint64_t off,
	    uint64_t len, struct rope *out, struct err *) MUST_USE;

/* rope_pieces is in how many extents a range lies; it must lie inside. */
size_t	rope_pieces(const struct rope *, uint64_t off, uint64_t len);

/* rope_join puts count ropes one after the other. */
bool	rope_join(struct arena *, const struct rope *parts, size_t count,
	    struct rope *out, struct err *) MUST_USE;

/* rope_read copies len bytes at off into out; all of them, or false. */
bool	rope_read(const struct rope *, uint64_t off, uint64_t len, void *out,
	    struct err *) MUST_USE;

/*
 * rope_view gives len bytes at off as one span: a view where the range lies in
 * memory, else a copy in the arena. For headers and tables, not for contents.
 */
bool	rope_view(struct arena *, const struct rope *, uint64_t off,
	    uint64_t len, struct span *out, struct err *) MUST_USE;

/*
 * rope_each hands the bytes of a range to a function, piece by piece, in
 * order, through buffers of fixed size.
 */
bool	rope_each(const struct rope *, uint64_t off, uint64_t len,
	    bool (*take)(void *arg, struct span piece, struct err *),
	    void *arg, struct err *) MUST_USE;

/*
 * rope_shared is how many bytes at the beginning of two ropes are the same
 * ranges of the same files or memory: equal without a look at them.
 */
uint64_t rope_shared(const struct rope *, const struct rope *);

/*
 * rope_same compares two ropes byte by byte, but for what both have from the
 * same place. rope_same_each reads that too, and hands on the bytes that it
 * found to be equal, in order, as it read them.
 */
bool	rope_same(const struct rope *, const struct rope *, bool *same,
	    struct err *) MUST_USE;
bool	rope_same_each(const struct rope *, const struct rope *, bool *same,
	    void (*take)(void *arg, struct span equal), void *arg,
	    struct err *) MUST_USE;

/* descriptor_write writes all of a span at the descriptor's position. */
bool	descriptor_write(int fd, struct span, struct err *) MUST_USE;

/*
 * rope_write copies a rope to fd from its present position on. Files go by
 * copy_file_range, so that the kernel may share or move the blocks.
 */
bool	rope_write(const struct rope *, int fd, struct err *) MUST_USE;

/*
 * rope_write_over is rope_write to a file that holds the bytes of the file
 * `like` already, from its position 0 on: an extent of that file that stays in
 * its place is not written again. The file has the rope's length then.
 */
bool	rope_write_over(const struct rope *, int fd, int like, struct err *)
	    MUST_USE;

/*
 * A spool is an unlinked file that only grows: contents that are unpacked or
 * made on the way, and are too large for memory, go there.
 */
struct spool {
	int		fd;
	uint64_t	len;
	uint64_t	limit;	/* bytes it may hold */
};

bool	spool_put(struct spool *, struct span, struct err *) MUST_USE;

/* spool_rope views what was put since the offset from. */
bool	spool_rope(const struct spool *, uint64_t from, struct arena *,
	    struct rope *out, struct err *) MUST_USE;

#endif
