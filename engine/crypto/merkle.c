/* merkle - see merkle.h. */
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/merkle.h"

struct span
merkle_span(const struct merkle_hash *h)
{
	return (struct span){ h->bytes, MERKLE_SIZE };
}

bool
merkle_eq(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_SIZE) == 0;
}

bool
merkle_read(struct span s, struct merkle_hash *out)
{
	if (s.len != MERKLE_SIZE)
		return false;
	memcpy(out->bytes, s.ptr, MERKLE_SIZE);
	return true;
}

static struct merkle_hash
hash_of(struct span s)
{
	struct digest d = digest_of(DIGEST_SHA256, s);
	struct merkle_hash h;

	memcpy(h.bytes, d.bytes, MERKLE_SIZE);
	return h;
}

struct merkle_hash
merkle_empty(void)
{
	return hash_of(span_text(""));
}

struct merkle_hash
merkle_leaf(struct span data)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_u8(&b, 0);
	buf_put(&b, data);
	return hash_of(buf_span(&b));
}

struct merkle_hash
merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
	uint8_t both[1 + 2 * MERKLE_SIZE] = { 1 };

	memcpy(both + 1, left->bytes, MERKLE_SIZE);
	memcpy(both + 1 + MERKLE_SIZE, right->bytes, MERKLE_SIZE);
	return hash_of(SPAN(both));
}

static size_t
peak_count(uint64_t size)
{
	return (size_t)__builtin_popcountll(size);
}

void
merkle_append(struct merkle_frontier *f, const struct merkle_hash *leaf)
{
	struct merkle_hash h = *leaf;
	size_t top = peak_count(f->size);

	for (uint64_t n = f->size; n & 1; n >>= 1)
		h = merkle_node(&f->peaks[--top], &h);
	f->peaks[top] = h;
	f->size++;
}

struct merkle_hash
merkle_root(const struct merkle_frontier *f)
{
	size_t top = peak_count(f->size);

	if (top == 0)
		return merkle_empty();
	struct merkle_hash root = f->peaks[--top];
	while (top > 0)
		root = merkle_node(&f->peaks[--top], &root);
	return root;
}

void
merkle_frontier_write(const struct merkle_frontier *f, struct buf *out)
{
	buf_u64be(out, f->size);
	for (size_t i = 0; i < peak_count(f->size); i++)
		buf_put(out, merkle_span(&f->peaks[i]));
}

bool
merkle_frontier_read(struct span s, struct merkle_frontier *out)
{
	struct reader r = rd_open(s);
	struct merkle_frontier f = { .size = rd_u64be(&r) };

	if (!rd_ok(&r) || f.size >> (MERKLE_LEVELS - 1) != 0)
		return false;
	for (size_t i = 0; i < peak_count(f.size); i++)
		if (!merkle_read(rd_take(&r, MERKLE_SIZE), &f.peaks[i]))
			return false;
	if (!rd_end(&r))
		return false;
	*out = f;
	return true;
}

void
merkle_tree_done(struct merkle_tree *t)
{
	for (size_t i = 0; i < MERKLE_LEVELS; i++)
		buf_done(&t->levels[i]);
}

static bool
tree_hash(void *arg, unsigned level, uint64_t index, struct merkle_hash *out,
    struct err *e)
{
	const struct merkle_tree *t = arg;
	struct span s;

	if (level >= MERKLE_LEVELS || index > UINT64_MAX / MERKLE_SIZE ||
	    !span_cut(buf_span(&t->levels[level]), index * MERKLE_SIZE,
	    MERKLE_SIZE, &s) || !merkle_read(s, out))
		return err_set(e, ERR_MERKLE_PROOF, "the tree has no subtree "
		    "%llu of level %u", (unsigned long long)index, level);
	return true;
}

