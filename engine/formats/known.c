/* known - see known.h. */
#include "formats/known.h"

struct known {
	struct known	*next;
	struct rope	 file;
	struct span	 name;
	struct digest	 digest;
};

static bool
is_of(const struct known *k, const struct rope *file)
{
	return k->file.len == file->len &&
	    rope_shared(&k->file, file) == file->len;
}

bool
known_find(const struct subject *s, struct span name, enum digest_kind kind,
    struct digest *out)
{
	const struct known *k = s->memory != NULL ? s->memory->own : NULL;

	while (k != NULL && (k->digest.kind != kind ||
	    !span_eq(k->name, name) || !is_of(k, &s->file)))
		k = k->next;
	if (k != NULL)
		*out = k->digest;
	return k != NULL;
}

bool
known_put(const struct subject *s, struct span name, const struct digest *d,
    struct err *e)
{
	struct known *k;

	if (s->memory == NULL)
		return true;
	k = ARENA_NEW(s->arena, struct known);
	if (k == NULL)
		return err_budget(e, s->arena);
	*k = (struct known){ .next = s->memory->own, .file = s->file,
	    .digest = *d };
	if (!arena_copy(s->arena, name, &k->name))
		return err_budget(e, s->arena);
	s->memory->own = k;
	return true;
}

bool
known_pass(const struct subject *from, const struct subject *to,
    struct err *e)
{
	struct digest had;

	if (from->memory == NULL || from->memory != to->memory)
		return true;
	for (const struct known *k = from->memory->own; k != NULL;
	    k = k->next)
		if (is_of(k, &from->file) &&
		    !known_find(to, k->name, k->digest.kind, &had) &&
		    !known_put(to, k->name, &k->digest, e))
			return false;
	return true;
}
