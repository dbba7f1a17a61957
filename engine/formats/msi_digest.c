/*
 * msi_digest - the digests of an installer database, over what its streams and
 * storages hold and not over where that lies.
 *
 * Contents: of each storage its streams and, the same way, its storages, in
 * order of their names as bytes; then its class. Metadata: of the root its
 * class and state bits; then of each child, in the same order, its name, its
 * class (a storage) or size (a stream), its state bits and times; of a storage
 * its children next. The streams of the signature itself are left out.
 *
 * Not published; the tests hold it against signatures of others.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/msi.h"

struct child {
	struct span	name;
	size_t		number;
};

static int
child_order(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

/* The children that are signed, in the order of the digests. */
static struct child *
children_sort(const struct msi_file *m, size_t storage, size_t *count)
{
	const struct compound_entry *of = &m->compound.entries[storage];
	struct child *v = xcalloc(of->count + 1, sizeof(*v));

	*count = 0;
	for (size_t i = of->first; i < of->first + of->count; i++)
		if (i != m->signature && i != m->extended)
			v[(*count)++] = (struct child){
			    m->compound.entries[i].name, i };
	qsort(v, *count, sizeof(*v), child_order);
	return v;
}

static bool
put_contents(const struct msi_file *m, size_t storage, struct hasher *h,
    struct err *e)
{
	const struct compound_entry *entries = m->compound.entries;
	size_t count;
	CLEANUP(free_done) struct child *v = children_sort(m, storage, &count);
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++) {
		const struct compound_entry *x = &entries[v[i].number];

		ok = x->kind == COMPOUND_STREAM ? hasher_put_rope(h,
		    &x->contents, 0, x->contents.len, e) :
		    put_contents(m, v[i].number, h, e);
	}
	if (ok)
		hasher_put(h, SPAN(entries[storage].class));
	return ok;
}

static void
put_metadata(const struct msi_file *m, size_t storage, struct buf *b)
{
	size_t count;
	CLEANUP(free_done) struct child *v = children_sort(m, storage, &count);

	for (size_t i = 0; i < count; i++) {
		const struct compound_entry *x =
		    &m->compound.entries[v[i].number];

		buf_put(b, x->name);
		if (x->kind == COMPOUND_STREAM)
			buf_u32le(b, (uint32_t)x->contents.len);
		else
			buf_put(b, SPAN(x->class));
		buf_u32le(b, x->state);
		buf_u64le(b, x->created);
		buf_u64le(b, x->modified);
		if (x->kind == COMPOUND_STORAGE)
			put_metadata(m, v[i].number, b);
	}
}

void
msi_metadata(const struct msi_file *m, enum digest_kind kind,
    struct digest *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct compound_entry *root = &m->compound.entries[0];

	buf_put(&b, SPAN(root->class));
	buf_u32le(&b, root->state);
	put_metadata(m, 0, &b);
	*out = digest_of(kind, buf_span(&b));
}

bool
msi_digest(const struct msi_file *m, enum digest_kind kind,
    const struct digest *metadata, struct digest *out, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(kind);

	if (metadata != NULL)
		hasher_put(h, digest_span(metadata));
	if (!put_contents(m, 0, h, e))
		return false;
	*out = hasher_end(h);
	return true;
}
