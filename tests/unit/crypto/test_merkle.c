/*
 * merkle: the roots of the eight leaves that every implementation of RFC 6962
 * tests with, and every proof of trees of up to 70 leaves, good and bad.
 */
#include <string.h>

#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "test.h"

#define LEAVES	70

static struct merkle_hash
leaf_number(size_t i)
{
	uint8_t bytes[2] = { (uint8_t)i, 0x5a };

	return merkle_leaf(SPAN(bytes));
}

/* The definition itself (RFC 9162, 2.1.1), told by recursion. */
static struct merkle_hash
root_by_definition(size_t from, size_t n)
{
	size_t k = 1;

	if (n == 0)
		return merkle_empty();
	if (n == 1)
		return leaf_number(from);
	while (k * 2 < n)
		k *= 2;
	struct merkle_hash left = root_by_definition(from, k);
	struct merkle_hash right = root_by_definition(from + k, n - k);
	return merkle_node(&left, &right);
}

static struct merkle_tree
tree_of(size_t n)
{
	struct merkle_tree t = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct merkle_hash h = leaf_number(i);

		merkle_tree_append(&t, &h);
	}
	return t;
}

static void
reference_roots(void **state)
{
	static const char *const leaves[] = { "", "00", "10", "2021", "3031",
	    "40414243", "5051525354555657",
	    "606162636465666768696a6b6c6d6e6f" };
	static const struct {
		const char	*head, *tail;
	} roots[] = {
		{ "e3b0c442", "7852b855" }, { "6e340b9c", "afa01d" },
		{ "fac54203", "e3c125" }, { "aeb6bcfe", "6e77" },
		{ "d37ee418", "14b7" }, { "4e3bbb1f", "64d4" },
		{ "76e67dad", "87ef" }, { "ddb89be4", "4c8c" },
		{ "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff"
		    "4604328", "4604328" },
	};
	struct merkle_frontier f = { 0 };

	(void)state;
	for (size_t i = 0; i <= COUNT(leaves); i++) {
		struct merkle_hash root = merkle_root(&f);
		struct digest d = { .len = MERKLE_SIZE };

		memcpy(d.bytes, root.bytes, MERKLE_SIZE);
		assert_true(span_starts(span_text(digest_hex(&d).text),
		    roots[i].head));
		assert_true(span_ends(span_text(digest_hex(&d).text),
		    roots[i].tail));
		if (i == COUNT(leaves))
			break;
		CLEANUP(buf_done) struct buf data = unhex_text(leaves[i]);
		struct merkle_hash leaf = merkle_leaf(buf_span(&data));
		merkle_append(&f, &leaf);
	}
}

static void
frontier_and_tree_follow_the_definition(void **state)
{
	CLEANUP(merkle_tree_done) struct merkle_tree t = tree_of(LEAVES);
	struct merkle_frontier f = { 0 };

	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		struct merkle_hash want = root_by_definition(0, n);
		struct merkle_hash a = merkle_root(&f);
		struct merkle_hash b = merkle_tree_root(&t, n);
		struct merkle_hash leaf = leaf_number(n);

		assert_true(merkle_eq(&want, &a));
		assert_true(merkle_eq(&want, &b));
		merkle_append(&f, &leaf);
	}
}

static void
a_frontier_survives_being_written(void **state)
{
	struct merkle_frontier f = { 0 }, again;

	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		struct merkle_hash leaf = leaf_number(n), old, new;

		merkle_frontier_write(&f, &b);
		assert_true(merkle_frontier_read(buf_span(&b), &again));
		old = merkle_root(&f);
		new = merkle_root(&again);
		assert_true(merkle_eq(&old, &new));
		for (size_t cut = 0; cut < b.len; cut++)
			assert_false(merkle_frontier_read(
			    (struct span){ b.ptr, cut }, &again));
		buf_u8(&b, 0);
		assert_false(merkle_frontier_read(buf_span(&b), &again));
		merkle_append(&f, &leaf);
	}
}

static bool
included(size_t i, size_t n, const struct merkle_hash *root,
    const struct merkle_proof *p)
{
	struct merkle_hash leaf = leaf_number(i);
	struct err e;

	if (merkle_check_inclusion(&leaf, i, n, root, p, &e))
		return true;
	assert_err(&e, ERR_MERKLE_PROOF);
	return false;
}