void
merkle_tree_append(struct merkle_tree *t, const struct merkle_hash *leaf)
{
	struct merkle_hash h = *leaf, left;
	struct err e;
	unsigned level = 0;

	buf_put(&t->levels[0], merkle_span(&h));
	for (uint64_t n = t->size; n & 1; n >>= 1) {
		if (!tree_hash(t, level, n - 1, &left, &e))
			abort();
		h = merkle_node(&left, &h);
		buf_put(&t->levels[++level], merkle_span(&h));
	}
	t->size++;
}

struct merkle_source
merkle_tree_source(const struct merkle_tree *t)
{
	return (struct merkle_source){ tree_hash, (void *)(uintptr_t)t };
}

/* The largest power of two below n, which is at least 2. */
static uint64_t
split_of(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/*
 * The root of the leaves [start, start + n): n is at least 1, and start a
 * multiple of the power of two that is not below n.
 */
static bool
range_hash(const struct merkle_source *s, uint64_t start, uint64_t n,
    struct merkle_hash *out, struct err *e)
{
	struct merkle_hash left, right;

	if ((n & (n - 1)) == 0) {
		unsigned level = (unsigned)__builtin_ctzll(n);

		return s->hash(s->arg, level, start >> level, out, e);
	}
	uint64_t k = split_of(n);
	if (!range_hash(s, start, k, &left, e) ||
	    !range_hash(s, start + k, n - k, &right, e))
		return false;
	*out = merkle_node(&left, &right);
	return true;
}

struct merkle_hash
merkle_tree_root(const struct merkle_tree *t, uint64_t size)
{
	struct merkle_source s = merkle_tree_source(t);
	struct merkle_hash root;
	struct err e;

	if (size == 0)
		return merkle_empty();
	if (size > t->size || !range_hash(&s, 0, size, &root, &e))
		abort();
	return root;
}

void
merkle_proof_write(const struct merkle_proof *p, struct buf *out)
{
	for (size_t i = 0; i < p->count; i++)
		buf_put(out, merkle_span(&p->path[i]));
}

bool
merkle_proof_read(struct span s, struct merkle_proof *out)
{
	struct reader r = rd_open(s);
	struct merkle_proof p = { .count = s.len / MERKLE_SIZE };

	if (s.len % MERKLE_SIZE != 0 || p.count > MERKLE_PATH)
		return false;
	for (size_t i = 0; i < p.count; i++)
		if (!merkle_read(rd_take(&r, MERKLE_SIZE), &p.path[i]))
			return false;
	*out = p;
	return true;
}

/* Turns the order round: proofs are found from the root, told from the leaf. */
static void
turn_round(struct merkle_proof *p)
{
	for (size_t i = 0; i < p->count / 2; i++) {
		struct merkle_hash h = p->path[i];

		p->path[i] = p->path[p->count - 1 - i];
		p->path[p->count - 1 - i] = h;
	}
}

static bool
add_range(const struct merkle_source *s, uint64_t start, uint64_t n,
    struct merkle_proof *p, struct err *e)
{
	return range_hash(s, start, n, &p->path[p->count++], e);
}

bool
merkle_prove_inclusion(const struct merkle_source *s, uint64_t index,
    uint64_t size, struct merkle_proof *out, struct err *e)
{
	uint64_t start = 0, n = size;

	out->count = 0;
	if (index >= size || size >> (MERKLE_LEVELS - 1) != 0)
		return err_set(e, ERR_MERKLE_PROOF, "a tree of %llu leaves has "
		    "no leaf %llu", (unsigned long long)size,
		    (unsigned long long)index);
	while (n > 1) {
		uint64_t k = split_of(n);
		bool left = index - start < k;

		if (!add_range(s, left ? start + k : start,
		    left ? n - k : k, out, e))
			return false;
		start += left ? 0 : k;
		n = left ? k : n - k;
	}
	turn_round(out);
	return true;
}

/* RFC 9162, 2.1.4.1: SUBPROOF as a loop from the root. */
bool
merkle_prove_consistency(const struct merkle_source *s, uint64_t old,
    uint64_t size, struct merkle_proof *out, struct err *e)
{
	uint64_t start = 0, m = old, n = size;

	out->count = 0;
	if (old > size || size >> (MERKLE_LEVELS - 1) != 0)
		return err_set(e, ERR_MERKLE_PROOF, "a tree of %llu leaves "
		    "does not begin with one of %llu",
		    (unsigned long long)size, (unsigned long long)old);
	if (old == 0)
		return true;
	while (m != n) {
		uint64_t k = split_of(n);
		bool left = m <= k;

		if (!add_range(s, left ? start + k : start,
		    left ? n - k : k, out, e))
			return false;
		start += left ? 0 : k;
		m -= left ? 0 : k;
		n = left ? k : n - k;
	}
	/* A subtree that is all of the old tree is known by its root. */
	if (start > 0 && !add_range(s, start, n, out, e))
		return false;
	turn_round(out);
	return true;
}

static bool
wrong(struct err *e, const char *kind)
{
	return err_set(e, ERR_MERKLE_PROOF, "the %s proof does not hold", kind);
}

/* Where a verifier stands: a node's number and the last one's, per level. */
struct climb {
	uint64_t	node;
	uint64_t	last;
};

/* Goes up until the node is a right child, or the root. */
static void
skip_levels(struct climb *c, bool until_odd)
{
	while (until_odd ? !(c->node & 1) && c->node != 0 : c->node & 1) {
		c->node >>= 1;
		c->last >>= 1;
	}
}

/* climb_left tells that the next hash stands on the left; then goes up. */
static bool
climb_left(struct climb *c)
{
	bool left = (c->node & 1) || c->node == c->last;

	if (left && !(c->node & 1))
		skip_levels(c, true);
	c->node >>= 1;
	c->last >>= 1;
	return left;
}

bool
merkle_check_inclusion(const struct merkle_hash *leaf, uint64_t index,
    uint64_t size, const struct merkle_hash *root,
    const struct merkle_proof *p, struct err *e)
{
	struct climb c = { index, size - 1 };
	struct merkle_hash h = *leaf;

	if (index >= size)
		return wrong(e, "inclusion");
	for (size_t i = 0; i < p->count; i++) {
		if (c.last == 0)
			return wrong(e, "inclusion");
		h = climb_left(&c) ? merkle_node(&p->path[i], &h) :
		    merkle_node(&h, &p->path[i]);
	}
	return (c.last == 0 && merkle_eq(&h, root)) || wrong(e, "inclusion");
}

/* Old and new root from one path that begins with the first hash. */
static bool
climb_both(uint64_t old, uint64_t size, struct merkle_hash first,
    const struct merkle_hash *path, size_t count, struct merkle_hash roots[2])
{
	struct climb c = { old - 1, size - 1 };

	skip_levels(&c, false);
	roots[0] = roots[1] = first;
	for (size_t i = 0; i < count; i++) {
		if (c.last == 0)
			return false;
		if (climb_left(&c)) {
			roots[0] = merkle_node(&path[i], &roots[0]);
			roots[1] = merkle_node(&path[i], &roots[1]);
		} else {
			roots[1] = merkle_node(&roots[1], &path[i]);
		}
	}
	return c.last == 0;
}

bool
merkle_check_consistency(uint64_t old, const struct merkle_hash *old_root,
    uint64_t size, const struct merkle_hash *root,
    const struct merkle_proof *p, struct err *e)
{
	struct merkle_hash roots[2], empty = merkle_empty();
	bool whole = old != 0 && (old & (old - 1)) == 0;

	if (old > size || (old == 0 && !merkle_eq(old_root, &empty)))
		return wrong(e, "consistency");
	if (old == size || old == 0)
		return (p->count == 0 && (old == 0 ||
		    merkle_eq(old_root, root))) || wrong(e, "consistency");
	if (p->count == 0)
		return wrong(e, "consistency");
	size_t skip = whole ? 0 : 1;
	if (!climb_both(old, size, whole ? *old_root : p->path[0],
	    &p->path[skip], p->count - skip, roots))
		return wrong(e, "consistency");
	return (merkle_eq(&roots[0], old_root) && merkle_eq(&roots[1], root)) ||
	    wrong(e, "consistency");
}
