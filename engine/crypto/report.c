/* report - see report.h. */
#include "crypto/cms.h"
#include "crypto/report.h"
#include "crypto/timestamp.h"

struct finding *
findings_add(struct findings *f, struct arena *a)
{
	struct finding *more = arena_grow(a, f->items, f->count,
	    sizeof(*more));

	if (more == NULL)
		return NULL;
	f->items = more;
	more[f->count] = (struct finding){ 0 };
	return &more[f->count++];
}

bool
finding_describe(struct finding *f, const struct cms_signer *signer,
    const struct certificate *c, struct arena *a, struct err *e)
{
	struct span raw;

	f->signature_kind = signer->kind;
	f->value = signer->value;
	f->subject = c->subject;
	f->issuer = c->issuer;
	f->certificate = c->der;
	f->thumbprint = c->thumbprint;
	if (!cms_raw_value(signer, c->spki, a, &raw, e))
		return false;
	f->signature_sha256 = digest_of(DIGEST_SHA256, raw);
	return true;
}

bool
finding_stamp(struct finding *f, const struct cms_signer *signer,
    struct span token, const struct judge_terms *judge, bool embedded,
    struct arena *a, struct err *e)
{
	struct timestamp_terms terms = {
		.roots = judge->timestamp_roots != NULL ?
		    judge->timestamp_roots : judge->roots,
		.embedded = embedded,
	};
	struct timestamp stamp;

	if (!timestamp_check(token, signer->value, &terms, a, &stamp, e))
		return err_at(e, "timestamp");
	f->timestamped = true;
	f->timestamp = stamp.time;
	f->authority = stamp.signer.subject;
	return true;
}
