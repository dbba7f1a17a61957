/*
 * countersignature - see countersignature.h:
 *
 *	SignerInfo  whose signed attributes are
 *	            messageDigest  of the signature value
 *	            signingTime    what the authority states
 *	            contentType    id-data, or absent (RFC 5652 11.4)
 */
#include "crypto/countersignature.h"
#include "crypto/der.h"

static bool
time_read(const struct cms_signer *s, int64_t *out, struct err *e)
{
	struct span value;

	if (!cms_value(&s->signed_attributes, OID_SIGNING_TIME, &value, e))
		return false;
	struct der d = der_read(value);
	*out = der_time(&d);
	return (value.len > 0 && der_end(&d)) || err_set(e,
	    ERR_TIMESTAMP_MALFORMED, "the countersignature states no time");
}

bool
countersignature_check(const struct cms *around, struct span der,
    struct span value, const struct timestamp_terms *terms, struct arena *a,
    struct timestamp *out, struct err *e)
{
	struct timestamp t = { .counter = true };
	struct cms_signer s;

	if (!cms_signer_parse(der, terms->old, a, &s, e) ||
	    !cms_check_counter(around, &s, value, a, &t.signer, e) ||
	    !time_read(&s, &t.time, e) || !timestamp_signer_check(&t.signer,
	    around, terms, a, &t, e))
		return false;
	t.kind = s.kind;
	t.weak = t.weak || digest_rows[s.digest_kind].weak;
	*out = t;
	return true;
}
