/* pieces - see pieces.h. */
#include "containers/pieces.h"

bool
pieces_rope(struct pieces *p, struct rope r, struct err *e)
{
	if (r.len == 0)
		return true;
	p->ropes = arena_grow(p->arena, p->ropes, p->count,
	    sizeof(*p->ropes));
	if (p->ropes == NULL)
		return err_budget(e, p->arena);
	p->ropes[p->count++] = r;
	p->len += r.len;
	return true;
}

bool
pieces_bytes(struct pieces *p, struct span s, struct err *e)
{
	struct span copy;
	struct rope r;

	if (!arena_copy(p->arena, s, &copy))
		return err_budget(e, p->arena);
	return rope_bytes(p->arena, copy, &r, e) && pieces_rope(p, r, e);
}

bool
pieces_old(struct pieces *p, uint64_t to, struct err *e)
{
	struct rope r;

	if (!rope_slice(p->arena, p->old, p->from, to - p->from, &r, e))
		return false;
	p->from = to;
	return pieces_rope(p, r, e);
}

bool
pieces_join(const struct pieces *p, struct rope *out, struct err *e)
{
	return rope_join(p->arena, p->ropes, p->count, out, e);
}
