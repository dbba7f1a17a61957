/* identity - see identity.h. */
#include "crypto/identity.h"
#include "crypto/key_rules.h"
#include "crypto/x509.h"

bool
identity_read(struct span pem_or_der, enum digest_kind digest,
    struct arena *a, struct signing_identity *out, struct span *spki,
    struct err *e)
{
	struct signing_identity id = { .imprint = DIGEST_SHA256 };
	struct certificate leaf;
	struct public_key key;
	struct span *all;
	size_t count;

	if (!certificates_parse(pem_or_der, a, &all, &count, e) ||
	    !certificate_parse(all[0], a, &leaf, e) ||
	    !key_rules_hold(leaf.spki, KEY_TO_USE, &key, e))
		return false;
	if (!signature_for(key.kind, digest, &id.kind))
		return err_set(e, ERR_CERTIFICATE_KEY, "the key of %.*s cannot "
		    "sign with %s", (int)leaf.subject.len,
		    (const char *)leaf.subject.ptr, digest_rows[digest].name);
	id.certificate = all[0];
	id.chain = all + 1;
	id.chain_count = count - 1;
	*spki = leaf.spki;
	*out = id;
	return true;
}

bool
identity_dates(struct span der, struct arena *a, int64_t *from, int64_t *to,
    struct err *e)
{
	struct certificate x;

	if (!certificate_parse(der, a, &x, e))
		return false;
	*from = x.not_before;
	*to = x.not_after;
	return true;
}
