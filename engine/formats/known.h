/*
 * known - digests of a file that were made before, each under a name that says
 * what of the file it is over; in the memory of its subject. Without a memory
 * nothing is known, and nothing is kept.
 *
 * They are known for a file, which is: these extents, in this order. Nobody
 * writes to them while a job runs: whoever runs it sees to that.
 */
#ifndef FORMATS_KNOWN_H
#define FORMATS_KNOWN_H

#include "formats/formats.h"

/* known_find tells whether one is known. */
bool	known_find(const struct subject *, struct span name,
	    enum digest_kind, struct digest *out) MUST_USE;

/* known_put keeps one; the name is copied. Errors: budget. */
bool	known_put(const struct subject *, struct span name,
	    const struct digest *, struct err *) MUST_USE;

/*
 * known_begin has one made while the caller goes on, if somebody helps
 * (crypto/digest_ahead.h): of what was put into the hasher, which it takes,
 * and a range of a rope. known_find waits for it. The subject has a memory.
 * Errors: budget.
 */
bool	known_begin(const struct subject *, struct span name, struct hasher *,
	    const struct rope *, uint64_t from, uint64_t to, struct err *)
	    MUST_USE;

/*
 * known_pass tells that all that is known of one file holds for another one of
 * the same memory. That they have the same digests is something that only a
 * comparison of all bytes can find out. Errors: budget.
 */
bool	known_pass(const struct subject *from, const struct subject *to,
	    struct err *) MUST_USE;

#endif
