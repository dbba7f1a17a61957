/* known - see known.h. */
#include "crypto/digest_ahead.h"
#include "formats/known.h"

struct known {
	struct known	*next;
	struct rope	 file;
	struct span	 name;
	struct digest	 digest;
	struct digest_ahead *ahead;	/* it is on its way, or NULL */
};

static bool
is_of(const struct known *k, const struct rope *file)
{
	return k->file.len == file->len &&
	    rope_shared(&k->file, file) == file->len;
}

/* Nothing is known by no name. */
static void
forget(struct known *k)
{
	k->name = (struct span){ 0 };
}

/* What went wrong with it shows again when it is made anew. */
static bool
arrive(struct known *k)
{
	struct err why;

	return k->ahead == NULL || digest_ahead_end(TAKE(k->ahead),
	    &k->digest, &why);
}

static struct known *
find(const struct subject *s, struct span name, enum digest_kind kind)
{
	struct known *k = s->memory != NULL ? s->memory->own : NULL;

	while (k != NULL && (k->digest.kind != kind ||
	    !span_eq(k->name, name) || !is_of(k, &s->file)))
		k = k->next;
	return k;
}

bool
known_find(const struct subject *s, struct span name, enum digest_kind kind,
    struct digest *out)
{
	struct known *k = find(s, name, kind);

	if (k == NULL)
		return false;
	if (!arrive(k)) {
		forget(k);
		return false;
	}
	*out = k->digest;
	return true;
}

static struct known *
add(const struct subject *s, struct span name, const struct digest *d,
    struct err *e)
{
	struct known *k = ARENA_NEW(s->arena, struct known);

	if (k == NULL || !arena_copy(s->arena, name, &k->name)) {
		err_budget(e, s->arena);
		return NULL;
	}
	k->next = s->memory->own;
	k->file = s->file;
	k->digest = *d;
	s->memory->own = k;
	return k;
}

bool
known_put(const struct subject *s, struct span name, const struct digest *d,
    struct err *e)
{
	return s->memory == NULL || add(s, name, d, e) != NULL;
}

bool
known_begin(const struct subject *s, struct span name, struct hasher *h,
    const struct rope *r, uint64_t from, uint64_t to, struct err *e)
{
	const struct digest none = { .kind = hasher_kind(h) };
	struct known *k = add(s, name, &none, e);

	if (k == NULL) {
		hasher_free(h);
		return false;
	}
	k->ahead = digest_ahead_begin(h, r, from, to - from);
	if (k->ahead == NULL)
		forget(k);
	return true;
}

bool
known_pass(const struct subject *from, const struct subject *to,
    struct err *e)
{
	struct digest had;

	if (from->memory == NULL || from->memory != to->memory)
		return true;
	for (struct known *k = from->memory->own; k != NULL; k = k->next)
		if (is_of(k, &from->file) && k->ahead == NULL &&
		    !known_find(to, k->name, k->digest.kind, &had) &&
		    !known_put(to, k->name, &k->digest, e))
			return false;
	return true;
}
