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

bool
authenticode_stamp(struct span der, struct span token, struct arena *a,
    struct span *out, struct err *e)
{
	struct authenticode s;

	return authenticode_parse(der, true, a, &s, e) &&
	    cms_set_timestamp(&s.cms, CMS_DIALECT_AUTHENTICODE, token, a, out,
	    e);
}
