/*
 * merkle - the hash tree of a log (RFC 9162, 2.1), with SHA-256.
 *
 *	leaf	SHA-256(00 || data)
 *	node	SHA-256(01 || left || right)
 *	empty	SHA-256("")
 *
 *	A tree of n > 1 leaves splits at the largest power of two below n:
 *
 *	          root(5)
 *	         /       \
 *	      0..3        4		perfect subtrees: 0..3 and 4
 *	     /    \			(the frontier of a tree of 5)
 *	   0..1  2..3
 *
 * An inclusion proof shows that a leaf is in a tree, a consistency proof that
 * a larger tree begins with all leaves of a smaller one.
 */
#ifndef CRYPTO_MERKLE_H
#define CRYPTO_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define MERKLE_SIZE	32	/* bytes of a hash */
#define MERKLE_LEVELS	64	/* sizes are below 2^63 */
#define MERKLE_PATH	65	/* hashes of the longest proof */

struct merkle_hash {
	uint8_t	bytes[MERKLE_SIZE];
};

struct span		merkle_span(const struct merkle_hash *);
bool			merkle_eq(const struct merkle_hash *,
			    const struct merkle_hash *);
/* merkle_read takes exactly 32 bytes. */
bool			merkle_read(struct span, struct merkle_hash *out)
			    MUST_USE;
struct merkle_hash	merkle_empty(void);
struct merkle_hash	merkle_leaf(struct span data);
struct merkle_hash	merkle_node(const struct merkle_hash *left,
			    const struct merkle_hash *right);

/*
 * The frontier is what a writer must keep to append: the roots of the perfect
 * subtrees, largest first, one per set bit of size. Zero-initialise it.
 */
struct merkle_frontier {
	uint64_t		size;
	struct merkle_hash	peaks[MERKLE_LEVELS];
};

void			merkle_append(struct merkle_frontier *,
			    const struct merkle_hash *leaf);
struct merkle_hash	merkle_root(const struct merkle_frontier *);
/* u64be size, then the peaks; reading takes the whole span or fails. */
void			merkle_frontier_write(const struct merkle_frontier *,
			    struct buf *out);
bool			merkle_frontier_read(struct span,
			    struct merkle_frontier *out) MUST_USE;

/*
 * A whole tree in memory: the hashes of all perfect subtrees, level by level
 * (64 bytes a leaf). Zero-initialise it.
 */
struct merkle_tree {
	uint64_t	size;
	struct buf	levels[MERKLE_LEVELS];
};

void	merkle_tree_done(struct merkle_tree *);
void	merkle_tree_append(struct merkle_tree *,
	    const struct merkle_hash *leaf);
/* The root of the first size leaves; size is at most the tree's. */
struct merkle_hash merkle_tree_root(const struct merkle_tree *,
	    uint64_t size);

/*
 * Where proofs get hashes from: hash gives the root of the perfect subtree of
 * the leaves [index << level, (index + 1) << level). A tile of C2SP tlog-tiles
 * holds those of level 8 * L.
 */
struct merkle_source {
	bool		(*hash)(void *arg, unsigned level, uint64_t index,
			    struct merkle_hash *out, struct err *);
	void		*arg;
};

struct merkle_source merkle_tree_source(const struct merkle_tree *);

struct merkle_proof {
	size_t			count;
	struct merkle_hash	path[MERKLE_PATH];
};

/* Proofs as bytes: the hashes one after the other. */
void	merkle_proof_write(const struct merkle_proof *, struct buf *out);
bool	merkle_proof_read(struct span, struct merkle_proof *out) MUST_USE;

/* Proofs are made for index < size and old <= size; else ERR_MERKLE_PROOF. */
bool	merkle_prove_inclusion(const struct merkle_source *, uint64_t index,
	    uint64_t size, struct merkle_proof *out, struct err *) MUST_USE;
bool	merkle_prove_consistency(const struct merkle_source *, uint64_t old,
	    uint64_t size, struct merkle_proof *out, struct err *) MUST_USE;

/* RFC 9162, 2.1.3.2: the leaf is number index of the tree (size, root). */
bool	merkle_check_inclusion(const struct merkle_hash *leaf, uint64_t index,
	    uint64_t size, const struct merkle_hash *root,
	    const struct merkle_proof *, struct err *) MUST_USE;

/*
 * RFC 9162, 2.1.4.2: the tree (size, root) begins with (old, old_root). Size 0
 * begins every tree, by an empty proof and the root of the empty tree.
 */
bool	merkle_check_consistency(uint64_t old,
	    const struct merkle_hash *old_root, uint64_t size,
	    const struct merkle_hash *root, const struct merkle_proof *,
	    struct err *) MUST_USE;

#endif
