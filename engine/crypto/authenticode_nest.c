/*
 * authenticode_nest - signatures inside a signature: they stand among the
 * unsigned attributes of its signer, each a whole message, as a SET (DER
 * orders them). The outer one's signed bytes do not know of them.
 */
#include "base/limits.h"
#include "crypto/authenticode.h"
#include "crypto/der.h"

bool
authenticode_nested(const struct cms_signer *s, struct arena *a,
    struct span **out, size_t *count, struct err *e)
{
	const struct cms_attribute *found = cms_attribute(
	    &s->unsigned_attributes, OID_SPC_NESTED_SIGNATURE);

	*out = NULL;
	*count = 0;
	if (found == NULL)
		return true;
	struct der d = der_read(found->values);
	while (der_ok(&d) && d.rest.len > 0) {
		struct span *more = arena_grow(a, *out, *count, sizeof(*more));

		if (more == NULL)
			return err_budget(e, a);
		if (*count >= LIMIT_NESTED_SIGNATURES)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d nested "
			    "signatures", LIMIT_NESTED_SIGNATURES);
		*out = more;
		more[(*count)++] = der_whole(&d, DER_SEQUENCE);
	}
	return der_end(&d) || err_set(e, ERR_AUTHENTICODE_MALFORMED,
	    "the list of nested signatures is broken");
}

bool
authenticode_nest(struct span outer, struct span inner, struct arena *a,
    struct span *der, struct err *e)
{
	struct authenticode first, second;
	const struct cms_signer *s;
	struct span *old, *all;
	size_t count;

	if (!authenticode_parse(outer, true, a, &first, e) ||
	    !authenticode_parse(inner, false, a, &second, e) ||
	    !cms_only_signer(&first.cms, &s, e) ||
	    !authenticode_nested(s, a, &old, &count, e))
		return false;
	if (count >= LIMIT_NESTED_SIGNATURES)
		return err_set(e, ERR_LIMIT_SIZE, "the file has %zu nested "
		    "signatures already", count);
	all = ARENA_ARRAY(a, struct span, count + 1);
	if (all == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		all[i] = old[i];
	all[count] = inner;
	return cms_set_unsigned(&first.cms, OID_SPC_NESTED_SIGNATURE, all,
	    count + 1, a, der, e);
}

/* A signature on the way, and those right inside it. */
struct level {
	struct authenticode	 is;
	struct span		 der;
	struct span		*inner;
	size_t			 count;
	size_t			 outer;	/* which level it stands in */
	size_t			 place;	/* where there */
};

struct levels {
	struct level	*items;
	size_t		 count;
};

static bool
level_add(struct levels *l, struct span der, size_t outer, size_t place,
    struct arena *a, struct err *e)
{
	struct level *more = arena_grow(a, l->items, l->count, sizeof(*more));
	const struct cms_signer *s;

	if (more == NULL)
		return err_budget(e, a);
	if (l->count > LIMIT_NESTED_SIGNATURES)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d nested "
		    "signatures", LIMIT_NESTED_SIGNATURES);
	l->items = more;
	more[l->count] = (struct level){ .der = der, .outer = outer,
	    .place = place };
	struct level *new = &more[l->count];
	if (!authenticode_parse_old(der, l->count == 0, a, &new->is, e) ||
	    !cms_only_signer(&new->is.cms, &s, e) ||
	    !authenticode_nested(s, a, &new->inner, &new->count, e))
		return false;
	l->count++;
	return true;
}

/* In the order of authenticode_check: those of one level, then deeper ones. */
static bool
levels_read(struct span der, struct arena *a, struct levels *l,
    struct err *e)
{
	if (!level_add(l, der, 0, 0, a, e))
		return false;
	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < l->items[i].count; k++)
			if (!level_add(l, l->items[i].inner[k], i, k, a, e))
				return false;
	return true;
}

bool
authenticode_stamp(struct span der, unsigned nested, struct span token,
    struct arena *a, struct span *out, struct err *e)
{
	struct levels l = { .count = 0 };
	struct authenticode s;
	struct span made;

	if (!levels_read(der, a, &l, e))
		return false;
	if (nested >= l.count)
		return err_set(e, ERR_FORMAT_NOT_SIGNED, "there is no nested "
		    "signature %u, there are %zu", nested, l.count - 1);
	/* No new time for what rests on SHA-1. */
	if (!authenticode_parse(l.items[nested].der, nested == 0, a, &s, e) ||
	    !cms_set_timestamp(&s.cms, CMS_DIALECT_AUTHENTICODE, token, a,
	    &made, e))
		return false;
	for (size_t i = nested; i > 0; i = l.items[i].outer) {
		struct level *outer = &l.items[l.items[i].outer];

		outer->inner[l.items[i].place] = made;
		if (!cms_set_unsigned(&outer->is.cms,
		    OID_SPC_NESTED_SIGNATURE, outer->inner, outer->count, a,
		    &made, e))
			return false;
	}
	*out = made;
	return true;
}
