/*
 * pe_memory - sums over a PE file that were made before.
 *
 * They are known for a file, which is: these extents, in this order. Nobody
 * writes to them while a job runs, or else its results would be worth nothing
 * with or without a memory. That another file has the same sums is something
 * that only a comparison of all bytes can find out.
 */
#include "base/text.h"
#include "formats/pe.h"

struct known {
	struct known	*next;
	struct rope	 file;
	uint64_t	 end;		/* as in struct pe */
	unsigned	 kinds;		/* digests that are known: bits */
	struct pe_sums	 sums;
};

static bool
same_extents(const struct rope *a, const struct rope *b)
{
	return a->len == b->len && rope_shared(a, b) == a->len;
}

static struct known *
known_find(const struct subject *s, const struct pe *pe)
{
	struct known *k = s->memory->own;

	while (k != NULL && (k->end != pe->end ||
	    !same_extents(&k->file, &s->file)))
		k = k->next;
	return k;
}

static struct known *
known_add(const struct subject *s, const struct pe *pe)
{
	struct known *k = ARENA_NEW(s->arena, struct known);

	if (k == NULL)
		return NULL;
	*k = (struct known){ .next = s->memory->own, .file = s->file,
	    .end = pe->end };
	s->memory->own = k;
	return k;
}

bool
pe_sum_known(const struct subject *s, const struct pe *pe, unsigned kinds,
    struct pe_sums *out, struct err *e)
{
	struct pe_sums made;

	if (s->memory == NULL)
		return pe_sum(s, pe, kinds, out, e);
	struct known *k = known_find(s, pe);
	if (k == NULL || (kinds & ~k->kinds) != 0) {
		if (!pe_sum(s, pe, kinds, &made, e))
			return false;
		if (k == NULL)
			k = known_add(s, pe);
		if (k == NULL)
			return err_budget(e, s->arena);
		k->sums.data_sum = made.data_sum;
		for (size_t i = 0; i < DIGEST_KINDS; i++)
			if ((kinds & 1u << i) != 0)
				k->sums.digests[i] = made.digests[i];
		k->kinds |= kinds;
	}
	*out = k->sums;
	return true;
}

/*
 * The digest covers zeros up to a multiple of eight, whether they stand in the
 * file or not, and zeros add nothing to a sum.
 */
bool
pe_sum_same(const struct subject *before, const struct pe *a,
    const struct subject *after, const struct pe *b, uint16_t data_sum,
    struct err *e)
{
	if (before->memory == NULL || before->memory != after->memory ||
	    (b->end != a->end && b->end != a->end + pe_padding(a)))
		return true;
	const struct known *from = known_find(before, a);
	if (from == NULL || known_find(after, b) != NULL)
		return true;
	if (from->sums.data_sum != data_sum)
		return err_set(e, ERR_FILE_CHANGED, "%s was changed while it "
		    "was being signed", text_show(before->name).text);
	struct known *to = known_add(after, b);
	if (to == NULL)
		return err_budget(e, after->arena);
	to->kinds = from->kinds;
	to->sums = from->sums;
	return true;
}
