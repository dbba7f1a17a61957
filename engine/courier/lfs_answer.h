/*
 * lfs_answer - private to courier/: what an LFS server answers to a batch of
 * one object: where it is, and what is to be told to the host there.
 *
 * Source: git-lfs, docs/api/batch.md and basic-transfers.md.
 */
#ifndef COURIER_LFS_ANSWER_H
#define COURIER_LFS_ANSWER_H

#include "base/arena.h"
#include "net/http.h"

struct lfs_download {
	const char		 *url;
	const struct http_header *headers;
	size_t			  header_count;
	bool			  authorized;	/* one of them is that */
};

/*
 * lfs_answer_read takes what concerns the object that was asked for, by its
 * id (hex) and size, into the arena. Headers that shape the exchange itself are
 * refused. Errors: LFS-ANSWER, LFS-MISSING (the server does not give it).
 */
bool	lfs_answer_read(struct span text, struct span oid, uint64_t size,
	    struct arena *, struct lfs_download *, struct err *) MUST_USE;

#endif
