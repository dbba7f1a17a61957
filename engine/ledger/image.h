/*
 * image - structures as bytes and back, by tables of their members: for what
 * is kept of an audit. Every number is 8 bytes, big-endian; a span has its
 * length before it, a list its count. Private to ledger/.
 */
#ifndef LEDGER_IMAGE_H
#define LEDGER_IMAGE_H

#include "base/arena.h"
#include "base/bytes.h"

enum image_kind { IMAGE_U64, IMAGE_I64, IMAGE_SIZE, IMAGE_BOOL, IMAGE_ENUM,
    IMAGE_SPAN, IMAGE_LIST };

struct image_row {
	enum image_kind		 kind;
	size_t			 offset;
	unsigned		 limit;		/* ENUM: values are below it */
	/* LIST: where its count is, and what it is of */
	size_t			 count;
	size_t			 size;
	const struct image_row	*items;
	size_t			 item_count;
};

struct image {
	const struct image_row	*rows;
	size_t			 count;
};

void	image_write(const struct image *, const void *structure, struct buf *);

/*
 * image_read fills a structure; spans and lists live in the arena. false: the
 * bytes are none, or the arena is spent.
 */
bool	image_read(const struct image *, struct reader *, struct arena *,
	    void *structure) MUST_USE;

#endif