static void
bad_inclusion(size_t i, size_t n, const struct merkle_hash *root,
    const struct merkle_proof *good)
{
	struct merkle_hash wrong = *root;
	struct merkle_proof p = *good;

	wrong.bytes[31] ^= 1;
	assert_false(included(i, n, &wrong, good));
	assert_false(included(i + 1, n, root, good));
	assert_false(included(i, i, root, good));
	p.path[p.count++] = *root;
	assert_false(included(i, n, root, &p));
	for (size_t k = 0; k < good->count; k++) {
		p = *good;
		p.count = k;
		assert_false(included(i, n, root, &p));
		p = *good;
		p.path[k].bytes[0] ^= 0x80;
		assert_false(included(i, n, root, &p));
	}
}

static void
every_inclusion_proof_and_its_bad_siblings(void **state)
{
	CLEANUP(merkle_tree_done) struct merkle_tree t = tree_of(LEAVES);
	struct merkle_source s = merkle_tree_source(&t);
	struct merkle_proof p;
	struct err e;

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		struct merkle_hash root = root_by_definition(0, n);

		for (size_t i = 0; i < n; i++) {
			assert_ok(merkle_prove_inclusion(&s, i, n, &p, &e),
			    &e);
			assert_true(included(i, n, &root, &p));
			bad_inclusion(i, n, &root, &p);
		}
		assert_false(merkle_prove_inclusion(&s, n, n, &p, &e));
		assert_err(&e, ERR_MERKLE_PROOF);
	}
}

static bool
consistent(size_t m, const struct merkle_hash *old, size_t n,
    const struct merkle_hash *root, const struct merkle_proof *p)
{
	struct err e;

	if (merkle_check_consistency(m, old, n, root, p, &e))
		return true;
	assert_err(&e, ERR_MERKLE_PROOF);
	return false;
}

static void
bad_consistency(size_t m, const struct merkle_hash *old, size_t n,
    const struct merkle_hash *root, const struct merkle_proof *good)
{
	struct merkle_hash wrong = *old;
	struct merkle_proof p = *good;

	wrong.bytes[7] ^= 4;
	assert_false(consistent(m, &wrong, n, root, good));
	if (m > 0)
		assert_false(consistent(m, old, n, &wrong, good));
	p.path[p.count++] = *root;
	assert_false(consistent(m, old, n, root, &p));
	for (size_t k = 0; k < good->count; k++) {
		p = *good;
		p.count = k;
		assert_false(consistent(m, old, n, root, &p));
		p = *good;
		p.path[k].bytes[31] ^= 1;
		assert_false(consistent(m, old, n, root, &p));
	}
}

static void
every_consistency_proof_and_its_bad_siblings(void **state)
{
	CLEANUP(merkle_tree_done) struct merkle_tree t = tree_of(LEAVES);
	struct merkle_source s = merkle_tree_source(&t);
	struct merkle_proof p;
	struct err e;

	(void)state;
	for (size_t n = 0; n <= LEAVES; n++) {
		struct merkle_hash root = root_by_definition(0, n);

		for (size_t m = 0; m <= n; m++) {
			struct merkle_hash old = root_by_definition(0, m);

			assert_ok(merkle_prove_consistency(&s, m, n, &p, &e),
			    &e);
			assert_true(consistent(m, &old, n, &root, &p));
			bad_consistency(m, &old, n, &root, &p);
			if (m < n)
				assert_false(consistent(n, &root, m, &old, &p));
		}
		assert_false(merkle_prove_consistency(&s, n + 1, n, &p, &e));
		assert_err(&e, ERR_MERKLE_PROOF);
	}
}

static void
proofs_are_whole_hashes(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct merkle_proof p = { .count = MERKLE_PATH }, again;

	(void)state;
	merkle_proof_write(&p, &b);
	assert_true(merkle_proof_read(buf_span(&b), &again));
	assert_int_equal(again.count, MERKLE_PATH);
	buf_u8(&b, 0);
	assert_false(merkle_proof_read(buf_span(&b), &again));
	buf_zero(&b, MERKLE_SIZE - 1);
	assert_false(merkle_proof_read(buf_span(&b), &again));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reference_roots),
		TEST(frontier_and_tree_follow_the_definition),
		TEST(a_frontier_survives_being_written),
		TEST(every_inclusion_proof_and_its_bad_siblings),
		TEST(every_consistency_proof_and_its_bad_siblings),
		TEST(proofs_are_whole_hashes),
	};

	return cmocka_run_group_tests_name("merkle", tests, NULL, NULL);
}
