/* signed_message - see signed_message.h. */
#include <stdlib.h>

#include "base/text.h"
#include "crypto/ber.h"
#include "crypto/cms.h"
#include "crypto/pem.h"
#include "crypto/signed_message.h"
#include "crypto/x509.h"

#define LABEL	"SIGNED MESSAGE"

struct people_trust {
	struct trust	*trust;
};

/* ---- messages ---- */

/* The armor is all there is, and gpgsm writes BER. */
static bool
armor_read(struct span armor, struct arena *a, struct span *der,
    struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 }, plain = { 0 };
	struct span rest = armor;
	bool found;

	if (!span_starts(armor, "-----BEGIN " LABEL "-----\n"))
		return err_set(e, ERR_CMS_MALFORMED, "no " LABEL " armor");
	if (!pem_next(&rest, LABEL, &raw, &found, e))
		return false;
	if (!found || rest.len > 0)
		return err_set(e, ERR_CMS_MALFORMED, "something follows the "
		    "armor");
	if (!ber_to_der(buf_span(&raw), &plain))
		return err_set(e, ERR_CMS_MALFORMED, "the armor holds no "
		    "single ASN.1 element");
	return arena_copy(a, buf_span(&plain), der) || err_budget(e, a);
}

/* What is signed stands outside; git has no other kind. */
static bool
detached(const struct cms *m, struct err *e)
{
	if (m->content.len > 0)
		return err_set(e, ERR_CMS_CONTENT_TYPE, "the message holds "
		    "content of its own, which need not be what is signed");
	return oid_is(m->content_type, OID_CONTENT_DATA) || err_set(e,
	    ERR_CMS_CONTENT_TYPE, "the signature is for another type of "
	    "content");
}

/* The message's own certificates first, then the ones that are known. */
static bool
certificates_add(struct cms *m, const struct span *known, size_t count,
    struct arena *a, struct err *e)
{
	size_t own = m->certificate_count;
	struct span *all = ARENA_ARRAY(a, struct span, own + count + 1);

	if (all == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < own + count; i++)
		all[i] = i < own ? m->certificates[i] : known[i - own];
	m->certificates = all;
	m->certificate_count = own + count;
	return true;
}

bool
signed_message_check(struct span armor, struct span payload,
    const struct span *known, size_t count, struct arena *a,
    struct message_signer *out, struct err *e)
{
	const struct cms_signer *s;
	struct certificate c;
	struct span der;
	struct cms m;

	if (!armor_read(armor, a, &der, e) ||
	    !cms_parse(der, false, a, &m, e) || !detached(&m, e) ||
	    !cms_only_signer(&m, &s, e))
		return false;
	struct digest content = digest_of(s->digest_kind, payload);
	size_t own = m.certificate_count;
	if (!certificates_add(&m, known, count, a, e) ||
	    !cms_check(&m, s, &content, a, &c, e))
		return false;
	*out = (struct message_signer){ .certificate = c.der,
	    .thumbprint = c.thumbprint, .subject = c.subject,
	    .names = c.names, .name_count = c.name_count,
	    .others = m.certificates, .other_count = own };
	return true;
}

/* ---- certificates ---- */
bool
people_trust_make(struct span roots, const struct span *lists, size_t count,
    struct people_trust **out, struct err *e)
{
	CLEANUP(trust_done) struct trust *trust = trust_new();

	if (!trust_add(trust, roots, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!trust_add_crl(trust, lists[i], e))
			return err_at(e, "revocation list %zu", i + 1);
	*out = xcalloc(1, sizeof(**out));
	(*out)->trust = TAKE(trust);
	return true;
}

void
people_trust_free(struct people_trust *t)
{
	if (t == NULL)
		return;
	trust_free(t->trust);
	free(t);
}

static bool
for_people(const struct certificate *c, struct err *e)
{
	if (!c->has_extended ||
	    certificate_allows(c, oid_der(OID_EKU_EMAIL_PROTECTION)) ||
	    certificate_allows(c, oid_der(OID_EKU_CODE_SIGNING)))
		return true;
	return err_set(e, ERR_CERTIFICATE_PURPOSE, "certificate \"%s\" is for "
	    "other uses than what people sign", text_show(c->subject).text);
}

bool
people_trust_check(const struct people_trust *t,
    const struct message_signer *s, bool by_name, int64_t at, struct arena *a,
    struct err *e)
{
	CLEANUP(trust_done) struct trust *own = NULL;
	struct chain_terms terms = { .purpose = PURPOSE_ANY, .at = at,
	    .later = true };
	struct certificate c;

	if (!certificate_parse(s->certificate, a, &c, e) ||
	    (by_name && !for_people(&c, e)))
		return false;
	if (t == NULL) {
		own = trust_new();
		if (!trust_add(own, s->certificate, e))
			return false;
	}
	terms.trust = t == NULL ? own : t->trust;
	return chain_check(&c, s->others, s->other_count, &terms, a, NULL, e);
}

bool
people_certificate(struct span file, struct arena *a, struct span *der,
    struct err *e)
{
	struct certificate c;
	struct span *list;
	size_t count;

	if (!certificates_parse(file, a, &list, &count, e) ||
	    !certificate_parse(list[0], a, &c, e))
		return false;
	if (count != 1)
		return err_set(e, ERR_CERTIFICATE_KEY, "%zu certificates, "
		    "where the person's own is wanted and no other", count);
	*der = list[0];
	return true;
}
