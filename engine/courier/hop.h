/*
 * hop - private to courier/: a file from an address into a descriptor.
 *
 * A server may send us on, to addresses that the project declares for that.
 * Each hop is a request of its own: its host's rules, the guard against inner
 * addresses, and neither token nor headers once scheme, host or port is
 * another one.
 */
#ifndef COURIER_HOP_H
#define COURIER_HOP_H

#include "courier/settings.h"

/* An address on the way, and what may be told to its host. */
struct hop {
	const char		 *url;
	struct url		  at;
	struct span		  credential;	/* name, or empty */
	const char		 *user;		/* with a token that has none
						 * of its own, or NULL */
	const struct http_header *headers;	/* besides ours */
	size_t			  header_count;
	bool			  private_addresses;
};

/* What holds on the whole way. */
struct journey {
	const char *const	*allowed;	/* where it may lead; NULL ends
						 * the list */
	uint64_t		 limit;		/* bytes */
	bool			 private_addresses;	/* of other hosts */
	int			 fd;		/* that is written to */
};

/* hop_same tells that scheme, host and port are the same. */
bool	hop_same(const struct url *, const struct url *);

/*
 * hop_follow fetches the file, and appends DOWNLOADED to answer. Errors: those
 * of http_get_file and courier_rules, NET-REDIRECT.
 */
bool	hop_follow(const struct courier *, const struct journey *,
	    const struct hop *first, struct arena *, struct buf *answer,
	    struct err *) MUST_USE;

#endif
