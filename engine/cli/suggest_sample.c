/* suggest_sample - the tree that inspect prints; see suggest.h. */
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"

/* ---- signatures */

/* Who vouches: a good signature that has a timestamp, else the first. */
static void
signer_take(const struct json *f, struct sample *out)
{
	bool stamped = json_member(f, "timestamp") != NULL;

	if (out->signer.len > 0 && (out->timestamped || !stamped))
		return;
	out->signer = json_span(json_member(f, "signer"));
	out->thumbprint = json_span(json_member(f, "thumbprint"));
	out->timestamped = stamped;
}

static void
signatures_take(const struct json *list, struct sample *out)
{
	for (size_t i = 0; list != NULL && i < json_count(list); i++) {
		const struct json *f = json_item(list, i);

		if (out->state != SAMPLE_BAD)
			out->state = SAMPLE_WHOLE;
		if (!json_truth(json_member(f, "good"))) {
			out->state = SAMPLE_BAD;
			out->error = json_span(json_member(json_member(f,
			    "error"), "code"));
		}
		signer_take(f, out);
	}
}

/* ---- files */

/*
 * The path of a file begins with that of its container and "!/", outside
 * bytes of both together. What no signature can lie in is any file: the next
 * one may be of another kind. As deep as containers are nested.
 */
static bool
sample_fill(const struct json *v, size_t outside, struct arena *a,
    struct sample *out, struct err *e)
{
	struct span display = json_span(json_member(v, "path"));
	const struct json *contents = json_member(v, "contents");
	enum method method;

	*out = (struct sample){ .path = span_from(display, outside),
	    .facts = json_member(v, "facts"),
	    .kind = element_kind_find(json_span(json_member(v, "format"))) };
	if (out->kind == NULL || (!out->kind->contains &&
	    !kind_method(out->kind, &method)))
		out->kind = element_kind_find(SPAN_TEXT("file"));
	signatures_take(json_member(v, "signatures"), out);
	if (out->kind->seldom && out->state == SAMPLE_UNSIGNED)
		out->kind = element_kind_find(SPAN_TEXT("file"));
	out->count = contents == NULL ? 0 : json_count(contents);
	out->contents = ARENA_ARRAY(a, struct sample, out->count);
	if (out->contents == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < out->count; i++)
		if (!sample_fill(json_item(contents, i), display.len +
		    strlen("!/"), a, &out->contents[i], e))
			return false;
	return true;
}

bool
sample_read(const struct json *v, struct arena *a, struct sample *out,
    struct err *e)
{
	return sample_fill(v, 0, a, out, e);
}

size_t
sample_count(const struct sample *f)
{
	size_t n = 1;

	for (size_t i = 0; i < f->count; i++)
		n += sample_count(&f->contents[i]);
	return n;
}

bool
kind_method(const struct element_kind *kind, enum method *out)
{
	for (enum method m = 0; m < METHODS; m++)
		if ((kind->methods & 1u << m) != 0 &&
		    !method_rows[m].detached) {
			*out = m;
			return true;
		}
	return false;
}

/* ---- whose they are */

struct signers {
	struct span	*items;
	size_t		 count;
	struct arena	*arena;
};

static bool
signers_add(struct signers *all, const struct sample *f, struct err *e)
{
	enum method method;

	if (kind_method(f->kind, &method)) {
		all->items = arena_grow(all->arena, all->items, all->count,
		    sizeof(*all->items));
		if (all->items == NULL)
			return err_budget(e, all->arena);
		all->items[all->count++] = f->signer;
	}
	for (size_t i = 0; i < f->count; i++)
		if (!signers_add(all, &f->contents[i], e))
			return false;
	return true;
}

static int
span_order(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Sorted, whom more than half have stands in the middle. */
bool
sample_majority(const struct sample *root, struct arena *a,
    struct span *out, struct err *e)
{
	struct signers all = { .arena = a };
	size_t same = 0;

	*out = (struct span){ NULL, 0 };
	if (!signers_add(&all, root, e))
		return false;
	if (all.count == 0)
		return true;
	qsort(all.items, all.count, sizeof(*all.items), span_order);
	struct span middle = all.items[all.count / 2];
	for (size_t i = 0; i < all.count; i++)
		same += span_eq(all.items[i], middle) ? 1 : 0;
	if (same > all.count / 2)
		*out = middle;
	return true;
}

bool
sample_ours(const struct suggesting *s, const struct sample *f)
{
	enum method method;

	return kind_method(f->kind, &method) &&
	    (f->state == SAMPLE_UNSIGNED ||
	    (f->signer.len > 0 && span_eq(f->signer, s->ours)));
}
