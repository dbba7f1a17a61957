/*
 * publics - all public key objects of a token at once, for a list of its keys:
 * tokens search slowly, so one search for each of a thousand keys takes
 * minutes.
 */
#include <stdlib.h>

#include "keys/pkcs11.h"

struct pkcs11_public {
	struct span		 id;
	size_t			 order;		/* of the token's answer */
	ck_object_handle_t	 handle;
};

static int
by_id(const void *a, const void *b)
{
	const struct pkcs11_public *x = a, *y = b;
	int order = span_cmp(x->id, y->id);

	return order != 0 ? order : (x->order > y->order) -
	    (x->order < y->order);
}

bool
pkcs11_publics_load(struct pkcs11 *t, struct arena *arena,
    struct pkcs11_publics *out, struct err *e)
{
	ck_object_class_t class = CKO_PUBLIC_KEY;
	struct ck_attribute template = { CKA_CLASS, &class, sizeof(class) };
	struct pkcs11_found found;

	*out = (struct pkcs11_publics){ NULL, 0 };
	if (!pkcs11_search(t, t->session, &template, 1, arena, &found, e))
		return false;
	out->items = ARENA_ARRAY(arena, struct pkcs11_public, found.count + 1);
	if (out->items == NULL)
		return err_budget(e, arena);
	for (size_t i = 0; i < found.count; i++) {
		struct pkcs11_public *p = &out->items[out->count++];

		p->order = i;
		p->handle = found.handles[i];
		if (!pkcs11_bytes(t, t->session, p->handle, CKA_ID, arena,
		    &p->id, e))
			return false;
	}
	qsort(out->items, out->count, sizeof(*out->items), by_id);
	return true;
}

void
pkcs11_publics_find(const struct pkcs11_publics *all, struct span id,
    struct pkcs11_found *out)
{
	size_t low = 0, high = all->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_cmp(all->items[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	bool hit = low < all->count && span_eq(all->items[low].id, id);
	*out = (struct pkcs11_found){ hit ? &all->items[low].handle : NULL,
	    hit };
}
